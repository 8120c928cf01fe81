//! Sound files of any length that cost nothing.

use std::fs;
use std::io::Write;
use std::path::Path;

/// A mono 16-bit WAV of `seconds` at `rate` Hz; `sound` makes the samples of the first second, the rest is silence.
/// The silence is a hole in the file, so that hours of it cost nothing.
pub fn wav(path: &Path, rate: u32, seconds: u64, sound: impl Fn(u32) -> i16) {
    let bytes = u64::from(rate) * seconds * 2;
    let size = |n: u64| u32::try_from(n).expect("a WAV below 4 GiB").to_le_bytes();
    let mut header = Vec::new();
    header.extend(b"RIFF");
    header.extend(size(bytes + 36));
    header.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    header.extend(rate.to_le_bytes());
    header.extend((rate * 2).to_le_bytes());
    header.extend(b"\x02\0\x10\0data");
    header.extend(size(bytes));
    header.extend((0..rate.min((seconds * u64::from(rate)) as u32)).flat_map(|k| sound(k).to_le_bytes()));
    let mut file = fs::File::create(path).expect("scratch is writable");
    file.write_all(&header).expect("scratch is writable");
    file.set_len(bytes + 44).expect("scratch is writable");
}
