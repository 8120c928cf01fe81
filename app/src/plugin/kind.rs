//! The kinds of stage that `auricle plugin new` begins with. Their files are those of `plugins/template`, where they are
//! compiled and tested; here is which belongs to which kind.

/// What kind of stage to begin with
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Changes each value on its own, as a gain does
    Sample,
    /// Makes a frame from each window of samples, as a spectrum does
    Frame,
    /// Makes sound from parameters, as a tone
    Source,
    /// Reads sound from a file
    Reader,
    /// Measures one stream against another
    Compare,
    /// Writes a file
    Sink,
    /// Makes rows of a table: labels, events, words
    Records,
    /// Anything else that streams; here a delay
    Stage,
    /// As `sample`, in C
    C,
}

/// The files of a kind, and the words in them that stand for the author's own.
pub struct Template {
    /// The stage.
    pub source: &'static str,
    /// The session that shows it.
    pub session: &'static str,
    /// What the session does, in a few words.
    pub shows: &'static str,
    /// What the stage does, as the end of a sentence.
    pub does: &'static str,
    /// The stage's id.
    pub id: &'static str,
    /// The Rust type, also behind its adapter as the plugin exports it.
    pub stage: &'static str,
    /// The adapter around the type, or empty.
    pub adapter: &'static str,
    /// The word of the session for the stage and its files.
    pub word: &'static str,
    /// The recording that the session reads.
    pub clip: Option<Clip>,
}

/// A recording that goes with a plugin.
#[derive(Clone, Copy)]
pub struct Clip {
    /// File name.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
    /// What it is and who made it, as the readme tells it.
    pub credit: &'static str,
}

const STREAM: Clip = Clip {
    name: "clip.mp3",
    bytes: include_bytes!("../../../sessions/media/stream.mp3"),
    credit: "a small stream, recorded by Yuval (freesound.org, sound 197023), under CC0 1.0",
};

const FUSE: Clip = Clip {
    name: "clip.wav",
    bytes: include_bytes!("../../../sessions/media/effect.wav"),
    credit: "a sparkler fuse, recorded by theneedle.tv (freesound.org, sound 316682), under CC0 1.0",
};

macro_rules! source {
    ($word:literal) => {
        include_str!(concat!("../../../plugins/template/src/", $word, ".rs"))
    };
}

macro_rules! session {
    ($word:literal) => {
        include_str!(concat!("../../../plugins/template/sessions/", $word, ".toml"))
    };
}

impl Kind {
    /// What the kind begins with.
    pub fn template(self) -> Template {
        match self {
            Kind::Sample => Template {
                source: source!("gain"),
                session: session!("gain"),
                shows: "writes a WAV and its picture into out",
                does: "multiplies every sample by one factor",
                id: "effect.gain",
                stage: "Gain",
                adapter: "Map",
                word: "gain",
                clip: Some(STREAM),
            },
            Kind::Frame => Template {
                source: source!("level"),
                session: session!("level"),
                shows: "writes levels as .npy and as a picture into out",
                does: "measures the level of each frame",
                id: "org.example.level",
                stage: "Level",
                adapter: "Framed",
                word: "level",
                clip: Some(STREAM),
            },
            Kind::Source => Template {
                source: source!("tone"),
                session: session!("tone"),
                shows: "writes a WAV and its spectrogram into out",
                does: "makes a sine",
                id: "org.example.tone",
                stage: "Tone",
                adapter: "Source",
                word: "tone",
                clip: None,
            },
            Kind::Reader => Template {
                source: source!("pcm"),
                session: session!("pcm"),
                shows: "prints how far it is from auricle's own reader: nothing",
                does: "reads bare 16-bit samples",
                id: "org.example.pcm",
                stage: "Pcm",
                adapter: "Source",
                word: "pcm",
                clip: Some(FUSE),
            },
            Kind::Compare => Template {
                source: source!("distance"),
                session: session!("distance"),
                shows: "prints the differences",
                does: "measures how far one signal is from another",
                id: "org.example.distance",
                stage: "Distance",
                adapter: "Compare",
                word: "distance",
                clip: Some(STREAM),
            },
            Kind::Sink => Template {
                source: source!("raw"),
                session: session!("raw"),
                shows: "writes bare samples into out",
                does: "writes samples without a header",
                id: "org.example.raw",
                stage: "Raw",
                adapter: "Sink",
                word: "raw",
                clip: Some(STREAM),
            },
            Kind::Records => Template {
                source: source!("loud"),
                session: session!("loud"),
                shows: "writes a table into out",
                does: "finds the stretches in which a recording is loud",
                id: "org.example.loud",
                stage: "Loud",
                adapter: "",
                word: "loud",
                clip: Some(STREAM),
            },
            Kind::Stage => Template {
                source: source!("echo"),
                session: session!("echo"),
                shows: "writes a WAV and its picture into out",
                does: "adds one echo",
                id: "org.example.echo",
                stage: "Echo",
                adapter: "",
                word: "echo",
                clip: Some(STREAM),
            },
            Kind::C => Template {
                source: include_str!("../../../plugins/template/c/gain.c"),
                session: include_str!("../../../plugins/template/c/gain.toml"),
                shows: "writes a WAV into out and prints the differences",
                does: "multiplies every sample by one factor",
                id: "org.example.gain",
                stage: "instance",
                adapter: "",
                word: "gain",
                clip: Some(STREAM),
            },
        }
    }
}
