//! Stages against the tools that they speak for: each row of a golden.toml is replayed, and its array compared.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Output;

use support::{Array, assert_close, auricle, root, scratch};
use toml::{Table, Value};

const FOLDER: &str = "tests/golden";

/// What stands for a tool, and so is held against it. Readers are held against theirs on the files of tests/data.
const FAMILIES: [&str; 16] = [
    "resample",
    "stft",
    "istft",
    "griffinlim",
    "dft",
    "mel",
    "spectrogram",
    "gammatone",
    "mfcc",
    "db",
    "log",
    "feature",
    "chroma",
    "cqt",
    "f0",
    "pcen",
];
const ALSO: [&str; 2] = ["onset.librosa", "tempo.librosa"];

/// Clips that are no recording of something, by how their names begin, and what each is there for.
const SPECIAL: [(&str, &str); 4] = [
    ("short-", "a clip shorter than a window"),
    ("one-", "one sample"),
    ("silence-", "silence"),
    ("stereo-", "two channels"),
];
const REAL_CLIPS: usize = 3;

#[test]
fn every_array_of_the_tools_is_reproduced() {
    let (mut count, mut failures) = (0, Vec::new());
    for (folder, table) in tables() {
        let cases = rows(&table, "case");
        count += cases.len();
        failures.extend(compared(&folder, cases));
    }
    assert!(failures.is_empty(), "{} of {count} arrays:\n{}", failures.len(), failures.join("\n"));
}

/// What a tool refuses we may compute; but not break at.
#[test]
fn what_a_tool_refuses_is_computed_or_refused_in_words() {
    let mut failures = Vec::new();
    for (_, table) in tables() {
        for case in rows(&table, "refused") {
            let folder = scratch();
            let done = replayed(folder.path(), &[case]);
            let words = String::from_utf8_lossy(&done.stderr).into_owned();
            let stage = use_of(case.stages().last().expect("a case has stages"));
            let clean = done.status.success() || matches!(done.status.code(), Some(2..=4)) && words.contains("stage");
            if !clean || words.contains("panicked") {
                failures.push(format!("{stage}, {}: {:?}: {words}", case.text("name"), done.status));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Defaults on one clip prove little: three recordings, and each turn that the parameters can take.
#[test]
fn every_dialect_is_held_against_its_tool_over_a_grid() {
    let tables = tables();
    let all: Vec<&Table> =
        tables.iter().flat_map(|(_, table)| [rows(table, "case"), rows(table, "refused")].concat()).collect();
    let mut holes = Vec::new();
    for stage in dialects() {
        let ours: Vec<&Table> = all
            .iter()
            .copied()
            .filter(|case| use_of(case.stages().last().expect("a case has stages")) == stage)
            .collect();
        holes.extend(missing(&stage, &ours).into_iter().map(|hole| format!("{stage}: no array for {hole}")));
    }
    assert!(holes.is_empty(), "{}", holes.join("\n"));
}

/// What the arrays of a dialect leave untried.
fn missing(stage: &str, cases: &[&Table]) -> Vec<String> {
    let mut holes = Vec::new();
    let inputs: BTreeSet<&str> =
        cases.iter().map(|case| case.text("input").rsplit('/').next().unwrap_or_default()).collect();
    for (beginning, what) in SPECIAL {
        if !inputs.iter().any(|name| name.starts_with(beginning)) {
            holes.push(what.to_string());
        }
    }
    let real = inputs.iter().filter(|name| !SPECIAL.iter().any(|(beginning, _)| name.starts_with(beginning))).count();
    if real < REAL_CLIPS {
        holes.push(format!("{REAL_CLIPS} real clips, but for {real}"));
    }
    let told: Vec<BTreeMap<&str, &Value>> = cases.iter().map(|case| told(case)).collect();
    let lacks = |what: &str, is_there: &dyn Fn(&BTreeMap<&str, &Value>) -> bool| {
        (!told.iter().any(is_there)).then(|| what.to_string())
    };
    let parameters = parameters_of(stage);
    let has = |name: &str| {
        parameters.get(name).is_some_and(|kind| kind.contains("integer") || kind.contains("true or false"))
    };
    let lengths: Vec<&str> = ["n_fft", "filter_length", "nperseg", "fft_length", "frame_length"]
        .into_iter()
        .filter(|name| has(name))
        .collect();
    if !lengths.is_empty() {
        let odd =
            |told: &BTreeMap<&str, &Value>| lengths.iter().any(|name| integer(told, name).is_some_and(|n| n % 2 == 1));
        holes.extend(lacks("an odd length", &odd));
    }
    for (window, whole) in [
        ("win_length", "n_fft"),
        ("win_length", "filter_length"),
        ("win_size", "n_fft"),
        ("nperseg", "nfft"),
        ("frame_length", "fft_length"),
    ] {
        if has(window) && has(whole) {
            let shorter = |told: &BTreeMap<&str, &Value>| {
                integer(told, window).zip(integer(told, whole)).is_some_and(|(w, n)| w < n)
            };
            holes.extend(lacks("a window shorter than the transform", &shorter));
        }
    }
    if has("center") {
        holes.extend(lacks("frames that are not centred", &|told| {
            told.get("center").is_some_and(|c| c.as_bool() == Some(false))
        }));
    }
    if has("snip_edges") {
        holes.extend(lacks("frames over the edges", &|told| {
            told.get("snip_edges").is_some_and(|c| c.as_bool() == Some(false))
        }));
    }
    holes
}

fn integer(told: &BTreeMap<&str, &Value>, name: &str) -> Option<i64> {
    told.get(name)?.as_integer()
}

/// The parameters of a case's stages, the last one's before those of the stages before it.
fn told(case: &Table) -> BTreeMap<&str, &Value> {
    let parameters = case.stages().iter().filter_map(|stage| stage.get("parameters")?.as_table());
    parameters.flat_map(|table| table.iter().map(|(name, value)| (name.as_str(), value))).collect()
}

/// The stages that speak for a tool, as the program lists them.
fn dialects() -> Vec<String> {
    let folder = scratch();
    let listed = auricle(folder.path()).args(["plugin", "list"]).output().expect("the host runs");
    let text = String::from_utf8(listed.stdout).expect("the list is text");
    let ids = text.lines().filter_map(|line| line.split_whitespace().next());
    let spoken = |id: &&str| ALSO.contains(id) || FAMILIES.contains(&id.split('.').next().unwrap_or_default());
    let found: Vec<String> = ids.filter(spoken).map(Into::into).collect();
    assert!(found.len() > 50, "{found:?}");
    found
}

/// The parameters of a stage and what each may be, as the program tells them.
fn parameters_of(stage: &str) -> BTreeMap<String, String> {
    let folder = scratch();
    let shown = auricle(folder.path()).args(["plugin", "show", stage]).output().expect("the host runs");
    let text = String::from_utf8(shown.stdout).expect("the page is text");
    let section = text.split_once("\nParameters\n").map(|(_, after)| after).unwrap_or_default();
    let lines = section
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_once(' ').filter(|(name, _)| !name.is_empty()));
    lines.map(|(name, kind)| (name.into(), kind.into())).collect()
}

/// The folders that hold a table, and the tables.
fn tables() -> Vec<(PathBuf, Table)> {
    let top = root().join(FOLDER);
    let mut folders = [children(&top), children(&top.join("grid"))].concat();
    folders.retain(|folder| folder.join("golden.toml").is_file());
    folders.sort();
    let read = |folder: PathBuf| {
        let text = std::fs::read_to_string(folder.join("golden.toml")).expect("the table is there");
        let table = text.parse().expect("the table is TOML");
        (folder, table)
    };
    folders.into_iter().map(read).collect()
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    entries.map(|entry| entry.expect("it is readable").path()).collect()
}

/// The rows of a kind; a table may have none.
fn rows<'a>(table: &'a Table, kind: &str) -> Vec<&'a Table> {
    let rows = table.get(kind).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    rows.iter().map(|row| row.as_table().expect("a row is a table")).collect()
}

/// A row of a table.
trait Case {
    fn text(&self, key: &str) -> &str;
    fn number(&self, key: &str) -> Option<f64>;
    fn stages(&self) -> &[Value];
}

impl Case for Table {
    fn text(&self, key: &str) -> &str {
        self[key].as_str().expect("it is a text")
    }

    fn number(&self, key: &str) -> Option<f64> {
        self.get(key)?.as_float()
    }

    fn stages(&self) -> &[Value] {
        self["stages"].as_array().expect("a case has stages")
    }
}

fn use_of(stage: &Value) -> &str {
    stage["use"].as_str().expect("a stage has an id")
}

/// What is wrong with the cases of one folder: all in one run, or each alone where that run does not come to its end.
fn compared(folder: &Path, cases: Vec<&Table>) -> Vec<String> {
    let scratch = scratch();
    let done = replayed(scratch.path(), &cases);
    if done.status.success() {
        let outputs = (0..).map(|at| scratch.path().join(format!("out/{at}.npy")));
        return cases.into_iter().zip(outputs).filter_map(|(case, got)| difference(folder, case, &got)).collect();
    }
    if let [case] = cases[..] {
        return vec![format!(
            "{} ({}): {}",
            case.text("name"),
            case.text("call"),
            String::from_utf8_lossy(&done.stderr)
        )];
    }
    cases.into_iter().flat_map(|case| compared(folder, vec![case])).collect()
}

/// How the array of one case differs from what was made of it.
fn difference(folder: &Path, case: &Table, got: &Path) -> Option<String> {
    let name = case.text("name");
    let check = || {
        let (expected, got) = (Array::read(&folder.join(format!("{name}.npy"))), Array::read(got));
        assert_eq!(got.dtype, expected.dtype, "dtype");
        assert_close(name, &got, &expected, case.number("tolerance").expect("a case has a tolerance"));
        if let Some(limit) = case.number("mean_tolerance") {
            let pairs = got.values.iter().zip(&expected.values);
            let mean = pairs.map(|(g, e)| (g - e).abs()).sum::<f64>() / got.values.len() as f64;
            assert!(mean <= limit, "{name}: off by {mean:e} in the mean, {limit:e} is allowed");
        }
    };
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(check)).err()?;
    let message = panic.downcast_ref::<String>().cloned();
    let stage = use_of(case.stages().last().expect("a case has stages"));
    Some(format!("{stage}: {name} ({}): {}", case.text("call"), message.unwrap_or_else(|| "panicked".into())))
}

/// A run of the chains of some cases, each into a file of its number.
fn replayed(folder: &Path, cases: &[&Table]) -> Output {
    std::fs::write(folder.join("session.toml"), session(cases)).expect("a scratch folder is writable");
    auricle(folder).args(["replay", "session.toml", "--out", "out"]).output().expect("the host runs")
}

/// The chains as one session; where two begin alike they share those stages.
fn session(cases: &[&Table]) -> String {
    let (mut inputs, mut stages, mut seen) = (Table::new(), Vec::<Value>::new(), BTreeMap::new());
    for (at, case) in cases.iter().enumerate() {
        let file = root().join(case.text("input"));
        let known = seen.len();
        let mut from: String = seen.entry(case.text("input").to_string()).or_insert(format!("c{known}")).clone();
        inputs.insert(from.clone(), file.to_str().expect("the checkout's path is UTF-8").into());
        let save: Value = format!("use = \"write.npy\"\nparameters = {{ path = \"{at}.npy\" }}")
            .parse::<Table>()
            .expect("TOML")
            .into();
        for stage in case.stages().iter().chain([&save]) {
            let mut fields = stage.as_table().expect("a stage is a table").clone();
            fields.insert("input".into(), from.into());
            let known = seen.len();
            let key = fields.to_string();
            if !seen.contains_key(&key) {
                fields.insert("id".into(), format!("s{known}").into());
                stages.push(fields.into());
            }
            from = seen.entry(key).or_insert(format!("s{known}")).clone();
        }
    }
    let mut session = Table::new();
    session.insert("auricle".into(), 1.into());
    session.insert("inputs".into(), inputs.into());
    session.insert("stage".into(), stages.into());
    session.to_string()
}
