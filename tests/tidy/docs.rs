//! What the documentation promises.

use crate::rust::{before_tests, code};
use crate::{files, none, path, rust_files, text};

/// The headings of an item's documentation, in their order.
const HEADINGS: &[&str] = &["Shape", "Units", "Errors", "Panics", "Safety", "Source", "Examples"];
const ARCHITECTURE_LINES: usize = 150;

#[test]
fn headings_come_in_one_order() {
    let mut breaches = Vec::new();
    for (name, text) in rust_files() {
        let mut last = 0;
        for (number, line) in text.lines().enumerate() {
            let Some(doc) = line.trim_start().strip_prefix("///") else {
                last = 0;
                continue;
            };
            let Some(heading) = doc.strip_prefix(" # ") else { continue };
            let heading = heading.split_whitespace().next().unwrap_or_default();
            let at = HEADINGS.iter().position(|known| *known == heading);
            match at {
                Some(at) if at >= last => last = at,
                Some(_) => breaches.push(format!("{name}:{}: `{heading}` comes too late", number + 1)),
                None if in_code_block(&text, number) => {}
                None => breaches.push(format!("{name}:{}: `{heading}` is none of {HEADINGS:?}", number + 1)),
            }
        }
    }
    none("headings of an item's documentation", &breaches);
}

/// In an example, `# ` hides a line.
fn in_code_block(text: &str, number: usize) -> bool {
    let fences = text.lines().take(number).filter(|line| line.trim_start().starts_with("/// ```"));
    fences.count() % 2 == 1
}

#[test]
fn architecture_is_short() {
    let lines = text("ARCHITECTURE.md").expect("a text").lines().count();
    assert!(lines <= ARCHITECTURE_LINES, "ARCHITECTURE.md has {lines} lines, {ARCHITECTURE_LINES} may be there");
}

/// Pages that rustdoc shows, and whose links it checks: they lead to items, not to files.
const IN_RUSTDOC: &[&str] = &["sdk/MANUAL.md", "sdk/manual/"];

/// Links and `path/like.this` mentions in the pages that a newcomer reads.
#[test]
fn what_a_page_points_to_is_there() {
    let mut breaches = Vec::new();
    let in_rustdoc = |name: &String| IN_RUSTDOC.iter().any(|place| name.starts_with(place));
    for name in files().into_iter().filter(|name| name.ends_with(".md") && !in_rustdoc(name)) {
        let page = text(&name).unwrap_or_default();
        let folder = path(&name).parent().map(std::path::Path::to_path_buf).unwrap_or_default();
        for target in links(&page) {
            let file = target.split('#').next().unwrap_or_default();
            let outside = target.contains("://") || target.starts_with("mailto:") || file.is_empty();
            if !outside && !folder.join(file).exists() {
                breaches.push(format!("{name}: {target}"));
            }
        }
        if !name.contains('/') {
            breaches
                .extend(mentioned(&page).filter(|file| !path(file).exists()).map(|file| format!("{name}: `{file}`")));
        }
    }
    none("a page names a file that is not there", &breaches);
}

/// The targets of `[text](target)`.
fn links(page: &str) -> impl Iterator<Item = &str> {
    page.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// What stands in backquotes and looks like a path of this repository.
fn mentioned(page: &str) -> impl Iterator<Item = &str> {
    let tops = ["sdk/", "app/", "plugins/", "sessions/", "tests/", ".ci/"];
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    page.split('`')
        .skip(1)
        .step_by(2)
        .filter(move |quoted| tops.iter().any(|top| quoted.starts_with(top)) && quoted.chars().all(plain))
}

#[test]
fn public_names_use_the_glossary() {
    let glossary = text("GLOSSARY.md").expect("a text");
    let rows = glossary.lines().filter(|line| line.starts_with("| **"));
    let avoided: Vec<(String, String)> = rows
        .flat_map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let term = cells[1].trim_matches('*').to_string();
            cells[3].split(',').map(|word| (word.trim().to_string(), term.clone())).collect::<Vec<_>>()
        })
        .filter(|(word, _)| !word.is_empty())
        .collect();
    assert!(avoided.len() > 10, "GLOSSARY.md has rows of the form `| **term** | meaning | words to avoid |`");
    let mut breaches = Vec::new();
    for (name, text) in rust_files().iter().filter(|(name, _)| !name.starts_with("tests/")) {
        for (number, line) in code(before_tests(text)).lines().enumerate() {
            let Some(public) = public_name(line).map(snake) else { continue };
            let wrong = avoided.iter().filter(|(avoid, _)| format!("_{public}_").contains(&format!("_{avoid}_")));
            breaches
                .extend(wrong.map(|(avoid, term)| format!("{name}:{}: `{avoid}` is called {term} here", number + 1)));
        }
    }
    none("a public name that GLOSSARY.md does not use", &breaches);
}

/// The name that a line declares as public.
fn public_name(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub ")?;
    let rest = rest.strip_prefix("const fn ").unwrap_or(rest);
    let kinds = ["fn ", "struct ", "enum ", "trait ", "mod ", "type ", "const ", "static "];
    let rest = kinds.iter().find_map(|kind| rest.strip_prefix(kind)).unwrap_or(rest);
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    Some(&rest[..end])
}

/// `HopSize` as `hop_size`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && at > 0 && name[..at].chars().next_back().is_some_and(char::is_lowercase) {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}
