//! Readers: `read.audio`, auricle's own, those that give what one tool gives, and those of arrays and texts.
//!
//! | stage | it gives |
//! |---|---|
//! | `read.audio` | any file as float32, all channels, at its rate |
//! | `read.npy` | an array of numpy's as a tensor |
//! | `read.scipy` | scipy.io.wavfile.read: the file's own type, unscaled |
//! | `read.soundfile` | soundfile.read: float64, float32, int32 or int16 |
//! | `read.tacotron2` | Tacotron 2: scipy's numbers divided by 32768 |
//! | `read.tensorflow` | tf.audio.decode_wav: 16-bit PCM only |
//! | `read.text` | a record a line |
//! | `read.torchaudio` | torchaudio.load |
//!
//! What is inside a file is found by `auricle-decode`; a reader only says in which form it leaves. `read.librosa` resamples
//! and stands with libsoxr in a plugin of its own.

#![deny(unsafe_code)]

mod audio;
mod decode_wav;
mod npy;
mod reading;
mod scipy;
mod soundfile;
mod tacotron2;
mod tensorflow;
mod text;
mod torchaudio;
mod wavfile;

use auricle_sdk::prelude::*;

export_plugin!(
    Source<audio::AudioReader>,
    Source<npy::NpyReader>,
    Source<scipy::ScipyReader>,
    Source<soundfile::SoundfileReader>,
    Source<tacotron2::Tacotron2Reader>,
    Source<tensorflow::TensorflowReader>,
    Source<text::TextReader>,
    Source<torchaudio::TorchaudioReader>,
);

#[cfg(test)]
mod table;
