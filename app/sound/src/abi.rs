//! The boundary to the device library: private, and locked to the build.
//!
//! `auricle-device` is a cdylib that exports one static, [`TABLE_SYMBOL`]. No Rust type, no
//! allocation and no panic crosses: texts are copied into the caller's memory, samples travel
//! through a [`Shared`] block that the client owns. [`BUILD`] is computed from the sources of
//! this boundary; a library with another number is refused before any other field is looked at.

use crate::shared::Shared;
use std::ffi::c_void;

/// The name of the exported static, of type [`Table`].
pub const TABLE_SYMBOL: &str = "AURICLE_DEVICE";

/// The first eight bytes of every table.
pub const MAGIC: [u8; 8] = *b"aurdevic";

/// The fingerprint of this boundary: FNV-1a over its sources, the version and the pointer width.
pub const BUILD: u64 = {
    let hash = fnv1a(0xcbf2_9ce4_8422_2325, include_bytes!("abi.rs"));
    let hash = fnv1a(hash, include_bytes!("shared.rs"));
    let hash = fnv1a(hash, include_bytes!("callback.rs"));
    let hash = fnv1a(hash, env!("CARGO_PKG_VERSION").as_bytes());
    fnv1a(hash, &[size_of::<usize>() as u8])
};

const fn fnv1a(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// [`RawRequest::direction`] of a stream that plays.
pub const PLAYBACK: u32 = 0;
/// [`RawRequest::direction`] of a stream that records.
pub const CAPTURE: u32 = 1;

/// A UTF-8 text that lives as long as the call it is passed to.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct RawText {
    /// First byte; may dangle when `len` is 0.
    pub bytes: *const u8,
    /// Length in bytes.
    pub len: usize,
}

impl RawText {
    /// A view of `text`, valid as long as it.
    pub fn new(text: &str) -> Self {
        Self { bytes: text.as_ptr(), len: text.len() }
    }

    /// A copy of the text; what is not UTF-8 in it is replaced.
    ///
    /// # Safety
    /// `bytes` must point at `len` readable bytes.
    pub unsafe fn to_text(self) -> String {
        if self.len == 0 {
            return String::new();
        }
        // SAFETY: the caller vouches for `len` readable bytes.
        let bytes = unsafe { std::slice::from_raw_parts(self.bytes, self.len) };
        String::from_utf8_lossy(bytes).into_owned()
    }
}

/// Where a failing call puts its error; the memory is the caller's.
#[repr(C)]
#[derive(Debug)]
pub struct RawError {
    /// [`crate::ErrorKind::code`].
    pub kind: u32,
    /// Bytes of `text` in use.
    pub len: u32,
    /// The sentence, cut at the end if it is longer.
    pub text: [u8; 1024],
}

impl RawError {
    /// An empty place for an error.
    pub fn empty() -> Self {
        Self { kind: 0, len: 0, text: [0; 1024] }
    }

    /// Writes an error, cut between characters if it is too long.
    pub fn set(&mut self, kind: u32, message: &str) {
        let mut len = message.len().min(self.text.len());
        while !message.is_char_boundary(len) {
            len -= 1;
        }
        self.text[..len].copy_from_slice(&message.as_bytes()[..len]);
        (self.kind, self.len) = (kind, len as u32);
    }

    /// The sentence.
    pub fn message(&self) -> String {
        let len = (self.len as usize).min(self.text.len());
        String::from_utf8_lossy(&self.text[..len]).into_owned()
    }
}

/// One device, as [`Table::list`] shows it.
#[repr(C)]
#[derive(Debug)]
pub struct RawDevice {
    /// What [`RawRequest::device`] takes.
    pub id: RawText,
    /// The name for people.
    pub name: RawText,
    /// Channels of its default playback format; 0 if it does not play.
    pub playback_channels: u32,
    /// Rate of its default playback format in Hz.
    pub playback_rate: u32,
    /// Channels of its default capture format; 0 if it does not record.
    pub capture_channels: u32,
    /// Rate of its default capture format in Hz.
    pub capture_rate: u32,
    /// 1 for the device that is used when none is named.
    pub is_default: u32,
}

/// What stream to open.
#[repr(C)]
#[derive(Debug)]
pub struct RawRequest {
    /// [`PLAYBACK`] or [`CAPTURE`].
    pub direction: u32,
    /// Sample rate in Hz; 0 leaves it to the device.
    pub sample_rate: u32,
    /// Channels; 0 leaves them to the device.
    pub channels: u32,
    /// A device id; empty for the default device.
    pub device: RawText,
}

/// What an opened stream runs at.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct RawFormat {
    /// Sample rate in Hz.
    pub sample_rate: u32,
    /// Interleaved channels.
    pub channels: u32,
    /// Frames of one callback, as far as the device says; 0 if it does not.
    pub period: u32,
}

/// Receives one listed device.
pub type Visit = unsafe extern "C" fn(context: *mut c_void, device: *const RawDevice);

/// Makes the shared memory once the format is known; null refuses the format.
pub type Provide = unsafe extern "C" fn(context: *mut c_void, format: RawFormat) -> *const Shared;

/// The exported functions. All return 0 for success; otherwise `error` is filled.
#[repr(C)]
pub struct Table {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// [`BUILD`].
    pub build: u64,
    /// Shows every real device to `visit`.
    pub list: unsafe extern "C" fn(visit: Visit, context: *mut c_void, error: *mut RawError) -> i32,
    /// Opens and starts a stream on the memory that `provide` returns, which must live until
    /// `close` has returned; writes the final format and the stream's handle.
    pub open: unsafe extern "C" fn(
        request: *const RawRequest,
        provide: Provide,
        context: *mut c_void,
        format: *mut RawFormat,
        stream: *mut *mut c_void,
        error: *mut RawError,
    ) -> i32,
    /// Stops a stream; no callback runs once this has returned.
    pub close: unsafe extern "C" fn(stream: *mut c_void),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_error_is_cut_between_characters() {
        let mut error = RawError::empty();
        error.set(3, &"ä".repeat(600));
        assert_eq!(error.message(), "ä".repeat(512));
        error.set(3, "");
        assert_eq!(error.message(), "");
    }
}
