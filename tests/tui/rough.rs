//! Rough surroundings: no terminal, and a limit on what may be written.

use crate::support::{built, scratch};
use std::process::Command;

#[test]
fn without_a_terminal_it_says_so() {
    for args in [&["clip.wav"][..], &[]] {
        let mut command = Command::new(built().join("auricle"));
        let done = command.args(args).stdin(std::process::Stdio::null()).output().expect("it starts");
        let words = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.stdout.is_empty() && !done.status.success() && !words.contains("panicked"), "{args:?}: {words}");
    }
}

#[test]
fn a_limit_on_the_size_of_files_is_told() {
    let home = scratch();
    let session = crate::screen::written(home.path(), "effect.wav", "");
    let line =
        format!("ulimit -f 1; exec '{}' replay '{}' --out out", built().join("auricle").display(), session.display());
    let done = Command::new("sh").args(["-c", &line]).current_dir(home.path()).output().expect("it starts");
    let words = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(5), "{words}");
    assert!(words.contains("File too large"), "{words}");
}
