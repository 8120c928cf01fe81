//! Audio containers and codecs for auricle's readers: recognised by content, read in bounded memory, every
//! untruth of a header a [`Finding`].
//!
//! [`open`] looks at the first bytes of a [`ByteSource`] and returns a [`Decoder`], which tells its [`Format`]
//! and hands out planar samples in the stream's native type, from any sample frame on.

#![forbid(unsafe_code)]

mod adpcm;
mod aiff;
mod au;
mod caf;
mod coded;
mod data;
mod error;
mod float;
mod format;
pub mod host;
mod integer;
mod opus;
mod pcm;
mod probe;
mod riff;
mod silent;
mod source;
mod w64;
mod wave;

pub use data::Extent;
pub use error::{Error, ErrorKind, Result};
pub use float::FloatCheck;
pub use format::{Finding, Format, MAX_CHANNELS, Planes, SampleType, Severity};
pub use integer::Integer;
pub use opus::OpusRate;
pub use pcm::{Coding, PcmDecoder, Sample};
pub use probe::{open, open_at};
pub use source::{ByteSource, Bytes, Order, WINDOW, Window};

/// Samples of one stream, in order or from anywhere.
pub trait Decoder: Send {
    /// Facts of the stream. `frames` may become known or smaller while reading.
    fn format(&self) -> &Format;

    /// Appends up to `n` sample frames to `planes`, which are of the format's type and channels; 0 at the end.
    ///
    /// # Errors
    /// When the source itself fails; damage is a finding.
    fn read(&mut self, n: usize, planes: &mut Planes) -> Result<usize>;

    /// Makes `frame` the next sample frame read, exactly.
    ///
    /// # Errors
    /// When the source itself fails.
    fn seek(&mut self, frame: u64) -> Result<()>;

    /// Takes the findings made since the last call.
    fn findings(&mut self) -> Vec<Finding>;

    /// Adds a finding made outside.
    fn report(&mut self, finding: Finding);
}
