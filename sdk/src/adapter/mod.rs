//! Adapters: the common shapes of stages, so that an author writes one function.
//!
//! | a stage that | implements | is exported as |
//! |---|---|---|
//! | changes each value on its own | [`PerSample`] | [`Map<T>`](Map) |
//! | makes a frame from a window of samples | [`PerFrame`] | [`Framed<T>`](Framed) |
//! | makes audio, frames or rows from a file or from nothing | [`Generator`] | [`Source<T>`](Source) |
//! | measures one stream against another | [`Comparison`] | [`Compare<T>`](Compare) |
//! | is one of two stages, by a parameter or by its input | [`Choose`] | [`Either<T>`](Either) |
//! | computes in the precision of its input | one of these, generic | [`Precision<T<f32>, T<f64>>`](Precision) |
//! | writes a file | [`Writer`] | [`Sink<T>`](Sink) |
//!
//! Chunk invariance, padding, tails, regions and seeking are the adapters' work. A stage of another shape implements
//! [`Stage`](crate::Stage) itself; the adapters use nothing that it cannot.

mod compare;
mod either;
mod framed;
mod framing;
mod map;
mod precision;
mod sink;
mod source;

pub use compare::{Compare, Comparison, Values};
pub use either::{Choose, Either};
pub use framed::{Framed, PerFrame};
pub use framing::{Framer, Framing, Pad, Tail};
pub use map::{Map, PerSample};
pub use precision::{ByPrecision, Precision};
pub use sink::{Sink, Writer};
pub use source::{Generator, Source};
