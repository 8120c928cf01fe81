//! From TOML to what a session says, with every fault at its place.

use super::lines::Lines;
use super::value::from_toml;
use super::{Contents, Feed, Places, SessionInput, SessionParameter, SessionStage};
use crate::diagnostic::{Diagnostic, Position, did_you_mean};
use auricle_sdk::Value;
use semver::VersionReq;
use std::collections::HashMap;
use toml_edit::{Item, Key, Table, TableLike};

const KEYS: [&str; 7] = ["auricle", "title", "seed", "inputs", "stage", "view", "x"];
const RESERVED: [&str; 2] = ["labels", "models"];
const STAGE_KEYS: [&str; 5] = ["id", "use", "input", "parameters", "bypass"];

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
            "inputs" => contents.inputs = reader.inputs(item, at),
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

    fn inputs(&mut self, item: &Item, at: Position) -> Vec<SessionInput> {
        let Some(table) = item.as_table_like() else {
            self.wrong("inputs", "a table of names and paths", item, at);
            return Vec::new();
        };
        let mut inputs = Vec::new();
        for (key, item) in entries(table) {
            let (name, position) = (key.get(), self.place(key, item));
            if !is_name(name) {
                self.fault(position, format!("input name: expected [a-z][a-z0-9_-]*, got {name:?}"));
            }
            let path = self.string(&format!("input {name}"), item, position);
            if path.as_deref() == Some("") {
                self.fault(position, format!("input {name}: expected a path, got an empty string"));
            }
            let path = path.unwrap_or_default();
            inputs.push(SessionInput { name: name.to_owned(), path, position });
        }
        inputs
    }

    fn view(&mut self, item: &Item, at: Position) -> Vec<(String, Value)> {
        let Some(table) = item.as_table_like() else {
            self.wrong("view", "a table", item, at);
            return Vec::new();
        };
        // What another version of the program remembers is left alone.
        entries(table).filter_map(|(key, item)| Some((key.get().to_owned(), from_toml(item).ok()?))).collect()
    }

    fn stages(&mut self, item: &Item, at: Position) -> Vec<SessionStage> {
        let mut stages = Vec::new();
        if let Some(tables) = item.as_array_of_tables() {
            for table in tables {
                let at = table.span().map_or(at, |span| self.lines.position(span.start));
                stages.push(self.stage(table, at));
            }
        } else if let Some(values) = item.as_array() {
            for value in values {
                let at = self.value_place(value, at);
                match value.as_inline_table() {
                    Some(table) => stages.push(self.stage(table, at)),
                    None => self.fault(at, format!("stage: expected a table, got {}", value.to_string().trim())),
                }
            }
        } else {
            self.wrong("stage", "[[stage]] tables", item, at);
        }
        stages
    }

    fn stage(&mut self, table: &dyn TableLike, at: Position) -> SessionStage {
        let mut stage = SessionStage {
            id: table.get("id").and_then(Item::as_str).unwrap_or_default().to_owned(),
            stage: String::new(),
            requirement: None,
            feeds: Vec::new(),
            feeds_broken: false,
            parameters: Vec::new(),
            bypass: false,
            position: at,
            places: Places { stage: at, input: at, bypass: at },
        };
        self.stage.clone_from(&stage.id);
        for (key, item) in entries(table) {
            let at = self.place(key, item);
            match key.get() {
                "id" => {
                    stage.position = at;
                    if self.string("id", item, at).is_some_and(|id| !is_name(&id)) {
                        self.fault(at, "id: expected [a-z][a-z0-9_-]*");
                    }
                }
                "use" => {
                    stage.places.stage = at;
                    (stage.stage, stage.requirement) = self.stage_use(item, at);
                }
                "input" => {
                    stage.places.input = at;
                    let before = self.faults.len();
                    stage.feeds = self.feeds(item, at);
                    stage.feeds_broken = self.faults.len() > before;
                }
                "parameters" => stage.parameters = self.parameters(item, at),
                "bypass" => {
                    stage.places.bypass = at;
                    match item.as_bool() {
                        Some(bypass) => stage.bypass = bypass,
                        None => self.wrong("bypass", "true or false", item, at),
                    }
                }
                name => {
                    let hint = did_you_mean(name, STAGE_KEYS);
                    let fault = Diagnostic::error(format!("{name:?} is no key of a stage")).at(at);
                    self.faults.push(fault.stage(&self.stage).hint(hint));
                }
            }
        }
        for (key, meaning) in [("id", "a name for it in this session"), ("use", "the stage to use, as \"read.audio\"")]
        {
            if !table.contains_key(key) {
                self.fault(stage.position, format!("the stage has no `{key}`: {meaning}"));
            }
        }
        self.stage.clear();
        stage
    }

    fn stage_use(&mut self, item: &Item, at: Position) -> (String, Option<VersionReq>) {
        let Some(text) = self.string("use", item, at) else { return Default::default() };
        let Some((id, requirement)) = text.split_once('@') else { return (text, None) };
        let parsed = VersionReq::parse(requirement);
        if let Err(error) = &parsed {
            let message = format!("use: expected a version after @, as >=0.2, got {requirement:?} ({error})");
            self.fault(at, message);
        }
        (id.to_owned(), parsed.ok())
    }

    fn feeds(&mut self, item: &Item, at: Position) -> Vec<Feed> {
        const EXPECTED: &str = "an input, a stage, \"stage.port\", a list of these, or a table of ports";
        let Some(value) = item.as_value() else {
            let Some(table) = item.as_table_like() else {
                self.wrong("input", EXPECTED, item, at);
                return Vec::new();
            };
            return self.ports(table, at);
        };
        if let Some(table) = value.as_inline_table() {
            return self.ports(table, at);
        }
        self.sources(None, item, EXPECTED, at)
    }

    fn ports(&mut self, table: &dyn TableLike, at: Position) -> Vec<Feed> {
        let mut feeds = Vec::new();
        for (key, item) in entries(table) {
            let at = if item.span().is_some() { self.place(key, item) } else { at };
            feeds.extend(self.sources(
                Some(key.get()),
                item,
                "an input, a stage, \"stage.port\", or a list of these",
                at,
            ));
        }
        feeds
    }

    /// A source, or a list of sources.
    fn sources(&mut self, port: Option<&str>, item: &Item, expected: &str, at: Position) -> Vec<Feed> {
        let what = port.map_or("input".to_owned(), |port| format!("input {port}"));
        let feed = |source: &str, position| Feed {
            port: port.map(str::to_owned),
            source: source.to_owned(),
            position: Some(position),
        };
        if let Some(source) = item.as_str() {
            return vec![feed(source, at)];
        }
        let Some(list) = item.as_array() else {
            self.wrong(&what, expected, item, at);
            return Vec::new();
        };
        let mut feeds = Vec::new();
        for value in list {
            let at = self.value_place(value, at);
            match value.as_str() {
                Some(source) => feeds.push(feed(source, at)),
                None => self.fault(at, format!("{what}: expected a string, got {}", value.to_string().trim())),
            }
        }
        feeds
    }

    fn parameters(&mut self, item: &Item, at: Position) -> Vec<SessionParameter> {
        let Some(table) = item.as_table_like() else {
            self.wrong("parameters", "a table", item, at);
            return Vec::new();
        };
        let mut parameters = Vec::new();
        for (key, item) in entries(table) {
            let (id, position) = (key.get(), self.place(key, item));
            match from_toml(item) {
                Ok(value) => parameters.push(SessionParameter { id: id.to_owned(), value, position }),
                Err(got) => {
                    let fault = Diagnostic::error(format!("expected a value or a list, got {}", with_article(got)));
                    self.faults.push(fault.at(position).stage(&self.stage).parameter(id));
                }
            }
        }
        parameters
    }

    /// Inputs and stages share one namespace.
    fn names(&mut self, contents: &Contents) {
        let mut seen: HashMap<&str, (&str, Position)> = HashMap::new();
        for input in &contents.inputs {
            seen.insert(&input.name, ("an input", input.position));
        }
        for stage in contents.stages.iter().filter(|stage| !stage.id.is_empty()) {
            if let Some((what, first)) = seen.get(stage.id.as_str()) {
                let message = format!("the name {:?} is used twice: {what} on line {} has it", stage.id, first.line);
                let fault = Diagnostic::error(message).at(stage.position).stage(&stage.id);
                self.faults.push(fault.hint("inputs and stages share one set of names"));
            } else {
                seen.insert(&stage.id, ("the stage", stage.position));
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
