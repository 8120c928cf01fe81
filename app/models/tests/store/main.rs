//! The store through its public face.

mod broken;
mod converted;
mod fetched;
mod place;
mod taken;
