//! The header: the session's name, the format of the sound, and whether it can be heard.

use crate::tui::axis::{clock, trimmed};
use crate::tui::loudness::Loudness;
use crate::tui::paint::text::{Line, width};
use crate::tui::state::State;
use crate::tui::theme;
use auricle_sdk::Value;
use auricle_sdk::format::Format;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Cells of peak and loudness at their longest.
const LEVELS: u16 = "   peak -99.9 dBFS   -99.9 LUFS".len() as u16;

/// Draws the header.
pub fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let (text, style) = match &state.sound.trouble {
        Some((short, _)) => (format!(" ○ {short} "), theme::warn()),
        None => (" ● sound ".to_owned(), theme::dim()),
    };
    let sound = width(&text);
    Line::on(area).add(&text, style).right().draw(buffer);
    let left = Rect { width: area.width.saturating_sub(sound + 2), ..area };
    let modified = state.is_open && state.history.is_modified() && !state.history.undo.is_empty();
    let mut line = Line::on(left).add(" auricle  ", theme::accent()).add(&state.name(), theme::strong());
    if modified {
        line = line.add(" *", theme::warn()).add_if_room(" modified", theme::dim());
    }
    if let Some(format) = state.playable().map(|target| &target.format) {
        let length = state.playable().and_then(|target| target.length);
        for fact in facts(format, length) {
            line = line.add_if_room(&format!("   {fact}"), theme::dim());
        }
    }
    if !state.pipeline.title.is_empty() && state.pipeline.title != state.name() {
        let title = format!("   {}", state.pipeline.title);
        // What comes later needs its room then, and nothing makes way.
        if line.length() + width(&title) + LEVELS <= left.width {
            line = line.add(&title, theme::dim());
        }
    }
    // Peak and loudness together, or the first alone: never the second without it.
    for level in levels(state) {
        let before = line.length();
        line = line.add_if_room(&format!("   {level}"), theme::dim());
        if line.length() == before {
            break;
        }
    }
    line.draw(buffer);
}

/// Peak and loudness, as soon as they are known.
fn levels(state: &State) -> Vec<String> {
    let Loudness { peak_dbfs, lufs, .. } = state.loudness;
    let level = |name: &str, value: Option<f64>, unit: &str| Some(format!("{name}{:.1} {unit}", value?));
    [level("peak ", peak_dbfs, "dBFS"), level("", lufs, "LUFS")].into_iter().flatten().collect()
}

/// Rate, channels, length, codec and bits, as far as they are known.
fn facts(format: &Format, length: Option<i64>) -> Vec<String> {
    let Ok(audio) = format.as_audio() else { return Vec::new() };
    let channels = match audio.channels {
        1 => "mono".to_owned(),
        2 => "stereo".to_owned(),
        n => format!("{n} channels"),
    };
    let mut facts = vec![format!("{} kHz", trimmed(f64::from(audio.sample_rate) / 1_000.0, 3)), channels];
    if let Some(length) = length {
        let seconds = length as f64 / format.clock.rate();
        let unit = if seconds < 60.0 { " s" } else { "" };
        facts.push(format!("{}{unit}", clock(seconds, if seconds < 60.0 { 2 } else { 0 }, seconds)));
    }
    let bits = format.attribute("bits_per_sample").and_then(Value::as_i64).map(|bits| format!("{bits} bit"));
    let codec = format.attribute("codec").and_then(Value::as_str).map(str::to_owned);
    let coded: Vec<String> = [codec, bits].into_iter().flatten().collect();
    if !coded.is_empty() {
        facts.push(coded.join(" "));
    }
    facts
}
