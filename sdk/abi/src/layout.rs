//! What the test of `auricle.h` compares with the header: every struct, every field and every constant.

use crate::{
    Axis, Buf, Column, ColumnData, DTYPE_CODES, Entry, Error, File, Format, Host, Input, Packet, Param, SERVICE_CODES,
    STATUS_CODES, Setup, Sink, Span, Stage, StageVt, Str, VALUE_CODES, Value,
};

/// A struct as Rust lays it out.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Its name here.
    pub name: &'static str,
    /// Bytes.
    pub size: usize,
    /// Alignment in bytes.
    pub align: usize,
    /// Its fields in order.
    pub fields: &'static [Field],
}

/// A field of a struct.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name here.
    pub name: &'static str,
    /// Its type, as written here.
    pub ty: &'static str,
    /// Bytes from the start of the struct.
    pub offset: usize,
    /// Bytes.
    pub size: usize,
}

/// Layouts of all structs.
#[doc(hidden)]
pub const LAYOUTS: &[Layout] = &[
    Str::LAYOUT,
    Span::LAYOUT,
    Value::LAYOUT,
    Param::LAYOUT,
    Buf::LAYOUT,
    File::LAYOUT,
    Axis::LAYOUT,
    Column::LAYOUT,
    Format::LAYOUT,
    Packet::LAYOUT,
    ColumnData::LAYOUT,
    Sink::LAYOUT,
    Host::LAYOUT,
    Input::LAYOUT,
    Setup::LAYOUT,
    Error::LAYOUT,
    StageVt::LAYOUT,
    Stage::LAYOUT,
    Entry::LAYOUT,
];

/// All constants by name, without the header's prefix `AUR_`.
#[doc(hidden)]
pub const CODES: &[&[(&str, i64)]] = &[STATUS_CODES, VALUE_CODES, DTYPE_CODES, SERVICE_CODES];
