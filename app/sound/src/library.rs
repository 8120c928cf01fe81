//! The device library, opened at run time: a program without sound still starts.

use crate::abi::{self, BUILD, MAGIC, RawDevice, RawError, RawFormat, RawRequest, RawText, Table};
use crate::device::{Device, DeviceInfo, Direction, Request, Stream, StreamFormat, memory};
use crate::error::{Error, ErrorKind, Result};
use crate::shared::Shared;
use crate::stderr::QuietStderr;
use std::ffi::c_void;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The sound devices of this machine, through `auricle-device`.
///
/// The library is never unloaded: its threads live in it.
pub struct Library {
    table: &'static Table,
}

impl Library {
    /// Where the library is looked for: beside the executable, beside that of a test, and in
    /// `../lib/auricle` for installations.
    pub fn beside(executable: &Path) -> Option<PathBuf> {
        let name = format!("{}auricle_device{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        let folder = executable.parent()?;
        let folders = [folder.to_path_buf(), folder.join(".."), folder.join("../lib/auricle")];
        let paths = folders.iter().map(|folder| folder.join(&name));
        paths.into_iter().find(|path| path.is_file())
    }

    /// Opens the library at `path`, which is code that the user has installed.
    ///
    /// # Errors
    /// [`ErrorKind::NoLibrary`] with the whole reason (often: the system's sound library is
    /// missing), [`ErrorKind::WrongBuild`] if it does not belong to this program.
    pub fn open(path: &Path) -> Result<Self> {
        // SAFETY: loading runs the library's initialisers; this is our own library, chosen by
        // the user's installation or by a path that they gave.
        let library = unsafe { libloading::Library::new(path) }.map_err(|error| no_library(path, &error))?;
        // SAFETY: whatever the symbol is, only its address is taken here.
        let symbol = unsafe { library.get::<*const Table>(abi::TABLE_SYMBOL) }
            .map_err(|_| wrong_build(path, "has no table of functions"))?;
        let table: *const Table = *symbol;
        std::mem::forget(library);
        // SAFETY: the symbol's name is ours; a table of any build begins with these 16 bytes.
        let (magic, build) = unsafe { ((*table).magic, (*table).build) };
        if magic != MAGIC || build != BUILD {
            return Err(wrong_build(path, &format!("is of build {build:016x}")));
        }
        // SAFETY: same build, so the same declaration of `Table`; it is a static of a library
        // that is never unloaded.
        let table = unsafe { &*table };
        Ok(Self { table })
    }
}

/// The loader's reason is in the error's chain, not in its text.
fn no_library(path: &Path, error: &libloading::Error) -> Error {
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        reason = inner.to_string();
        cause = inner.source();
    }
    let advice = if reason.contains("libasound") {
        "; install libasound2 (Debian, Ubuntu) or alsa-lib (Fedora, Arch)"
    } else {
        ""
    };
    Error::new(
        ErrorKind::NoLibrary,
        format!("no sound: the device library {} does not load: {reason}{advice}", path.display()),
    )
}

fn wrong_build(path: &Path, what: &str) -> Error {
    Error::new(
        ErrorKind::WrongBuild,
        format!(
            "no sound: the device library {} {what}, this program needs build {BUILD:016x}; build or install both together",
            path.display()
        ),
    )
}

fn failure(error: &RawError) -> Error {
    Error::new(ErrorKind::from_code(error.kind), error.message())
}

unsafe extern "C" fn collect(context: *mut c_void, device: *const RawDevice) {
    // SAFETY: `list` below passes its own vector as the context, and the library a device whose
    // texts live as long as this call.
    let (devices, device, id, name) = unsafe {
        let device = &*device;
        (&mut *context.cast::<Vec<DeviceInfo>>(), device, device.id.to_text(), device.name.to_text())
    };
    let format = |sample_rate, channels| (channels > 0).then_some(StreamFormat { sample_rate, channels });
    devices.push(DeviceInfo {
        id,
        name,
        playback: format(device.playback_rate, device.playback_channels),
        capture: format(device.capture_rate, device.capture_channels),
        is_default: device.is_default != 0,
    });
}

/// What `open` lends to the library while it opens a stream.
struct Opening {
    direction: Direction,
    made: Option<Result<Arc<Shared>>>,
}

unsafe extern "C" fn provide(context: *mut c_void, format: RawFormat) -> *const Shared {
    // SAFETY: `open` below passes its own `Opening` as the context.
    let opening = unsafe { &mut *context.cast::<Opening>() };
    let format = StreamFormat { sample_rate: format.sample_rate, channels: format.channels };
    match opening.made.insert(memory(opening.direction, format)) {
        Ok(shared) => Arc::as_ptr(shared),
        Err(_) => std::ptr::null(),
    }
}

/// A stream that runs in the library.
struct Running {
    close: unsafe extern "C" fn(*mut c_void),
    stream: *mut c_void,
}

// SAFETY: the handle is only a name for the stream; the library's `close` may be called from any
// thread, and it is called once.
unsafe impl Send for Running {}

impl Drop for Running {
    fn drop(&mut self) {
        let _quiet = QuietStderr::new(None);
        // SAFETY: `stream` came from `open` of the same table and is closed only here.
        unsafe { (self.close)(self.stream) }
    }
}

impl Device for Library {
    fn list(&self) -> Result<Vec<DeviceInfo>> {
        let _quiet = QuietStderr::new(None);
        let mut devices: Vec<DeviceInfo> = Vec::new();
        let mut error = RawError::empty();
        // SAFETY: `collect` expects exactly this context; everything outlives the call.
        let status = unsafe { (self.table.list)(collect, std::ptr::from_mut(&mut devices).cast(), &mut error) };
        if status != 0 {
            return Err(failure(&error));
        }
        devices.sort_by_key(|device| !device.is_default);
        Ok(devices)
    }

    fn open(&self, direction: Direction, request: &Request) -> Result<Stream> {
        let _quiet = QuietStderr::new(None);
        let raw = RawRequest {
            direction: match direction {
                Direction::Playback => abi::PLAYBACK,
                Direction::Capture => abi::CAPTURE,
            },
            sample_rate: request.sample_rate.unwrap_or(0),
            channels: request.channels.unwrap_or(0),
            device: RawText::new(request.device.as_deref().unwrap_or("")),
        };
        let mut opening = Opening { direction, made: None };
        let (mut format, mut stream) = (RawFormat::default(), std::ptr::null_mut());
        let mut error = RawError::empty();
        // SAFETY: `provide` expects exactly this context, and the memory that it makes is kept in
        // the returned `Stream` until after `close`; everything else outlives the call.
        let status = unsafe {
            (self.table.open)(
                &raw,
                provide,
                std::ptr::from_mut(&mut opening).cast(),
                &mut format,
                &mut stream,
                &mut error,
            )
        };
        match opening.made {
            _ if status != 0 && error.len > 0 => Err(failure(&error)),
            Some(Ok(shared)) if status == 0 => {
                let close = self.table.close;
                let running = Running { close, stream };
                Ok(Stream::new(Box::new(running), shared, format.period))
            }
            Some(Err(refused)) => Err(refused),
            _ => Err(Error::new(ErrorKind::Backend, "the device library gave no stream")),
        }
    }
}
