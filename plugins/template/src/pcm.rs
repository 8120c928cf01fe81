//! `org.example.pcm`: reads 16-bit samples that lie in a file one after the other.
//!
//! Shape: a file in, audio `(sample,)` of float32 out, in [-1, 1).

use auricle_sdk::prelude::*;

/// Bytes of one sample.
const SAMPLE: u64 = 2;

/// The stage: the file, and where its samples begin.
pub struct Pcm {
    file: ByteSource,
    header_bytes: u64,
}

impl Generator for Pcm {
    const DESCRIPTOR: Descriptor = Descriptor::new("org.example.pcm", "Reads bare 16-bit samples")
        .doc("One channel, little-endian, divided by 32768. A byte that is left over is a finding.")
        .inputs(&[Port::source("file").doc("What is read.")])
        .outputs(&[Port::audio("audio").doc("One channel.")])
        .parameters(&[
            Parameter::int("sample_rate", 16_000)
                .range(1.0, 384_000.0)
                .unit("Hz")
                .doc("Samples in a second; the file does not say."),
            Parameter::int("header_bytes", 0)
                .range(0.0, 1e9)
                .unit("bytes")
                .doc("What stands before the first sample."),
        ]);

    fn new(setup: &Setup) -> Result<(Self, Format)> {
        let file = setup.input(0)?.as_source()?.clone();
        let header_bytes = setup.parameters.count("header_bytes")? as u64;
        let sample_rate = setup.parameters.count("sample_rate")? as u32;
        // No file is opened by its path, and its length may not be known.
        let bytes = file.len().map(|bytes| bytes.saturating_sub(header_bytes));
        let samples = bytes.map(|bytes| (bytes / SAMPLE) as i64);
        if bytes.is_some_and(|bytes| bytes % SAMPLE != 0) {
            let message = "the file ends in the middle of a sample";
            setup
                .host()
                .finding(Severity::Warning, "cut-sample", message, samples);
        }
        let format = Format::audio::<f32>(1, sample_rate, samples);
        Ok((
            Pcm { file, header_bytes },
            format.with_attribute("bits_per_sample", 16),
        ))
    }

    fn seek(&mut self, _: i64) -> Result<()> {
        // Each read says where. A reader with a decoder moves it here.
        Ok(())
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        let offset = (start as u64)
            .saturating_mul(SAMPLE)
            .saturating_add(self.header_bytes);
        let mut bytes = vec![0; count * SAMPLE as usize];
        let count = self.file.read_at(offset, &mut bytes)? / SAMPLE as usize;
        let mut block = out.audio::<f32>(0, start, count)?;
        for (y, x) in block.channel(0).iter_mut().zip(bytes.chunks_exact(2)) {
            *y = f32::from(i16::from_le_bytes([x[0], x[1]])) / 32768.0;
        }
        block.emit()?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    #[test]
    fn bytes_become_samples() {
        let bench = Bench::<Source<Pcm>>::new()
            .parameter("header_bytes", 3)
            .source(
                "three and three samples",
                vec![7, 7, 7, 0, 64, 0, 128, 255, 255],
            );
        let outcome = bench.run().expect("runs");
        assert_eq!(
            outcome.audio::<f32>(0).expect("audio"),
            [[0.5, -1.0, -1.0 / 32768.0]]
        );
        assert!(outcome.findings.is_empty());
        bench.conforms();
    }

    #[test]
    fn half_a_sample_is_told() {
        let bytes: Vec<u8> = (0..20_001).map(|k| k as u8).collect();
        let bench = Bench::<Source<Pcm>>::new().source("an odd number of bytes", bytes);
        let outcome = bench.run().expect("runs");
        assert_eq!(outcome.audio::<f32>(0).expect("audio")[0].len(), 10_000);
        assert_eq!(outcome.findings[0].code, "cut-sample");
        bench.conforms();
    }

    #[test]
    fn audio_is_no_file() {
        let bench = Bench::<Source<Pcm>>::new().audio(8000, &[&[0.0f32]]);
        refused(bench.run(), ErrorKind::Format);
    }
}
