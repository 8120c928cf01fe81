//! The user's configuration: `config.toml`, read with every fault at its line and column.

use super::action::{Entry, TABLE};
use super::graphics::Pictures;
use super::key::Key;
use super::keymap::Keymap;
use super::theme::Theme;
use auricle_engine::{Diagnostic, Position, did_you_mean};
use std::ops::Range;
use toml_edit::{Document, Item, TableLike, Value};

/// What the user has configured; everything else is as the program has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The theme; none: what suits the terminal.
    pub theme: Option<Theme>,
    /// What pictures are made of.
    pub pictures: Pictures,
    /// Which keys ask for what.
    pub keys: Keymap,
    /// What the keys 1 to 9 label.
    pub tags: Tags,
}

/// The texts of the tags, that of key 1 first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tags(pub [String; 9]);

impl Default for Tags {
    fn default() -> Self {
        let names = ["speech", "noise", "music", "silence", "breath", "laughter", "click", "overlap", "unclear"];
        Tags(names.map(str::to_owned))
    }
}

/// A key that the user gave an action, and where.
struct Given {
    entry: &'static Entry,
    key: Key,
    span: Option<Range<usize>>,
}

impl Config {
    /// Reads a configuration; `file` is what messages call it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut faults = Faults { text, file, found: Vec::new() };
        let mut config = Config::default();
        match Document::parse(text) {
            Err(error) => faults.tell(error.message().replace('\n', ", "), "", error.span()),
            Ok(document) => config.read(document.as_table(), &mut faults),
        }
        if faults.found.is_empty() { Ok(config) } else { Err(faults.found) }
    }

    fn read(&mut self, table: &toml_edit::Table, faults: &mut Faults<'_>) {
        for (name, item) in table {
            let span = table.key(name).and_then(toml_edit::Key::span);
            match name {
                "theme" => self.read_theme(item, faults),
                "pictures" => self.read_pictures(item, faults),
                "tags" => match item.as_table_like() {
                    Some(tags) => self.read_tags(tags, faults),
                    None => faults.tell(format!("tags: expected a table, got {}", item.type_name()), "", span),
                },
                "keys" => match item.as_table_like() {
                    Some(keys) => self.read_keys(keys, faults),
                    None => faults.tell(format!("keys: expected a table, got {}", item.type_name()), "", span),
                },
                _ => {
                    let hint = did_you_mean(name, ["theme", "pictures", "keys", "tags"]);
                    faults.tell(format!("there is no setting {name:?}"), &hint, span);
                }
            }
        }
    }

    fn read_theme(&mut self, item: &Item, faults: &mut Faults<'_>) {
        match Theme::from_name(item.as_str().unwrap_or_default()) {
            Some(theme) => self.theme = theme,
            None => faults.tell_name("theme", &Theme::NAMES, item),
        }
    }

    fn read_pictures(&mut self, item: &Item, faults: &mut Faults<'_>) {
        match Pictures::from_name(item.as_str().unwrap_or_default()) {
            Some(pictures) => self.pictures = pictures,
            None => faults.tell_name("pictures", &Pictures::NAMES, item),
        }
    }

    fn read_tags(&mut self, table: &dyn TableLike, faults: &mut Faults<'_>) {
        for (key, item) in table.iter() {
            let place = key.parse::<usize>().ok().filter(|key| (1..=9).contains(key));
            match (place, item.as_str()) {
                (Some(place), Some(text)) => text.clone_into(&mut self.tags.0[place - 1]),
                (None, _) => {
                    let span = table.key(key).and_then(toml_edit::Key::span);
                    faults.tell(format!("tags: expected 1 to 9, got {key}"), "1 = \"speech\"", span);
                }
                (_, None) => faults.tell(format!("tag {key}: expected a text"), "1 = \"speech\"", item.span()),
            }
        }
    }

    fn read_keys(&mut self, table: &dyn TableLike, faults: &mut Faults<'_>) {
        let mut given: Vec<Given> = Vec::new();
        for (name, item) in table.iter() {
            let Some(entry) = TABLE.iter().find(|entry| entry.name == name) else {
                let near = did_you_mean(name, TABLE.iter().map(|entry| entry.name));
                let hint = if near.is_empty() { "`auricle keys` lists them".to_owned() } else { near };
                faults.tell(
                    format!("there is no action {name:?}"),
                    &hint,
                    table.key(name).and_then(toml_edit::Key::span),
                );
                continue;
            };
            let keys = read_list(name, item, faults);
            if keys.is_empty() && name == "interrupt" {
                faults.tell("interrupt: expected a key, for it is the way out".into(), "", item.span());
            }
            self.keys.bind(name, keys.iter().map(|(key, _)| *key).collect());
            given.extend(keys.into_iter().map(|(key, span)| Given { entry, key, span }));
        }
        for (at, Given { entry, key, span }) in given.iter().enumerate() {
            let mine = |other: &Entry| other.focus == entry.focus || other.focus.is_none() || entry.focus.is_none();
            let by_user =
                |other: &Entry| given.iter().position(|given| given.key == *key && given.entry.name == other.name);
            let clash = TABLE.iter().filter(|other| mine(other) && other.name != entry.name);
            let clash = clash.filter(|other| self.keys.keys(other).contains(key));
            // Of two that the user gave, the later one is at fault.
            let clash = clash.map(|other| (other, by_user(other))).find(|(_, user)| user.is_none_or(|user| user < at));
            if let Some((other, user)) = clash {
                let how = if user.is_some() { "" } else { " by default" };
                let message = format!("{}: {key} is the key of {}{how}", entry.name, other.name);
                faults.tell(message, &format!("give {} another key, or []", other.name), span.clone());
            }
        }
    }
}

/// One key, or a list of them.
fn read_list(name: &str, item: &Item, faults: &mut Faults<'_>) -> Vec<(Key, Option<Range<usize>>)> {
    let values: Vec<&Value> = match item.as_value() {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(value) => vec![value],
        None => Vec::new(),
    };
    let mut keys = Vec::new();
    for value in values {
        match value.as_str().and_then(Key::parse) {
            Some(key) => keys.push((key, value.span())),
            None => {
                let got = value.to_string();
                let message = format!("{name}: expected a key, got {}", got.trim());
                faults.tell(message, r#"keys are written "x", "Ctrl+X", "Alt+X", "F5", "PgUp", "Space""#, value.span());
            }
        }
    }
    keys
}

/// What is wrong with a file.
struct Faults<'a> {
    text: &'a str,
    file: &'a str,
    found: Vec<Diagnostic>,
}

impl Faults<'_> {
    /// A setting has none of its names.
    fn tell_name(&mut self, setting: &str, names: &[&'static str], item: &Item) {
        let got = item.as_value().map_or_else(String::new, |value| value.to_string().trim().to_owned());
        let hint = did_you_mean(item.as_str().unwrap_or_default(), names.iter().copied());
        self.tell(format!("{setting}: expected {}, got {got}", names.join(", ")), &hint, item.span());
    }

    fn tell(&mut self, message: String, hint: &str, span: Option<Range<usize>>) {
        let position = span.map(|span| {
            let before = &self.text[..span.start.min(self.text.len())];
            let line = before.rsplit('\n').next().unwrap_or_default();
            Position { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
        });
        let mut fault = Diagnostic::error(message).hint(hint).at(position);
        self.file.clone_into(&mut fault.file);
        self.found.push(fault);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::action::{Action, Focus};

    #[test]
    fn keys_and_theme_are_taken_over() {
        let text = "theme = \"light\"\n[keys]\nzoom-in = [\"F7\", \"Ctrl+Up\"]\nredo = \"F9\"\nopen = []\n";
        let config = Config::parse(text, "config.toml").expect("it is right");
        assert_eq!(config.theme, Some(Theme::Light));
        let action = |name: &str| config.keys.action(Key::parse(name).expect("it is a key"), Focus::Lanes);
        assert_eq!(action("F7"), Some(Action::Zoom(1)));
        assert_eq!(action("F9"), Some(Action::Redo));
        assert_eq!([action("C-r"), action("o"), action("Up")], [None; 3]);
        assert_eq!(Config::parse("", "config.toml"), Ok(Config::default()));
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for (text, expected) in [
            ("them = \"dark\"", "c:1:1: there is no setting \"them\"; did you mean theme?"),
            (
                "theme = \"drak\"",
                "c:1:9: theme: expected auto, dark, light, high-contrast, sixteen, got \"drak\"; did you mean dark?",
            ),
            ("pictures = 3", "c:1:12: pictures: expected auto, kitty, sixel, iterm2, cells, got 3"),
            ("theme = 3", "c:1:9: theme: expected auto, dark, light, high-contrast, sixteen, got 3"),
            ("keys = 3", "c:1:1: keys: expected a table, got integer"),
            ("[keys]\nzoom-on = \"z\"", "c:2:1: there is no action \"zoom-on\"; did you mean zoom-in or zoom-out?"),
            ("[keys]\nqqqqqqqq = \"z\"", "c:2:1: there is no action \"qqqqqqqq\"; `auricle keys` lists them"),
            (
                "[keys]\nzoom-in = [\"F7\", \"Strg+Z\"]",
                "c:2:18: zoom-in: expected a key, got \"Strg+Z\"; keys are written \"x\", \"Ctrl+X\", \"Alt+X\", \"F5\", \"PgUp\", \"Space\"",
            ),
            (
                "[keys]\nzoom-in = \"u\"",
                "c:2:11: zoom-in: u is the key of undo by default; give undo another key, or []",
            ),
            (
                "[keys]\nzoom-in = \"F7\"\nfit = \"F7\"",
                "c:3:7: fit: F7 is the key of zoom-in; give zoom-in another key, or []",
            ),
            ("[keys]\ninterrupt = []", "c:2:13: interrupt: expected a key, for it is the way out"),
        ] {
            let faults = Config::parse(text, "c").expect_err("it is wrong");
            assert_eq!(faults.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected], "{text}");
        }
        let faults = Config::parse("theme = \n", "c").expect_err("it is no TOML");
        assert!(faults[0].to_string().starts_with("c:1:9: "), "{faults:?}");
        // A key that another action gave away is free.
        assert!(Config::parse("[keys]\nundo = \"F7\"\nzoom-in = \"u\"", "c").is_ok());
    }
}
