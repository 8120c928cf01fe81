//! The bench's host: keeps in memory what a stage says and writes.

use super::outcome::{Finding, Outcome};
use crate::host::{Bytes, Services};
use crate::services::Severity;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes in memory, as a file.
pub(super) struct Memory(pub(super) Mutex<Vec<u8>>);

impl Bytes for Memory {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = usize::try_from(offset).ok().and_then(|at| bytes.get(at..)).unwrap_or(&[]);
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn write_at(&self, offset: u64, from: &[u8]) -> io::Result<()> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let end = offset + from.len();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[offset..end].copy_from_slice(from);
        Ok(())
    }

    fn length(&self) -> Option<u64> {
        Some(self.0.lock().unwrap_or_else(PoisonError::into_inner).len() as u64)
    }
}

/// Keeps what a stage says and writes.
#[derive(Default)]
pub(super) struct Recorder {
    findings: Mutex<Vec<Finding>>,
    files: Mutex<BTreeMap<String, Arc<Memory>>>,
}

impl Recorder {
    /// A new run starts: what earlier ones said and wrote is gone, and the first `findings` stay.
    pub(super) fn rewind(&self, findings: usize) {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner).truncate(findings);
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn findings(&self) -> usize {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(super) fn outcome(&self) -> Outcome {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |file: &Memory| file.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Outcome {
            findings: self.findings.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            files: files.iter().map(|(path, file)| (path.clone(), read(file))).collect(),
            ..Outcome::default()
        }
    }
}

impl Services for Recorder {
    fn finding(&self, severity: Severity, code: &str, message: &str, at: Option<i64>) {
        let finding = Finding { severity, code: code.to_owned(), message: message.to_owned(), at };
        self.findings.lock().unwrap_or_else(PoisonError::into_inner).push(finding);
    }

    fn output(&self, path: &str) -> io::Result<Arc<dyn Bytes>> {
        let file = Arc::new(Memory(Mutex::new(Vec::new())));
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), file.clone());
        Ok(file)
    }

    fn scratch(&self) -> io::Result<Arc<dyn Bytes>> {
        Ok(Arc::new(Memory(Mutex::new(Vec::new()))))
    }
}
