//! `mel.kaldi`: Kaldi's log-mel bands.
//!
//! Shape: one channel of audio to `(frame, band)`; float32.
//! Source: torchaudio 2.8.0, `compliance.kaldi.fbank`. Unlike the other log-mels each frame is conditioned on its own.

use auricle_analysis::joined;
use auricle_dsp::stft::Exponent;
use auricle_sdk::prelude::*;

use crate::arguments::SINGLE;
use crate::front::{FrontEnd, Place, Recipe};
use crate::kaldi::{self, COMMON};

/// Kaldi's bands.
pub struct Fbank;

impl FrontEnd for Fbank {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.kaldi", "Log-mel bands, as Kaldi's fbank")
        .doc(
            "Of each frame: less its mean, pre-emphasis, window, zeros to a power of two, power, triangles that are straight in \
             mel, ln(max(x, 2^-23)). The bank is made in float32 as torchaudio makes it. sample_frequency is the stream's; dither is 0. \
             The tool expects samples as large as 16-bit integers: audio in -1..1 gives values 20.8 lower, unless waveform_scale = 32768.0. \
             As the tool, it refuses clips shorter than a frame.",
        )
        .source("torchaudio 2.8.0, compliance.kaldi.fbank; equal to kaldi-native-fbank 1.22.5")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("bands").doc("ln of mel bands, (frame, band), lowest first.")])
        .parameters(&PARAMETERS)
        .locality(Locality::Global)
        .result_version(2);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        let parameters = &setup.parameters;
        let mut recipe = kaldi::recipe(setup)?;
        if !parameters.bool("use_power")? {
            (recipe.bands.exponent, recipe.quantity) = (Exponent::Magnitude, "ln");
        }
        if !parameters.bool("use_log_fbank")? {
            (recipe.bands.log, recipe.quantity) = (None, crate::arguments::quantity(recipe.bands.exponent));
        }
        recipe.energy = if parameters.bool("htk_compat")? { Place::Last } else { Place::First };
        Ok(recipe)
    }
}

const PARAMETERS: [Parameter; 25] = joined(
    &COMMON,
    &[
        Parameter::bool("use_log_fbank", true).doc("The logarithm is taken."),
        Parameter::bool("use_power", true).doc("Bands are sums of powers; else of magnitudes."),
    ],
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Front<Fbank, f32>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn shapes_and_laws() {
        // (samples, snip_edges, subtract_mean, use_energy) to values
        for (samples, snip, mean, energy, values) in [
            (4000, true, false, false, 23 * 23),
            (4000, false, true, true, 24 * 25),
            (400, false, false, false, 23 * 3),
            (4079, false, false, false, 23 * 25),
            (4080, false, false, false, 23 * 26),
        ] {
            let bench = Bench::<Stage32>::new()
                .parameter("snip_edges", snip)
                .parameter("subtract_mean", mean)
                .parameter("use_energy", energy)
                .audio(16_000, &[&ramp(samples)]);
            let outcome = bench.run().expect("runs");
            assert_eq!(outcome.formats[0].layout, "frame,band");
            assert_eq!(outcome.tensor::<f32>(0).expect("bands").len(), values, "{samples} samples");
            bench.conforms();
        }
    }

    #[test]
    fn one_channel_is_taken() {
        let bench = |channel: i64| {
            Bench::<Stage32>::new().parameter("channel", channel).audio(16_000, &[&ramp(1000), &vec![0.0; 1000]])
        };
        let values = |channel| -> Vec<f32> { bench(channel).run().expect("runs").tensor(0).expect("bands") };
        assert_eq!(values(-1), values(0));
        assert!(values(1).iter().all(|x| (x - f32::EPSILON.ln()).abs() < 1e-5));
        assert_eq!(refused(bench(2).run(), ErrorKind::Parameter).parameter, "channel");
    }

    #[test]
    fn short_clips_give_no_frames() {
        let bench = Bench::<Stage32>::new().parameter("min_duration", 0.1).audio(16_000, &[&ramp(1599)]);
        assert!(bench.run().expect("runs").tensor::<f32>(0).expect("bands").is_empty());
        bench.conforms();
    }

    #[test]
    fn refusals() {
        let samples = ramp(1000);
        let bench = || Bench::<Stage32>::new().audio(16_000, &[&samples]);
        for (bench, parameter) in [
            (bench().parameter("high_freq", 9000.0), "high_freq"),
            (bench().parameter("low_freq", 8000.0), "high_freq"),
            (bench().parameter("num_mel_bins", 3), "num_mel_bins"),
            (bench().parameter("frame_shift", 0.01), "frame_shift"),
            (bench().parameter("frame_length", 63.0), "frame_length"),
            (bench().parameter("snip_edges", false).parameter("frame_shift", 60.0), "frame_shift"),
        ] {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, parameter);
        }
    }
}
