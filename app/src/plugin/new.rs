//! `auricle plugin new`: a plugin to begin with, whose tests pass as it is.

use super::kind::{Kind, Template};
use crate::exit::Exit;
use crate::places;
use auricle_engine::write_whole;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Arguments of `auricle plugin new`.
#[derive(clap::Args)]
pub struct Args {
    /// Name of the plugin, as my-denoiser
    name: String,
    /// What its stage is like
    #[arg(long, value_enum, default_value_t = Kind::Sample)]
    kind: Kind,
    /// Id of its stage, in a domain of yours [default: org.example.NAME]
    #[arg(long)]
    id: Option<String>,
    /// Directory to make [default: NAME]
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// Build with the SDK in this directory; by default with the published one, or with that of the checkout which
    /// this program was built in
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
}

/// Why nothing was made, and how the command ends.
struct Refusal(String, Exit);

fn usage(message: String) -> Refusal {
    Refusal(message, Exit::Usage)
}

/// A file of the plugin, below its directory.
type File = (String, Vec<u8>);

const RUST_VERSION: &str = env!("CARGO_PKG_RUST_VERSION");
const SDK_VERSION: &str = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
const HEADER: &str = include_str!("../../../sdk/abi/include/auricle.h");

/// Runs the command.
pub fn run(args: &Args) -> Exit {
    match make(args) {
        Ok(told) => {
            eprint!("{told}");
            Exit::Ok
        }
        Err(Refusal(message, exit)) => {
            eprintln!("{message}");
            exit
        }
    }
}

/// Writes the plugin and says how to go on.
fn make(args: &Args) -> Result<String, Refusal> {
    let template = args.kind.template();
    let names = Names::new(&args.name, args.id.as_deref(), &template)?;
    let dir = args.path.clone().unwrap_or_else(|| PathBuf::from(&args.name));
    let dependency = dependency(args.sdk.as_deref())?;
    let files = files(args.kind, &template, &names, &dependency);
    write(&dir, &files)?;
    format(&dir, args.kind);
    let (build, library) = match args.kind {
        Kind::C => ("make", "build"),
        _ => ("cargo test && cargo build --release", "target/release"),
    };
    let published = args.kind != Kind::C && !dependency.contains("path");
    let sdk = format!("Its SDK is the published auricle-sdk {SDK_VERSION}; --sdk DIR names one on this machine.\n");
    Ok(format!(
        "{dir} is a plugin with the stage {id}; its README.md says what is where. {sdk}Next:\n  cd {dir}\n  {build}\n  \
         auricle --plugin-dir {library} replay session.toml --out out\n",
        dir = dir.display(),
        id = names.id,
        sdk = if published { &sdk } else { "" },
    ))
}

/// What the author's names make of the template's.
struct Names {
    name: String,
    id: String,
    /// The name as a Rust module and a C file.
    module: String,
    /// The name as a Rust type.
    stage: String,
}

impl Names {
    fn new(name: &str, id: Option<&str>, template: &Template) -> Result<Names, Refusal> {
        let parts: Vec<&str> = name.split(['-', '_']).collect();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if !name.starts_with(|c: char| c.is_ascii_lowercase())
            || parts.iter().any(|part| part.is_empty() || !part.chars().all(plain))
        {
            return Err(usage(format!("name: expected words of a-z and 0-9 with - or _ between, got {name:?}")));
        }
        let module = parts.join("_");
        let capital = |part: &&str| part[..1].to_uppercase() + &part[1..];
        let stage: String = parts.iter().map(capital).collect();
        let in_rust = RESERVED.contains(&module.as_str())
            || (stage != template.stage && (has_word(template.source, &stage) || stage == template.adapter));
        if in_rust || (name != template.word && template.session.contains(&format!("{name:?}"))) {
            let taken = if in_rust { "in Rust or the SDK" } else { "in the example session" };
            return Err(usage(format!("name: {name} has a meaning {taken} already; try my-{name}")));
        }
        let id = id.map_or_else(|| format!("org.example.{name}"), str::to_owned);
        let of_id = |part: &str| !part.is_empty() && part.chars().all(|c| plain(c) || c == '_' || c == '-');
        if id.split('.').count() < 3 || !id.split('.').all(of_id) {
            return Err(usage(format!(
                "--id: expected a reverse domain and a name, in a-z 0-9 _ -, as com.example.{name}, got {id:?}"
            )));
        }
        Ok(Names { name: name.to_owned(), id, module, stage })
    }
}

/// Words that no crate or module may be called.
const RESERVED: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "auricle_sdk",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "lib",
    "loop",
    "macro",
    "main",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// How the crate names the SDK in its `Cargo.toml`.
fn dependency(named: Option<&Path>) -> Result<String, Refusal> {
    let dir = match named {
        Some(dir) if is_sdk(dir) => Some(dir.to_owned()),
        Some(dir) => {
            let dir = dir.display();
            return Err(usage(format!("--sdk: expected the directory `sdk` of a checkout of auricle, got {dir}")));
        }
        None => places::program_dir()
            .and_then(|program| program.ancestors().map(|dir| dir.join("sdk")).find(|sdk| is_sdk(sdk))),
    };
    let Some(dir) = dir else { return Ok(format!("auricle-sdk = \"{SDK_VERSION}\"")) };
    let dir = dir.canonicalize().unwrap_or(dir);
    let path = serde_json::Value::from(dir.to_string_lossy());
    Ok(format!(
        "# The SDK of a checkout. Without `path` it is the published one.\n\
         auricle-sdk = {{ version = \"{SDK_VERSION}\", path = {path} }}"
    ))
}

fn is_sdk(dir: &Path) -> bool {
    std::fs::read_to_string(dir.join("Cargo.toml")).is_ok_and(|text| text.contains("name = \"auricle-sdk\""))
}

/// The plugin's files.
fn files(kind: Kind, template: &Template, names: &Names, dependency: &str) -> Vec<File> {
    let export = match template.adapter {
        "" => format!("{}::{}", names.module, names.stage),
        adapter => format!("{adapter}<{}::{}>", names.module, names.stage),
    };
    let summary = template.does[..1].to_uppercase() + &template.does[1..];
    let kind_name = clap::ValueEnum::to_possible_value(&kind).map_or_else(String::new, |v| v.get_name().to_owned());
    let credit = template.clip.map_or_else(String::new, |clip| format!("\n`{}` is {}.\n", clip.name, clip.credit));
    let fill = |text: &str| {
        let values: &[(&str, &str)] = &[
            ("@name@", &names.name),
            ("@id@", &names.id),
            ("@module@", &names.module),
            ("@export@", &export),
            ("@dependency@", dependency),
            ("@rust_version@", RUST_VERSION),
            ("@kind@", &kind_name),
            ("@does@", template.does),
            ("@summary@", &summary),
            ("@shows@", template.shows),
            ("@clip@\n", &credit),
        ];
        values.iter().fold(text.to_owned(), |text, (token, value)| text.replace(token, value)).into_bytes()
    };
    let source = template.source.replace(template.id, &names.id);
    let mut session = template.session.replace(template.id, &names.id);
    for (before, after) in [("\"", "\""), ("\"", "."), ("out/", ".")] {
        let of = |word: &str| format!("{before}{word}{after}");
        session = session.replace(&of(template.word), &of(&names.name));
    }
    let mut files: Vec<File> = vec![("session.toml".into(), session.into_bytes())];
    let mut add = |path: &str, bytes: Vec<u8>| files.push((path.to_owned(), bytes));
    if let Some(clip) = template.clip {
        add(clip.name, clip.bytes.to_vec());
    }
    if kind == Kind::C {
        add(&format!("{}.c", names.module), fill(&source));
        add("auricle.h", HEADER.into());
        add("Makefile", fill(include_str!("../../../plugins/template/c/Makefile")));
        add("README.md", fill(include_str!("../../../plugins/template/c/README.md")));
        add(".gitignore", b"/build\n/out\n".to_vec());
        return files;
    }
    add("src/lib.rs", fill(include_str!("../../../plugins/template/new/lib.rs")));
    add(&format!("src/{}.rs", names.module), replace_word(&source, template.stage, &names.stage).into_bytes());
    add("Cargo.toml", fill(include_str!("../../../plugins/template/new/Cargo.toml")));
    add("README.md", fill(include_str!("../../../plugins/template/new/README.md")));
    add(".gitignore", b"/target\n/out\n".to_vec());
    files
}

/// Where `word` stands as a whole word.
fn places_of<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        !text[..at].chars().next_back().is_some_and(part) && !text[at + word.len()..].chars().next().is_some_and(part)
    })
}

fn has_word(text: &str, word: &str) -> bool {
    places_of(text, word).next().is_some()
}

fn replace_word(text: &str, word: &str, by: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut from = 0;
    for at in places_of(text, word) {
        replaced.push_str(&text[from..at]);
        replaced.push_str(by);
        from = at + word.len();
    }
    replaced + &text[from..]
}

/// Lays lines out anew around a long name, if there is a rustfmt; nothing depends on it.
fn format(dir: &Path, kind: Kind) {
    if kind != Kind::C {
        let mut rustfmt = Command::new("rustfmt");
        rustfmt.args(["--edition", "2024"]).arg(dir.join("src/lib.rs"));
        let _ = rustfmt.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// Makes the directory with everything in it, or nothing.
fn write(dir: &Path, files: &[File]) -> Result<(), Refusal> {
    let failed = |error: std::io::Error| Refusal(format!("{}: cannot be made: {error}", dir.display()), Exit::Output);
    if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    std::fs::create_dir(dir).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            usage(format!("{} is there already; name another directory with --path", dir.display()))
        }
        _ => failed(error),
    })?;
    let written = files.iter().try_for_each(|(path, bytes)| write_whole(&dir.join(path), bytes));
    written.map_err(|error| {
        // The directory is ours, and half a plugin is none.
        let _ = std::fs::remove_dir_all(dir);
        failed(error)
    })
}
