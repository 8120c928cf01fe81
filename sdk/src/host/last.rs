//! Why a thread's last call failed: the text behind the `error` functions of files and hosts.

use auricle_abi as abi;
use std::cell::RefCell;
use std::io;

thread_local! {
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps the message for this thread; gives the status of the failure.
pub(super) fn failed(error: &io::Error) -> abi::Status {
    LAST.set(error.to_string());
    match error.kind() {
        io::ErrorKind::Unsupported => abi::E_UNSUPPORTED,
        io::ErrorKind::OutOfMemory => abi::E_MEMORY,
        _ => abi::E_IO,
    }
}

/// Keeps the message of a call that came after its instance was destroyed.
pub(super) fn too_late() -> abi::Status {
    LAST.set("the stage has ended".to_owned());
    abi::E_STATE
}

/// The message; valid until this thread's next failure.
pub(super) fn message() -> abi::Str {
    LAST.with_borrow(|text| abi::Str::new(text))
}
