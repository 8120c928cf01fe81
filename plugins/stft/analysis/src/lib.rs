//! How each tool names and cuts its short-time analysis: the parameters of its stages, and what they mean to kernels and adapters.
//!
//! A module a tool. Its constants are the parameters with the tool's names and defaults; its function reads them.
//! Stages of several plugins begin with the same analysis (`stft.librosa` and `mel.librosa`), so they share it from here.
//!
//! ```
//! use auricle_analysis::{Analysis, librosa};
//! use auricle_sdk::prelude::*;
//!
//! const PARAMETERS: &[Parameter] =
//!     &[librosa::N_FFT, librosa::HOP_LENGTH, librosa::WIN_LENGTH, librosa::WINDOW, librosa::CENTER, librosa::PAD_MODE];
//!
//! fn plan(setup: &Setup) -> Result<auricle_dsp::stft::Stft> {
//!     let Analysis { config, .. } = librosa::analysis(setup)?;
//!     auricle_dsp::stft::Stft::new(&config).map_err(auricle_analysis::refused)
//! }
//! ```
#![deny(missing_docs)]

pub mod librosa;
pub mod tensorflow;
pub mod torch;

use auricle_dsp::stft::Config;
use auricle_sdk::prelude::*;

/// The longest transform or hop that a parameter takes.
pub const MOST: f64 = auricle_dsp::fourier::MAX_POINTS as f64;

/// The input of a tool that keeps the precision of what it is given.
pub const AUDIO: Port =
    Port::audio("audio").dtypes(&[DType::F32, DType::F64]).doc("Samples; the tool takes no integers.");

/// Some parameters and others behind them.
///
/// # Panics
/// If `N` is not their number; in a constant, when it is compiled.
pub const fn joined<const N: usize>(first: &[Parameter], others: &[Parameter]) -> [Parameter; N] {
    assert!(N == first.len() + others.len() && !first.is_empty(), "as many as there are");
    let mut all = [first[0]; N];
    let mut i = 1;
    while i < N {
        all[i] = if i < first.len() { first[i] } else { others[i - first.len()] };
        i += 1;
    }
    all
}

/// A parameter that counts samples and has no default.
pub const fn samples(id: &'static str) -> Parameter {
    Parameter::absent(id, Types::INT).range(1.0, MOST).unit("samples").logarithmic()
}

/// A parameter that counts samples, or is the tool's `None`, which is the default.
pub const fn samples_or_none(id: &'static str) -> Parameter {
    samples(id).default(DefaultValue::Str("none")).choices(&["none"])
}

/// A tool's parameters as kernels and adapters know them.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Window and transform.
    pub config: Config,
    /// How the signal is cut.
    pub framing: Framing,
    /// The tool's order of axes, if it is not `(element, frame)`; see [`PerFrame::layout`].
    pub layout: String,
}

impl Analysis {
    /// Frames of `(element, frame)`.
    pub fn new(config: Config, framing: Framing) -> Self {
        Analysis { config, framing, layout: String::new() }
    }
}

/// A kernel's refusal as the stage's.
pub fn refused(error: auricle_dsp::Error) -> Error {
    Error::parameter(error.field, error.message)
}

/// A kernel's refusal as the stage's, its fields by the tool's names.
pub fn refused_as<'a>(names: &'a [(&str, &str)]) -> impl Fn(auricle_dsp::Error) -> Error + 'a {
    |error| {
        let name = names.iter().find(|(field, _)| *field == error.field);
        Error::parameter(name.map_or(error.field, |(_, name)| name), error.message)
    }
}
