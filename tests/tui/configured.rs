//! What the user configures: keys, themes, and how faults in the configuration are told.

use crate::screen::{Screen, written};
use crate::support::{auricle, scratch};
use auricle::tui::{Config, Depth, Event, Open, Theme};
use ratatui::style::Color;
use std::fs;

fn configured(text: &str, session: &std::path::Path, size: (u16, u16)) -> Screen {
    let config = Config::parse(text, "config.toml").expect("the configuration is right");
    let mut screen = Screen::configured(size, Depth::True, config);
    screen.bench.open(Open::Session(session.to_owned()));
    screen.settle();
    screen
}

#[test]
fn other_keys_do_and_are_shown_everywhere() {
    let home = scratch();
    let session = written(home.path(), "effect.wav", "");
    let mut screen = configured("[keys]\nzoom-in = \"F7\"\nhelp = [\"Ctrl+G\"]\n", &session, (200, 50));
    screen.keys("Up");
    screen.shows("does nothing here");
    screen.keys("F7");
    assert!(screen.state().timeline.is_some_and(|timeline| !timeline.is_fit()));
    for width in [60, 80, 120, 200] {
        screen.receive(Event::Resize(width, 50));
        screen.settle();
        let footer = screen.lines().last().expect("there are lines").clone();
        assert!(footer.starts_with(" Ctrl+G help  q quit"), "{width}: {footer:?}");
        assert!(!footer.contains('…'), "{width}: {footer:?}");
    }
    screen.shows("F7 ↓ zoom");
    screen.keys("C-g");
    let line = screen.lines().into_iter().find(|line| line.contains("Zoom in on the cursor")).expect("it is listed");
    assert!(line.contains(" F7 "), "{line}");
    screen.keys("Esc :").type_in("zoom in");
    let line = screen.lines().into_iter().find(|line| line.contains("Zoom in on the cursor")).expect("it is found");
    assert!(line.contains(" F7 "), "{line}");
}

#[test]
fn the_terminal_or_the_user_decides_the_theme() {
    let home = scratch();
    let session = written(home.path(), "effect.wav", "");
    let mut screen = configured("", &session, (120, 36));
    let heading = |screen: &Screen| {
        let (x, y) = screen.find("auricle").expect("it is there");
        let cell = screen.cell(x, y);
        (cell.fg, cell.bg)
    };
    let dark = heading(&screen);
    screen.receive(Event::Background([250, 250, 250]));
    let light = heading(&screen);
    assert_ne!(light.0, dark.0);
    assert_eq!(light.1, Color::Reset, "the terminal's own background stays");
    assert_eq!(screen.state().theme, Theme::Light);
    screen.receive(Event::Background([10, 10, 10]));
    assert_eq!(heading(&screen), dark);
    // What the user names stays, and has its own background.
    for (name, theme) in [("dark", Theme::Dark), ("light", Theme::Light), ("high-contrast", Theme::HighContrast)] {
        let mut screen = configured(&format!("theme = {name:?}"), &session, (120, 36));
        screen.receive(Event::Background([128, 0, 0]));
        assert_eq!(screen.state().theme, theme);
        let buffer = screen.buffer();
        assert!(buffer.content.iter().all(|cell| cell.fg != Color::Reset && cell.bg != Color::Reset), "{name}");
    }
    let screen = configured("theme = \"sixteen\"", &session, (120, 36));
    let named = |colour: Color| !matches!(colour, Color::Rgb(..) | Color::Indexed(_));
    assert!(screen.buffer().content.iter().all(|cell| named(cell.fg) && named(cell.bg)));
}

#[test]
fn keys_are_listed_as_they_are_configured() {
    let home = scratch();
    let config = home.path().join("mine.toml");
    fs::write(&config, "[keys]\nzoom-in = [\"F7\", \"Ctrl+Up\"]\n").expect("scratch is writable");
    let run = |args: &[&str]| {
        let out = auricle(home.path()).arg("--config").arg(&config).args(args).output().expect("the program starts");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).expect("it is text")
    };
    let table = run(&["keys"]);
    let line = table.lines().find(|line| line.starts_with("zoom-in ")).expect("it is listed");
    assert_eq!(line.split_whitespace().collect::<Vec<_>>().join(" "), "zoom-in F7 Ctrl+↑ lanes Zoom in on the cursor");
    let json: serde_json::Value = serde_json::from_str(&run(&["keys", "--json"])).expect("it is JSON");
    let rows = json.as_array().expect("it is a list");
    assert_eq!(rows.len(), table.lines().count() - 1);
    let undo = rows.iter().find(|row| row["action"] == "undo").expect("it is listed");
    assert_eq!(undo["keys"], serde_json::json!(["u"]));
    assert_eq!(undo["focus"], "everywhere");
}

#[test]
fn faults_of_the_configuration_are_told_with_their_place() {
    let home = scratch();
    let dir = home.path().join("config/auricle");
    fs::create_dir_all(&dir).expect("scratch is writable");
    fs::write(dir.join("config.toml"), "theme = \"dork\"\n[keys]\nzoom-inn = \"F7\"\nundo = \"q\"\n")
        .expect("it is writable");
    let run = auricle(home.path()).arg("keys").env("XDG_CONFIG_HOME", home.path().join("config")).output();
    let run = run.expect("the program starts");
    assert_eq!(run.status.code(), Some(2));
    assert!(run.stdout.is_empty());
    let told = String::from_utf8_lossy(&run.stderr);
    for expected in [
        "config.toml:1:9: theme: expected auto, dark, light, high-contrast, sixteen, got \"dork\"; did you mean dark?",
        "config.toml:3:1: there is no action \"zoom-inn\"; did you mean zoom-in",
        "config.toml:4:8: undo: q is the key of quit by default; give quit another key, or []",
    ] {
        assert!(told.contains(expected), "{told}");
    }
    // One that is named must be there; the usual one need not be.
    let run = auricle(home.path()).args(["keys", "--config", "none.toml"]).output().expect("the program starts");
    assert_eq!(run.status.code(), Some(2));
    let other = scratch();
    assert!(auricle(other.path()).arg("keys").output().is_ok_and(|run| run.status.success()));
}

#[test]
fn what_was_opened_before_is_on_the_welcome_screen() {
    let home = scratch();
    let session = written(home.path(), "effect.wav", "");
    let state = home.path().join("state");
    let mut screen = Screen::with_state(&state);
    screen.shows("search everything there is to do");
    screen.shows_not("recent");
    screen.bench.open(Open::Session(session));
    screen.settle();
    let mut screen = Screen::with_state(&state);
    screen.shows("recent");
    screen.shows("session.toml");
    screen.keys("Down Down Down Down Enter");
    assert!(screen.state().is_open, "{}", screen.text());
}
