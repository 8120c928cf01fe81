//! `auricle plugin new`: every kind of plugin builds, passes its own tests and shows its session, all as it was made.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use support::{auricle, built, packaged, root, scratch};

const RUST: &[&str] = &["sample", "frame", "source", "reader", "compare", "sink", "records", "stage"];

fn new(home: &Path, arguments: &[&str]) -> Output {
    let sdk = root().join("sdk");
    let mut command = auricle(home);
    command.args(["plugin", "new"]).args(arguments);
    if !arguments.contains(&"--sdk") {
        command.arg("--sdk").arg(sdk);
    }
    command.output().expect("the program starts")
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn succeeds(what: &str, command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{what}: {error}"));
    let (out, error) = (words(&output.stdout), words(&output.stderr));
    assert!(output.status.success(), "{what}\n{out}\n{error}");
    out
}

/// Where all plugins are built, so that they share what they have in common.
fn target() -> PathBuf {
    built().parent().expect("a profile's folder lies in a target folder").join("scaffold")
}

/// Cargo in a plugin's folder. Nothing is looked up in the network: the versions are those of the workspace.
fn cargo(plugin: &Path, subcommand: &str) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(plugin).args([subcommand, "--quiet", "--offline", "--target-dir"]).arg(target());
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "0").env_remove("LD_LIBRARY_PATH");
    cargo
}

/// Replays the plugin's session and gives what is printed and the names of what is left.
fn replay(home: &Path, plugin: &Path, libraries: &Path) -> (String, Vec<String>) {
    let session = plugin.join("session.toml");
    let out = plugin.join("out");
    let mut replay = auricle(home);
    replay.arg("--plugin-dir").arg(libraries).arg("replay").arg(session).arg("--out").arg(&out);
    let printed = succeeds("replay", &mut replay);
    let listed = std::fs::read_dir(&out).expect("the run left a folder");
    let mut names: Vec<String> =
        listed.map(|entry| entry.expect("listed").file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| !["report.json", "times.json"].contains(&name.as_str()));
    names.sort();
    (printed, names)
}

#[test]
fn every_kind_passes_its_tests_and_shows_its_session() {
    let home = scratch();
    for kind in RUST {
        let (name, id) = (format!("my-{kind}"), format!("com.example.my-{kind}"));
        let made = new(home.path(), &[&name, "--kind", kind, "--id", &id]);
        assert!(made.status.success(), "{kind}: {}", words(&made.stderr));
        let plugin = home.path().join(&name);
        std::fs::copy(root().join("Cargo.lock"), plugin.join("Cargo.lock")).expect("a copy");
        let tests = succeeds(&format!("{kind}: cargo test"), &mut cargo(&plugin, "test"));
        assert!(tests.contains("test result: ok. 2 passed") || tests.contains("ok. 3 passed"), "{kind}: {tests}");
        succeeds(&format!("{kind}: cargo build"), &mut cargo(&plugin, "build"));
        // Each plugin alone, as it lies on its author's machine.
        let libraries = home.path().join("libraries").join(kind);
        std::fs::create_dir_all(&libraries).expect("scratch is writable");
        let library = format!("libmy_{kind}{}", std::env::consts::DLL_SUFFIX);
        let target = target().join("debug");
        std::fs::copy(target.join(&library), libraries.join(&library)).expect("cargo built it");
        let why = succeeds(kind, auricle(home.path()).arg("--plugin-dir").arg(&libraries).args(["plugin", "why", &id]));
        assert!(why.contains(&format!("{library}: {name} 0.1.0 has {id}")), "{why}");
        let (printed, left) = replay(home.path(), &plugin, &libraries);
        let file = |extension: &str| format!("{name}.{extension}");
        let (metrics, files) = match *kind {
            "sample" | "source" | "stage" => ("", vec![file("png"), file("wav")]),
            "frame" => ("", vec![file("npy"), file("png")]),
            "reader" => ("difference\tmax_abs\t0.0\t", vec![]),
            "compare" => ("max_abs", vec![]),
            "sink" => ("", vec![file("f32")]),
            _ => ("", vec![file("csv")]),
        };
        assert_eq!(left, files, "{kind}");
        assert!(printed.contains(metrics) && printed.is_empty() == metrics.is_empty(), "{kind}: {printed}");
        if *kind == "records" {
            let table = std::fs::read_to_string(plugin.join("out").join(file("csv"))).expect("a text");
            assert!(table.starts_with("start,end,peak\n") && table.lines().count() > 1, "{table}");
        }
    }
}

/// The code blocks of a page in this language, as a reader sees them: hidden lines are left out.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let shown = |block: &str| -> String {
        block.lines().filter(|line| *line != "#" && !line.starts_with("# ")).flat_map(|line| [line, "\n"]).collect()
    };
    let mut texts = page.split("```");
    let mut blocks = Vec::new();
    while let (Some(_), Some(block)) = (texts.next(), texts.next()) {
        let (tag, code) = block.split_once('\n').expect("a block has lines");
        blocks.extend((tag == language).then(|| shown(code)));
    }
    blocks
}

#[test]
fn the_tutorial_of_the_manual_leads_where_it_says() {
    let home = scratch();
    let page = std::fs::read_to_string(root().join("sdk/manual/tutorial.md")).expect("a text");
    let [stage, test] = blocks(&page, "").try_into().expect("the stage and its test");
    let session = blocks(&page, "toml").pop().expect("a session");
    let made = new(home.path(), &["crest", "--kind", "frame", "--id", "org.example.crest"]);
    assert!(made.status.success(), "{}", words(&made.stderr));
    let plugin = home.path().join("crest");
    let stage = format!("{stage}\n#[cfg(test)]\nmod tests {{\n    use super::*;\n{test}}}\n");
    std::fs::write(plugin.join("src/crest.rs"), stage).expect("scratch is writable");
    std::fs::write(plugin.join("session.toml"), session).expect("scratch is writable");
    std::fs::copy(root().join("Cargo.lock"), plugin.join("Cargo.lock")).expect("a copy");
    // Its SDK is the published one, as far as that can be had here: the packages, unpacked.
    let manifest = std::fs::read_to_string(plugin.join("Cargo.toml")).expect("a text");
    let dependency = format!(", path = {:?}", root().join("sdk"));
    assert!(manifest.contains(&dependency), "{manifest}");
    std::fs::write(plugin.join("Cargo.toml"), manifest.replace(&dependency, "")).expect("scratch is writable");
    let published = |subcommand: &str| {
        let mut cargo = cargo(&plugin, subcommand);
        for package in ["auricle-abi", "auricle-sdk"] {
            let path = packaged().join(package);
            cargo.arg("--config").arg(format!("patch.crates-io.{package}.path = {path:?}"));
        }
        cargo
    };
    let tests = succeeds("cargo test", &mut published("test"));
    assert!(tests.contains("1 passed"), "{tests}");
    succeeds("cargo build", &mut published("build"));
    let library = format!("libcrest{}", std::env::consts::DLL_SUFFIX);
    let (_, left) = replay(home.path(), &plugin, &target().join("debug").join(library));
    assert_eq!(left, ["crest.png"]);
}

#[test]
fn a_plugin_in_c_does_what_ours_does() {
    let home = scratch();
    let made = new(home.path(), &["in-c", "--kind", "c"]);
    assert!(made.status.success(), "{}", words(&made.stderr));
    let plugin = home.path().join("in-c");
    let host = auricle(home.path());
    let mut make = Command::new("make");
    make.current_dir(&plugin).env("AURICLE", host.get_program()).arg("test");
    for (variable, value) in host.get_envs() {
        match value {
            Some(value) => make.env(variable, value),
            None => make.env_remove(variable),
        };
    }
    let out = succeeds("make test", &mut make);
    assert!(out.contains("distance\tmax_abs\t0.0\t"), "{out}");
    assert!(plugin.join("out/in-c.wav").is_file());
}

#[test]
fn an_option_of_all_commands_may_stand_before_the_command() {
    let home = scratch();
    let listed = |arguments: &[&str]| auricle(home.path()).args(arguments).output().expect("the program starts");
    let before = listed(&["--plugin-dir", "nowhere", "plugin", "list"]);
    let behind = listed(&["plugin", "list", "--plugin-dir", "nowhere"]);
    assert_eq!((before.status.code(), words(&before.stdout)), (Some(0), words(&behind.stdout)));
    let both = listed(&["a.wav", "plugin", "list"]);
    let said = words(&both.stderr);
    assert_eq!((both.status.code(), said.contains("files stand behind the command")), (Some(2), true), "{said}");
}

#[test]
fn nothing_is_unsafe_and_nothing_of_the_template_is_left() {
    let home = scratch();
    for kind in RUST.iter().chain(&["c"]) {
        let made = new(home.path(), &["zebra", "--kind", kind, "--path", kind]);
        assert!(made.status.success(), "{kind}: {}", words(&made.stderr));
        for file in files(&home.path().join(kind)) {
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            let name = file.display();
            assert!(!text.replace("unsafe_code", "").contains("unsafe"), "{name}");
            let tokens =
                text.split('@').skip(1).filter(|rest| rest.contains('@') && rest.starts_with(char::is_alphabetic));
            assert_eq!(tokens.count(), 0, "{name} has a token that was not filled");
            let in_the_template = |id: &str| !id.starts_with("org.example.zebra");
            let ids = text.match_indices("org.example.").map(|(at, _)| &text[at..]);
            assert_eq!(ids.filter(|id| in_the_template(id)).count(), 0, "{name}");
        }
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("listed").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn what_cannot_be_made_is_refused_in_words() {
    let home = scratch();
    std::fs::create_dir(home.path().join("there")).expect("scratch is writable");
    std::fs::write(home.path().join("file"), "in the way").expect("scratch is writable");
    #[rustfmt::skip]
    let rows: &[(&[&str], i32, &str)] = &[
        (&["there"], 2, "there is there already; name another directory with --path"),
        (&["new", "--path", "file/new"], 5, "file/new: cannot be made"),
        (&["Denoise"], 2, "name: expected words of a-z and 0-9 with - or _ between, got \"Denoise\""),
        (&["de noise"], 2, "got \"de noise\""),
        (&["../denoise"], 2, "got \"../denoise\""),
        (&["9lives"], 2, "got \"9lives\""),
        (&["a--b"], 2, "got \"a--b\""),
        (&["match"], 2, "match has a meaning in Rust or the SDK already; try my-match"),
        (&["map"], 2, "map has a meaning in Rust or the SDK already"),
        (&["read"], 2, "read has a meaning in the example session already; try my-read"),
        (&["fine", "--id", "effect.fine"], 2, "--id: expected a reverse domain and a name, in a-z 0-9 _ -, as com.example.fine, got \"effect.fine\""),
        (&["fine", "--id", "com.Example.fine"], 2, "got \"com.Example.fine\""),
        (&["fine", "--id", "com..fine"], 2, "got \"com..fine\""),
        (&["fine", "--sdk", "there"], 2, "--sdk: expected the directory `sdk` of a checkout of auricle, got there"),
        (&["fine", "--kind", "sampel"], 2, "invalid value 'sampel'"),
    ];
    for (arguments, code, said) in rows {
        let output = new(home.path(), arguments);
        let error = words(&output.stderr);
        assert_eq!((output.status.code(), error.contains(said)), (Some(*code), true), "{arguments:?}: {error}");
        assert!(!home.path().join("fine").exists() && !home.path().join("new").exists(), "{arguments:?}");
    }
}
