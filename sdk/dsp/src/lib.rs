//! Pure signal processing kernels of auricle's stages.
//!
//! A kernel knows no stage, file, stream or thread: slices in, slices out. All have one shape:
//!
//! 1. a `Config`, plain data that says everything about the result; a tool's variant is one of these, never a second loop;
//! 2. `new(&Config)`, which checks, plans and allocates, and is the only call that can refuse ([`Error`]);
//! 3. `process`, which cannot fail and does not allocate; the caller owns the buffers.
//!
//! | module | what it makes |
//! |---|---|
//! | [`window`] | windows: shape, sampling, place in a longer frame |
//! | [`fourier`] | the transform of real frames |
//! | [`tones`], [`detrend`] | transforms at frequencies of one's own; frames without their mean or slope |
//! | [`basis`] | what a float32 Fourier basis adds to a transform |
//! | [`inverse`], [`dft`] | its inverse; the sum that defines it |
//! | [`stft`] | windowed frames to complex bins, or to powers of their magnitude |
//! | [`istft`], [`griffin_lim`] | complex bins back to samples; magnitudes alone back to samples |
//! | [`resample`] | other sample rates, by windowed sincs |
//! | [`stretch`] | another speed at the same pitch |
//! | [`mel`] | filter banks on the mel scale |
//! | [`bands`] | a frame to compressed bands, as front ends of models make them |
//! | [`overall`] | floors and norms that need every frame |
//! | [`cqt`] | filters of a constant number of periods, by octaves |
//! | [`chroma`], [`cens`] | pitch classes and tuning; their statistics |
//! | [`norm`] | vectors divided by their length |
//! | [`activity`], [`hysteresis`] | where something is to be heard; where a probability is high |
//! | [`ctc`] | classes of frames to a text |
//! | [`cluster`], [`assignment`] | vectors that are alike; pairs of two groups that are worth most |
//! | [`edits`], [`diarization`] | how far a text, or who speaks when, is from another |
//! | [`onset`], [`correlation`] | where something begins, and how it repeats |
//! | [`pcen`] | bands against their background |
//! | [`spectral`], [`crossings`], [`yin`], [`pyin`] | the shape of a spectrum, changes of sign, pitch |
//! | [`dct`] | cosine transforms of bands, with a lifter |
//! | [`filter`] | linear filters by their coefficients |
//! | [`gammatone`] | auditory filters |
//! | [`log`], [`db`] | clamped logarithms; decibels against a reference |
//! | [`level`] | peak, RMS, and spectra in dBFS |
//! | [`loudness`] | LUFS |
//! | [`floor`] | how far a signal rises over its own noise |
//! | [`pool`] | many frames as one |
//! | [`random`] | chance that is the same for the same seed |
//! | [`distance`], [`offset`] | how far two arrays are apart, and by how much one lags |
//!
//! Magnitudes of a frame of audio, and from them ten mel bands in dB:
//!
//! ```
//! use auricle_dsp::{db, mel, stft, window};
//!
//! # fn main() -> Result<(), auricle_dsp::Error> {
//! let config = stft::Config::new(window::Config::new(window::Shape::Hann, 400));
//! let mut stft: stft::Stft = stft::Stft::new(&config)?;
//! let mel = mel::Mel::new(&mel::Config { n_mels: 10, ..mel::Config::librosa(16_000.0, 400) })?;
//! let db = db::Db::new(&db::Config { top_db: None, ..db::Config::power() })?;
//!
//! let frame: Vec<f32> = (0..400).map(|t| (0.2 * t as f32).sin()).collect();
//! let mut power = vec![0.0f64; stft.bins()];
//! let mut bands = vec![0.0f64; mel.bands()];
//! let mut levels = vec![0.0f32; mel.bands()];
//! stft.process_magnitude(&frame, stft::Exponent::Power, &mut power);
//! mel.process(&power, &mut bands);
//! db.process(&bands, 0.0, &mut levels);
//! // The sine lies at 509 Hz.
//! let loudest = (0..10).max_by(|a, b| levels[*a].total_cmp(&levels[*b]));
//! assert_eq!(loudest, Some(1));
//! # Ok(())
//! # }
//! ```
//!
//! Results depend on nothing but configuration and input; on the CPU only so far as rustfft picks other instructions.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod activity;
mod aligned;
pub mod assignment;
pub mod bands;
pub mod basis;
pub mod cause;
pub mod cens;
pub mod cepstrum;
pub mod chroma;
pub mod cluster;
pub mod correlation;
pub mod cqt;
pub mod crossings;
pub mod ctc;
pub mod db;
pub mod dct;
pub mod detrend;
pub mod dft;
pub mod diarization;
pub mod distance;
pub mod edits;
mod error;
pub mod filter;
mod float;
pub mod floor;
pub mod fourier;
pub mod gammatone;
pub mod griffin_lim;
pub mod hysteresis;
pub mod inverse;
pub mod istft;
pub mod level;
pub mod log;
pub mod loudness;
pub mod mel;
pub mod norm;
pub mod offset;
pub mod onset;
pub mod overall;
pub mod pcen;
pub mod pool;
pub mod pyin;
pub mod random;
pub mod resample;
pub mod snr;
pub mod spectral;
pub mod stft;
pub mod stretch;
pub mod tones;
mod vector;
pub mod window;
pub mod yin;

pub use error::{Error, Kind};
pub use float::Float;
pub use num_complex::Complex;
