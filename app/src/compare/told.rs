//! What is told of a pair, as text and as JSON.

use super::chain;
use super::side::split;
use crate::number::number;
use auricle_engine::Plan;
use auricle_engine::report::{OutputReport, Report, StageReport};
use auricle_sdk::format::Format;
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// A pair that was compared.
pub struct Told {
    sides: [OfSide; 2],
    /// Is no value further from its counterpart than the tolerance?
    pub equal: bool,
    /// Figures of all values, where both have the same shape.
    figures: Vec<(String, Json)>,
    /// Why there are no figures.
    not_compared: Vec<String>,
    /// The best offset, and the figures there.
    aligned: Vec<(String, Json)>,
    /// Name and words of each cause.
    causes: Vec<(String, String)>,
    chain: Vec<String>,
}

/// Reference or candidate.
struct OfSide {
    shown: String,
    shape: Vec<i64>,
    layout: String,
    dtype: String,
    /// The type in the file, where that is no type of tensors.
    stored_as: Option<String>,
    min: Json,
    max: Json,
    hash: String,
}

impl Told {
    /// Gathers what the stages of pair `k` gave.
    pub fn new(k: usize, names: [String; 2], shown: [String; 2], plan: &Plan, report: &Report, tolerance: f64) -> Self {
        let stage = |id: &str| report.stages.iter().find(|stage| stage.id == id);
        let [matrix, align, cause] = ["matrix", "align", "cause"].map(|name| stage(&format!("{name}-{k}")));
        let metrics = |stage: Option<&StageReport>, scope: Option<&str>| -> Vec<(String, Json)> {
            let all = stage.map(|stage| &stage.metrics[..]).unwrap_or_default().iter();
            let wanted = all.filter(|metric| scope.is_none_or(|scope| metric.scope == scope));
            wanted.map(|metric| (metric.name.clone(), metric.value.clone())).collect()
        };
        let [a, b] = &names;
        let side = |name: &str, shown: String| {
            let range = metrics(matrix, Some(name));
            let output = output(plan, report, name);
            let at = |of: &str| range.iter().find(|(id, _)| id == of).map_or(Json::Null, |(_, value)| value.clone());
            OfSide {
                shown,
                shape: output.map(|(output, _)| output.shape.clone()).unwrap_or_default(),
                dtype: output.map(|(output, _)| output.dtype.clone()).unwrap_or_default(),
                stored_as: output.and_then(|(_, format)| stored_as(format)),
                hash: output.map(|(output, _)| output.hash.clone()).unwrap_or_default(),
                layout: output.map(|(_, format)| format.layout.clone()).unwrap_or_default(),
                min: at("min"),
                max: at("max"),
            }
        };
        let [first, second] = shown;
        let sides = [side(a, first), side(b, second)];
        let mut figures = metrics(matrix, Some(&format!("{a} ~ {b}")));
        figures.retain(|(name, _)| !matches!(name.as_str(), "offset" | "correlation"));
        let max_abs = figures.iter().find(|(name, _)| name == "max_abs").and_then(|(_, value)| value.as_f64());
        let [x, y] = &sides;
        let same = !x.hash.is_empty() && x.hash == y.hash && x.shape == y.shape && x.dtype == y.dtype;
        let equal = same || max_abs.is_some_and(|largest| largest <= tolerance);
        let findings = cause.map(|stage| &stage.findings[..]).unwrap_or_default().iter();
        let causes =
            findings.filter(|_| !equal).map(|finding| (finding.code.clone(), finding.message.clone())).collect();
        let chain = if equal { Vec::new() } else { chain::differences(plan, split(a).0, split(b).0) };
        let mut aligned = metrics(align, None);
        let scope = format!("{a} ~ {b}: ");
        let findings = matrix.map(|stage| &stage.findings[..]).unwrap_or_default().iter();
        let unlike = findings.filter_map(|found| Some((found.code.as_str(), found.message.strip_prefix(&scope)?)));
        let not_compared: Vec<String> = match max_abs {
            Some(_) => Vec::new(),
            None => unlike.clone().map(|(_, words)| words.trim_start_matches("not compared: ").to_owned()).collect(),
        };
        // A distance at the best offset of numbers on unlike scales means as little as one without.
        if figures.is_empty() && unlike.clone().all(|(code, _)| code == "unlike-scales") {
            aligned.retain(|(name, _)| matches!(name.as_str(), "offset" | "correlation"));
        }
        Told { sides, equal, figures, not_compared, aligned, causes, chain }
    }

    /// All pairs as one JSON object.
    pub fn to_json(told: &[Told]) -> Json {
        let object = |pairs: &[(String, Json)]| Json::Object(pairs.iter().cloned().collect());
        let pairs: Vec<Json> = told
            .iter()
            .map(|told| {
                let [reference, candidate] = told.sides.each_ref().map(OfSide::to_json);
                let causes: Vec<Json> =
                    told.causes.iter().map(|(name, words)| json!({ "cause": name, "words": words })).collect();
                json!({
                    "reference": reference,
                    "candidate": candidate,
                    "equal": told.equal,
                    "figures": object(&told.figures),
                    "not_compared": told.not_compared,
                    "aligned": object(&told.aligned),
                    "causes": causes,
                    "chain": told.chain,
                })
            })
            .collect();
        let first = told.iter().find(|told| !told.equal).map(|told| told.sides[0].shown.clone());
        json!({ "equal": first.is_none(), "first_difference": first, "pairs": pairs })
    }

    /// All pairs as text.
    pub fn to_text(told: &[Told]) -> String {
        let mut text = String::new();
        for (k, pair) in told.iter().enumerate() {
            if k > 0 {
                text.push('\n');
            }
            pair.write(&mut text);
        }
        let differ = told.iter().position(|pair| !pair.equal);
        if let (true, Some(first)) = (told.len() > 1, differ) {
            let before = if first == 0 { "from the first stage on" } else { "up to there all is equal" };
            text += &format!("\nthe first difference is at {}; {before}\n", told[first].sides[0].shown);
        }
        text
    }

    fn write(&self, text: &mut String) {
        let mut line = |name: &str, words: &str| {
            // A string takes everything.
            let _ = writeln!(text, "{name:<11}{words}");
        };
        line("reference", &self.sides[0].words());
        line("candidate", &self.sides[1].words());
        let figure = |of: &[(String, Json)], name: &str| {
            of.iter().find(|(id, _)| id == name).map_or("-".to_owned(), |(_, value)| number(value))
        };
        if self.figures.iter().any(|(name, _)| name == "l1") {
            let [l1, mse, max, relative, cosine] =
                ["l1", "mse", "max_abs", "relative", "cosine"].map(|name| figure(&self.figures, name));
            line("distance", &format!("L1 {l1}, MSE {mse}, max {max}, relative {relative}, cosine {cosine}"));
        } else {
            let why = self.not_compared.first().map_or("the shapes differ", String::as_str);
            line("distance", &format!("none: {why}"));
        }
        let offset = figure(&self.aligned, "offset");
        if offset != "-" && !self.equal {
            let [correlation, l1, max] = ["correlation", "l1", "max_abs"].map(|name| figure(&self.aligned, name));
            let there = if l1 == "-" { String::new() } else { format!("; there L1 {l1}, max {max}") };
            line("offset", &format!("{offset} entries, correlation {correlation}{there}"));
        }
        for (k, (_, words)) in self.causes.iter().enumerate() {
            line(if k == 0 { "cause" } else { "" }, words);
        }
        for (k, words) in self.chain.iter().enumerate() {
            line(if k == 0 { "stages" } else { "" }, words);
        }
        line("", if self.equal { "equal" } else { "not equal" });
    }
}

impl OfSide {
    fn words(&self) -> String {
        let lengths: Vec<String> = self.shape.iter().map(i64::to_string).collect();
        let (shape, layout) = (lengths.join(", "), &self.layout);
        let range = format!("{} to {}", number(&self.min), number(&self.max));
        let stored = self.stored_as.as_ref().map_or(String::new(), |stored| format!(" ({stored} in the file)"));
        format!("{}: ({shape}) as ({layout}), {}{stored}, {range}", self.shown, self.dtype)
    }

    fn to_json(&self) -> Json {
        json!({
            "name": self.shown,
            "shape": self.shape,
            "layout": self.layout,
            "dtype": self.dtype,
            "stored_as": self.stored_as,
            "min": self.min,
            "max": self.max,
            "hash": self.hash,
        })
    }
}

/// What the report says of an output, and its format.
fn output<'a>(plan: &'a Plan, report: &'a Report, name: &str) -> Option<(&'a OutputReport, &'a Format)> {
    let (id, port) = split(name);
    let planned = &plan.stages[plan.stage(id)?];
    let at = planned.descriptor.outputs.iter().position(|output| Some(output.name) == port).unwrap_or(0);
    let reported = report.stages.iter().find(|stage| stage.id == id)?;
    Some((reported.outputs.get(at)?, planned.outputs.get(at)?))
}

fn stored_as(format: &Format) -> Option<String> {
    let (_, value) = format.attributes.iter().find(|(name, _)| name == "stored_as")?;
    value.as_str().map(str::to_owned)
}
