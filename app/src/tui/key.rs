//! Keys and their names, as bindings, help and tests write them: `q`, `Space`, `C-r`, `S-Tab`, `PgUp`, `F1`. What help
//! shows is a name too: `Ctrl+R`, `Shift+↑`.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt;

/// A key that was pressed, with Control, Alt and, where it is not part of the character, Shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which.
    pub code: KeyCode,
    /// With what held down.
    pub modifiers: KeyModifiers,
}

/// What some of them are shown as.
const SHOWN: [(&str, KeyCode); 6] = [
    ("←", KeyCode::Left),
    ("→", KeyCode::Right),
    ("↑", KeyCode::Up),
    ("↓", KeyCode::Down),
    ("Del", KeyCode::Delete),
    ("Bksp", KeyCode::Backspace),
];

/// Modifiers as they are written and as they are shown.
const MODIFIERS: [(&str, &str, KeyModifiers); 3] =
    [("C-", "Ctrl+", KeyModifiers::CONTROL), ("M-", "Alt+", KeyModifiers::ALT), ("S-", "Shift+", KeyModifiers::SHIFT)];

/// Names of keys that are no characters.
const NAMES: [(&str, KeyCode); 15] = [
    ("Space", KeyCode::Char(' ')),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
];

impl Key {
    /// The key of an event, so that one key has one form: `S-Tab` for back tab, capitals without Shift.
    pub fn new(event: &KeyEvent) -> Self {
        let mut modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let code = match event.code {
            KeyCode::BackTab => {
                modifiers |= KeyModifiers::SHIFT;
                KeyCode::Tab
            }
            KeyCode::Char(c) => {
                modifiers -= KeyModifiers::SHIFT;
                KeyCode::Char(if modifiers.contains(KeyModifiers::CONTROL) { c.to_ascii_lowercase() } else { c })
            }
            code => code,
        };
        Key { code, modifiers }
    }

    /// The key of that name.
    pub fn parse(name: &str) -> Option<Self> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = name;
        while let Some((modifier, tail)) = MODIFIERS.iter().find_map(|(short, long, modifier)| {
            let tail = rest.strip_prefix(short).or_else(|| rest.strip_prefix(long))?;
            Some((*modifier, tail)).filter(|(_, tail)| !tail.is_empty())
        }) {
            modifiers |= modifier;
            rest = tail;
        }
        let named = NAMES.iter().chain(&SHOWN).find(|(known, _)| *known == rest).map(|(_, code)| *code);
        let function = || rest.strip_prefix('F')?.parse().ok().filter(|n| (1..=24).contains(n)).map(KeyCode::F);
        let mut characters = rest.chars();
        let single = characters.next().filter(|_| characters.next().is_none()).map(KeyCode::Char);
        let code = match named.or_else(function).or(single)? {
            // Control makes no difference between capitals and others; Shift makes a capital of a letter.
            KeyCode::Char(c) if modifiers.contains(KeyModifiers::CONTROL) => {
                modifiers -= KeyModifiers::SHIFT;
                KeyCode::Char(c.to_ascii_lowercase())
            }
            KeyCode::Char(c) if modifiers.contains(KeyModifiers::SHIFT) => {
                modifiers -= KeyModifiers::SHIFT;
                KeyCode::Char(c.to_ascii_uppercase())
            }
            code => code,
        };
        Some(Key { code, modifiers })
    }

    /// The character that it types.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => Some(c),
            _ => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (_, name, modifier) in MODIFIERS {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        match (SHOWN.iter().chain(&NAMES).find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) if self.modifiers.contains(KeyModifiers::CONTROL) => {
                write!(f, "{}", c.to_ascii_uppercase())
            }
            (None, code) => write!(f, "{code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_has_one_form() {
        let event = |code, modifiers| Key::new(&KeyEvent::new(code, modifiers));
        let none = KeyModifiers::NONE;
        for (name, code, modifiers, shown) in [
            ("q", KeyCode::Char('q'), none, "q"),
            ("G", KeyCode::Char('G'), KeyModifiers::SHIFT, "G"),
            ("Space", KeyCode::Char(' '), none, "Space"),
            ("S-Tab", KeyCode::BackTab, KeyModifiers::SHIFT, "Shift+Tab"),
            ("S-Tab", KeyCode::BackTab, none, "Shift+Tab"),
            ("C-r", KeyCode::Char('r'), KeyModifiers::CONTROL, "Ctrl+R"),
            ("C-r", KeyCode::Char('R'), KeyModifiers::CONTROL | KeyModifiers::SHIFT, "Ctrl+R"),
            ("S-Up", KeyCode::Up, KeyModifiers::SHIFT, "Shift+↑"),
            ("-", KeyCode::Char('-'), none, "-"),
        ] {
            let key = Key::parse(name).expect("it has a name");
            assert_eq!(key, event(code, modifiers), "{name}");
            assert_eq!(key.to_string(), shown);
            assert_eq!(Key::parse(shown), Some(key), "what is shown can be written");
        }
        for name in ["Nonsense", "", "C-", "F25", "Ctrl+"] {
            assert_eq!(Key::parse(name), None, "{name}");
        }
    }
}
