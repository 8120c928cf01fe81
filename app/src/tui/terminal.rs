//! The terminal: taken over, painted beside all else, and given back whatever happens.

use super::canvas::Frame;
use super::colour::Depth;
use super::graphics::answer::questions;
use super::graphics::{Graphics, Image, KITTY_CLEAR};
use super::painter::Painter;
use super::theme::Theme;
use super::{clipboard, input};
use auricle_sound::QuietStderr;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use ratatui::crossterm::style::force_color_output;
use ratatui::crossterm::terminal::{self, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen};
use ratatui::crossterm::{cursor, queue};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};

/// Is the terminal ours?
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Who paints on it: whoever gives it back has to know.
static PAINTER: Mutex<Option<Painter>> = Mutex::new(None);

/// The terminal while it is ours.
pub struct Terminal {
    painter: Painter,
    /// Standard error goes nowhere: sound libraries write to it.
    quiet: Option<QuietStderr>,
}

impl Terminal {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// Standard output is no terminal, or does not do what it is told.
    pub fn take() -> io::Result<Self> {
        // crossterm would turn each colour into a full reset under NO_COLOR; the cells have none by then.
        force_color_output(true);
        restore_on_panic();
        let painter = Painter::start()?;
        *PAINTER.lock().unwrap_or_else(PoisonError::into_inner) = Some(painter.clone());
        let mut terminal = Terminal { painter, quiet: None };
        terminal.enter()?;
        Ok(terminal)
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// Nobody knows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        terminal::size()
    }

    /// Takes the terminal over again, and draws all of the next frame.
    ///
    /// # Errors
    /// The terminal does not do what it is told.
    pub fn enter(&mut self) -> io::Result<()> {
        self.quiet = QuietStderr::new(None).ok();
        TAKEN.store(true, Ordering::SeqCst);
        terminal::enable_raw_mode()?;
        let mut words = Vec::new();
        queue!(words, EnterAlternateScreen, cursor::Hide, EnableMouseCapture, EnableBracketedPaste)?;
        self.painter.say(&words);
        self.painter.go_on();
        Ok(())
    }

    /// A cell in pixels, as the system knows it.
    pub fn cell(&self) -> Option<(u16, u16)> {
        let size = terminal::window_size().ok()?;
        let cell = (size.width.checked_div(size.columns)?, size.height.checked_div(size.rows)?);
        (cell.0 > 0 && cell.1 > 0).then_some(cell)
    }

    /// Asks what pictures it shows; the answer is to be read before keys are. Says whether it was asked.
    pub fn ask_pictures(&self) -> bool {
        let term = std::env::var("TERM").unwrap_or_default();
        let questions = questions(&term, std::env::var_os("TMUX").is_some());
        self.painter.say(questions.as_bytes());
        !questions.is_empty()
    }

    /// Asks for the background's colour; the answer, if there is one, comes among the keys.
    pub fn ask_background(&self) {
        // The Linux console prints what it does not know.
        if std::env::var("TERM").is_ok_and(|term| term != "linux" && term != "dumb") {
            self.painter.ask();
        }
    }

    /// Gives the terminal's clipboard a text.
    pub fn copy(&self, text: &str) {
        self.painter.say(clipboard::sequence(text).as_bytes());
    }

    /// Gives the terminal back, for a while or for good.
    pub fn leave(&mut self) {
        restore();
        self.quiet = None;
    }

    /// All of the next frame will be drawn.
    pub fn forget(&self) {
        self.painter.forget();
    }

    /// Has the terminal begun with the last frame? Until then another would only take its place.
    pub fn is_ready(&self) -> bool {
        self.painter.is_ready()
    }

    /// Is the line to it too slow for pictures and many colours?
    pub fn is_slow(&self) -> bool {
        self.painter.is_slow()
    }

    /// Draws what has changed since the last frame, as fast as the terminal takes it; `pictures` stand in marked cells.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(&self, cells: Buffer, pictures: Vec<Image>, graphics: Option<Graphics>) -> io::Result<()> {
        self.painter.paint(Frame { cells, pictures, graphics })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.leave();
        self.painter.end();
    }
}

fn painter() -> Option<Painter> {
    PAINTER.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The terminal has answered what tells that it has come so far.
pub fn answered() {
    if let Some(painter) = painter() {
        painter.answered();
    }
}

/// Is such an answer still to come?
pub fn is_asked() -> bool {
    painter().is_some_and(|painter| painter.is_asked())
}

/// Gives the terminal back, if it is ours. From any thread, at any time, and soon, also if it takes nothing more.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let is_late = painter().is_some_and(|painter| painter.rest(last_words));
    // Nothing better can be done if any of it fails.
    if is_late {
        input::forget();
    }
    let _ = terminal::disable_raw_mode();
}

/// What gives a terminal back.
fn last_words(keeps_pictures: bool) -> Vec<u8> {
    let mut words = if keeps_pictures { KITTY_CLEAR.as_bytes().to_vec() } else { Vec::new() };
    // Memory takes all that is written.
    let _ = queue!(words, EndSynchronizedUpdate, DisableBracketedPaste, DisableMouseCapture);
    let _ = queue!(words, LeaveAlternateScreen, cursor::Show);
    words
}

/// A panic of the main thread gives the terminal back before it is told. Other threads answer for themselves: the
/// screen goes on, and says what happened.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let main = std::thread::current().id();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().id() == main {
                restore();
                QuietStderr::restore_now();
                before(panic);
            } else if !TAKEN.load(Ordering::SeqCst) {
                before(panic);
            }
        }));
    });
}

/// What the environment says of the terminal's colours.
pub fn depth() -> Depth {
    Depth::detect(|name| std::env::var(name).ok())
}

/// The theme that suits the terminal, as far as the environment tells.
pub fn suiting_theme(depth: Depth) -> Theme {
    Theme::suiting(depth, std::env::var("COLORFGBG").ok().as_deref())
}
