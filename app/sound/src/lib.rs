//! Playing and recording, without linking a sound library.
//!
//! ```text
//! AudioSource --Transport--> ring --callback--> device        device --callback--> ring --Recorder--> WAV
//!              channel map,   ^ Shared: atomics only                                       levels, gaps
//!              resampling     one block of memory, one reader, one writer
//! ```
//!
//! The device itself is a [`Device`]: [`Library`] opens the sound library (`auricle-device`, a
//! cdylib) at run time, [`Null`] consumes sound by the wall clock or at once, [`Manual`] is moved
//! by hand and serves tests, [`SourceCapture`] plays an [`AudioSource`] into a recorder. All of
//! them run the same callback code on the same [`Shared`] block, so what is tested without a
//! sound card is what runs with one.
//!
//! Nothing here touches the data of a session: resampling and channel mapping serve the ear only.

pub mod abi;
mod callback;
mod channels;
mod device;
mod ear;
mod error;
mod feed;
mod level;
mod library;
mod manual;
mod null;
mod player;
mod recorder;
mod resample;
mod running;
mod shared;
mod source;
mod stderr;
mod take;
mod track;
mod transport;
mod watch;
mod wav;
mod wav_stream;

pub use channels::ChannelMap;
pub use device::{Device, DeviceInfo, Direction, Request, Stream, StreamFormat};
pub use error::{Error, ErrorKind, Result};
pub use level::{Level, Meter};
pub use library::Library;
pub use manual::Manual;
pub use null::{Null, SourceCapture};
pub use recorder::{Listener, Recorder, RecorderState, RecorderStatus};
pub use resample::Resampler;
pub use shared::Shared;
pub use source::{AudioSource, Forward, Samples};
pub use stderr::QuietStderr;
pub use take::{Gap, Take};
pub use transport::{State, Status, Transport};
pub use wav::{SampleFormat, WavWriter};
pub use wav_stream::WavStream;
