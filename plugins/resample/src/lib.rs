//! Other sample rates by closed formulas, as the tools compute them. `resample.soxr` is a plugin of its own.
//!
//! | stage | the tool |
//! |---|---|
//! | `resample.torchaudio` | `torchaudio.functional.resample` |
//! | `resample.scipy` | `scipy.signal.resample_poly` |
//! | `resample.kaiser` | `resampy.resample` |

mod kaiser;
mod scipy;
mod stage;
mod torchaudio;

use auricle_sdk::prelude::*;
use stage::Resample;

export_plugin!(
    Precision<Resample<torchaudio::Torchaudio, f32>, Resample<torchaudio::Torchaudio, f64>>,
    Precision<Resample<scipy::Scipy, f32>, Resample<scipy::Scipy, f64>>,
    Precision<Resample<kaiser::Kaiser, f32>, Resample<kaiser::Kaiser, f64>>,
);
