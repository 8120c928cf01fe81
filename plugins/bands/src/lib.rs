//! Mel bands as the tools compute them, decibels and logarithms.
//!
//! | stage | it makes |
//! |---|---|
//! | `mel.librosa` | mel bands of audio, as `librosa.feature.melspectrogram` |
//! | `mel.torchaudio` | mel bands, as torchaudio's MelSpectrogram |
//! | `mel.tensorflow` | mel bands, as tf.signal |
//! | `mel.whisper` | the log-mel bands of OpenAI's Whisper |
//! | `mel.tacotron2` | the log-mel bands that NVIDIA's Tacotron 2 is trained on |
//! | `db.power`, `db.amplitude` | decibels, as `librosa.power_to_db` and `amplitude_to_db` |
//! | `log.clamp` | log(max(x, floor)) |

mod amplitude;
mod arguments;
mod clamp;
mod decibels;
mod front;
mod librosa;
mod power;
mod tacotron2;
mod tensorflow;
mod torchaudio;
mod whisper;

use amplitude::Amplitude;
use auricle_sdk::prelude::*;
use clamp::Clamp;
use decibels::Decibels;
use front::Front;
use librosa::Librosa;
use power::Power;
use tacotron2::Tacotron2;
use tensorflow::Tensorflow;
use torchaudio::Torchaudio;
use whisper::Whisper;

export_plugin!(
    Precision<Framed<Librosa<f32>>, Framed<Librosa<f64>>>,
    Tacotron2,
    Front<Torchaudio, f32>,
    Front<Tensorflow, f32>,
    Front<Whisper, f32>,
    Precision<Decibels<Power, f32>, Decibels<Power, f64>>,
    Precision<Decibels<Amplitude, f32>, Decibels<Amplitude, f64>>,
    Precision<Map<Clamp<f32>>, Map<Clamp<f64>>>,
);
