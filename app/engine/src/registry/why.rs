//! Why a stage is there, or not: the answer of `auricle plugin why`.

use super::{Considered, Offer, Registry, Verdict};
use std::fmt;

/// The answer to "why is this stage there, or not?"; its text lists every path and file with the reason.
#[derive(Debug)]
pub struct Why<'a> {
    registry: &'a Registry,
    id: String,
}

impl<'a> Why<'a> {
    pub(super) fn new(registry: &'a Registry, id: &str) -> Self {
        Why { registry, id: id.to_owned() }
    }

    /// Is the stage usable?
    pub fn found(&self) -> bool {
        self.registry.stage(&self.id).is_some()
    }

    fn verdict(&self, file: &Considered) -> String {
        let index = match &file.verdict {
            Verdict::Other(reason) => return reason.clone(),
            Verdict::Refused(reason) => return format!("refused: {reason}"),
            Verdict::Plugin(index) => *index,
        };
        let plugin = &self.registry.plugins[index].0;
        let offers = self.registry.offers.get(self.id.as_str()).into_iter().flatten();
        let mut mine = offers.filter(|offer| offer.plugin == index);
        match mine.next() {
            Some(Offer { refused: None, .. }) => format!("{} {} has {}", plugin.name(), plugin.version(), self.id),
            Some(Offer { refused: Some(reason), .. }) => format!("refused: {reason}"),
            None => {
                let ids: Vec<&str> = plugin.stages().iter().map(|stage| stage.id).collect();
                format!("{} {} has other stages: {}", plugin.name(), plugin.version(), ids.join(" "))
            }
        }
    }
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.registry.stage(&self.id) {
            Some((plugin, _)) => writeln!(f, "{}: from {}", self.id, plugin.path().display())?,
            None => {
                let (message, hint) = self.registry.missing(&self.id);
                writeln!(f, "{message}{}{hint}", if hint.is_empty() { "" } else { "; " })?;
            }
        }
        for searched in &self.registry.searched {
            write!(f, "{} ({})", searched.dir.path.display(), searched.dir.place)?;
            match &searched.outcome {
                Err(reason) => writeln!(f, ": {reason}")?,
                Ok(files) if files.is_empty() => writeln!(f, ": no libraries in it")?,
                Ok(files) => {
                    writeln!(f)?;
                    for file in files {
                        let name = file.path.file_name().unwrap_or(file.path.as_os_str()).to_string_lossy();
                        writeln!(f, "  {name}: {}", self.verdict(file))?;
                    }
                }
            }
        }
        Ok(())
    }
}
