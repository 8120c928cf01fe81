//! Plugins from outside: crates that see the packaged SDK alone, built with settings of their own, and plugins in C that
//! see `auricle.h` alone. They do in sessions what bundled ones do, so no bundled stage has a back door.

mod support;

use auricle_engine::{Place, Registry, SearchDir};
use auricle_sdk::testing::{Bench, Loaded};
use serde_json::Value as Json;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use support::{Array, assert_equal, auricle, c_plugin, outside, packaged, root, scratch};

/// A folder with all of them, as a user would install them.
fn plugins() -> &'static Path {
    static INSTALLED: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = INSTALLED.get_or_init(|| {
        let folder = scratch();
        // One with everything that the optimiser can do, one with nothing, the host's settings being others again.
        for library in [outside("outside/framed", "release"), outside("outside/source", "dev")] {
            fs::copy(&library, folder.path().join(library.file_name().expect("a library"))).expect("copied");
        }
        let header = packaged().join("auricle-abi/include");
        // The gain is what `auricle plugin new --kind c` begins with.
        for file in ["plugins/template/c/gain.c", "tests/plugins/c/difference.c", "tests/plugins/c/peaks.c"] {
            c_plugin(folder.path(), &root().join(file), &header);
        }
        folder
    });
    folder.path()
}

fn registry() -> Registry {
    Registry::scan(&[SearchDir { path: plugins().to_owned(), place: Place::Option }])
}

/// A stage on the test kit's bench, loaded as a host loads it.
fn bench(id: &str) -> Bench<Loaded> {
    let registry = registry();
    let (plugin, descriptor) = registry.stage(id).unwrap_or_else(|| panic!("{}", registry.why(id)));
    let plugin = plugin.clone();
    let id = id.to_owned();
    Bench::loaded(*descriptor, move |services, pool, cancel| plugin.create(&id, services, pool, cancel))
}

/// Values between -1 and 1 without a pattern, the same on every run.
fn noise(n: usize, seed: u32) -> Vec<f32> {
    let step = |state: &mut u32| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*state >> 8) as f32 / 8_388_608.0 - 1.0)
    };
    std::iter::repeat_n((), n).scan(seed, |state, ()| step(state)).collect()
}

/// One session with every one of them beside bundled stages: a tone, a stereo file, a gain of each kind and their
/// difference, crossings and peaks.
const SESSION: &str = r#"
auricle = 1
inputs.clip = "clip.ogg"
stage = [
    { id = "read", use = "read.audio", input = "clip", parameters = { duration_s = 0.5 } },
    { id = "ours", use = "effect.gain", input = "read", parameters = { gain_db = -7.5 } },
    { id = "theirs", use = "org.example.gain", input = "read", parameters = { gain_db = -7.5 } },
    { id = "rest", use = "org.example.difference@>=1.0", input = ["read", "theirs"] },
    { id = "peaks", use = "org.example.peaks", input = "read", parameters = { window = 2000 } },
    { id = "crossings", use = "org.example.crossings", input = "read" },
    { id = "tone", use = "org.example.tone", parameters = { duration_s = 0.25, frequency_hz = 1234.5 } },
    { id = "levels", use = "db.power", input = "crossings" },
    { id = "save-read", use = "write.npy", input = "read", parameters = { path = "read.npy" } },
    { id = "save-ours", use = "write.npy", input = "ours", parameters = { path = "ours.npy" } },
    { id = "save-theirs", use = "write.npy", input = "theirs", parameters = { path = "theirs.npy" } },
    { id = "save-rest", use = "write.npy", input = "rest", parameters = { path = "rest.npy" } },
    { id = "save-crossings", use = "write.npy", input = "crossings", parameters = { path = "crossings.npy" } },
    { id = "save-tone", use = "write.npy", input = "tone", parameters = { path = "tone.npy" } },
]
"#;

/// Runs the session; gives the folder of its outputs.
fn replayed(home: &Path, out: &str, arguments: &[&str]) -> PathBuf {
    fs::copy(root().join("sessions/media/music.ogg"), home.join("clip.ogg")).expect("copied");
    fs::write(home.join("session.toml"), SESSION).expect("scratch is writable");
    let mut replay = auricle(home);
    replay.args(["replay", "session.toml", "--out", out, "--plugin-dir"]).arg(plugins()).args(arguments);
    let output = replay.output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    home.join(out)
}

fn report(out: &Path) -> Json {
    let text = fs::read_to_string(out.join("report.json")).expect("the run left a report");
    serde_json::from_str(&text).expect("the report is JSON")
}

#[test]
fn they_run_in_one_session_with_bundled_stages() {
    let home = scratch();
    let out = replayed(home.path(), "out", &[]);
    let array = |name: &str| Array::read(&out.join(name));
    let (read, theirs) = (array("read.npy"), array("theirs.npy"));
    let [channels, samples] = read.shape[..] else { panic!("stereo is expected, got {:?}", read.shape) };
    assert!(channels == 2 && samples > 4000, "{:?}", read.shape);
    assert_equal("a gain in C against the bundled one", &theirs, &array("ours.npy"));

    let rest: Vec<f64> =
        read.values.iter().zip(&theirs.values).map(|(a, b)| f64::from(*a as f32 - *b as f32)).collect();
    assert_equal("a difference in C", &array("rest.npy"), &Array::new("<f4", &read.shape, rest));

    let (frame, hop) = (512, 128);
    let frames = 1 + samples / hop;
    let at = |channel: usize, k: isize| match usize::try_from(k) {
        Ok(k) if k < samples => read.values[channel * samples + k],
        _ => 0.0,
    };
    let rate = |channel: usize, index: usize| {
        let first = (index * hop) as isize - frame / 2;
        let crossings = (first..first + frame - 1).filter(|&k| (at(channel, k) < 0.0) != (at(channel, k + 1) < 0.0));
        f64::from(crossings.count() as f32 / frame as f32)
    };
    let rates = (0..channels).flat_map(|channel| (0..frames).map(move |index| (channel, index)));
    let rates = rates.map(|(channel, index)| rate(channel, index)).collect();
    assert_equal("frames", &array("crossings.npy"), &Array::new("<f4", &[channels, 1, frames], rates));

    let step = std::f64::consts::TAU * 1234.5 / 16_000.0;
    let tone = (0..4000).map(|k| f64::from((0.5 * (step * f64::from(k)).sin()) as f32)).collect();
    assert_equal("a tone", &array("tone.npy"), &Array::new("<f4", &[4000], tone));

    let report = report(&out);
    let stages = report["stages"].as_array().expect("a list");
    let stage = |id: &str| stages.iter().find(|stage| stage["id"] == id).unwrap_or_else(|| panic!("no {id}"));
    assert_eq!(stage("tone")["plugin"], "example-tone 0.3.1");
    assert_eq!(stage("crossings")["plugin"], "example-crossings 1.2.0");
    let metrics = stage("peaks")["metrics"].as_array().expect("a list");
    assert_eq!(metrics.len(), samples.div_ceil(2000) * channels);
    for (row, metric) in metrics.iter().enumerate() {
        let (channel, from) = (row % channels, row / channels * 2000);
        let to = samples.min(from + 2000);
        let stretch = &read.values[channel * samples..][from..to];
        let peak = stretch.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        assert_eq!(metric["name"], "peak");
        // As the stage has it: the reader of JSON may miss the last bit of a float64.
        assert_eq!(metric["value"].as_f64().expect("a number") as f32, peak as f32, "row {row}");
        assert_eq!(metric["scope"], format!("channel {channel}, samples {from} to {to}"));
    }
}

#[test]
fn they_leave_the_same_bytes_however_a_session_is_run() {
    let home = scratch();
    let whole = replayed(home.path(), "whole", &["--jobs", "1"]);
    let cut = replayed(home.path(), "cut", &["--jobs", "4", "--block", "77"]);
    for file in ["ours.npy", "theirs.npy", "rest.npy", "crossings.npy", "tone.npy", "report.json"] {
        let read = |out: &Path| fs::read(out.join(file)).expect("the run left it");
        assert!(read(&whole) == read(&cut), "{file} depends on blocks or jobs");
    }
}

#[test]
fn they_keep_the_laws() {
    let (left, right) = (noise(5000, 1), noise(5000, 2));
    let stereo: [&[f32]; 2] = [&left, &right];
    bench("org.example.gain").parameter("gain_db", 6.0).audio(8000, &stereo).conforms();
    bench("org.example.difference").audio(8000, &stereo).audio(8000, &[&right, &left]).conforms();
    bench("org.example.difference").audio(8000, &[&left]).audio(8000, &[&right[..3000]]).conforms();
    bench("org.example.peaks").audio(8000, &stereo).conforms();
    bench("org.example.peaks").parameter("window", 1).audio(8000, &[&left[..100]]).conforms();
    bench("org.example.crossings").audio(8000, &stereo).conforms();
    bench("org.example.tone").parameter("duration_s", 0.3).conforms();
}

#[test]
fn what_they_refuse_names_them_and_their_parameter() {
    let home = scratch();
    let check = |stage: &str, expected: &[&str]| {
        let session = format!("auricle = 1\nstage = [{{ id = \"a\", {stage} }}]\n");
        fs::write(home.path().join("session.toml"), session).expect("scratch is writable");
        let mut check = auricle(home.path());
        let output = check.args(["check", "session.toml", "--plugin-dir"]).arg(plugins()).output();
        let output = output.expect("the program starts");
        let words = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(2), "{words}");
        for part in expected {
            assert!(words.contains(part), "expected {part:?} in {words}");
        }
    };
    check("use = \"org.example.gain\", parameters = { gain_db = 61 }", &["gain_db", "from -120 to 60", "61"]);
    check("use = \"org.example.tone\", parameters = { frequency_hz = 9000.0 }", &["frequency_hz", "8000", "9000"]);
    check("use = \"org.example.tone@>=1.0\"", &["org.example.tone", "0.3.1"]);
    check("use = \"org.example.difference\"", &["from", "less"]);
}

/// What an author outside needs, and nothing that only makes sense in here.
#[test]
fn the_packages_are_complete() {
    for (package, files) in [
        ("auricle-abi", ["include/auricle.h", "MANIFEST.md", "LICENSE-MIT", "LICENSE-APACHE"]),
        ("auricle-sdk", ["MANUAL.md", "src/testing/mod.rs", "LICENSE-MIT", "LICENSE-APACHE"]),
    ] {
        let folder = packaged().join(package);
        for file in files {
            let length = fs::metadata(folder.join(file)).map_or(0, |found| found.len());
            assert!(length > 0, "{package} lacks {file}");
        }
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a package has one");
        assert!(manifest.contains("\nreadme = \""), "{package} has no readme");
        assert!(manifest.contains("\nlicense = \"MIT OR Apache-2.0\""), "{package} has no licence");
        assert!(!manifest.contains("path = \".."), "{package} leads out of itself");
    }
}
