//! `read.tacotron2`: a WAV file as the data loader of Tacotron 2 prepares it.
//!
//! Shape: `(samples,)`. Differs from `read.scipy`, which it reads with, in that the numbers become float32 and are divided.

use crate::reading::{Form, Reading, Wanted};
use crate::wavfile;
use auricle_decode::{Window, host};
use auricle_sdk::prelude::*;

/// The stage.
pub struct Tacotron2Reader(Reading);

impl Generator for Tacotron2Reader {
    const DESCRIPTOR: Descriptor = Descriptor::new("read.tacotron2", "Reads a WAV file as Tacotron 2 does")
        .doc(
            "The numbers of the file as scipy.io.wavfile.read gives them, as float32, divided by max_wav_value. So 16-bit \
             files become [-1, 1); files of other types are divided by the same number, as the tool does it, and the finding \
             unlike-full-scale says so. A file at another rate than sampling_rate is refused. WAV, RIFX and RF64 only.",
        )
        .source("NVIDIA Tacotron 2, load_wav_to_torch and TextMelLoader.get_mel, with scipy 1.17.1")
        .inputs(&[Port::source("source").doc("The file.")])
        .outputs(&[Port::audio("audio").nan().doc("Its samples, divided.")])
        .parameters(&[
            Parameter::float("max_wav_value", 32768.0).range(1e-9, 1e15).doc("What samples are divided by."),
            Parameter::int("sampling_rate", 22050).range(1.0, 4_294_967_295.0).unit("Hz").doc("The rate the file must have."),
        ]);

    fn new(setup: &Setup) -> Result<(Self, Format)> {
        let expected = setup.parameters.float("sampling_rate")?;
        let divisor = setup.parameters.float("max_wav_value")?;
        let source = host::source(setup, 0)?;
        let name = source.name().to_owned();
        let mut findings = Vec::new();
        let decoder = wavfile::read(Window::new(source), &mut findings).map_err(|e| host::refusal(&name, &e))?;
        host::tell(&setup.host(), findings);
        let facts = decoder.format();
        if facts.sample_rate != expected {
            let message = format!("{name}: expected a file at {expected} Hz, got {} Hz", facts.sample_rate);
            return Err(Error::data(message).hint("sampling_rate names another rate; the tool does not resample"));
        }
        if facts.codec != "pcm_s16" && divisor == 32768.0 {
            let message =
                format!("{name}: {} samples are divided by 32768, which is full scale of 16 bits", facts.codec);
            setup.host().finding(Severity::Warning, "unlike-full-scale", &message, None);
        }
        let layout = if facts.channels == 1 { "sample" } else { "sample,channel" };
        let wanted = Wanted { layout, ..Wanted::all(Form::Divided(divisor as f32), &*decoder) };
        let (reading, format) = Reading::new(setup, decoder, wanted)?;
        Ok((Tacotron2Reader(reading), format))
    }

    fn seek(&mut self, index: i64) -> Result<()> {
        self.0.seek(index)
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        self.0.generate(start, count, out)
    }
}
