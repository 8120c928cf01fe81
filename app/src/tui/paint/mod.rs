//! What several views are painted with. The views stand above this and know nothing of each other.

pub mod blank;
pub mod heads;
pub mod note;
pub mod ruler;
pub mod text;
pub mod trace;
