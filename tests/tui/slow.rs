//! Terminals that take little, or nothing more: what is pressed is answered, and the program ends.

use crate::support::{built, root, scratch};
use crate::terminal::{Pty, Taking, is_given_back};
use std::time::{Duration, Instant};

/// A serial line of 9600 baud: ten bits a byte.
const SERIAL: Taking = Taking { bytes: 96, pause: Duration::from_millis(100), answers: false, last: None };

fn open(home: &std::path::Path, size: (u16, u16), taking: Taking) -> Pty {
    let clip = root().join("sessions/media/speech.flac").display().to_string();
    Pty::taking(home, &built().join("auricle"), &[&clip], size, &[("COLORTERM", "truecolor")], taking)
}

#[test]
fn a_terminal_that_takes_nothing_more_holds_up_nobody() {
    let home = scratch();
    // Nobody reads from the first picture on: what follows does not fit between the two.
    let mut pty = open(home.path(), (50, 200), Taking { last: Some("▀"), ..Taking::default() });
    pty.drain();
    for keys in ["c", "f", "\x1b[A", "\x1b[A", "c"] {
        pty.press(keys);
    }
    let began = Instant::now();
    pty.press("q");
    let status = pty.child.wait().expect("it ends");
    assert_eq!(status.exit_code(), 0);
    assert!(began.elapsed() < Duration::from_secs(3), "it took {:?}", began.elapsed());
}

#[test]
fn keys_are_answered_on_a_line_of_9600_baud() {
    // A whole picture takes a minute. One that answers is known as slow before anything stands in a queue; of another
    // it is seen when the queue is full.
    for (answers, known) in [(true, 15), (false, 40)] {
        let home = scratch();
        let mut pty = open(home.path(), (36, 120), Taking { answers, ..SERIAL });
        let began = Instant::now();
        pty.until("it says that the line is slow", |screen| screen.contents().contains("this line is slow"));
        assert!(began.elapsed() < Duration::from_secs(known), "answers {answers}: {:?}", began.elapsed());
        let mut press = |key: &str, is_answered: fn(&str) -> bool| {
            let began = Instant::now();
            pty.press(key);
            pty.until(key, |screen| is_answered(&screen.contents()));
            assert!(began.elapsed() < Duration::from_secs(10), "answers {answers}, {key:?}: {:?}", began.elapsed());
        };
        press("c", |text| text.contains("magma"));
        press("?", |text| text.contains("Keys"));
        press("\x1b", |text| !text.contains("Keys"));
        let began = Instant::now();
        pty.press("q");
        let (code, parser) = pty.end();
        assert_eq!(code, 0);
        assert!(began.elapsed() < Duration::from_secs(8), "answers {answers}, q: {:?}", began.elapsed());
        is_given_back(&parser);
    }
}
