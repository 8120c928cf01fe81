//! What a Rust file may hold.

use crate::rust::{before_tests, code, words};
use crate::{none, rust_files};

const LONGEST: usize = 500;
const COMFORTABLE: usize = 300;
const COMFORTABLE_SHARE: f64 = 0.9;

/// Where `unsafe` may stand: at a boundary to something that Rust does not check, and nowhere else.
const UNSAFE: &[(&str, &str)] = &[
    ("sdk/abi/src/", "the C ABI itself"),
    ("sdk/src/buffer.rs", "blocks that the host allocated"),
    ("sdk/src/convert.rs", "descriptors as C structs"),
    ("sdk/src/export.rs", "the entry symbol and its shims"),
    ("sdk/src/file.rs", "byte streams of the host"),
    ("sdk/src/outputs.rs", "blocks that the host allocated"),
    ("sdk/src/services.rs", "calls into the host"),
    ("sdk/src/testing/mod.rs", "the test kit drives the real vtable"),
    ("sdk/src/host/", "the host's side of the same calls"),
    ("app/engine/src/loader", "opens plugins and calls them"),
    ("app/sound/src/abi.rs", "the private boundary to the sound device"),
    ("app/sound/src/library.rs", "opens the sound device's library"),
    ("app/sound/src/shared.rs", "the ring that the audio callback shares"),
    ("app/device/src/", "the other side of that boundary"),
    ("plugins/espeak/src/copy.rs", "opens libespeak-ng"),
    ("plugins/espeak/src/ffi", "calls into libespeak-ng"),
    ("plugins/flite/src/ffi.rs", "calls into libflite"),
    ("plugins/read/opus/src/ffi.rs", "calls into libopus"),
    ("plugins/soxr/src/ffi.rs", "calls into libsoxr"),
    ("tests/plugins/", "plugins that misbehave on purpose"),
];

/// A file that is its parent's test module.
fn is_tests(name: &str) -> bool {
    name.ends_with("/tests.rs")
}

#[test]
fn a_file_is_read_in_one_sitting() {
    let files: Vec<(String, usize)> = rust_files()
        .into_iter()
        .filter(|(name, _)| !is_tests(name))
        .map(|(name, text)| (name, before_tests(&text).lines().count()))
        .collect();
    let too_long: Vec<String> =
        files.iter().filter(|(_, n)| *n > LONGEST).map(|(name, n)| format!("{name}: {n}")).collect();
    none(&format!("a file has at most {LONGEST} lines before its tests"), &too_long);
    let long: Vec<String> =
        files.iter().filter(|(_, n)| *n > COMFORTABLE).map(|(name, n)| format!("{name}: {n}")).collect();
    let allowed = (files.len() as f64 * (1.0 - COMFORTABLE_SHARE)) as usize;
    assert!(
        long.len() <= allowed,
        "{} of {} files have more than {COMFORTABLE} lines, {allowed} may\n  {}",
        long.len(),
        files.len(),
        long.join("\n  ")
    );
}

#[test]
fn unsafe_stands_only_at_a_boundary() {
    let mut breaches = Vec::new();
    for (name, text) in rust_files() {
        if UNSAFE.iter().any(|(allowed, _)| name.starts_with(allowed)) {
            continue;
        }
        for (number, line) in code(&text).lines().enumerate() {
            if words(line).any(|word| word == "unsafe") {
                breaches.push(format!("{name}:{}", number + 1));
            }
        }
    }
    none("`unsafe` needs a place in the list above, with a reason", &breaches);
}

#[test]
fn nothing_is_left_for_later() {
    let mut breaches = Vec::new();
    for (name, text) in rust_files() {
        for (number, line) in code(&text).lines().enumerate() {
            if ["todo!", "unimplemented!", "dbg!"].iter().any(|stub| line.contains(stub)) {
                breaches.push(format!("{name}:{}", number + 1));
            }
        }
    }
    none("no stubs", &breaches);
}

#[test]
fn below_the_app_nobody_asks_the_clock_or_the_environment() {
    let below = ["sdk/src/", "sdk/dsp/", "plugins/", "app/engine/src/"];
    let mut breaches = Vec::new();
    for (name, text) in rust_files() {
        if !below.iter().any(|folder| name.starts_with(folder)) || name.contains("/tests/") {
            continue;
        }
        for (number, line) in code(before_tests(&text)).lines().enumerate() {
            if ["env::var", "env::temp_dir", "SystemTime", "thread_rng", "rand::rng"]
                .iter()
                .any(|call| line.contains(call))
            {
                breaches.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none("a result depends on the session alone: no environment, date or global random numbers", &breaches);
}

#[test]
fn the_screen_knows_no_sound_card_and_sound_no_screen() {
    let strangers: &[(&str, &[&str])] = &[
        ("app/src/tui/", &["cpal", "rodio"]),
        ("app/sound/", &["ratatui", "crossterm", "cpal", "rodio"]),
        ("app/device/", &["ratatui", "crossterm"]),
        ("app/engine/", &["ratatui", "crossterm", "cpal", "rodio", "rustfft"]),
    ];
    let mut breaches = Vec::new();
    for (name, text) in rust_files() {
        for (_, crates) in strangers.iter().filter(|(folder, _)| name.starts_with(folder)) {
            let code = code(&text);
            breaches.extend(words(&code).filter(|word| crates.contains(word)).map(|word| format!("{name}: {word}")));
        }
    }
    none("a module that names another's library", &breaches);
}

/// What several views share, such as text in cells, lies below them and names none of them.
#[test]
fn views_stand_in_layers() {
    let folder = "app/src/tui/view/";
    let stem = |name: &str| Some(name.strip_prefix(folder)?.strip_suffix(".rs")?.to_string());
    let views: Vec<(String, String)> =
        rust_files().iter().filter_map(|(name, text)| Some((stem(name)?, code(before_tests(text))))).collect();
    let names = |text: &str, other: &str| {
        let paths = text.lines().filter(|line| line.contains("super::") || line.contains("view::"));
        paths.flat_map(words).any(|word| word == other)
    };
    let mut above: Vec<_> = views.iter().filter(|(name, _)| name != "mod").collect();
    loop {
        let before = above.len();
        let left = above.clone();
        above.retain(|(name, text)| left.iter().any(|(other, _)| other != name && names(text, other)));
        if above.len() == before {
            break;
        }
    }
    let circle: Vec<String> = above.iter().map(|(name, _)| format!("{folder}{name}.rs")).collect();
    none("views that name each other in a circle", &circle);
}

#[test]
fn a_source_file_says_what_it_is() {
    let says = |text: &str| text.lines().take(5).any(|line| line.starts_with("//!") || line.contains("doc = "));
    let silent = rust_files().into_iter().filter(|(name, text)| !is_tests(name) && !says(text));
    let silent: Vec<String> = silent.map(|(name, _)| name).collect();
    none("the first lines of a file say in `//!` what it is", &silent);
}

#[test]
fn a_stage_file_has_its_parts_in_order() {
    let mut breaches = Vec::new();
    for (name, text) in rust_files().iter().filter(|(name, _)| name.starts_with("plugins/") && name.contains("/src/")) {
        let code = code(text);
        let line_of = |what: &dyn Fn(&str) -> bool| code.lines().position(what);
        let first_use = line_of(&|line| line.starts_with("use "));
        let first_type = line_of(&|line| line.starts_with("pub struct ") || line.starts_with("struct "));
        let tests = line_of(&|line| line.starts_with("#[cfg(test)]"));
        let last_impl = code.lines().collect::<Vec<_>>().iter().rposition(|line| line.starts_with("impl"));
        let ordered = [("use", first_use), ("struct", first_type), ("tests", tests)];
        let known: Vec<_> = ordered.iter().filter_map(|(what, at)| at.map(|at| (what, at))).collect();
        if !known.is_sorted_by_key(|(_, at)| *at) {
            breaches.push(format!("{name}: expected use, struct, impl, functions, tests"));
        }
        if tests.is_some_and(|tests| last_impl.is_some_and(|last| last > tests)) {
            breaches.push(format!("{name}: an impl stands behind the tests"));
        }
    }
    none("parts of a plugin's file", &breaches);
}
