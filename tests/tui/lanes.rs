//! The lanes: every column and every pixel against the arrays of a replay.

use crate::screen::{Screen, replayed, written};
use crate::support::{Array, scratch};
use auricle::tui::{Depth, Palette, Pooling, Spread, WaveColumn};
use ratatui::style::{Color, Modifier};

const RATE: f64 = 16_000.0;
const LEVELS: usize = 64;

/// Entries of a stream whose entry `k` stands at `k * hop` samples that lie in a column of the window.
fn span(screen: &Screen, column: u16, hop: f64, count: usize) -> std::ops::Range<usize> {
    let timeline = screen.state().timeline.expect("the lengths are known");
    let index = |column: u16| {
        let time = timeline.time(timeline.left + i64::from(column));
        ((time * RATE / hop - 1e-6).ceil().max(0.0) as usize).min(count)
    };
    index(column)..index(column + 1)
}

fn wave(screen: &Screen, column: u16) -> WaveColumn {
    let timeline = screen.state().timeline.expect("the lengths are known");
    let shown = screen.state().wave().expect("there is sound").shown(&timeline, timeline.left + i64::from(column));
    let shown = shown.unwrap_or_else(|| panic!("column {column} is not computed: {timeline:?} {}", screen.text()));
    assert!(!shown.old && !shown.column.provisional);
    shown.column.clone()
}

/// Where the waveform begins and ends in a column of the screen, in eighths of a row from the top of the lane.
fn drawn(screen: &Screen, column: u16) -> (i32, i32) {
    let area = screen.layout().wave.expect("the lane is shown").plot;
    let mut ends: Option<(i32, i32)> = None;
    for row in 0..area.height {
        let cell = screen.cell(area.x + column, area.y + row);
        let Some(eighths) = "▁▂▃▄▅▆▇█".chars().position(|c| cell.symbol() == c.to_string()) else {
            continue;
        };
        let eighths = eighths as i32 + 1;
        let top = i32::from(row) * 8;
        let both = cell.fg != Color::Reset && cell.bg != Color::Reset;
        let part = match cell.modifier.contains(Modifier::REVERSED) {
            true => (top, top + 8 - eighths),
            false if both => (top, top + 8),
            false => (top + 8 - eighths, top + 8),
        };
        ends = Some(ends.map_or(part, |(from, _)| (from, part.1)));
    }
    ends.unwrap_or((0, 0))
}

#[track_caller]
pub fn check_wave(screen: &Screen, samples: &Array) {
    let area = screen.layout().wave.expect("the lane is shown").plot;
    let cursor = screen.state().timeline.and_then(|timeline| timeline.place(screen.state().cursor));
    for column in 0..area.width {
        let span = span(screen, column, 1.0, samples.values.len());
        let shown = wave(screen, column);
        assert_eq!(shown.count as usize, span.len(), "column {column}");
        if span.is_empty() {
            continue;
        }
        let part = &samples.values[span.clone()];
        let (least, most) = part.iter().fold((f64::MAX, f64::MIN), |(a, b), &x| (a.min(x), b.max(x)));
        let power = part.iter().map(|x| x * x).sum::<f64>() / part.len() as f64;
        let extent = shown.channels[0];
        assert_eq!((f64::from(extent.min), f64::from(extent.max)), (least, most), "column {column}");
        assert!((f64::from(extent.rms) - power.sqrt()).abs() < 1e-6, "column {column}: {extent:?} {}", power.sqrt());
        assert_eq!(f64::from(shown.head[0]), part[0], "column {column}");
        if Some(column) == cursor || span.len() < 4 {
            continue;
        }
        let eighths = |value: f64| ((1.0 - value) / 2.0 * f64::from(area.height) * 8.0).round() as i32;
        let (mut top, mut bottom) = (eighths(most), eighths(least));
        if top == bottom {
            (top, bottom) = (top - 1, bottom + 1);
        }
        // A sound that stays on one side of zero within a cell is drawn in dots.
        if (top / 8 < bottom / 8) && top <= i32::from(area.height) * 4 && bottom >= i32::from(area.height) * 4 {
            assert_eq!(drawn(screen, column), (top, bottom), "column {column}: {least} to {most}\n{}", screen.text());
        }
    }
}

/// The step of the palette that a colour is.
fn level(colour: Color) -> usize {
    let table = Palette::Viridis.table(Depth::True);
    let step = |k: usize| table.colour((k as f32 + 0.5) / LEVELS as f32);
    (0..LEVELS).find(|k| step(*k) == colour).unwrap_or_else(|| panic!("{colour:?} is no colour of the palette"))
}

/// Every pixel is the maximum, or the mean, of its bins and frames, `(bin, frame)`.
#[track_caller]
fn check_grid(screen: &Screen, levels: &Array, hop: f64) {
    let area = screen.layout().grid.expect("the lane is shown").plot;
    let (low, high) = screen.state().look().range.expect("the test has set it");
    let (bins, frames) = (levels.shape[0], levels.shape[1]);
    let (bottom, top) = screen.state().look().heights;
    let cursor = screen.state().timeline.and_then(|timeline| timeline.place(screen.state().cursor));
    let rows = usize::from(area.height) * 2;
    for column in (0..area.width).filter(|column| Some(*column) != cursor) {
        let mut span = span(screen, column, hop, frames);
        if span.is_empty() {
            let timeline = screen.state().timeline.expect("the lengths are known");
            let time = timeline.time(timeline.left + i64::from(column)) + timeline.step / 2.0;
            let nearest = ((time * RATE / hop).round() as usize).min(frames - 1);
            span = nearest..nearest + 1;
        }
        for row in 0..rows {
            let edge = |row: usize| top - (top - bottom) * row as f64 / rows as f64;
            let hertz = |bin: usize| bin as f64 * RATE / 2.0 / (bins - 1) as f64;
            let height = |bin: usize| match screen.state().look().spread {
                Spread::Native => (bin as f64 + 0.5) / bins as f64,
                // From the lowest frequency that has a logarithm to the highest.
                Spread::Log => (hertz(bin.max(1)) / hertz(1)).log2() / (hertz(bins - 1) / hertz(1)).log2(),
                Spread::Erb => (1.0 + 0.004_37 * hertz(bin)).log10() / (1.0 + 0.004_37 * hertz(bins - 1)).log10(),
                Spread::Mel => (1.0 + hertz(bin) / 700.0).log10() / (1.0 + hertz(bins - 1) / 700.0).log10(),
            };
            let below = |bin: usize| height(bin) < edge(row) - 1e-9 || (row == 0 && height(bin) <= edge(row) + 1e-9);
            let inside = |bin: &usize| height(*bin) >= edge(row + 1) - 1e-9 && below(*bin);
            let mut of_row: Vec<usize> = (0..bins).filter(inside).collect();
            if of_row.is_empty() {
                let middle = (edge(row) + edge(row + 1)) / 2.0;
                let near = |a: &usize, b: &usize| (height(*a) - middle).abs().total_cmp(&(height(*b) - middle).abs());
                // Of the two that a logarithm puts at the bottom, the one that has a logarithm.
                let lowest = usize::from(screen.state().look().spread == Spread::Log);
                of_row = (lowest..bins).min_by(near).into_iter().collect();
            }
            let values =
                of_row.iter().flat_map(|bin| span.clone().map(move |frame| levels.values[bin * frames + frame]));
            let values: Vec<f64> = values.collect();
            let is_mean = screen.state().look().pooling == Pooling::Mean;
            let most = match is_mean {
                true => values.iter().sum::<f64>() / values.len() as f64,
                false => values.into_iter().fold(f64::MIN, f64::max),
            };
            let share = ((most as f32 - low) / (high - low)).clamp(0.0, 1.0);
            let expected = ((share * LEVELS as f32) as usize).min(LEVELS - 1);
            let cell = screen.cell(area.x + column, area.y + (row / 2) as u16);
            assert_eq!(cell.symbol(), "▀");
            let colour = if row % 2 == 0 { cell.fg } else { cell.bg };
            // Sums of single precision may round to the next step.
            let slack = usize::from(is_mean);
            assert!(level(colour).abs_diff(expected) <= slack, "column {column}, row {row}, {most} dB");
        }
    }
}

#[test]
fn every_column_and_pixel_is_what_replay_writes() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let (samples, levels) =
        (replayed(home.path(), &session, "audio.npy"), replayed(home.path(), &session, "levels.npy"));
    let mut screen = Screen::open(&session, (120, 36));
    // The range of the colours is the user's from here on, and the same as before.
    screen.keys("[ ]");
    // All of it, zoomed, panned, to the end, with fewer frequencies, to single samples, and back.
    for keys in ["", "Up Up", "Right PgDn", "End", "K K", "Left Up Up Up", "J J J f", "Up Up Up Up Up Up Up Up Up Up"] {
        screen.keys(keys);
        check_wave(&screen, &samples);
        check_grid(&screen, &levels, 128.0);
    }
}

#[test]
fn frequencies_are_spread_by_their_logarithm_or_in_mel() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let levels = replayed(home.path(), &session, "levels.npy");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("[ ]");
    for (keys, name) in [("y", "log"), ("y", "mel"), ("y", "erb"), ("K K", "erb"), ("y y", "log"), ("y y y", "native")]
    {
        screen.keys(keys);
        assert_eq!(screen.state().look().spread.name(), name);
        check_grid(&screen, &levels, 128.0);
        screen.shows(&format!("Hz, {name}"));
    }
}

#[test]
fn pixels_show_the_mean_where_that_is_asked_for() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let levels = replayed(home.path(), &session, "levels.npy");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("[ ] M");
    for keys in ["", "Up Up", "K"] {
        screen.keys(keys);
        check_grid(&screen, &levels, 128.0);
    }
    screen.shows("mean");
}

#[test]
fn the_readout_is_what_lies_under_the_cursor() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let (samples, levels) =
        (replayed(home.path(), &session, "audio.npy"), replayed(home.path(), &session, "levels.npy"));
    let frames = levels.shape[1];
    let mut screen = Screen::open(&session, (160, 40));
    let mut ends = std::collections::HashSet::new();
    for keys in [". . .", "> > k k k", "Up Up Up Up > j", "Up Up Up Up Up Up Up Up .", "f End", "Home"] {
        screen.keys(keys);
        let line = screen.lines()[37].clone();
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |name: &str| {
            let at = words.iter().position(|word| *word == name).unwrap_or_else(|| panic!("no {name} in {line}"));
            words[at + 1].to_owned()
        };
        let number = |text: String| text.parse::<f64>().unwrap_or_else(|_| panic!("{text} in {line}"));
        let before = |unit: &str| {
            let at = words.iter().position(|word| *word == unit).unwrap_or_else(|| panic!("no {unit} in {line}"));
            number(words[at - 1].to_owned())
        };
        let (sample, bin) = (number(after("sample")) as usize, number(after("bin")) as usize);
        assert!((number(after("amplitude")) - samples.values[sample]).abs() < 1e-5, "{line}");
        assert!((sample as f64 / RATE - before("s")).abs() < 1.0 / RATE + 0.000_05, "{line}");
        assert!((before("Hz") - bin as f64 * RATE / 512.0).abs() < 0.06, "{line}");
        let frame = after("frame");
        let (first, last) = frame.split_once('-').unwrap_or((&frame, &frame));
        let span = number(first.into()) as usize..number(last.into()) as usize + 1;
        let most = span.map(|frame| levels.values[bin * frames + frame]).fold(f64::MIN, f64::max);
        assert!((before("dB") - most).abs() < 0.006, "{line}: {most}");
        // Fields have fixed widths: the last one begins where it always does.
        ends.insert(line.find("amplitude"));
    }
    assert_eq!(ends.len(), 1, "the readout jumps");
}

#[test]
fn axes_have_round_numbers_where_they_belong() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    for keys in ["", "Up Up Up", "Up Up Up Up", "f K"] {
        screen.keys(keys);
        let layout = screen.layout();
        let (area, time) = (layout.grid.expect("it is shown").plot, layout.time.expect("it is shown"));
        let timeline = screen.state().timeline.expect("the lengths are known");
        let row: Vec<String> = (time.x..time.right()).map(|x| screen.cell(x, time.y).symbol().to_owned()).collect();
        let mut ticks = 0;
        for (column, _) in row.iter().enumerate().filter(|(_, symbol)| *symbol == "╵") {
            let label: String = row[column + 1..].iter().map(String::as_str).take_while(|s| *s != " ").collect();
            let seconds: f64 = label.parse().expect("a number");
            let at = timeline.column(seconds) - timeline.left;
            assert_eq!(at, column as i64, "{label} s stands in the wrong column");
            ticks += 1;
        }
        assert!(ticks >= 3, "{}", screen.text());
        let mut labels = 0;
        let (low, high) = screen.state().look().heights;
        for y in area.y..area.bottom() {
            let line: String = (area.x - 7..area.x).map(|x| screen.cell(x, y).symbol().to_owned()).collect();
            let label = line.trim_matches(|c: char| !c.is_ascii_digit() && c != 'k' && c != '.');
            let Ok(value) = label.trim_end_matches('k').parse::<f64>() else { continue };
            let hertz = if label.ends_with('k') { value * 1_000.0 } else { value };
            let height = (hertz / 8_000.0 * 256.0 + 0.5) / 257.0;
            let row = (high - height) / (high - low) * f64::from(area.height);
            assert!((row - f64::from(y - area.y) - 0.5).abs() <= 0.5 + 1e-6, "{label} Hz stands in row {}", y - area.y);
            labels += 1;
        }
        assert!(labels >= 3, "{}", screen.text());
    }
}

#[test]
fn axes_hold_still_while_the_window_moves() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    for zoom in ["Up Up", "Up Up Up"] {
        screen.keys(zoom).keys("Home");
        let (mut steps, mut decimals) = (std::collections::HashSet::new(), std::collections::HashSet::new());
        let grid = screen.layout().grid.expect("it is shown");
        let beside = |screen: &Screen| -> Vec<String> {
            let areas = grid.axis.positions().chain(grid.scale.positions());
            areas.map(|at| screen.cell(at.x, at.y).symbol().to_owned()).collect()
        };
        // All levels are known once everything was in sight.
        screen.keys("End Home");
        let first = beside(&screen);
        for _ in 0..40 {
            screen.keys("Right");
            let time = screen.layout().time.expect("it is shown");
            let row: String = (time.x..time.right()).map(|x| screen.cell(x, time.y).symbol().to_owned()).collect();
            let labels: Vec<&str> = row.split('╵').skip(1).filter_map(|tick| tick.split_whitespace().next()).collect();
            let seconds: Vec<f64> = labels.iter().map(|label| label.parse().expect("a number")).collect();
            steps.extend(seconds.windows(2).map(|pair| ((pair[1] - pair[0]) * 1e4).round() as i64));
            decimals.extend(labels.iter().map(|label| label.split_once('.').map_or(0, |(_, digits)| digits.len())));
        }
        assert_eq!((steps.len(), decimals.len()), (1, 1), "{steps:?} {decimals:?}");
        assert_eq!(beside(&screen).len(), first.len());
    }
}

#[test]
fn the_colour_bar_tells_the_levels_of_the_colours() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("] ] ] (");
    let scale = screen.layout().grid.expect("it is shown").scale;
    let (low, high) = screen.state().look().range.expect("keys have set it");
    let mut ticks = 0;
    for y in scale.y..scale.bottom() {
        let label: String = (scale.x + 3..scale.right()).map(|x| screen.cell(x, y).symbol().to_owned()).collect();
        let Ok(db) = label.trim().parse::<f32>() else { continue };
        let cell = screen.cell(scale.x + 1, y);
        let row = |colour| (level(colour) as f32 + 0.5) / LEVELS as f32 * (high - low) + low;
        let step = (high - low) / f32::from(scale.height);
        assert!((row(cell.fg) - db).abs() < step * 1.5 && (row(cell.bg) - db).abs() < step * 1.5, "{db} dB");
        ticks += 1;
    }
    assert!(ticks >= 3, "{}", screen.text());
    screen.shows("dBFS");
}

#[test]
fn a_long_file_is_shown_by_parts_of_its_columns_first() {
    let home = scratch();
    let path = home.path().join("long.wav");
    // Ten hours at 8 kHz: a hole in the file behind a few seconds of sound.
    crate::support::wav(&path, 8_000, 36_000, |k| if k % 8 < 4 { 8_000 } else { -8_000 });
    let screen = Screen::open(&path, (120, 36));
    screen.shows("10:00:00");
    screen.shows("provisional");
    let mut screen = screen;
    screen.keys("Up Up Up Up Up Up Up Up Up Up Up Up Up Up Up");
    screen.shows_not("provisional");
}
