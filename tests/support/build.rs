//! The host program and the plugins as cargo builds them now, and folders to run in.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

const HOST: &str = env!("CARGO_BIN_EXE_auricle");

/// The folder of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder with the host program and every plugin of the workspace, freshly built.
///
/// `cargo test` alone does not build `cdylib` members (cargo issue 8311), and would run against stale ones.
pub fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = Path::new(HOST).parent().expect("a program lies in a folder");
        build(folder);
        folder.to_path_buf()
    })
}

/// The library of a plugin family: `plugin("stft")`.
pub fn plugin(family: &str) -> PathBuf {
    let library = built().join(format!("{DLL_PREFIX}auricle_{family}{DLL_SUFFIX}"));
    assert!(library.is_file(), "{}: not built; is plugins/{family} a member of the workspace?", library.display());
    library
}

/// An empty folder that goes when the value does.
pub fn scratch() -> TempDir {
    tempfile::tempdir().expect("the system's temporary folder is writable")
}

/// The host program with its plugins, in `home`, untouched by the environment of whoever runs the tests.
pub fn auricle(home: &Path) -> Command {
    built();
    let mut command = Command::new(HOST);
    command.current_dir(home).env_remove("AURICLE_PLUGIN_PATH").env_remove("NO_COLOR").env("HOME", home);
    for (variable, folder) in [
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_STATE_HOME", "state"),
    ] {
        command.env(variable, home.join(folder));
    }
    command
}

fn build(folder: &Path) {
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let target = folder.parent().expect("a profile's folder lies in a target folder");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(root())
        .args(["build", "--quiet", "--workspace", "--profile", profile])
        // A test among the targets makes cargo choose the features that `cargo test` chose; without one it would
        // compile most libraries again.
        .args(["--lib", "--bins", "--test", "support_itself"])
        .arg("--target-dir")
        .arg(target)
        // `cargo test` sets it for the test; to some build scripts a changed value means: build again.
        .env_remove("LD_LIBRARY_PATH");
    if !alsa_headers() {
        cargo.args(["--exclude", "auricle-device"]);
    }
    let done = cargo.status().expect("cargo runs, for it ran this test");
    assert!(done.success(), "the workspace does not build");
}

/// The sound device needs them, and nothing else does.
fn alsa_headers() -> bool {
    Command::new("pkg-config").args(["--exists", "alsa"]).status().is_ok_and(|status| status.success())
}
