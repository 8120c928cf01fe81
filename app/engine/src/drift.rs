//! Drift: how a run differs from an earlier one.

use crate::report::{Metric, Report, StageReport};
use serde_json::Value as Json;

/// Largest relative difference of a metric between machines of another CPU class: vector kernels sum in another order.
const METRIC_TOLERANCE: f64 = 1e-4;

/// In which ways `now` differs from `before`, in words, one line each; empty when it does not.
///
/// On the CPU class of the earlier run every hash must be equal. On another, shapes, types and findings must be equal
/// and metrics within a tolerance of 1e-4, because FFT kernels are chosen by the CPU's features. The environment never
/// counts.
pub fn drift(before: &Report, now: &Report) -> Vec<String> {
    let same_class = before.environment.cpu == now.environment.cpu && before.environment.host == now.environment.host;
    let mut lines = Vec::new();
    let mut note = |line: String| lines.push(line);
    if before.status != now.status {
        note(format!("status: was {}, is {}", before.status, now.status));
    }
    for input in &before.inputs {
        match now.inputs.iter().find(|other| other.name == input.name) {
            None => note(format!("input {:?}: is gone", input.name)),
            Some(other) if other.hash != input.hash => note(format!("input {:?}: its content has changed", input.name)),
            Some(_) => {}
        }
    }
    for input in now.inputs.iter().filter(|input| before.inputs.iter().all(|other| other.name != input.name)) {
        note(format!("input {:?}: is new", input.name));
    }
    for stage in now.stages.iter().filter(|stage| before.stages.iter().all(|other| other.id != stage.id)) {
        note(format!("stage {:?}: is new", stage.id));
    }
    for was in &before.stages {
        match now.stages.iter().find(|other| other.id == was.id) {
            None => note(format!("stage {:?}: is gone", was.id)),
            Some(is) => stage_drift(was, is, same_class, &mut note),
        }
    }
    lines
}

fn stage_drift(was: &StageReport, is: &StageReport, same_class: bool, note: &mut dyn FnMut(String)) {
    let mut differs = |what: &str, a: &dyn std::fmt::Display, b: &dyn std::fmt::Display| {
        note(format!("stage {:?}: {what}: was {a}, is {b}", was.id));
    };
    if was.stage != is.stage {
        differs("stage", &was.stage, &is.stage);
    }
    if was.result_version != is.result_version {
        differs("result_version", &was.result_version, &is.result_version);
    }
    for (id, value) in &was.parameters {
        let now = is.parameters.get(id).unwrap_or(&Json::Null);
        if now != value {
            differs(&format!("parameter {id}"), value, now);
        }
    }
    for (id, value) in is.parameters.iter().filter(|(id, _)| !was.parameters.contains_key(*id)) {
        differs(&format!("parameter {id}"), &"absent", value);
    }
    if was.outputs.len() != is.outputs.len() {
        differs("outputs", &was.outputs.len(), &is.outputs.len());
    }
    for (a, b) in was.outputs.iter().zip(&is.outputs) {
        if a.dtype != b.dtype {
            differs(&format!("output {}: type", a.port), &a.dtype, &b.dtype);
        }
        if a.shape != b.shape {
            differs(&format!("output {}: shape", a.port), &format!("{:?}", a.shape), &format!("{:?}", b.shape));
        } else if same_class && a.hash != b.hash {
            differs(&format!("output {}: content", a.port), &a.hash, &b.hash);
        }
    }
    if was.metrics.len() != is.metrics.len() {
        differs("metrics", &was.metrics.len(), &is.metrics.len());
    }
    for (a, b) in was.metrics.iter().zip(&is.metrics) {
        if (&a.name, &a.unit, &a.scope) != (&b.name, &b.unit, &b.scope) || !metric_equal(a, b, same_class) {
            differs(&format!("metric {}", a.name), &a.value, &b.value);
        }
    }
    if was.findings != is.findings {
        differs("findings", &was.findings.len(), &is.findings.len());
    }
}

fn metric_equal(a: &Metric, b: &Metric, same_class: bool) -> bool {
    match (a.value.as_f64(), b.value.as_f64()) {
        (Some(x), Some(y)) if !same_class => (x - y).abs() <= METRIC_TOLERANCE * x.abs().max(y.abs()).max(1e-12),
        _ => a.value == b.value,
    }
}
