//! SHA-256 of what is read or copied.

use crate::{Error, ErrorKind, Progress, Result};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{ErrorKind as Io, Read, Write};
use std::path::Path;

const BLOCK: usize = 1 << 20;

/// Copies all of `from` to `to`, if there is one; gives the number of bytes and their SHA-256 in hex.
///
/// # Errors
/// Reading or writing fails (`path` is what is read), or the caller asks to stop.
pub(crate) fn copy(
    from: &mut dyn Read,
    mut to: Option<&mut File>,
    path: &Path,
    progress: &mut dyn Progress,
) -> Result<(u64, String)> {
    let failed = |error| Error::io(path, error);
    let (mut hasher, mut size) = (Sha256::new(), 0);
    let mut buffer = vec![0; BLOCK];
    loop {
        let got = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(got) => got,
            Err(error) if error.kind() == Io::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        hasher.update(&buffer[..got]);
        if let Some(to) = &mut to {
            to.write_all(&buffer[..got]).map_err(failed)?;
        }
        size += got as u64;
        if !progress.bytes(got as u64) {
            return Err(Error::new(ErrorKind::Cancelled, "stopped"));
        }
    }
    Ok((size, hex(&hasher.finalize())))
}

/// Bytes in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
