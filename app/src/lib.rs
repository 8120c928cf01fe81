//! What the program is made of beside its command line, for the main function and for tests.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod audio;
pub mod tui;
