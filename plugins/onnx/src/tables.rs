//! The tables that stages of this plugin make.

use auricle_sdk::format::{Clock, Column, ColumnType};
use auricle_sdk::prelude::*;

/// Stretches of time with a label and a score in `unit`.
pub fn labels(unit: &str) -> Records {
    let mut columns = times();
    columns.push(Column::new("label", ColumnType::Str));
    columns.push(Column::new("score", ColumnType::Float));
    columns[3].unit = unit.into();
    Records::new("auricle.labels/1", columns)
}

/// `start` and `end` in seconds.
pub fn times() -> Vec<Column> {
    let mut columns = vec![Column::new("start", ColumnType::Float), Column::new("end", ColumnType::Float)];
    columns.iter_mut().for_each(|column| column.unit = "s".into());
    columns
}

/// A vector for each window.
pub fn vectors(axis: Axis, quantity: &str, clock: Clock) -> Format {
    let layout = format!("frame,{}", axis.name);
    Format::tensor(Tensor::new::<f32>(vec![Axis::frames(None), axis], quantity), clock, None, &layout)
}
