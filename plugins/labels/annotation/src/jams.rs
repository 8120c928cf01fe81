//! JAMS: a JSON object with annotations, each of a namespace.
//!
//! Source: the JAMS schema, version 0.3. A namespace is a tier; values that are no text are kept as their JSON.

use crate::scan::{Error, Result, duration, end_of, span};
use crate::separated::tiers;
use crate::{Annotation, Label, Losses};
use serde_json::{Value, json};

/// The namespace of labels without a tier.
const OPEN: &str = "tag_open";

pub fn read(text: &str, losses: &mut Losses) -> Result<Annotation> {
    let file: Value = serde_json::from_str(text).map_err(|e| Error::new(e.line(), format!("this is no JSON: {e}")))?;
    let wrong = |what: &str| Error::new(1, format!("expected {what}"));
    let list = file["annotations"].as_array().ok_or_else(|| wrong("a JAMS object with a list of annotations"))?;
    let filled = |value: &Value| match value {
        Value::Object(map) => map.values().any(|value| !value.is_null() && *value != ""),
        other => !other.is_null(),
    };
    losses.add_if(filled(&file["sandbox"]), "the sandbox is not kept");
    let mut annotation = Annotation { duration: file["file_metadata"]["duration"].as_f64(), ..Annotation::default() };
    let title = file["file_metadata"]["title"].as_str().filter(|title| !title.is_empty());
    for one in list {
        let namespace = one["namespace"].as_str().ok_or_else(|| wrong("a namespace in each annotation"))?;
        losses.add_if(filled(&one["annotation_metadata"]), "who made an annotation, and how, is not kept");
        losses.add_if(filled(&one["sandbox"]), "the sandbox is not kept");
        if !annotation.tiers.iter().any(|tier| tier == namespace) {
            annotation.tiers.push(namespace.to_owned());
        }
        let rows = one["data"].as_array().ok_or_else(|| wrong("a list of observations in each annotation"))?;
        for row in rows {
            let time = row["time"].as_f64().ok_or_else(|| wrong("a time in each observation"))?;
            let (start, end) = span(time, end_of(time, row["duration"].as_f64().unwrap_or(0.0)), 1)?;
            let text = row["value"].as_str().map_or_else(|| row["value"].to_string(), str::to_owned);
            losses.add_if(!row["value"].is_string(), "values that are no text were taken as their JSON");
            annotation.labels.push(Label {
                score: row["confidence"].as_f64(),
                tier: (namespace != OPEN).then(|| namespace.to_owned()),
                file: title.map(str::to_owned),
                ..Label::new(start, end, text)
            });
        }
    }
    annotation.tiers.retain(|tier| tier != OPEN);
    tiers(&mut annotation);
    Ok(annotation)
}

pub fn print(annotation: &Annotation, losses: &mut Losses) -> String {
    let mut names: Vec<Option<&str>> = annotation.tiers.iter().map(|tier| Some(tier.as_str())).collect();
    for label in &annotation.labels {
        let tier = label.tier.as_deref();
        if !names.contains(&tier) {
            names.push(tier);
        }
        losses.add_if(label.speaker.is_some(), "JAMS has no speaker");
        losses.add_if(label.channel.is_some(), "JAMS has no channel");
        losses.add_if(label.fmin.is_some() || label.fmax.is_some(), "JAMS has no range of frequencies");
    }
    let mut files: Vec<&str> = annotation.labels.iter().filter_map(|label| label.file.as_deref()).collect();
    files.dedup();
    losses.add_if(files.len() > 1, "JAMS is about one recording, and only the first is named");
    let observation = |label: &Label| {
        let duration: f64 = duration(label.start, label.end).parse().unwrap_or_default();
        json!({"time": label.start, "duration": duration, "value": label.text, "confidence": label.score})
    };
    let annotations: Vec<Value> = names
        .iter()
        .map(|name| {
            let of_it = annotation.labels.iter().filter(|label| label.tier.as_deref() == *name);
            let data: Vec<Value> = of_it.map(observation).collect();
            json!({"namespace": name.unwrap_or(OPEN), "data": data, "annotation_metadata": {}, "sandbox": {}, "time": 0.0,
                   "duration": annotation.end()})
        })
        .collect();
    let metadata = json!({"title": files.first().unwrap_or(&""), "artist": "", "release": "", "duration": annotation.end(),
                          "identifiers": {}, "jams_version": "0.3.4"});
    let file = json!({"annotations": annotations, "file_metadata": metadata, "sandbox": {}});
    serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
}
