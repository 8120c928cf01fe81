//! Any number of lanes: added, moved, hidden, drawn as lines, and remembered; what curves and events show is what replay
//! writes.

use crate::screen::{Screen, replayed};
use crate::support::{root, scratch};
use auricle::tui::{Kind, Lane};
use std::path::{Path, PathBuf};

/// Loudness and levels of a clip, both written.
fn session(home: &Path) -> PathBuf {
    let clip = root().join("sessions/media/speech.flac");
    let text = format!(
        r#"auricle = 1
inputs = {{ clip = {clip:?} }}

[[stage]]
id = "audio"
use = "read.audio"
input = "clip"

[[stage]]
id = "levels"
use = "spectrum.dbfs"
input = "audio"
parameters = {{ n_fft = 512 }}

[[stage]]
id = "rms"
use = "feature.rms"
input = "audio"

[[stage]]
id = "save"
use = "write.npy"
input = "rms"
parameters = {{ path = "rms.npy" }}
"#
    );
    let path = home.join("session.toml");
    std::fs::write(&path, text).expect("scratch is writable");
    path
}

/// Kinds and stages of the lanes in sight, from top to bottom.
fn shown(screen: &Screen) -> Vec<String> {
    let state = screen.state();
    let name = |place: usize| {
        let lane = state.lanes.get(place).expect("it is laid out");
        let id = lane.target().map_or("-", |target| state.pipeline.stages[target.row].id.as_str());
        format!("{:?} {id}", lane.kind())
    };
    screen.layout().lanes.iter().map(|lane| name(lane.place)).collect()
}

#[test]
fn lanes_are_added_moved_hidden_and_remembered() {
    let home = scratch();
    let path = session(home.path());
    let mut screen = Screen::open(&path, (140, 44));
    assert_eq!(shown(&screen), ["Wave audio", "Grid levels"]);
    screen.choose("rms");
    screen.keys("V 1 Home 3");
    assert_eq!(shown(&screen), ["Wave audio", "Grid levels", "Curve rms"], "it stays when another stage is chosen");
    screen.keys("M-k M-k");
    assert_eq!(shown(&screen), ["Curve rms", "Wave audio", "Grid levels"]);
    let height = |screen: &Screen| screen.layout().lanes[0].plot.height;
    let before = height(&screen);
    screen.keys("w w");
    assert!(height(&screen) > before, "{before}");
    screen.keys("n d");
    assert_eq!(shown(&screen), ["Curve rms", "Grid levels"]);
    screen.keys("Z");
    assert_eq!(shown(&screen).len(), 1);
    screen.keys("Z n c y s");
    let mut again = Screen::open(&path, (140, 44));
    assert_eq!(shown(&again), shown(&screen));
    assert_eq!(again.text().lines().skip(1).collect::<Vec<_>>().len(), 43);
    let looks = |screen: &Screen| screen.state().lanes.iter().map(|lane| lane.look.clone()).collect::<Vec<_>>();
    assert_eq!(looks(&again), looks(&screen));
    again.keys("D");
    assert_eq!(shown(&again), ["Curve rms", "Wave audio", "Grid levels"]);
    again.keys("d");
    again.shows("lane removed");
}

#[test]
fn each_lane_has_its_own_look() {
    let home = scratch();
    let mut screen = Screen::open(&session(home.path()), (140, 44));
    screen.choose("levels");
    screen.keys("V 3 c ]");
    let palettes: Vec<&str> =
        screen.state().lanes.iter().filter(|l| l.kind() == Kind::Grid).map(|l| l.look.palette.name()).collect();
    assert_eq!(palettes, ["viridis", "magma"]);
    let ranges: Vec<bool> =
        screen.state().lanes.iter().filter(|l| l.kind() == Kind::Grid).map(|l| l.look.range.is_some()).collect();
    assert_eq!(ranges, [false, true]);
    // The same output as lines instead of colours.
    screen.keys("M-t");
    assert_eq!(shown(&screen).last().map(String::as_str), Some("Curve levels"));
}

#[test]
fn a_curve_is_what_replay_writes() {
    let home = scratch();
    let path = session(home.path());
    let values = replayed(home.path(), &path, "rms.npy").values;
    let mut screen = Screen::open(&path, (140, 44));
    screen.choose("rms");
    screen.keys("V");
    for keys in ["3", "Up Up", "End", "Up Up Up Up"] {
        screen.keys(keys);
        let state = screen.state();
        let timeline = state.timeline.expect("the lengths are known");
        let lane = state.lanes.focused().expect("it was added");
        let (columns, clock) =
            (lane.wave().expect("it is a curve"), lane.target().expect("it shows something").clock());
        let mut seen = 0;
        for column in timeline.visible() {
            let shown = columns.shown(&timeline, column).expect("everything is computed");
            let frames = shown.column.first as usize..(shown.column.first + shown.column.count) as usize;
            let part = values[frames.clone()].iter().map(|value| *value as f32);
            let (least, most) = part.fold((f32::MAX, f32::MIN), |(a, b), x| (a.min(x), b.max(x)));
            let extent = shown.column.channels[0];
            assert_eq!((extent.min, extent.max), (least, most), "column {column}");
            let middle = (timeline.time(column) + timeline.time(column + 1)) / 2.0;
            let away = (clock.seconds(shown.column.first) - middle).abs();
            assert!(away <= (timeline.step + 1.0 / clock.rate()) / 2.0 + 1e-9, "column {column} shows another time");
            seen += frames.len();
        }
        assert!(seen > 0);
        check_dots(&screen, lane);
    }
}

/// The highest dot of a column is where its greatest value lies on the axis.
fn check_dots(screen: &Screen, lane: &Lane) {
    let state = screen.state();
    let timeline = state.timeline.expect("the lengths are known");
    let (target, columns) = (lane.target().expect("it shows something"), lane.wave().expect("it is a curve"));
    if timeline.step * target.clock().rate() < 4.0 {
        return;
    }
    let area = screen.layout().lanes.last().expect("it is in sight").plot;
    let (low, high) = lane.levels();
    let cursor = timeline.place(state.cursor);
    for x in (0..area.width).filter(|x| Some(*x) != cursor) {
        let shown = columns.shown(&timeline, timeline.left + i64::from(x)).expect("everything is computed");
        let share = 1.0 - (shown.column.channels[0].max - low) / (high - low);
        let dot = (share.clamp(0.0, 1.0) * f32::from(area.height * 4 - 1)).round() as u16;
        let cell = screen.cell(area.x + x, area.y + dot / 4);
        let symbol = cell.symbol().chars().next().map_or(0, u32::from);
        assert!((0x2801..=0x28ff).contains(&symbol), "column {x}: {symbol:x}\n{}", screen.text());
    }
}
