//! A model's files: its description, its graph, and what lies beside them.

use crate::described;
use crate::description::Description;
use crate::outline::Outline;
use auricle_sdk::prelude::*;

/// No vocabulary or description is larger.
const MOST_TEXT: u64 = 16 << 20;

/// A model as a session gives it: looked at, not loaded.
#[derive(Clone, Debug)]
pub struct Package {
    /// What it is.
    pub description: Description,
    /// The file with the graph.
    pub graph: ByteSource,
    /// What the graph says of itself.
    pub outline: Outline,
    sources: Vec<ByteSource>,
}

/// The name without the model's.
pub fn file_name(source: &ByteSource) -> String {
    let name = source.name();
    name.rsplit('/').next().unwrap_or(&name).to_owned()
}

/// Reads all of `bytes` from `offset` on.
///
/// # Errors
/// The file ends before, or cannot be read.
pub fn exactly(source: &ByteSource, offset: u64, bytes: &mut [u8]) -> Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match source.read_at(offset + done as u64, &mut bytes[done..])? {
            0 => return Err(Error::data(format!("{} ends at byte {}", source.name(), offset + done as u64))),
            got => done += got,
        }
    }
    Ok(())
}

impl Package {
    /// The input that brings it.
    pub const PORT: Port = Port::source("model").many().doc("A model of the session: all its files.");

    /// Looks at the files that a stage with the id `stage` is given.
    ///
    /// # Errors
    /// There is no graph, no description that fits it, or it cannot work: it is cut short, has other inputs, or needs
    /// operators of one runtime alone.
    pub fn open(setup: &Setup, stage: &str) -> Result<Self> {
        let sources = setup.inputs.iter().filter_map(|input| input.format.as_source().ok().cloned());
        Self::of(sources.collect(), stage)
    }

    /// As [`Package::open`], of these files.
    ///
    /// # Errors
    /// As there.
    pub fn of(sources: Vec<ByteSource>, stage: &str) -> Result<Self> {
        let ending = |end: &str| sources.iter().filter(|source| file_name(source).ends_with(end)).collect::<Vec<_>>();
        let own = match ending(".toml").as_slice() {
            [] => None,
            [one] => Some(Description::parse(&text(one)?, &one.name())?),
            many => {
                return Err(Error::data(format!("the model has {} descriptions (*.toml), expected one", many.len())));
            }
        };
        let graphs = ending(".onnx");
        let wanted = own.as_ref().and_then(|own| own.graph.as_deref());
        let graph = match (wanted, graphs.as_slice()) {
            (Some(wanted), _) => graphs.iter().find(|source| file_name(source) == wanted).copied(),
            (None, [one]) => Some(*one),
            _ => None,
        };
        let Some(graph) = graph else {
            let names: Vec<String> = sources.iter().map(file_name).collect();
            let wanted = wanted.unwrap_or("*.onnx");
            return Err(Error::data(format!(
                "expected one graph {wanted} among the model's files: {}",
                names.join(", ")
            ))
            .hint("`auricle models import` takes a folder with the graph and its description"));
        };
        let outline = Outline::read(graph)?;
        let description = match own {
            Some(own) => own,
            None => described::find(stage, &outline)?,
        };
        if description.stage != stage {
            return Err(Error::data(format!("the model is for {}, by its description", description.stage)));
        }
        described::agree(&description, &outline).map_err(|why| Error::data(format!("{}: {why}", graph.name())))?;
        if !outline.foreign.is_empty() {
            let foreign: Vec<&str> = outline.foreign.iter().map(String::as_str).collect();
            let message = format!("{} needs operators that are not ONNX's own: {}", graph.name(), foreign.join(", "));
            return Err(Error::data(message).hint("`auricle models import` rewrites some of them; else export the model without the optimisations of one runtime"));
        }
        Ok(Package { description, graph: graph.clone(), outline, sources })
    }

    /// The file with this name, if the model has it.
    pub fn named(&self, name: &str) -> Option<&ByteSource> {
        self.sources.iter().find(|source| file_name(source) == name)
    }

    /// The text of a file.
    ///
    /// # Errors
    /// The model has none of that name, it is too large or no text, or cannot be read.
    pub fn text(&self, name: &str) -> Result<String> {
        let names = || self.sources.iter().map(file_name).collect::<Vec<_>>().join(", ");
        let missing = || Error::data(format!("the model has no file {name}; it has {}", names()));
        text(self.named(name).ok_or_else(missing)?)
    }

    /// The first file whose name ends so.
    pub fn ending(&self, end: &str) -> Option<&ByteSource> {
        self.all_ending(end).first().copied()
    }

    /// All files whose names end so.
    pub fn all_ending(&self, end: &str) -> Vec<&ByteSource> {
        self.sources.iter().filter(|source| file_name(source).ends_with(end)).collect()
    }
}

/// All of a small file, as text.
///
/// # Errors
/// It is too large or no text, or cannot be read.
pub fn text(source: &ByteSource) -> Result<String> {
    let length = source.len().unwrap_or(0);
    if length > MOST_TEXT {
        return Err(Error::data(format!("{}: expected at most {MOST_TEXT} bytes, got {length}", source.name())));
    }
    let mut bytes = vec![0; length as usize];
    exactly(source, 0, &mut bytes)?;
    String::from_utf8(bytes).map_err(|_| Error::data(format!("{} is not UTF-8", source.name())))
}
