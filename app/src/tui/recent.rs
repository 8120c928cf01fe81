//! Files that were opened before, the newest first: a list in the user's state directory, one path a line.

use auricle_engine::write_whole;
use std::path::{Path, PathBuf};

/// More are forgotten.
const MOST: usize = 20;

/// The list.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    /// Where it lies; none: nothing is remembered.
    file: Option<PathBuf>,
}

impl Recent {
    /// The list in a state directory.
    pub fn new(state: Option<&Path>) -> Self {
        Recent { file: state.map(|state| state.join("recent")) }
    }

    /// Those that are still there.
    pub fn files(&self) -> Vec<PathBuf> {
        self.all().into_iter().filter(|path| path.exists()).collect()
    }

    fn all(&self) -> Vec<PathBuf> {
        let text = self.file.as_ref().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
        text.lines().filter(|line| !line.is_empty()).map(PathBuf::from).collect()
    }

    /// Puts a file at the top. What cannot be remembered is not: that is no reason to trouble anybody.
    pub fn add(&self, path: &Path) {
        let (Some(file), Ok(path)) = (&self.file, std::path::absolute(path)) else { return };
        // A line holds one name, and text.
        if path.to_str().is_none_or(|path| path.contains('\n')) {
            return;
        }
        let before = self.all().into_iter().filter(|other| *other != path);
        let all: Vec<String> =
            std::iter::once(path.clone()).chain(before).take(MOST).map(|path| path.display().to_string()).collect();
        let made = file.parent().map(std::fs::create_dir_all);
        if made.is_some_and(|made| made.is_ok()) {
            let _ = write_whole(file, (all.join("\n") + "\n").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_comes_first_and_what_is_gone_is_left_out() {
        let home = tempfile::tempdir().expect("scratch is writable");
        let recent = Recent::new(Some(&home.path().join("state")));
        assert!(recent.files().is_empty());
        let file = |name: &str| {
            let path = home.path().join(name);
            std::fs::write(&path, "").expect("scratch is writable");
            path
        };
        let (a, b) = (file("a.wav"), file("b.wav"));
        for path in [&a, &b, &a] {
            recent.add(path);
        }
        assert_eq!(recent.files(), [a.clone(), b.clone()]);
        std::fs::remove_file(&a).expect("it is there");
        assert_eq!(recent.files(), [b]);
        Recent::default().add(&a);
    }
}
