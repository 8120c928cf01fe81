//! Editing sound: what each edit of the selection makes of the samples that the saved session replays, and of files.

use crate::screen::{Screen, replayed, written};
use crate::support::scratch;
use std::fs;
use std::path::Path;

/// Opens the clip, selects a stretch of it, presses keys, saves; gives samples before and after, and the stretch.
fn edited(home: &Path, keys: &str) -> (Vec<f64>, Vec<f64>, std::ops::Range<usize>) {
    let session = written(home, "speech.flac", "");
    let before = replayed(home, &session, "audio.npy").values;
    let mut screen = selected(&session);
    let range = screen.state().selection.clone().expect("something is selected");
    screen.keys(keys).keys("s");
    assert!(!screen.state().pipeline.has_problems(), "{}", screen.text());
    let after = replayed(home, &session, "audio.npy").values;
    let sample = |time: f64| (time * 16_000.0).round() as usize;
    screen.keys("u");
    assert!(screen.state().pipeline.stages.len() == 4, "one undo takes one edit back");
    (before, after, sample(range.start)..sample(range.end))
}

fn selected(session: &Path) -> Screen {
    let mut screen = Screen::open(session, (120, 36));
    screen.keys("Home > > , S-Right S-Right S-Right S-Right S-Right S-Right S-Right S-Right");
    screen
}

#[track_caller]
fn same(got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len());
    let worst = got.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    // One float32 product may round otherwise than a float64 one.
    assert!(worst <= 2e-7, "{worst}");
}

#[test]
fn the_selection_is_cut_trimmed_silenced_and_turned_round() {
    let home = scratch();
    let (before, after, range) = edited(home.path(), "C-x");
    same(&after, &[&before[..range.start], &before[range.end..]].concat());
    let (before, after, range) = edited(home.path(), "C-t");
    same(&after, &before[range]);
    let (before, after, range) = edited(home.path(), "M-z");
    same(&after, &[&before[..range.start], &vec![0.0; range.len()][..], &before[range.end..]].concat());
    let (mut before, after, range) = edited(home.path(), "M-r");
    before[range].reverse();
    same(&after, &before);
}

#[test]
fn the_selection_fades_and_takes_another_level() {
    let home = scratch();
    for (key, falls) in [("M-i", false), ("M-f", true)] {
        let (mut before, after, range) = edited(home.path(), key);
        let n = range.len() as f64;
        for (k, x) in before[range].iter_mut().enumerate() {
            let t = (k as f64 + 0.5) / n;
            *x *= if falls { 1.0 - t } else { t };
        }
        same(&after, &before);
    }
    let (mut before, after, range) = edited(home.path(), "M-g C-u - 1 2 Enter");
    before[range].iter_mut().for_each(|x| *x *= 10f64.powf(-12.0 / 20.0));
    same(&after, &before);
    let (before, after, range) = edited(home.path(), "M-n C-u - 3 Enter");
    let peak = after[range.clone()].iter().fold(0.0f64, |most, x| most.max(x.abs()));
    assert!((20.0 * peak.log10() + 3.0).abs() < 1e-4, "{peak}");
    same(&after[..range.start], &before[..range.start]);
    let (_, after, range) = edited(home.path(), "M-q C-u - 3 0 Enter");
    let power = after[range.clone()].iter().map(|x| x * x).sum::<f64>() / range.len() as f64;
    assert!((10.0 * power.log10() + 30.0).abs() < 1e-3, "{power}");
}

#[test]
fn what_was_copied_is_put_in_elsewhere_as_it_was() {
    let home = scratch();
    let (before, after, range) = edited(home.path(), "M-c X Home C-v");
    same(&after, &[&before[range], &before[..]].concat());
    // Cut and put back: one undo takes the putting back, one more the cut.
    let session = written(home.path(), "speech.flac", "");
    let mut screen = selected(&session);
    screen.keys("C-x C-v s");
    assert!(!screen.state().pipeline.has_problems(), "{}", screen.text());
    same(&replayed(home.path(), &session, "audio.npy").values, &before);
    screen.keys("U");
    screen.shows("paste at");
    screen.keys("Esc M-c M-z C-v s");
    assert!(!screen.state().pipeline.has_problems(), "{}", screen.text());
    same(&replayed(home.path(), &session, "audio.npy").values, &before);
}

#[test]
fn the_window_stays_where_it_is() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = selected(&session);
    screen.keys("Up Up");
    let window = |screen: &Screen| {
        let timeline = screen.state().timeline.expect("the length is known");
        (timeline.time(timeline.left), timeline.step)
    };
    let before = window(&screen);
    for keys in ["C-x", "u", "C-v", "u"] {
        screen.keys(keys);
        let (left, step) = window(&screen);
        assert!(
            (left - before.0).abs() < 2.0 * step && (step - before.1).abs() < 1e-9,
            "{keys}: {left} {step}, not {before:?}"
        );
    }
}

#[test]
fn a_gain_on_the_same_stretch_is_one_stage_and_nothing_selected_is_said() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = selected(&session);
    screen.keys("M-g Enter M-g Enter");
    assert_eq!(screen.state().pipeline.stages.len(), 5);
    screen.keys("s");
    assert!(fs::read_to_string(&session).is_ok_and(|text| text.contains("gain_db = -12.0")));
    screen.keys("X M-z");
    screen.shows("nothing is selected");
    screen.keys("E");
    screen.shows("Edit: fade the selection in");
    screen.keys("Esc M-g C-u").type_in("loud").keys("Enter");
    screen.shows("expected a number");
}

#[test]
fn what_is_heard_is_exported() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let before = replayed(home.path(), &session, "audio.npy").values;
    let mut screen = selected(&session);
    let range = screen.state().selection.clone().expect("something is selected");
    let sample = |time: f64| (time * 16_000.0).round() as usize;
    let (wav, flac) = (home.path().join("part.wav"), home.path().join("all.flac"));
    screen.keys("M-r M-e C-u").type_in(wav.to_str().expect("it is UTF-8")).keys("Enter");
    screen.shows("wrote ");
    let mut part: Vec<f64> = before[sample(range.start)..sample(range.end)].to_vec();
    part.reverse();
    let mut reader = hound::WavReader::open(&wav).expect("it was written");
    assert_eq!(reader.spec().sample_rate, 16_000);
    let scale = 1.0 / f64::from(1u32 << (reader.spec().bits_per_sample - 1));
    let got: Vec<f64> = match reader.spec().sample_format {
        hound::SampleFormat::Float => reader.samples::<f32>().map(|x| f64::from(x.expect("a sample"))).collect(),
        hound::SampleFormat::Int => reader.samples::<i32>().map(|x| f64::from(x.expect("a sample")) * scale).collect(),
    };
    assert_eq!(got.len(), part.len());
    let worst = got.iter().zip(&part).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    // Half a step of 16 bits.
    assert!(worst <= 1.6e-5, "{worst}");
    screen.keys("u X M-e C-u").type_in(flac.to_str().expect("it is UTF-8")).keys("Enter");
    screen.shows("wrote ");
    assert_eq!(fs::read(&flac).expect("it was written")[..4], *b"fLaC");
    screen.keys("M-e C-u").type_in(flac.to_str().expect("it is UTF-8")).keys("Enter");
    screen.shows("it exists");
    screen.keys("C-u").type_in("sound.mp3").keys("Enter");
    screen.shows("expected a name that ends with");
}
