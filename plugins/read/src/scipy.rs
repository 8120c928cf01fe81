//! `read.scipy`: a WAV file as `scipy.io.wavfile.read` returns it, refusals included.
//!
//! Shape: `(samples,)` for one channel, else `(samples, channels)`. Integers keep their type and are not scaled.

use crate::wavfile;
use auricle_decode::{Decoder, FloatCheck, Planes, Window, host};
use auricle_sdk::prelude::*;

/// The stage.
pub struct ScipyReader {
    name: String,
    decoder: Box<dyn Decoder>,
    next: u64,
    planes: Planes,
    check: Option<FloatCheck>,
}

impl Generator for ScipyReader {
    const DESCRIPTOR: Descriptor = Descriptor::new("read.scipy", "Reads a WAV file as scipy.io.wavfile.read does")
        .doc(
            "WAV, RIFX and RF64 only, PCM and float only. Samples keep the type of the file and are not scaled: 8 bits as \
             uint8, 9 to 16 as int16, 17 to 32 as int32 (24 bits left-justified: times 256), more as int64, floats as they \
             are. What scipy refuses is refused; what scipy warns of is a finding.",
        )
        .source("scipy 1.17.1, scipy.io.wavfile.read")
        .inputs(&[Port::source("source").doc("The file.")])
        .outputs(&[Port::audio("audio")
            .dtypes(&[DType::U8, DType::I16, DType::I32, DType::I64, DType::F32, DType::F64])
            .nan()
            .doc("Its samples, stored as (samples, channels).")]);

    fn new(setup: &Setup) -> Result<(Self, Format)> {
        let source = host::source(setup, 0)?;
        let name = source.name().to_owned();
        let mut findings = Vec::new();
        let decoder = wavfile::read(Window::new(source), &mut findings).map_err(|e| host::refusal(&name, &e))?;
        host::tell(&setup.host(), findings);
        let facts = decoder.format().clone();
        let layout = if facts.channels == 1 { "sample" } else { "sample,channel" };
        let rate = host::whole_rate(&facts, &setup.host())?;
        let format =
            host::audio(&facts, host::dtype(facts.sample_type), facts.channels, rate, facts.frames).with_layout(layout);
        let planes = Planes::new(facts.sample_type, facts.channels);
        Ok((ScipyReader { name, decoder, next: 0, planes, check: None }, format))
    }

    fn seek(&mut self, index: i64) -> Result<()> {
        self.next = index.max(0) as u64;
        // Only a pass from the start can count what it meets.
        self.check = (index == 0).then(FloatCheck::default);
        self.decoder.seek(self.next).map_err(|e| host::refusal(&self.name, &e))
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        self.planes.clear();
        let made = self.decoder.read(count, &mut self.planes).map_err(|e| host::refusal(&self.name, &e))?;
        host::emit_native(out, start, &self.planes)?;
        if let Some(check) = &mut self.check {
            check.inspect(&self.planes, self.next);
            self.next += made as u64;
            if made == 0 || self.decoder.format().frames == Some(self.next) {
                host::tell(out.host(), check.findings());
            }
        }
        Ok(made)
    }
}
