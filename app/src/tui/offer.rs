//! What can be put into the session next: stages to add, and outputs to feed an input of a stage; each with the edit
//! that does it, and with the reason where it does not fit.

use super::pipeline::Pipeline;
use super::wiring::{Origin, nearest_first};
use auricle_engine::{Edit, Feed, NewStage, Registry, Session};
use auricle_sdk::Value;
use auricle_sdk::descriptor::{Descriptor, Port, Types};
use auricle_sdk::format::Kind;
use std::path::Path;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A stage to be added after a row.
    Stage {
        /// The row.
        row: usize,
    },
    /// What feeds an input of a stage.
    Feed {
        /// The row of the stage.
        row: usize,
        /// The index of its input port.
        port: usize,
    },
}

/// A list to choose from.
#[derive(Clone, Debug)]
pub struct Offers {
    /// What was asked for.
    pub wanted: Wanted,
    /// What the list is for, in words.
    pub title: String,
    /// Number of the list, so that later news finds it.
    pub ticket: u64,
    /// The row that was chosen when the list was shown.
    pub suggested: usize,
    /// Was everything tried that seemed to fit?
    pub is_tried: bool,
    /// Everything there is.
    pub all: Vec<Offer>,
}

/// One thing to choose.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The stage's id in its plugin, or what the session calls the output.
    pub name: String,
    /// The heading that it stands under.
    pub group: &'static str,
    /// What it is, in a line.
    pub summary: String,
    /// What the stage says about itself.
    pub descriptor: Option<&'static Descriptor>,
    /// Why it does not fit here.
    pub fits: Result<(), String>,
    /// Is it what is there already?
    pub is_set: bool,
    /// What choosing it does.
    pub edit: Edit,
    /// The same, with all that read the chosen output reading the new stage instead.
    pub between: Option<Edit>,
    /// The stage that the plan must not complain about then.
    pub concerns: String,
}

impl Offer {
    /// Is it a stage that begins with a file?
    pub fn reads_files(&self) -> bool {
        self.descriptor.is_some_and(reads_files)
    }
}

/// Headings of stages, in the order in which a pipeline uses them.
const GROUPS: [&str; 7] = [
    "Read files",
    "Change sound",
    "From sound to frames",
    "Change frames",
    "Measure and label",
    "Compare",
    "Write files",
];

/// The heading of a stage, from what goes in and what comes out.
fn group(stage: &Descriptor) -> &'static str {
    let takes = |kind: Kind| stage.inputs.first().is_some_and(|port| port.kinds.contains(&kind));
    let gives = |kind: Kind| stage.outputs.first().is_some_and(|port| port.kinds.contains(&kind));
    let needed = stage.inputs.iter().filter(|port| !port.optional).count();
    let at = match () {
        () if takes(Kind::Source) || (stage.inputs.is_empty() && gives(Kind::Audio)) => 0,
        () if needed > 1 => 5,
        () if stage.id.starts_with("write.") => 6,
        () if stage.outputs.is_empty() || gives(Kind::Records) => 4,
        () if takes(Kind::Audio) && gives(Kind::Audio) => 1,
        () if takes(Kind::Audio) => 2,
        () => 3,
    };
    GROUPS[at]
}

/// All installed stages, each wired to what the chosen row gives as far as that fits.
pub fn stages(row: usize, session: &Session, pipeline: &Pipeline, registry: &Registry) -> Offers {
    let mut all: Vec<Offer> = registry.stages().map(|(_, stage)| stage_offer(stage, row, session, pipeline)).collect();
    let place = |offer: &Offer| GROUPS.iter().position(|group| *group == offer.group);
    all.sort_by_key(|offer| (place(offer), offer.name.clone()));
    let title = match pipeline.stages.get(row) {
        Some(stage) => format!("Add a stage after {}", stage.id),
        None => "Add a stage".to_owned(),
    };
    Offers { wanted: Wanted::Stage { row }, title, ticket: 0, suggested: 0, is_tried: false, all }
}

fn stage_offer(stage: &'static Descriptor, row: usize, session: &Session, pipeline: &Pipeline) -> Offer {
    let origins = nearest_first(row, pipeline);
    let mut feeds: Vec<(&Port, String)> = Vec::new();
    let mut fits = Ok(());
    for port in stage.inputs.iter().filter(|port| !port.optional) {
        let free = |origin: &&Origin| feeds.iter().all(|(_, taken)| *taken != origin.name);
        let found = origins.iter().filter(free).find(|origin| origin.fits(port, pipeline).is_ok());
        match found {
            Some(origin) => feeds.push((port, origin.name.clone())),
            None => {
                let first = origins.iter().find(|origin| origin.row == Some(row));
                let reason = first.or(origins.first()).and_then(|origin| origin.fits(port, pipeline).err());
                let reason = reason.unwrap_or_else(|| "nothing else gives that".into());
                fits = fits.and(Err(format!("input {}: {reason}", port.name)));
            }
        }
    }
    // It belongs after the chosen stage only if that is what feeds it.
    let chosen = pipeline.stages.get(row);
    let fed = |id: &str| feeds.iter().any(|(_, source)| source.split('.').next() == Some(id));
    if let Some(chosen) = chosen.filter(|chosen| fits.is_ok() && !fed(&chosen.id) && !reads_files(stage)) {
        let port = stage.inputs.iter().find(|port| !port.optional);
        let reason = port.and_then(|port| {
            let mut mine = origins.iter().filter(|origin| origin.row == Some(row)).peekable();
            if mine.peek().is_none() {
                Some(format!("{} has no output", chosen.id))
            } else {
                mine.find_map(|origin| origin.fits(port, pipeline).err())
            }
        });
        fits = reason.map_or(Ok(()), Err);
    }
    let first_source = feeds.first().map(|(_, source)| source.clone());
    let id = session.free_name(short_name(stage.id));
    let needs_names = feeds.iter().zip(stage.inputs).any(|((port, _), declared)| port.name != declared.name);
    let feeds: Vec<Feed> = feeds
        .iter()
        .map(|(port, source)| if needs_names { Feed::into_port(port.name, source) } else { Feed::new(source) })
        .collect();
    let new = NewStage {
        id: id.clone(),
        stage: stage.id.to_owned(),
        feeds,
        parameters: output_path(stage, &id, first_source.as_deref(), session),
    };
    let edit = Edit::AddStage { stage: new, after: chosen.map(|stage| stage.id.clone()) };
    let between =
        first_source.filter(|_| !stage.outputs.is_empty()).and_then(|source| between(&edit, &source, &id, session));
    Offer {
        name: stage.id.to_owned(),
        group: group(stage),
        summary: stage.summary.to_owned(),
        descriptor: Some(stage),
        fits,
        is_set: false,
        edit,
        between,
        concerns: id,
    }
}

fn reads_files(stage: &Descriptor) -> bool {
    stage.inputs.first().is_none_or(|port| port.kinds.contains(&Kind::Source))
}

/// The name of a new stage: the family of dialects, and what the others do.
fn short_name(id: &str) -> &str {
    match id.split_once('.') {
        Some(("effect" | "edit" | "write" | "measure" | "compare" | "augment" | "overview", variant)) => variant,
        Some((family, variant)) if !variant.contains('.') => family,
        _ => id.rsplit('.').next().unwrap_or(id),
    }
}

/// The file that a new writer writes: named after what it writes, and not another's.
fn output_path(stage: &Descriptor, id: &str, source: Option<&str>, session: &Session) -> Vec<(String, Value)> {
    let wanted = |parameter: &&auricle_sdk::descriptor::Parameter| parameter.types.has(Types::OUTPUT_PATH);
    let Some(parameter) = stage.parameters.iter().find(wanted).filter(|parameter| parameter.required) else {
        return Vec::new();
    };
    let extension = stage.id.rsplit('.').next().unwrap_or("out");
    let name = source.map_or_else(|| id.to_owned(), |source| source.replace('.', "-"));
    vec![(parameter.id.to_owned(), free_path(&name, extension, session).into())]
}

fn free_path(name: &str, extension: &str, session: &Session) -> String {
    let paths = || session.stages().iter().flat_map(|stage| &stage.parameters).filter_map(|p| p.value.as_str());
    let numbered = (2..).map(|number| format!("{name}-{number}.{extension}"));
    let mut names = std::iter::once(format!("{name}.{extension}")).chain(numbered);
    names.find(|name| paths().all(|path| path != name)).unwrap_or_default()
}

/// The edit that adds a stage like another; what it writes gets a name of its own.
///
/// # Errors
/// There is no such stage.
pub fn duplicate(id: &str, session: &Session, pipeline: &Pipeline) -> Result<Edit, String> {
    let mut stage = session.copied(id).map_err(|error| error.to_string())?;
    let row = pipeline.stages.iter().find(|row| row.id == id);
    let writes = |name: &str| {
        let declared = row.and_then(|row| row.parameters.iter().find(|p| p.id == name)).and_then(|p| p.declared);
        declared.is_some_and(|declared| declared.types.has(Types::OUTPUT_PATH))
    };
    for (name, value) in &mut stage.parameters {
        if let Some(path) = value.as_str().filter(|_| writes(name)).map(Path::new) {
            let stem = path.with_extension("").to_string_lossy().into_owned();
            let extension = path.extension().map_or_else(|| "out".into(), |e| e.to_string_lossy().into_owned());
            *value = free_path(&stem, &extension, session).into();
        }
    }
    Ok(Edit::AddStage { stage, after: Some(id.to_owned()) })
}

/// Adds the stage, and lets what read `source` read the new one.
fn between(add: &Edit, source: &str, id: &str, session: &Session) -> Option<Edit> {
    let readers = session.stages().iter().filter(|stage| stage.feeds.iter().any(|feed| feed.source == source));
    let rewired = readers.map(|stage| {
        let feeds = stage.feeds.iter().cloned().map(|mut feed| {
            if feed.source == source {
                id.clone_into(&mut feed.source);
            }
            feed
        });
        Edit::Rewire { stage: stage.id.clone(), feeds: feeds.collect() }
    });
    let edits: Vec<Edit> = rewired.collect();
    (!edits.is_empty()).then(|| Edit::All(std::iter::once(add.clone()).chain(edits).collect()))
}
