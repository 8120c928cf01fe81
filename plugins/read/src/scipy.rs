//! `read.scipy`: a WAV file as `scipy.io.wavfile.read` returns it, refusals included.
//!
//! Shape: `(samples,)` for one channel, else `(samples, channels)`. Integers keep their type and are not scaled.

use crate::reading::{Form, Reading, Wanted};
use crate::wavfile;
use auricle_decode::{Window, host};
use auricle_sdk::prelude::*;

/// The stage.
pub struct ScipyReader(Reading);

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
        let layout = if decoder.format().channels == 1 { "sample" } else { "sample,channel" };
        let wanted = Wanted { layout, ..Wanted::all(Form::Native, &*decoder) };
        let (reading, format) = Reading::new(setup, decoder, wanted)?;
        Ok((ScipyReader(reading), format))
    }

    fn seek(&mut self, index: i64) -> Result<()> {
        self.0.seek(index)
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        self.0.generate(start, count, out)
    }
}
