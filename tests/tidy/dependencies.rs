//! Which crate may know which. The arrows of ARCHITECTURE.md, asked of cargo itself.

use std::process::Command;

use serde_json::Value;

use crate::{none, root};

/// Our crates that a crate may depend on; `plugins/*` are the rule below.
const ARROWS: &[(&str, &[&str])] = &[
    ("auricle-abi", &[]),
    ("auricle-dsp", &[]),
    ("auricle-sdk", &["auricle-abi"]),
    ("auricle-engine", &["auricle-abi", "auricle-sdk"]),
    ("auricle-models", &[]),
    ("auricle-annotation", &[]),
    ("auricle-sound", &[]),
    ("auricle-device", &["auricle-sound"]),
    // The program may read and write labels itself.
    ("auricle", &["auricle-annotation", "auricle-engine", "auricle-models", "auricle-sdk", "auricle-sound"]),
];

/// What any plugin may depend on, beside crates in its own folder. `auricle-decode` is no plugin: it reads formats for
/// the readers of several; `auricle-analysis` holds the tools' parameters of a short-time analysis for several families;
/// `auricle-spoken` what the stages that speak share.
const PLUGIN: &[&str] = &["auricle-sdk", "auricle-dsp", "auricle-decode", "auricle-analysis", "auricle-spoken"];

/// Libraries that a crate must never link, however useful.
const STRANGERS: &[(&str, &[&str])] = &[
    ("auricle-abi", &["*"]),
    ("auricle-engine", &["ratatui", "crossterm", "cpal", "rodio", "rustfft", "realfft", "symphonia"]),
    ("auricle-sound", &["ratatui", "crossterm", "cpal", "rodio"]),
    ("auricle", &["cpal", "rodio", "rustfft", "realfft", "symphonia"]),
    ("auricle-device", &["ratatui", "crossterm"]),
];

struct Crate {
    name: String,
    folder: String,
    kinds: Vec<String>,
    /// Not those of tests.
    dependencies: Vec<String>,
}

fn crates() -> Vec<Crate> {
    let out = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .output()
        .expect("cargo runs, for it ran this test");
    let metadata: Value = serde_json::from_slice(&out.stdout).expect("cargo prints JSON");
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(Into::into)).collect()
    };
    let packages = metadata["packages"].as_array().expect("a workspace has packages");
    let one = |package: &Value| Crate {
        name: package["name"].as_str().unwrap_or_default().into(),
        folder: folder(package["manifest_path"].as_str().unwrap_or_default()),
        kinds: package["targets"].as_array().into_iter().flatten().flat_map(|t| texts(&t["crate_types"])).collect(),
        dependencies: package["dependencies"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
            .filter_map(|dependency| dependency["name"].as_str().map(Into::into))
            .collect(),
    };
    packages.iter().map(one).collect()
}

/// The folder of a manifest, relative to the root.
fn folder(manifest: &str) -> String {
    let relative = std::path::Path::new(manifest).strip_prefix(root()).expect("members lie in the workspace");
    relative.parent().map(|p| p.to_string_lossy().replace('\\', "/")).unwrap_or_default()
}

/// `plugins/read` of `plugins/read/decode`.
fn family(folder: &str) -> Option<&str> {
    let rest = folder.strip_prefix("plugins/")?;
    let length = rest.find('/').unwrap_or(rest.len());
    Some(&folder[.."plugins/".len() + length])
}

#[test]
fn arrows_point_one_way() {
    let crates = crates();
    let ours = |name: &String| crates.iter().find(|c| c.name == *name);
    let mut breaches = Vec::new();
    for one in &crates {
        let allowed = ARROWS.iter().find(|(name, _)| *name == one.name).map(|(_, to)| *to);
        let Some(allowed) = allowed.or(family(&one.folder).map(|_| PLUGIN)) else {
            breaches.push(format!("{}: a new crate needs a line in ARROWS", one.name));
            continue;
        };
        for other in one.dependencies.iter().filter_map(ours) {
            let same_family = family(&one.folder).is_some() && family(&one.folder) == family(&other.folder);
            if !allowed.contains(&other.name.as_str()) && !same_family {
                breaches.push(format!("{} -> {}", one.name, other.name));
            }
        }
    }
    none("an arrow between crates that ARCHITECTURE.md does not have", &breaches);
}

#[test]
fn no_crate_links_what_is_not_its_business() {
    let mut breaches = Vec::new();
    for one in crates() {
        let strangers = STRANGERS.iter().filter(|(name, _)| *name == one.name).flat_map(|(_, s)| s.iter());
        for stranger in strangers {
            let met = one.dependencies.iter().filter(|name| *stranger == "*" || name.as_str() == *stranger);
            breaches.extend(met.map(|name| format!("{} -> {name}", one.name)));
        }
    }
    none("a library in the wrong crate", &breaches);
}

/// Two plugins linked into one program would share one entry symbol, and one of them would silently answer for both.
#[test]
fn plugins_are_only_ever_loaded() {
    let mut breaches = Vec::new();
    for one in crates() {
        let is_plugin = family(&one.folder) == Some(one.folder.as_str());
        if is_plugin && one.kinds.iter().any(|kind| !["cdylib", "bin"].contains(&kind.as_str())) {
            breaches.push(format!("{}: {}", one.name, one.kinds.join(", ")));
        }
    }
    none("a plugin crate is a cdylib and nothing else", &breaches);
}
