//! How far audio, spectra, bands and texts are apart, in numbers and as tensors.
//!
//! | stage | it measures |
//! |---|---|
//! | `compare.align` | the offset at which two streams are most alike, and the figures of `compare.error` there |
//! | `compare.cause` | why a candidate differs from a reference, in words |
//! | `compare.cer` | texts: the character error rate |
//! | `compare.der` | who speaks when: the diarization error rate |
//! | `compare.error` | a candidate against a reference: l1, mse, max_abs, relative, cosine; per band and per frame |
//! | `compare.lsd` | two signals: the log-spectral distance |
//! | `compare.matrix` | every pair of any number of inputs: the same figures, shapes, types, ranges, best offset |
//! | `compare.mcd` | two signals: the mel-cepstral distortion |
//! | `compare.sisdr` | two signals: the scale-invariant signal-to-distortion ratio |
//! | `compare.snr` | two signals: the signal-to-noise ratio, whole and by segments |
//! | `compare.wer` | texts: the word error rate |

mod align;
mod cause;
mod cer;
mod der;
mod error;
mod figures;
mod frames;
mod lane;
mod lsd;
mod matrix;
mod mcd;
mod outputs;
mod pairing;
mod signals;
mod sisdr;
mod snr;
mod texts;
mod wer;

use auricle_sdk::prelude::*;
use frames::Frames;
use signals::Signals;
use texts::Texts;

export_plugin!(
    align::Align,
    cause::Causes,
    Texts<cer::Characters>,
    Compare<error::Differences>,
    Frames<lsd::Lsd>,
    matrix::Matrix,
    Frames<mcd::Mcd>,
    Compare<Signals<sisdr::SiSdr>>,
    Compare<Signals<snr::Snr>>,
    der::Diarization,
    Texts<wer::Words>,
);
