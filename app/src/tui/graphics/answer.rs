//! What the terminal answers when it is asked for pictures: read before keys are, with an end to the waiting.
//!
//! All questions ([`questions`]) go out at once. Every terminal answers the last one, so whatever has not been answered by then never
//! will be. Keys that were typed meanwhile are keys.

use super::super::background;
use super::super::key::Key;
use super::{Graphics, Pictures, Protocol};
use ratatui::crossterm::event::{KeyCode, KeyModifiers};

/// Kitty's query, with a picture of one pixel.
const KITTY: &str = "\x1b_Gi=4207849,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\";
/// XTVERSION, the size of a cell, and the device attributes.
const OTHERS: &str = "\x1b[>q\x1b[16t\x1b[c";

/// What a terminal is asked that calls itself `term`; a multiplexer takes Kitty's query for the title of its window, and a
/// console prints what it does not know.
pub fn questions(term: &str, in_tmux: bool) -> String {
    match term {
        "linux" | "dumb" => String::new(),
        term if in_tmux || term.starts_with("screen") || term.starts_with("tmux") => OTHERS.to_owned(),
        _ => format!("{KITTY}{OTHERS}"),
    }
}

/// The device attribute of terminals that show Sixel (VT340; XTerm Control Sequences, DA1).
const SIXEL: &str = "4";
/// A cell of a terminal that does not tell, where pictures are scaled to cells anyway.
const CELL: (u16, u16) = (10, 20);

/// What was answered so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Does it know Kitty's graphics?
    pub kitty: bool,
    /// Does it know Sixel?
    pub sixel: bool,
    /// What it calls itself.
    pub name: String,
    /// Width and height of a cell.
    pub cell: Option<(u16, u16)>,
    /// The colour of its background, if that was asked too.
    pub background: Option<[u8; 3]>,
    /// Has it answered the last question?
    pub is_all: bool,
    /// The keys that were pressed meanwhile.
    pub typed: Vec<Key>,
}

impl Answers {
    /// Reads what came; what is not whole yet is left for the next time.
    pub fn read(bytes: &[u8]) -> Self {
        let mut answers = Answers::default();
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let Some((kind, body, length)) = sequence(rest) else {
                let (key, length) = typed(rest);
                answers.typed.extend(key);
                at += length;
                continue;
            };
            at += length;
            let body = String::from_utf8_lossy(body);
            match kind {
                b'_' => answers.kitty |= body.starts_with("Gi=4207849;OK"),
                b'P' => body.strip_prefix(">|").unwrap_or_default().clone_into(&mut answers.name),
                b']' => answers.background = background::colour(&body).or(answers.background),
                _ => answers.control(&body),
            }
        }
        answers
    }

    fn control(&mut self, body: &str) {
        let numbers = |text: &str| text.split(';').map(str::to_owned).collect::<Vec<_>>();
        match (body.strip_prefix('?'), body.chars().last()) {
            (Some(attributes), Some('c')) => {
                self.sixel = numbers(attributes.trim_end_matches('c')).iter().skip(1).any(|number| number == SIXEL);
                self.is_all = true;
            }
            (None, Some('t')) => {
                let numbers: Vec<u16> =
                    numbers(body.trim_end_matches('t')).iter().filter_map(|number| number.parse().ok()).collect();
                if let [6, height, width] = numbers[..]
                    && height > 0
                    && width > 0
                {
                    self.cell = Some((width, height));
                }
            }
            _ => self.typed.extend(KEYS.iter().find(|(known, _)| *known == body).and_then(|(_, key)| Key::parse(key))),
        }
    }

    /// What follows for a user who wants `pictures`; `measured` is a cell as the system knows it.
    pub fn graphics(&self, pictures: Pictures, measured: Option<(u16, u16)>) -> Option<Graphics> {
        let cell = self.cell.or(measured);
        let protocol = match pictures {
            Pictures::Cells => return None,
            Pictures::Named(protocol) => protocol,
            Pictures::Auto if self.kitty => Protocol::Kitty,
            Pictures::Auto if self.name.starts_with("iTerm2") => Protocol::Iterm2,
            // Without the size of a cell nobody knows where a picture ends.
            Pictures::Auto if self.sixel && cell.is_some() => Protocol::Sixel,
            Pictures::Auto => return None,
        };
        Some(Graphics { protocol, cell: cell.unwrap_or(CELL) })
    }
}

/// What keys send that are no letters, behind `ESC [` (XTerm Control Sequences, PC-style function keys).
const KEYS: [(&str, &str); 12] = [
    ("A", "Up"),
    ("B", "Down"),
    ("C", "Right"),
    ("D", "Left"),
    ("H", "Home"),
    ("F", "End"),
    ("Z", "S-Tab"),
    ("2~", "Insert"),
    ("3~", "Delete"),
    ("5~", "PgUp"),
    ("6~", "PgDn"),
    ("15~", "F5"),
];

/// The key that the bytes begin with, if it is one, and how many bytes it takes.
fn typed(bytes: &[u8]) -> (Option<Key>, usize) {
    let plain = |code| Some(Key { code, modifiers: KeyModifiers::NONE });
    match bytes {
        [0x1b, letter @ 0x21..=0x7e, ..] => {
            let code = KeyCode::Char(char::from(*letter));
            (Some(Key { code, modifiers: KeyModifiers::ALT }), 2)
        }
        [0x1b, ..] => (plain(KeyCode::Esc), 1),
        [b'\r' | b'\n', ..] => (plain(KeyCode::Enter), 1),
        [b'\t', ..] => (plain(KeyCode::Tab), 1),
        [0x7f | 0x08, ..] => (plain(KeyCode::Backspace), 1),
        [control @ 1..=0x1a, ..] => {
            let code = KeyCode::Char(char::from(control + b'a' - 1));
            (Some(Key { code, modifiers: KeyModifiers::CONTROL }), 1)
        }
        _ => {
            let whole = (1..=4).find_map(|length| std::str::from_utf8(bytes.get(..length)?).ok());
            (whole.and_then(|text| plain(KeyCode::Char(text.chars().next()?))), whole.map_or(1, str::len))
        }
    }
}

/// The escape sequence that the bytes begin with: its kind, what stands in it, and its length.
fn sequence(bytes: &[u8]) -> Option<(u8, &[u8], usize)> {
    let [0x1b, kind, body @ ..] = bytes else { return None };
    match kind {
        b'[' => {
            let end = body.iter().position(|byte| (0x40..=0x7e).contains(byte))?;
            Some((*kind, &body[..=end], end + 3))
        }
        b'_' | b'P' | b']' => {
            let end = (0..body.len()).find(|&at| body[at] == 0x07 || body[at..].starts_with(b"\x1b\\"))?;
            let terminator = if body[end] == 0x07 { 1 } else { 2 };
            Some((*kind, &body[..end], end + 2 + terminator))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_known_by_what_they_answer() {
        let auto = |text: &str| Answers::read(text.as_bytes()).graphics(Pictures::Auto, None);
        let with = |protocol, cell| Some(Graphics { protocol, cell });
        for (text, expected) in [
            (
                "\x1b_Gi=4207849;OK\x1b\\\x1bP>|kitty(0.42.1)\x1b\\\x1b[6;20;9t\x1b[?62;52;c",
                with(Protocol::Kitty, (9, 20)),
            ),
            ("\x1bP>|XTerm(390)\x1b\\\x1b[6;17;8t\x1b[?63;1;2;4;6;9;15;22c", with(Protocol::Sixel, (8, 17))),
            ("\x1bP>|iTerm2 3.5.0\x1b\\\x1b[6;30;14t\x1b[?62;4c", with(Protocol::Iterm2, (14, 30))),
            // No Sixel, no size of a cell, an error of Kitty's, a console, nobody.
            ("\x1bP>|XTerm(390)\x1b\\\x1b[6;17;8t\x1b[?64;1;2;6;9;15;22c", None),
            ("\x1b[?62;4c", None),
            ("\x1b_Gi=4207849;ENOTSUP\x1b\\\x1b[?62c", None),
            ("\x1b[?6c", None),
            ("", None),
        ] {
            assert_eq!(auto(text), expected, "{text:?}");
        }
        let answers = Answers::read(b"\x1b[?62;4c");
        assert_eq!(answers.graphics(Pictures::Auto, Some((7, 14))), with(Protocol::Sixel, (7, 14)));
        assert_eq!(answers.graphics(Pictures::Cells, Some((7, 14))), None);
        assert_eq!(Answers::default().graphics(Pictures::Named(Protocol::Kitty), None), with(Protocol::Kitty, CELL));
    }

    #[test]
    fn nobody_is_asked_what_would_be_shown() {
        assert_eq!(questions("linux", false), "");
        assert_eq!(questions("xterm-256color", true), OTHERS);
        assert_eq!(questions("screen-256color", false), OTHERS);
        assert!(questions("xterm-kitty", false).starts_with(KITTY));
    }

    #[test]
    fn what_is_typed_meanwhile_stays() {
        let text = "q\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[D\x1b[1;5Xé\x1b[?6c:\x1bp\x10\r\x1b";
        let answers = Answers::read(text.as_bytes());
        let keys: Vec<Option<Key>> =
            ["q", "Left", "é", ":", "M-p", "C-p", "Enter", "Esc"].into_iter().map(Key::parse).collect();
        assert_eq!((answers.typed.into_iter().map(Some).collect::<Vec<_>>(), answers.is_all), (keys, true));
        assert_eq!(answers.background, Some([255; 3]));
        assert!(!Answers::read(b"\x1bP>|XTerm(390)\x1b\\\x1b[?62").is_all, "the last answer is not whole yet");
    }
}
