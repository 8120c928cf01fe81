//! `auricle models`: the models that stages use, and how they come here.

mod doctor;
mod fetch;
mod import;

pub use fetch::missing;

use crate::exit::Exit;
use crate::places;
use auricle_models::{Error, ErrorKind, Known, Licence, Manifest, Progress, Store, Terms, mends};
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::{Value as Json, json};
use std::time::Duration;

/// What to do with models.
#[derive(clap::Subcommand)]
pub enum Command {
    /// List the models in the store
    List {
        /// List the models that can be fetched by their ids instead
        #[arg(long)]
        known: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell what a model is: files, licence, origin
    Show {
        /// Id of the model, as whisper-tiny.en
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print where the files of a model lie
    Path {
        /// Id of the model
        id: String,
        /// One file of it
        file: Option<String>,
    },
    /// Read models again and compare them with what was imported
    Verify {
        /// Ids of models; all, if none is named
        ids: Vec<String>,
    },
    /// Take a model into the store: files, a folder, a wheel, zip or tar archive, or one that Hugging Face's programs have fetched
    Import(import::Args),
    /// Fetch a model from the network, by its id or its address
    Fetch(fetch::Args),
    /// Take a model out of the store
    Rm {
        /// Id of the model
        id: String,
    },
    /// Tell where the store is, and what is wrong with it
    Doctor,
}

/// Runs the command.
pub fn run(command: &Command) -> Exit {
    let Some(store) = places::models() else {
        eprintln!("there is no home directory for a store of models; AURICLE_MODELS names another");
        return Exit::Usage;
    };
    let done = match command {
        Command::List { known: true, json } => Ok(known(&store, *json)),
        Command::List { known: false, json } => list(&store, *json),
        Command::Show { id, json } => store.manifest(id).map(|manifest| show(&manifest, *json)),
        Command::Path { id, file } => path(&store, id, file.as_deref()),
        Command::Verify { ids } => verify(&store, ids),
        Command::Import(args) => import::run(&store, args),
        Command::Fetch(args) => fetch::run(&store, args),
        Command::Rm { id } => store.remove(id).map(|freed| {
            eprintln!("{id}: removed, {} free again", HumanBytes(freed));
            Exit::Ok
        }),
        Command::Doctor => doctor::run(&store),
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error}");
        code(&error)
    })
}

fn code(error: &Error) -> Exit {
    match error.kind {
        ErrorKind::Missing => Exit::Usage,
        ErrorKind::Refused => Exit::Refused,
        ErrorKind::Damaged => Exit::Findings,
        _ => Exit::Output,
    }
}

fn list(store: &Store, json: bool) -> Result<Exit, Error> {
    let models: Vec<(String, Result<Manifest, Error>)> =
        store.ids()?.into_iter().map(|id| (id.clone(), store.manifest(&id))).collect();
    if json {
        let whole = models.iter().filter_map(|(_, manifest)| manifest.as_ref().ok());
        println!("{}", json!({ "models": whole.map(as_json).collect::<Vec<Json>>() }));
    } else if models.is_empty() {
        eprintln!(
            "no models; `auricle models import PATH` takes one into {}, `auricle models list --known` tells what can be fetched",
            store.root().display()
        );
    }
    let width = models.iter().map(|(id, _)| id.len()).max().unwrap_or(0);
    let mut exit = Exit::Ok;
    for (id, manifest) in &models {
        match manifest {
            Ok(manifest) if !json => {
                let (size, licence) = (HumanBytes(manifest.size()).to_string(), licence(manifest));
                println!("{id:width$}  {size:>11}  {:14}  {licence}", manifest.stage);
            }
            Ok(_) => {}
            Err(error) => {
                eprintln!("{error}");
                exit = Exit::Findings;
            }
        }
    }
    Ok(exit)
}

/// What can be fetched by its id; a star before what is here.
fn known(store: &Store, json: bool) -> Exit {
    let here = store.ids().unwrap_or_default();
    if json {
        let known = |known: &Known| {
            json!({ "id": known.id, "stage": known.stage, "about": known.about, "licence": known.licence,
                    "size": known.size(), "here": here.contains(&known.id),
                    "urls": known.files.iter().map(|file| file.url.as_str()).collect::<Vec<&str>>() })
        };
        println!("{}", json!({ "models": Known::all().iter().map(known).collect::<Vec<Json>>() }));
        return Exit::Ok;
    }
    let width = Known::all().iter().map(|known| known.id.len()).max().unwrap_or(0);
    for known in Known::all() {
        let (mark, size) = (if here.contains(&known.id) { '*' } else { ' ' }, HumanBytes(known.size().unwrap_or(0)));
        let (stage, about, licence) = (&known.stage, &known.about, terms(&known.licence));
        println!("{mark} {:width$}  {:>11}  {stage:12}  {about}; {licence}", known.id, size.to_string());
    }
    Exit::Ok
}

fn licence(manifest: &Manifest) -> String {
    terms(&manifest.licence)
}

/// A licence in words.
fn terms(licence: &str) -> String {
    match Licence(licence.to_owned()).terms() {
        Terms::Unknown => "licence not stated".into(),
        Terms::Restricted => format!("{licence} (restricts use)"),
        Terms::Open => licence.to_owned(),
    }
}

fn as_json(manifest: &Manifest) -> Json {
    let file =
        |file: &auricle_models::StoredFile| json!({ "name": file.name, "size": file.size, "sha256": file.sha256 });
    json!({ "id": manifest.id, "stage": manifest.stage, "licence": manifest.licence, "origin": manifest.origin,
            "size": manifest.size(), "files": manifest.files.iter().map(file).collect::<Vec<Json>>() })
}

fn show(manifest: &Manifest, json: bool) -> Exit {
    if json {
        println!("{}", as_json(manifest));
        return Exit::Ok;
    }
    println!("{}", manifest.id);
    for (name, text) in [("for", &manifest.stage), ("licence", &licence(manifest)), ("origin", &manifest.origin)] {
        if !text.is_empty() {
            println!("  {name:<8} {text}");
        }
    }
    for file in &manifest.files {
        println!("  {:<8} {}  {}  sha256:{}", "file", file.name, HumanBytes(file.size), file.sha256);
    }
    println!("\nIn a session:\n\n[models]\nmodel = \"{}\"", manifest.id);
    Exit::Ok
}

fn path(store: &Store, id: &str, wanted: Option<&str>) -> Result<Exit, Error> {
    let files = store.files(id)?;
    let Some(wanted) = wanted else {
        files.iter().for_each(|(name, path)| println!("{name}\t{}", path.display()));
        return Ok(Exit::Ok);
    };
    match files.iter().find(|(name, _)| name == wanted) {
        Some((_, path)) => println!("{}", path.display()),
        None => {
            let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
            eprintln!("{id} has no file {wanted:?}; it has {}", names.join(", "));
            return Ok(Exit::Usage);
        }
    }
    Ok(Exit::Ok)
}

fn verify(store: &Store, ids: &[String]) -> Result<Exit, Error> {
    let ids = if ids.is_empty() { store.ids()? } else { ids.to_vec() };
    let mut exit = Exit::Ok;
    for id in &ids {
        let damaged = match store.verify(id, &mut Bar::new()) {
            Ok(damaged) => damaged,
            // The others are still to be looked at.
            Err(error) if error.kind == ErrorKind::Damaged => {
                println!("{id}\tdamaged");
                eprintln!("{error}");
                exit = Exit::Findings;
                continue;
            }
            Err(error) => return Err(error),
        };
        println!("{id}\t{}", if damaged.is_empty() { "whole" } else { "damaged" });
        for (file, damage) in damaged {
            eprintln!("{id}: {} {}; {}", file.name, damage.in_words(), mends(id));
            exit = Exit::Findings;
        }
    }
    Ok(exit)
}

/// How far a file is read, on the terminal.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes}");
        let bar = ProgressBar::hidden();
        Bar(if let Ok(style) = style { bar.with_style(style) } else { bar })
    }
}

impl Progress for Bar {
    fn file(&mut self, name: &str, size: Option<u64>) {
        self.0.reset();
        self.0.set_length(size.unwrap_or(0));
        self.0.set_message(name.to_owned());
        self.0.set_draw_target(indicatif::ProgressDrawTarget::stderr());
        self.0.enable_steady_tick(Duration::from_millis(200));
    }

    fn bytes(&mut self, count: u64) -> bool {
        self.0.inc(count);
        true
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
