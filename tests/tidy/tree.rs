//! What may lie in the repository.

use crate::{files, none, path, text};

const MEDIA_LIMIT: u64 = 2_000_000;
const FILE_LIMIT: u64 = 1_000_000;
const TREE_LIMIT: u64 = 20_000_000;

fn size(name: &str) -> u64 {
    std::fs::metadata(path(name)).map_or(0, |found| found.len())
}

#[test]
fn bundled_clips_are_small_and_licensed() {
    let clips: Vec<String> =
        files().into_iter().filter(|name| name.starts_with("sessions/media/") && !name.ends_with(".md")).collect();
    let total: u64 = clips.iter().map(|name| size(name)).sum();
    assert!(total < MEDIA_LIMIT, "sessions/media holds {total} bytes, {MEDIA_LIMIT} may be there");
    let licences = text("sessions/media/LICENSES.md").expect("the licences are a text");
    let named = |clip: &String| licences.contains(&format!("| `{}` |", clip.rsplit('/').next().unwrap_or(clip)));
    let unlicensed: Vec<String> = clips.into_iter().filter(|clip| !named(clip)).collect();
    none("a clip without a row in sessions/media/LICENSES.md", &unlicensed);
}

#[test]
fn the_repository_stays_light() {
    let files = files();
    let heavy: Vec<String> =
        files.iter().filter(|name| size(name) > FILE_LIMIT).map(|name| format!("{name}: {}", size(name))).collect();
    none(&format!("a file over {FILE_LIMIT} bytes"), &heavy);
    let total: u64 = files.iter().map(|name| size(name)).sum();
    assert!(total < TREE_LIMIT, "the tree holds {total} bytes, {TREE_LIMIT} may be there");
}

#[test]
fn a_name_says_what_is_inside() {
    let empty_words = ["utils", "util", "helpers", "helper", "common", "misc", "manager"];
    let breaches: Vec<String> = files()
        .into_iter()
        .filter(|name| name.split(['/', '.', '_', '-']).any(|part| empty_words.contains(&part.to_lowercase().as_str())))
        .collect();
    none("a name that could be anything", &breaches);
}

#[test]
fn a_name_is_no_puzzle() {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let breaches: Vec<String> = files().into_iter().filter(|name| !name.chars().all(plain)).collect();
    none("file names hold letters, digits, `-`, `_` and `.`", &breaches);
}

#[test]
fn no_machine_is_named() {
    // In two halves, so that this file may be searched as well.
    let places = [("/wo", "rk/"), ("/ro", "ot/"), ("/ho", "me/"), ("C:\\U", "sers")].map(|(a, b)| format!("{a}{b}"));
    let mut breaches = Vec::new();
    for name in files() {
        let Some(text) = text(&name) else { continue };
        for (number, line) in text.lines().enumerate() {
            if places.iter().any(|place| line.contains(place.as_str())) {
                breaches.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none("a path that exists on one machine only", &breaches);
}

#[test]
fn text_ends_cleanly() {
    let mut breaches = Vec::new();
    for name in files().into_iter().filter(|name| !name.starts_with("tests/data/files/")) {
        let Some(text) = text(&name) else { continue };
        if !text.is_empty() && !text.ends_with('\n') {
            breaches.push(format!("{name}: no newline at its end"));
        }
        let trailing = text.lines().position(|line| line.ends_with([' ', '\t']));
        breaches.extend(trailing.map(|at| format!("{name}:{}: trailing space", at + 1)));
        breaches.extend(text.contains('\r').then(|| format!("{name}: a carriage return")));
    }
    none("whitespace", &breaches);
}
