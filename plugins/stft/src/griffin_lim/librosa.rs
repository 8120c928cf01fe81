//! `griffinlim.librosa`: samples from magnitudes.
//!
//! Shape: `(bin, frame)` to `(sample,)`, `(channel, bin, frame)` to `(channel, sample)`; of the magnitudes' type.
//! Source: librosa 0.11.0, `librosa.griffinlim`. Unlike torchaudio's it takes magnitudes, not powers, and pads with zeros.

use auricle_analysis::librosa;
use auricle_dsp::griffin_lim::{Config, Edges};
use auricle_dsp::window;
use auricle_sdk::prelude::*;

use super::{Dialect, MOMENTUM, N_ITER, Recipe};
use crate::inverse::LENGTH;
use crate::inverse::librosa::{HOP_LENGTH, N_FFT};
use crate::spectrum::Spectrum;

/// The dialect.
pub struct Librosa;

impl Dialect for Librosa {
    const DESCRIPTOR: Descriptor = Descriptor::new("griffinlim.librosa", "Samples from magnitudes, as librosa.griffinlim")
        .doc(
            "Fast Griffin-Lim: from phases of zero (the tool's default is random; init = \"random\" draws them from the session's \
             seed) back to samples and to bins again, keeping the new phases and the old magnitudes. Holds the whole \
             spectrogram in memory.",
        )
        .source("librosa 0.11.0, librosa.griffinlim; Perraudin, Balazs, Søndergaard, WASPAA 2013")
        .parameters(&[
            N_ITER,
            HOP_LENGTH,
            librosa::WIN_LENGTH,
            N_FFT,
            librosa::WINDOW,
            librosa::CENTER,
            LENGTH,
            librosa::PAD_MODE,
            MOMENTUM,
            Parameter::choice("init", "none", &["none", "random"]).doc("First phases: zero, or random by the seed."),
        ]);

    fn recipe(setup: &Setup, spectrum: &Spectrum) -> Result<Recipe> {
        let parameters = &setup.parameters;
        let n_fft = parameters.optional_count("n_fft")?.unwrap_or(2 * (spectrum.bins - 1).max(1));
        let shape = librosa::shape(parameters)?;
        let edges = match parameters.text("pad_mode")? {
            "reflect" => Edges::Mirrored,
            "edge" => Edges::Ends,
            _ => Edges::Zeros,
        };
        let config = Config {
            window: window::Config {
                win_length: parameters.optional_count("win_length")?.unwrap_or(n_fft),
                ..window::Config::new(shape, n_fft)
            },
            hop: spectrum.hop(parameters, "hop_length")?,
            iterations: parameters.count("n_iter")?,
            momentum: parameters.float("momentum")?,
            epsilon: f64::from(f32::MIN_POSITIVE),
            edges: parameters.bool("center")?.then_some(edges),
            length: parameters.optional_count("length")?,
        };
        Ok(Recipe { config, power: 1.0, random: parameters.text("init")? == "random" })
    }
}
