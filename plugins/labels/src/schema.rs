//! Labels as records.

use auricle_annotation::{Annotation, Field, Label, field_of};
use auricle_sdk::format::{Column, ColumnType};
use auricle_sdk::prelude::*;

/// The table of labels: times in seconds, what is not known is missing.
pub fn records() -> Records {
    let column = |name: &str, kind, unit: &str| {
        let mut column = Column::new(name, kind);
        column.unit = unit.to_owned();
        column
    };
    let columns = vec![
        column("start", ColumnType::Float, "s"),
        column("end", ColumnType::Float, "s"),
        column("label", ColumnType::Str, ""),
        column("score", ColumnType::Float, ""),
        column("speaker", ColumnType::Str, ""),
        column("channel", ColumnType::Str, ""),
        column("tier", ColumnType::Str, ""),
        column("fmin", ColumnType::Float, "Hz"),
        column("fmax", ColumnType::Float, "Hz"),
        column("file", ColumnType::Str, ""),
    ];
    Records::new("auricle.labels/1", columns)
}

/// The row of a label.
pub fn row(label: &Label) -> Vec<Value> {
    let number = |value: Option<f64>| value.map_or(Value::None, Value::Float);
    let text = |value: &Option<String>| value.as_deref().map_or(Value::None, Value::from);
    vec![
        label.start.into(),
        label.end.into(),
        label.text.as_str().into(),
        number(label.score),
        text(&label.speaker),
        text(&label.channel),
        text(&label.tier),
        number(label.fmin),
        number(label.fmax),
        text(&label.file),
    ]
}

/// Labels that a stage gives, a row each.
pub struct Given {
    records: Records,
    labels: Vec<Label>,
    next: usize,
}

impl Given {
    /// All labels of an annotation, and their format.
    pub fn new(annotation: Annotation) -> (Self, Format) {
        let records = records();
        let format = with_attributes(Format::records(records.clone()), &annotation);
        (Given { records, labels: annotation.labels, next: 0 }, format)
    }

    /// Goes to a label by its place.
    pub fn seek(&mut self, index: i64) {
        self.next = usize::try_from(index).unwrap_or(0).min(self.labels.len());
    }

    /// Gives at most `count` rows, from the next label on; says how many.
    ///
    /// # Errors
    /// A row does not fit the table, or the host takes none.
    pub fn give(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        let mut rows = Rows::new(&self.records);
        for label in self.labels.iter().skip(self.next).take(count) {
            rows.push(row(label))?;
        }
        out.rows(0, start, &rows)?;
        self.next += rows.len();
        Ok(rows.len())
    }
}

/// What the columns of any table hold, by their names.
pub struct Columns(Vec<Option<Field>>);

impl Columns {
    /// The columns of a table that has starts.
    ///
    /// # Errors
    /// It has none.
    pub fn new(records: &Records) -> Result<Self> {
        let fields: Vec<Option<Field>> = records.columns.iter().map(|column| field_of(&column.name)).collect();
        if fields.contains(&Some(Field::Start)) {
            return Ok(Columns(fields));
        }
        let names: Vec<&str> = records.columns.iter().map(|column| column.name.as_str()).collect();
        Err(Error::format(format!(
            "expected records with a column start, got {} of {}",
            names.join(", "),
            records.schema
        )))
    }

    /// The label of a row; whether something of it has no place in a label.
    ///
    /// # Errors
    /// It has no start, or ends before it.
    pub fn label(&self, row: &[Value]) -> Result<(Label, bool)> {
        let (mut label, mut more) = (Label::default(), false);
        let (mut start, mut end, mut duration) = (None, None, None);
        for (field, value) in self.0.iter().zip(row).filter(|(_, value)| !value.is_none()) {
            let text = || value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let number = value.as_f64().filter(|number| number.is_finite());
            match field {
                Some(Field::Start) => start = number,
                Some(Field::End) => end = number,
                Some(Field::Duration) => duration = number,
                Some(Field::Text) => label.text = text(),
                Some(Field::Score) => label.score = number,
                Some(Field::Speaker) => label.speaker = Some(text()),
                Some(Field::Channel) => label.channel = Some(text()),
                Some(Field::Tier) => label.tier = Some(text()),
                Some(Field::Fmin) => label.fmin = number,
                Some(Field::Fmax) => label.fmax = number,
                Some(Field::File) => label.file = Some(text()),
                None => more = true,
            }
        }
        label.start = start.ok_or_else(|| Error::data("a row without a start"))?;
        label.end = end.or_else(|| duration.map(|duration| label.start + duration)).unwrap_or(label.start);
        if label.end < label.start {
            return Err(Error::data(format!("a row that ends at {} s and starts at {} s", label.end, label.start)));
        }
        Ok((label, more))
    }
}

/// Attributes of a stream of labels that no row can hold.
const DURATION: &str = "duration_s";
const TIERS: &str = "tiers";

/// A format with what the rows do not say.
pub fn with_attributes(format: Format, annotation: &Annotation) -> Format {
    let format = match annotation.duration {
        Some(duration) => format.with_attribute(DURATION, duration),
        None => format,
    };
    match annotation.tiers.is_empty() {
        true => format,
        false => format.with_attribute(TIERS, annotation.tiers.join("\n")),
    }
}

/// An annotation without labels, of what the format says.
pub fn from_attributes(format: &Format) -> Annotation {
    let tiers = format.attribute(TIERS).and_then(Value::as_str).map(|tiers| tiers.lines().map(str::to_owned).collect());
    Annotation {
        labels: Vec::new(),
        duration: format.attribute(DURATION).and_then(Value::as_f64),
        tiers: tiers.unwrap_or_default(),
    }
}
