//! The terminal's background, as it answers when asked (OSC 11, XTerm Control Sequences).
//!
//! The answer comes among the keys, as `ESC ] 11 ; rgb:RRRR/GGGG/BBBB` and a terminator, so it reads as keys. It is
//! picked out of them; whatever turns out to be no answer goes on as it came.

use super::event::Event;
use super::key::Key;
use ratatui::crossterm::event::{KeyCode, KeyModifiers};

/// The question.
pub const QUESTION: &str = "\x1b]11;?\x1b\\";

/// Waits for the answer among keys.
#[derive(Debug, Default)]
pub struct Answer {
    held: Vec<Key>,
    text: String,
}

impl Answer {
    /// One more event; gives those that go on. Only an answer that is awaited is one.
    pub fn pick(&mut self, event: Event, is_awaited: bool) -> Vec<Event> {
        let Event::Key(key) = event else { return vec![event] };
        let begins = key == alt(']') && is_awaited || LATE.iter().any(|(kind, _)| key == alt(*kind));
        if self.held.is_empty() && !begins {
            return vec![event];
        }
        self.held.push(key);
        if self.held.len() == 1 {
            return Vec::new();
        }
        if let Some((_, next)) = LATE.iter().find(|(kind, _)| self.held[0] == alt(*kind)) {
            return self.skip(key, *next);
        }
        if key == alt('\\') || (key.code, key.modifiers) == (KeyCode::Char('g'), KeyModifiers::CONTROL) {
            if let Some(colour) = colour(&self.text) {
                self.held.clear();
                self.text.clear();
                return vec![Event::Background(colour)];
            }
        } else if let Some(c) = key.typed().filter(|c| c.is_ascii_hexdigit() || "rgba:;/".contains(*c))
            && self.text.len() < 32
        {
            self.text.push(c);
            return Vec::new();
        }
        self.text.clear();
        self.held.drain(..).map(Event::Key).collect()
    }
}

impl Answer {
    /// One more key of an answer that nobody waits for any more; `next` tells it from keys that were pressed.
    fn skip(&mut self, key: Key, next: char) -> Vec<Event> {
        let is_it = self.held[1] == Key { code: KeyCode::Char(next), modifiers: self.held[1].modifiers };
        if is_it && key != alt('\\') && self.held.len() < 200 {
            return Vec::new();
        }
        let held = std::mem::take(&mut self.held);
        if is_it { Vec::new() } else { held.into_iter().map(Event::Key).collect() }
    }
}

/// What answers about pictures begin with when they come too late to be waited for, after Alt, and the next sign.
const LATE: [(char, char); 2] = [('P', '>'), ('_', 'G')];

fn alt(c: char) -> Key {
    Key { code: KeyCode::Char(c), modifiers: KeyModifiers::ALT }
}

/// `11;rgb:1e1e/1e1e/2e2e`: one to four hexadecimal digits a channel.
pub fn colour(text: &str) -> Option<[u8; 3]> {
    let channels = text.strip_prefix("11;rgb:").or_else(|| text.strip_prefix("11;rgba:"))?;
    let mut values = channels.split('/').map(|digits| {
        let most = 16u32.checked_pow(digits.len() as u32)?.checked_sub(1).filter(|most| *most > 0)?;
        Some((u32::from_str_radix(digits, 16).ok()? * 255 / most) as u8)
    });
    Some([values.next()??, values.next()??, values.next()??])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[Key]) -> (Vec<String>, Option<[u8; 3]>) {
        let mut answer = Answer::default();
        let mut background = None;
        let mut passed = Vec::new();
        for event in names.iter().flat_map(|key| answer.pick(Event::Key(*key), true)) {
            match event {
                Event::Background(colour) => background = Some(colour),
                Event::Key(key) => passed.push(key.to_string()),
                _ => {}
            }
        }
        (passed, background)
    }

    fn typed(text: &str) -> Vec<Key> {
        let key = |c: char| match c {
            '^' => alt(']'),
            '$' => alt('\\'),
            '%' => alt('P'),
            '&' => alt('_'),
            '!' => Key::parse("C-g").expect("it is a key"),
            c => Key { code: KeyCode::Char(c), modifiers: KeyModifiers::NONE },
        };
        text.chars().map(key).collect()
    }

    #[test]
    fn the_answer_is_picked_out_and_every_key_goes_on() {
        for (text, passed, background) in [
            ("q^11;rgb:ffff/ffff/ffff$c", "q c", Some([255, 255, 255])),
            ("^11;rgb:00/80/ff!", "", Some([0, 128, 255])),
            ("^11;rgba:1e1e/1e1e/2e2e/ffff$", "", Some([30, 30, 46])),
            ("^x", "Alt+] x", None),
            ("^11$l", "Alt+] 1 1 Alt+\\ l", None),
            ("abc", "a b c", None),
            ("a%>|XTerm(390)$b", "a b", None),
            ("&Gi=4207849;OK$%x", "Alt+P x", None),
        ] {
            let (keys, colour) = keys(&typed(text));
            assert_eq!((keys.join(" ").as_str(), colour), (passed, background), "{text}");
        }
    }
}
