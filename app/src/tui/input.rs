//! Threads that wait for keys and signals, and turn them into events.

use super::background::Answer;
use super::event::{Event, Gesture, Mouse};
use super::graphics::Pictures;
use super::graphics::answer::Answers;
use super::key::Key;
use super::terminal;
use ratatui::crossterm::event::{self, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
#[cfg(unix)]
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

#[cfg(unix)]
const SIGNALS: [i32; 5] = [SIGTERM, SIGINT, SIGHUP, SIGTSTP, SIGCONT];
#[cfg(not(unix))]
const SIGNALS: [i32; 2] = [SIGTERM, SIGINT];

/// How long the terminal is waited for when it was asked for pictures. What comes later is left out of the keys.
const PATIENCE: Duration = Duration::from_millis(400);

/// Reads keys until nobody listens or the terminal is gone; before them, if it was asked, what pictures the terminal
/// has, for a user who wants them so, and a cell as the system knows it.
///
/// # Errors
/// The system gives no thread.
pub fn read_keys(events: Sender<Event>, asked: Option<(Pictures, Option<(u16, u16)>)>) -> io::Result<()> {
    std::thread::Builder::new().name("keys".into()).spawn(move || {
        if let Some((pictures, cell)) = asked {
            let before = ratatui::crossterm::terminal::size().ok();
            let answers = hear_answers();
            // Nobody watched the window meanwhile.
            let now = ratatui::crossterm::terminal::size().ok().filter(|now| Some(*now) != before);
            let resized = now.map(|(width, height)| Event::Resize(width, height));
            let graphics = Event::Graphics(answers.graphics(pictures, cell));
            let found = answers.background.map(Event::Background).into_iter().chain([graphics]).chain(resized);
            if found.chain(answers.typed.into_iter().map(Event::Key)).any(|event| events.send(event).is_err()) {
                return;
            }
        }
        let (mut answer, mut clicks) = (Answer::default(), Clicks::default());
        while let Ok(read) = event::read() {
            let event = translate(read).map(|event| clicks.take(event, Instant::now()));
            let picked = event.map_or_else(Vec::new, |event| answer.pick(event, terminal::is_asked()));
            picked.iter().filter(|event| matches!(event, Event::Background(_))).for_each(|_| terminal::answered());
            if picked.into_iter().any(|event| events.send(event).is_err()) {
                return;
            }
        }
        // A terminal that cannot be read any more has hung up; if nobody listens, all is over anyway.
        let _ = events.send(Event::Signal(HANGUP));
    })?;
    Ok(())
}

/// What the terminal answers, until it has answered all or nothing comes any more.
#[cfg(unix)]
fn hear_answers() -> Answers {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let terminal = rustix::stdio::stdin();
    let (began, mut bytes, mut is_there) = (Instant::now(), Vec::new(), false);
    loop {
        let answers = Answers::read(&bytes);
        if answers.background.is_some() && !is_there {
            is_there = true;
            terminal::answered();
        }
        let left = PATIENCE.saturating_sub(began.elapsed());
        if answers.is_all || left.is_zero() || bytes.len() > 1 << 16 {
            return answers;
        }
        let timeout = Timespec { tv_sec: 0, tv_nsec: left.subsec_nanos().into() };
        let timeout = Timespec { tv_sec: left.as_secs() as i64, ..timeout };
        let mut ready = [PollFd::new(&terminal, PollFlags::IN)];
        let mut piece = [0; 4096];
        match poll(&mut ready, Some(&timeout)) {
            Ok(0) => return answers,
            Ok(_) => match rustix::io::read(terminal, &mut piece) {
                Ok(count) if count > 0 => bytes.extend(&piece[..count]),
                Err(error) if error == rustix::io::Errno::INTR => {}
                _ => return answers,
            },
            Err(error) if error == rustix::io::Errno::INTR => {}
            Err(_) => return answers,
        }
    }
}

#[cfg(not(unix))]
fn hear_answers() -> Answers {
    Answers::default()
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

/// Throws away what was typed or answered and not read.
pub fn forget() {
    #[cfg(unix)]
    // If the system refuses, the next program has to read it.
    let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
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

/// Two presses in one place within this time are one gesture.
const TWICE: Duration = Duration::from_millis(400);

/// The last press of the button.
#[derive(Default)]
struct Clicks(Option<(Instant, u16, u16)>);

impl Clicks {
    fn take(&mut self, event: Event, now: Instant) -> Event {
        let Event::Mouse(Mouse { x, y, gesture: Gesture::Press }) = event else { return event };
        let again = |(then, a, b): (Instant, u16, u16)| (a, b) == (x, y) && now.duration_since(then) < TWICE;
        if self.0.take().is_some_and(again) {
            return Event::Mouse(Mouse { x, y, gesture: Gesture::Double });
        }
        self.0 = Some((now, x, y));
        event
    }
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
        MouseEventKind::Down(MouseButton::Right) => Gesture::Menu,
        MouseEventKind::Up(MouseButton::Left) => Gesture::Release,
        MouseEventKind::Drag(MouseButton::Left) => Gesture::Drag,
        MouseEventKind::Moved => Gesture::Move,
        MouseEventKind::ScrollDown => turn(1),
        MouseEventKind::ScrollUp => turn(-1),
        _ => return None,
    };
    Some(Mouse { x: mouse.column, y: mouse.row, gesture })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_presses_in_one_place_are_a_double() {
        let (mut clicks, start) = (Clicks::default(), Instant::now());
        let press = |x| Event::Mouse(Mouse { x, y: 3, gesture: Gesture::Press });
        for (ms, x, double) in [(0, 5, false), (200, 5, true), (300, 5, false), (350, 6, false), (900, 6, false)] {
            let event = clicks.take(press(x), start + Duration::from_millis(ms));
            let Event::Mouse(Mouse { gesture, .. }) = event else { panic!("{event:?}") };
            assert_eq!(gesture == Gesture::Double, double, "{ms} ms");
        }
    }
}
