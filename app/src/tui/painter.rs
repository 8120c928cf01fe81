//! Paints on a thread of its own: a slow terminal delays what is seen, never what is done.
//!
//! Only the newest frame counts. On a slow line it goes out in pieces, and a newer one takes over between two of them, so
//! that no old picture stands in a queue. What changes is told by what was written, not by what was drawn.

use super::background::QUESTION;
use super::canvas::{ABORT, Canvas, Frame};
use super::line::{Line, Room};
use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of one write.
const PART: usize = 2 << 10;
/// After which time a terminal that takes nothing is asked again.
const MOMENT: Duration = Duration::from_millis(50);
/// How long a piece under way is waited for before what the terminal has not taken yet is thrown away.
const PATIENCE: Duration = Duration::from_millis(500);

/// Paints frames. Nothing here waits for the terminal but [`Painter::rest`] and [`Painter::end`], and they not for long.
/// Cheap to clone.
#[derive(Clone)]
pub struct Painter {
    shared: Arc<Shared>,
}

struct Shared {
    out: File,
    slot: Mutex<Slot>,
    changed: Condvar,
}

#[derive(Default)]
struct Slot {
    /// The newest frame, until it is taken.
    next: Option<Frame>,
    /// What goes out before it.
    words: Vec<u8>,
    line: Line,
    /// Questions that were not answered.
    asked: u32,
    /// The terminal shows something else than was painted.
    is_forgotten: bool,
    is_writing: bool,
    /// Not all of a piece was taken.
    is_cut: bool,
    keeps_pictures: bool,
    is_resting: bool,
    is_over: bool,
    failure: Option<io::Error>,
}

impl Slot {
    fn is_under_way(&self) -> bool {
        self.is_writing || !self.words.is_empty()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, slot: MutexGuard<'a, Slot>, time: Duration) -> MutexGuard<'a, Slot> {
        self.changed.wait_timeout(slot, time).unwrap_or_else(PoisonError::into_inner).0
    }

    fn work(&self) {
        let mut canvas = Canvas::default();
        let mut slot = self.lock();
        while !slot.is_over {
            if std::mem::take(&mut slot.is_forgotten) {
                canvas.forget();
            }
            let is_idle = slot.next.is_none() && slot.words.is_empty() && canvas.is_done();
            if slot.is_resting || is_idle {
                slot = self.changed.wait(slot).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let room = match slot.line.room(Instant::now()) {
                Room::Now(room) => room,
                Room::Later(time) => {
                    slot = self.wait(slot, time);
                    continue;
                }
            };
            if let Some(next) = slot.next.take() {
                canvas.aim(next);
            }
            slot.keeps_pictures = canvas.keeps_pictures();
            let mut bytes = std::mem::take(&mut slot.words);
            slot.is_writing = true;
            drop(slot);
            let painted = canvas.piece(room);
            bytes.extend(painted.as_deref().unwrap_or_default());
            if !bytes.is_empty() && self.asks(bytes.len()) {
                bytes.extend(QUESTION.as_bytes());
            }
            let written = painted.and_then(|_| self.write(&bytes));
            slot = self.lock();
            slot.is_writing = false;
            match written {
                Ok(all) => slot.is_cut |= !all,
                Err(error) => (slot.failure, slot.is_over) = (Some(error), true),
            }
            self.changed.notify_all();
        }
    }

    fn asks(&self, bytes: usize) -> bool {
        let mut slot = self.lock();
        let asks = slot.line.asks(bytes, Instant::now());
        slot.asked += u32::from(asks);
        asks
    }

    /// Writes as long as painting goes on; says whether all was taken.
    fn write(&self, mut bytes: &[u8]) -> io::Result<bool> {
        let mut has_waited = false;
        while !bytes.is_empty() {
            match (&self.out).write(&bytes[..bytes.len().min(PART)]) {
                Ok(taken) => {
                    bytes = &bytes[taken..];
                    if has_waited && self.lock().line.moves(taken, Instant::now()) {
                        // What stands in the queue would be seen for a minute.
                        system::discard(&self.out);
                        self.lock().is_forgotten = true;
                        return Ok(true);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    has_waited = true;
                    system::wait(&self.out, MOMENT)?;
                    if self.lock().is_resting {
                        return Ok(false);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if !has_waited {
            self.lock().line.flows();
        }
        Ok(true)
    }
}

impl Painter {
    /// A painter on the terminal.
    ///
    /// # Errors
    /// Standard output is closed, or the system gives no thread.
    pub fn start() -> io::Result<Self> {
        let shared = Shared { out: system::terminal()?, slot: Mutex::default(), changed: Condvar::new() };
        let painter = Painter { shared: Arc::new(shared) };
        let shared = painter.shared.clone();
        std::thread::Builder::new().name("painter".into()).spawn(move || shared.work())?;
        Ok(painter)
    }

    /// Would a frame be looked at soon? Otherwise the one before it has not been begun.
    pub fn is_ready(&self) -> bool {
        self.shared.lock().next.is_none()
    }

    /// Is the line too slow for pictures and many colours?
    pub fn is_slow(&self) -> bool {
        self.shared.lock().line.is_slow()
    }

    /// Paints this frame, and none that was not finished.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn paint(&self, next: Frame) -> io::Result<()> {
        let mut slot = self.shared.lock();
        if let Some(failure) = slot.failure.take() {
            return Err(failure);
        }
        slot.next = Some(next);
        self.shared.changed.notify_all();
        Ok(())
    }

    /// Writes this before the next frame.
    pub fn say(&self, words: &[u8]) {
        self.shared.lock().words.extend(words);
        self.shared.changed.notify_all();
    }

    /// Asks the terminal something that tells when it has come so far, and its colour.
    pub fn ask(&self) {
        let mut slot = self.shared.lock();
        slot.words.extend(QUESTION.as_bytes());
        slot.asked += 1;
        slot.line.asked(Instant::now());
        self.shared.changed.notify_all();
    }

    /// It has answered.
    pub fn answered(&self) {
        let mut slot = self.shared.lock();
        slot.asked = slot.asked.saturating_sub(1);
        slot.line.answered(Instant::now());
        self.shared.changed.notify_all();
    }

    /// Has it been asked what it has not answered?
    pub fn is_asked(&self) -> bool {
        self.shared.lock().asked > 0
    }

    /// All of the next frame will be painted, and the line tried anew.
    pub fn forget(&self) {
        let mut slot = self.shared.lock();
        slot.is_forgotten = true;
        slot.line.begin();
    }

    /// Paints again after [`Painter::rest`].
    pub fn go_on(&self) {
        self.forget();
        self.shared.lock().is_resting = false;
        self.shared.changed.notify_all();
    }

    /// Paints nothing more, and gives the terminal these last words; on a slow line what it has not taken before them is
    /// lost. Says whether an answer is still to come.
    pub fn rest(&self, last: impl FnOnce(bool) -> Vec<u8>) -> bool {
        let began = Instant::now();
        let wait = |slot, most: Duration, is_so: fn(&mut Slot) -> bool| {
            let left = most.saturating_sub(began.elapsed());
            let waited = self.shared.changed.wait_timeout_while(slot, left, is_so);
            waited.unwrap_or_else(PoisonError::into_inner).0
        };
        let slot = self.shared.lock();
        let mut slot = wait(slot, PATIENCE, |slot| !slot.is_over && !slot.is_resting && slot.is_under_way());
        slot.is_resting = true;
        // A piece under way ends soon now; an answer that comes later would be typed into the next program.
        slot = wait(slot, PATIENCE + MOMENT * 4, |slot| slot.is_writing);
        slot = wait(slot, PATIENCE, |slot| slot.asked > 0 && slot.line.answers());
        let mut words = Vec::new();
        let is_late = slot.asked > 0;
        if std::mem::take(&mut slot.is_cut) || slot.is_writing || is_late || slot.line.is_slow() {
            // What the terminal has not taken yet would stand before all that follows.
            system::discard(&self.shared.out);
            words.extend(ABORT.as_bytes());
        }
        words.extend(last(slot.keeps_pictures));
        slot.words.clear();
        drop(slot);
        self.finish(&words);
        is_late
    }

    /// Writes with some patience; nothing better can be done if it fails.
    fn finish(&self, mut words: &[u8]) {
        let began = Instant::now();
        while !words.is_empty() && began.elapsed() < PATIENCE {
            match (&self.shared.out).write(words) {
                Ok(taken) => words = &words[taken..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if system::wait(&self.shared.out, MOMENT).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    /// Paints never again.
    pub fn end(&self) {
        self.shared.lock().is_over = true;
        self.shared.changed.notify_all();
    }
}

#[cfg(unix)]
mod system {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::OFlags;
    use rustix::termios::{QueueSelector, tcflush, ttyname};
    use std::ffi::OsStr;
    use std::fs::File;
    use std::io;
    use std::os::fd::AsFd;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::OpenOptionsExt;
    use std::path::Path;
    use std::time::Duration;

    /// The terminal, through a handle of its own on which writes do not wait: that of standard output is shared with
    /// other programs, which expect that they do. Where there is no such, one on which they wait.
    pub fn terminal() -> io::Result<File> {
        let stdout = io::stdout();
        let mut options = File::options();
        options.write(true).custom_flags(OFlags::NONBLOCK.bits() as i32 | OFlags::NOCTTY.bits() as i32);
        let named = ttyname(&stdout, Vec::new()).ok();
        let opened = named.and_then(|name| options.open(Path::new(OsStr::from_bytes(name.as_bytes()))).ok());
        let opened = opened.or_else(|| options.open("/dev/tty").ok());
        opened.map_or_else(|| Ok(File::from(stdout.as_fd().try_clone_to_owned()?)), Ok)
    }

    /// Waits until the terminal takes more, but not for long.
    pub fn wait(out: &File, time: Duration) -> io::Result<()> {
        let time = Timespec { tv_sec: 0, tv_nsec: time.subsec_nanos().into() };
        match poll(&mut [PollFd::new(out, PollFlags::OUT)], Some(&time)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Throws away what the terminal has not taken yet. If that cannot be, it stays.
    pub fn discard(out: &File) {
        let _ = tcflush(out, QueueSelector::OFlush);
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::File;
    use std::io;
    use std::time::Duration;

    pub fn terminal() -> io::Result<File> {
        File::options().write(true).open("CONOUT$")
    }

    pub fn wait(_: &File, time: Duration) -> io::Result<()> {
        std::thread::sleep(time);
        Ok(())
    }

    pub fn discard(_: &File) {}
}
