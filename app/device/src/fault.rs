//! A failure on its way to the client: what it is about, and a sentence that a user can act on.

use auricle_sound::ErrorKind;

/// What went wrong.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn backend(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Backend, message)
    }

    /// cpal's error while `what` was tried ("open microphone hw:1"), in words of our own where
    /// cpal has none.
    pub(crate) fn from_cpal(what: &str, error: &cpal::Error) -> Self {
        use cpal::ErrorKind as Cpal;
        let (kind, reason) = match error.kind() {
            Cpal::DeviceNotAvailable | Cpal::HostUnavailable => {
                (ErrorKind::NoDevice, "no sound card and no PulseAudio or PipeWire server answers".into())
            }
            Cpal::DeviceBusy => (ErrorKind::Busy, "another program holds it".into()),
            Cpal::PermissionDenied => {
                let groups = "the system denies it; on Linux the user needs the group \"audio\"";
                (ErrorKind::Denied, groups.into())
            }
            Cpal::UnsupportedConfig | Cpal::UnsupportedOperation | Cpal::InvalidInput => {
                (ErrorKind::Unsupported, error.to_string())
            }
            _ => (ErrorKind::Backend, error.to_string()),
        };
        Self::new(kind, format!("cannot {what}: {reason}"))
    }
}
