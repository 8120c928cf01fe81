//! Models inside archives: zip, of which Python's wheels are some, and tar.

use crate::manifest::is_file_name;
use crate::{Error, ErrorKind, Licence, Progress, Result, hash};
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// No archive with a model has more members.
const MOST_MEMBERS: usize = 10_000;
/// No model is larger; an archive that claims to be was made to fill the disk.
const MOST_BYTES: u64 = 64 << 30;
const MOST_METADATA: u64 = 1 << 20;
/// Ends of names of code.
const CODE: [&str; 9] = [".py", ".pyc", ".pyi", ".so", ".typed", ".js", ".cjs", ".ts", ".ts.map"];

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
pub(crate) fn unpack(path: &Path, folder: &Path, progress: &mut dyn Progress) -> Result<Option<About>> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    unpack_as(path, &name, folder, &[], progress)
}

/// As [`unpack`], of a file that is called `name` elsewhere; of the members only `wanted`, unless none is named: files by their
/// names, or folders by their paths, which end in `/`.
///
/// # Errors
/// As [`unpack`], or a wanted member is not there.
pub(crate) fn unpack_as(
    path: &Path,
    name: &str,
    folder: &Path,
    wanted: &[String],
    progress: &mut dyn Progress,
) -> Result<Option<About>> {
    let name = name.to_lowercase();
    let is = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let packed = [".whl", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2"];
    if !is(&packed) || path.is_dir() {
        return Ok(None);
    }
    let failed = |error| Error::io(path, error);
    let file = File::open(path).map_err(failed)?;
    fs::create_dir(folder).map_err(failed)?;
    let mut unpacking = Unpacking {
        path,
        folder,
        wanted,
        progress,
        found: vec![false; wanted.len()],
        members: 0,
        left: MOST_BYTES,
        about: About::default(),
    };
    if is(&packed[..2]) {
        unpacking.zip(file)?;
    } else if is(&[".gz", ".tgz"]) {
        unpacking.tar(flate2::read::MultiGzDecoder::new(BufReader::new(file)))?;
    } else if is(&["bz2"]) {
        unpacking.tar(bzip2::read::MultiBzDecoder::new(BufReader::new(file)))?;
    } else {
        unpacking.tar(BufReader::new(file))?;
    }
    match unpacking.found.iter().position(|found| !found) {
        Some(index) => Err(unpacking.refused(format!("has no {}", wanted[index]))),
        None => Ok(Some(unpacking.about)),
    }
}

/// An archive that is unpacked.
struct Unpacking<'a> {
    path: &'a Path,
    folder: &'a Path,
    wanted: &'a [String],
    progress: &'a mut dyn Progress,
    /// Which of the wanted were there.
    found: Vec<bool>,
    members: usize,
    /// Bytes that may still come.
    left: u64,
    about: About,
}

impl Unpacking<'_> {
    fn refused(&self, why: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Refused, format!("{}: {why}", self.path.display()))
    }

    fn zip(&mut self, file: File) -> Result<()> {
        let mut archive = ZipArchive::new(file).map_err(|error| self.refused(format!("is no zip archive: {error}")))?;
        for index in 0..archive.len() {
            let mut member = archive.by_index(index).map_err(|error| self.refused(error))?;
            let full = member.name().map_err(|error| self.refused(error))?.into_owned();
            let size = member.size();
            if !member.is_dir() {
                self.member(&full, size, &mut member)?;
            }
        }
        Ok(())
    }

    fn tar(&mut self, from: impl Read) -> Result<()> {
        let broken = |error: std::io::Error| format!("is no tar archive, or is cut short: {error}");
        let mut archive = tar::Archive::new(from);
        let members = archive.entries().map_err(|error| self.refused(broken(error)))?;
        for member in members {
            let mut member = member.map_err(|error| self.refused(broken(error)))?;
            let full = String::from_utf8_lossy(&member.path_bytes()).into_owned();
            let size = member.size();
            // Links and the like could lead out of the folder.
            if member.header().entry_type().is_file() {
                self.member(&full, size, &mut member)?;
            }
        }
        Ok(())
    }

    /// Unpacks a file, if it belongs to a model.
    fn member(&mut self, full: &str, size: u64, member: &mut dyn Read) -> Result<()> {
        self.members += 1;
        if self.members > MOST_MEMBERS {
            return Err(self.refused(format!("has more than {MOST_MEMBERS} members; no model has so many")));
        }
        let failed = |error| Error::io(self.path, error);
        let (within, name) = full.rsplit_once('/').unwrap_or(("", full));
        if within.ends_with(".dist-info") {
            if name == "METADATA" {
                let mut text = String::new();
                member.take(MOST_METADATA).read_to_string(&mut text).map_err(failed)?;
                self.about = described(&text);
            }
            return Ok(());
        }
        let is = |wanted: &String| *wanted == name || wanted.strip_suffix('/') == Some(within);
        let wanted = self.wanted.iter().position(is);
        if let Some(index) = wanted {
            self.found[index] = true;
        }
        let code = CODE.iter().any(|end| name.ends_with(end));
        let plain = is_file_name(name.strip_prefix('.').filter(|_| wanted.is_some()).unwrap_or(name));
        if code || !plain || (wanted.is_none() && !self.wanted.is_empty()) {
            return Ok(());
        }
        let two = || {
            format!("has two files {name}; --member says which is meant, by the path of its folder with a / at the end")
        };
        let mut out = File::create_new(self.folder.join(name)).map_err(|_| self.refused(two()))?;
        self.progress.file(name, Some(size));
        let (size, _) = hash::copy(&mut member.take(self.left), Some(&mut out), self.path, self.progress)?;
        self.left -= size;
        if self.left == 0 { Err(self.refused(format!("holds more than {MOST_BYTES} bytes"))) } else { Ok(()) }
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
