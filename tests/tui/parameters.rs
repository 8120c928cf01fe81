//! Parameters: typed, stepped, refused, undone, saved; and what is shown is what the saved session replays to.

use crate::screen::{Screen, replayed, written};
use crate::support::scratch;
use auricle::tui::{Event, Focus, Key};
use std::fs;
use std::path::Path;

/// The level under the cursor as the readout tells it, with its bin and frames.
fn readout(screen: &Screen) -> (f64, usize, std::ops::RangeInclusive<usize>) {
    let height = screen.state().size.1;
    let line = screen.lines()[usize::from(height) - 3].clone();
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = |name: &str| words.iter().position(|word| *word == name).unwrap_or_else(|| panic!("no {name} in {line}"));
    let number = |text: &str| text.parse::<usize>().unwrap_or_else(|_| panic!("{text} in {line}"));
    let frame = words[at("frame") + 1];
    let (first, last) = frame.split_once('-').unwrap_or((frame, frame));
    let level = words[at("dB") - 1].parse().unwrap_or_else(|_| panic!("no level in {line}"));
    (level, number(words[at("bin") + 1]), number(first)..=number(last))
}

#[track_caller]
fn agrees_with_replay(screen: &Screen, home: &Path, session: &Path) {
    let levels = replayed(home, session, "levels.npy");
    let (level, bin, span) = readout(screen);
    let most = span.map(|frame| levels.values[bin * levels.shape[1] + frame]).fold(f64::MIN, f64::max);
    assert!((level - most).abs() < 0.006, "shown {level}, replayed {most}");
}

#[test]
fn a_typed_value_is_computed_shown_saved_and_replayed() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (160, 40));
    screen.keys("> > > k k k");
    let before = readout(&screen);
    screen.keys("1 Down 2 Enter C-u").type_in("1024").keys("Enter s");
    screen.shows("saved");
    assert_ne!(readout(&screen), before);
    agrees_with_replay(&screen, home.path(), &session);
    let text = fs::read_to_string(&session).expect("it was saved");
    assert!(text.contains("# a comment that survives"), "{text}");
    assert!(text.contains("parameters = { n_fft = 1024 }"), "{text}");
    // Undone, everything is as it was; redone, as it was then.
    let changed = readout(&screen);
    screen.keys("u");
    assert_eq!(readout(&screen), before);
    screen.keys("C-r");
    assert_eq!(readout(&screen), changed);
    screen.keys("u s");
    agrees_with_replay(&screen, home.path(), &session);
}

#[test]
fn steps_choices_and_resets_change_the_session_and_come_back() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", ", hop_length = 256");
    let mut screen = Screen::open(&session, (160, 40));
    screen.keys("1 Down 2");
    assert_eq!(screen.state().focus, Focus::Parameters);
    let values = |screen: &Screen| -> Vec<String> {
        let stage = screen.state().stage().expect("it is chosen");
        stage.parameters.iter().map(|p| format!("{}={}", p.id, p.value)).collect()
    };
    let first = values(&screen);
    // Twice as long a window, a hop of a quarter of what it was, another padding, not centred.
    screen.keys("Right Down Left Left Down Down Down Right Down Right s");
    let changed = values(&screen);
    for expected in ["n_fft=1024", "hop_length=64", "center=false"] {
        assert!(changed.iter().any(|value| value == expected), "{changed:?}");
    }
    agrees_with_replay(&screen, home.path(), &session);
    screen.keys("R s");
    assert!(values(&screen).iter().any(|value| value == "n_fft=2048"), "{:?}", values(&screen));
    agrees_with_replay(&screen, home.path(), &session);
    let text = fs::read_to_string(&session).expect("it was saved");
    assert!(!text.contains("n_fft"), "a default is not written down: {text}");
    for _ in 0..20 {
        screen.keys("u");
    }
    assert_eq!(values(&screen), first);
    screen.shows("nothing to undo");
}

#[test]
fn a_bad_value_is_explained_beside_the_field() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (160, 40));
    let before = fs::read_to_string(&session).expect("it is there");
    screen.keys("1 Down 2 Enter C-u").type_in("-3").keys("Enter");
    screen.shows("expected an integer from 1 to");
    screen.shows("got \"-3\"");
    assert!(screen.state().form.field.is_some(), "the value can still be mended");
    screen.keys("C-u").type_in("many");
    screen.shows("got \"many\"");
    screen.keys("Esc");
    screen.shows_not("got");
    screen.shows_not("modified");
    assert_eq!(fs::read_to_string(&session).expect("it is there"), before);
}

#[test]
fn what_only_the_stage_knows_is_told_beside_the_parameter_and_the_picture_stays() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (160, 40));
    let picture = |screen: &Screen| {
        let area = screen.layout().grid.expect("it is shown").plot;
        area.positions().map(|at| screen.buffer()[at].clone()).collect::<Vec<_>>()
    };
    let before = picture(&screen);
    // A window longer than the transform.
    screen.keys("1 Down 2 Down Down Enter C-u").type_in("4096").keys("Enter");
    screen.shows("✗");
    screen.shows("win_length");
    assert!(screen.state().pipeline.has_problems());
    assert_eq!(picture(&screen), before, "what was there is still there");
    screen.keys("u");
    assert!(!screen.state().pipeline.has_problems());
    screen.shows_not("✗");
}

#[test]
fn a_bypassed_stage_is_left_out_of_the_picture_and_of_the_replay() {
    let home = scratch();
    let clip = crate::support::root().join("sessions/media/speech.flac");
    let session = home.path().join("gain.toml");
    let text = format!(
        r#"auricle = 1
inputs = {{ clip = {clip:?} }}
stage = [
    {{ id = "read", use = "read.audio", input = "clip" }},
    {{ id = "quieter", use = "effect.gain", input = "read", parameters = {{ gain_db = -12.0 }} }},
    {{ id = "save", use = "write.npy", input = "quieter", parameters = {{ path = "audio.npy" }} }},
]
"#
    );
    fs::write(&session, text).expect("scratch is writable");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("1 Down");
    let peak = |screen: &Screen| {
        let columns = screen.state().wave().expect("there is sound").columns();
        columns.map(|column| column.channels[0].max.max(-column.channels[0].min)).fold(0.0, f32::max)
    };
    let mut peaks = Vec::new();
    for keys in ["s", "b s", "b s"] {
        screen.keys(keys);
        let samples = replayed(home.path(), &session, "audio.npy");
        crate::lanes::check_wave(&screen, &samples);
        peaks.push(peak(&screen));
    }
    assert!((peaks[0] / peaks[1] - 10f32.powf(-12.0 / 20.0)).abs() < 1e-5, "{peaks:?}");
    assert_eq!(peaks[0], peaks[2]);
    screen.keys("b");
    screen.shows("⤳ quieter");
    screen.keys("u");
    screen.shows_not("⤳");
}

#[test]
fn edits_in_a_row_do_not_queue_up_and_the_last_one_is_shown() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", ", hop_length = 256");
    let mut screen = Screen::open(&session, (160, 40));
    screen.keys("> > > k k k 1 Down 2 Down");
    let key = |name| Event::Key(Key::parse(name).expect("it is a key"));
    // Nothing is waited for in between; each step goes on from the one before.
    for name in ["Left", "Left", "Right", "Left", "Left", "Right", "Left"] {
        screen.receive(key(name));
        assert!(screen.state().is_planning, "{name}");
    }
    screen.settle();
    screen.keys("s");
    let text = fs::read_to_string(&session).expect("it was saved");
    assert!(text.contains("hop_length = 32"), "{text}");
    agrees_with_replay(&screen, home.path(), &session);
    // What is left unfinished does not hold the end up.
    screen.receive(key("Left"));
    screen.receive(key("C-c"));
    screen.receive(key("C-c"));
    assert!(screen.over);
}

#[test]
fn a_session_is_saved_under_another_name_and_goes_on_there() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let before = fs::read_to_string(&session).expect("it is there");
    let mut screen = Screen::open(&session, (160, 40));
    let other = home.path().join("other.toml");
    screen.keys("1 Down 2 Right S C-u").type_in(&other.display().to_string()).keys("Enter");
    screen.shows("saved");
    screen.shows("other.toml");
    assert_eq!(fs::read_to_string(&session).expect("it is there"), before, "the first file stays as it was");
    agrees_with_replay(&screen, home.path(), &other);
    // From now on that is the session's file, and only what exists besides is asked about.
    screen.keys("Right s");
    assert!(!fs::read_to_string(&other).expect("it was saved").contains("n_fft"), "2048 is the default");
    agrees_with_replay(&screen, home.path(), &other);
    screen.keys("S C-u").type_in(&session.display().to_string()).keys("Enter");
    screen.shows("Replace it?");
    screen.keys("y");
    screen.shows("saved");
    assert_ne!(fs::read_to_string(&session).expect("it was saved"), before);
}

#[test]
fn quitting_asks_only_when_something_would_be_lost() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("1 Down 2 Right q");
    screen.shows("Unsaved changes");
    assert!(!screen.over);
    screen.keys("Esc u q");
    assert!(screen.over, "undone: there is nothing to lose");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("1 Down 2 Right q s");
    assert!(screen.over);
    let text = fs::read_to_string(&session).expect("it was saved");
    assert!(text.contains("n_fft = 1024"), "{text}");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("1 Down 2 Right C-c C-c");
    assert!(screen.over, "twice is without asking");
}

#[test]
fn a_sound_file_becomes_a_session_that_is_asked_a_name() {
    let home = scratch();
    let clip = crate::support::root().join("sessions/media/effect.wav");
    let mut screen = Screen::open(&clip, (120, 36));
    let path = home.path().join("mine.toml");
    fs::write(home.path().join("taken.toml"), "not a session").expect("scratch is writable");
    screen.keys("Up Up > s C-u").type_in(&home.path().join("taken").display().to_string()).keys("Enter");
    screen.shows("Replace it?");
    screen.keys("n C-u").type_in(&home.path().join("mine").display().to_string()).keys("Enter");
    screen.shows("auricle replay");
    assert_eq!(fs::read_to_string(home.path().join("taken.toml")).expect("it is there"), "not a session");
    // It opens as it was left: the same stretch of time, the same cursor.
    let again = Screen::open(&path, (120, 36));
    assert!((again.state().cursor - screen.state().cursor).abs() < 1e-9);
    let window = |screen: &Screen| {
        let timeline = screen.state().timeline.expect("the lengths are known");
        (timeline.time(timeline.left), timeline.step)
    };
    let (a, b) = (window(&screen), window(&again));
    assert!((a.0 - b.0).abs() < a.1 && (a.1 - b.1).abs() < 1e-9, "{a:?} {b:?}");
}
