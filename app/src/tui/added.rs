//! Stages that the screen adds to what is planned: comparisons and trials. The session itself stays as it is.

use auricle_engine::{Diagnostic, Edit, Feed, NewStage, Plan, Registry, Session};
use auricle_sdk::{Severity, Value};
use std::collections::BTreeSet;

/// The stage that tells how far two outputs are apart.
pub const ERROR: &str = "auricle-error";
/// The stage that tells why.
pub const CAUSE: &str = "auricle-cause";

/// What the screen wants planned beside the session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extras {
    /// Two outputs to compare, the reference first, each as `stage.port`.
    pub pair: Option<[String; 2]>,
    /// A parameter to be tried at other values.
    pub sweep: Option<Sweep>,
}

/// One parameter of one stage at several values.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// Id of the stage.
    pub stage: String,
    /// Its parameter.
    pub parameter: String,
    /// The values.
    pub values: Vec<Value>,
    /// Id of the stage whose output is looked at.
    pub shown: String,
}

/// What could not be planned beside the session, and why.
pub type Refused = (String, String);

/// Stages that are planned together or not at all.
struct Group {
    name: String,
    stages: Vec<NewStage>,
}

/// The id of the `k`-th trial's copy of a stage.
pub fn trial(k: usize, id: &str) -> String {
    format!("auricle-{}-{id}", k + 1)
}

/// Plans the session with what is wanted beside it. A group that cannot be planned is left out, for a reason.
///
/// # Errors
/// The session itself cannot be planned.
pub fn plan(session: &Session, registry: &Registry, extras: &Extras) -> (Result<Plan, Vec<Diagnostic>>, Vec<Refused>) {
    let mut groups = groups(session, extras);
    let mut refused = Vec::new();
    loop {
        let mut with = session.clone();
        let failed = groups.iter().position(|group| {
            let added = group
                .stages
                .iter()
                .try_for_each(|stage| with.apply(&Edit::AddStage { stage: stage.clone(), after: None }).map(drop));
            added.map_err(|error| refused.push((group.name.clone(), error.to_string()))).is_err()
        });
        if let Some(at) = failed {
            groups.remove(at);
            continue;
        }
        let diagnostics = match Plan::new(&with, registry, &[]) {
            Ok(plan) => return (Ok(plan), refused),
            Err(diagnostics) if groups.is_empty() => return (Err(diagnostics), refused),
            Err(diagnostics) => diagnostics,
        };
        let blamed = |group: &Group| {
            let of_group = |d: &&Diagnostic| group.stages.iter().any(|stage| stage.id == d.stage);
            diagnostics.iter().filter(|d| d.severity == Severity::Error).find(of_group).map(|d| d.message.clone())
        };
        let found = groups.iter().enumerate().find_map(|(at, group)| Some((at, blamed(group)?)));
        match found {
            Some((at, reason)) => refused.push((groups.remove(at).name, reason)),
            // It is the session's own fault, which it tells by itself.
            None => groups.clear(),
        }
    }
}

fn groups(session: &Session, extras: &Extras) -> Vec<Group> {
    let mut groups = Vec::new();
    if let Some(pair) = &extras.pair {
        let feeds: Vec<Feed> = pair.iter().map(|source| Feed::new(source)).collect();
        let stage = |id: &str, stage: &str, parameters| NewStage {
            id: id.to_owned(),
            stage: stage.to_owned(),
            feeds: feeds.clone(),
            parameters,
        };
        let crop = vec![("crop".to_owned(), Value::Bool(true))];
        groups.push(Group { name: "the difference".into(), stages: vec![stage(ERROR, "compare.error", crop)] });
        groups.push(Group { name: "the cause".into(), stages: vec![stage(CAUSE, "compare.cause", Vec::new())] });
    }
    if let Some(sweep) = &extras.sweep {
        let way = way(session, &sweep.stage, &sweep.shown);
        let trials = sweep.values.iter().enumerate().map(|(k, value)| Group {
            name: format!("{} = {value}", sweep.parameter),
            stages: copies(session, &way, sweep, k, value),
        });
        groups.extend(trials);
    }
    groups
}

/// The stages that lie on a way from one to another, both of them included.
fn way(session: &Session, from: &str, to: &str) -> BTreeSet<String> {
    let sources = |id: &str| -> Vec<String> {
        let stage = session.stages().iter().find(|stage| stage.id == id);
        stage.map_or_else(Vec::new, |s| s.feeds.iter().map(|feed| feed.split().0.to_owned()).collect())
    };
    // A plan has no cycles; a session that has one is not planned, but must not hang here.
    let mut way = BTreeSet::from([from.to_owned()]);
    for _ in session.stages() {
        for stage in session.stages() {
            if sources(&stage.id).iter().any(|source| way.contains(source)) {
                way.insert(stage.id.clone());
            }
        }
    }
    let mut above = BTreeSet::from([to.to_owned()]);
    for _ in session.stages() {
        for id in above.clone() {
            above.extend(sources(&id));
        }
    }
    way.intersection(&above).cloned().collect()
}

/// The stages of a way once more, one parameter of them at another value. What is left out of the session is left out.
fn copies(session: &Session, way: &BTreeSet<String>, sweep: &Sweep, k: usize, value: &Value) -> Vec<NewStage> {
    let on_way = session.stages().iter().filter(|stage| way.contains(&stage.id) && !stage.bypass);
    // A stage that is left out passes its input on.
    let behind = |source: &str| {
        let mut source = source.to_owned();
        for _ in session.stages() {
            let stage = session.stages().iter().find(|stage| stage.id == source.split('.').next().unwrap_or_default());
            match stage.filter(|stage| stage.bypass).and_then(|stage| stage.feeds.first()) {
                Some(feed) => source = feed.source.clone(),
                None => break,
            }
        }
        source
    };
    let renamed = |source: &str| {
        let source = behind(source);
        let (id, port) = source.split_once('.').map_or((source.as_str(), None), |(id, port)| (id, Some(port)));
        let id = if way.contains(id) { trial(k, id) } else { id.to_owned() };
        port.map_or(id.clone(), |port| format!("{id}.{port}"))
    };
    on_way
        .map(|stage| {
            let feeds = stage.feeds.iter().map(|feed| Feed { source: renamed(&feed.source), ..feed.clone() }).collect();
            let mut parameters: Vec<(String, Value)> =
                stage.parameters.iter().map(|parameter| (parameter.id.clone(), parameter.value.clone())).collect();
            if stage.id == sweep.stage {
                parameters.retain(|(id, _)| *id != sweep.parameter);
                parameters.push((sweep.parameter.clone(), value.clone()));
            }
            NewStage { id: trial(k, &stage.id), stage: stage.stage.clone(), feeds, parameters }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const TEXT: &str = r#"auricle = 1
inputs = { clip = "a.wav" }
[[stage]]
id = "read"
use = "read.audio"
input = "clip"
[[stage]]
id = "stft"
use = "stft.librosa"
input = "read"
parameters = { n_fft = 512, center = false }
[[stage]]
id = "other"
use = "rms"
input = "read"
[[stage]]
id = "power"
use = "power"
input = "stft"
bypass = true
[[stage]]
id = "mel"
use = "mel"
input = { features = "power.out" }
"#;

    #[test]
    fn a_trial_copies_what_lies_between_and_nothing_else() {
        let session = Session::parse(TEXT, Path::new("s.toml")).expect("it is a session");
        let sweep = Sweep {
            stage: "stft".into(),
            parameter: "n_fft".into(),
            values: vec![Value::Int(256)],
            shown: "mel".into(),
        };
        let groups = groups(&session, &Extras { pair: None, sweep: Some(sweep) });
        let [group] = &groups[..] else { panic!("one value is one group") };
        let ids: Vec<&str> = group.stages.iter().map(|stage| stage.id.as_str()).collect();
        assert_eq!(ids, ["auricle-1-stft", "auricle-1-mel"]);
        assert_eq!(group.stages[0].feeds[0].source, "read");
        assert_eq!(
            group.stages[0].parameters,
            [("center".to_owned(), Value::Bool(false)), ("n_fft".to_owned(), Value::Int(256))]
        );
        assert_eq!(group.stages[1].feeds[0].source, "auricle-1-stft", "what is left out passes its input on");
        assert_eq!(group.stages[1].feeds[0].port.as_deref(), Some("features"));
    }
}
