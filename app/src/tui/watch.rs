//! Inputs that change while they are shown: a recording that goes on, a file that is written anew, one that is deleted.

use super::event::Event;
use auricle_engine::FileState;
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(1);
/// A file that grows is read again once it has grown by such a part of itself, and when it stops: what is computed of it
/// meanwhile is then in proportion to its length.
const PART: u64 = 64;

/// What became of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is another, or longer.
    Changed(PathBuf),
    /// Nothing lies there any more.
    Gone(PathBuf),
}

/// The inputs of what is shown. Cheap to clone.
#[derive(Clone, Default)]
pub struct Watch(Arc<Mutex<Vec<Watched>>>);

struct Watched {
    path: PathBuf,
    /// As it is shown, or as was told.
    known: Option<FileState>,
    /// As it was at the last look.
    seen: Option<FileState>,
}

impl Watch {
    /// Watches these and no others, each from the state on that is shown.
    pub fn set(&self, inputs: impl Iterator<Item = (PathBuf, FileState)>) {
        let watched =
            |(path, state): (PathBuf, FileState)| Watched { path, known: Some(state.clone()), seen: Some(state) };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = inputs.map(watched).collect();
    }

    /// What has changed since; each is told once.
    pub fn look(&self) -> Vec<Change> {
        let mut inputs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inputs.iter_mut().filter_map(Watched::look).collect()
    }

    /// Looks again and again, on a thread of its own, until nobody listens.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(self, events: Sender<Event>) -> std::io::Result<()> {
        std::thread::Builder::new().name("files".into()).spawn(move || {
            loop {
                std::thread::sleep(INTERVAL);
                let changes = self.look();
                if !changes.is_empty() && events.send(Event::Files(changes)).is_err() {
                    return;
                }
            }
        })?;
        Ok(())
    }
}

impl Watched {
    fn look(&mut self) -> Option<Change> {
        let now = FileState::of(&self.path).ok();
        let is_quiet = now == std::mem::replace(&mut self.seen, now.clone());
        if now == self.known {
            return None;
        }
        let bytes = |state: &Option<FileState>| state.as_ref().map_or(0, |state| state.bytes);
        let grown = bytes(&now).saturating_sub(bytes(&self.known));
        // What is being written anew is not looked at in the middle.
        if !is_quiet && grown.saturating_mul(PART) < bytes(&self.known).max(1) {
            return None;
        }
        self.known = now;
        let path = self.path.clone();
        Some(if self.known.is_some() { Change::Changed(path) } else { Change::Gone(path) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn growth_is_told_in_parts_and_an_end_when_it_is_quiet() {
        let home = tempfile::tempdir().expect("scratch is writable");
        let path = home.path().join("clip.raw");
        std::fs::write(&path, vec![0; 6_400]).expect("scratch is writable");
        let watch = Watch::default();
        watch.set([(path.clone(), FileState::of(&path).expect("it is there"))].into_iter());
        assert_eq!(watch.look(), []);
        let grow = |bytes: usize| {
            let file = std::fs::OpenOptions::new().append(true).open(&path);
            file.and_then(|mut file| file.write_all(&vec![1; bytes])).expect("scratch is writable");
        };
        let changed = || vec![Change::Changed(path.clone())];
        grow(100);
        assert_eq!(watch.look(), changed(), "a 64th");
        assert_eq!(watch.look(), []);
        grow(10);
        assert_eq!(watch.look(), [], "it may go on");
        assert_eq!(watch.look(), changed(), "it does not");
        std::fs::remove_file(&path).expect("it is there");
        assert_eq!(watch.look(), []);
        assert_eq!(watch.look(), [Change::Gone(path.clone())]);
        assert_eq!(watch.look(), []);
        std::fs::write(&path, b"another").expect("scratch is writable");
        assert_eq!(watch.look(), changed(), "it is there again");
    }
}
