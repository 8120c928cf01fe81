//! Sessions, plans, execution and reports of auricle, without a screen or a sound card.
#![deny(missing_docs, unsafe_code)]

mod cache;
mod content;
pub mod diagnostic;
mod drift;
mod edit;
mod error;
mod evaluate;
mod event;
mod executor;
mod feed;
mod files;
mod graph;
mod inbox;
mod loader;
mod manifest;
pub mod plan;
mod plugin;
pub mod registry;
pub mod report;
mod section;
mod session;
mod spool;
mod worker;

pub use cache::Cache;
pub use drift::drift;
pub use evaluate::Evaluator;
pub use event::{Event, Observer};
pub use executor::{Cancel, Options, Run, Times, run};
pub use files::{OpenFile, write_whole};
pub use worker::Failure;

pub use diagnostic::{Diagnostic, Fault, Position};
pub use edit::{Edit, NewStage};
pub use error::{Error, ErrorKind, Result};
pub use plan::{InputOverrides, Origin, Plan, PlannedInput, PlannedStage, Wire};
pub use plugin::Plugin;
pub use registry::{Place, Registry, SearchDir};
pub use session::{Feed, Session, SessionInput, SessionParameter, SessionStage};
