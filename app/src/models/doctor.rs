//! `auricle models doctor`: where the store is, and what is wrong with it.

use crate::exit::Exit;
use auricle_models::{Error, Store};
use indicatif::HumanBytes;

/// Says what it found; 1 when something is wrong.
pub(super) fn run(store: &Store) -> Result<Exit, Error> {
    println!("Store\n  {}", store.root().display());
    for name in ["AURICLE_MODELS", "XDG_DATA_HOME", "AURICLE_OFFLINE", "HF_HUB_OFFLINE", "SSL_CERT_FILE"] {
        println!("  {name:<16}{}", std::env::var(name).unwrap_or_else(|_| "(not set)".into()));
    }
    println!("\nModels");
    let (mut bytes, mut exit) = (0, Exit::Ok);
    let ids = store.ids()?;
    for id in &ids {
        match store.files(id).and_then(|_| store.manifest(id)) {
            Ok(manifest) => {
                bytes += manifest.size();
                println!("  {id}: whole in length, {}", HumanBytes(manifest.size()));
            }
            Err(error) => {
                println!("  {id}: {error}");
                exit = Exit::Findings;
            }
        }
    }
    println!("  {} models, {}; `auricle models verify` reads them all", ids.len(), HumanBytes(bytes));
    let (count, bytes) = store.begun()?;
    if count > 0 {
        println!("  {count} files begun, {}: the next fetch of each goes on with it", HumanBytes(bytes));
    }
    let (count, bytes) = store.unnamed()?;
    if count > 0 {
        println!("  {count} files of no model, {}: the next import takes them away", HumanBytes(bytes));
    }
    Ok(exit)
}
