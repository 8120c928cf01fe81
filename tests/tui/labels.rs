//! Labels: made, moved, split, joined, tagged and found by keys and mouse; what the saved session then holds and writes;
//! files of other programs in and out.

use crate::screen::{Screen, written};
use crate::support::{auricle, scratch};
use auricle::tui::{Event, Gesture, Mouse, Overlay};
use std::fs;
use std::path::{Path, PathBuf};

/// A label as a session holds it.
pub type Row = (f64, f64, String, String);

fn row(start: f64, end: f64, text: &str, tier: &str) -> Row {
    (start, end, text.to_owned(), tier.to_owned())
}

/// The labels that a saved session holds.
#[track_caller]
pub fn saved(session: &Path) -> Vec<Row> {
    let text = fs::read_to_string(session).expect("it was saved");
    let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    let stages = table["stage"].as_array().expect("it has stages");
    let stage = stages.iter().find(|stage| stage["use"].as_str() == Some("label.list"));
    let Some(list) = stage.map(|stage| &stage["parameters"]["labels"]) else { return Vec::new() };
    let number = |value: &toml::Value| value.as_float().expect("a number");
    let words = |label: &[toml::Value], k: usize| label.get(k).and_then(|w| w.as_str()).unwrap_or("").to_owned();
    let label = |value: &toml::Value| {
        let label = value.as_array().expect("a label is a list");
        (number(&label[0]), number(&label[1]), words(label, 2), words(label, 3))
    };
    list.as_array().expect("a list of labels").iter().map(label).collect()
}

/// A session with labels in two tiers.
fn labelled(home: &Path) -> PathBuf {
    let session = written(home, "speech.flac", "");
    let labels = r#"
[[stage]]
id = "labels"
use = "label.list"
parameters = { labels = [
  [0.5, 1.0, "one", "words"],
  [1.0, 1.5, "two", "words"],
  [1.2, 1.2, "click", "marks"],
  [2.0, 2.5, "three", "words"],
] }

[[stage]]
id = "grid"
use = "write.textgrid"
input = "labels"
parameters = { path = "labels.TextGrid" }
"#;
    let text = fs::read_to_string(&session).expect("it is there");
    fs::write(&session, text + labels).expect("scratch is writable");
    session
}

fn replay(home: &Path, session: &Path) {
    let run = auricle(home).arg("replay").arg(session).arg("--out").arg(home.join("out")).output();
    let run = run.expect("the program starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn what_is_selected_gets_a_label_that_the_session_holds_and_undo_takes_back() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let before = fs::read_to_string(&session).expect("it is there");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("Home . . . S-Right S-Right S-Right");
    let range = screen.state().selection.clone().expect("something is selected");
    screen.keys("m");
    screen.shows("new label:");
    screen.type_in("hello there").keys("Enter");
    screen.shows("hello there");
    screen.shows("1 label");
    screen.keys("s");
    let micro = |time: f64| (time * 1e6).round() / 1e6;
    assert_eq!(saved(&session), [row(micro(range.start), micro(range.end), "hello there", "")]);
    screen.keys("U");
    screen.shows("label \"hello there\" at");
    screen.keys("Esc u s");
    let stages = |text: &str| text.split("[view]").next().unwrap_or_default().trim_end().to_owned();
    assert_eq!(stages(&fs::read_to_string(&session).expect("it was saved")), stages(&before));
    screen.shows_not("hello there");
    screen.keys("C-r");
    screen.shows("hello there");
}

#[test]
fn what_is_not_kept_is_no_label() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (80, 24));
    screen.keys("m").type_in("no").keys("Esc");
    assert!(screen.state().history.undo.is_empty() && screen.state().pipeline.stages.len() == 4);
    // Letters that are keys are letters while a text is typed.
    screen.keys("m").type_in("quit us").keys("Enter s");
    assert_eq!(saved(&session)[0].2, "quit us");
    assert!(!screen.over);
}

#[test]
fn labels_are_chosen_moved_split_joined_tagged_and_deleted_by_keys() {
    let home = scratch();
    let session = labelled(home.path());
    let mut screen = Screen::open(&session, (140, 40));
    for text in ["one", "two", "three", "click", "words", "marks", "4 labels"] {
        screen.shows(text);
    }
    let begun = [
        row(0.5, 1.0, "one", "words"),
        row(1.0, 1.5, "two", "words"),
        row(1.2, 1.2, "click", "marks"),
        row(2.0, 2.5, "three", "words"),
    ];
    let step = 128.0 / 16_000.0;
    let mut check = |keys: &str, expected: &[Row], name: &str| {
        screen.keys("n Home").keys(keys).keys("s");
        assert_eq!(saved(&session), expected, "{keys}\n{}", screen.text());
        screen.keys("U");
        screen.shows(name);
        screen.keys("Home Enter");
        assert!(!screen.state().history.redo.is_empty(), "{keys}");
        screen.keys("s");
        assert_eq!(saved(&session), begun, "undone: {keys}");
    };
    let mut changed = begun.clone();
    // The lane of labels is chosen with the first key, the first label with the next.
    (changed[0].1, changed[1].0) = (1.0 + 2.0 * step, 1.0 + 2.0 * step);
    check("/ Home Enter } }", &changed, "label \"one\" ends at");
    let mut changed = begun.clone();
    changed[0].0 -= step;
    check("/ Home Enter [", &changed, "label \"one\" begins at 0.492 s");
    let mut changed = begun.clone();
    (changed[3].0, changed[3].1) = (2.0 + step, 2.5 + step);
    check("/ End Enter )", &changed, "label \"three\" moved to");
    let joined = [row(0.5, 1.5, "one two", "words"), begun[2].clone(), begun[3].clone()];
    check("/ Home Enter J", &joined, "join label \"one\" and label \"two\"");
    check("/ Home Enter w d", &[begun[0].clone(), begun[2].clone(), begun[3].clone()], "delete label \"two\"");
    let mut changed = begun.clone();
    changed[1].2 = "noise".into();
    check("/ Home Enter w 2", &changed, "label \"two\" is \"noise\"");
    let mut changed = begun.clone();
    changed[2].3 = "words".into();
    check("/ Home Enter j y C-u w o r d s Enter", &changed, "label \"click\" into tier \"words\"");
    let mut changed = begun.clone();
    (changed[0].2, changed[1].2) = ("un".into(), "deux".into());
    check("/ Home Enter e C-u u n Tab C-u d e u x Enter", &changed, "label \"two\" is \"deux\"");
}

#[test]
fn a_label_is_split_at_the_cursor_and_edges_go_there() {
    let home = scratch();
    let session = labelled(home.path());
    let mut screen = Screen::open(&session, (140, 40));
    screen.keys("/ Home Enter . . | s");
    let at = screen.state().cursor;
    let rows = saved(&session);
    assert_eq!(rows[..2], [row(0.5, rows[1].0, "one", "words"), row(rows[1].0, 1.0, "", "words")]);
    assert!((rows[1].0 - at).abs() < 1e-6, "{rows:?} {at}");
    screen.keys("u / Home Enter . <");
    let at = (screen.state().cursor * 1e6).round() / 1e6;
    screen.keys("s");
    assert_eq!(saved(&session)[0].0, at);
    screen.keys("|");
    screen.shows("the cursor is not inside the label");
}

#[test]
fn edges_go_to_where_the_waveform_crosses_zero() {
    let home = scratch();
    let session = labelled(home.path());
    let audio = crate::screen::replayed(home.path(), &session, "audio.npy").values;
    let mut screen = Screen::open(&session, (140, 40));
    screen.keys("/ End Enter x s");
    let rows = saved(&session);
    for (before, after) in [(2.0, rows[3].0), (2.5, rows[3].1)] {
        let k = (after * 16_000.0f64).round() as usize;
        let crosses = |k: usize| (audio[k] <= 0.0) != (audio[k + 1] <= 0.0);
        assert!(crosses(k) || crosses(k - 1), "{after}");
        let place = (before * 16_000.0f64).round() as usize;
        let far = place.abs_diff(k);
        assert!((place + 1 - far.max(1)..place + far.saturating_sub(1)).all(|k| !crosses(k)), "{before} {after}");
    }
}

#[test]
fn a_tag_labels_what_is_selected() {
    let home = scratch();
    let session = labelled(home.path());
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("/ End Enter S-Right S-Right X Home S-Right S-Right S-Right 3 s");
    let rows = saved(&session);
    assert_eq!((rows.len(), rows[0].2.as_str(), rows[0].0), (5, "music", 0.0));
}

#[test]
fn labels_are_found_by_what_they_say() {
    let home = scratch();
    let session = labelled(home.path());
    let mut screen = Screen::open(&session, (100, 30));
    screen.keys("/");
    screen.shows("start");
    screen.type_in("thr");
    screen.shows_not("1.200");
    screen.keys("Enter");
    assert_eq!(screen.state().selection, Some(2.0..2.5));
    assert_eq!(screen.state().cursor, 2.0);
    screen.keys("/").type_in("nobody").keys("Enter");
    assert!(screen.state().overlay.is_none());
}

#[test]
fn the_mouse_chooses_types_and_pulls() {
    let home = scratch();
    let session = labelled(home.path());
    let mut screen = Screen::open(&session, (160, 44));
    let mouse = |screen: &mut Screen, (x, y): (u16, u16), gesture| {
        screen.receive(Event::Mouse(Mouse { x, y, gesture }));
        screen.settle();
    };
    let at = screen.find("three").expect("it is drawn");
    let step = screen.state().timeline.expect("the length is known").step;
    mouse(&mut screen, at, Gesture::Press);
    mouse(&mut screen, at, Gesture::Release);
    assert_eq!(screen.state().selection, Some(2.0..2.5));
    assert!(screen.state().history.undo.is_empty(), "a click changes nothing");
    // The left edge, four columns to the right.
    let edge = (at.0 - 1, at.1);
    mouse(&mut screen, edge, Gesture::Press);
    for by in 1..=4 {
        mouse(&mut screen, (edge.0 + by, edge.1), Gesture::Drag);
    }
    assert!(screen.state().history.undo.is_empty(), "nothing is changed before the button is let go");
    mouse(&mut screen, (edge.0 + 4, edge.1), Gesture::Release);
    screen.keys("s");
    let start = saved(&session)[3].0;
    assert!(start > 2.0 + 3.0 * step && start < 2.0 + 5.0 * step, "{start}");
    let at = screen.find("one").expect("it is drawn");
    mouse(&mut screen, at, Gesture::Press);
    mouse(&mut screen, at, Gesture::Double);
    screen.keys("C-u").type_in("eins").keys("Enter s");
    assert_eq!(saved(&session)[0].2, "eins");
}

#[test]
fn labels_of_a_file_are_taken_into_the_session_before_they_change_and_its_writer_writes_them() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    fs::write(home.path().join("words.txt"), "0.500000\t1.000000\tone\n1.000000\t1.250000\ttwo\n").expect("writable");
    let text = fs::read_to_string(&session).expect("it is there");
    let text = text.replace("[inputs]", "[inputs]\nwords = \"words.txt\"");
    let stages = r#"
[[stage]]
id = "words"
use = "read.labels"
input = "words"

[[stage]]
id = "subtitles"
use = "write.srt"
input = "words"
parameters = { path = "words.srt" }
"#;
    let text = text.replace("words = \"words.txt\"", "file = \"words.txt\"");
    fs::write(&session, text + &stages.replace("input = \"words\"\n\n[[stage]]", "input = \"file\"\n\n[[stage]]"))
        .expect("scratch is writable");
    let mut screen = Screen::open(&session, (120, 36));
    screen.choose("words");
    screen.keys("V 3");
    screen.shows("2 labels");
    screen.keys("/ End Enter e C-u").type_in("zwei");
    screen.keys("Enter");
    assert_eq!(screen.state().history.undo.len(), 2, "taking over is a change of its own");
    screen.keys("s");
    assert_eq!(saved(&session), [row(0.5, 1.0, "one", ""), row(1.0, 1.25, "zwei", "")]);
    assert!(fs::read_to_string(&session).is_ok_and(|text| !text.contains("words.txt")), "the file is needed no more");
    replay(home.path(), &session);
    let written = fs::read_to_string(home.path().join("out/words.srt")).expect("it was written");
    assert!(written.contains("zwei") && written.contains("00:00:01,000 --> 00:00:01,250"), "{written}");
}

#[test]
fn labels_go_out_and_come_back_in_every_format() {
    let home = scratch();
    let session = labelled(home.path());
    replay(home.path(), &session);
    for (name, keeps_tiers, lost) in [
        ("a.TextGrid", true, "holds all of them"),
        ("a.txt", false, "could not hold"),
        ("a.srt", false, "could not hold"),
        ("a.vtt", false, "could not hold"),
        ("a.rttm", true, "holds all of them"),
        ("a.ctm", true, "holds all of them"),
        ("a.csv", true, "holds all of them"),
        ("a.jams", true, "holds all of them"),
        ("a.json", true, "holds all of them"),
    ] {
        let path = home.path().join(name);
        let mut screen = Screen::open(&session, (200, 50));
        screen.keys("M-w C-u").type_in(path.to_str().expect("it is UTF-8")).keys("Enter");
        screen.shows(lost);
        let folder = scratch();
        let fresh = written(folder.path(), "speech.flac", "");
        let mut screen = Screen::open(&fresh, (200, 50));
        screen.keys("C-o").type_in(path.to_str().expect("it is UTF-8")).keys("Enter s");
        let mut expected = saved(&session);
        let mut got = saved(&fresh);
        if !keeps_tiers {
            expected.iter_mut().for_each(|row| row.3.clear());
        }
        expected.sort_by(|a, b| a.0.total_cmp(&b.0));
        got.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert_eq!(got, expected, "{name}");
        if name == "a.TextGrid" {
            let (ours, replayed) = (fs::read(&path), fs::read_to_string(home.path().join("out/labels.TextGrid")));
            let ours = String::from_utf8(ours.expect("it was written")).expect("it is UTF-8");
            // The screen knows how long the sound is, the session does not say it.
            let labels = |text: &str| text.matches("text = ").count() + text.matches("mark = ").count();
            assert!(labels(&ours) >= labels(&replayed.expect("it was written")));
        }
    }
}

#[test]
fn a_file_that_is_there_is_replaced_only_at_the_second_time_and_endings_are_told() {
    let home = scratch();
    let session = labelled(home.path());
    let path = home.path().join("there.srt");
    fs::write(&path, "mine").expect("scratch is writable");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("M-w C-u").type_in(path.to_str().expect("it is UTF-8")).keys("Enter");
    screen.shows("it exists");
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "mine");
    screen.keys("Enter");
    assert!(fs::read_to_string(&path).is_ok_and(|text| text.contains("-->")));
    screen.keys("M-w C-u").type_in("labels.docx").keys("Enter");
    screen.shows("its ending names no format of labels");
    assert!(matches!(screen.state().overlay, Some(Overlay::Ask { .. })));
    screen.keys("Esc C-o").type_in("not-there.srt").keys("Enter");
    screen.shows("not-there.srt: ");
}

#[test]
fn labels_without_sound_have_an_axis_of_their_own() {
    let home = scratch();
    fs::write(home.path().join("words.ctm"), "talk 1 0.5 2.5 hello 0.9\ntalk 1 4.0 3.5 world 0.8\n").expect("scratch");
    let text = "auricle = 1\n\n[inputs]\nfile = \"words.ctm\"\n\n[[stage]]\nid = \"words\"\nuse = \"read.labels\"\n\
                input = \"file\"\n\n[[stage]]\nid = \"srt\"\nuse = \"write.srt\"\ninput = \"words\"\n\
                parameters = { path = \"words.srt\" }\n";
    let session = home.path().join("session.toml");
    fs::write(&session, text).expect("scratch is writable");
    let mut screen = Screen::open(&session, (80, 24));
    for text in ["hello", "world", "0 s"] {
        screen.shows(text);
    }
    screen.shows_not("no stage near");
    // It begins where the time says, and it can be moved along.
    let timeline = screen.state().timeline.expect("it has an axis");
    assert_eq!((timeline.begin, timeline.end), (0.0, 8.0));
    let plot = screen.layout().lanes[0].plot;
    let column = plot.x + timeline.place(4.0).expect("it is in sight");
    let row = screen.find("world").expect("it is shown").1;
    assert_eq!(screen.cell(column, row).symbol(), "▏");
    screen.keys("w w");
    assert_eq!(screen.state().selection, Some(4.0..7.5));
    screen.keys("Tab End");
    screen.shows("world");
}

#[test]
fn a_session_of_labels_alone_can_be_labelled_further() {
    let home = scratch();
    let session = home.path().join("session.toml");
    let text = "auricle = 1\n\n[[stage]]\nid = \"words\"\nuse = \"label.list\"\n\
                parameters = { labels = [[0.5, 1.0, \"one\"]] }\n";
    fs::write(&session, text).expect("scratch is writable");
    let mut screen = Screen::open(&session, (80, 24));
    screen.shows("one");
    screen.keys("n End m").type_in("two").keys("Enter s");
    let rows = saved(&session);
    assert_eq!((rows.len(), rows[1].2.as_str()), (2, "two"));
    assert!(rows[1].0 > 1.0, "{rows:?}");
}
