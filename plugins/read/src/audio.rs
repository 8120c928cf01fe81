//! `read.audio`: any audio file as float32, every channel, at its own rate.
//!
//! Shape: `(samples,)` for one channel, else `(channel, sample)`. Differs from the readers that copy a tool: nothing is
//! mixed or resampled, and what a header gets wrong is a finding, not an exception or silence.

use auricle_decode::{Decoder, FloatCheck, Planes, host};
use auricle_sdk::prelude::*;

/// The stage.
pub struct AudioReader {
    name: String,
    decoder: Box<dyn Decoder>,
    /// Sample frame of the file that entry 0 is.
    first: u64,
    /// Entries at most.
    limit: u64,
    /// Entries in all, where known.
    length: Option<u64>,
    next: u64,
    planes: Planes,
    floats: Vec<Vec<f32>>,
    check: Option<FloatCheck>,
}

impl Generator for AudioReader {
    const DESCRIPTOR: Descriptor = Descriptor::new("read.audio", "Reads any audio file as float32")
        .doc(
            "Reads WAV (also RIFX, RF64, W64; PCM of 8 to 32 bits, float, A-law, mu-law, IMA and MS ADPCM), AIFF, AU, CAF, \
             FLAC, ALAC, MP3, Ogg Vorbis, AAC and M4A, whatever the name ends in. Integers are divided by 2^(bits-1), 8-bit \
             WAV is (x - 128) / 128, floats stay as they are, also over unity. All channels, at the file's rate; several \
             channels stand in WAVE's order. Damaged files: what can be read is read. Every untruth of a header, missing \
             audio and values that float32 does not hold are findings.",
        )
        .source("Levels as libsndfile 1.2.2 gives them")
        .inputs(&[Port::source("source").doc("The file.")])
        .outputs(&[Port::audio("audio").nan().doc("Its samples.")])
        .parameters(&[
            Parameter::float("start_s", 0.0).range(0.0, 1e9).unit("s").doc("Where to begin; the nearest sample."),
            Parameter::absent("duration_s", Types::FLOAT)
                .range(0.0, 1e9)
                .unit("s")
                .doc("How much to read, to the nearest sample; absent: to the end."),
        ]);

    fn new(setup: &Setup) -> Result<(Self, Format)> {
        let name = setup.input(0)?.as_source()?.name();
        let decoder = host::open_input(setup)?;
        let facts = decoder.format().clone();
        let sample_rate = host::whole_rate(&facts, &setup.host())?;
        let frames = |seconds: f64| (seconds * facts.sample_rate).round() as u64;
        let first = frames(setup.parameters.float("start_s")?);
        let limit = setup.parameters.optional_float("duration_s")?.map_or(u64::MAX, frames);
        let length = facts.frames.map(|n| n.saturating_sub(first).min(limit));
        let format = host::audio(&facts, DType::F32, facts.channels, sample_rate, length);
        let planes = Planes::new(facts.sample_type, facts.channels);
        let reader =
            AudioReader { name, decoder, first, limit, length, next: 0, planes, floats: Vec::new(), check: None };
        Ok((reader, format))
    }

    fn seek(&mut self, index: i64) -> Result<()> {
        self.next = index.max(0) as u64;
        // Only a pass from the start can count what it meets.
        self.check = (index == 0).then(FloatCheck::default);
        self.decoder.seek(self.first.saturating_add(self.next)).map_err(|e| host::refusal(&self.name, &e))
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        let left = usize::try_from(self.limit.saturating_sub(self.next)).unwrap_or(usize::MAX);
        self.planes.clear();
        self.decoder.read(count.min(left), &mut self.planes).map_err(|e| host::refusal(&self.name, &e))?;
        let made = self.planes.frames();
        match &mut self.check {
            Some(check) => check.convert(&self.planes, self.next, &mut self.floats),
            None => self.planes.to_f32(&mut self.floats),
        }
        host::emit(out, start, &self.floats)?;
        self.next += made as u64;
        host::tell(out.host(), self.decoder.findings());
        if made == 0 || self.length == Some(self.next) {
            let found = self.check.as_mut().map(FloatCheck::findings);
            host::tell(out.host(), found.into_iter().flatten());
        }
        Ok(made)
    }
}
