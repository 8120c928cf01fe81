//! The shell line that does what the session on the screen does.

use super::journal::placed;
use super::value;
use auricle_engine::{Registry, Session, SessionStage};
use auricle_sdk::Value;

/// A line for a POSIX shell. A session that is saved is named; one that differs from its file only in parameters is
/// named with them; any other is put into the line as a whole.
///
/// # Errors
/// A path cannot be written in a session.
pub fn line(
    session: &Session,
    file: Option<&str>,
    saved: Option<&Session>,
    registry: &Registry,
) -> Result<String, String> {
    if let (Some(file), Some(saved)) = (file, saved)
        && let Some(set) = settings(session, saved, registry)
    {
        let set: String = set.iter().map(|set| format!(" --set {}", quoted(set))).collect();
        return Ok(format!("auricle replay {}{set} --out out", quoted(file)));
    }
    let session = placed(session)?;
    let text = session.text();
    let mut end = "END".to_owned();
    while text.lines().any(|line| line == end) {
        end.push('_');
    }
    let gap = if text.ends_with('\n') { "" } else { "\n" };
    Ok(format!("auricle replay - --out out <<'{end}'\n{text}{gap}{end}"))
}

/// The parameters that make the second session the first, as `stage.parameter=value`; none if there is more to it.
fn settings(session: &Session, saved: &Session, registry: &Registry) -> Option<Vec<String>> {
    let inputs =
        |session: &Session| session.inputs().iter().map(|i| (i.name.clone(), i.path.clone())).collect::<Vec<_>>();
    let same = session.stages().len() == saved.stages().len()
        && inputs(session) == inputs(saved)
        && session.seed() == saved.seed()
        && session.directory() == saved.directory();
    if !same {
        return None;
    }
    let pairs = session.stages().iter().zip(saved.stages());
    let settings: Option<Vec<Vec<String>>> = pairs.map(|(now, before)| of_stage(now, before, registry)).collect();
    settings.map(|settings| settings.concat())
}

fn of_stage(now: &SessionStage, before: &SessionStage, registry: &Registry) -> Option<Vec<String>> {
    let feeds =
        |stage: &SessionStage| stage.feeds.iter().map(|f| (f.port.clone(), f.source.clone())).collect::<Vec<_>>();
    let same = now.id == before.id
        && now.stage == before.stage
        && now.requirement == before.requirement
        && now.bypass == before.bypass
        && feeds(now) == feeds(before);
    if !same {
        return None;
    }
    let declared = registry.stage(&now.stage).map_or(&[][..], |(_, descriptor)| descriptor.parameters);
    let value = |stage: &SessionStage, id: &str| {
        stage.parameters.iter().find(|parameter| parameter.id == id).map(|parameter| parameter.value.clone())
    };
    let mut ids: Vec<&str> = Vec::new();
    for parameter in now.parameters.iter().chain(&before.parameters) {
        if !ids.contains(&parameter.id.as_str()) {
            ids.push(&parameter.id);
        }
    }
    let changed = ids.into_iter().filter(|id| value(now, id) != value(before, id));
    changed
        .map(|id| {
            let declared = declared.iter().find(|declared| declared.id == id)?;
            let value = value(now, id).unwrap_or_else(|| declared.default_value());
            let text = value::shown(&value);
            // What does not come back from its text as it was has to stand in a file.
            let comes_back = value != Value::None && value::parse(&text, declared).as_ref() == Ok(&value);
            comes_back.then(|| format!("{}.{id}={text}", now.id))
        })
        .collect()
}

/// A word that the shell takes as it stands.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/=+,:@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) && !word.starts_with('-') {
        return word.to_owned();
    }
    // A file whose name begins with a dash is no option.
    let dash = if word.starts_with('-') { "./" } else { "" };
    format!("'{dash}{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_as_they_stand() {
        for (word, expected) in
            [("a/b.toml", "a/b.toml"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("-x", "'./-x'"), ("$HOME", "'$HOME'")]
        {
            assert_eq!(quoted(word), expected);
        }
    }
}
