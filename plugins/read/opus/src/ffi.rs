//! libopus's multistream decoder, found at run time, behind a safe face.
//!
//! # Source
//! The public API of libopus 1 (`opus_multistream.h`), unchanged since 1.0.
#![allow(unsafe_code)]

use crate::MAX_FRAMES;
use libloading::Library;
use std::error::Error as _;
use std::ffi::{CStr, c_char, c_int, c_uchar, c_void};
use std::sync::OnceLock;

/// Names of the library on the systems that have it.
const NAMES: &[&str] = if cfg!(target_os = "macos") {
    &["libopus.0.dylib", "/opt/homebrew/lib/libopus.0.dylib", "/usr/local/lib/libopus.0.dylib"]
} else if cfg!(windows) {
    &["opus.dll", "libopus-0.dll", "libopus.dll"]
} else {
    &["libopus.so.0", "libopus.so"]
};

const INSTALL: &str =
    "install it: apt install libopus0 (Debian, Ubuntu), dnf install opus (Fedora), brew install opus (macOS)";

type Raw = *mut c_void;

/// The functions that are used; the library stays loaded for good.
struct Api {
    create: unsafe extern "C" fn(i32, c_int, c_int, c_int, *const c_uchar, *mut c_int) -> Raw,
    decode: unsafe extern "C" fn(Raw, *const c_uchar, i32, *mut f32, c_int, c_int) -> c_int,
    destroy: unsafe extern "C" fn(Raw),
    words: unsafe extern "C" fn(c_int) -> *const c_char,
}

/// The library, or why there is none.
fn api() -> Result<&'static Api, String> {
    static API: OnceLock<Result<Api, String>> = OnceLock::new();
    let api = API.get_or_init(|| Api::load(NAMES)).as_ref();
    api.map_err(|why| format!("Opus is read by libopus, which cannot be loaded ({why}); {INSTALL}"))
}

impl Api {
    fn load(names: &[&str]) -> Result<Self, String> {
        let mut why = String::new();
        for name in names {
            // SAFETY: libopus has no initialisers that depend on threads or on other code.
            match unsafe { Library::new(*name) } {
                Ok(library) => return Self::find(library).map_err(|e| format!("{name}: {e}")),
                Err(e) if why.is_empty() => why = e.source().map_or_else(|| e.to_string(), ToString::to_string),
                Err(_) => {}
            }
        }
        Err(why)
    }

    fn find(library: Library) -> Result<Self, libloading::Error> {
        // SAFETY: the types are those of opus_multistream.h and opus_defines.h, where opus_int32 is int32_t.
        let api = unsafe {
            Api {
                create: *library.get(b"opus_multistream_decoder_create\0")?,
                decode: *library.get(b"opus_multistream_decode_float\0")?,
                destroy: *library.get(b"opus_multistream_decoder_destroy\0")?,
                words: *library.get(b"opus_strerror\0")?,
            }
        };
        // Unloading code that threads may be in is never worth it.
        std::mem::forget(library);
        Ok(api)
    }

    fn words(&self, code: c_int) -> String {
        // SAFETY: the library's messages are constant C strings, one for every code.
        unsafe { CStr::from_ptr((self.words)(code)) }.to_string_lossy().into_owned()
    }
}

/// How the channels lie in the packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Streams {
    /// Elementary streams in each packet.
    pub streams: u8,
    /// Those of two channels, which come first.
    pub coupled: u8,
    /// For each channel the decoded channel that it is; 255 is silence. As many as there are channels.
    pub mapping: Vec<u8>,
}

/// A decoder of packets, float samples out.
pub struct Decoder {
    raw: Raw,
    api: &'static Api,
    channels: usize,
}

// SAFETY: a decoder has no ties to the thread that made it, and is used through `&mut` only.
unsafe impl Send for Decoder {}

impl Decoder {
    /// A decoder that has decoded nothing, for output at 8, 12, 16, 24 or 48 kHz.
    ///
    /// # Errors
    /// The library is missing, or refuses the layout.
    pub fn new(sample_rate: u32, layout: &Streams) -> Result<Self, String> {
        let api = api()?;
        let (channels, mut code) = (layout.mapping.len(), 0);
        let rate = i32::try_from(sample_rate).unwrap_or(0);
        let count = c_int::try_from(channels).unwrap_or(0);
        // SAFETY: the mapping is readable for as many channels as it has, and only during the call.
        let raw = unsafe {
            (api.create)(rate, count, layout.streams.into(), layout.coupled.into(), layout.mapping.as_ptr(), &mut code)
        };
        if raw.is_null() {
            return Err(format!("libopus refuses {layout:?} at {sample_rate} Hz: {}", api.words(code)));
        }
        Ok(Decoder { raw, api, channels })
    }

    /// Decodes a packet into `out`, interleaved; gives the sample frames. `out` is made as long as it must be.
    ///
    /// # Errors
    /// What the library says of the packet.
    pub fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<usize, String> {
        out.resize(MAX_FRAMES * self.channels, 0.0);
        let length = i32::try_from(packet.len()).map_err(|_| "a packet of over 2 GB".to_owned())?;
        // SAFETY: the packet is readable for its length, and `out` writable for MAX_FRAMES frames of all channels.
        let made =
            unsafe { (self.api.decode)(self.raw, packet.as_ptr(), length, out.as_mut_ptr(), MAX_FRAMES as c_int, 0) };
        let frames = usize::try_from(made).map_err(|_| self.api.words(made))?;
        out.truncate(frames * self.channels);
        Ok(frames)
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the decoder came from create, and is destroyed once.
        unsafe { (self.api.destroy)(self.raw) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_named_with_what_to_install() {
        let why = Api::load(&["libopus-that-is-not-there.so"]).err().expect("no such library");
        assert!(why.contains("libopus-that-is-not-there"), "{why}");
    }

    #[test]
    fn layouts_and_packets_are_refused_with_words() {
        let mono = Streams { streams: 1, coupled: 0, mapping: vec![0] };
        let refused = |rate, layout: &Streams| Decoder::new(rate, layout).err().unwrap_or_default();
        assert!(refused(44_100, &mono).contains("44100 Hz: invalid argument"), "{}", refused(44_100, &mono));
        let far = Streams { mapping: vec![7], ..mono.clone() };
        assert!(refused(48_000, &far).contains("invalid argument"));
        let mut decoder = Decoder::new(48_000, &mono).expect("libopus is installed");
        let mut out = Vec::new();
        // Code 3 with a count of 0 frames (RFC 6716, section 3.2.5, R5).
        assert!(decoder.decode(&[0x03, 0x00], &mut out).is_err_and(|why| why == "corrupted stream"));
        // One frame of 20 ms that is not there: silence.
        assert_eq!(decoder.decode(&[0x08], &mut out), Ok(960));
        assert_eq!(out.len(), 960);
    }
}
