//! `auricle compare`: arrays, stages and sessions against each other, in words, as JSON and by exit code.

mod support;

use std::path::Path;

use serde_json::Value;
use support::{Array, auricle, root, scratch};

/// A `.npy` of float32 in C order.
fn save(path: &Path, shape: &[usize], values: impl Iterator<Item = f64>) {
    save_as(path, "<f4", false, shape, values.flat_map(|x| (x as f32).to_le_bytes()));
}

/// A `.npy` of any type and order.
fn save_as(path: &Path, descr: &str, fortran: bool, shape: &[usize], values: impl Iterator<Item = u8>) {
    let lengths: String = shape.iter().map(|n| format!("{n},")).collect();
    let fortran = if fortran { "True" } else { "False" };
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': ({lengths}), }}");
    text += &" ".repeat(63 - (10 + text.len()) % 64);
    text.push('\n');
    let mut bytes = [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes()].concat();
    bytes.extend(values);
    std::fs::write(path, bytes).expect("a scratch folder is writable");
}

/// Exit code and the JSON that the host prints.
fn compare(home: &Path, arguments: &[&str]) -> (i32, Value) {
    let done = auricle(home).arg("compare").args(arguments).arg("--json").output().expect("the host runs");
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    (done.status.code().unwrap_or(-1), serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn causes(answer: &Value, pair: usize) -> Vec<String> {
    let causes = answer["pairs"][pair]["causes"].as_array().expect("a pair has causes");
    causes.iter().filter_map(|cause| cause["cause"].as_str()).map(str::to_owned).collect()
}

#[test]
fn arrays_and_their_causes() {
    let home = scratch();
    let golden = root().join("tests/golden/librosa/tacotron2.npy");
    let mel = Array::read(&golden);
    let (bands, frames) = (mel.shape[0], mel.shape[1]);
    let at = |k: usize, t: usize| mel.values[k * frames + t];
    let file = |name: &str| home.path().join(name);
    let decibels = 20.0 / std::f64::consts::LN_10;
    save(&file("db.npy"), &mel.shape, mel.values.iter().map(|x| x * decibels));
    save(&file("int16.npy"), &mel.shape, mel.values.iter().map(|x| x + 32768f64.ln()));
    save(
        &file("turned.npy"),
        &[frames, bands],
        (0..frames).flat_map(|t| (0..bands).map(move |k| (k, t))).map(|(k, t)| at(k, t)),
    );
    save(
        &file("late.npy"),
        &[bands, frames - 2],
        (0..bands).flat_map(|k| (2..frames).map(move |t| (k, t))).map(|(k, t)| at(k, t)),
    );
    let golden = golden.to_str().expect("the checkout's path is UTF-8");
    for (name, expected) in [
        ("db.npy", "db-for-ln"),
        ("int16.npy", "int16-not-scaled"),
        ("turned.npy", "transposed"),
        ("late.npy", "not-centred"),
    ] {
        let (code, answer) = compare(home.path(), &[golden, name]);
        assert_eq!((code, causes(&answer, 0)), (1, vec![expected.to_owned()]), "{name}: {answer}");
    }
    let (code, answer) = compare(home.path(), &[golden, golden]);
    assert_eq!((code, &answer["equal"]), (0, &Value::Bool(true)));
    assert_eq!(answer["pairs"][0]["figures"]["max_abs"], 0.0);
}

#[test]
fn arrays_of_every_type_and_order() {
    let home = scratch();
    let at = |k: usize, t: usize| (7 * k + t) as u8;
    let in_c = || (0..3).flat_map(move |k| (0..5).map(move |t| at(k, t)));
    let in_fortran = || (0..5).flat_map(move |t| (0..3).map(move |k| at(k, t)));
    let half =
        |x: u8| if x == 0 { 0 } else { (u16::from(x) << (10 - x.ilog2())) - 1024 + 1024 * (x.ilog2() as u16 + 15) };
    let file = |name: &str| home.path().join(name);
    let shape = &[3, 5];
    save_as(&file("f4.npy"), "<f4", false, shape, in_c().flat_map(|x| f32::from(x).to_le_bytes()));
    save_as(&file("f2.npy"), "<f2", false, shape, in_c().flat_map(|x| half(x).to_le_bytes()));
    save_as(&file("f8.npy"), ">f8", true, shape, in_fortran().flat_map(|x| f64::from(x).to_be_bytes()));
    save_as(&file("u1.npy"), "|u1", true, shape, in_fortran());
    save_as(&file("i1.npy"), "|i1", false, shape, in_c());
    save_as(&file("u4.npy"), ">u4", false, shape, in_c().flat_map(|x| u32::from(x).to_be_bytes()));
    save_as(
        &file("c8.npy"),
        "<c8",
        false,
        shape,
        in_c().flat_map(|x| [f32::from(x), 0.0].map(f32::to_le_bytes).concat()),
    );
    for name in ["f2.npy", "f8.npy", "u1.npy", "i1.npy", "u4.npy", "c8.npy"] {
        let (code, answer) = compare(home.path(), &["f4.npy", name]);
        assert_eq!((code, &answer["equal"]), (0, &Value::Bool(true)), "{name}: {answer}");
        let stored = &answer["pairs"][0]["candidate"]["stored_as"];
        let expected = [("f2.npy", "float16"), ("i1.npy", "int8"), ("u4.npy", "uint32")];
        assert_eq!(
            stored.as_str(),
            expected.iter().find(|(file, _)| *file == name).map(|(_, stored)| *stored),
            "{name}"
        );
    }
}

#[test]
fn stages_sessions_and_tolerance() {
    let home = scratch();
    let session = root().join("sessions/tacotron2-and-librosa.toml");
    let session = session.to_str().expect("the checkout's path is UTF-8");
    let (a, b) = (format!("{session}:tacotron2"), format!("{session}:aligned"));
    let (code, answer) = compare(home.path(), &[&a, &b]);
    assert_eq!(code, 1);
    let chain = answer["pairs"][0]["chain"].to_string();
    assert!(chain.contains("mel.tacotron2 against mel.librosa"), "{chain}");
    assert_eq!(compare(home.path(), &[&a, &b, "--tolerance", "1e-3"]).0, 0);
    // Two sessions that differ in one parameter: the stage where they part is named.
    let text = std::fs::read_to_string(session).expect("a session is a text");
    let clips = root().join("sessions/media");
    let text = text.replace("media/", &format!("{}/", clips.display()));
    std::fs::write(home.path().join("a.toml"), &text).expect("writable");
    std::fs::write(home.path().join("b.toml"), text.replace("fmax = 8000.0", "fmax = 7600.0")).expect("writable");
    let (code, answer) = compare(home.path(), &["a.toml", "b.toml"]);
    assert_eq!((code, answer["first_difference"].as_str()), (1, Some("a.toml:same_conventions")), "{answer}");
    assert_eq!(compare(home.path(), &["a.toml", "a.toml"]).0, 0);
}

#[test]
fn what_cannot_be_compared() {
    let home = scratch();
    let session = root().join("sessions/tacotron2-and-librosa.toml");
    let named = format!("{}:nothing", session.display());
    assert_eq!(compare(home.path(), &[&named, &named]).0, 2);
    std::fs::write(home.path().join("broken.npy"), b"no array").expect("writable");
    assert_eq!(compare(home.path(), &["broken.npy", "broken.npy"]).0, 3);
    assert_eq!(compare(home.path(), &["missing.npy", "missing.npy"]).0, 3);
}
