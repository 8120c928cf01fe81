//! The store through its public face.

mod converted;
mod fetched;
mod place;
mod taken;
