//! Two sessions as one, to be compared on the screen: the stages of both under names of their own, side by side.

use super::pool::is_real;
use auricle_engine::{Edit, Error, ErrorKind, NewStage, Plan, Registry, Result, Session};
use auricle_sdk::Value;
use auricle_sdk::format::Format;
use std::path::Path;

/// What stands before the names of either side.
const PREFIXES: [&str; 2] = ["a", "b"];

/// One session of two, not saved yet: A's and B's inputs and stages, and lanes of what both end with. Stages that only
/// write are left out.
///
/// # Errors
/// A session has models, or a name that no session can hold.
pub fn session(sides: [&Session; 2], registry: &Registry) -> Result<Session> {
    let mut joined = Session::new(Path::new("."));
    let titles = sides.map(|side| Path::new(side.file()).file_name().map(|name| name.to_string_lossy().into_owned()));
    if let [Some(a), Some(b)] = &titles {
        joined.apply(&Edit::SetTitle(format!("{a} and {b}")))?;
    }
    for (side, prefix) in sides.into_iter().zip(PREFIXES) {
        if !side.models().is_empty() {
            let message = format!("{} names models; `auricle compare` compares such sessions", side.file());
            return Err(Error::new(ErrorKind::Session, message));
        }
        add(&mut joined, side, prefix, registry)?;
    }
    for (key, value) in view(&joined, sides, registry).unwrap_or_default() {
        joined.apply(&Edit::SetView { key: key.to_owned(), value })?;
    }
    Ok(joined)
}

fn add(joined: &mut Session, side: &Session, prefix: &str, registry: &Registry) -> Result<()> {
    let named = |name: &str| format!("{prefix}-{name}");
    for input in side.inputs() {
        let path = side.directory().join(&input.path);
        let path = path.to_str().ok_or_else(|| {
            Error::new(ErrorKind::Session, format!("{}: a session holds only names that are UTF-8", path.display()))
        })?;
        joined.apply(&Edit::SetInput { name: named(&input.name), path: Some(path.to_owned()) })?;
    }
    for stage in side.stages() {
        if registry.stage(&stage.stage).is_some_and(|(_, descriptor)| descriptor.outputs.is_empty()) {
            continue;
        }
        let mut copy: NewStage = side.copied(&stage.id)?;
        copy.id = named(&stage.id);
        copy.feeds.iter_mut().for_each(|feed| feed.source = named(&feed.source));
        let id = copy.id.clone();
        joined.apply(&Edit::AddStage { stage: copy, after: None })?;
        if stage.bypass {
            joined.apply(&Edit::Bypass { stage: id, on: true })?;
        }
    }
    Ok(())
}

/// The lanes: what both sessions call the same and can be drawn, the last of it; else the last of each.
fn view(joined: &Session, sides: [&Session; 2], registry: &Registry) -> Option<Vec<(&'static str, Value)>> {
    let plan = Plan::new(joined, registry, &[]).ok()?;
    let drawn = |format: &Format| {
        format.dtype().is_some_and(is_real)
            && format.clock.step > 0
            && format.as_tensor().is_ok_and(|t| t.frame_len() > 1)
    };
    let port = |side: usize, id: &str| {
        let stage = &plan.stages[plan.stage(&format!("{}-{id}", PREFIXES[side]))?];
        let output = stage.outputs.iter().position(|format| drawn(format))?;
        Some(format!("{}.{}", stage.id, stage.descriptor.outputs[output].name))
    };
    let ids = |side: usize| sides[side].stages().iter().rev().map(|stage| stage.id.as_str());
    let common = ids(0).find_map(|id| Some([port(0, id)?, port(1, id)?]));
    let last = || Some([ids(0).find_map(|id| port(0, id))?, ids(1).find_map(|id| port(1, id))?]);
    let [a, b] = common.or_else(last)?;
    let stage = a.split('.').next().unwrap_or_default().to_owned();
    let lanes = Value::List(vec!["audio".into(), a.as_str().into(), b.as_str().into(), "records".into()]);
    Some(vec![("stage", stage.into()), ("lanes", lanes), ("lane", Value::Int(1)), ("a", a.into()), ("b", b.into())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_have_names_of_their_own() {
        let text = |more: &str| {
            format!(
                "auricle = 1\ninputs = {{ clip = \"x.wav\" }}\n[[stage]]\nid = \"read\"\nuse = \"read.audio\"\ninput = \"clip\"\n\
                 [[stage]]\nid = \"mel\"\nuse = \"mel.librosa@>=0.1\"\ninput = {{ audio = \"read.audio\" }}\n{more}"
            )
        };
        let parse = |text: &str, file: &str| Session::parse(text, Path::new(file)).expect("it is a session");
        let a = parse(&text("parameters = { n_mels = 40 }\n"), "one/a.toml");
        let b = parse(&text("bypass = true\n"), "two/b.toml");
        let joined = session([&a, &b], &Registry::default()).expect("they can be joined");
        let ids: Vec<&str> = joined.stages().iter().map(|stage| stage.id.as_str()).collect();
        assert_eq!(ids, ["a-read", "a-mel", "b-read", "b-mel"]);
        assert_eq!(joined.inputs()[1].path, "two/x.wav");
        assert_eq!(joined.stages()[3].feeds[0].source, "b-read.audio");
        assert!(joined.stages()[3].bypass && joined.stages()[1].requirement.is_some());
        assert_eq!(joined.title(), "a.toml and b.toml");
        assert!(joined.faults().is_empty(), "{:?}", joined.faults());
    }
}
