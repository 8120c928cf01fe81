//! Models inside zip archives, of which Python's wheels are some.

use crate::manifest::is_file_name;
use crate::{Error, ErrorKind, Licence, Progress, Result, hash};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// No archive with a model has more members.
const MOST_MEMBERS: usize = 10_000;
/// No model is larger; an archive that claims to be was made to fill the disk.
const MOST_BYTES: u64 = 64 << 30;
const MOST_METADATA: u64 = 1 << 20;

/// What a package says about itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    pub(crate) licence: Option<Licence>,
    /// Its name and version.
    pub(crate) origin: String,
}

/// Unpacks an archive into `folder`, all files side by side; none if `path` is no archive. Code is left out.
///
/// # Errors
/// It is damaged, too large, has two files of one name, or cannot be read or written.
pub(crate) fn unpack(path: &Path, folder: &Path, progress: &mut dyn Progress) -> Result<Option<(PathBuf, About)>> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    unpack_as(path, &name, folder, &[], progress)
}

/// As [`unpack`], of a file that is called `name` elsewhere; of the members only `wanted`, unless none is named.
///
/// # Errors
/// As [`unpack`], or a wanted member is not there.
pub(crate) fn unpack_as(
    path: &Path,
    name: &str,
    folder: &Path,
    wanted: &[String],
    progress: &mut dyn Progress,
) -> Result<Option<(PathBuf, About)>> {
    let name = name.to_lowercase();
    if !(name.ends_with(".whl") || name.ends_with(".zip")) || path.is_dir() {
        return Ok(None);
    }
    let failed = |error| Error::io(path, error);
    let refused = |why: String| Error::new(ErrorKind::Refused, format!("{}: {why}", path.display()));
    let file = File::open(path).map_err(failed)?;
    let mut archive = ZipArchive::new(file).map_err(|error| refused(format!("is no zip archive: {error}")))?;
    if archive.len() > MOST_MEMBERS {
        return Err(refused(format!("has {} members; no model has so many", archive.len())));
    }
    fs::create_dir(folder).map_err(failed)?;
    let (mut about, mut left) = (About::default(), MOST_BYTES);
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(|error| refused(error.to_string()))?;
        let full = member.name().map_err(|error| refused(error.to_string()))?.into_owned();
        let name = full.rsplit('/').next().unwrap_or_default().to_owned();
        if full.contains(".dist-info/") {
            if name == "METADATA" {
                let mut text = String::new();
                member.by_ref().take(MOST_METADATA).read_to_string(&mut text).map_err(failed)?;
                about = described(&text);
            }
            continue;
        }
        let code = [".py", ".pyc", ".pyi", ".so", ".typed"].iter().any(|end| name.ends_with(end));
        let left_out = !wanted.is_empty() && !wanted.contains(&name);
        if member.is_dir() || code || left_out || !is_file_name(&name) {
            continue;
        }
        let to = folder.join(&name);
        let mut out = File::create_new(&to)
            .map_err(|_| refused(format!("has two files {name}; unpack it and import the folder that is meant")))?;
        progress.file(&name, Some(member.size()));
        let (size, _) = hash::copy(&mut member.by_ref().take(left), Some(&mut out), path, progress)?;
        left -= size;
        if left == 0 {
            return Err(refused(format!("holds more than {MOST_BYTES} bytes")));
        }
    }
    match wanted.iter().find(|name| !folder.join(name).is_file()) {
        Some(name) => Err(refused(format!("has no {name}"))),
        None => Ok(Some((folder.to_owned(), about))),
    }
}

/// The files that were unpacked into a folder, by name, sorted.
///
/// # Errors
/// The folder cannot be read.
pub(crate) fn files(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let failed = |error| Error::io(folder, error);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        files.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
    }
    files.sort();
    Ok(files)
}

fn described(metadata: &str) -> About {
    let line = |key: &str| metadata.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim();
    let origin = format!("Python package {} {}", line("Name: "), line("Version: "));
    About { licence: Licence::of_metadata(metadata), origin }
}
