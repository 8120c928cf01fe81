//! What `onset.librosa` and `tempo.librosa` begin with: the strength of onsets, of the whole input.

use std::ops::Range;

use auricle_analysis::{librosa, refused};
use auricle_dsp::bands::{self, Bands};
use auricle_dsp::db::{Config as DbConfig, Db};
use auricle_dsp::{Float, mel, onset};
use auricle_sdk::adapter::Framer;
use auricle_sdk::{Real, prelude::*};

/// The analysis that the tool takes, whose window is Hann's, among zeros.
const FIXED: [(&str, &str); 3] = [("window", "hann"), ("pad_mode", "constant"), ("win_length", "none")];

/// What is told of the strength of onsets.
pub trait OfStrength: Sized + Send + 'static {
    /// What the stage says about itself.
    const DESCRIPTOR: Descriptor;
    /// Type of the strength.
    type Value: Real + Float;

    /// Reads the parameters: what makes the strength, and what comes out.
    fn new(setup: &Setup) -> Result<(Self, Rise<Self::Value>, Vec<Format>)>;

    /// Tells it, of the strengths of every channel.
    fn tell(&self, strengths: &[Vec<Self::Value>], out: &mut Outputs<'_>) -> Result<()>;
}

/// The stage of something that is told of the strength of onsets.
pub struct Strength<S: OfStrength> {
    told: S,
    rise: Rise<S::Value>,
}

impl<S: OfStrength> Stage for Strength<S> {
    const DESCRIPTOR: Descriptor = S::DESCRIPTOR;

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let (told, rise, formats) = S::new(setup)?;
        Ok((Strength { told, rise }, formats))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.rise.begin();
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            self.rise.push(packet)?;
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let strengths = self.rise.strengths()?;
        self.told.tell(&strengths, out)?;
        Ok(Flow::Done)
    }
}

/// Collects the bands of every frame, and makes the strength of them.
pub struct Rise<T> {
    pub framing: Framing,
    framer: Framer<T>,
    bands: Bands,
    /// The bands of every frame, by channel.
    powers: Vec<Vec<T>>,
    lag: usize,
    late: usize,
    /// How many values come of however few frames: the tool cuts what stands before the first rise only where it is told later.
    least: usize,
}

impl<T: Real + Float> Rise<T> {
    /// Powers of `n_mels` bands, compared over `lag` frames; `late` is how many frames later it is told.
    pub fn new(setup: &Setup, bank: &dyn Fn(mel::Config) -> mel::Config, lag: usize, late: bool) -> Result<Self> {
        let audio = setup.input(0)?.as_audio()?;
        let fixed = FIXED.map(|(id, value)| (id.to_owned(), Value::from(value)));
        let fixed = fixed.into_iter().chain([("center".to_owned(), true.into())]);
        let analysis = librosa::analysis(&setup.with(&Parameters::new(fixed)))?;
        let n_fft = analysis.config.window.n_fft;
        let bank = bank(mel::Config::librosa(f64::from(audio.sample_rate), n_fft));
        let bands = Bands::new(&bands::Config::new(analysis.config, Some(bank))).map_err(refused)?;
        let framing = analysis.framing;
        Ok(Rise {
            framer: Framer::new(framing, audio.channels),
            late: if late { n_fft / (2 * framing.hop) } else { 0 },
            framing,
            bands,
            powers: vec![Vec::new(); audio.channels],
            lag,
            least: if late { 0 } else { lag },
        })
    }

    /// How many values come of a signal.
    pub fn count(&self, samples: i64) -> i64 {
        self.framing.count(samples).max(self.least as i64)
    }

    pub fn begin(&mut self) {
        self.framer.begin(0);
        self.powers.iter_mut().for_each(Vec::clear);
    }

    pub fn push(&mut self, packet: &Packet) -> Result<()> {
        self.framer.push(packet)?;
        self.take();
        Ok(())
    }

    /// The strength of every frame of each channel, now that the input has ended. Levels have one floor for all channels.
    pub fn strengths(&mut self) -> Result<Vec<Vec<T>>> {
        self.framer.end()?;
        self.take();
        let db = Db::new(&DbConfig::power()).map_err(refused)?;
        let loudest = self.powers.iter().fold(0.0, |loudest, powers| db.loudest(loudest, powers));
        let mut levels = Vec::new();
        let strength = |powers: &Vec<T>| {
            levels.resize(powers.len(), T::default());
            db.process(powers, loudest, &mut levels);
            let mut strengths = onset::strength(&levels, self.bands.elements(), self.lag, self.late);
            strengths.resize(strengths.len().max(self.least), T::default());
            strengths
        };
        Ok(self.powers.iter().map(strength).collect())
    }

    fn take(&mut self) {
        let elements = self.bands.elements();
        for _ in 0..self.framer.ready() {
            for (channel, powers) in self.powers.iter_mut().enumerate() {
                let from = powers.len();
                powers.resize(from + elements, T::default());
                self.bands.process(self.framer.frame(0, channel), &mut powers[from..]);
            }
            self.framer.advance(1);
        }
    }
}
