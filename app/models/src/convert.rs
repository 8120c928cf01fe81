//! Models in forms that no stage reads, rewritten as those that one does. So nobody needs the program that made them.

mod bundle;
mod ct2;
mod musicnn;
mod onnx;
mod speaker;
mod standard;
mod torch;

use crate::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// What `files`, all files of a model, are rewritten as, in the empty folder `to`; those that need no rewriting stay as they are.
///
/// | from | to |
/// |---|---|
/// | a Whisper of CTranslate2 | safetensors |
/// | a speaker encoder trained in PyTorch | ONNX |
/// | musicnn's VGG, a checkpoint of TensorFlow | ONNX |
/// | ONNX with operators of ONNX Runtime alone | ONNX with its own |
///
/// # Errors
/// One is damaged or of another version, or cannot be read or written.
pub(crate) fn converted(folder: &Path, files: Vec<PathBuf>, to: &Path) -> Result<Vec<PathBuf>> {
    if ct2::is_whisper(folder) {
        ct2::convert(folder, to)?;
        return crate::archive::files(to).map(|files| files.into_iter().map(|(_, path)| path).collect());
    }
    if bundle::is_bundle(folder) {
        return Ok(vec![write(to, "musicnn.onnx", &musicnn::graph(&bundle::Bundle::read(folder)?)?)?]);
    }
    let one = |path: PathBuf| match path.extension().and_then(|end| end.to_str()) {
        Some("pt" | "pth") => match torch::arrays(&path)? {
            Some(arrays) if speaker::is_encoder(&arrays) => write(to, "speaker.onnx", &speaker::graph(&arrays, &path)?),
            _ => Ok(path),
        },
        Some("onnx") => match standard::rewritten(&path)? {
            Some(bytes) => write(to, &crate::import::name(&path), &bytes),
            None => Ok(path),
        },
        _ => Ok(path),
    };
    files.into_iter().map(one).collect()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf> {
    let path = folder.join(name);
    std::fs::write(&path, bytes).map_err(|error| Error::io(&path, error))?;
    Ok(path)
}

fn refused(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Refused, format!("{}: {why}", path.display()))
}

/// Numbers with a shape.
#[derive(Clone, Debug, PartialEq)]
struct Array {
    /// Lengths of the axes, slowest first.
    shape: Vec<usize>,
    values: Vec<f32>,
}

/// All of a file, to be rewritten; none if it is too large to be one of those that are.
fn whole(path: &Path) -> Result<Option<Vec<u8>>> {
    const MOST: u64 = 2 << 30;
    let failed = |error| Error::io(path, error);
    if std::fs::metadata(path).map_err(failed)?.len() > MOST {
        return Ok(None);
    }
    std::fs::read(path).map(Some).map_err(failed)
}

/// The little-endian numbers in `bytes`.
fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}
