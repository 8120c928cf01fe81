//! Short-time Fourier transforms as the tools compute them, and what is read off a spectrum.
//!
//! | stage | it makes |
//! |---|---|
//! | `stft.librosa`, `stft.torch`, `stft.tensorflow`, `stft.scipy`, `stft.tacotron2`, `stft.nnaudio` | complex bins of audio, as each tool's `stft` |
//! | `istft.librosa`, `istft.torch`, `istft.tensorflow`, `istft.tacotron2` | samples of complex bins |
//! | `griffinlim.librosa`, `griffinlim.torchaudio` | samples of magnitudes alone |
//! | `dft.naive` | all bins of a clip, by the sum that defines them |
//! | `spectrum.magnitude`, `spectrum.power`, `spectrum.phase` | \|X\|, \|X\|², arg X of complex bins |
//! | `spectrogram.torchaudio` | powers of their magnitude, as `torchaudio.transforms.Spectrogram` |
//! | `spectrogram.keras_ctc` | what the Keras example of speech recognition with CTC takes |
//! | `spectrum.dbfs` | levels in dB against full scale, of audio or of complex bins |

mod bins;
mod dbfs;
mod griffin_lim;
mod inverse;
mod keras_ctc;
mod librosa;
mod magnitude;
mod naive;
mod nnaudio;
mod phase;
mod power;
mod reading;
mod scipy;
mod spectra;
mod spectrum;
mod tacotron2;
mod tensorflow;
mod torch;
mod torchaudio;

use auricle_sdk::adapter::Either;
use auricle_sdk::prelude::*;
use keras_ctc::KerasCtc;
use naive::Naive;

export_plugin!(
    bins::Stage<librosa::Librosa>,
    bins::Stage<torch::Torch>,
    bins::Stage<tensorflow::Tensorflow>,
    bins::Stage<scipy::Scipy>,
    bins::Stage<tacotron2::Tacotron2>,
    nnaudio::Stage,
    reading::Stage<magnitude::Magnitude>,
    reading::Stage<power::Power>,
    reading::Stage<phase::Phase>,
    dbfs::Stage,
    Precision<Either<torchaudio::Torchaudio<f32>>, Either<torchaudio::Torchaudio<f64>>>,
    Framed<KerasCtc>,
    inverse::Stage<inverse::librosa::Librosa>,
    inverse::Stage<inverse::torch::Torch>,
    inverse::Stage<inverse::tensorflow::Tensorflow>,
    inverse::Stage<inverse::tacotron2::Tacotron2>,
    griffin_lim::Stage<griffin_lim::librosa::Librosa>,
    griffin_lim::Stage<griffin_lim::torchaudio::Torchaudio>,
    Precision<Naive<f32>, Naive<f64>>,
);
