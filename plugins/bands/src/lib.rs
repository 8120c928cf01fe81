//! Mel bands as the tools compute them, decibels and logarithms.
//!
//! | stage | it makes |
//! |---|---|
//! | `mel.librosa` | mel bands of audio, as `librosa.feature.melspectrogram` |
//! | `mel.torchaudio` | mel bands, as torchaudio's MelSpectrogram |
//! | `mel.tensorflow` | mel bands, as tf.signal |
//! | `mel.whisper` | the log-mel bands of OpenAI's Whisper |
//! | `mel.kaldi`, `mfcc.kaldi` | log-mel bands and cepstra, as Kaldi |
//! | `mel.tacotron2` | the log-mel bands that NVIDIA's Tacotron 2 is trained on |
//! | `mel.hifigan`, `mel.keras_melgan`, `mel.speecht5` | the targets of vocoders and of a speaker |
//! | `mel.nemo`, `mel.ast`, `mel.clap`, `mel.seamless` | the inputs of recognisers and taggers |
//! | `mel.frames100`, `mel.fsd50k` | log-mel frames and patches for taggers |
//! | `patch.frames` | frames in overlapping patches |
//! | `mfcc.librosa`, `mfcc.torchaudio` | cepstra of decibels |
//! | `db.power`, `db.amplitude` | decibels, as `librosa.power_to_db` and `amplitude_to_db` |
//! | `db.torchaudio` | decibels, as torchaudio's AmplitudeToDB |
//! | `log.clamp` | log(max(x, floor)) |

mod amplitude;
mod arguments;
mod ast;
mod clamp;
mod clap;
mod decibels;
mod fbank;
mod frames100;
mod front;
mod fsd50k;
mod hifigan;
mod kaldi;
mod keras_melgan;
mod librosa;
mod mfcc_kaldi;
mod mfcc_librosa;
mod mfcc_torchaudio;
mod nemo;
mod patch;
mod power;
mod seamless;
mod speecht5;
mod tacotron2;
mod tensorflow;
mod torchaudio;
mod torchaudio_db;
mod whisper;

use amplitude::Amplitude;
use ast::Ast;
use auricle_sdk::prelude::*;
use clamp::Clamp;
use clap::Clap;
use decibels::Decibels;
use fbank::Fbank;
use frames100::Frames100;
use front::Front;
use fsd50k::Fsd50k;
use hifigan::Hifigan;
use keras_melgan::KerasMelgan;
use librosa::Librosa;
use mfcc_kaldi::MfccKaldi;
use mfcc_librosa::MfccLibrosa;
use mfcc_torchaudio::MfccTorchaudio;
use nemo::Nemo;
use patch::Patch;
use power::Power;
use seamless::Seamless;
use speecht5::SpeechT5;
use tacotron2::Tacotron2;
use tensorflow::Tensorflow;
use torchaudio::Torchaudio;
use torchaudio_db::TorchaudioDb;
use whisper::Whisper;

export_plugin!(
    Precision<Front<Librosa, f32>, Front<Librosa, f64>>,
    Tacotron2,
    Front<Torchaudio, f32>,
    Front<Tensorflow, f32>,
    Front<Whisper, f32>,
    Front<Fbank, f32>,
    Front<MfccKaldi, f32>,
    Precision<Front<MfccLibrosa, f32>, Front<MfccLibrosa, f64>>,
    Front<MfccTorchaudio, f32>,
    Front<Ast, f32>,
    Front<Clap, f32>,
    Front<Hifigan, f32>,
    Front<KerasMelgan, f32>,
    Front<Nemo, f32>,
    Front<Seamless, f32>,
    Front<SpeechT5, f32>,
    Front<Frames100, f32>,
    Fsd50k,
    Precision<Patch<f32>, Patch<f64>>,
    Precision<Decibels<Power, f32>, Decibels<Power, f64>>,
    Precision<Decibels<Amplitude, f32>, Decibels<Amplitude, f64>>,
    Precision<Decibels<TorchaudioDb, f32>, Decibels<TorchaudioDb, f64>>,
    Precision<Map<Clamp<f32>>, Map<Clamp<f64>>>,
);
