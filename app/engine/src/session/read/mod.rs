//! From TOML to what a session says, with every fault at its place.

mod stage;

use super::lines::Lines;
use super::value::from_toml;
use super::{Contents, SessionInput, SessionModel};
use crate::diagnostic::{Diagnostic, Position, did_you_mean};
use auricle_sdk::Value;
use std::collections::HashMap;
use toml_edit::{Item, Key, Table, TableLike};

const KEYS: [&str; 8] = ["auricle", "title", "seed", "inputs", "models", "stage", "view", "x"];
const RESERVED: [&str; 1] = ["labels"];

/// Reads a session's root table. Gives an error only if the format is a later one.
pub(super) fn read(root: &Table, lines: &Lines<'_>) -> Result<(Contents, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut reader = Reader { lines, faults: Vec::new(), stage: String::new() };
    if let Some(refused) = reader.version(root) {
        return Err(vec![refused]);
    }
    let mut contents = Contents::default();
    for (key, item) in entries(root) {
        let at = reader.place(key, item);
        match key.get() {
            "auricle" => {}
            "title" => contents.title = reader.string("title", item, at).unwrap_or_default(),
            "seed" => contents.seed = reader.seed(item, at),
            "inputs" => {
                let inputs = reader.named("input", "paths", item, at).into_iter();
                contents.inputs = inputs.map(|(name, path, position)| SessionInput { name, path, position }).collect();
            }
            "models" => {
                let models = reader.named("model", "models", item, at).into_iter();
                contents.models =
                    models.map(|(name, model, position)| SessionModel { name, model, position }).collect();
            }
            "stage" => contents.stages = reader.stages(item, at),
            "view" => contents.view = reader.view(item, at),
            "x" => {}
            name if RESERVED.contains(&name) => {
                reader.fault(at, format!("[{name}] is reserved for a later version of the session format"));
            }
            name => {
                let hint = did_you_mean(name, KEYS);
                reader.faults.push(Diagnostic::error(format!("{name:?} is no part of a session")).at(at).hint(hint));
            }
        }
    }
    reader.names(&contents);
    Ok((contents, reader.faults))
}

/// Is it a name for an input or a stage?
pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
}

fn entries(table: &dyn TableLike) -> impl Iterator<Item = (&Key, &Item)> {
    table.iter().filter_map(|(key, _)| table.get_key_value(key))
}

struct Reader<'a> {
    lines: &'a Lines<'a>,
    faults: Vec<Diagnostic>,
    /// The stage that is being read.
    stage: String,
}

impl Reader<'_> {
    fn fault(&mut self, at: Position, message: impl Into<String>) {
        self.faults.push(Diagnostic::error(message).at(at).stage(&self.stage));
    }

    fn place(&self, key: &Key, item: &Item) -> Position {
        let span = key.span().or_else(|| item.span());
        self.lines.position(span.map_or(0, |span| span.start))
    }

    fn value_place(&self, item: &toml_edit::Value, otherwise: Position) -> Position {
        item.span().map_or(otherwise, |span| self.lines.position(span.start))
    }

    fn wrong(&mut self, what: &str, expected: &str, item: &Item, at: Position) {
        let got = shown(item);
        self.fault(at, format!("{what}: expected {expected}, got {got}"));
    }

    fn string(&mut self, what: &str, item: &Item, at: Position) -> Option<String> {
        let text = item.as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong(what, "a string", item, at);
        }
        text
    }

    /// Checks `auricle = 1`; gives the refusal of a format that this program cannot know.
    fn version(&mut self, root: &Table) -> Option<Diagnostic> {
        let Some((key, item)) = root.get_key_value("auricle") else {
            let start = Position { line: 1, column: 1 };
            self.fault(start, "expected `auricle = 1`, the version of the session format, got no such line");
            return None;
        };
        let at = self.place(key, item);
        match item.as_integer() {
            Some(1) => None,
            Some(version) => {
                let message = format!("version {version} of the session format; this auricle reads version 1");
                Some(Diagnostic::error(message).at(at))
            }
            None => {
                self.wrong("auricle", "an integer, the version of the session format", item, at);
                None
            }
        }
    }

    fn seed(&mut self, item: &Item, at: Position) -> u64 {
        let seed = item.as_integer().and_then(|seed| u64::try_from(seed).ok());
        if seed.is_none() {
            self.wrong("seed", "an integer of at least 0", item, at);
        }
        seed.unwrap_or(0)
    }

    /// A table of names and texts, as `[inputs]` is one of paths.
    fn named(&mut self, what: &str, texts: &str, item: &Item, at: Position) -> Vec<(String, String, Position)> {
        let Some(table) = item.as_table_like() else {
            self.wrong(&format!("{what}s"), &format!("a table of names and {texts}"), item, at);
            return Vec::new();
        };
        let mut named = Vec::new();
        for (key, item) in entries(table) {
            let (name, position) = (key.get(), self.place(key, item));
            if !is_name(name) {
                self.fault(position, format!("{what} name: expected [a-z][a-z0-9_-]*, got {name:?}"));
            }
            let text = self.string(&format!("{what} {name}"), item, position);
            if text.as_deref() == Some("") {
                let one = texts.trim_end_matches('s');
                self.fault(position, format!("{what} {name}: expected a {one}, got an empty string"));
            }
            named.push((name.to_owned(), text.unwrap_or_default(), position));
        }
        named
    }

    fn view(&mut self, item: &Item, at: Position) -> Vec<(String, Value)> {
        let Some(table) = item.as_table_like() else {
            self.wrong("view", "a table", item, at);
            return Vec::new();
        };
        // What another version of the program remembers is left alone.
        entries(table).filter_map(|(key, item)| Some((key.get().to_owned(), from_toml(item).ok()?))).collect()
    }

    /// Inputs, models and stages share one namespace.
    fn names(&mut self, contents: &Contents) {
        let mut seen: HashMap<&str, (&str, Position)> = HashMap::new();
        for input in &contents.inputs {
            seen.insert(&input.name, ("an input", input.position));
        }
        let mut later: Vec<(&str, &str, &str, Position)> = Vec::new();
        later.extend(contents.models.iter().map(|model| (&*model.name, "a model", "", model.position)));
        let stages = contents.stages.iter().filter(|stage| !stage.id.is_empty());
        later.extend(stages.map(|stage| (&*stage.id, "the stage", &*stage.id, stage.position)));
        for (name, what, stage, position) in later {
            if let Some((what, first)) = seen.get(name) {
                let message = format!("the name {name:?} is used twice: {what} on line {} has it", first.line);
                let fault = Diagnostic::error(message).at(position).stage(stage);
                self.faults.push(fault.hint("inputs, models and stages share one set of names"));
            } else {
                seen.insert(name, (what, position));
            }
        }
    }
}

fn shown(item: &Item) -> String {
    match item.as_value() {
        Some(value) => value.to_string().trim().to_owned(),
        None => with_article(item.type_name()),
    }
}

fn with_article(name: &str) -> String {
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name}")
}
