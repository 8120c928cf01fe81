//! `write.npz`: several arrays in one file, as `numpy.savez` writes them.
//!
//! Shape: any number of audio streams or tensors in, each in its native layout. Unlike `write.npy` each array has a name,
//! that of what feeds it in the session.
//!
//! Source: NumPy 2.4, `numpy.savez`: a ZIP archive of `.npy` files that are stored as they are.

use crate::npy::Array;
use auricle_sdk::prelude::*;
use auricle_sdk::{Cursor, Host, OutputFile};
use std::io::Write;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Bytes copied at a time.
const PIECE: usize = 1 << 20;
/// Beyond this length a member needs ZIP's 64-bit sizes.
const LARGE: u64 = u32::MAX as u64;

/// The stage.
pub struct Npz {
    host: Host,
    path: String,
    names: Vec<String>,
    arrays: Vec<Array>,
    file: Option<OutputFile>,
}

impl Writer for Npz {
    const DESCRIPTOR: Descriptor = Descriptor::new("write.npz", "Writes several arrays into one NumPy archive")
        .doc(
            "Each input is an array of its own, with the name that the session gives to what feeds it (`mel`, `pitch.f0`) \
             and the type and layout that write.npy would give it. numpy.load returns them by these names. Nothing is \
             compressed. The same run gives the same bytes.",
        )
        .source("numpy.savez, NumPy 2.4")
        .inputs(&[Port::array("arrays").many().doc("What is written.")])
        .parameters(&[Parameter::output_path("path").doc("The file, relative to the output directory.")]);

    fn new(setup: &Setup) -> Result<Self> {
        let mut names: Vec<String> = Vec::new();
        let mut arrays = Vec::new();
        for input in &setup.inputs {
            if names.contains(&input.label) {
                return Err(Error::format(format!(
                    "{:?} is connected twice, and an archive names each once",
                    input.label
                )));
            }
            names.push(input.label.clone());
            arrays.push(Array::new(setup.host(), input.format.clone(), None)?);
        }
        let path = setup.parameters.text("path")?.to_owned();
        Ok(Npz { host: setup.host(), path, names, arrays, file: None })
    }

    fn begin(&mut self) -> Result<()> {
        for array in &mut self.arrays {
            array.begin(self.host.scratch()?)?;
        }
        self.file = Some(self.host.output(&self.path)?);
        Ok(())
    }

    fn write(&mut self, packet: &Packet) -> Result<()> {
        let array = self.arrays.get_mut(packet.port);
        array.ok_or_else(|| Error::internal("a packet of an input that is not there"))?.write(packet)
    }

    fn finish(&mut self) -> Result<()> {
        let file = self.file.take().ok_or_else(|| Error::internal("finish before begin"))?;
        let failed = |error: &dyn std::fmt::Display| Error::new(ErrorKind::Io, format!("the archive: {error}"));
        let mut archive = ZipWriter::new(Cursor::new(&file));
        for (name, array) in self.names.iter().zip(&mut self.arrays) {
            let (member, length) = array.finish()?;
            let options =
                SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(length > LARGE);
            archive.start_file(format!("{name}.npy"), options).map_err(|error| failed(&error))?;
            let mut bytes = vec![0; PIECE];
            let mut at = 0;
            while at < length {
                let wanted = usize::try_from(length - at).unwrap_or(PIECE).min(PIECE);
                let got = member.read_at(at, &mut bytes[..wanted])?;
                if got == 0 {
                    return Err(failed(&"scratch space lost what was written to it"));
                }
                archive.write_all(&bytes[..got]).map_err(|error| failed(&error))?;
                at += got as u64;
            }
        }
        archive.finish().map(|_| ()).map_err(|error| failed(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::Bench;
    use std::io::Read;

    #[test]
    fn each_array_has_its_name_and_layout() {
        let bench = Bench::<Sink<Npz>>::new()
            .parameter("path", "a.npz")
            .audio(8000, &[&[0.5f32, -0.5, 0.25]])
            .audio(8000, &[&[1i16, 2], &[3, 4]]);
        let outcome = bench.run().expect("runs");
        let bytes = outcome.files.get("a.npz").expect("a file").clone();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a ZIP archive");
        assert_eq!(archive.len(), 2);
        let mut first = Vec::new();
        archive.by_index(0).expect("a member").read_to_end(&mut first).expect("readable");
        let text = String::from_utf8_lossy(&first[..128]).into_owned();
        assert!(text.contains("'<f4'") && text.contains("'shape': (3,)"), "{text}");
        assert_eq!(first[first.len() - 12..], [0.5f32, -0.5, 0.25].map(f32::to_le_bytes).concat());
        bench.conforms();
    }
}
