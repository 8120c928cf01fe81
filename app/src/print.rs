//! `print!` and `println!` of this program. They are the standard library's, but for one thing: a reader that has gone, as
//! `head` does, ends the program as the signal for it would, and not in a panic.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// The signal for a pipe that nobody reads.
const SIGPIPE: i32 = 13;
/// The exit code for an output that cannot be written.
const NOT_WRITABLE: i32 = 5;

macro_rules! print {
    ($($part:tt)*) => { $crate::print::write(format_args!($($part)*)) };
}

macro_rules! println {
    ($($part:tt)*) => { $crate::print::write(format_args!("{}\n", format_args!($($part)*))) };
}

/// Writes to standard output.
pub fn write(text: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    let written = out.write_fmt(text).and_then(|()| out.flush());
    if let Err(error) = written {
        if error.kind() == ErrorKind::BrokenPipe {
            std::process::exit(128 + SIGPIPE);
        }
        eprintln!("standard output: {error}");
        std::process::exit(NOT_WRITABLE);
    }
}
