//! `griffinlim.torchaudio`: samples from powers of magnitudes.
//!
//! Shape: `(bin, frame)` to `(sample,)`, `(channel, bin, frame)` to `(channel, sample)`; of the powers' type.
//! Source: torchaudio 2.8.0, `transforms.GriffinLim`. Unlike librosa's it takes powers, mirrors the ends, and starts at random.

use auricle_analysis::torch;
use auricle_dsp::griffin_lim::{Config, Edges};
use auricle_dsp::window;
use auricle_sdk::prelude::*;

use super::{Dialect, MOMENTUM, N_ITER, Recipe};
use crate::inverse::LENGTH;
use crate::inverse::librosa::HOP_LENGTH;
use crate::spectrum::Spectrum;

/// The dialect.
pub struct Torchaudio;

impl Dialect for Torchaudio {
    const DESCRIPTOR: Descriptor =
        Descriptor::new("griffinlim.torchaudio", "Samples from powers, as torchaudio.transforms.GriffinLim")
            .doc(
                "Fast Griffin-Lim of the powers' root: from random phases (drawn from the session's seed, so not the tool's own; \
                 rand_init = false starts from zero and gives the tool's samples) back to samples and to bins again, keeping the \
                 new phases and the old magnitudes. Holds the whole spectrogram in memory.",
            )
            .source("torchaudio 2.8.0, transforms.GriffinLim; Perraudin, Balazs, Søndergaard, WASPAA 2013")
            .parameters(&[
                torch::TRANSFORM_N_FFT,
                N_ITER,
                torch::WIN_LENGTH,
                HOP_LENGTH,
                torch::WINDOW_FN,
                Parameter::float("power", 2.0).range(1e-3, 1e3).doc("The exponent that the magnitudes were raised to."),
                MOMENTUM,
                LENGTH,
                Parameter::bool("rand_init", true).doc("First phases are random by the seed, not zero."),
            ]);

    fn recipe(setup: &Setup, spectrum: &Spectrum) -> Result<Recipe> {
        let parameters = &setup.parameters;
        let n_fft = parameters.count("n_fft")?;
        let hop = spectrum.hop(parameters, "hop_length")?;
        let length = parameters.optional_count("length")?;
        let shortest = n_fft / 2 + 1;
        let samples =
            length.map(|length| length as i64).or(spectrum.frames.map(|frames| (frames - 1).max(0) * hop as i64));
        if let Some(samples) = samples.filter(|samples| *samples < shortest as i64) {
            let message = format!("expected a signal of at least {shortest} samples to mirror, got one of {samples}");
            return Err(Error::parameter("n_fft", message));
        }
        let momentum = parameters.float("momentum")?;
        if momentum >= 1.0 {
            return Err(Error::parameter("momentum", format!("expected less than 1, got {momentum}")));
        }
        let config = Config {
            window: window::Config {
                win_length: parameters.optional_count("win_length")?.unwrap_or(n_fft),
                ..window::Config::new(torch::shape(parameters, "window_fn", "_window")?, n_fft)
            },
            hop,
            iterations: parameters.count("n_iter")?,
            momentum,
            epsilon: 1e-16,
            edges: Some(Edges::Mirrored),
            length,
        };
        Ok(Recipe { config, power: parameters.float("power")?, random: parameters.bool("rand_init")? })
    }
}
