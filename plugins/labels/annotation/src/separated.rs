//! Tables: comma-separated values, and the same rows as JSON.
//!
//! Source: RFC 4180 and RFC 8259. Commas, semicolons or tabs are told from the header.

use crate::scan::{Error, Result};
use crate::table::{COLUMNS, Field, cells, field_of, label};
use crate::{Annotation, Losses};
use serde_json::{Map, Value};

/// The layers of labels, in the order in which they are met.
pub fn tiers(annotation: &mut Annotation) {
    for tier in annotation.labels.iter().filter_map(|label| label.tier.as_ref()) {
        if !annotation.tiers.contains(tier) {
            annotation.tiers.push(tier.clone());
        }
    }
}

pub fn read(text: &str, losses: &mut Losses) -> Result<Annotation> {
    let header = text.lines().next().unwrap_or("");
    let most = |&&mark: &&u8| header.bytes().filter(|&b| b == mark).count();
    let delimiter = *b",;\t".iter().rev().max_by_key(most).unwrap_or(&b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let failed = |e: csv::Error| Error::new(e.position().map_or(1, |at| at.line() as usize), e.to_string());
    let fields: Vec<Option<Field>> = reader.headers().map_err(failed)?.iter().map(field_of).collect();
    if !fields.contains(&Some(Field::Start)) {
        return Err(Error::new(1, format!("expected a header with a column start, got {header:?}")));
    }
    let mut annotation = Annotation::default();
    for row in reader.records() {
        let row = row.map_err(failed)?;
        let line = row.position().map_or(1, |at| at.line() as usize);
        let pairs = row.iter().enumerate().map(|(index, cell)| (fields.get(index).copied().flatten(), cell));
        annotation.labels.push(label(pairs, line, losses)?);
    }
    tiers(&mut annotation);
    Ok(annotation)
}

pub fn print(annotation: &Annotation, losses: &mut Losses) -> String {
    said_nowhere(annotation, losses);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let used = used(annotation);
    let mut row = |cells: &mut dyn Iterator<Item = String>| writer.write_record(cells).is_ok();
    let mut whole = row(&mut used.iter().map(|&column| COLUMNS[column].to_owned()));
    for label in &annotation.labels {
        let cells = cells(label);
        whole &= row(&mut used.iter().map(|&column| cells[column].0.clone()));
    }
    debug_assert!(whole, "writing to memory does not fail");
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// The first three columns, and those in which something stands.
fn used(annotation: &Annotation) -> Vec<usize> {
    let mut used = vec![true, true, true];
    used.resize(COLUMNS.len(), false);
    for label in &annotation.labels {
        used.iter_mut().zip(cells(label)).for_each(|(used, (cell, _))| *used |= !cell.is_empty());
    }
    (0..COLUMNS.len()).filter(|&column| used[column]).collect()
}

fn said_nowhere(annotation: &Annotation, losses: &mut Losses) {
    let empty = |tier: &&String| !annotation.labels.iter().any(|label| label.tier.as_ref() == Some(tier));
    losses.add_if(annotation.tiers.iter().any(|tier| empty(&tier)), "tiers without labels were left out");
}

pub fn read_json(text: &str, losses: &mut Losses) -> Result<Annotation> {
    let rows: Vec<Map<String, Value>> = serde_json::from_str(text)
        .map_err(|e| Error::new(e.line(), format!("expected an array of objects with start, end and label: {e}")))?;
    let mut annotation = Annotation::default();
    for (index, row) in rows.iter().enumerate() {
        let cell = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let texts: Vec<(Option<Field>, String)> =
            row.iter().map(|(name, value)| (field_of(name), cell(value))).collect();
        let numbered = |e: Error| Error { message: format!("object {index}: {}", e.message), ..e };
        annotation.labels.push(label(texts.iter().map(|(f, cell)| (*f, cell.as_str())), 1, losses).map_err(numbered)?);
    }
    tiers(&mut annotation);
    Ok(annotation)
}

pub fn print_json(annotation: &Annotation, losses: &mut Losses) -> String {
    said_nowhere(annotation, losses);
    let object = |label| {
        let pairs = COLUMNS.iter().zip(cells(label)).filter(|(name, (cell, _))| **name == "label" || !cell.is_empty());
        let value = |(cell, number): (String, bool)| match cell.parse::<f64>() {
            Ok(value) if number => Value::from(value),
            _ => Value::from(cell),
        };
        Value::Object(pairs.map(|(name, cell)| ((*name).to_owned(), value(cell))).collect()).to_string()
    };
    let objects: Vec<String> = annotation.labels.iter().map(object).collect();
    if objects.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", objects.join(",\n")) }
}
