//! The store through its public face: what goes in comes out, and nothing halfway.

use auricle_models::{Damage, ErrorKind, Import, Manifest, Progress, Result, Store, Terms};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// SHA-256 of "weights", by sha256sum of GNU coreutils 9.1.
const WEIGHTS: &str = "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c";

struct Place {
    dir: TempDir,
    store: Store,
}

impl Place {
    fn new() -> Self {
        let dir = TempDir::new().expect("a directory");
        let store = Store::new(&dir.path().join("store"));
        Place { dir, store }
    }

    fn folder(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = self.dir.path().join(name);
        fs::create_dir_all(&folder).expect("writable");
        for (name, text) in files {
            fs::write(folder.join(name), text).expect("writable");
        }
        folder
    }

    fn import(&self, id: &str, path: &Path) -> Result<Manifest> {
        Import { id: id.into(), ..Import::default() }.run(&self.store, path, &mut ())
    }

    fn blobs(&self) -> Vec<String> {
        let entries = fs::read_dir(self.store.root().join("blobs")).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

#[test]
fn a_folder_becomes_a_model() {
    let place = Place::new();
    let card = "---\nlicense: mit\n---\n";
    let files =
        [("model.safetensors", "weights"), ("config.json", "{}"), ("pytorch_model.bin", "x"), ("README.md", card)];
    let folder = place.folder("tiny", &files);
    let manifest = place.import("tiny", &folder).expect("imported");
    let names: Vec<&str> = manifest.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["README.md", "config.json", "model.safetensors"]);
    assert_eq!((manifest.licence.as_str(), manifest.terms()), ("mit", Terms::Open));
    assert_eq!(manifest.files[2].sha256, WEIGHTS);
    assert_eq!(place.store.manifest("tiny").expect("there"), manifest);
    let paths = place.store.files("tiny").expect("whole");
    assert_eq!(fs::read_to_string(&paths[2].1).expect("readable"), "weights");
    assert!(place.store.verify("tiny", &mut ()).expect("readable").is_empty());
    assert_eq!(place.store.ids().expect("readable"), ["tiny"]);
}

#[test]
fn what_is_not_there_says_what_to_do() {
    let place = Place::new();
    let error = place.store.files("whisper-tiny.en").expect_err("nothing is there");
    assert_eq!(error.kind, ErrorKind::Missing);
    assert!(error.to_string().contains("`auricle models import PATH --id whisper-tiny.en`"), "{error}");
    assert_eq!(place.store.manifest("../x").expect_err("no id").kind, ErrorKind::Missing);
}

#[test]
fn damage_is_found() {
    let place = Place::new();
    let folder = place.folder("m", &[("a.bin", "weights")]);
    let manifest = place.import("m", &folder).expect("imported");
    let path = place.store.path(&manifest.files[0]);
    let found = |content: Option<&str>| {
        match content {
            Some(content) => fs::write(&path, content).expect("writable"),
            None => fs::remove_file(&path).expect("there"),
        }
        place.store.verify("m", &mut ()).expect("readable").remove(0).1
    };
    assert!(matches!(found(Some("weightz")), Damage::Content { .. }));
    assert!(place.store.files("m").is_ok(), "a change of the same length is left to verify");
    assert_eq!(found(Some("wei")), Damage::Length { expected: 7, got: 3 });
    assert!(place.store.files("m").expect_err("short").to_string().contains("expected 7 bytes, got 3"));
    assert_eq!(found(None), Damage::Missing);
    let again = Import { id: "m".into(), replace: true, ..Import::default() };
    again.run(&place.store, &folder, &mut ()).expect("imported");
    assert!(place.store.verify("m", &mut ()).expect("readable").is_empty());
}

#[test]
fn files_are_shared_and_leave_with_the_last_model() {
    let place = Place::new();
    let one = place.folder("one", &[("w.bin", "weights"), ("one.json", "1")]);
    let two = place.folder("two", &[("w.bin", "weights")]);
    place.import("one", &one).expect("imported");
    place.import("two", &two).expect("imported");
    assert_eq!(place.blobs().len(), 2);
    assert_eq!(place.store.remove("one").expect("there"), 1);
    assert_eq!(place.blobs(), [format!("sha256-{WEIGHTS}")]);
    assert_eq!(place.store.remove("two").expect("there"), 7);
    assert!(place.blobs().is_empty());
    assert_eq!(place.store.remove("two").expect_err("gone").kind, ErrorKind::Missing);
}

#[test]
fn restricted_models_need_consent_and_names_are_kept() {
    let place = Place::new();
    let folder = place.folder("m", &[("w.bin", "weights")]);
    let mut import = Import { id: "m".into(), licence: Some("CC BY-NC 4.0".into()), ..Import::default() };
    let error = import.run(&place.store, &folder, &mut ()).expect_err("restricted");
    assert!(error.kind == ErrorKind::Refused && error.to_string().contains("--accept-licence"), "{error}");
    import.accept_licence = true;
    import.run(&place.store, &folder, &mut ()).expect("accepted");
    assert!(import.run(&place.store, &folder, &mut ()).expect_err("taken").to_string().contains("--replace"));
    assert!(place.import("no/id", &folder).is_err());
    assert!(place.import("none", &place.folder("empty", &[])).is_err());
}

/// Stops in the middle, as a user does.
struct Impatient;

impl Progress for Impatient {
    fn file(&mut self, _: &str, _: Option<u64>) {}

    fn bytes(&mut self, _: u64) -> bool {
        false
    }
}

#[test]
fn what_stops_halfway_leaves_nothing() {
    let place = Place::new();
    let folder = place.folder("m", &[("a.bin", "one"), ("b.bin", "two")]);
    let stopped = Import { id: "m".into(), ..Import::default() }.run(&place.store, &folder, &mut Impatient);
    assert_eq!(stopped.expect_err("stopped").kind, ErrorKind::Cancelled);
    assert!(place.blobs().is_empty());
    assert!(place.store.ids().expect("readable").is_empty());
}

/// A killed process leaves partial files and files that no manifest names; models are whole or not there.
#[test]
fn what_a_killed_import_left_goes_with_the_next() {
    let place = Place::new();
    let folder = place.folder("m", &[("w.bin", "weights")]);
    place.import("kept", &folder).expect("imported");
    let root = place.store.root();
    fs::write(root.join("blobs/new-abc.part"), "half").expect("writable");
    fs::write(root.join(format!("blobs/sha256-{}", "0".repeat(64))), "nobody's").expect("writable");
    fs::write(root.join("manifests/new-def.part"), "manifest = ").expect("writable");
    assert_eq!(place.store.ids().expect("readable"), ["kept"]);
    assert_eq!(place.store.unnamed().expect("readable"), (2, 12));
    place.import("next", &folder).expect("imported");
    assert_eq!(place.blobs(), [format!("sha256-{WEIGHTS}")]);
    assert_eq!(fs::read_dir(root.join("manifests")).expect("a folder").count(), 2);
}

#[test]
fn broken_manifests_are_told_and_cost_no_files() {
    let place = Place::new();
    let folder = place.folder("m", &[("w.bin", "weights")]);
    place.import("good", &folder).expect("imported");
    let path = place.store.root().join("manifests/bad.toml");
    let sha = "z".repeat(64);
    let file = |name: &str| format!("[[file]]\nname = {name:?}\nsize = 1\nsha256 = {sha:?}\n");
    for (text, part) in [
        ("manifest = ".into(), "broken"),
        (format!("manifest = 2\nid = \"bad\"\n{}", file("a")), "version 2"),
        (format!("manifest = 1\nid = \"bad\"\n{}", file("a")), "SHA-256"),
        (format!("manifest = 1\nid = \"bad\"\n{}", file("../a")), "../a"),
    ] {
        fs::write(&path, text).expect("writable");
        let error = place.store.manifest("bad").expect_err("broken");
        assert!(error.kind == ErrorKind::Damaged && error.to_string().contains(part), "{error}");
    }
    place.import("more", &place.folder("n", &[("x.bin", "x")])).expect("imported");
    assert_eq!(place.blobs().len(), 2);
    place.store.remove("bad").expect("a broken one too");
}
