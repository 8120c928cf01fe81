//! `auricle models fetch`, and what `replay --fetch` does before it plans.

use super::{Bar, terms};
use crate::exit::Exit;
use crate::places;
use auricle_engine::Session;
use auricle_models::{Error, ErrorKind, Fetch, Import, Known, Remote, Store};
use indicatif::HumanBytes;

/// Arguments of `auricle models fetch`.
#[derive(clap::Args)]
pub struct Args {
    /// The id of a model that `auricle models list --known` lists, as whisper-tiny.en; or addresses of its files
    #[arg(required = true)]
    what: Vec<String>,
    /// Name in the store [default: the id]
    #[arg(long)]
    id: Option<String>,
    /// The stage that it is for, as asr.whisper
    #[arg(long)]
    stage: Option<String>,
    /// Licence of the weights [default: what the catalogue or a model card says]
    #[arg(long)]
    licence: Option<String>,
    /// SHA-256 of the file, of each address in order
    #[arg(long)]
    sha256: Vec<String>,
    /// Take it although its licence restricts its use
    #[arg(long)]
    accept_licence: bool,
    /// Put it in the place of a model of the same id
    #[arg(long)]
    replace: bool,
}

pub(super) fn run(store: &Store, args: &Args) -> Result<Exit, Error> {
    let mut fetch = match args.what.as_slice() {
        [id] if !id.contains("://") => Fetch::known(find(id)?),
        urls => of_addresses(urls, args)?,
    };
    let import = &mut fetch.import;
    (import.accept_licence, import.replace) = (args.accept_licence, args.replace);
    for (to, given) in [(&mut import.id, &args.id), (&mut import.stage, &args.stage)] {
        *to = given.clone().unwrap_or_else(|| std::mem::take(to));
    }
    import.licence = args.licence.clone().or_else(|| import.licence.take());
    println!("{}", bring(store, &fetch)?);
    Ok(Exit::Ok)
}

fn find(id: &str) -> Result<&'static Known, Error> {
    Known::find(id).ok_or_else(|| {
        let near = auricle_engine::did_you_mean(id, Known::all().iter().map(|known| known.id.as_str()));
        let hint = format!("{near}{}`auricle models list --known` lists them", if near.is_empty() { "" } else { " " });
        Error::new(ErrorKind::Missing, format!("no model {id:?} is known, and it is no address")).hint(hint)
    })
}

fn of_addresses(urls: &[String], args: &Args) -> Result<Fetch, Error> {
    let refused = |why: &str| Err(Error::new(ErrorKind::Missing, why));
    if args.id.is_none() {
        return refused("what comes from an address needs a name in the store: --id NAME");
    }
    if !args.sha256.is_empty() && args.sha256.len() != urls.len() {
        return refused("expected one --sha256 for each address");
    }
    let remote = |(index, url): (usize, &String)| Remote {
        url: url.clone(),
        sha256: args.sha256.get(index).cloned(),
        ..Remote::default()
    };
    let import = Import { origin: urls.join(" "), ..Import::default() };
    Ok(Fetch { import, files: urls.iter().enumerate().map(remote).collect(), certificates: None })
}

/// Says what comes and on what terms, and fetches it; gives its id.
fn bring(store: &Store, fetch: &Fetch) -> Result<String, Error> {
    if let Some(variable) = places::offline() {
        let message = format!("{} is not fetched: {variable} says that this machine stays offline", fetch.import.id);
        return Err(Error::new(ErrorKind::Refused, message));
    }
    let licence = fetch.import.licence.as_deref().unwrap_or_default();
    eprintln!("{}: {}, from {}", fetch.import.id, terms(licence), fetch.import.origin);
    let fetch = Fetch { certificates: places::certificates(), ..fetch.clone() };
    let manifest = fetch.run(store, &mut Bar::new())?;
    eprintln!("{}: {}", manifest.id, HumanBytes(manifest.size()));
    Ok(manifest.id)
}

/// Fetches the models that a session names and the store lacks, as far as they are known; says what cannot be had. The plan
/// then tells what is still missing.
pub fn missing(session: &Session) {
    let Some(store) = places::models() else { return };
    for model in session.models().iter().filter(|model| !model.model.contains('/')) {
        let Some(known) = Known::find(&model.model).filter(|_| store.manifest(&model.model).is_err()) else { continue };
        if let Err(error) = bring(&store, &Fetch::known(known)) {
            eprintln!("{error}");
        }
    }
}
