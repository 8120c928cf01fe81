//! The changes of a session's text, made so that the rest of it stays as it is.

use super::place::Place;
use super::{NewStage, refused};
use crate::diagnostic::did_you_mean;
use crate::error::Result;
use crate::session::{Feed, Session, to_toml};
use auricle_sdk::Value;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table};

/// A session's text, open for changes.
pub(super) struct Document {
    toml: DocumentMut,
    /// Lines end with CR LF.
    crlf: bool,
}

impl Document {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let crlf = text.contains("\r\n");
        let toml = text.replace("\r\n", "\n").parse::<DocumentMut>();
        let toml = toml.map_err(|error| refused(format!("no TOML: {}", error.message())))?;
        Ok(Document { toml, crlf })
    }

    pub(super) fn into_text(self) -> String {
        let text = self.toml.to_string();
        if self.crlf { text.replace('\n', "\r\n") } else { text }
    }

    fn root(&mut self) -> Place<'_> {
        Place::Lines(self.toml.as_table_mut())
    }

    pub(super) fn set_title(&mut self, title: &str) {
        if title.is_empty() {
            self.root().take("title");
        } else {
            self.root().put("title", title.into());
        }
    }

    pub(super) fn set_seed(&mut self, seed: i64) {
        self.root().put("seed", seed.into());
    }

    pub(super) fn set_input(&mut self, name: &str, path: Option<&str>) -> Result<()> {
        if !self.toml.contains_key("inputs") {
            // Tables without a position come last; inputs stand before the stages that read them.
            let mut inputs = Table::new();
            inputs.set_position(Some(-1));
            inputs.decor_mut().set_prefix("\n");
            self.toml.insert("inputs", Item::Table(inputs));
        }
        let inputs = self.toml.get_mut("inputs").and_then(Place::of);
        let mut inputs = inputs.ok_or_else(|| refused("inputs is no table".into()))?;
        match path {
            Some(path) => inputs.put(name, path.into()),
            None if inputs.take(name).is_some() => {}
            None => return Err(unknown("input", name, inputs.keys())),
        }
        Ok(())
    }

    pub(super) fn set_view(&mut self, key: &str, value: &Value) -> Result<()> {
        if !self.toml.contains_key("view") {
            let mut view = Table::new();
            view.set_position(Some(isize::MAX));
            view.decor_mut().set_prefix("\n");
            self.toml.insert("view", Item::Table(view));
        }
        let mut view =
            self.toml.get_mut("view").and_then(Place::of).ok_or_else(|| refused("view is no table".into()))?;
        view.set(key, to_toml(value));
        Ok(())
    }

    pub(super) fn add_stage(&mut self, new: &NewStage, after: Option<&str>) -> Result<()> {
        let index = after.map(|id| self.index(id)).transpose()?.map(|index| index + 1);
        let mut table = Table::new();
        table.decor_mut().set_prefix("\n");
        table.insert("id", toml_edit::value(&new.id));
        table.insert("use", toml_edit::value(&new.stage));
        if !new.feeds.is_empty() {
            table.insert("input", wiring(&new.feeds)?.into());
        }
        for (id, value) in &new.parameters {
            set_parameter(&mut Place::Lines(&mut table), id, value)?;
        }
        let stages = self.toml.entry("stage").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        if let Some(array) = stages.as_array_mut() {
            let index = index.unwrap_or(array.len());
            array.insert(index, table.into_inline_table());
        } else if let Some(tables) = stages.as_array_of_tables_mut() {
            let index = index.unwrap_or(tables.len());
            // Of tables with one position, the later in the list is written later.
            let before = index.checked_sub(1).and_then(|index| tables.get(index));
            table.set_position(before.and_then(last_position));
            tables.insert(index, table);
        } else {
            return Err(refused("stage is no list of tables".into()));
        }
        Ok(())
    }

    pub(super) fn remove_stage(&mut self, id: &str) -> Result<()> {
        let index = self.index(id)?;
        let stages = &mut self.toml["stage"];
        if let Some(tables) = stages.as_array_of_tables_mut() {
            tables.remove(index);
            if tables.is_empty() {
                self.toml.remove("stage");
            }
        } else if let Some(array) = stages.as_array_mut() {
            array.remove(index);
        }
        Ok(())
    }

    pub(super) fn move_stage(&mut self, id: &str, after: Option<&str>) -> Result<()> {
        if after == Some(id) {
            return Err(refused(format!("the stage {id:?} cannot come after itself")));
        }
        let from = self.index(id)?;
        let to = match after.map(|after| self.index(after)).transpose()? {
            None => 0,
            Some(index) if index < from => index + 1,
            Some(index) => index,
        };
        let stages = &mut self.toml["stage"];
        if let Some(array) = stages.as_array_mut() {
            let mut values: Vec<toml_edit::Value> = array.iter().cloned().collect();
            // Places keep their line breaks and comments.
            let decors: Vec<toml_edit::Decor> = values.iter().map(|value| value.decor().clone()).collect();
            let value = values.remove(from);
            values.insert(to, value);
            array.clear();
            for (mut value, decor) in values.into_iter().zip(decors) {
                *value.decor_mut() = decor;
                array.push_formatted(value);
            }
        } else if let Some(tables) = stages.as_array_of_tables_mut() {
            let mut all: Vec<Table> = tables.iter().cloned().collect();
            let positions: Vec<Option<isize>> = all.iter().map(Table::position).collect();
            let table = all.remove(from);
            all.insert(to, table);
            tables.clear();
            for (mut table, position) in all.into_iter().zip(positions) {
                // What lies below a table follows it.
                put_at(&mut table, position);
                tables.push(table);
            }
        }
        Ok(())
    }

    pub(super) fn set_parameter(&mut self, stage: &str, parameter: &str, value: &Value) -> Result<()> {
        set_parameter(&mut self.stage(stage)?, parameter, value)
    }

    pub(super) fn rewire(&mut self, stage: &str, feeds: &[Feed]) -> Result<()> {
        let wiring = if feeds.is_empty() { None } else { Some(wiring(feeds)?) };
        let mut stage = self.stage(stage)?;
        // A table [stage.input] becomes a value.
        if stage.get("input").is_some_and(|item| !item.is_value()) {
            stage.take("input");
        }
        stage.set("input", wiring);
        Ok(())
    }

    pub(super) fn bypass(&mut self, stage: &str, on: bool) -> Result<()> {
        self.stage(stage)?.set("bypass", on.then(|| true.into()));
        Ok(())
    }

    pub(super) fn rename(&mut self, session: &Session, from: &str, to: &str) -> Result<()> {
        if session.stage(from).is_some() {
            self.stage(from)?.put("id", to.into());
        } else {
            let names = session.inputs().iter().map(|input| input.name.as_str());
            let names = names.chain(session.stages().iter().map(|stage| stage.id.as_str()));
            let inputs = self.toml.get_mut("inputs").and_then(Place::of);
            if !inputs.is_some_and(|mut inputs| inputs.rename_key(from, to)) {
                return Err(unknown("input or stage", from, names));
            }
        }
        for mut stage in self.stages() {
            if let Some(input) = stage.get_mut("input") {
                rename_sources(input, from, to);
            }
        }
        Ok(())
    }

    fn stages(&mut self) -> Vec<Place<'_>> {
        match self.toml.get_mut("stage") {
            Some(Item::ArrayOfTables(tables)) => tables.iter_mut().map(Place::Lines).collect(),
            Some(Item::Value(toml_edit::Value::Array(values))) => {
                values.iter_mut().filter_map(toml_edit::Value::as_inline_table_mut).map(Place::Braces).collect()
            }
            _ => Vec::new(),
        }
    }

    fn index(&mut self, id: &str) -> Result<usize> {
        let stages = self.stages();
        let ids: Vec<&str> =
            stages.iter().map(|stage| stage.get("id").and_then(Item::as_str).unwrap_or_default()).collect();
        ids.iter().position(|other| *other == id).ok_or_else(|| unknown("stage", id, ids.iter().copied()))
    }

    fn stage(&mut self, id: &str) -> Result<Place<'_>> {
        let index = self.index(id)?;
        Ok(self.stages().swap_remove(index))
    }
}

/// Puts a table, and all in it, at one place of the file.
fn put_at(table: &mut Table, position: Option<isize>) {
    table.set_position(position);
    for (_, item) in table.iter_mut() {
        match item {
            Item::Table(table) => put_at(table, position),
            Item::ArrayOfTables(tables) => tables.iter_mut().for_each(|table| put_at(table, position)),
            _ => {}
        }
    }
}

/// Where the table, and all in it, ends in the file.
fn last_position(table: &Table) -> Option<isize> {
    let below = table.iter().filter_map(|(_, item)| match item {
        Item::Table(table) => last_position(table),
        Item::ArrayOfTables(tables) => tables.iter().filter_map(last_position).max(),
        _ => None,
    });
    below.chain(table.position()).max()
}

/// Sets a parameter, or removes it and what it leaves empty.
fn set_parameter(stage: &mut Place<'_>, id: &str, value: &Value) -> Result<()> {
    let value = to_toml(value);
    if stage.get("parameters").is_none() {
        if let Some(value) = value {
            let mut parameters = InlineTable::new();
            parameters.insert(id, value);
            stage.put("parameters", parameters.into());
        }
        return Ok(());
    }
    let parameters = stage.get_mut("parameters").and_then(Place::of);
    let mut parameters = parameters.ok_or_else(|| refused("parameters is no table".into()))?;
    parameters.set(id, value);
    if parameters.keys().is_empty() {
        stage.take("parameters");
    }
    Ok(())
}

/// The shortest way to write what feeds a stage.
fn wiring(feeds: &[Feed]) -> Result<toml_edit::Value> {
    if let [Feed { port: None, source, .. }] = feeds {
        return Ok(source.into());
    }
    let list = |sources: &[&str]| toml_edit::Value::from(sources.iter().copied().collect::<Array>());
    if feeds.iter().all(|feed| feed.port.is_none()) {
        return Ok(list(&feeds.iter().map(|feed| feed.source.as_str()).collect::<Vec<_>>()));
    }
    let mut ports: Vec<(&str, Vec<&str>)> = Vec::new();
    for feed in feeds {
        let port = feed.port.as_deref();
        let port = port.ok_or_else(|| refused("feeds name all their ports or none of them".into()))?;
        match ports.iter_mut().find(|(name, _)| *name == port) {
            Some((_, sources)) => sources.push(&feed.source),
            None => ports.push((port, vec![&feed.source])),
        }
    }
    let mut table = InlineTable::new();
    for (port, sources) in ports {
        table.insert(port, if let [source] = sources[..] { source.into() } else { list(&sources) });
    }
    Ok(table.into())
}

/// Renames what feeds a stage, in all forms of `input`.
fn rename_sources(item: &mut Item, from: &str, to: &str) {
    if let Some(mut table) = Place::of(item) {
        for key in table.keys().into_iter().map(str::to_owned).collect::<Vec<_>>() {
            if let Some(item) = table.get_mut(&key) {
                rename_sources(item, from, to);
            }
        }
    } else if let Some(list) = item.as_array_mut() {
        list.iter_mut().for_each(|value| rename_source(value, from, to));
    } else if let Some(value) = item.as_value_mut() {
        rename_source(value, from, to);
    }
}

fn rename_source(value: &mut toml_edit::Value, from: &str, to: &str) {
    let Some(rest) = value.as_str().and_then(|source| source.strip_prefix(from)) else { return };
    if rest.is_empty() || rest.starts_with('.') {
        let renamed = toml_edit::Value::from(format!("{to}{rest}"));
        let decor = value.decor().clone();
        *value = renamed;
        *value.decor_mut() = decor;
    }
}

fn unknown<'a>(what: &str, name: &str, names: impl IntoIterator<Item = &'a str>) -> crate::Error {
    let near = did_you_mean(name, names);
    refused(format!("there is no {what} {name:?}{}{near}", if near.is_empty() { "" } else { "; " }))
}
