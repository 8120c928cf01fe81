//! `auricle models import`: a model that lies on this machine comes into the store.

use super::{Bar, licence};
use crate::exit::Exit;
use crate::places;
use auricle_models::{Error, Import, Part, Snapshot, Store};
use indicatif::HumanBytes;
use std::path::{Path, PathBuf};

/// Ends of names that say what a file is, not what model.
const KINDS: [&str; 12] =
    [".bin", ".onnx", ".safetensors", ".pt", ".pth", ".whl", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2"];

/// Arguments of `auricle models import`.
#[derive(clap::Args)]
pub struct Args {
    /// A file, as ggml-tiny.en.bin; a folder, as Hugging Face or faster-whisper have them; a wheel, zip or tar archive of one; or
    /// hf:ORG/NAME or hf:ORG/NAME@REVISION, from Hugging Face's cache on this machine. Several make one model together
    #[arg(required = true)]
    path: Vec<PathBuf>,
    /// Name in the store [default: that of the file or folder]
    #[arg(long)]
    id: Option<String>,
    /// Of an archive take this file, or the folder FOLDER/, and nothing else; may be said several times
    #[arg(long)]
    member: Vec<String>,
    /// The stage that it is for, as asr.whisper
    #[arg(long, default_value = "", hide_default_value = true)]
    stage: String,
    /// Licence of the weights [default: what the model card says]
    #[arg(long)]
    licence: Option<String>,
    /// Where it comes from, for `models show`
    #[arg(long, default_value = "", hide_default_value = true)]
    origin: String,
    /// Take it although its licence restricts its use
    #[arg(long)]
    accept_licence: bool,
    /// Put it in the place of a model of the same id
    #[arg(long)]
    replace: bool,
}

pub(super) fn run(store: &Store, args: &Args) -> Result<Exit, Error> {
    let cached = |path: &Path| {
        let name = path.to_str()?.strip_prefix("hf:")?;
        Some(Snapshot::find(&places::hub_cache().unwrap_or_default(), name))
    };
    let snapshots = args.path.iter().map(|path| cached(path).transpose()).collect::<Result<Vec<_>, _>>()?;
    let paths: Vec<&Path> = args
        .path
        .iter()
        .zip(&snapshots)
        .map(|(path, snapshot)| snapshot.as_ref().map_or(path.as_path(), |s| &s.folder))
        .collect();
    let names: Vec<String> = args.path.iter().map(|path| name(path)).collect();
    let first = || {
        let name = names.first()?.to_lowercase();
        Some(KINDS.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name).to_owned())
    };
    let request = Import {
        id: args.id.clone().or_else(first).unwrap_or_default(),
        stage: args.stage.clone(),
        licence: args.licence.clone(),
        origin: match snapshots.iter().flatten().next() {
            Some(snapshot) if args.origin.is_empty() => snapshot.origin.clone(),
            _ => args.origin.clone(),
        },
        accept_licence: args.accept_licence,
        replace: args.replace,
    };
    let manifest = match paths.as_slice() {
        [path] if args.member.is_empty() => request.run(store, path, &mut Bar::new())?,
        paths => {
            let parts = paths.iter().zip(&names);
            let parts: Vec<Part<'_>> =
                parts.map(|(path, name)| Part { path, name, member: &args.member, join: None }).collect();
            request.run_parts(store, &parts, &mut Bar::new())?
        }
    };
    eprintln!("{}: {}, {}", manifest.id, HumanBytes(manifest.size()), licence(&manifest));
    println!("{}", manifest.id);
    Ok(Exit::Ok)
}

/// What a path is called: of `.` and the like the folder, of `hf:ORG/NAME@REVISION` the name.
fn name(path: &Path) -> String {
    if let Some(cached) = path.to_str().and_then(|path| path.strip_prefix("hf:")) {
        let model = cached.split('@').next().unwrap_or_default();
        return model.rsplit('/').next().unwrap_or_default().to_owned();
    }
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
