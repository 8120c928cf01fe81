//! A plugin for auricle with one stage, `@id@`.
#![forbid(unsafe_code)]

mod @module@;

use auricle_sdk::prelude::*;

// Everything that the library offers. A further stage: a file of its own, a `mod`, and an entry here.
export_plugin!(@export@);
