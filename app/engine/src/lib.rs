//! Sessions, plans, execution and reports of auricle, without a screen or a sound card.
#![deny(missing_docs, unsafe_code)]

pub mod diagnostic;
mod error;
mod loader;
pub mod plan;
mod plugin;

pub use diagnostic::{Diagnostic, Fault, Position};
pub use error::{Error, ErrorKind, Result};
pub use plan::{Origin, Plan, PlannedInput, PlannedStage, Wire};
pub use plugin::Plugin;
