//! `org.example.raw`: writes samples as they lie in memory, without a header.
//!
//! Shape: audio `(channel, sample)` in; in the file one sample frame follows the other, each sample
//! a 32-bit float, little-endian.

use auricle_sdk::prelude::*;
use auricle_sdk::{Host, OutputFile};

/// Bytes of one sample.
const SAMPLE: usize = size_of::<f32>();

/// The stage: where it writes, and what it writes to while a run goes on.
pub struct Raw {
    host: Host,
    path: String,
    file: Option<OutputFile>,
}

impl Writer for Raw {
    const DESCRIPTOR: Descriptor =
        Descriptor::new("org.example.raw", "Writes samples without a header")
            .doc("Sample frame after sample frame, each sample a 32-bit float, little-endian.")
            .inputs(&[Port::audio("audio").doc("What is written.")])
            .parameters(&[
                Parameter::output_path("path").doc("The file, relative to the output directory.")
            ]);

    fn new(setup: &Setup) -> Result<Self> {
        let path = setup.parameters.text("path")?.to_owned();
        Ok(Raw {
            host: setup.host(),
            path,
            file: None,
        })
    }

    fn begin(&mut self) -> Result<()> {
        self.file = Some(self.host.output(&self.path)?);
        Ok(())
    }

    fn write(&mut self, packet: &Packet) -> Result<()> {
        let file = self
            .file
            .as_ref()
            .ok_or_else(|| Error::internal("write before begin"))?;
        let audio = packet.audio::<f32>()?;
        let frames =
            (0..audio.count).flat_map(|k| audio.channels.iter().map(move |samples| samples[k]));
        let bytes: Vec<u8> = frames.flat_map(f32::to_le_bytes).collect();
        let frame_bytes = (audio.channels.len() * SAMPLE) as u64;
        file.write_at(audio.start as u64 * frame_bytes, &bytes)
    }

    fn finish(&mut self) -> Result<()> {
        // The host shows the file under its name once the stage is done.
        self.file = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    #[test]
    fn channels_take_turns() {
        let bench = Bench::<Sink<Raw>>::new()
            .parameter("path", "samples.raw")
            .audio(8000, &[&[1.0f32, 2.0, 3.0], &[-1.0, -2.0, -3.0]]);
        let outcome = bench.run().expect("runs");
        let expected = [1.0f32, -1.0, 2.0, -2.0, 3.0, -3.0]
            .map(f32::to_le_bytes)
            .concat();
        assert_eq!(outcome.files["samples.raw"], expected);
        bench.conforms();
    }

    #[test]
    fn a_session_must_say_where_to() {
        let bench = Bench::<Sink<Raw>>::new().audio(8000, &[&[1.0f32]]);
        assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, "path");
    }
}
