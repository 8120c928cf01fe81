//! Stores in which something went wrong: what is told of each, and that nothing else is lost.

use crate::place::Place;
use auricle_models::{Damage, Error, ErrorKind, Import};
use std::fs;

/// A store with the models `m` and `other`, and the path of the only file of `m`.
fn two() -> (Place, std::path::PathBuf) {
    let place = Place::new();
    let manifest = place.import("m", &place.folder("m", &[("w.bin", "weights")])).expect("imported");
    place.import("other", &place.folder("o", &[("x.bin", "others")])).expect("imported");
    let path = place.store.path(&manifest.files[0]);
    (place, path)
}

#[track_caller]
fn tells(error: &Error, kind: ErrorKind, parts: &[&str]) {
    let told = error.to_string();
    assert!(error.kind == kind && parts.iter().all(|part| told.contains(part)), "{told}");
}

#[track_caller]
fn other_is_whole(place: &Place) {
    assert!(place.store.files("other").is_ok());
    assert!(place.store.verify("other", &mut ()).expect("readable").is_empty());
}

#[test]
fn a_file_that_cannot_be_read_is_told_and_the_rest_is_looked_at() {
    let (place, path) = two();
    fs::remove_file(&path).expect("there");
    fs::create_dir(&path).expect("writable");
    let damage = place.store.verify("m", &mut ()).expect("it goes on").remove(0).1;
    assert!(matches!(&damage, Damage::Unreadable { why } if why == "it is no file"), "{damage:?}");
    let mends = "`auricle models import PATH --id m --replace` mends it";
    tells(&place.store.files("m").expect_err("no file"), ErrorKind::Damaged, &["model m: w.bin cannot be read", mends]);
    other_is_whole(&place);
}

/// Only where the rights of files bind the tests: they do not bind root.
#[cfg(unix)]
#[test]
fn a_file_of_somebody_else_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let (place, path) = two();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("ours");
    if fs::File::open(&path).is_ok() {
        eprintln!("skipped: root reads everything");
        return;
    }
    tells(
        &place.store.files("m").expect_err("not ours"),
        ErrorKind::Damaged,
        &["w.bin cannot be read: Permission denied"],
    );
    other_is_whole(&place);
}

#[test]
fn a_model_that_can_be_fetched_is_mended_by_fetching() {
    let place = Place::new();
    let folder = place.folder("m", &[("w.bin", "weights")]);
    let manifest = place.import("silero-vad", &folder).expect("imported");
    fs::remove_file(place.store.path(&manifest.files[0])).expect("there");
    let error = place.store.files("silero-vad").expect_err("gone");
    tells(&error, ErrorKind::Damaged, &["w.bin is missing; `auricle models fetch silero-vad --replace` mends it"]);
}

/// What is in the place of the store is none of ours, and is left alone.
#[test]
fn a_store_that_cannot_be_one_says_so() {
    let place = Place::new();
    let folder = place.folder("m", &[("w.bin", "weights")]);
    fs::write(place.store.root(), "a file").expect("writable");
    tells(&place.import("m", &folder).expect_err("no folder"), ErrorKind::Io, &["store", "cannot be read or written"]);
    assert_eq!(fs::read_to_string(place.store.root()).expect("untouched"), "a file");
}

/// A manifest that says nothing true costs nobody else anything, and is replaced by a new import.
#[test]
fn a_broken_manifest_names_the_way_out() {
    let (place, _) = two();
    fs::write(place.store.root().join("manifests/m.toml"), "\0\0\0\0").expect("writable");
    let error = place.store.manifest("m").expect_err("broken");
    tells(
        &error,
        ErrorKind::Damaged,
        &["the manifest of m is broken", "--replace", "`auricle models rm m` takes it out"],
    );
    other_is_whole(&place);
    place.import("m", &place.folder("m", &[])).expect("a broken one is replaced");
    assert!(place.store.verify("m", &mut ()).expect("readable").is_empty());
}

/// What was unpacked by somebody who was killed goes with the next import; what somebody is unpacking now stays.
#[test]
fn leavings_go_and_what_is_in_use_stays() {
    let (place, _) = two();
    let scratch = place.store.root().join("scratch");
    fs::create_dir_all(scratch.join("dead/unpacked")).expect("writable");
    fs::write(scratch.join("dead/unpacked/w.bin"), "half").expect("writable");
    let again = Import { id: "m".into(), replace: true, ..Import::default() };
    again.run(&place.store, &place.folder("m", &[]), &mut ()).expect("imported");
    let left: Vec<_> =
        fs::read_dir(&scratch).expect("a folder").map(|entry| entry.expect("listed").file_name()).collect();
    assert_eq!(left, ["lock"]);
}
