//! A line of text that is being typed.

use super::key::Key;
use ratatui::crossterm::event::{KeyCode, KeyModifiers};

/// Text and where the next character goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    text: String,
    /// Byte at which the next character goes.
    at: usize,
}

impl Field {
    /// A field that holds `text`, with the cursor behind it.
    pub fn new(text: &str) -> Self {
        Field { text: text.to_owned(), at: text.len() }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before and behind the cursor.
    pub fn split(&self) -> (&str, &str) {
        self.text.split_at(self.at)
    }

    /// Types, deletes or moves; says whether the key was one for a field.
    pub fn press(&mut self, key: Key) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if control => drop(self.text.drain(..std::mem::take(&mut self.at))),
            KeyCode::Char('a') if control => self.at = 0,
            KeyCode::Char('e') if control => self.at = self.text.len(),
            KeyCode::Char('w') if control => {
                let kept = self.text[..self.at].trim_end().rfind([' ', '/']).map_or(0, |place| place + 1);
                drop(self.text.drain(kept..self.at));
                self.at = kept;
            }
            KeyCode::Backspace => {
                let before = self.before();
                drop(self.text.drain(before..self.at));
                self.at = before;
            }
            KeyCode::Delete => drop(self.text.drain(self.at..self.behind())),
            KeyCode::Left => self.at = self.before(),
            KeyCode::Right => self.at = self.behind(),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = self.text.len(),
            _ => match key.typed() {
                Some(c) => {
                    self.text.insert(self.at, c);
                    self.at += c.len_utf8();
                }
                None => return false,
            },
        }
        true
    }

    fn before(&self) -> usize {
        self.text[..self.at].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn behind(&self) -> usize {
        self.text[self.at..].chars().next().map_or(self.at, |c| self.at + c.len_utf8())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_typed_where_the_cursor_is() {
        let mut field = Field::new("né");
        for name in ["Left", "x", "End", "y", "Home", "Delete", "Left", "z"] {
            assert!(field.press(Key::parse(name).expect("it has a name")), "{name}");
        }
        assert_eq!(field.text(), "zxéy");
        assert_eq!(field.split(), ("z", "xéy"));
        field.press(Key::parse("C-e").expect("it has a name"));
        field.press(Key::parse("Backspace").expect("it has a name"));
        field.press(Key::parse("Backspace").expect("it has a name"));
        assert_eq!(field.text(), "zx");
        field.press(Key::parse("C-u").expect("it has a name"));
        assert_eq!(field.text(), "");
        assert!(!field.press(Key::parse("Enter").expect("it has a name")));
    }
}
