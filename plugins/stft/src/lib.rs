//! Short-time Fourier transforms as the tools compute them, and what is read off a spectrum.
//!
//! | stage | it makes |
//! |---|---|
//! | `stft.librosa` | complex bins of audio, as `librosa.stft` |
//! | `spectrum.magnitude`, `spectrum.power`, `spectrum.phase` | \|X\|, \|X\|², arg X of complex bins |
//! | `spectrum.dbfs` | levels in dB against full scale, of audio or of complex bins |

mod analysis;
mod dbfs;
mod librosa;
mod magnitude;
mod phase;
mod power;

use auricle_sdk::prelude::*;
use dbfs::Dbfs;
use librosa::Librosa;
use magnitude::Magnitude;
use phase::Phase;
use power::Power;

export_plugin!(
    Precision<Framed<Librosa<f32>>, Framed<Librosa<f64>>>,
    Precision<Map<Magnitude<f32>>, Map<Magnitude<f64>>>,
    Precision<Map<Power<f32>>, Map<Power<f64>>>,
    Precision<Map<Phase<f32>>, Map<Phase<f64>>>,
    Dbfs,
);
