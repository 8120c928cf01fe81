//! The rules of this repository that a machine can keep. CONTRIBUTING.md says why they are there.
//!
//! Each test lists every place that breaks its rule, so that one run is enough to mend them all.

mod dependencies;
mod docs;
mod rust;
mod sources;
mod tree;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file that git knows or would add, relative to the root, with `/` between folders.
fn files() -> Vec<String> {
    let listed = Command::new("git")
        .current_dir(root())
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .expect("git is installed");
    assert!(listed.status.success(), "these rules are about a git checkout");
    let names = String::from_utf8(listed.stdout).expect("file names are UTF-8");
    let mut names: Vec<String> = names.split_terminator('\0').map(Into::into).collect();
    names.retain(|name| path(name).is_file());
    names.sort();
    names
}

fn path(name: &str) -> PathBuf {
    root().join(name)
}

/// The text of a file, or nothing if it is not a text. A small graph or sound may by chance be UTF-8; it has control characters.
fn text(name: &str) -> Option<String> {
    let text = String::from_utf8(std::fs::read(path(name)).expect("git listed it")).ok()?;
    let is_binary = text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    (!is_binary).then_some(text)
}

/// Rust sources with their text.
fn rust_files() -> Vec<(String, String)> {
    let names = files().into_iter().filter(|name| name.ends_with(".rs"));
    names.filter_map(|name| text(&name).map(|text| (name, text))).collect()
}

/// Fails with every breach of a rule.
#[track_caller]
fn none(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}\n  {}", breaches.join("\n  "));
}
