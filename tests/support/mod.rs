//! What the integration tests share: the built plugins, scratch folders, and arrays that say where they differ.
//!
//! Each test file takes what it needs, so that no one of them uses everything.
#![allow(dead_code, unused_imports)]

mod array;
mod build;
mod c;
mod packaged;
mod wav;

pub use array::{Array, assert_close, assert_equal};
pub use build::{auricle, built, plugin, root, scratch};
pub use c::{c_plugin, checked, include};
pub use packaged::{outside, packaged};
pub use wav::wav;
