//! Models in the ONNX format, each described by a small file beside it: what goes in, what comes out, what it means.
//!
//! | stage | it makes |
//! |---|---|
//! | `asr.ctc` | what was said, and how frames of scores collapse to it |
//! | `denoise.onnx` | speech without its noise |
//! | `quality.dnsmos` | how good a recording would sound to people |
//! | `speaker.embed` | a vector of the voice |
//! | `tag.onnx` | what is to be heard, by name |
//! | `tts.kokoro`, `tts.piper` | speech from phonemes |
//! | `vad.silero` | where somebody speaks |
//!
//! A description is TOML; those in `models` are of models that many have, and are found where a model brings none.

mod ctc;
mod denoise;
mod described;
mod description;
mod dnsmos;
mod embed;
mod files;
mod graph;
mod kokoro;
mod mended;
mod outline;
mod piper;
mod silero;
mod tables;
mod tag;
mod tokens;
mod voice;
mod windowed;
mod windows;

use auricle_sdk::prelude::*;

export_plugin!(
    ctc::Ctc,
    denoise::Denoise,
    dnsmos::Dnsmos,
    embed::Embed,
    voice::Voice<kokoro::Kokoro>,
    voice::Voice<piper::Piper>,
    silero::Silero,
    tag::Tag
);

#[cfg(test)]
mod tests;
