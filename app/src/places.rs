//! Where things lie on this machine: plugins, and what the program keeps for the user.

use auricle_engine::{MissingModel, ModelFile, ModelStore, Overviews, Place, Registry, SearchDir};
use auricle_models::Store;
use std::path::PathBuf;
use std::sync::Arc;

/// Where plugins are looked for, in order.
pub fn plugin_dirs(named: &[PathBuf]) -> Vec<SearchDir> {
    let dir = |path: PathBuf, place| SearchDir { path, place };
    let mut dirs: Vec<SearchDir> = named.iter().map(|path| dir(path.clone(), Place::Option)).collect();
    if let Some(path) = std::env::var_os("AURICLE_PLUGIN_PATH") {
        dirs.extend(
            std::env::split_paths(&path).filter(|p| !p.as_os_str().is_empty()).map(|p| dir(p, Place::Variable)),
        );
    }
    dirs.extend(data_dir().map(|data| dir(data.join("plugins"), Place::User)));
    dirs.extend(program_dir().map(|program| dir(program, Place::Bundled)));
    dirs
}

/// The installed plugins, and the store of models.
pub fn registry(named: &[PathBuf]) -> Registry {
    let registry = Registry::scan(&plugin_dirs(named));
    match models() {
        Some(store) => registry.with_models(Arc::new(Models(store))),
        None => registry,
    }
}

/// The store of models: where `AURICLE_MODELS` says, else in the user's data directory.
pub fn models() -> Option<Store> {
    let named = std::env::var_os("AURICLE_MODELS").filter(|path| !path.is_empty()).map(PathBuf::from);
    Some(Store::new(&named.or_else(|| Some(data_dir()?.join("models")))?))
}

/// The variable that says that nothing may be fetched, if one does.
pub fn offline() -> Option<&'static str> {
    let set = |name: &&str| {
        let value = std::env::var(name).unwrap_or_default().to_uppercase();
        ["1", "ON", "YES", "TRUE"].contains(&value.as_str())
    };
    ["AURICLE_OFFLINE", "HF_HUB_OFFLINE"].into_iter().find(set)
}

/// Certificates by which servers are known, if the user names them: those of a company whose proxy looks into what is fetched.
pub fn certificates() -> Option<PathBuf> {
    std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Where Hugging Face's programs keep what they have fetched, by the variables that they read (huggingface_hub 1.x).
pub fn hub_cache() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let home = || set("HF_HOME").or_else(|| Some(xdg_base("XDG_CACHE_HOME", ".cache")?.join("huggingface")));
    set("HF_HUB_CACHE").or_else(|| Some(home()?.join("hub")))
}

/// The store, as the engine asks it.
#[derive(Debug)]
struct Models(Store);

impl ModelStore for Models {
    fn files(&self, id: &str) -> Result<Vec<ModelFile>, MissingModel> {
        let files = self.0.files(id).map_err(|error| {
            let hint = error.hint.clone();
            MissingModel { message: error.hint("").to_string(), hint }
        })?;
        Ok(files.into_iter().map(|(name, path)| ModelFile { name, path }).collect())
    }
}

/// The directory of the program itself.
pub fn program_dir() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    Some(program.canonicalize().unwrap_or(program).parent()?.to_owned())
}

/// The user's data directory for auricle, after the XDG base directory specification 0.8.
pub fn data_dir() -> Option<PathBuf> {
    xdg("XDG_DATA_HOME", ".local/share")
}

/// The user's configuration directory for auricle.
pub fn config_dir() -> Option<PathBuf> {
    xdg("XDG_CONFIG_HOME", ".config")
}

/// The user's state directory for auricle.
pub fn state_dir() -> Option<PathBuf> {
    xdg("XDG_STATE_HOME", ".local/state")
}

/// The user's cache directory for auricle.
pub fn cache_dir() -> Option<PathBuf> {
    xdg("XDG_CACHE_HOME", ".cache")
}

/// Bytes that overviews of long files may occupy together.
const OVERVIEWS: u64 = 1 << 30;

/// Overviews of long files, in the user's cache directory.
pub fn overviews() -> Overviews {
    Overviews::new(cache_dir().map(|dir| dir.join("overviews")), OVERVIEWS)
}

/// Relative paths in the variables are to be ignored, says the specification.
fn xdg(variable: &str, below_home: &str) -> Option<PathBuf> {
    Some(xdg_base(variable, below_home)?.join("auricle"))
}

fn xdg_base(variable: &str, below_home: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(below_home)))
}
