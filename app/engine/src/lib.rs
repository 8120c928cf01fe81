//! Sessions, plans, execution and reports of auricle, without a screen or a sound card.
//!
//! ```
//! use auricle_engine::{Cancel, Options, Plan, Registry, Session, run};
//!
//! // The text is the session; `Session::load` reads a file.
//! let session = Session::parse("auricle = 1\n", "session.toml".as_ref()).expect("this is a session");
//! // Plugins are found in directories, and read without being loaded.
//! let registry = Registry::scan(&[]);
//! // The plan is the session wired, checked and negotiated, or everything that is wrong with it.
//! let plan = Plan::new(&session, &registry, &[]).expect("there is nothing in it that could be wrong");
//! let run = run(&plan, &Options::default(), &Cancel::new(), &mut ());
//! assert_eq!(run.report.status, "ok");
//! ```
#![deny(missing_docs, unsafe_code)]

mod beside;
mod cache;
mod content;
pub mod diagnostic;
mod drift;
mod edit;
mod error;
mod evaluate;
mod event;
mod executor;
mod fed;
mod feed;
mod files;
mod graph;
mod inbox;
mod loader;
mod manifest;
mod model;
mod overview;
pub mod plan;
mod plugin;
pub mod registry;
pub mod report;
mod section;
mod session;
mod spool;
mod worker;
mod written;

pub use cache::Cache;
pub use drift::drift;
pub use evaluate::{Evaluator, Onward};
pub use event::{Event, Observer};
pub use executor::{Cancel, Options, Run, Times, Watch, Watcher, run};
pub use fed::Fed;
pub use files::{FileState, OpenFile, write_whole};
pub use graph::{fits, may_fit};
pub use loader::find_library;
pub use model::{MissingModel, ModelFile, ModelStore};
pub use overview::{Overview, Overviews, Shape, Usage};
pub use worker::Failure;
pub use written::Stretch;

pub use diagnostic::{Diagnostic, Fault, Position, did_you_mean};
pub use edit::{Edit, NewStage};
pub use error::{Error, ErrorKind, Result};
pub use plan::{InputOverrides, Origin, Plan, PlannedInput, PlannedStage, Wire};
pub use plugin::Plugin;
pub use registry::{Place, Registry, SearchDir};
pub use session::{Feed, Session, SessionInput, SessionModel, SessionParameter, SessionStage};
