//! The session of sound files that are opened by themselves: each is read, and its levels are computed.

use auricle_engine::{Edit, Error, ErrorKind, Feed, NewStage, Plan, Registry, Result, Session};
use auricle_sdk::Value;
use std::path::{Path, PathBuf};

/// About how long a window of the spectrum is: a syllable is longer, a pitch period shorter.
const WINDOW_S: f64 = 0.04;

/// A session of these files, not saved yet.
///
/// # Errors
/// A name is no UTF-8, so no session file can hold it.
pub fn session(paths: &[PathBuf], registry: &Registry) -> Result<Session> {
    let mut session = Session::new(Path::new("."));
    let number = |index: usize| if paths.len() == 1 { String::new() } else { format!("-{}", index + 1) };
    let add = |id: String, stage: &str, from: String, parameters: Vec<(String, Value)>, after: Option<String>| {
        let stage = NewStage { id, stage: stage.to_owned(), feeds: vec![Feed::new(&from)], parameters };
        Edit::AddStage { stage, after }
    };
    for (index, path) in paths.iter().enumerate() {
        let name = path.to_str().ok_or_else(|| {
            let message = format!("{}: a session holds only names that are UTF-8; rename the file", path.display());
            Error::new(ErrorKind::Session, message)
        })?;
        let (input, read) = (format!("file{}", number(index)), format!("audio{}", number(index)));
        session.apply(&Edit::SetInput { name: input.clone(), path: Some(name.to_owned()) })?;
        session.apply(&add(read, "read.audio", input, Vec::new(), None))?;
    }
    // The readers tell the sample rates, from which the windows follow.
    let plan = Plan::new(&session, registry, &[]).ok();
    for index in 0..paths.len() {
        let (read, levels) = (format!("audio{}", number(index)), format!("levels{}", number(index)));
        let format = plan.as_ref().and_then(|plan| plan.stages[plan.stage(&read)?].outputs.first().cloned());
        let rate = format.and_then(|format| Some(f64::from(format.as_audio().ok()?.sample_rate)));
        let parameters = rate.and_then(|rate| window(rate, registry)).into_iter().collect();
        session.apply(&add(levels, "spectrum.dbfs", read.clone(), parameters, Some(read)))?;
    }
    Ok(session)
}

/// The transform's length at a sample rate, if it is not the default.
fn window(rate: f64, registry: &Registry) -> Option<(String, Value)> {
    let n_fft = 2i64.pow((rate * WINDOW_S).max(64.0).log2().round() as u32);
    let declared = registry.stage("spectrum.dbfs")?.1.parameters.iter().find(|parameter| parameter.id == "n_fft")?;
    let value = Value::Int(n_fft);
    (declared.default_value() != value && declared.check(&value).is_ok()).then(|| ("n_fft".to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_an_input_a_reader_and_levels() {
        let paths = ["a.wav".into(), "sub/b.flac".into()];
        let session = session(&paths, &Registry::default()).expect("the names are UTF-8");
        let ids: Vec<&str> = session.stages().iter().map(|stage| stage.id.as_str()).collect();
        assert_eq!(ids, ["audio-1", "levels-1", "audio-2", "levels-2"]);
        assert_eq!(session.inputs()[1].path, "sub/b.flac");
        assert_eq!(session.stages()[3].feeds[0].source, "audio-2");
        assert!(session.faults().is_empty(), "{:?}", session.faults());
    }
}
