//! The metrics of a run as tables for people: a line for each thing that was measured, a column for each figure.

use crate::number::number;
use auricle_engine::report::{Metric, Report, StageReport};
use std::fmt::Write;

/// Every stage that has metrics: its name, and its tables.
pub fn of(report: &Report) -> String {
    let mut text = String::new();
    for stage in report.stages.iter().filter(|stage| !stage.metrics.is_empty()) {
        if !text.is_empty() {
            text.push('\n');
        }
        writeln!(text, "{} ({})", stage.id, stage.stage).expect("a string takes everything");
        text += &tables(stage);
    }
    text
}

/// Lines that have the same figures stand together.
fn tables(stage: &StageReport) -> String {
    let mut scopes: Vec<(&str, Vec<&Metric>)> = Vec::new();
    for metric in &stage.metrics {
        match scopes.iter_mut().find(|(scope, _)| *scope == metric.scope) {
            Some((_, metrics)) => metrics.push(metric),
            None => scopes.push((&metric.scope, vec![metric])),
        }
    }
    let mut groups: Vec<(Vec<String>, Vec<Vec<String>>)> = Vec::new();
    for (scope, metrics) in scopes {
        let heads: Vec<String> = std::iter::once(String::new()).chain(metrics.iter().map(|m| head(m))).collect();
        let cells = std::iter::once(scope.to_owned()).chain(metrics.iter().map(|m| number(&m.value))).collect();
        match groups.iter_mut().find(|(known, _)| *known == heads) {
            Some((_, rows)) => rows.push(cells),
            None => groups.push((heads, vec![cells])),
        }
    }
    groups.into_iter().map(|(heads, rows)| aligned(&heads, &rows)).collect()
}

/// A figure's name with its unit.
fn head(metric: &Metric) -> String {
    match metric.unit.as_str() {
        "" | "1" => metric.name.clone(),
        unit => format!("{} ({unit})", metric.name),
    }
}

/// Names to the left, figures to the right.
fn aligned(heads: &[String], rows: &[Vec<String>]) -> String {
    let length = |text: &String| text.chars().count();
    let width = |k: usize| rows.iter().map(|row| length(&row[k])).chain([length(&heads[k])]).max().unwrap_or(0);
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let line = |cells: &[String]| {
        let first = format!("  {:<1$}", cells[0], widths[0]);
        let rest = cells.iter().zip(&widths).skip(1).map(|(cell, width)| format!("  {cell:>width$}"));
        let line: String = std::iter::once(first).chain(rest).collect();
        format!("{}\n", line.trim_end())
    };
    std::iter::once(line(heads)).chain(rows.iter().map(|row| line(row))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metric(name: &str, value: f64, unit: &str, scope: &str) -> Metric {
        Metric { name: name.into(), value: json!(value), unit: unit.into(), scope: scope.into() }
    }

    #[test]
    fn a_line_for_each_scope_and_a_column_for_each_figure() {
        let mut stage = StageReport { id: "table".into(), stage: "compare.matrix".into(), ..StageReport::default() };
        stage.metrics = vec![
            metric("min", -11.5, "ln", "tacotron2"),
            metric("max", 0.25, "ln", "tacotron2"),
            metric("min", -11.0, "ln", "librosa"),
            metric("max", 0.0, "ln", "librosa"),
            metric("l1", 4.5e-7, "ln", "tacotron2 ~ librosa"),
            metric("cosine", 1.0, "1", "tacotron2 ~ librosa"),
        ];
        let expected = [
            "             min (ln)  max (ln)",
            "  tacotron2     -11.5      0.25",
            "  librosa         -11         0",
            "                        l1 (ln)  cosine",
            "  tacotron2 ~ librosa  4.500e-7       1",
            "",
        ]
        .join("\n");
        assert_eq!(tables(&stage), expected);
    }
}
