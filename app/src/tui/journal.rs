//! What was changed and not saved, kept in a file beside the program's other state: a process that is killed loses
//! nothing.

use auricle_engine::{Edit, Session, write_whole};
use std::path::{Path, PathBuf};

/// The file in which unsaved changes are kept.
#[derive(Debug, Default)]
pub struct Journal {
    /// Where journals lie; none: nothing is kept.
    dir: Option<PathBuf>,
    /// The journal of this process and session.
    mine: Option<PathBuf>,
    /// One that a process left which is no more.
    left: Option<PathBuf>,
}

impl Journal {
    /// Journals in `dir`.
    pub fn new(dir: Option<PathBuf>) -> Self {
        Journal { dir, ..Journal::default() }
    }

    /// Keeps the changes of another file from now on. Gives what was left of it by a process that did not end well.
    pub fn begin(&mut self, file: &Path) -> Option<String> {
        (self.mine, self.left) = (None, None);
        let dir = self.dir.clone()?;
        let file = std::path::absolute(file).ok()?;
        let file = file.canonicalize().unwrap_or(file);
        let stem = stem(&file);
        self.mine = Some(dir.join(format!("{stem}-{}.toml", std::process::id())));
        let mut left: Vec<PathBuf> = std::fs::read_dir(&dir)
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| process(path, &stem).is_some_and(|id| !is_alive(id)))
            .collect();
        // The newest is what was seen last.
        left.sort_by_key(|path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok());
        self.left = left.pop();
        let text = std::fs::read_to_string(self.left.as_ref()?).ok()?;
        Some(text.split_once('\n')?.1.to_owned())
    }

    /// Keeps a session as it is now; does it lie where the paths of its inputs are relative to?
    ///
    /// # Errors
    /// Why it cannot be kept.
    pub fn keep(&self, session: &Session, lies_there: bool) -> Result<(), String> {
        let Some(path) = &self.mine else { return Ok(()) };
        let told =
            |error: &dyn std::fmt::Display| format!("unsaved changes cannot be kept in {}: {error}", path.display());
        if let Some(dir) = &self.dir {
            std::fs::create_dir_all(dir).map_err(|error| told(&error))?;
        }
        let text = if lies_there { session.clone() } else { placed(session)? };
        let name = if session.file().is_empty() { "a session without a name" } else { session.file() };
        write_whole(path, format!("# unsaved changes of {name}\n{}", text.text()).as_bytes())
            .map_err(|error| told(&error))
    }

    /// Nothing is unsaved any more.
    pub fn forget(&self) {
        self.mine.iter().for_each(|path| drop(std::fs::remove_file(path)));
    }

    /// What was left is taken over, or not wanted.
    pub fn discard(&mut self) {
        self.left.take().iter().for_each(|path| drop(std::fs::remove_file(path)));
    }

    /// What is kept stays when the program ends.
    pub fn stay(&mut self) {
        self.mine = None;
    }
}

/// The session with inputs that are found from any directory.
///
/// # Errors
/// A path cannot be written in a session.
pub fn placed(session: &Session) -> Result<Session, String> {
    let mut placed = session.clone();
    for input in session.inputs() {
        let path = std::path::absolute(session.directory().join(&input.path)).map_err(|error| error.to_string())?;
        let path = path.to_str().ok_or_else(|| format!("{}: no UTF-8", path.display()))?.to_owned();
        let edit = Edit::SetInput { name: input.name.clone(), path: Some(path) };
        placed.apply(&edit).map_err(|error| error.to_string())?;
    }
    Ok(placed)
}

/// A short name of a path that no other path has by chance: its file name, and FNV-1a 64 (Fowler, Noll, Vo) of it all.
fn stem(path: &Path) -> String {
    let hash = path
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let name = path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    format!("{plain}-{hash:016x}")
}

/// The process whose journal it is, if it is one of this file.
fn process(path: &Path, stem: &str) -> Option<u32> {
    path.file_name()?.to_str()?.strip_prefix(stem)?.strip_prefix('-')?.strip_suffix(".toml")?.parse().ok()
}

#[cfg(unix)]
fn is_alive(id: u32) -> bool {
    let id = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw);
    // One of another user is alive too.
    id.is_some_and(|id| rustix::process::test_kill_process(id) != Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
fn is_alive(_: u32) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_process_left_is_found_and_what_a_living_one_keeps_is_not() {
        let home = tempfile::tempdir().expect("scratch is writable");
        let dir = home.path().join("journal");
        let file = home.path().join("a session.toml");
        let session = Session::parse("auricle = 1\ntitle = \"changed\"\n", &file).expect("it is TOML");
        let mut journal = Journal::new(Some(dir.clone()));
        assert_eq!(journal.begin(&file), None);
        journal.keep(&session, true).expect("it can be written");
        let mine = journal.mine.clone().expect("it is kept");
        let mut other = Journal::new(Some(dir.clone()));
        assert_eq!(other.begin(&file), None, "its process lives");
        // No process has this number: Linux has at most 2^22.
        std::fs::rename(
            &mine,
            dir.join(format!("{}-99999999.toml", stem(&file.canonicalize().unwrap_or(file.clone())))),
        )
        .expect("it is there");
        assert_eq!(other.begin(&file).as_deref(), Some(session.text()));
        assert_eq!(Journal::new(Some(dir.clone())).begin(&home.path().join("another.toml")), None);
        other.discard();
        assert_eq!(other.begin(&file), None);
        journal.keep(&session, true).expect("it can be written");
        journal.forget();
        assert!(!mine.exists());
    }
}
