//! The terminal: taken over, drawn to in one write a frame, and given back whatever happens.

use super::colour::Depth;
use super::graphics::answer::questions;
use super::graphics::{Graphics, Image, KITTY_CLEAR, Protocol, Shown};
use super::theme::Theme;
use super::{background, clipboard};
use auricle_sound::QuietStderr;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use ratatui::crossterm::style::force_color_output;
use ratatui::crossterm::terminal::{self, BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use ratatui::crossterm::{cursor, execute, queue};
use ratatui::layout::Rect;
use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Is the terminal ours?
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Has it pictures that stay when the screen goes, as Kitty's do?
static HAS_PICTURES: AtomicBool = AtomicBool::new(false);

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// All of it is on the terminal.
    All,
    /// Of many pictures some wait for the next frame.
    InPart,
    /// The line is too slow for pictures.
    Slowly,
}

/// The terminal while it is ours.
pub struct Terminal {
    backend: CrosstermBackend<BufWriter<Stdout>>,
    shown: Buffer,
    pictures: Shown,
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
        let backend = CrosstermBackend::new(BufWriter::with_capacity(1 << 20, io::stdout()));
        let mut terminal =
            Terminal { backend, shown: Buffer::empty(Rect::ZERO), pictures: Shown::default(), quiet: None };
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
        execute!(self.backend, EnterAlternateScreen, cursor::Hide, EnableMouseCapture, EnableBracketedPaste)?;
        self.forget();
        Ok(())
    }

    /// A cell in pixels, as the system knows it.
    pub fn cell(&self) -> Option<(u16, u16)> {
        let size = terminal::window_size().ok()?;
        let cell = (size.width.checked_div(size.columns)?, size.height.checked_div(size.rows)?);
        (cell.0 > 0 && cell.1 > 0).then_some(cell)
    }

    /// Asks what pictures it shows; the answer is to be read before keys are. Says whether it was asked.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn ask_pictures(&mut self) -> io::Result<bool> {
        let term = std::env::var("TERM").unwrap_or_default();
        let questions = questions(&term, std::env::var_os("TMUX").is_some());
        self.backend.write_all(questions.as_bytes())?;
        io::Write::flush(&mut self.backend)?;
        Ok(!questions.is_empty())
    }

    /// Asks for the background's colour; the answer, if there is one, comes among the keys.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn ask_background(&mut self) -> io::Result<()> {
        if std::env::var("TERM").is_ok_and(|term| term == "linux") {
            // The Linux console prints what it does not know.
            return Ok(());
        }
        self.backend.write_all(background::QUESTION.as_bytes())?;
        io::Write::flush(&mut self.backend)
    }

    /// Gives the terminal's clipboard a text.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        self.backend.write_all(clipboard::sequence(text).as_bytes())?;
        io::Write::flush(&mut self.backend)
    }

    /// Gives the terminal back, for a while or for good.
    pub fn leave(&mut self) {
        restore();
        self.quiet = None;
    }

    /// All of the next frame will be drawn.
    pub fn forget(&mut self) {
        self.shown = Buffer::empty(Rect::ZERO);
        self.pictures.forget();
    }

    /// Draws what has changed since the last frame, in one piece; `pictures` stand in marked cells of it.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(&mut self, next: Buffer, pictures: &[Image], graphics: Option<&Graphics>) -> io::Result<Drawn> {
        let began = Instant::now();
        let fresh = self.shown.area != next.area;
        let mut cleared = "";
        if fresh {
            self.shown = Buffer::empty(next.area);
            cleared = self.pictures.clear();
        }
        if graphics.is_some_and(|graphics| graphics.protocol == Protocol::Kitty) {
            HAS_PICTURES.store(true, Ordering::SeqCst);
        }
        let (sent, is_all) = self.pictures.bring(pictures, &next, graphics);
        let mut changes = self.shown.diff_iter(&next).peekable();
        if fresh || changes.peek().is_some() || !sent.is_empty() {
            queue!(self.backend, BeginSynchronizedUpdate)?;
            if fresh {
                queue!(self.backend, terminal::Clear(terminal::ClearType::All))?;
                self.backend.write_all(cleared.as_bytes())?;
            }
            self.backend.draw(changes)?;
            self.backend.write_all(sent.as_bytes())?;
            queue!(self.backend, EndSynchronizedUpdate)?;
            Backend::flush(&mut self.backend)?;
        }
        self.shown = next;
        // Without pictures there is nothing to be learnt.
        let is_fast = sent.is_empty() || self.pictures.took(began.elapsed());
        Ok(match (is_fast, is_all) {
            (false, _) => Drawn::Slowly,
            (true, false) => Drawn::InPart,
            (true, true) => Drawn::All,
        })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Gives the terminal back, if it is ours. From any thread, at any time.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // Nothing better can be done if any of it fails.
    let mut out = io::stdout();
    if HAS_PICTURES.swap(false, Ordering::SeqCst) {
        let _ = out.write_all(KITTY_CLEAR.as_bytes());
    }
    let _ = execute!(out, EndSynchronizedUpdate, DisableBracketedPaste, DisableMouseCapture);
    let _ = execute!(out, LeaveAlternateScreen, cursor::Show);
    let _ = terminal::disable_raw_mode();
    let _ = out.flush();
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
