//! Labels go along with the sound that they are about: a label covers the same samples of what the saved session replays,
//! before an edit of the sound and after.

use crate::labels::{Row, saved};
use crate::screen::{AUDIO, SAVE_AUDIO, Screen, replayed, session};
use crate::support::scratch;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

const RATE: f64 = 16_000.0;

/// A session whose labels are about its sound, or about nothing that it says.
fn labelled(home: &Path, wire: &str) -> PathBuf {
    let labels = format!(
        r#"
[[stage]]
id = "words"
use = "label.list"
{wire}
parameters = {{ labels = [
  [0.1, 0.3, "early", "words"],
  [0.7, 0.8, "inside", "words"],
  [1.25, 1.25, "click", "marks"],
  [2.5, 3.0, "late", "words"],
] }}

[[stage]]
id = "grid"
use = "write.textgrid"
input = "words"
parameters = {{ path = "words.TextGrid" }}
"#
    );
    session(home, "speech.flac", &[AUDIO, SAVE_AUDIO, &labels].concat())
}

const ABOUT: &str = "input = \"audio\"";
/// What is edited, in seconds.
const RANGE: Range<f64> = 0.5..1.5;

/// Opens it and selects a second.
fn selected(session: &Path) -> Screen {
    let mut screen = Screen::open(session, (100, 30));
    screen.bench.state.selection = Some(RANGE);
    screen
}

fn samples(values: &[f64], row: &Row) -> Vec<f64> {
    values[(row.0 * RATE).round() as usize..(row.1 * RATE).round() as usize].to_vec()
}

#[track_caller]
fn named<'a>(rows: &'a [Row], text: &str) -> &'a Row {
    rows.iter().find(|row| row.2 == text).unwrap_or_else(|| panic!("{text:?} is not among {rows:?}"))
}

/// Edits the selection with keys; checks that the labels which are left cover the samples that they covered, turned
/// round where `turned` says so, and that undo gives sound and labels back.
#[track_caller]
fn check(keys: &str, left: &[&str], turned: &[&str], told: &str) {
    let home = scratch();
    let session = labelled(home.path(), ABOUT);
    let (begun, before) = (saved(&session), replayed(home.path(), &session, "audio.npy").values);
    let mut screen = selected(&session);
    screen.keys(keys);
    screen.shows(told);
    screen.keys("s");
    assert!(!screen.state().pipeline.has_problems(), "{}", screen.text());
    let (rows, after) = (saved(&session), replayed(home.path(), &session, "audio.npy").values);
    assert_eq!(rows.iter().map(|row| row.2.as_str()).collect::<Vec<_>>(), left);
    for row in &rows {
        let mut expected = samples(&before, named(&begun, &row.2));
        if turned.contains(&row.2.as_str()) {
            expected.reverse();
        }
        assert_eq!(samples(&after, row), expected, "{row:?}");
    }
    // The file of labels is as long as the sound.
    let grid = fs::read_to_string(home.path().join("out/words.TextGrid")).expect("it was written");
    let end = grid.lines().find_map(|line| line.trim().strip_prefix("xmax = ")).expect("it has an end");
    let end: f64 = end.trim().parse().expect("a number");
    assert!((end - after.len() as f64 / RATE).abs() < 1e-6, "{end}");
    screen.keys("u s");
    assert_eq!((saved(&session), replayed(home.path(), &session, "audio.npy").values), (begun, before));
}

#[test]
fn labels_go_with_what_is_cut_trimmed_and_turned_round() {
    check("C-x", &["early", "late"], &[], "labels: 1 moved with it, 2 gone with the sound");
    check("C-t", &["inside", "click"], &[], "labels: 2 moved with it, 2 gone with the sound");
    check("M-r", &["early", "click", "inside", "late"], &["inside"], "labels: 2 moved with it");
}

#[test]
fn what_is_put_in_brings_its_labels() {
    let home = scratch();
    let session = labelled(home.path(), ABOUT);
    let (begun, before) = (saved(&session), replayed(home.path(), &session, "audio.npy").values);
    let mut screen = selected(&session);
    // Cut and put back where it was: all is as before.
    screen.keys("C-x C-v s");
    assert_eq!((saved(&session), replayed(home.path(), &session, "audio.npy").values), (begun.clone(), before.clone()));
    // Copied to the beginning: the labels are there twice, and the second ones with their sound.
    screen.keys("u u M-c X Home C-v");
    screen.shows("labels: 4 moved with it; 2 pasted");
    screen.keys("s");
    let (rows, after) = (saved(&session), replayed(home.path(), &session, "audio.npy").values);
    assert_eq!(rows.len(), 6);
    for row in rows.iter().filter(|row| row.2 != "click") {
        assert_eq!(samples(&after, row), samples(&before, named(&begun, &row.2)), "{row:?}");
    }
}

#[test]
fn edits_behind_other_stages_take_labels_along_too() {
    let home = scratch();
    let session = labelled(home.path(), ABOUT);
    let mut screen = selected(&session);
    screen.keys("M-g Enter M-r C-x s");
    let text = fs::read_to_string(&session).expect("it was saved");
    assert!(text.contains("input = \"cut\"\nparameters = { labels"), "{text}");
    let late = named(&saved(&session), "late").0;
    assert!((late - (2.5 - 1.0)).abs() < 1e-4, "{late}");
}

#[test]
fn labels_that_do_not_say_what_they_are_about_follow_the_only_sound_there_is() {
    let home = scratch();
    let session = labelled(home.path(), "");
    let mut screen = selected(&session);
    screen.keys("C-x");
    screen.shows("labels: 1 moved with it");
    screen.keys("s");
    assert!(fs::read_to_string(&session).is_ok_and(|text| text.contains("input = \"cut\"")));
    // With two sounds nobody knows: they stay, and that is told.
    let second = "\n[[stage]]\nid = \"second\"\nuse = \"read.audio\"\ninput = \"clip\"\n";
    let session = labelled(home.path(), "");
    let text = fs::read_to_string(&session).expect("it is there") + second;
    fs::write(&session, text).expect("scratch is writable");
    let mut screen = selected(&session);
    screen.keys("C-x");
    screen.shows("those of words stay");
}

#[test]
fn new_labels_are_about_what_is_heard() {
    let home = scratch();
    let session = session(home.path(), "speech.flac", AUDIO);
    let mut screen = Screen::open(&session, (80, 24));
    screen.keys("m").type_in("here").keys("Enter s");
    let text = fs::read_to_string(&session).expect("it was saved");
    assert!(text.contains("use = \"label.list\"\ninput = \"audio\""), "{text}");
}
