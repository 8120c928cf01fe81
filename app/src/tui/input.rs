//! Threads that wait for keys and signals, and turn them into events.

use super::background::Answer;
use super::event::{Event, Gesture, Mouse};
use super::key::Key;
use super::terminal;
use ratatui::crossterm::event::{self, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
#[cfg(unix)]
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io;
use std::sync::mpsc::Sender;

#[cfg(unix)]
const SIGNALS: [i32; 5] = [SIGTERM, SIGINT, SIGHUP, SIGTSTP, SIGCONT];
#[cfg(not(unix))]
const SIGNALS: [i32; 2] = [SIGTERM, SIGINT];

/// Reads keys until nobody listens or the terminal is gone.
///
/// # Errors
/// The system gives no thread.
pub fn read_keys(events: Sender<Event>) -> io::Result<()> {
    std::thread::Builder::new().name("keys".into()).spawn(move || {
        let mut answer = Answer::default();
        while let Ok(read) = event::read() {
            let picked = translate(read).map_or_else(Vec::new, |event| answer.pick(event));
            if picked.into_iter().any(|event| events.send(event).is_err()) {
                return;
            }
        }
        // A terminal that cannot be read any more has hung up; if nobody listens, all is over anyway.
        let _ = events.send(Event::Signal(HANGUP));
    })?;
    Ok(())
}

#[cfg(unix)]
const HANGUP: i32 = SIGHUP;
#[cfg(not(unix))]
const HANGUP: i32 = SIGTERM;

/// Watches for signals. The first that asks to end is an event, a second ends the program at once.
///
/// # Errors
/// The system refuses.
pub fn watch_signals(events: Sender<Event>) -> io::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new(SIGNALS)?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        let mut asked = false;
        for signal in signals.forever() {
            let ends = signal == SIGTERM || signal == SIGINT || signal == HANGUP;
            if (ends && std::mem::replace(&mut asked, true)) || events.send(Event::Signal(signal)).is_err() {
                terminal::restore();
                // If even this fails, nothing is left to try.
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        }
    })?;
    Ok(())
}

/// Does the signal ask to stop for a while, or tell that it goes on?
pub fn is_suspension(signal: i32) -> Option<bool> {
    #[cfg(unix)]
    return match signal {
        SIGTSTP => Some(true),
        SIGCONT => Some(false),
        _ => None,
    };
    #[cfg(not(unix))]
    return None;
}

/// Asks this program, and those that were started with it, to stop, as Ctrl+Z does in a shell: a script around the
/// program has to stop too. The signal comes back as an event.
pub fn ask_to_suspend() {
    #[cfg(unix)]
    // If the system refuses, the program goes on.
    let _ = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
}

/// Stops; returns when the program goes on.
pub fn suspend() {
    #[cfg(unix)]
    // If the system refuses, the program goes on.
    let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
}

fn translate(read: event::Event) -> Option<Event> {
    match read {
        event::Event::Key(key) if key.kind != KeyEventKind::Release => Some(Event::Key(Key::new(&key))),
        event::Event::Mouse(mouse) => translate_mouse(mouse).map(Event::Mouse),
        event::Event::Paste(text) => Some(Event::Paste(text)),
        event::Event::Resize(width, height) => Some(Event::Resize(width, height)),
        _ => None,
    }
}

fn translate_mouse(mouse: MouseEvent) -> Option<Mouse> {
    let control = mouse.modifiers.contains(KeyModifiers::CONTROL);
    let turn = |by| if control { Gesture::Zoom(by) } else { Gesture::Wheel(by) };
    let gesture = match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => Gesture::Press,
        MouseEventKind::Drag(MouseButton::Left) => Gesture::Drag,
        MouseEventKind::Moved => Gesture::Move,
        MouseEventKind::ScrollDown => turn(1),
        MouseEventKind::ScrollUp => turn(-1),
        _ => return None,
    };
    Some(Mouse { x: mouse.column, y: mouse.row, gesture })
}
