//! The store of models.
//!
//! ```text
//! ROOT/blobs/sha256-<hex>     files, named for what is in them; two models may share one
//! ROOT/manifests/<id>.toml    what makes a model of them; written last, so that where it stands the model is whole
//! ROOT/downloads/<key>.part   what came so far of a file that is fetched
//! ROOT/scratch/               what is unpacked or rewritten on its way
//! ```
//!
//! Changes happen under a lock. Whatever a killed change has left, the next one takes away: partial files, and files
//! that no manifest names.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod archive;
mod catalogue;
mod convert;
mod download;
mod error;
mod fetch;
mod gather;
mod hash;
mod hub;
mod import;
mod licence;
mod lock;
mod manifest;
mod store;

pub use catalogue::{Known, Remote};
pub use error::{Error, ErrorKind, Result};
pub use fetch::Fetch;
pub use gather::Part;
pub use hub::Snapshot;
pub use import::{Import, Progress};
pub use licence::{Licence, Terms};
pub use manifest::{Manifest, StoredFile};
pub use store::{Damage, Store, mends};
