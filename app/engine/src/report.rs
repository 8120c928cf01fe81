//! What a run leaves: `report.json`.

use auricle_sdk::format::Format;
use auricle_sdk::{Packet, Severity, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The report of a run. Everything in it but `environment` is the same for every run of the session on one build and
/// CPU class; wall times stand elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of this format: 1.
    pub report: u32,
    /// `ok`, `failed` or `cancelled`.
    pub status: String,
    /// What was refused or failed, and warnings of the plan.
    pub diagnostics: Vec<Diagnosis>,
    /// The session's inputs.
    pub inputs: Vec<InputReport>,
    /// The stages, in the order they depend on each other.
    pub stages: Vec<StageReport>,
    /// Host, CPU class and libraries; shown by `verify`, never counted as drift.
    pub environment: Environment,
}

/// A diagnostic or failure, with its place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// `error` or `warning`.
    pub severity: String,
    /// Id of the stage, or empty.
    pub stage: String,
    /// The parameter concerned, or empty.
    pub parameter: String,
    /// What failed, expected and got, what to try.
    pub message: String,
}

/// One input of the session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InputReport {
    /// Name in the session.
    pub name: String,
    /// Content hash, `blake3:...`.
    pub hash: String,
    /// What readers found about it.
    pub findings: Vec<Finding>,
}

/// One stage of the session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StageReport {
    /// Id in the session.
    pub id: String,
    /// Stage id in the plugin.
    #[serde(rename = "use")]
    pub stage: String,
    /// Name and version of the plugin.
    pub plugin: String,
    /// Version of the stage's results.
    pub result_version: u32,
    /// All parameters, defaults included.
    pub parameters: serde_json::Map<String, Json>,
    /// What flowed out.
    pub outputs: Vec<OutputReport>,
    /// What a comparison or measurement gave.
    pub metrics: Vec<Metric>,
    /// What the stage found.
    pub findings: Vec<Finding>,
}

/// One output of a stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OutputReport {
    /// Name of the port.
    pub port: String,
    /// Element type, or the schema of records.
    pub dtype: String,
    /// Shape in the tool's layout; of records: `[rows]`.
    pub shape: Vec<i64>,
    /// Hash of the content, `blake3:...`, independent of blocks.
    pub hash: String,
}

/// A named number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// What it is.
    pub name: String,
    /// A number; the strings `inf`, `-inf`, `nan` where JSON has none.
    pub value: Json,
    /// Unit, or empty.
    pub unit: String,
    /// What it is about, or empty.
    pub scope: String,
}

impl Metric {
    /// The metrics in a table whose columns are name, value, unit and scope.
    ///
    /// # Errors
    /// The packet holds no records.
    pub fn read(packet: &Packet) -> auricle_sdk::Result<Vec<Metric>> {
        let table = packet.records()?;
        let read = |row: usize| {
            let row = table.row(row)?;
            let text = |k: usize| row.get(k).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
            let value = row.get(1).and_then(|v| v.as_f64()).unwrap_or(f64::NAN);
            Ok(Metric { name: text(0), value: number(value), unit: text(2), scope: text(3) })
        };
        (0..table.rows()).map(read).collect()
    }
}

/// Something about the data that a person should know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// `info`, `warning` or `error`.
    pub severity: String,
    /// Kebab-case name.
    pub code: String,
    /// In words.
    pub message: String,
    /// Entry where it starts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<i64>,
}

/// Where a run was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Name and version of the host.
    pub host: String,
    /// Architecture and the features that kernels choose by.
    pub cpu: String,
    /// Operating system.
    pub os: String,
    /// Libraries that took part, with their hashes.
    pub plugins: Vec<PluginReport>,
}

/// A library that took part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PluginReport {
    /// Name and version.
    pub plugin: String,
    /// Hash of the library file.
    pub hash: String,
}

impl From<&crate::Diagnostic> for Diagnosis {
    fn from(diagnostic: &crate::Diagnostic) -> Self {
        let hint = if diagnostic.hint.is_empty() { String::new() } else { format!("; {}", diagnostic.hint) };
        Diagnosis {
            severity: if diagnostic.severity == Severity::Error { "error" } else { "warning" }.into(),
            stage: diagnostic.stage.clone(),
            parameter: diagnostic.parameter.clone(),
            message: format!("{}{hint}", diagnostic.message),
        }
    }
}

impl Finding {
    /// A finding as the report writes it.
    pub fn new(severity: Severity, code: &str, message: &str, at: Option<i64>) -> Self {
        let severity = match severity {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        Finding { severity: severity.into(), code: code.into(), message: message.into(), at }
    }
}

impl Environment {
    /// This host and machine, with the libraries given.
    pub fn current(plugins: Vec<PluginReport>) -> Self {
        Environment {
            host: format!("auricle {}", env!("CARGO_PKG_VERSION")),
            cpu: cpu_class(),
            os: std::env::consts::OS.into(),
            plugins,
        }
    }
}

/// Architecture and the vector features that kernels choose their code by at run time.
fn cpu_class() -> String {
    #[allow(unused_mut)]
    let mut class = vec![std::env::consts::ARCH];
    #[cfg(target_arch = "x86_64")]
    {
        let features = [
            ("sse4.1", is_x86_feature_detected!("sse4.1")),
            ("avx", is_x86_feature_detected!("avx")),
            ("avx2", is_x86_feature_detected!("avx2")),
            ("fma", is_x86_feature_detected!("fma")),
            ("avx512f", is_x86_feature_detected!("avx512f")),
        ];
        class.extend(features.into_iter().filter(|(_, there)| *there).map(|(name, _)| name));
    }
    class.join(" ")
}

/// A number as the report writes it: JSON has no infinities.
pub fn number(value: f64) -> Json {
    match serde_json::Number::from_f64(value) {
        Some(number) => Json::Number(number),
        None if value.is_nan() => "nan".into(),
        None if value > 0.0 => "inf".into(),
        None => "-inf".into(),
    }
}

/// A parameter's value as the report writes it; absent is null.
pub fn value_to_json(value: &Value) -> Json {
    match value {
        Value::None => Json::Null,
        Value::Bool(b) => (*b).into(),
        Value::Int(i) => (*i).into(),
        Value::Float(f) => number(*f),
        Value::Str(s) => s.as_str().into(),
        Value::List(items) => items.iter().map(value_to_json).collect(),
    }
}

/// Shape of `count` entries in the format's layout.
pub fn shape(format: &Format, count: i64) -> Vec<i64> {
    let lengths: Vec<(&str, i64)> = match (format.as_audio(), format.as_tensor()) {
        (Ok(audio), _) => vec![("channel", audio.channels as i64), ("sample", count)],
        (_, Ok(tensor)) => {
            let streams = tensor.streams();
            let axes = tensor.axes.iter().enumerate();
            axes.map(|(k, a)| (a.name.as_str(), if streams && k == 0 { count } else { a.length.unwrap_or(0) as i64 }))
                .collect()
        }
        _ => return vec![count],
    };
    let order = format.layout.split(',').map(str::trim);
    let named: Vec<i64> =
        order.filter_map(|name| lengths.iter().find(|(axis, _)| *axis == name).map(|(_, n)| *n)).collect();
    if named.is_empty() { lengths.into_iter().map(|(_, n)| n).collect() } else { named }
}

impl Report {
    /// The report of a session that could not be planned.
    pub fn refused(diagnostics: &[crate::Diagnostic]) -> Self {
        Report {
            report: 1,
            status: "failed".into(),
            diagnostics: diagnostics.iter().map(Diagnosis::from).collect(),
            inputs: Vec::new(),
            stages: Vec::new(),
            environment: Environment::current(Vec::new()),
        }
    }

    /// The text of `report.json`.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Writes `report.json`; it appears whole.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn write(&self, path: &std::path::Path) -> std::io::Result<()> {
        crate::files::write_whole(path, (self.to_json() + "\n").as_bytes())
    }

    /// Reads a report that an earlier run left.
    ///
    /// # Errors
    /// The file cannot be read or is no report of this version.
    pub fn read(path: &std::path::Path) -> crate::Result<Self> {
        let wrong =
            |message: String| crate::Error::new(crate::ErrorKind::Session, format!("{}: {message}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let report: Report = serde_json::from_str(&text).map_err(|error| wrong(format!("no report: {error}")))?;
        if report.report != 1 {
            return Err(wrong(format!("expected a report of version 1, got {}", report.report)));
        }
        Ok(report)
    }
}
