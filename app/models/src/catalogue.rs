//! Models that are known by name, and where their files lie in the world.

use serde::Deserialize;
use std::sync::OnceLock;

/// A model that can be fetched by its id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Its id, here and in the store.
    pub id: String,
    /// The stage that it is for.
    pub stage: String,
    /// What it is, in a few words.
    pub about: String,
    /// Licence of the weights, as their makers state it; empty if they do not.
    pub licence: String,
    /// What it is made of.
    #[serde(rename = "file")]
    pub files: Vec<Remote>,
}

/// A file somewhere in the world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remote {
    /// Its address, with `https://` or `http://`.
    pub url: String,
    /// SHA-256 in hex, if it is known.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Bytes, if they are known.
    #[serde(default)]
    pub size: Option<u64>,
    /// Of an archive: the members that are wanted; all, if none is named.
    #[serde(default)]
    pub member: Vec<String>,
    /// What comes is a part of the file of this name, behind those that came before.
    #[serde(default)]
    pub join: Option<String>,
}

impl Known {
    /// All of them.
    pub fn all() -> &'static [Known] {
        #[derive(Deserialize)]
        struct Catalogue {
            model: Vec<Known>,
        }
        static ALL: OnceLock<Vec<Known>> = OnceLock::new();
        let parse = || toml::from_str::<Catalogue>(include_str!("../catalogue.toml")).map(|catalogue| catalogue.model);
        ALL.get_or_init(|| parse().expect("the catalogue is part of the program, and a test reads it"))
    }

    /// The one of this id.
    pub fn find(id: &str) -> Option<&'static Known> {
        Self::all().iter().find(|known| known.id == id)
    }

    /// Bytes to fetch, if they are known of every file.
    pub fn size(&self) -> Option<u64> {
        self.files.iter().map(|file| file.size).sum()
    }
}

impl Remote {
    /// The last part of the address, without what follows a question mark.
    pub fn name(&self) -> &str {
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{is_file_name, is_id};

    #[test]
    fn the_catalogue_is_whole() {
        let mut ids: Vec<&str> = Known::all().iter().map(|known| known.id.as_str()).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert!(count == ids.len() && count > 5, "an id is there twice: {ids:?}");
        for known in Known::all() {
            assert!(is_id(&known.id) && !known.licence.is_empty() && !known.files.is_empty(), "{}", known.id);
            for file in &known.files {
                let sha256 = file.sha256.as_deref().unwrap_or_default();
                assert!(sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit()), "{}", file.url);
                assert!(
                    file.url.starts_with("https://") && file.size.is_some() && is_file_name(file.name()),
                    "{}",
                    file.url
                );
            }
        }
    }

    #[test]
    fn names_of_addresses() {
        let name = |url: &str| Remote { url: url.into(), ..Remote::default() }.name().to_owned();
        assert_eq!(name("https://a/b/c.bin?download=true"), "c.bin");
        assert_eq!(name("https://a/"), "");
    }
}
