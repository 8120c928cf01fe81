//! From keys to actions, and what to say about keys that do nothing.

use super::action::{Action, Entry, Focus, TABLE};
use super::key::Key;
use ratatui::crossterm::event::{KeyCode, KeyModifiers};
use std::mem::discriminant;

/// The keys of every action: those of the table, or what the user's configuration gives instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    /// In the order of the table.
    keys: Vec<Vec<Key>>,
}

impl Default for Keymap {
    fn default() -> Self {
        let keys = |entry: &Entry| entry.keys.iter().filter_map(|name| Key::parse(name)).collect();
        Keymap { keys: TABLE.iter().map(keys).collect() }
    }
}

impl Keymap {
    /// Gives an action other keys in place of those that it has.
    pub fn bind(&mut self, name: &str, keys: Vec<Key>) {
        if let Some(row) = TABLE.iter().position(|entry| entry.name == name) {
            self.keys[row] = keys;
        }
    }

    /// The keys of an action.
    pub fn keys(&self, entry: &Entry) -> &[Key] {
        TABLE.iter().position(|row| row.name == entry.name).map_or(&[], |row| &self.keys[row])
    }

    /// What a key asks for while `focus` has it.
    pub fn action(&self, key: Key, focus: Focus) -> Option<Action> {
        self.entry(key, focus).map(|entry| entry.action)
    }

    /// The row of the table that a key belongs to: the view's own keys first.
    fn entry(&self, key: Key, focus: Focus) -> Option<&'static Entry> {
        let own = self.bound(key, Some(focus));
        // A lane of labels is a lane.
        let lanes = || (focus == Focus::Labels).then(|| self.bound(key, Some(Focus::Lanes))).flatten();
        own.or_else(lanes).or_else(|| self.bound(key, None))
    }

    /// The action that a key has in a view, or everywhere.
    pub fn bound(&self, key: Key, focus: Option<Focus>) -> Option<&'static Entry> {
        let rows = TABLE.iter().zip(&self.keys).filter(|(entry, _)| entry.focus == focus);
        rows.filter(|(_, keys)| keys.contains(&key)).map(|(entry, _)| entry).next()
    }

    /// The first key of an action, as it is shown.
    pub fn shown(&self, entry: &Entry) -> String {
        self.keys(entry).first().map(Key::to_string).unwrap_or_default()
    }

    /// The first key of the action of that name, as it is shown.
    pub fn shown_for(&self, name: &str) -> String {
        TABLE.iter().find(|entry| entry.name == name).map(|entry| self.shown(entry)).unwrap_or_default()
    }

    /// The first key of an action, and that of the opposite action, which stands next in the table: `← →`.
    pub fn shown_pair(&self, entry: &Entry) -> String {
        let next = TABLE.iter().skip_while(|other| other.name != entry.name).nth(1);
        let same = |a: Action, b: Action| match (a, b) {
            (Action::Annotate(a), Action::Annotate(b)) => discriminant(&a) == discriminant(&b),
            (Action::Alter(a), Action::Alter(b)) => discriminant(&a) == discriminant(&b),
            (Action::Listen(a), Action::Listen(b)) => discriminant(&a) == discriminant(&b),
            (a, b) => discriminant(&a) == discriminant(&b),
        };
        match next.filter(|next| same(next.action, entry.action) && next.focus == entry.focus && next.footer.0 == 0) {
            Some(next) => format!("{} {}", self.shown(entry), self.shown(next)).trim().to_owned(),
            None => self.shown(entry),
        }
    }

    /// All keys of an action, as they are shown.
    pub fn shown_all(&self, entry: &Entry) -> String {
        self.keys(entry).iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
    }

    /// What to say about a key that does nothing here: the binding that was most likely meant.
    pub fn unknown(&self, key: Key, focus: Focus) -> String {
        let near = self.elsewhere(key, focus).or_else(|| self.nearest(key, focus));
        let near = near.unwrap_or_else(|| "? shows all keys".into());
        format!("{key} does nothing here; {near}")
    }

    /// The same key in another view.
    fn elsewhere(&self, key: Key, focus: Focus) -> Option<String> {
        let place = |name| matches!(name, Focus::Pipeline | Focus::Parameters | Focus::Lanes | Focus::Labels);
        let others = [Focus::Lanes, Focus::Parameters, Focus::Pipeline].into_iter();
        let other = others
            .filter(|other| *other != focus && place(focus))
            .find_map(|other| Some((other, self.entry(key, other)?)));
        let (other, found) = other?;
        let view = match other {
            Focus::Pipeline => "the pipeline (1)",
            Focus::Parameters => "the parameters (2)",
            _ => "the lanes (3)",
        };
        Some(format!("in {view} it is: {}", lower(found.help)))
    }

    /// The binding whose key is most like this one: the same letter, else one beside it on the keyboard.
    fn nearest(&self, key: Key, focus: Focus) -> Option<String> {
        let bound = entries(focus).flat_map(|e| self.keys(e).iter().map(move |k| (*k, e)));
        let (near, entry) =
            bound.min_by_key(|(other, _)| distance(key, *other)).filter(|(o, _)| distance(key, *o) < FAR)?;
        Some(format!("nearest: {near} - {}", lower(entry.help)))
    }
}

/// An action as `auricle keys` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Its name.
    pub action: &'static str,
    /// Its keys.
    pub keys: Vec<String>,
    /// Where they work.
    pub focus: &'static str,
    /// What it does.
    pub help: &'static str,
}

/// Every action with its keys.
pub fn bindings(keymap: &Keymap) -> Vec<Binding> {
    let binding = |entry: &Entry| Binding {
        action: entry.name,
        keys: keymap.keys(entry).iter().map(Key::to_string).collect(),
        focus: entry.focus.map_or("everywhere", Focus::word),
        help: entry.help,
    };
    TABLE.iter().map(binding).collect()
}

/// The key table of the documentation, in Markdown.
pub fn key_table() -> String {
    let mut text = String::from("| action | keys | focus | what it does |\n|---|---|---|---|\n");
    for Binding { action, keys, focus, help } in bindings(&Keymap::default()) {
        let keys: Vec<String> = keys.iter().map(|key| format!("`{}`", key.replace('|', "\\|"))).collect();
        text.push_str(&format!("| `{action}` | {} | {focus} | {help} |\n", keys.join(" ")));
    }
    text
}

/// The rows whose keys work while `focus` has them: the view's own, then those that work everywhere.
pub fn entries(focus: Focus) -> impl Iterator<Item = &'static Entry> {
    let of = move |wanted: Option<Focus>| TABLE.iter().filter(move |entry| entry.focus == wanted);
    // A lane of labels is a lane, but for the keys that it has itself.
    let is_free = |entry: &&Entry| {
        let has = |row: &Entry| row.focus == Some(Focus::Labels) && row.keys.iter().any(|key| entry.keys.contains(key));
        !TABLE.iter().any(has)
    };
    let lanes = of(Some(Focus::Lanes)).filter(move |entry| focus == Focus::Labels && is_free(entry));
    of(Some(focus)).chain(lanes).chain(of(None))
}

fn lower(help: &str) -> String {
    let mut characters = help.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

const FAR: u32 = 100;
const ROWS: [&str; 4] = ["1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"];

/// 0 for the same key, less than [`FAR`] for keys that are easily taken for one another.
fn distance(a: Key, b: Key) -> u32 {
    let shift = u32::from(a.modifiers != b.modifiers);
    match (a.code, b.code) {
        (x, y) if x == y => shift,
        (KeyCode::Char(x), KeyCode::Char(y)) if x.eq_ignore_ascii_case(&y) => 1 + shift,
        (KeyCode::Char(x), KeyCode::Char(y)) if (a.modifiers | b.modifiers).is_empty() => {
            let place = |c: char| {
                let c = c.to_ascii_lowercase();
                ROWS.iter().enumerate().find_map(|(row, keys)| Some((row as i32, keys.find(c)? as i32)))
            };
            match (place(x), place(y)) {
                (Some((r1, c1)), Some((r2, c2))) => {
                    10 * ((r1 - r2).unsigned_abs() + (c1 - c2).unsigned_abs())
                        + u32::from(x.is_uppercase() != y.is_uppercase())
                }
                _ => FAR,
            }
        }
        (KeyCode::F(_), KeyCode::F(1)) => 20,
        (KeyCode::Char('?' | '/'), _) | (_, KeyCode::Char('?')) if a.modifiers == KeyModifiers::NONE => FAR - 1,
        _ => FAR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const FOCUSES: [Focus; 5] = [Focus::Pipeline, Focus::Parameters, Focus::Lanes, Focus::Labels, Focus::Welcome];

    fn key(name: &str) -> Key {
        Key::parse(name).expect("it has a name")
    }

    #[test]
    fn every_key_of_the_table_parses_and_means_one_thing() {
        for focus in FOCUSES {
            for scope in [Some(focus), None] {
                let mut seen = HashSet::new();
                for name in TABLE.iter().filter(|entry| entry.focus == scope).flat_map(|entry| entry.keys) {
                    assert!(Key::parse(name).is_some(), "{name}");
                    assert!(seen.insert(*name), "{name} is bound twice in {scope:?}");
                }
            }
        }
    }

    #[test]
    fn what_the_first_five_minutes_need_is_bound() {
        for (focus, name, action) in [
            (Focus::Lanes, "Space", Action::PlayPause),
            (Focus::Parameters, "Space", Action::PlayPause),
            (Focus::Lanes, "Left", Action::Pan(-1)),
            (Focus::Lanes, "l", Action::Pan(1)),
            (Focus::Lanes, "Up", Action::Zoom(1)),
            (Focus::Lanes, "0", Action::Fit),
            (Focus::Lanes, "G", Action::End),
            (Focus::Lanes, "J", Action::Taller(-1)),
            (Focus::Lanes, "q", Action::Quit),
            (Focus::Pipeline, "F1", Action::Help),
            (Focus::Parameters, "C-r", Action::Redo),
            (Focus::Lanes, "s", Action::Save),
            (Focus::Lanes, "C-c", Action::Interrupt),
        ] {
            assert_eq!(Keymap::default().action(key(name), focus), Some(action), "{name} in {focus:?}");
        }
    }

    #[test]
    fn a_key_that_does_nothing_names_one_that_does() {
        for (name, focus, expected) in [
            (
                "b",
                Focus::Lanes,
                "b does nothing here; in the pipeline (1) it is: leave the stage out, or take it in again",
            ),
            ("F", Focus::Lanes, "F does nothing here; nearest: f - show all of it"),
            ("Q", Focus::Lanes, "Q does nothing here; nearest: q - quit; asks if changes are not saved"),
            ("c", Focus::Pipeline, "c does nothing here; in the lanes (3) it is: next colour map"),
            ("O", Focus::Parameters, "O does nothing here; nearest: o - open a sound file or a session"),
            ("ä", Focus::Lanes, "ä does nothing here; ? shows all keys"),
        ] {
            assert_eq!(Keymap::default().unknown(key(name), focus), expected);
        }
    }

    #[test]
    fn names_are_stable_words_and_each_is_one_action() {
        let mut seen = HashSet::new();
        for Entry { name, .. } in TABLE {
            assert!(seen.insert(*name), "two actions are called {name}");
            let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(plain && name.starts_with(|c: char| c.is_ascii_lowercase()), "{name}");
        }
    }

    #[test]
    fn help_fits_the_columns_that_it_has_on_120() {
        let long: Vec<&str> = TABLE.iter().map(|entry| entry.help).filter(|help| help.chars().count() > 40).collect();
        assert_eq!(long, [""; 0]);
    }

    #[test]
    fn the_documentation_has_the_keys_that_there_are() {
        let page = include_str!("../../KEYS.md");
        assert!(page.ends_with(&key_table()), "app/KEYS.md has another table than `auricle keys --markdown` prints");
    }

    #[test]
    fn other_keys_take_the_place_of_those_of_the_table() {
        let mut keymap = Keymap::default();
        keymap.bind("zoom-in", vec![key("F7"), key("C-Up")]);
        assert_eq!(keymap.action(key("F7"), Focus::Lanes), Some(Action::Zoom(1)));
        assert_eq!(keymap.action(key("+"), Focus::Lanes), None);
        let entry = TABLE.iter().find(|entry| entry.name == "zoom-in").expect("it is in the table");
        assert_eq!(keymap.shown_all(entry), "F7 Ctrl+↑");
        assert_eq!(keymap.shown_pair(entry), "F7 ↓");
    }

    #[test]
    fn every_entry_says_what_it_does() {
        for entry in TABLE {
            assert!(entry.help.len() > 2 && entry.help.starts_with(char::is_uppercase), "{entry:?}");
            assert_eq!(entry.footer.0 == 0, entry.footer.1.is_empty(), "{entry:?}");
        }
    }
}
