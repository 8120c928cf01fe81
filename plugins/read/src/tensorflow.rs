//! `read.tensorflow`: a WAV file as `tf.audio.decode_wav` returns it, refusals included.
//!
//! Shape: `(samples, channels)`, also for one channel. Differs from `read.audio` in what it takes: 16-bit PCM alone.

use crate::decode_wav;
use crate::reading::{Form, Reading, Wanted};
use auricle_decode::{Window, host};
use auricle_sdk::prelude::*;

/// The stage.
pub struct TensorflowReader(Reading);

/// Sample frames that `desired_samples` may ask for: the tool's index is 32 bits.
const MOST: f64 = 2_147_483_647.0;

impl Generator for TensorflowReader {
    const DESCRIPTOR: Descriptor = Descriptor::new("read.tensorflow", "Reads a WAV file as tf.audio.decode_wav does")
        .doc(
            "RIFF WAV with 16-bit PCM as float32: samples divided by 32768. What the tool refuses is refused: other types, \
             the extensible header, data that is shorter than its size says, a second data chunk, chunks of odd size with \
             the byte of padding that the standard asks for, unknown chunks before fmt. desired_samples cuts or appends \
             zeros, desired_channels takes the first channels or repeats the last.",
        )
        .source("TensorFlow 2.21.0, tf.audio.decode_wav")
        .inputs(&[Port::source("source").doc("The file.")])
        .outputs(&[Port::audio("audio").doc("Its samples, stored as (samples, channels).")])
        .parameters(&[
            Parameter::int("desired_channels", -1).range(-1.0, 1024.0).doc("Channels; -1: those of the file."),
            Parameter::int("desired_samples", -1)
                .range(-1.0, MOST)
                .unit("samples")
                .doc("Samples of each channel; -1: those of the file."),
        ]);

    fn new(setup: &Setup) -> Result<(Self, Format)> {
        let parameters = &setup.parameters;
        let channels = parameters.int("desired_channels")?;
        if channels == 0 {
            return Err(Error::parameter("desired_channels", "expected -1 or at least 1, got 0"));
        }
        let source = host::source(setup, 0)?;
        let name = source.name().to_owned();
        let decoder = decode_wav::open(Window::new(source)).map_err(|e| host::refusal(&name, &e))?;
        let there = decoder.format().channels;
        let channels = usize::try_from(channels).unwrap_or(there);
        let samples = u64::try_from(parameters.int("desired_samples")?).ok();
        let wanted = Wanted {
            order: (0..channels).map(|channel| channel.min(there - 1)).collect(),
            limit: samples.unwrap_or(u64::MAX),
            filled: samples.unwrap_or(0),
            layout: "sample,channel",
            ..Wanted::all(Form::F32, &*decoder)
        };
        let (reading, format) = Reading::new(setup, decoder, wanted)?;
        Ok((TensorflowReader(reading), format))
    }

    fn seek(&mut self, index: i64) -> Result<()> {
        self.0.seek(index)
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        self.0.generate(start, count, out)
    }
}
