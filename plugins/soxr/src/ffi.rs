//! libsoxr's functions, found at run time, and one resampler of one channel behind a safe face.
//!
//! # Source
//! The public API of libsoxr 0.1 (`soxr.h`).
#![allow(unsafe_code)]

use auricle_sdk::{Error, ErrorKind, Real, Result};
use libloading::Library;
use std::error::Error as _;
use std::ffi::{CStr, c_char, c_double, c_int, c_uint, c_ulong, c_void};
use std::marker::PhantomData;
use std::ptr::{null, null_mut};
use std::sync::OnceLock;

/// Names of the library on the systems that have it.
const NAMES: &[&str] = if cfg!(target_os = "macos") {
    &["libsoxr.0.dylib", "/opt/homebrew/lib/libsoxr.0.dylib", "/usr/local/lib/libsoxr.0.dylib"]
} else if cfg!(windows) {
    &["soxr.dll", "libsoxr.dll"]
} else {
    &["libsoxr.so.0", "libsoxr.so"]
};

/// `soxr_quality_spec_t`
#[repr(C)]
struct QualitySpec {
    precision: c_double,
    phase_response: c_double,
    passband_end: c_double,
    stopband_begin: c_double,
    e: *mut c_void,
    flags: c_ulong,
}

/// `soxr_io_spec_t`
#[repr(C)]
struct IoSpec {
    itype: c_int,
    otype: c_int,
    scale: c_double,
    e: *mut c_void,
    flags: c_ulong,
}

type Raw = *mut c_void;
type Create = unsafe extern "C" fn(
    c_double,
    c_double,
    c_uint,
    *mut *const c_char,
    *const IoSpec,
    *const QualitySpec,
    *const c_void,
) -> Raw;
type Process =
    unsafe extern "C" fn(Raw, *const c_void, usize, *mut usize, *mut c_void, usize, *mut usize) -> *const c_char;

/// The functions that are used; the library stays loaded for good.
struct Api {
    create: Create,
    process: Process,
    delete: unsafe extern "C" fn(Raw),
    quality_spec: unsafe extern "C" fn(c_ulong, c_ulong) -> QualitySpec,
    io_spec: unsafe extern "C" fn(c_int, c_int) -> IoSpec,
}

/// The library, or why there is none.
fn api() -> Result<&'static Api> {
    static API: OnceLock<std::result::Result<Api, String>> = OnceLock::new();
    API.get_or_init(Api::load).as_ref().map_err(|why| {
        Error::new(ErrorKind::Unsupported, format!("libsoxr cannot be loaded: {why}"))
            .hint("install it: apt install libsoxr0 (Debian, Ubuntu), dnf install soxr (Fedora), brew install libsoxr (macOS)")
    })
}

impl Api {
    fn load() -> std::result::Result<Self, String> {
        let mut why = String::new();
        for name in NAMES {
            // SAFETY: libsoxr's initialisers do nothing that depends on threads or on other code.
            match unsafe { Library::new(*name) } {
                Ok(library) => return Self::find(library).map_err(|e| format!("{name}: {e}")),
                Err(e) if why.is_empty() => why = e.source().map_or_else(|| e.to_string(), ToString::to_string),
                Err(_) => {}
            }
        }
        Err(why)
    }

    fn find(library: Library) -> std::result::Result<Self, libloading::Error> {
        // SAFETY: the types are those of soxr.h 0.1, which has kept them since 0.1.0.
        let api = unsafe {
            Api {
                create: *library.get(b"soxr_create\0")?,
                process: *library.get(b"soxr_process\0")?,
                delete: *library.get(b"soxr_delete\0")?,
                quality_spec: *library.get(b"soxr_quality_spec\0")?,
                io_spec: *library.get(b"soxr_io_spec\0")?,
            }
        };
        // Unloading code that threads may be in is never worth it.
        std::mem::forget(library);
        Ok(api)
    }
}

/// libsoxr's recipes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// Cubic interpolation, no filter.
    Qq,
    /// 16 bits with a wide transition.
    Lq,
    /// 16 bits.
    Mq,
    /// 20 bits.
    Hq,
    /// 28 bits.
    Vhq,
}

impl Quality {
    /// The quality with soxr's short name.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "qq" => Self::Qq,
            "lq" => Self::Lq,
            "mq" => Self::Mq,
            "hq" => Self::Hq,
            "vhq" => Self::Vhq,
            _ => return None,
        })
    }

    fn recipe(self) -> c_ulong {
        match self {
            Self::Qq => 0,
            Self::Lq => 1,
            Self::Mq => 2,
            Self::Hq => 4,
            Self::Vhq => 6,
        }
    }
}

/// Sample types that are resampled.
pub trait Sample: Real {
    /// `soxr_datatype_t` of one interleaved channel.
    const TYPE: c_int;
}

impl Sample for f32 {
    const TYPE: c_int = 0;
}

impl Sample for f64 {
    const TYPE: c_int = 1;
}

/// Samples asked of the library at a time.
const PIECE: usize = 1 << 14;

/// A resampler of one channel.
pub struct Channel<T> {
    raw: Raw,
    api: &'static Api,
    sample: PhantomData<T>,
}

// SAFETY: a resampler has no ties to the thread that made it, and is used through `&mut` only.
unsafe impl<T> Send for Channel<T> {}

impl<T: Sample> Channel<T> {
    /// A resampler that has taken nothing in yet.
    ///
    /// # Errors
    /// The library is missing, or refuses the rates.
    pub fn new(from_hz: f64, to_hz: f64, quality: Quality) -> Result<Self> {
        let api = api()?;
        let mut error = null();
        // SAFETY: the specs are plain values, and live during the call that reads them.
        let raw = unsafe {
            let io = (api.io_spec)(T::TYPE, T::TYPE);
            let spec = (api.quality_spec)(quality.recipe(), 0);
            (api.create)(from_hz, to_hz, 1, &mut error, &io, &spec, null())
        };
        if raw.is_null() {
            return Err(Error::data(format!("libsoxr refuses {from_hz} Hz to {to_hz} Hz: {}", words(error))));
        }
        Ok(Channel { raw, api, sample: PhantomData })
    }

    /// Takes in samples, and appends to `out` what comes of them.
    ///
    /// # Errors
    /// What the library says.
    pub fn process(&mut self, input: &[T], out: &mut Vec<T>) -> Result<()> {
        let mut rest = input;
        while !rest.is_empty() {
            let (taken, made) = self.call(rest.as_ptr(), rest.len(), out)?;
            rest = &rest[taken.min(rest.len())..];
            if taken == 0 && made == 0 {
                return Err(Error::internal("libsoxr neither takes nor gives samples"));
            }
        }
        Ok(())
    }

    /// The input has ended: appends the rest to `out`.
    ///
    /// # Errors
    /// What the library says.
    pub fn finish(&mut self, out: &mut Vec<T>) -> Result<()> {
        while self.call(null(), 0, out)?.1 > 0 {}
        Ok(())
    }

    fn call(&mut self, input: *const T, count: usize, out: &mut Vec<T>) -> Result<(usize, usize)> {
        let before = out.len();
        out.resize(before + PIECE, T::default());
        let (mut taken, mut made) = (0, 0);
        // SAFETY: the input is readable for `count` samples, or null with none; the output is writable for PIECE.
        let error = unsafe {
            let place = out.as_mut_ptr().add(before).cast();
            let taken_place = if input.is_null() { null_mut() } else { &mut taken as *mut usize };
            (self.api.process)(self.raw, input.cast(), count, taken_place, place, PIECE, &mut made)
        };
        out.truncate(before + made.min(PIECE));
        if error.is_null() { Ok((taken, made)) } else { Err(Error::internal(format!("libsoxr: {}", words(error)))) }
    }
}

impl<T> Drop for Channel<T> {
    fn drop(&mut self) {
        // SAFETY: the resampler came from create, and is deleted once.
        unsafe { (self.api.delete)(self.raw) };
    }
}

fn words(error: *const c_char) -> String {
    if error.is_null() {
        return "no reason given".to_owned();
    }
    // SAFETY: the library's messages are constant C strings.
    unsafe { CStr::from_ptr(error) }.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_size_give_the_same_samples() {
        let input: Vec<f32> = (0..9_000).map(|i| (i as f32 * 0.05).sin()).collect();
        let run = |piece: usize| {
            let mut channel = Channel::new(44_100.0, 16_000.0, Quality::Hq).expect("libsoxr is installed");
            let mut out = Vec::new();
            input.chunks(piece).for_each(|part| channel.process(part, &mut out).expect("it runs"));
            channel.finish(&mut out).expect("it runs");
            out
        };
        let whole = run(input.len());
        assert_eq!(whole.len(), 3265);
        assert!([1, 7, 1000].map(run).iter().all(|other| *other == whole));
    }
}
