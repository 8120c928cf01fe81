//! `auricle info`: what sound files are, and what is wrong with them.
//!
//! Everything comes from stages: `read.audio` opens the file, `measure.*` look at the samples.

use crate::exit::Exit;
use crate::places;
use auricle_engine::report::{Finding, Report};
use auricle_engine::{Cancel, Diagnostic, Options, Plan, Registry, Session};
use auricle_sdk::Value;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

/// Arguments of `auricle info`.
#[derive(clap::Args)]
pub struct Args {
    /// Sound files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// The session that looks at one file.
const SESSION: &str = r#"
auricle = 1
title = "info"

[inputs]
file = "file"

[[stage]]
id = "read"
use = "read.audio"
input = "file"

[[stage]]
id = "level"
use = "measure.level"
input = "read"

[[stage]]
id = "loudness"
use = "measure.loudness"
input = "read"

[[stage]]
id = "findings"
use = "measure.findings"
input = "read"
"#;

/// Runs the command: 0 when nothing is wrong with any file, 1 with findings, 3 when a file is refused.
pub fn run(args: &Args, plugin_dirs: &[PathBuf]) -> Exit {
    let registry = places::registry(plugin_dirs);
    let mut exit = Exit::Ok;
    for (index, path) in args.files.iter().enumerate() {
        let outcome = match look(path, &registry) {
            Ok(facts) => {
                if args.json {
                    println!("{}", facts.to_json());
                } else {
                    let gap = if index > 0 { "\n" } else { "" };
                    print!("{gap}{facts}");
                }
                if facts.findings.is_empty() { Exit::Ok } else { Exit::Findings }
            }
            Err(refusal) => {
                // Reasons name the file; where one does not, it is named here.
                let file = path.to_string_lossy();
                let named = if refusal.why.contains(&*file) { "" } else { &*format!("{file}: ") };
                eprintln!("{named}{}", refusal.why);
                if args.json {
                    println!("{}", json!({ "file": file, "error": refusal.why }));
                }
                refusal.exit
            }
        };
        // A refused file outweighs findings in another.
        if exit == Exit::Ok || (exit == Exit::Findings && outcome != Exit::Ok) {
            exit = outcome;
        }
    }
    exit
}

/// What is known about a file.
struct Facts {
    file: String,
    sample_rate: u32,
    channels: usize,
    channel_layout: String,
    samples: i64,
    attributes: Vec<(String, Value)>,
    metrics: Vec<(String, Json)>,
    findings: Vec<Finding>,
}

/// Why nothing is known about a file.
struct Refusal {
    exit: Exit,
    why: String,
}

impl Refusal {
    /// The session is ours, so its places in the text say nothing to the user.
    fn of(diagnostics: &[Diagnostic]) -> Self {
        let reasons: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
        Refusal { exit: Exit::of_diagnostics(diagnostics), why: reasons.join("; ") }
    }
}

fn look(path: &Path, registry: &Registry) -> Result<Facts, Refusal> {
    let refuse = |diagnostics: Vec<Diagnostic>| Refusal::of(&diagnostics);
    let session = Session::parse(SESSION, Path::new("session of `info`")).map_err(refuse)?;
    let plan = Plan::new(&session, registry, &[("file".to_owned(), path.to_owned())]).map_err(refuse)?;
    let run = auricle_engine::run(&plan, &Options::default(), &Cancel::new(), &mut ());
    if let Some(failure) = &run.failure {
        return Err(Refusal { exit: Exit::of_failure(failure), why: failure.error.to_string() });
    }
    let format = &plan.stages[plan.stage("read").unwrap_or(0)].outputs[0];
    let audio = format.as_audio().map_err(|error| Refusal { exit: Exit::Stage, why: error.to_string() })?;
    Ok(Facts {
        file: path.to_string_lossy().into_owned(),
        sample_rate: audio.sample_rate,
        channels: audio.channels,
        channel_layout: audio.channel_layout.clone(),
        samples: samples(&run.report),
        attributes: format.attributes.clone(),
        metrics: run
            .report
            .stages
            .iter()
            .flat_map(|s| &s.metrics)
            .filter(|m| matches!(m.scope.as_str(), "" | "all"))
            .map(|m| (m.name.clone(), m.value.clone()))
            .collect(),
        findings: findings(&run.report),
    })
}

/// Sample frames: the last axis of audio as `read.audio` lays it out.
fn samples(report: &Report) -> i64 {
    let read = report.stages.iter().find(|stage| stage.id == "read").and_then(|stage| stage.outputs.first());
    read.and_then(|output| output.shape.last().copied()).unwrap_or(0)
}

fn findings(report: &Report) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for finding in report.stages.iter().flat_map(|stage| &stage.findings) {
        if !findings.iter().any(|known| known.code == finding.code && known.message == finding.message) {
            findings.push(finding.clone());
        }
    }
    findings
}

impl Facts {
    fn attribute(&self, name: &str) -> Option<&Value> {
        self.attributes.iter().find(|(id, _)| id == name).map(|(_, value)| value)
    }

    fn metric(&self, name: &str) -> Json {
        self.metrics.iter().find(|(id, _)| id == name).map_or(Json::Null, |(_, value)| value.clone())
    }

    fn duration_s(&self) -> f64 {
        self.samples as f64 / f64::from(self.sample_rate)
    }

    fn to_json(&self) -> Json {
        let attribute = |name: &str| self.attribute(name).map_or(Json::Null, auricle_engine::report::value_to_json);
        json!({
            "file": self.file,
            "sample_rate": self.sample_rate,
            "channels": self.channels,
            "channel_layout": self.channel_layout,
            "duration_s": self.duration_s(),
            "samples": self.samples,
            "container": attribute("container"),
            "codec": attribute("codec"),
            "bits_per_sample": attribute("bits_per_sample"),
            "bit_rate": attribute("bit_rate"),
            "peak_dbfs": self.metric("peak_dbfs"),
            "rms_dbfs": self.metric("rms_dbfs"),
            "lufs": self.metric("lufs"),
            "findings": self.findings,
        })
    }
}

impl std::fmt::Display for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut line = |name: &str, value: String| writeln!(f, "{name:<16}{value}");
        let text = |value: Option<&Value>| match value {
            Some(Value::Str(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => "unknown".into(),
        };
        let level = |value: Json, unit: &str| match value {
            Json::Number(number) => format!("{:.2} {unit}", number.as_f64().unwrap_or(f64::NAN)),
            Json::String(text) => format!("{text} {unit}"),
            _ => "unknown".into(),
        };
        let layout = if self.channel_layout.is_empty() { String::new() } else { format!(" ({})", self.channel_layout) };
        line("File", self.file.clone())?;
        line("Format", format!("{}, {}", text(self.attribute("container")), text(self.attribute("codec"))))?;
        line("Channels", format!("{}{layout}", self.channels))?;
        line("Sample rate", format!("{} Hz", self.sample_rate))?;
        line("Bits per sample", text(self.attribute("bits_per_sample")))?;
        line("Duration", format!("{} = {} samples", clock(self.duration_s()), self.samples))?;
        if let Some(rate) = self.attribute("bit_rate").and_then(Value::as_f64) {
            line("Bit rate", format!("{:.0} kbit/s", rate / 1000.0))?;
        }
        line("Peak", level(self.metric("peak_dbfs"), "dBFS"))?;
        line("RMS", level(self.metric("rms_dbfs"), "dBFS"))?;
        line("Loudness", level(self.metric("lufs"), "LUFS"))?;
        for finding in &self.findings {
            let at = finding.at.map_or(String::new(), |at| format!(" (from sample {at})"));
            line("Finding", format!("{}: {}{at}", finding.severity, finding.message))?;
        }
        Ok(())
    }
}

/// `1:02:03.456`
fn clock(seconds: f64) -> String {
    let ms = (seconds * 1000.0).round() as u64;
    format!("{}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}
