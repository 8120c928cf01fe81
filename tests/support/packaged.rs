//! The SDK as its packages hold it, and crates built from it that are no members of the workspace.

use super::root;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The packages that an author of plugins gets.
const PACKAGES: [&str; 2] = ["auricle-abi", "auricle-sdk"];

/// Where everything that these tests build lies.
fn home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside")
}

/// A folder with the packages, unpacked, each under its name.
pub fn packaged() -> &'static Path {
    static UNPACKED: OnceLock<PathBuf> = OnceLock::new();
    UNPACKED.get_or_init(|| {
        let (made, unpacked, fresh) = (home().join("packages"), home().join("sdk"), super::scratch());
        let mut package = Command::new(env!("CARGO"));
        package.current_dir(root()).args(["package", "--quiet", "--no-verify", "--allow-dirty", "--exclude-lockfile"]);
        package.args(PACKAGES.iter().flat_map(|name| ["-p", name])).args(["--offline", "--target-dir"]).arg(&made);
        run(&mut package);
        for name in PACKAGES {
            let begins = format!("{name}-");
            let archives = files(&made.join("package")).into_iter();
            let mut archives: Vec<PathBuf> = archives
                .filter(|file| file_name(file).starts_with(&begins) && file_name(file).ends_with(".crate"))
                .collect();
            archives.sort_by_key(|file| fs::metadata(file).and_then(|found| found.modified()).ok());
            let newest = archives.last().expect("cargo made the package");
            run(Command::new("tar").arg("-xzf").arg(newest).arg("-C").arg(fresh.path()));
            let top = fresh.path().join(file_name(newest).trim_end_matches(".crate"));
            mirror(&top, &unpacked.join(name));
        }
        unpacked
    })
}

/// The library of a crate below `tests/plugins`, built from the packaged SDK and nothing else of this repository.
pub fn outside(name: &str, profile: &str) -> PathBuf {
    let (place, target) = (home().join("crates").join(name), home().join("target"));
    mirror(&root().join("tests/plugins").join(name), &place);
    // The versions that the workspace uses are on this machine.
    write(&place.join("Cargo.lock"), &fs::read(root().join("Cargo.lock")).expect("the workspace is locked"));
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(&place).args(["build", "--quiet", "--offline", "--profile", profile, "--target-dir"]);
    cargo.arg(&target).env_remove("LD_LIBRARY_PATH").env_remove("RUSTFLAGS");
    for package in PACKAGES {
        let path = packaged().join(package);
        cargo.arg("--config").arg(format!("patch.crates-io.{package}.path = {path:?}"));
    }
    run(&mut cargo);
    let manifest = fs::read_to_string(place.join("Cargo.toml")).expect("it was just put there");
    let package = manifest.lines().find_map(|line| line.strip_prefix("name = ")).expect("a package has a name");
    let library = format!("{DLL_PREFIX}{}{DLL_SUFFIX}", package.trim_matches('"').replace('-', "_"));
    target.join(if profile == "dev" { "debug" } else { profile }).join(library)
}

fn run(command: &mut Command) {
    let done = command.output().expect("it can be started");
    assert!(done.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&done.stderr));
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("readable").path()).collect()
}

/// Copies a folder; what is the same already stays untouched, so that cargo builds only what changed.
fn mirror(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the target folder is writable");
    for file in files(from) {
        let place = to.join(file_name(&file));
        if file.is_dir() {
            mirror(&file, &place);
        } else {
            write(&place, &fs::read(&file).expect("readable"));
        }
    }
    for old in files(to).iter().filter(|old| old.is_file() && !from.join(file_name(old)).exists()) {
        fs::remove_file(old).expect("the target folder is writable");
    }
}

fn write(place: &Path, bytes: &[u8]) {
    if fs::read(place).ok().as_deref() != Some(bytes) {
        fs::write(place, bytes).expect("the target folder is writable");
    }
}
