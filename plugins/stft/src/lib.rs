//! Short-time Fourier transforms as the tools compute them, and what is read off a spectrum.
//!
//! | stage | it makes |
//! |---|---|
//! | `stft.librosa`, `stft.torch`, `stft.tensorflow` | complex bins of audio, as each tool's `stft` |
//! | `spectrum.magnitude`, `spectrum.power`, `spectrum.phase` | \|X\|, \|X\|², arg X of complex bins |
//! | `spectrogram.torchaudio` | powers of their magnitude, as `torchaudio.transforms.Spectrogram` |
//! | `spectrum.dbfs` | levels in dB against full scale, of audio or of complex bins |

mod bins;
mod dbfs;
mod either;
mod librosa;
mod magnitude;
mod phase;
mod power;
mod reading;
mod spectra;
mod tensorflow;
mod torch;
mod torchaudio;

use auricle_sdk::prelude::*;
use either::Either;

export_plugin!(
    bins::Stage<librosa::Librosa>,
    bins::Stage<torch::Torch>,
    bins::Stage<tensorflow::Tensorflow>,
    reading::Stage<magnitude::Magnitude>,
    reading::Stage<power::Power>,
    reading::Stage<phase::Phase>,
    dbfs::Stage,
    Precision<Either<torchaudio::Torchaudio<f32>>, Either<torchaudio::Torchaudio<f64>>>,
);
