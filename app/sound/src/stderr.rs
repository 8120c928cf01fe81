//! Keeps foreign words off the terminal: alsa-lib and libjack write to file descriptor 2.

use std::fs::File;
use std::io;
use std::sync::Mutex;

/// While one of these lives, standard error of the whole process goes elsewhere.
///
/// They nest and overlap: the first redirects, the last restores. Sound calls hold one by
/// themselves; a full-screen program holds one as long as it owns the terminal, and calls
/// [`QuietStderr::restore_now`] in its panic hook.
#[derive(Debug)]
pub struct QuietStderr(());

struct Redirected {
    held: usize,
    #[cfg(unix)]
    original: Option<std::os::fd::OwnedFd>,
}

static REDIRECTED: Mutex<Redirected> = Mutex::new(Redirected {
    held: 0,
    #[cfg(unix)]
    original: None,
});

impl QuietStderr {
    /// Sends standard error to `log`, or to nowhere. If it is redirected already, it stays so.
    ///
    /// # Errors
    /// When the system has no descriptor left.
    pub fn new(log: Option<&File>) -> io::Result<Self> {
        let mut redirected = REDIRECTED.lock().unwrap_or_else(|held| held.into_inner());
        if redirected.held == 0 {
            redirected.begin(log)?;
        }
        redirected.held += 1;
        Ok(Self(()))
    }

    /// Gives standard error back at once, whoever still holds it: for panic hooks.
    pub fn restore_now() {
        if let Ok(mut redirected) = REDIRECTED.try_lock() {
            redirected.end();
        }
    }
}

impl Drop for QuietStderr {
    fn drop(&mut self) {
        let mut redirected = REDIRECTED.lock().unwrap_or_else(|held| held.into_inner());
        redirected.held -= 1;
        if redirected.held == 0 {
            redirected.end();
        }
    }
}

impl Redirected {
    #[cfg(unix)]
    fn begin(&mut self, log: Option<&File>) -> io::Result<()> {
        let original = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stderr(), 3)?;
        match log {
            Some(log) => rustix::stdio::dup2_stderr(log)?,
            None => rustix::stdio::dup2_stderr(File::options().write(true).open("/dev/null")?)?,
        }
        self.original = Some(original);
        Ok(())
    }

    #[cfg(unix)]
    fn end(&mut self) {
        if let Some(original) = self.original.take() {
            // If this fails, standard error stays away: nothing better can be done.
            let _ = rustix::stdio::dup2_stderr(&original);
        }
    }

    #[cfg(not(unix))]
    fn begin(&mut self, _: Option<&File>) -> io::Result<()> {
        Ok(())
    }

    #[cfg(not(unix))]
    fn end(&mut self) {}
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::{Read, Seek, Write};

    #[test]
    fn overlapping_holders_redirect_until_the_last_is_gone() {
        let mut log = tempfile::tempfile().expect("a temporary file");
        let outer = QuietStderr::new(Some(&log)).expect("redirects");
        let inner = QuietStderr::new(None).expect("joins");
        write_raw("first\n");
        drop(outer);
        write_raw("second\n");
        drop(inner);
        let mut text = String::new();
        log.rewind().expect("rewinds");
        log.read_to_string(&mut text).expect("reads");
        assert!(text.contains("first\n") && text.contains("second\n"), "{text}");
    }

    fn write_raw(text: &str) {
        let mut stderr = std::io::stderr();
        stderr.write_all(text.as_bytes()).expect("writes");
    }
}
