//! Opus packets through the system's libopus, opened at run time: building needs no headers, and where the library is
//! missing everything else works, and says what to install.
//!
//! The decoders in Rust that we tried are not the reference's equal: one stopped on ordinary music, one was 20 dB from it,
//! one gives 16 bits. With libopus the samples are the reference's own.

#![deny(unsafe_code)]

mod ffi;

pub use ffi::{Decoder, Streams};

/// The most sample frames that a packet holds: 120 ms at 48 kHz (RFC 6716, section 3.4).
pub const MAX_FRAMES: usize = 5760;
