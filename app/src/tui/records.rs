//! Tables read from a stage's records, as text.

use super::lane::Target;
use super::worker::guarded;
use auricle_engine::{Cancel, Evaluator};
use auricle_sdk::Value;

/// More rows than this are not shown.
const MOST: usize = 1_000;

/// The rows of a table, the names of its columns first.
///
/// # Errors
/// What the stage says when it fails.
pub fn rows(evaluator: &Evaluator, target: &Target, cancel: &Cancel) -> Result<Vec<Vec<String>>, String> {
    guarded(|| read(evaluator, target, cancel).map_err(|error| error.to_string()))
}

fn read(evaluator: &Evaluator, target: &Target, cancel: &Cancel) -> auricle_sdk::Result<Vec<Vec<String>>> {
    let columns = &target.format.as_records()?.columns;
    let mut rows = vec![columns.iter().map(|column| column.name.clone()).collect::<Vec<String>>()];
    for packet in evaluator.evaluate(target.stage, target.output, 0..i64::MAX, cancel)? {
        let table = packet.records()?;
        for row in 0..table.rows().min((MOST + 1).saturating_sub(rows.len())) {
            rows.push(table.row(row)?.iter().map(cell).collect());
        }
    }
    Ok(rows)
}

fn cell(value: &Value) -> String {
    match value {
        Value::None => String::new(),
        Value::Str(text) => text.clone(),
        Value::Float(number) => significant(*number),
        other => other.to_string(),
    }
}

/// Six digits that matter.
fn significant(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 || !number.is_finite() || (1e-4..1e6).contains(&size) {
        let decimals = if size >= 1.0 { 5 - size.log10().floor().min(5.0) as usize } else { 6 };
        return super::axis::trimmed(number, decimals);
    }
    format!("{number:.5e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_six_digits_that_matter() {
        for (number, expected) in [
            (0.0, "0"),
            (1.0, "1"),
            (12.345_678_9, "12.3457"),
            (0.000_123_456, "0.000123"),
            (3.0e-7, "3.00000e-7"),
            (123_456.7, "123457"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(significant(number), expected);
        }
    }
}
