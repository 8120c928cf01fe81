//! The one line that playing and recording show on a terminal.

use auricle_sound::Level;

/// Cells of one channel's meter; each is 3 dB.
const CELLS: usize = 20;
/// The level at which a meter begins.
const FLOOR_DB: f32 = -60.0;
/// More channels than these are shown as one, the loudest.
const METERS: usize = 2;

/// Meters of all channels: a bar for the RMS, a mark for the peak, the peak in dBFS.
pub fn meter(levels: &[Level]) -> String {
    if levels.len() > METERS {
        let loudest = levels.iter().copied().reduce(|a, b| Level { peak: a.peak.max(b.peak), rms: a.rms.max(b.rms) });
        return loudest.map(|level| one(&level)).unwrap_or_default();
    }
    levels.iter().map(one).collect::<Vec<_>>().join("  ")
}

fn one(level: &Level) -> String {
    let cell = |db: f32| ((db - FLOOR_DB) / 3.0).ceil().clamp(0.0, CELLS as f32) as usize;
    let (rms, peak) = (cell(level.rms_dbfs()), cell(level.peak_dbfs()));
    let bar: String = (1..=CELLS)
        .map(|at| match at {
            _ if at == peak => '│',
            _ if at <= rms => '━',
            _ => ' ',
        })
        .collect();
    let peak = if level.peak > 0.0 { format!("{:6.1}", level.peak_dbfs()) } else { "  -inf".into() };
    format!("▕{bar}▏{peak} dBFS")
}

/// `1:02:03.4`, the hours only if there are any.
pub fn clock(seconds: f64) -> String {
    let tenths = (seconds * 10.0).floor().max(0.0) as u64;
    let (hours, minutes) = (tenths / 36_000, tenths / 600 % 60);
    let rest = format!("{:02}.{}", tenths / 10 % 60, tenths % 10);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest}") } else { format!("{minutes}:{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_tells_rms_peak_and_number() {
        let level = |peak, rms| Level { peak, rms };
        assert_eq!(meter(&[level(1.0, 0.5)]), "▕━━━━━━━━━━━━━━━━━━ │▏   0.0 dBFS");
        assert_eq!(meter(&[level(0.0, 0.0)]), format!("▕{}▏  -inf dBFS", " ".repeat(CELLS)));
        assert_eq!(meter(&[level(2.0, 1.5)]).chars().nth(CELLS), Some('│'), "over full scale it stays inside");
        assert_eq!(meter(&[level(0.1, 0.1), level(0.5, 0.1), level(0.2, 0.1)]), meter(&[level(0.5, 0.1)]));
        assert_eq!(meter(&[]), "");
    }

    #[test]
    fn a_clock_has_hours_only_when_they_are_there() {
        for (seconds, expected) in [(0.0, "0:00.0"), (61.25, "1:01.2"), (3_723.49, "1:02:03.4"), (59.99, "0:59.9")] {
            assert_eq!(clock(seconds), expected);
        }
    }
}
