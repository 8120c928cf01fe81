//! The registry: which plugins are installed, which stage comes from which of them, and why not from another.

mod why;

use crate::diagnostic::did_you_mean;
use crate::model::{MissingModel, ModelFile, ModelStore};
use crate::plugin::Plugin;
use crate::section::NoManifest;
use auricle_sdk::descriptor::Descriptor;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use why::Why;

/// A directory to look for plugins in, or one library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchDir {
    /// The directory.
    pub path: PathBuf,
    /// Who named it.
    pub place: Place,
}

/// Who named a search directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The option `--plugin-dir`.
    Option,
    /// The variable `AURICLE_PLUGIN_PATH`.
    Variable,
    /// The user's data directory.
    User,
    /// The directory of the program, and `plugins` in it. Its stages win, and may have ids without a reverse domain.
    Bundled,
}

/// What became of a searched directory.
#[derive(Clone, Debug)]
pub struct Searched {
    /// The directory.
    pub dir: SearchDir,
    /// Why nothing could be looked for in it, or the files that were considered, by name.
    pub outcome: Result<Vec<Considered>, String>,
}

/// What became of a file.
#[derive(Clone, Debug)]
pub struct Considered {
    /// The file.
    pub path: PathBuf,
    /// The verdict.
    pub verdict: Verdict,
}

/// What a file turned out to be.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// A plugin; the index is that in [`Registry::plugins`].
    Plugin(usize),
    /// Something else, and why it is no plugin.
    Other(String),
    /// A plugin that this host cannot use, and why.
    Refused(String),
}

/// The installed plugins and their stages.
#[derive(Debug, Default)]
pub struct Registry {
    searched: Vec<Searched>,
    plugins: Vec<(Arc<Plugin>, Place)>,
    /// Every stage that a plugin offers, refused or not, by id.
    offers: BTreeMap<&'static str, Vec<Offer>>,
    models: Option<Arc<dyn ModelStore>>,
}

#[derive(Debug)]
struct Offer {
    plugin: usize,
    descriptor: &'static Descriptor,
    /// Why it is not used; `None` for the one that is.
    refused: Option<String>,
}

impl Registry {
    /// Looks through the directories in order. Nothing is loaded; manifests are read from the files.
    pub fn scan(dirs: &[SearchDir]) -> Self {
        let mut registry = Registry::default();
        let mut seen = BTreeMap::new();
        // Bundled directories come first, so that a file reached by two ways counts as bundled; the report keeps the
        // given order.
        let mut order: Vec<usize> = (0..dirs.len()).collect();
        order.sort_by_key(|&index| dirs[index].place != Place::Bundled);
        let mut searched: Vec<(usize, Searched)> = Vec::new();
        for index in order {
            for dir in expand(&dirs[index]) {
                let outcome = candidates(&dir.path);
                let outcome = outcome
                    .map(|paths| paths.into_iter().map(|path| registry.consider(path, dir.place, &mut seen)).collect());
                searched.push((index, Searched { dir, outcome }));
            }
        }
        searched.sort_by_key(|(index, _)| *index);
        registry.searched = searched.into_iter().map(|(_, searched)| searched).collect();
        registry.settle();
        registry
    }

    /// With a store of models, which sessions may name by their ids.
    pub fn with_models(mut self, store: Arc<dyn ModelStore>) -> Self {
        self.models = Some(store);
        self
    }

    /// The files of the model `id`.
    ///
    /// # Errors
    /// It is not in the store, or there is no store.
    pub fn model(&self, id: &str) -> Result<Vec<ModelFile>, MissingModel> {
        match &self.models {
            Some(store) => store.files(id),
            None => Err(MissingModel { message: format!("no model {id}: there is no store"), hint: String::new() }),
        }
    }

    fn consider(&mut self, path: PathBuf, place: Place, seen: &mut BTreeMap<PathBuf, PathBuf>) -> Considered {
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(error) => {
                let verdict = Verdict::Other(format!("cannot be opened: {error}"));
                return Considered { path, verdict };
            }
        };
        if let Some(first) = seen.get(&real) {
            let verdict = Verdict::Other(format!("the same file as {}", first.display()));
            return Considered { path, verdict };
        }
        seen.insert(real, path.clone());
        let verdict = match Plugin::read(&path) {
            Ok(plugin) => {
                let index = self.plugins.len();
                for &descriptor in plugin.stages() {
                    let offer = Offer { plugin: index, descriptor, refused: None };
                    self.offers.entry(descriptor.id).or_default().push(offer);
                }
                self.plugins.push((Arc::new(plugin), place));
                Verdict::Plugin(index)
            }
            Err(NoManifest::NotAPlugin(reason)) => Verdict::Other(reason),
            Err(NoManifest::Unusable(reason)) => Verdict::Refused(reason),
        };
        Considered { path, verdict }
    }

    /// Decides for each stage id which offer is used.
    fn settle(&mut self) {
        let place = |offer: &Offer| self.plugins[offer.plugin].1;
        let path = |offer: &Offer| self.plugins[offer.plugin].0.path().display().to_string();
        for (id, offers) in &mut self.offers {
            let bundled: Vec<String> = offers.iter().filter(|o| place(o) == Place::Bundled).map(path).collect();
            let all: Vec<String> = offers.iter().map(path).collect();
            let third_party = id.split('.').count() >= 3;
            for offer in offers {
                let mine = path(offer);
                let others = |list: &[String]| {
                    list.iter().filter(|path| **path != mine).cloned().collect::<Vec<_>>().join(" and ")
                };
                offer.refused = if place(offer) == Place::Bundled {
                    (bundled.len() > 1).then(|| format!("{id} is also in {}; only one may offer it", others(&bundled)))
                } else if !bundled.is_empty() {
                    Some(format!("the bundled {id} in {} comes first", bundled.join(" and ")))
                } else if !third_party {
                    Some(format!(
                        "the id {id} is kept for bundled plugins; others begin with a reverse domain, as org.example.{id}"
                    ))
                } else {
                    (all.len() > 1).then(|| format!("{id} is also in {}; only one may offer it", others(&all)))
                };
            }
        }
    }

    /// The stage `id` and the plugin that offers it.
    pub fn stage(&self, id: &str) -> Option<(&Arc<Plugin>, &'static Descriptor)> {
        let offer = self.offers.get(id)?.iter().find(|offer| offer.refused.is_none())?;
        Some((&self.plugins[offer.plugin].0, offer.descriptor))
    }

    /// All usable stages with their plugins, by id.
    pub fn stages(&self) -> impl Iterator<Item = (&Arc<Plugin>, &'static Descriptor)> {
        self.offers.keys().filter_map(|id| self.stage(id))
    }

    /// The plugins that were found.
    pub fn plugins(&self) -> impl Iterator<Item = (&Arc<Plugin>, Place)> {
        self.plugins.iter().map(|(plugin, place)| (plugin, *place))
    }

    /// What was searched, and what became of every file, in the order of the search.
    pub fn searched(&self) -> &[Searched] {
        &self.searched
    }

    /// Libraries that are plugins which cannot be used, stages that are not used, and directories that somebody named
    /// but that cannot be searched, with their reasons.
    pub fn refusals(&self) -> Vec<(PathBuf, String)> {
        let named =
            self.searched.iter().filter(|searched| matches!(searched.dir.place, Place::Option | Place::Variable));
        let dirs =
            named.filter_map(|searched| Some((searched.dir.path.clone(), searched.outcome.as_ref().err()?.clone())));
        let files = self.searched.iter().filter_map(|searched| searched.outcome.as_ref().ok()).flatten();
        let files = files.filter_map(|file| match &file.verdict {
            Verdict::Refused(reason) => Some((file.path.clone(), reason.clone())),
            _ => None,
        });
        let stages = self.offers.values().flatten().filter_map(|offer| {
            let reason = offer.refused.clone()?;
            Some((self.plugins[offer.plugin].0.path().to_owned(), reason))
        });
        dirs.chain(files).chain(stages).collect()
    }

    /// Why the stage `id` is not there, in words, and what to try (or nothing).
    pub fn missing(&self, id: &str) -> (String, String) {
        match self.offers.get(id).map(Vec::as_slice) {
            None | Some([]) => {
                let near = did_you_mean(id, self.offers.keys().copied());
                let hint = if near.is_empty() {
                    format!("`auricle plugin why {id}` tells where it was looked for")
                } else {
                    near
                };
                (format!("no plugin has the stage {id}"), hint)
            }
            Some(offers) => {
                let reason = |offer: &Offer| {
                    let path = self.plugins[offer.plugin].0.path().display();
                    format!("{path}: {}", offer.refused.as_deref().unwrap_or("it is used"))
                };
                let reasons: Vec<String> = offers.iter().map(reason).collect();
                (format!("the stage {id} is refused: {}", reasons.join("; ")), String::new())
            }
        }
    }

    /// Everything that was looked at for the stage `id`, for `auricle plugin why`.
    pub fn why(&self, id: &str) -> Why<'_> {
        Why::new(self, id)
    }
}

/// A bundled directory stands for itself and `plugins` in it.
fn expand(dir: &SearchDir) -> Vec<SearchDir> {
    let below = SearchDir { path: dir.path.join("plugins"), place: dir.place };
    if dir.place == Place::Bundled { vec![dir.clone(), below] } else { vec![dir.clone()] }
}

/// The libraries in a directory, by name.
fn candidates(path: &Path) -> Result<Vec<PathBuf>, String> {
    let meta = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        _ => format!("cannot be read: {error}"),
    })?;
    if !meta.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).map_err(|error| format!("cannot be read: {error}"))?;
    let mut paths: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|p| is_library(p)).collect();
    paths.sort();
    Ok(paths)
}

fn is_library(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let shared = name.starts_with("lib") && (name.ends_with(".so") || name.ends_with(".dylib"));
    (shared || name.ends_with(".dll")) && !path.is_dir()
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Place::Option => "--plugin-dir",
            Place::Variable => "AURICLE_PLUGIN_PATH",
            Place::User => "the user's plugins",
            Place::Bundled => "bundled with the program",
        })
    }
}
