//! A stream whose header is whole and whose audio is missing altogether.

use crate::Decoder;
use crate::error::Result;
use crate::format::{Finding, Format, Planes, Severity};

/// A decoder that hands out nothing.
pub struct NoAudio {
    format: Format,
    findings: Vec<Finding>,
}

impl NoAudio {
    /// A stream of this format, of which not one packet is left.
    pub fn new(format: Format) -> Self {
        let message = "the file ends before the first packet of audio is complete; nothing could be read";
        let findings = vec![Finding::new("data-truncated", Severity::Damage, message).at(0)];
        Self { format, findings }
    }
}

impl Decoder for NoAudio {
    fn format(&self) -> &Format {
        &self.format
    }

    fn read(&mut self, _: usize, _: &mut Planes) -> Result<usize> {
        Ok(0)
    }

    fn seek(&mut self, _: u64) -> Result<()> {
        Ok(())
    }

    fn findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}
