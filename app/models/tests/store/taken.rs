//! The store through its public face: what goes in comes out, and nothing halfway.

use crate::place::{Impatient, Place, WEIGHTS};
use auricle_models::{Damage, ErrorKind, Import, Part, Terms};
use std::fs;

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
    assert!(error.to_string().contains("`auricle models fetch whisper-tiny.en`"), "{error}");
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

/// A tar archive of these files, as the `tar` crate writes it.
fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).expect("a member");
    }
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    builder.append_link(&mut link, "m/passwd", "/etc/passwd").expect("a member");
    builder.into_inner().expect("an archive")
}

#[test]
fn tar_archives_are_unpacked_packed_or_not() {
    let place = Place::new();
    let plain = tar(&[("m/w.onnx", b"weights"), ("m/tokens.txt", b"a"), ("m/run.py", b"print()")]);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gz, &plain).expect("in memory");
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    std::io::Write::write_all(&mut bz, &plain).expect("in memory");
    let packed = [
        ("m.tar", plain.clone()),
        ("m.tar.gz", gz.finish().expect("in memory")),
        ("m.tar.bz2", bz.finish().expect("in memory")),
    ];
    let import = |name: &str, bytes: &[u8]| {
        let path = place.dir.path().join(name);
        fs::write(&path, bytes).expect("writable");
        Import { id: "m".into(), replace: true, ..Import::default() }.run(&place.store, &path, &mut ())
    };
    for (name, bytes) in &packed {
        let manifest = import(name, bytes).expect(name);
        let names: Vec<&str> = manifest.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["tokens.txt", "w.onnx"], "{name}");
        let error = import(name, &bytes[..bytes.len() / 3]).expect_err(name);
        assert!(error.kind == ErrorKind::Refused || error.kind == ErrorKind::Io, "{name}: {error}");
        assert!(error.to_string().contains(name), "{name}: {error}");
        assert!(place.store.verify("m", &mut ()).expect("readable").is_empty(), "the old one stays");
    }
    let error = import("m.tgz", b"something else").expect_err("no archive");
    assert!(error.to_string().contains("is no tar archive"), "{error}");
}

#[test]
fn several_parts_become_one_model_and_one_folder_of_several_is_chosen() {
    let place = Place::new();
    let path = place.dir.path().join("all.tar");
    fs::write(&path, tar(&[("a/w.onnx", b"one"), ("b/w.onnx", b"two"), ("b/.index", b"hidden")])).expect("writable");
    let voice = place.folder("v", &[("v.bin", "voice")]).join("v.bin");
    let run = |member: &[String]| {
        let parts = [
            Part { path: &path, name: "all.tar", member, join: None },
            Part { path: &voice, name: "v.bin", member: &[], join: None },
        ];
        Import { id: "m".into(), replace: true, ..Import::default() }.run_parts(&place.store, &parts, &mut ())
    };
    assert!(run(&[]).expect_err("which?").to_string().contains("--member"));
    assert!(run(&["c/".into()]).expect_err("none").to_string().contains("has no c/"));
    let manifest = run(&["b/".into()]).expect("imported");
    let names: Vec<&str> = manifest.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["v.bin", "w.onnx"]);
    assert_eq!(fs::read_to_string(place.store.path(&manifest.files[1])).expect("there"), "two");
}
