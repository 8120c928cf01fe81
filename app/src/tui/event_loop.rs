//! The main loop: takes everything in that has happened, then draws, at most thirty times a second.

use super::colour::Depth;
use super::event::Event;
use super::graphics::{Graphics, Pictures};
use super::input;
use super::state::Tone;
use super::terminal::Terminal;
use super::workbench::{Errand, Workbench};
use super::{Open, Options, draw};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Between two frames.
const FRAME: Duration = Duration::from_millis(33);
/// How often the sound is asked for news while nothing plays.
const REST: Duration = Duration::from_millis(500);

/// Shows the screen until it is left; gives the signal that ended it, if one did.
///
/// # Errors
/// There is no terminal, or it is gone.
pub fn run(open: Open, options: Options) -> io::Result<Option<i32>> {
    let (events, happened) = channel();
    let mut terminal = Terminal::take()?;
    input::watch_signals(events.clone())?;
    let pictures = options.config.pictures;
    let asked = pictures != Pictures::Cells && options.depth.has_shades() && terminal.ask_pictures();
    input::read_keys(events.clone(), asked.then_some((pictures, terminal.cell())))?;
    terminal.ask_background();
    let depth = options.depth;
    let mut workbench = Workbench::new(options, terminal.size()?, events.clone())?;
    workbench.watch().start(events)?;
    let errands = workbench.open(open);
    let mut desk = Desk { workbench, terminal: &mut terminal, depth, dirty: true, over: false, signal: None };
    desk.run_errands(errands)?;
    let result = desk.run(&happened);
    let signal = desk.signal;
    terminal.leave();
    result.map(|()| signal)
}

/// A workbench with a terminal.
struct Desk<'a> {
    workbench: Workbench,
    terminal: &'a mut Terminal,
    /// What colours the terminal has; on a slow line fewer are drawn.
    depth: Depth,
    /// Does the terminal show something else than the state?
    dirty: bool,
    over: bool,
    signal: Option<i32>,
}

impl Desk<'_> {
    fn run(&mut self, happened: &Receiver<Event>) -> io::Result<()> {
        let mut drawn = Instant::now().checked_sub(FRAME);
        while !self.over {
            let since = drawn.map_or(FRAME, |drawn| drawn.elapsed());
            if self.dirty && since >= FRAME && self.terminal.is_ready() {
                self.draw()?;
                self.dirty = false;
                drawn = Some(Instant::now());
                continue;
            }
            let wait = match (self.dirty, self.workbench.is_playing()) {
                // A terminal that is slower than that is looked at again.
                (true, _) => FRAME.checked_sub(since).unwrap_or(FRAME),
                (false, true) => FRAME,
                (false, false) => REST,
            };
            match happened.recv_timeout(wait) {
                Ok(event) => {
                    self.take(event)?;
                    while let Some(event) = happened.try_recv().ok().filter(|_| !self.over) {
                        self.take(event)?;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            self.dirty |= self.workbench.hear();
            self.dirty |= self.spare();
        }
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        let (width, height) = self.workbench.state.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let state = &self.workbench.state;
        draw::draw(state, &mut buffer);
        self.terminal.draw(buffer, draw::pictures(state), state.graphics)
    }

    /// On a slow line there are no pictures of pixels, and few colours, so that what is drawn is there soon. Says whether that is new.
    fn spare(&mut self) -> bool {
        let state = &mut self.workbench.state;
        let is_rich = state.graphics.is_some() || state.depth.has_shades();
        if !is_rich || !self.terminal.is_slow() {
            return false;
        }
        state.depth = Depth::Sixteen;
        self.workbench.receive(Event::Graphics(None));
        let text = "this line is slow: there are no pictures of pixels, and sixteen colours; Ctrl+L tries again";
        self.workbench.state.say(Tone::Plain, text);
        true
    }

    fn take(&mut self, event: Event) -> io::Result<()> {
        let known = self.workbench.state.background;
        if matches!(event, Event::Background(colour) if known == Some(colour) || self.depth == Depth::None) {
            return Ok(());
        }
        self.dirty = true;
        if let Event::Signal(signal) = event {
            match input::is_suspension(signal) {
                Some(true) => return self.suspend(),
                Some(false) => return self.run_errands(vec![Errand::Redraw]),
                None => self.signal = Some(signal),
            }
        }
        let resized = matches!(event, Event::Resize(..));
        let errands = self.workbench.receive(event);
        self.run_errands(errands)?;
        if let (true, Some(graphics), Some(cell)) = (resized, self.workbench.state.graphics, self.terminal.cell()) {
            // Letters may have another size now.
            self.workbench.receive(Event::Graphics(Some(Graphics { cell, ..graphics })));
        }
        Ok(())
    }

    fn run_errands(&mut self, errands: Vec<Errand>) -> io::Result<()> {
        for errand in errands {
            match errand {
                Errand::Redraw => {
                    self.workbench.state.depth = self.depth;
                    self.terminal.forget();
                }
                Errand::Quit => self.over = true,
                Errand::Copy(text) => self.terminal.copy(&text),
                Errand::Suspend => input::ask_to_suspend(),
            }
        }
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.terminal.leave();
        input::suspend();
        self.terminal.enter()?;
        let (width, height) = self.terminal.size()?;
        let errands = self.workbench.receive(Event::Resize(width, height));
        self.run_errands(errands)
    }
}
