//! `mel.whisper`: the log-mel bands that OpenAI's Whisper is trained on.
//!
//! Shape: audio to `(band, frame)`, several channels to `(channel, band, frame)`; float32.
//! Source: openai-whisper 20250625, `audio.log_mel_spectrogram`. Unlike the other log-mels its floor hangs under the loudest value.

use auricle_dsp::{bands, overall};
use auricle_sdk::prelude::*;

use crate::arguments::{self, SINGLE};
use crate::front::{Fill, Fit, FrontEnd, Last, Longer, Recipe, Signal};

/// Whisper's front end.
pub struct Whisper;

impl FrontEnd for Whisper {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.whisper", "Log-mel bands, as OpenAI's Whisper")
        .doc(
            "log10(max(mel, 1e-10)) of powers, nothing lower than the largest value minus 8, then (x + 4) / 4. Frames of 400 samples \
             every 160, centred, mirrored ends, the last frame dropped: samples // 160 of them. The largest value is that of the whole \
             input, so a first pass looks for it. The bank is librosa's for 16 kHz; audio at another rate is computed, with a finding, as \
             the tool does. Clips under 201 samples cannot be mirrored, and are refused as by the tool.",
        )
        .source("openai-whisper 20250625, whisper.audio.log_mel_spectrogram")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("bands").doc("Log-mel bands, (band, frame), lowest first.")])
        .parameters(&[
            Parameter::int("n_mels", 80).range(80.0, 128.0).doc("Number of bands: 80 or 128, of which the tool has filters."),
            Parameter::int("padding", 0).range(0.0, 1e9).unit("samples").doc("Zeros behind the clip."),
            Parameter::bool("pad_or_trim", false).doc("First cut or filled with zeros to exactly 30 s."),
        ])
        .locality(Locality::Global);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        let parameters = &setup.parameters;
        let n_mels = parameters.count("n_mels")?;
        if n_mels != 80 && n_mels != 128 {
            return Err(Error::parameter("n_mels", format!("expected 80 or 128, got {n_mels}")));
        }
        let rate = arguments::sample_rate(setup)?;
        if rate != SAMPLE_RATE {
            let message = format!("the input is at {rate} Hz, and is taken for 16000 Hz as the tool does");
            setup.host().finding(Severity::Warning, "unlike-rate", &message, None);
        }
        let bands = bands::Config::whisper(n_mels);
        let padding = parameters.count("padding")?;
        let fit = Fit { samples: 480_000, fill: Fill::Zeros, longer: Longer::Cut };
        let fit = parameters.bool("pad_or_trim")?.then_some(fit);
        Ok(Recipe {
            signal: Signal { trail: padding, fit, ..Signal::default() },
            last: Last::Drop,
            overall: overall::Config { floor: Some(8.0), offset: 4.0, scale: 0.25, ..overall::Config::NONE },
            scale: "mel/slaney",
            ..Recipe::new(Framing::centred(N_FFT, HOP, Pad::Reflect).at_least(N_FFT / 2 + 1, "padding"), bands)
        })
    }
}

const SAMPLE_RATE: f64 = 16_000.0;
const N_FFT: usize = 400;
const HOP: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Front<Whisper, f32>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn shapes_and_laws() {
        for (samples, padding, frames) in [(201, 0, 1), (3200, 0, 20), (3359, 0, 20), (1000, 700, 10), (100, 101, 1)] {
            let bench = Bench::<Stage32>::new().parameter("padding", padding).audio(16_000, &[&ramp(samples)]);
            let outcome = bench.run().expect("runs");
            assert_eq!(outcome.tensor::<f32>(0).expect("bands").len(), 80 * frames, "{samples} samples");
            bench.conforms();
        }
        Bench::<Stage32>::new().parameter("n_mels", 128).audio(16_000, &[&ramp(2000), &ramp(2000)]).conforms();
    }

    #[test]
    fn thirty_seconds_of_anything() {
        for samples in [ramp(4000), Vec::new()] {
            let bench = Bench::<Stage32>::new().parameter("pad_or_trim", true).audio(16_000, &[&samples]);
            let bands: Vec<f32> = bench.run().expect("runs").tensor(0).expect("bands");
            assert_eq!(bands.len(), 80 * 3000);
            // Silence is log10(1e-10), and nothing is louder.
            assert!(!samples.is_empty() || bands.iter().all(|x| (x + 1.5).abs() < 1e-6));
        }
    }

    #[test]
    fn other_rates_are_found_and_short_clips_refused() {
        let outcome = Bench::<Stage32>::new().audio(22_050, &[&ramp(900)]).run().expect("runs");
        assert_eq!(outcome.findings[0].code, "unlike-rate");
        let short = refused(Bench::<Stage32>::new().audio(16_000, &[&ramp(200)]).run(), ErrorKind::Parameter);
        assert!(short.message.contains("at least 201 samples, got one of 200"), "{short}");
        let bands = Bench::<Stage32>::new().parameter("n_mels", 100).audio(16_000, &[&ramp(900)]);
        assert_eq!(refused(bands.run(), ErrorKind::Parameter).parameter, "n_mels");
    }
}
