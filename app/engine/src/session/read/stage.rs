//! The stages of a session, from TOML.

use super::{Reader, entries, is_name, with_article};
use crate::diagnostic::{Diagnostic, Position, did_you_mean};
use crate::session::value::from_toml;
use crate::session::{Feed, Places, SessionParameter, SessionStage};
use semver::VersionReq;
use toml_edit::{Item, TableLike};

const KEYS: [&str; 5] = ["id", "use", "input", "parameters", "bypass"];

impl Reader<'_> {
    pub(super) fn stages(&mut self, item: &Item, at: Position) -> Vec<SessionStage> {
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
                    let hint = did_you_mean(name, KEYS);
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
}
