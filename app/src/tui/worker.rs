//! A thread that does the newest thing that it was told, and drops what it did before.

use auricle_engine::Cancel;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How much a thread in the background gives way: to less than half of the time of one that competes with it. With more, a
/// busy machine takes seconds to end it.
#[cfg(target_os = "linux")]
const NICE: i32 = 4;

type Task = Box<dyn FnOnce(&Cancel) + Send>;

/// A thread with room for one task; a new one cancels that before it.
pub struct Worker {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    slot: Mutex<Slot>,
    changed: Condvar,
}

#[derive(Default)]
struct Slot {
    next: Option<(Task, Cancel)>,
    /// Of the newest task, waiting or running.
    cancel: Cancel,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        loop {
            let slot = self.lock();
            let idle = |slot: &mut Slot| slot.next.is_none() && !slot.closed;
            let mut slot = self.changed.wait_while(slot, idle).unwrap_or_else(PoisonError::into_inner);
            let Some((task, cancel)) = slot.next.take() else { return };
            drop(slot);
            task(&cancel);
        }
    }
}

impl Worker {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(name: &str) -> std::io::Result<Self> {
        Worker::started(name, || ())
    }

    /// Starts a thread that gives way to all others: what it does takes long, and nobody waits for it.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start_behind(name: &str) -> std::io::Result<Self> {
        Worker::started(name, give_way)
    }

    fn started(name: &str, first: fn()) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let worker = Worker { shared: shared.clone() };
        std::thread::Builder::new().name(name.into()).spawn(move || {
            first();
            shared.work();
        })?;
        Ok(worker)
    }

    /// Cancels what is being done and does this as soon as that has stopped.
    pub fn give(&self, task: impl FnOnce(&Cancel) + Send + 'static) {
        let mut slot = self.shared.lock();
        slot.cancel.cancel();
        slot.cancel = Cancel::new();
        slot.next = Some((Box::new(task), slot.cancel.clone()));
        self.shared.changed.notify_one();
    }

    /// Cancels what is being done, and what is waiting.
    pub fn cancel(&self) {
        let mut slot = self.shared.lock();
        slot.cancel.cancel();
        slot.next = None;
    }
}

/// Lowers the priority of this thread. Elsewhere than on Linux it would be that of the whole program.
fn give_way() {
    // If the system refuses, it is as fast as the others.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICE);
}

impl Drop for Worker {
    fn drop(&mut self) {
        let mut slot = self.shared.lock();
        slot.cancel.cancel();
        (slot.next, slot.closed) = (None, true);
        self.shared.changed.notify_one();
    }
}

/// The result of `body`; a panic in it is an error that says so, and the screen goes on.
pub fn guarded<T>(body: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(format!("a fault of auricle itself: {text}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_new_task_cancels_that_before_it() {
        let worker = Worker::start("test").expect("the system gives a thread");
        let (started, has_started) = channel();
        let (done, is_done) = channel();
        let first = done.clone();
        worker.give(move |cancel| {
            started.send(()).expect("the test waits");
            while !cancel.is_cancelled() {
                std::thread::yield_now();
            }
            first.send("first").expect("the test waits");
        });
        has_started.recv().expect("the task starts");
        worker.give(move |_| done.send("second").expect("the test waits"));
        assert_eq!(is_done.recv(), Ok("first"));
        assert_eq!(is_done.recv(), Ok("second"));
    }

    #[test]
    fn a_panic_is_an_error() {
        assert_eq!(guarded::<()>(|| panic!("oh {}", 1)), Err("a fault of auricle itself: oh 1".into()));
        assert_eq!(guarded(|| Ok(1)), Ok(1));
    }
}
