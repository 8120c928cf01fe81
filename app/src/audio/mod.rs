//! Sound for the program: which device, where its library lies, and stages as something to play.

mod capture;
pub mod course;
pub mod line;
mod microphone;
mod source;
pub mod spoken;
mod stretched;

pub use capture::{Capture, seconds};
pub use microphone::Microphone;
pub use source::StageSource;

use auricle_sound::{Device, DeviceInfo, Error, ErrorKind, Library, Null, StreamFormat};
use std::path::PathBuf;
use std::sync::Arc;

/// Names of devices that need no sound card.
const NULL: &str = "null";
const NULL_FAST: &str = "null-fast";

/// What `--device` opens: the device, and the name that it has there (none for the default one).
///
/// # Errors
/// The device library is not there, does not load, or belongs to another build.
pub fn device(name: Option<&str>) -> Result<(Arc<dyn Device>, Option<String>), Error> {
    match name {
        Some(NULL) => Ok((Arc::new(Null::paced()), None)),
        Some(NULL_FAST) => Ok((Arc::new(Null::at_once()), None)),
        name => Ok((Arc::new(library()?), name.filter(|name| *name != "default").map(str::to_owned))),
    }
}

/// Does this device follow no clock, so that it records without end as fast as it can?
pub fn is_endless(name: Option<&str>) -> bool {
    name == Some(NULL_FAST)
}

/// The devices of this machine.
///
/// # Errors
/// As [`device`], and when the sound system cannot be asked.
pub fn devices() -> Result<Vec<DeviceInfo>, Error> {
    library()?.list()
}

/// What a device can do, in a few words.
pub fn abilities(device: &DeviceInfo) -> String {
    let way = |name: &str, format: &Option<StreamFormat>| match format {
        Some(format) => format!("{name}s {} ch {} Hz", format.channels, format.sample_rate),
        None => format!("does not {name} now"),
    };
    format!("{}: {}, {}", device.name, way("play", &device.playback), way("record", &device.capture))
}

/// `AURICLE_DEVICE` names the library of tests and of unusual installations.
fn library() -> Result<Library, Error> {
    let named = std::env::var_os("AURICLE_DEVICE").filter(|path| !path.is_empty()).map(PathBuf::from);
    let program = std::env::current_exe().ok().and_then(|program| program.canonicalize().ok());
    let path = named.or_else(|| Library::beside(&program?)).ok_or_else(|| {
        Error::new(
            ErrorKind::NoLibrary,
            "no sound: the device library is not beside the program, this is a build without sound; \
             --device null does without",
        )
    })?;
    Library::open(&path)
}
