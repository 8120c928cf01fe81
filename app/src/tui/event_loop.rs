//! The main loop: takes everything in that has happened, then draws, at most thirty times a second.

use super::colour::Depth;
use super::event::Event;
use super::graphics::{Graphics, Pictures};
use super::input;
use super::state::Tone;
use super::terminal::{Drawn, Terminal};
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
    let asked = pictures != Pictures::Cells && options.depth.has_shades() && terminal.ask_pictures()?;
    input::read_keys(events.clone(), asked.then_some((pictures, terminal.cell())))?;
    if options.config.theme.is_none() && options.depth != Depth::None {
        terminal.ask_background()?;
    }
    let mut workbench = Workbench::new(options, terminal.size()?, events.clone())?;
    workbench.watch().start(events)?;
    let errands = workbench.open(open);
    let mut desk = Desk { workbench, terminal: &mut terminal, dirty: true, over: false, signal: None };
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
            if self.dirty && since >= FRAME {
                self.dirty = !self.draw()?;
                drawn = Some(Instant::now());
                continue;
            }
            let wait = match (self.dirty, self.workbench.is_playing()) {
                (true, _) => FRAME.saturating_sub(since),
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
        }
        Ok(())
    }

    /// Draws; says whether all of it is there.
    fn draw(&mut self) -> io::Result<bool> {
        let (width, height) = self.workbench.state.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let state = &self.workbench.state;
        draw::draw(state, &mut buffer);
        let drawn = self.terminal.draw(buffer, &draw::pictures(state), state.graphics.as_ref())?;
        if drawn == Drawn::Slowly {
            self.workbench.receive(Event::Graphics(None));
            let text = "this line is slow: pictures are drawn in cells; --pictures names what they are made of";
            self.workbench.state.say(Tone::Plain, text);
        }
        Ok(drawn == Drawn::All)
    }

    fn take(&mut self, event: Event) -> io::Result<()> {
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
                Errand::Redraw => self.terminal.forget(),
                Errand::Quit => self.over = true,
                Errand::Copy(text) => self.terminal.copy(&text)?,
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
