//! `read.soundfile`: a file as `soundfile.read` returns it.
//!
//! Shape: `(samples,)` for one channel unless `always_2d`, else `(samples, channels)`. Differs from `read.audio` in its
//! type, float64 by default, and from `read.scipy` in its scale: integers are divided by 2^(bits-1).

use crate::reading::{Form, Reading, Wanted};
use auricle_decode::{OpusRate, host};
use auricle_sdk::prelude::*;

/// The stage.
pub struct SoundfileReader(Reading);

impl Generator for SoundfileReader {
    const DESCRIPTOR: Descriptor = Descriptor::new("read.soundfile", "Reads a file as soundfile.read does")
        .doc(
            "float64 and float32: integers divided by 2^(bits-1), floats as they are. int16 and int32: the upper 16 or 32 \
             bits of integers, those of fewer bits above zeros; PCM floats are rounded and clipped but not scaled, as the \
             tool does it, so that 0.9 becomes 1; lossy codecs are scaled to full range. Channels as the coder stores them: \
             5.1 in Vorbis or Opus has its centre second; Opus at the lowest of its rates that holds the encoder's input. Files that the tool fails on may be read, or are refused with a reason; \
             what read.audio finds in a file is found here too.",
        )
        .source("soundfile 0.14.0 (libsndfile 1.2.2), soundfile.read")
        .inputs(&[Port::source("source").doc("The file.")])
        .outputs(&[Port::audio("audio")
            .dtypes(&[DType::F64, DType::F32, DType::I32, DType::I16])
            .nan()
            .doc("Its samples, stored as (samples, channels).")])
        .parameters(&[
            Parameter::choice("dtype", "float64", &["float64", "float32", "int32", "int16"]).doc("Type of the samples."),
            Parameter::bool("always_2d", false).doc("(samples, 1) also for one channel."),
        ]);

    fn new(setup: &Setup) -> Result<(Self, Format)> {
        let decoder = host::open_input_at(setup, OpusRate::Input)?;
        let facts = decoder.format();
        let whole = matches!(facts.codec, "pcm_f32" | "pcm_f64");
        let form = match setup.parameters.text("dtype")? {
            "float32" => Form::F32,
            "int32" => Form::I32(if whole { 1.0 } else { 2f64.powi(31) }),
            "int16" if whole => Form::I16(1.0),
            "int16" => Form::I16(if matches!(facts.codec, "vorbis" | "opus") { 32767.0 } else { 32768.0 }),
            _ => Form::F64,
        };
        let two = setup.parameters.bool("always_2d")? || facts.channels > 1;
        let wanted = Wanted {
            order: facts.coded_order(),
            layout: if two { "sample,channel" } else { "sample" },
            ..Wanted::all(form, &*decoder)
        };
        let (reading, format) = Reading::new(setup, decoder, wanted)?;
        Ok((SoundfileReader(reading), format))
    }

    fn seek(&mut self, index: i64) -> Result<()> {
        self.0.seek(index)
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        self.0.generate(start, count, out)
    }
}
