//! Stages that come, go, move and are wired otherwise; the history of it all; and what the saved session replays to.

use crate::screen::{Screen, replayed, written};
use crate::support::{built, scratch};
use auricle::tui::{Event, Focus, Key, Overlay};
use std::fs;
use std::process::Command;

fn ids(screen: &Screen) -> Vec<&str> {
    screen.state().pipeline.stages.iter().map(|stage| stage.id.as_str()).collect()
}

#[test]
fn a_stage_is_added_after_the_chosen_one_and_wired_to_it() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("1 Home a");
    screen.shows("Add a stage after audio");
    screen.shows("Change sound");
    screen.type_in("effect gain");
    screen.shows("effect.gain");
    screen.keys("Enter");
    assert_eq!(ids(&screen), ["audio", "gain", "levels", "save_audio", "save_levels"]);
    assert_eq!(screen.state().stage().map(|stage| stage.id.as_str()), Some("gain"), "the new stage is chosen");
    assert!(!screen.state().pipeline.has_problems(), "{}", screen.text());
    // A writer of what the new stage gives has a file of its own.
    screen.keys("a").type_in("write npy").keys("Enter s");
    let text = fs::read_to_string(&session).expect("it was saved");
    assert!(text.contains("use = \"write.npy\"\ninput = \"gain\"\nparameters = { path = \"gain.npy\" }"), "{text}");
    assert_eq!(replayed(home.path(), &session, "gain.npy").values, replayed(home.path(), &session, "audio.npy").values);
    screen.keys("u u");
    assert_eq!(ids(&screen), ["audio", "levels", "save_audio", "save_levels"]);
}

#[test]
fn a_stage_goes_in_between_and_its_removal_heals_the_wiring() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let before = fs::read_to_string(&session).expect("it is there");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("1 Home a").type_in("effect gain").keys("Tab");
    screen.shows("in between");
    screen.keys("Enter 2 Enter C-u").type_in("-12").keys("Enter s");
    let text = fs::read_to_string(&session).expect("it was saved");
    assert_eq!(text.matches("input = \"gain\"").count(), 2, "{text}");
    let quieter = replayed(home.path(), &session, "audio.npy");
    screen.keys("1 x s");
    assert_eq!(ids(&screen), ["audio", "levels", "save_audio", "save_levels"]);
    let loud = replayed(home.path(), &session, "audio.npy");
    let ratio = quieter.values[4_000] / loud.values[4_000];
    assert!((ratio - 10f64.powf(-12.0 / 20.0)).abs() < 1e-4, "{ratio}");
    screen.keys("u u u s");
    let stages = |text: &str| text.split("[view]").next().unwrap_or_default().trim_end().to_owned();
    assert_eq!(stages(&fs::read_to_string(&session).expect("it was saved")), stages(&before));
}

#[test]
fn only_what_fits_is_marked_and_the_rest_says_why() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (160, 50));
    screen.keys("1 Home Down a").type_in("effect.gain");
    screen.shows("does not fit: expected audio, got tensor");
    screen.shows("· effect.gain");
    screen.keys("C-u").type_in("db.power");
    screen.shows("db.power");
    screen.keys("Esc");
    assert!(screen.state().overlay.is_none());
    assert_eq!(ids(&screen).len(), 4, "nothing was added");
    // Everything that is marked does plan.
    screen.keys("1 Home a");
    let Some(Overlay::Offers { offers, .. }) = &screen.state().overlay else { panic!("the list is there") };
    let fitting: Vec<_> =
        offers.all.iter().filter(|offer| offer.fits.is_ok()).map(|offer| offer.edit.clone()).collect();
    assert!(fitting.len() > 30, "{}", fitting.len());
    let named = |name: &str| offers.all.iter().find(|offer| offer.name == name).map(|offer| offer.fits.clone());
    assert_eq!(named("resample.soxr"), Some(Ok(())), "what must be given is asked for afterwards");
    let registry = auricle_engine::Registry::scan(&[auricle_engine::SearchDir {
        path: built().to_owned(),
        place: auricle_engine::Place::Bundled,
    }]);
    let opened = auricle_engine::Session::load(&session).expect("it is there");
    for edit in fitting {
        let mut session = opened.clone();
        session.apply(&edit).expect("the edit applies");
        let faults = auricle_engine::Plan::new(&session, &registry, &[]).err().unwrap_or_default();
        let others: Vec<_> = faults.iter().filter(|fault| !fault.message.starts_with("it must be given")).collect();
        assert!(others.is_empty(), "{edit:?}: {others:?}");
    }
}

#[test]
fn an_input_is_wired_to_another_output_and_to_none_that_does_not_fit() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("1 Home a").type_in("effect gain").keys("Enter 1 End w");
    screen.shows("What feeds save_levels");
    screen.shows("● levels");
    screen.type_in("gain").keys("Enter s");
    assert!(fs::read_to_string(&session).is_ok_and(|text| text.contains("input = \"gain\"")));
    screen.keys("Home w").type_in("levels").keys("Enter");
    screen.shows("levels is fed by audio");
    assert!(screen.state().overlay.is_some(), "the list stays to choose another");
    screen.keys("Esc Down w");
    // A circle is refused in words.
    screen.type_in("levels");
    screen.shows("gain");
    screen.keys("Esc");
}

#[test]
fn stages_are_duplicated_renamed_and_moved() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("1 End d");
    assert_eq!(ids(&screen)[4], "save_levels_2");
    screen.keys("n C-u").type_in("again").keys("Enter");
    assert_eq!(ids(&screen)[4], "again");
    screen.keys("K K K K K");
    assert_eq!(ids(&screen), ["again", "audio", "levels", "save_audio", "save_levels"]);
    screen.keys("J s");
    assert_eq!(ids(&screen)[1], "again");
    assert_eq!(screen.state().focus, Focus::Pipeline);
    let (a, b) = (replayed(home.path(), &session, "levels.npy"), replayed(home.path(), &session, "levels-2.npy"));
    assert_eq!(a.values, b.values);
    // A name that is taken, or is none, is refused.
    screen.keys("n C-u").type_in("audio").keys("Enter");
    screen.shows("taken");
}

#[test]
fn the_history_has_names_and_any_of_it_can_be_gone_to() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("1 Home Down 2 Right");
    screen.keys("1 b");
    screen.keys("Home a").type_in("effect.gain").keys("Enter U");
    for name in ["as it was opened", "set levels.n_fft 512 -> 1024", "bypass levels", "add gain (effect.gain) <- audio"]
    {
        screen.shows(name);
    }
    screen.keys("Up Up Enter");
    assert_eq!((screen.state().history.undo.len(), screen.state().history.redo.len()), (1, 2));
    assert_eq!(ids(&screen).len(), 4);
    assert!(screen.state().pipeline.stages.iter().all(|stage| !stage.bypass));
    screen.keys("U Down Down Enter");
    assert_eq!(ids(&screen).len(), 5);
    screen.keys("U Home Enter");
    assert!(!screen.state().history.is_modified(), "that is as it was saved");
    screen.keys("C-r");
    screen.shows("redone: set levels.n_fft 512 -> 1024");
    screen.keys("u");
    screen.shows("undone: set levels.n_fft 512 -> 1024");
}

#[test]
fn keys_that_follow_one_another_fast_each_act_on_what_the_one_before_has_left() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (120, 36));
    screen.keys("1 End");
    for _ in 0..3 {
        screen.receive(Event::Key(Key::parse("x").expect("it is a key")));
    }
    screen.settle();
    assert_eq!(ids(&screen), ["audio"]);
    for name in ["u", "u", "u", "K"] {
        screen.receive(Event::Key(Key::parse(name).expect("it is a key")));
    }
    screen.settle();
    assert_eq!(ids(&screen).len(), 4);
    assert!(!screen.state().pipeline.has_problems(), "{}", screen.text());
}

/// Runs a shell line in `home` and gives the hashes of all outputs.
fn hashes(home: &std::path::Path, line: &str) -> Vec<String> {
    let paths = std::env::join_paths(
        std::iter::once(built().to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let run = Command::new("sh")
        .args(["-c", line])
        .current_dir(home)
        .env("PATH", paths.expect("no path has a colon"))
        .env_remove("AURICLE_PLUGIN_PATH")
        .env("HOME", home)
        .output()
        .expect("there is a shell");
    assert!(run.status.success(), "{line}\n{}", String::from_utf8_lossy(&run.stderr));
    let report = fs::read(home.join("out/report.json")).expect("it has a report");
    let report: serde_json::Value = serde_json::from_slice(&report).expect("it is JSON");
    let stages = report["stages"].as_array().expect("it has stages");
    stages
        .iter()
        .flat_map(|stage| stage["outputs"].as_array().cloned().unwrap_or_default())
        .map(|output| output["hash"].to_string())
        .collect()
}

#[test]
fn the_shell_line_does_what_is_on_the_screen() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::open(&session, (200, 50));
    let line = |screen: &mut Screen| {
        screen.keys("$");
        let Some(Overlay::Text(_, line, _)) = &screen.state().overlay else { panic!("the line is there") };
        let line = line.clone();
        screen.keys("Esc");
        line
    };
    let saved = |screen: &mut Screen, name: &str| {
        let path = home.path().join(name);
        screen.keys("S C-u").type_in(&path.display().to_string()).keys("Enter");
        hashes(home.path(), &format!("auricle replay {} --out out", path.display()))
    };
    let plain = line(&mut screen);
    assert!(plain.ends_with("session.toml --out out") && !plain.contains("--set"), "{plain}");
    let first = hashes(home.path(), &plain);
    // Parameters that are not saved stand in the line.
    screen.keys("1 Home Down 2 Right Down Enter C-u").type_in("200").keys("Enter");
    let set = line(&mut screen);
    assert!(set.contains("--set levels.n_fft=1024 --set levels.hop_length=200"), "{set}");
    let second = hashes(home.path(), &set);
    assert_ne!(first, second);
    assert_eq!(second, saved(&mut screen, "second.toml"));
    // More than that is put into the line as a whole.
    screen.keys("1 Home a").type_in("effect.gain").keys("Enter");
    let whole = line(&mut screen);
    assert!(whole.starts_with("auricle replay - --out out <<'END'\n"), "{whole}");
    assert_eq!(hashes(home.path(), &whole), saved(&mut screen, "third.toml"));
    screen.keys("$ y");
    screen.shows("clipboard");
}

#[test]
fn an_input_that_is_missing_is_given_another_file() {
    let home = scratch();
    let session = home.path().join("session.toml");
    let text = "auricle = 1\n[inputs]\nclip = \"gone.wav\"\n[[stage]]\nid = \"read\"\nuse = \"read.audio\"\ninput = \"clip\"\n";
    fs::write(&session, text).expect("scratch is writable");
    fs::copy(crate::support::root().join("sessions/media/effect.wav"), home.path().join("here.wav"))
        .expect("it is copied");
    let mut screen = Screen::open(&session, (120, 36));
    screen.shows("gone.wav");
    screen.keys("1 i").type_in("here").keys("Enter");
    assert!(!screen.state().pipeline.has_problems(), "{}", screen.text());
    screen.keys("s U");
    screen.shows("input clip is");
    let text = fs::read_to_string(&session).expect("it was saved");
    assert!(text.contains("clip = \"here.wav\""), "{text}");
    // Another file is opened as before.
    screen.keys("Esc o").type_in("here").keys("Enter");
    assert!(screen.state().pipeline.file.is_empty());
}
