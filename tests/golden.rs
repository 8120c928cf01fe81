//! Stages against the tools that they speak for: each row of a golden.toml is replayed, and its array compared.

mod support;

use std::path::{Path, PathBuf};

use support::{Array, assert_close, auricle, root, scratch};
use toml::{Table, Value};

const FOLDER: &str = "tests/golden";

#[test]
fn every_array_of_the_tools_is_reproduced() {
    let (mut count, mut failures) = (0, Vec::new());
    for folder in folders() {
        let text = std::fs::read_to_string(folder.join("golden.toml")).expect("the table is there");
        let table: Table = text.parse().expect("the table is TOML");
        let cases = table["case"].as_array().expect("the table has cases");
        count += cases.len();
        failures.extend(cases.iter().filter_map(|case| failure(&folder, case)));
    }
    assert!(failures.is_empty(), "{} of {count} arrays:\n{}", failures.len(), failures.join("\n"));
}

/// The folders that hold a table.
fn folders() -> Vec<PathBuf> {
    let top = root().join(FOLDER);
    let below =
        std::fs::read_dir(&top).expect("the folder is there").map(|entry| entry.expect("it is readable").path());
    let mut folders: Vec<PathBuf> = below.chain([top]).filter(|path| path.join("golden.toml").is_file()).collect();
    folders.sort();
    folders
}

/// What is wrong with one case; every case is tried, so that one run shows all that differ.
fn failure(folder: &Path, case: &Value) -> Option<String> {
    let name = case["name"].as_str().expect("a case has a name");
    let check = || {
        let expected = Array::read(&folder.join(format!("{name}.npy")));
        let got = replayed(case);
        assert_eq!(got.dtype, expected.dtype, "dtype");
        assert_close(name, &got, &expected, number(case, "tolerance").expect("a case has a tolerance"));
        if let Some(limit) = number(case, "mean_tolerance") {
            let pairs = got.values.iter().zip(&expected.values);
            let mean = pairs.map(|(g, e)| (g - e).abs()).sum::<f64>() / got.values.len() as f64;
            assert!(mean <= limit, "{name}: off by {mean:e} in the mean, {limit:e} is allowed");
        }
    };
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(check)).err()?;
    let message = panic.downcast_ref::<String>().cloned();
    Some(format!("{name} ({}): {}", case["call"], message.unwrap_or_else(|| "panicked".into())))
}

fn number(case: &Value, key: &str) -> Option<f64> {
    case.get(key).and_then(Value::as_float)
}

/// The last output of the case's chain of stages.
fn replayed(case: &Value) -> Array {
    let folder = scratch();
    std::fs::write(folder.path().join("session.toml"), session(case)).expect("a scratch folder is writable");
    let done = auricle(folder.path()).args(["replay", "session.toml", "--out", "out"]).output().expect("the host runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Array::read(&folder.path().join("out/out.npy"))
}

/// The chain as a session that ends in `out.npy`.
fn session(case: &Value) -> String {
    let input = root().join(case["input"].as_str().expect("a case has an input"));
    let mut inputs = Table::new();
    inputs.insert("clip".into(), path(&input));
    let mut stages: Vec<Value> = Vec::new();
    let mut from = "clip".to_string();
    let chain = case["stages"].as_array().expect("a case has stages").iter().cloned();
    let save: Value = "use = \"write.npy\"\nparameters = { path = \"out.npy\" }".parse::<Table>().expect("TOML").into();
    for (at, mut stage) in chain.chain([save]).enumerate() {
        let fields = stage.as_table_mut().expect("a stage is a table");
        fields.insert("id".into(), format!("s{at}").into());
        fields.insert("input".into(), std::mem::replace(&mut from, format!("s{at}")).into());
        stages.push(stage);
    }
    let mut session = Table::new();
    session.insert("auricle".into(), 1.into());
    session.insert("inputs".into(), inputs.into());
    session.insert("stage".into(), stages.into());
    session.to_string()
}

fn path(path: &Path) -> Value {
    path.to_str().expect("the checkout's path is UTF-8").into()
}
