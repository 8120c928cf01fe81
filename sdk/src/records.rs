//! Records: tables in Arrow's column layout inside one buffer, by offsets only.

use crate::error::{Error, ErrorKind, Result};
use crate::format::{ColumnType, Records};
use crate::value::Value;

const ENTRY: usize = 24;

/// Rows of a packet, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    format: &'a Records,
    bytes: &'a [u8],
    rows: usize,
}

impl<'a> Table<'a> {
    pub(crate) fn new(format: &'a Records, bytes: &'a [u8], rows: usize) -> Result<Self> {
        if rows > 0 && bytes.len() < format.columns.len() * ENTRY {
            return Err(Error::new(ErrorKind::Contract, "records: the buffer has no room for the table of columns"));
        }
        Ok(Table { format, bytes, rows })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Can every cell be read? Said once of a packet from outside, so that nobody meets a broken one later.
    pub(crate) fn check(&self) -> Result<()> {
        for column in 0..self.format.columns.len() {
            for row in 0..self.rows {
                self.cell(column, row, |_| ())?;
            }
        }
        Ok(())
    }

    /// One value; [`Value::None`] where it is missing.
    ///
    /// # Errors
    /// The packet's offsets lead outside its buffer, a string is not UTF-8, or there is no such cell.
    pub fn value(&self, column: usize, row: usize) -> Result<Value> {
        self.cell(column, row, |cell| match cell {
            Cell::None => Value::None,
            Cell::Bool(value) => Value::Bool(value),
            Cell::Int(value) => Value::Int(value),
            Cell::Float(value) => Value::Float(value),
            Cell::Str(value) => Value::Str(value.to_owned()),
        })
    }

    fn cell<T>(&self, column: usize, row: usize, take: impl FnOnce(Cell<'_>) -> T) -> Result<T> {
        let kind = self
            .format
            .columns
            .get(column)
            .filter(|_| row < self.rows)
            .ok_or_else(|| self.broken("no such cell"))?
            .kind;
        let entry = |k: usize| self.u64_at(column * ENTRY + k * 8).map(|at| usize::try_from(at).unwrap_or(usize::MAX));
        let (validity, offsets, data) = (entry(0)?, entry(1)?, entry(2)?);
        if validity != 0 && !self.bit(validity, row)? {
            return Ok(take(Cell::None));
        }
        Ok(take(match kind {
            ColumnType::Bool => Cell::Bool(self.bit(data, row)?),
            ColumnType::Int => Cell::Int(self.u64_at(place(data, row, 8))? as i64),
            ColumnType::Float => Cell::Float(f64::from_bits(self.u64_at(place(data, row, 8))?)),
            ColumnType::Str => {
                let (from, to) = (self.i32_at(place(offsets, row, 4))?, self.i32_at(place(offsets, row + 1, 4))?);
                let bytes = self.bytes.get(data.saturating_add(from)..data.saturating_add(to));
                let text = std::str::from_utf8(bytes.ok_or_else(|| self.broken("a string leads outside"))?);
                Cell::Str(text.map_err(|_| self.broken("a string is not UTF-8"))?)
            }
        }))
    }

    /// One row, a value a column.
    ///
    /// # Errors
    /// As [`Table::value`].
    pub fn row(&self, row: usize) -> Result<Vec<Value>> {
        (0..self.format.columns.len()).map(|column| self.value(column, row)).collect()
    }

    fn bit(&self, at: usize, row: usize) -> Result<bool> {
        let byte = self.bytes.get(at.saturating_add(row / 8)).ok_or_else(|| self.broken("a bitmap leads outside"))?;
        Ok(byte >> (row % 8) & 1 == 1)
    }

    fn u64_at(&self, at: usize) -> Result<u64> {
        let bytes = self.bytes.get(at..at.saturating_add(8)).and_then(|b| b.try_into().ok());
        bytes.map(u64::from_le_bytes).ok_or_else(|| self.broken("a column leads outside"))
    }

    fn i32_at(&self, at: usize) -> Result<usize> {
        let bytes = self.bytes.get(at..at.saturating_add(4)).and_then(|b| b.try_into().ok());
        let value = i32::from_le_bytes(bytes.ok_or_else(|| self.broken("offsets lead outside"))?);
        usize::try_from(value).map_err(|_| self.broken("a negative offset"))
    }

    fn broken(&self, why: &str) -> Error {
        Error::new(ErrorKind::Contract, format!("records {}: {why}", self.format.schema))
    }
}

/// A cell, read in place.
enum Cell<'a> {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'a str),
}

fn place(from: usize, row: usize, size: usize) -> usize {
    from.saturating_add(row.saturating_mul(size))
}

/// Rows being gathered for one packet; [`Outputs::rows`](crate::Outputs::rows) sends them.
///
/// ```
/// use auricle_sdk::format::Records;
/// use auricle_sdk::{Rows, Value};
///
/// let mut rows = Rows::new(&Records::metrics());
/// rows.push(vec!["peak".into(), 0.5.into(), "".into(), "".into()])?; // name, value, unit, scope
/// rows.push(vec!["pitch".into(), Value::None, "Hz".into(), "left".into()])?; // none was found
/// assert_eq!(rows.len(), 2);
/// assert!(rows.push(vec!["peak".into()]).is_err());
/// # Ok::<(), auricle_sdk::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rows {
    format: Records,
    columns: Vec<Vec<Value>>,
    /// Bytes of all texts: offsets in a packet are `i32`.
    text: usize,
}

impl Rows {
    /// No rows of this format yet.
    pub fn new(format: &Records) -> Self {
        Rows { format: format.clone(), columns: vec![Vec::new(); format.columns.len()], text: 0 }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a row: one value a column, [`Value::None`] where it is missing.
    ///
    /// # Errors
    /// The row has another number of values, or one is of another type than its column.
    pub fn push(&mut self, row: Vec<Value>) -> Result<()> {
        let columns = &self.format.columns;
        let fits = |kind, value: &Value| match kind {
            _ if *value == Value::None => true,
            ColumnType::Bool => value.as_bool().is_some(),
            ColumnType::Int => value.as_i64().is_some(),
            ColumnType::Float => value.as_f64().is_some(),
            ColumnType::Str => value.as_str().is_some(),
        };
        if row.len() != columns.len() {
            let message =
                format!("records {}: expected {} values, got {}", self.format.schema, columns.len(), row.len());
            return Err(Error::internal(message));
        }
        if let Some((column, value)) = columns.iter().zip(&row).find(|(column, value)| !fits(column.kind, value)) {
            let message = format!("records {}: column {} cannot hold {value}", self.format.schema, column.name);
            return Err(Error::internal(message));
        }
        self.text += row.iter().filter_map(Value::as_str).map(str::len).sum::<usize>();
        if self.text > i32::MAX as usize {
            let message = format!("records {}: more than 2 GiB of text in one packet", self.format.schema);
            return Err(Error::internal(message).hint("emit the rows in smaller packets"));
        }
        for (column, value) in self.columns.iter_mut().zip(row) {
            column.push(value);
        }
        Ok(())
    }

    /// The bytes of a packet with these rows.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let rows = self.len();
        let mut bytes = vec![0; self.columns.len() * ENTRY];
        for (index, (column, values)) in self.format.columns.iter().zip(&self.columns).enumerate() {
            let put = |k: usize, bytes: &mut Vec<u8>| {
                bytes.resize(bytes.len().next_multiple_of(8), 0);
                let at = bytes.len() as u64;
                bytes[index * ENTRY + k * 8..][..8].copy_from_slice(&at.to_le_bytes());
            };
            if values.contains(&Value::None) {
                put(0, &mut bytes);
                bytes.extend(bitmap(rows, |row| values[row] != Value::None));
            }
            if column.kind == ColumnType::Str {
                put(1, &mut bytes);
                let mut end = 0i32;
                bytes.extend(end.to_le_bytes());
                for value in values {
                    end += value.as_str().map_or(0, str::len) as i32;
                    bytes.extend(end.to_le_bytes());
                }
            }
            put(2, &mut bytes);
            match column.kind {
                ColumnType::Bool => bytes.extend(bitmap(rows, |row| values[row] == Value::Bool(true))),
                ColumnType::Int => bytes.extend(values.iter().flat_map(|v| v.as_i64().unwrap_or(0).to_le_bytes())),
                ColumnType::Float => bytes.extend(values.iter().flat_map(|v| v.as_f64().unwrap_or(0.0).to_le_bytes())),
                ColumnType::Str => bytes.extend(values.iter().flat_map(|v| v.as_str().unwrap_or("").bytes())),
            }
        }
        bytes
    }
}

fn bitmap(rows: usize, set: impl Fn(usize) -> bool) -> Vec<u8> {
    (0..rows.div_ceil(8))
        .map(|byte| (0..8).filter(|bit| byte * 8 + bit < rows && set(byte * 8 + bit)).map(|bit| 1 << bit).sum())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_back() {
        let format = Records::metrics();
        let mut rows = Rows::new(&format);
        rows.push(vec!["l1".into(), Value::Float(0.5), "".into(), Value::None]).expect("fits");
        rows.push(vec!["é".into(), Value::None, "dB".into(), "band".into()]).expect("fits");
        assert!(rows.push(vec!["x".into(), "y".into(), "".into(), "".into()]).is_err());
        let bytes = rows.encode();
        let table = Table::new(&format, &bytes, 2).expect("room");
        assert_eq!(table.row(0).expect("row"), vec!["l1".into(), Value::Float(0.5), "".into(), Value::None]);
        assert_eq!(table.row(1).expect("row"), vec!["é".into(), Value::None, "dB".into(), "band".into()]);
        for cut in 0..bytes.len() {
            if let Ok(table) = Table::new(&format, &bytes[..cut], 2) {
                let _ = (table.row(0), table.row(1));
            }
        }
    }
}
