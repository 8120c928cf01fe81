#![deny(missing_docs, unsafe_code)]
#![warn(clippy::missing_errors_doc)]
#![doc = include_str!("../MANUAL.md")]

pub mod adapter;
mod buffer;
mod convert;
mod declared;
pub mod descriptor;
mod dtype;
mod error;
mod export;
mod file;
pub mod format;
pub mod host;
#[doc(hidden)]
pub mod manifest;
pub mod manual;
mod numbers;
mod outputs;
mod packet;
mod promise;
mod records;
mod services;
mod stage;
pub mod testing;
mod value;

pub use auricle_abi as abi;
pub use dtype::{DType, Element, Real};
pub use error::{Error, ErrorKind, Result};
pub use file::{ByteSource, Cursor, OutputFile};
#[cfg(feature = "ndarray")]
pub use ndarray;
pub use num_complex::Complex;
pub use outputs::{AudioOut, Outputs, TensorOut};
pub use packet::{AudioBlock, Packet, TensorBlock};
pub use records::{Rows, Table};
pub use services::{Host, LogLevel, Severity};
pub use stage::{Flow, Input, Setup, Stage};
pub use value::{Parameters, Value};

/// What a stage file usually needs.
pub mod prelude {
    pub use crate::adapter::{
        Compare, Comparison, Framed, Framing, Generator, Map, Pad, PerFrame, PerSample, Precision, Sink, Source, Tail,
        Writer,
    };
    pub use crate::descriptor::{DefaultValue, Descriptor, Locality, Parameter, Port, Types};
    pub use crate::format::{Audio, Axis, Clock, Data, Format, Records, Role, Tensor};
    pub use crate::{
        ByteSource, Complex, DType, Element, Error, ErrorKind, Flow, Outputs, Packet, Parameters, Result, Rows, Setup,
        Severity, Stage, Value, export_plugin,
    };
}

#[doc(hidden)]
pub mod __private {
    pub use crate::declared::check_all;
    pub use crate::descriptor::Descriptor;
    pub use crate::export::{create, quiet_panics};
    pub use crate::manifest::{PluginInfo, length, render};
    pub use crate::stage::Stage;
    pub use auricle_abi as abi;
}
