//! Bytes as text, numbers and times, and what is said when they are none.

use std::fmt;

/// A file that cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The line, counted from 1.
    pub line: usize,
    /// Expected and met.
    pub message: String,
}

/// A result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A fault in this line.
    pub fn new(line: usize, message: impl Into<String>) -> Self {
        Error { line, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for Error {}

/// The text of a file in UTF-8, or in UTF-16 with its mark or as Praat writes it; without the mark.
pub fn decode(bytes: &[u8]) -> Result<String> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let text = char::decode_utf16(pairs.iter().map(|&pair| unit(pair))).collect::<std::result::Result<String, _>>();
        text.ok().filter(|_| rest.is_empty()).ok_or_else(|| Error::new(1, "the text is said to be UTF-16 and is not"))
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<String> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|e| {
        let before = &bytes[..e.valid_up_to()];
        let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
        Error::new(line, format!("expected text in UTF-8 or UTF-16, got the byte {:#04x}", bytes[e.valid_up_to()]))
    })
}

/// A finite number; `what` says which.
pub fn number(text: &str, line: usize, what: &str) -> Result<f64> {
    let value = text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
    value.ok_or_else(|| Error::new(line, format!("expected {what}, got {text:?}")))
}

/// A stretch of time whose end is not before its start.
pub fn span(start: f64, end: f64, line: usize) -> Result<(f64, f64)> {
    match end >= start {
        true => Ok((start, end)),
        false => Err(Error::new(line, format!("the end {end} s lies before the start {start} s"))),
    }
}

/// `1:02:03.456`, with any mark before the fraction, and with hours or without.
pub fn clock(text: &str, line: usize) -> Result<f64> {
    let wrong = || Error::new(line, format!("expected a time as 00:00:01.500, got {text:?}"));
    let parts: Vec<&str> = text.trim().split(':').collect();
    let (seconds, whole) = parts.split_last().filter(|(_, whole)| (1..=2).contains(&whole.len())).ok_or_else(wrong)?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u64>().ok()).flatten();
    let (integer, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, "0"));
    let mut total = 0;
    for part in whole.iter().copied().chain([integer]) {
        total = digits(part).and_then(|n| n.checked_add(total * 60)).filter(|n| *n < 1 << 40).ok_or_else(wrong)?;
    }
    digits(fraction).ok_or_else(wrong)?;
    format!("{total}.{fraction}").parse().map_err(|_| wrong())
}

/// `00:00:01,500`; hours take as many digits as they need.
pub fn as_clock(seconds: f64, mark: char) -> String {
    let total = (seconds.max(0.0) * 1e3).round() as u64;
    let (h, m, s, ms) = (total / 3_600_000, total / 60_000 % 60, total / 1000 % 60, total % 1000);
    format!("{h:02}:{m:02}:{s:02}{mark}{ms:03}")
}

/// The digits that read back as the same number, `decimals` of them behind the point at least.
pub fn decimal(value: f64, decimals: usize) -> String {
    let shortest = format!("{value}");
    let have = shortest.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    if have >= decimals { shortest } else { format!("{value:.decimals$}") }
}

fn decimals(value: f64) -> usize {
    format!("{value}").split_once('.').map_or(0, |(_, fraction)| fraction.len()).min(15)
}

/// An end from start and duration: decimals both, and so is their sum.
pub fn end_of(start: f64, duration: f64) -> f64 {
    if duration == 0.0 {
        return start;
    }
    let most = decimals(start).max(decimals(duration));
    format!("{:.most$}", start + duration).parse().unwrap_or(start + duration)
}

/// The duration that [`end_of`] makes the same end of, with three decimals at least.
pub fn duration(start: f64, end: f64) -> String {
    let most = decimals(start).max(decimals(end)).max(3);
    format!("{:.most$}", (end - start).max(0.0))
}

/// Text on one line; whether it had to be changed.
pub fn on_one_line(text: &str) -> (String, bool) {
    let changed = text.contains(['\n', '\r', '\t']);
    (if changed { text.split_whitespace().collect::<Vec<_>>().join(" ") } else { text.to_owned() }, changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_decoded() {
        let wide = |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        assert_eq!(decode(&wide("\u{feff}é𝄞", u16::to_le_bytes)), Ok("é𝄞".into()));
        assert_eq!(decode(&wide("\u{feff}é𝄞", u16::to_be_bytes)), Ok("é𝄞".into()));
        assert_eq!(decode("\u{feff}é".as_bytes()), Ok("é".into()));
        assert_eq!(decode(b"a\nb\xe9").map_err(|e| e.line), Err(2));
        assert!(decode(&[0xff, 0xfe, 0x00]).is_err() && decode(&[0xff, 0xfe, 0x00, 0xd8]).is_err());
    }

    #[test]
    fn times_are_exact() {
        for (text, seconds) in
            [("00:00:01,500", 1.5), ("1:02:03.456", 3723.456), ("59:59.999", 3599.999), ("100:00:00,000", 360_000.0)]
        {
            assert_eq!(clock(text, 1), Ok(seconds));
        }
        for text in ["", "1", "1:2:3:4", "00:-1:00", "a:b:c", "00:00:1e3", "99999999999999999999:00:00"] {
            assert!(clock(text, 7).is_err_and(|e| e.line == 7), "{text}");
        }
        assert_eq!((as_clock(3723.456, ','), as_clock(0.9996, '.')), ("01:02:03,456".into(), "00:00:01.000".into()));
        assert_eq!((decimal(0.1, 6), decimal(1.0 / 3.0, 6)), ("0.100000".into(), "0.3333333333333333".into()));
    }
}
