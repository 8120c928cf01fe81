//! Sizes, colours, help, and keys pressed at random.

use crate::screen::{Screen, written};
use crate::support::scratch;
use auricle::tui::{Depth, Event, Focus, Key};
use ratatui::style::Color;

const NAMES: &[&str] = &[
    "Left",
    "Right",
    "Up",
    "Down",
    "h",
    "j",
    "k",
    "l",
    "f",
    "g",
    "G",
    "PgUp",
    "PgDn",
    "Home",
    "End",
    ",",
    ".",
    "<",
    ">",
    "J",
    "K",
    "a",
    "A",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "r",
    "c",
    "y",
    "v",
    "x",
    "b",
    "Enter",
    "Tab",
    "S-Tab",
    "1",
    "2",
    "3",
    "p",
    "u",
    "C-r",
    "Esc",
    "?",
    ":",
    "Backspace",
    "Space",
    "z",
    "7",
    "e",
];

#[test]
fn no_size_and_no_key_makes_it_panic() {
    let home = scratch();
    let session = written(home.path(), "effect.wav", "");
    let mut screen = Screen::open(&session, (80, 24));
    let mut random = 12_345u64;
    let mut next = |most: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % most
    };
    for _ in 0..600 {
        let name = NAMES[next(NAMES.len())];
        screen.receive(Event::Key(Key::parse(name).expect("it is a key")));
        if next(4) == 0 {
            let size = (next(220) as u16, next(60) as u16);
            screen.receive(Event::Resize(size.0, size.1));
        }
        assert!(!screen.over, "{name} ended it");
        screen.buffer();
    }
    screen.settle();
    screen.buffer();
}

#[test]
fn small_screens_say_so_and_every_other_size_has_help_and_quit() {
    let home = scratch();
    let session = written(home.path(), "effect.wav", "");
    let mut screen = Screen::open(&session, (20, 5));
    screen.shows("auricle needs");
    for (width, height) in [(40, 10), (60, 16), (80, 24), (100, 30), (120, 36), (200, 50), (300, 80)] {
        screen.receive(Event::Resize(width, height));
        screen.settle();
        for focus in ["3", "1", "2"] {
            screen.keys(focus);
            let lines = screen.lines();
            let footer = lines.last().expect("there are lines").clone();
            assert!(footer.starts_with(" ? help  q quit"), "{width}x{height}: {footer:?}");
            assert!(!footer.contains('…'), "{width}x{height}: {footer:?}");
        }
    }
}

#[test]
fn each_depth_gets_only_colours_that_it_has() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    for depth in [Depth::True, Depth::Indexed, Depth::Sixteen, Depth::None] {
        let mut screen = Screen::new((100, 30), depth);
        screen.bench.open(auricle::tui::Open::Session(session.clone()));
        screen.settle();
        for keys in ["", "c", "1 Down", "2 Enter", "Esc ?", "Esc 3 Space"] {
            screen.keys(keys);
            for cell in &screen.buffer().content {
                for colour in [cell.fg, cell.bg] {
                    let fits = match depth {
                        Depth::True => true,
                        Depth::Indexed => !matches!(colour, Color::Rgb(..)),
                        Depth::Sixteen => !matches!(colour, Color::Rgb(..) | Color::Indexed(_)),
                        Depth::None => colour == Color::Reset,
                    };
                    assert!(fits, "{depth:?}: {cell:?}");
                }
            }
        }
        if depth == Depth::None {
            // Levels are told by shades then, and the waveform by its shape.
            for shade in ["░", "▒", "▓"] {
                screen.shows(shade);
            }
        }
    }
}

#[test]
fn help_lists_every_key_and_scrolls() {
    let home = scratch();
    let session = written(home.path(), "effect.wav", "");
    let mut screen = Screen::open(&session, (80, 24));
    screen.keys("2 ?");
    screen.shows("Parameters  (here)");
    let mut seen = screen.text();
    for _ in 0..20 {
        screen.keys("PgDn");
        seen.push_str(&screen.text());
    }
    for expected in ["Play, or hold", "Zoom in on the cursor", "Type a value", "Back to the default", "Ctrl+R", "Undo"]
    {
        assert!(seen.contains(expected), "{expected}");
    }
    screen.keys("Esc");
    assert!(screen.state().overlay.is_none());
}

#[test]
fn the_palette_finds_actions_and_runs_them() {
    let home = scratch();
    let session = written(home.path(), "effect.wav", "");
    let mut screen = Screen::open(&session, (80, 24));
    screen.keys(":").type_in("next colour").keys("Enter");
    screen.shows("magma");
    screen.keys("1 C-p").type_in("zoom in cursor").keys("Enter");
    assert_eq!(screen.state().focus, Focus::Lanes);
    assert!(screen.state().timeline.is_some_and(|timeline| !timeline.is_fit()));
}

#[test]
fn an_unknown_key_names_the_nearest() {
    let home = scratch();
    let session = written(home.path(), "effect.wav", "");
    let mut screen = Screen::open(&session, (120, 30));
    screen.keys("F");
    screen.shows("F does nothing here; nearest: f - show all of it");
    screen.keys("1 c");
    screen.shows("in the lanes (3) it is: next colour map");
    screen.keys("Up");
    screen.shows_not("does nothing");
}

#[test]
fn computing_can_be_stopped() {
    let home = scratch();
    let session = written(home.path(), "speech.flac", "");
    let mut screen = Screen::new((120, 36), Depth::True);
    screen.bench.open(auricle::tui::Open::Session(session));
    screen.until("it is being computed", |screen| {
        let computing = screen.state().grid().is_some_and(|grid| grid.is_computing());
        if !computing {
            screen.settle_one();
        }
        computing
    });
    screen.shows("Esc stops");
    screen.receive(Event::Key(Key::parse("Esc").expect("it is a key")));
    assert!(!screen.state().grid().is_some_and(|grid| grid.is_computing()));
    screen.shows("stopped");
    // Any move goes on.
    screen.keys("Up");
    screen.shows_not("stopped");
}
