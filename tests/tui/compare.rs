//! A against B: side by side, in one place in turn, their difference as replay writes it; and a parameter at several
//! values.

use crate::screen::{Screen, replayed};
use crate::support::{Array, auricle, root, scratch};
use auricle::tui::{Kind, Lane, Source};
use std::path::{Path, PathBuf};

/// Levels of one clip with two windows, both written.
fn session(home: &Path, n_fft: usize) -> PathBuf {
    let clip = root().join("sessions/media/speech.flac");
    let levels = |id: &str, window: &str| {
        format!(
            r#"
[[stage]]
id = "{id}"
use = "spectrum.dbfs"
input = "audio"
parameters = {{ n_fft = {n_fft}{window} }}

[[stage]]
id = "save_{id}"
use = "write.npy"
input = "{id}"
parameters = {{ path = "{id}.npy" }}
"#
        )
    };
    let (first, second) = (levels("first", ""), levels("second", ", window = \"blackman\""));
    let text = format!(
        "auricle = 1\ninputs = {{ clip = {clip:?} }}\n\n[[stage]]\nid = \"audio\"\nuse = \"read.audio\"\ninput = \"clip\"\n{first}{second}"
    );
    let path = home.join("session.toml");
    std::fs::write(&path, text).expect("scratch is writable");
    path
}

fn compared(home: &Path) -> Screen {
    let mut screen = Screen::open(&session(home, 512), (160, 60));
    screen.choose("first");
    screen.keys("3 M-a");
    screen.shows("A is first.");
    screen.choose("second");
    screen.keys("3 M-b");
    screen
}

fn added<'a>(screen: &'a Screen, name: &str) -> &'a Lane {
    let is = |lane: &&Lane| matches!(&lane.source, Source::Added { port, .. } if port == name);
    screen.state().lanes.iter().find(is).unwrap_or_else(|| panic!("{name} has a lane"))
}

/// The values of a bin in the frames that a column shows.
fn part(array: &Array, bin: usize, frames: &std::ops::Range<usize>) -> Vec<f64> {
    let count = array.shape[1];
    frames.clone().map(|frame| array.values[bin * count + frame]).collect()
}

#[test]
fn two_sessions_are_compared_as_two_stages_are() {
    let home = scratch();
    let files: Vec<PathBuf> = ["one", "two"]
        .into_iter()
        .map(|name| {
            let directory = home.path().join(name);
            std::fs::create_dir(&directory).expect("scratch is writable");
            session(&directory, if name == "one" { 512 } else { 1024 })
        })
        .collect();
    let mut screen = Screen::new((160, 60), auricle::tui::Depth::True);
    screen.bench.open(auricle::tui::Open::new(&files).expect("both are there"));
    screen.settle();
    for told in ["a-audio", "b-second", "A Spectrogram", "B Spectrogram", "session.toml and session.toml"] {
        screen.shows(told);
    }
    // Both are session's own stages: a value of B changes B alone.
    screen.choose("b-second");
    screen.keys("2");
    screen.shows("1024");
    screen.keys("3 b");
    screen.shows_not("B Spectrogram");
    screen.keys("Esc B");
    assert_eq!(added(&screen, "difference").target().map(|target| target.format.clock.step), Some(128));
    let of = |side: &Path| format!("{}:second", side.display());
    let told = auricle(home.path()).arg("compare").args([of(&files[0]), of(&files[1])]).arg("--json").output();
    let told: serde_json::Value = serde_json::from_slice(&told.expect("it runs").stdout).expect("JSON");
    let causes = told["pairs"][0]["causes"].as_array().expect("a list");
    let words = causes.iter().map(|cause| cause["words"].as_str().expect("words").to_owned()).collect::<Vec<_>>();
    let rows = &added(&screen, "causes").table().expect("it is a table").rows;
    let same = rows.iter().skip(1).any(|row| row.iter().any(|cell| words.contains(cell)));
    assert!(same, "{rows:?} tells what the command line tells: {words:?}");
    // The same session once more, from the screen: then there is no difference.
    let mut screen = Screen::open(&files[0], (160, 60));
    screen.keys("M-o");
    screen.shows("Compare with");
    screen.type_in("session.toml");
    screen.keys("Enter");
    screen.shows("b-first");
    screen.keys("3 B");
    let lane = added(&screen, "metrics");
    let rows = &lane.table().expect("it is a table").rows;
    let largest = rows.iter().find(|row| row[0] == "max_abs").expect("it is told");
    assert_eq!(largest[1].parse(), Ok(0.0), "{largest:?}");
}

#[test]
fn a_and_b_stand_side_by_side_and_flicker_in_one_place_and_scale() {
    let home = scratch();
    let mut screen = compared(home.path());
    screen.shows("A Spectrogram");
    screen.shows("B Spectrogram");
    let lanes: Vec<&Lane> = screen.state().lanes.iter().filter(|lane| screen.state().ab.side(lane).is_some()).collect();
    assert_eq!(lanes[0].levels(), lanes[1].levels(), "one scale");
    screen.keys("b");
    screen.shows("A Spectrogram");
    screen.shows_not("B Spectrogram");
    let (area, before) = (screen.layout().grid.expect("it is shown"), screen.buffer());
    screen.keys("b");
    screen.shows("B Spectrogram");
    screen.shows_not("A Spectrogram");
    let after = screen.layout().grid.expect("it is shown");
    assert_eq!((after.plot, after.axis), (area.plot, area.axis), "one place");
    let now = screen.buffer();
    let differs = area.plot.positions().filter(|at| now[*at] != before[*at]).count();
    assert!(differs > 100, "{differs} cells differ");
    assert!(area.axis.positions().chain(area.scale.positions()).all(|at| now[at] == before[at]), "axes hold still");
    // What one shows in a level, the other does too: the look is one.
    screen.keys("] y");
    let looks: Vec<_> = screen
        .state()
        .lanes
        .iter()
        .filter(|lane| screen.state().ab.side(lane).is_some())
        .map(|lane| (lane.look.range, lane.look.spread))
        .collect();
    assert_eq!(looks[0], looks[1]);
    screen.keys("Esc");
    screen.shows("A Spectrogram");
    screen.shows("B Spectrogram");
}

#[test]
fn the_difference_is_that_of_what_replay_writes_and_the_cause_is_told() {
    let home = scratch();
    let mut screen = compared(home.path());
    let path = home.path().join("session.toml");
    let before = std::fs::read_to_string(&path).expect("it is there");
    let (a, b) = (replayed(home.path(), &path, "first.npy"), replayed(home.path(), &path, "second.npy"));
    screen.keys("B");
    screen.shows("B − A");
    for keys in ["", "Up Up Up", "End"] {
        screen.keys(keys);
        let timeline = screen.state().timeline.expect("the lengths are known");
        let lane = added(&screen, "difference");
        assert_eq!(lane.kind(), Kind::Grid);
        let (low, high) = lane.levels();
        assert_eq!(low, -high, "zero is in the middle");
        let grid = lane.grid().expect("it is a picture");
        for column in timeline.visible() {
            let shown = grid.shown(&timeline, column).expect("everything is computed").column;
            let frames = shown.first as usize..(shown.first + shown.count) as usize;
            for bin in [0, 3, 40, 256] {
                let pairs = part(&a, bin, &frames).into_iter().zip(part(&b, bin, &frames));
                let all = pairs.map(|(a, b)| (b - a) as f32);
                let most = all.reduce(|m, x| if x.abs() > m.abs() { x } else { m }).expect("a column has frames");
                assert_eq!(shown.values[bin].abs(), most.abs(), "bin {bin} of {frames:?}");
            }
        }
    }
    let sum: f64 = a.values.iter().zip(&b.values).map(|(a, b)| (b - a).abs()).sum();
    let l1 = sum / a.values.len() as f64;
    let rows = &added(&screen, "metrics").table().expect("it is a table").rows;
    let row = rows.iter().find(|row| row[0] == "l1").expect("it is measured");
    let shown: f64 = row[1].parse().expect("a number");
    assert!((shown - l1).abs() <= l1 * 1e-5, "{shown}, {l1}");
    let profile = &added(&screen, "bands").table().expect("it is read").profile;
    let count = a.shape[1];
    assert_eq!(profile.len(), a.shape[0]);
    for (bin, shown) in profile.iter().enumerate() {
        let of_bin = bin * count..(bin + 1) * count;
        let sum: f64 = of_bin.map(|at| (b.values[at] - a.values[at]).abs()).sum();
        let l1 = sum / count as f64;
        assert!((f64::from(*shown) - l1).abs() <= l1 * 1e-5 + 1e-9, "bin {bin}: {shown}, {l1}");
    }
    assert!(added(&screen, "causes").table().is_some_and(|table| !table.rows.is_empty()), "{}", screen.text());
    assert_eq!(added(&screen, "frames").kind(), Kind::Curve);
    // The session is none the wiser.
    assert!(screen.state().history.undo.is_empty());
    screen.keys("s");
    let saved = std::fs::read_to_string(&path).expect("it is there");
    assert!(!saved.contains("compare.error"), "{saved}");
    assert!(saved.starts_with(before.trim_end()), "{saved}");
    screen.keys("B");
    screen.shows_not("B − A");
}

#[test]
fn a_parameter_is_tried_at_several_values_and_one_is_taken() {
    let home = scratch();
    let other = scratch();
    let mut screen = Screen::open(&session(home.path(), 512), (120, 40));
    screen.choose("first");
    screen.keys("2 Home");
    while screen.state().parameter().is_some_and(|parameter| parameter.id != "n_fft") {
        screen.keys("Down");
    }
    screen.keys("v");
    let shown = |screen: &Screen| screen.layout().lanes.len();
    assert!(shown(&screen) >= 3, "{}", screen.text());
    screen.shows("n_fft = 512");
    screen.keys("n");
    screen.shows("n_fft = 1024");
    // It is what the session with that value writes.
    let levels = replayed(other.path(), &session(other.path(), 1_024), "first.npy");
    let timeline = screen.state().timeline.expect("the lengths are known");
    let grid = screen.state().lanes.focused().and_then(Lane::grid).expect("it is a picture");
    for column in timeline.visible() {
        let shown = grid.shown(&timeline, column).expect("everything is computed").column;
        let frames = shown.first as usize..(shown.first + shown.count) as usize;
        for bin in [1, 77, 512] {
            let most = part(&levels, bin, &frames).into_iter().fold(f64::MIN, f64::max);
            assert_eq!(f64::from(shown.values[bin]), most, "bin {bin} of {frames:?}");
        }
    }
    screen.keys("Enter");
    let parameter = |screen: &Screen| {
        let stage = screen.state().pipeline.stages.iter().find(|stage| stage.id == "first").expect("it is there");
        stage.parameters.iter().find(|parameter| parameter.id == "n_fft").map(|p| p.value.to_string())
    };
    assert_eq!(parameter(&screen).as_deref(), Some("1024"));
    assert_eq!(shown(&screen), 2, "the lanes are as they were");
    screen.keys("u");
    assert_eq!(parameter(&screen).as_deref(), Some("512"));
    screen.keys("2 v Esc");
    assert_eq!((shown(&screen), parameter(&screen).as_deref()), (2, Some("512")));
}
