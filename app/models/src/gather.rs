//! What a model is made of where it comes in several parts: files and archives, put side by side in one folder.

use crate::archive::{self, About};
use crate::manifest::is_file_name;
use crate::{Error, ErrorKind, Progress, Result};
use std::fs::{self, File};
use std::path::Path;

/// A part of a model.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its file or folder.
    pub path: &'a Path,
    /// What the file is called, whatever it is called here.
    pub name: &'a str,
    /// Of an archive these members and nothing else: files by name, folders by path, with a `/` at the end. All, if none is named.
    pub member: &'a [String],
    /// What comes is put behind what came under this name before.
    pub join: Option<&'a str>,
}

impl Part<'_> {
    /// Puts it among the files in `to`; an archive is unpacked in the folder `unpacked`, which is made.
    ///
    /// # Errors
    /// It cannot be unpacked, two files have one name, or reading or writing fails.
    pub(crate) fn put(&self, unpacked: &Path, to: &Path, progress: &mut dyn Progress) -> Result<About> {
        let about = archive::unpack_as(self.path, self.name, unpacked, self.member, progress)?;
        let files = match &about {
            Some(_) => archive::files(unpacked)?,
            None if self.path.is_dir() => archive::files(self.path)?,
            None if is_file_name(self.name) => vec![(self.name.to_owned(), self.path.to_owned())],
            None => {
                let message = format!("{:?} is no name for a file", self.name);
                return Err(Error::new(ErrorKind::Refused, message));
            }
        };
        for (name, from) in files.into_iter().filter(|(_, from)| from.is_file()) {
            let path = to.join(self.join.unwrap_or(&name));
            let failed = |error| Error::io(&path, error);
            if self.join.is_some() {
                let mut file = File::options().create(true).append(true).open(&path).map_err(failed)?;
                std::io::copy(&mut File::open(&from).map_err(failed)?, &mut file).map_err(failed)?;
                continue;
            }
            if path.exists() {
                return Err(Error::new(ErrorKind::Refused, format!("the model has two files {name}")));
            }
            // Both may lie on one disk, so that no byte is copied where links are known.
            fs::hard_link(&from, &path).or_else(|_| fs::copy(&from, &path).map(drop)).map_err(failed)?;
        }
        Ok(about.unwrap_or_default())
    }
}
