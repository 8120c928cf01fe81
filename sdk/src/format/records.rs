//! What a table is: its schema and columns.

/// Type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[non_exhaustive]
pub enum ColumnType {
    /// True or false.
    Bool = 1,
    /// `i64`
    Int = 2,
    /// `f64`
    Float = 3,
    /// UTF-8
    Str = 4,
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Column {
    /// Name, as the schema gives it.
    pub name: String,
    /// Type of the values; any may be missing.
    pub kind: ColumnType,
    /// Unit of the values, or empty.
    pub unit: String,
}

impl Column {
    /// A column without unit.
    pub fn new(name: &str, kind: ColumnType) -> Self {
        Column { name: name.into(), kind, unit: String::new() }
    }
}

/// Format of records.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Records {
    /// Name of the schema: `auricle.metrics/1`.
    pub schema: String,
    /// Columns in order.
    pub columns: Vec<Column>,
}

impl Records {
    /// Schema of metrics; what a stage emits with it stands in the run's report.
    pub const METRICS: &'static str = "auricle.metrics/1";

    /// A table of these columns; `schema` is a name with a version, `org.example.peaks/1`.
    pub fn new(schema: &str, columns: Vec<Column>) -> Self {
        Records { schema: schema.into(), columns }
    }

    /// Metrics: `name`, `value`, `unit`, `scope`.
    pub fn metrics() -> Self {
        let columns = vec![
            Column::new("name", ColumnType::Str),
            Column::new("value", ColumnType::Float),
            Column::new("unit", ColumnType::Str),
            Column::new("scope", ColumnType::Str),
        ];
        Self::new(Self::METRICS, columns)
    }
}
