//! `write.flac`: audio as a FLAC file.
//!
//! Shape: audio `(channel, sample)` in, at most eight channels. Unlike `write.wav` it holds integers only, losslessly
//! compressed; both make integers of floats by one rule.
//!
//! Source: RFC 9639; frames by flacenc 0.5.

use crate::wav::encode::{self, Encoding, Losses};
use auricle_sdk::prelude::*;
use auricle_sdk::{Host, OutputFile};
use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr, StreamInfo};
use flacenc::config::Encoder;
use flacenc::error::{Verified, Verify};
use flacenc::source::{Context, Fill, FrameBuf};

/// Samples of a frame, as the reference encoder has them.
const BLOCK: usize = 4096;
/// Bytes before the first frame: the marker, the head of the one block of metadata, and that.
const HEADER: usize = 42;

/// The stage.
pub struct Flac {
    host: Host,
    path: String,
    encoding: Encoding,
    channels: usize,
    sample_rate: u32,
    run: Option<Run>,
}

/// One file being written.
struct Run {
    file: OutputFile,
    encoder: Verified<Encoder>,
    info: StreamInfo,
    frame: FrameBuf,
    /// Counts samples and frames, and makes the checksum.
    context: Context,
    /// Samples that fill no frame yet.
    staged: Vec<u8>,
    position: u64,
    /// Sizes of the smallest and the largest frame in bytes.
    sizes: (usize, usize),
    losses: Losses,
}

impl Writer for Flac {
    const DESCRIPTOR: Descriptor = Descriptor::new("write.flac", "Writes audio as a FLAC file")
        .doc(
            "Integers of 16 or 24 bits, losslessly compressed. `auto` keeps int16 and bytes as 16 bits and makes 24 of all \
             else. Integers count as fractions of full scale; floats become integers by rounding x * 2^(bits - 1) half to \
             even, without dither; what lies beyond full scale is clipped and NaN becomes 0, and how many there were is a \
             finding. Frames hold 4096 samples; the checksum of the samples stands in the header.",
        )
        .source("RFC 9639; flacenc 0.5.1")
        .inputs(&[Port::audio("audio")
            .dtypes(&[DType::U8, DType::I16, DType::I32, DType::F32, DType::F64])
            .doc("What is written.")])
        .parameters(&[
            Parameter::output_path("path").doc("The file, relative to the output directory."),
            Parameter::choice("format", "auto", &["auto", "pcm16", "pcm24"]).doc("How samples are stored."),
        ]);

    fn new(setup: &Setup) -> Result<Self> {
        let audio = setup.input(0)?.as_audio()?;
        let encoding = match (setup.parameters.text("format")?, audio.dtype) {
            ("pcm16", _) | ("auto", DType::U8 | DType::I16) => Encoding::Pcm16,
            _ => Encoding::Pcm24,
        };
        let (channels, sample_rate) = (audio.channels, audio.sample_rate);
        if channels > 8 {
            return Err(Error::format(format!("expected at most 8 channels, got {channels}")));
        }
        if sample_rate >= 1 << 20 {
            return Err(Error::format(format!("expected a sample rate under 1048576 Hz, got {sample_rate}")));
        }
        let path = setup.parameters.text("path")?.to_owned();
        Ok(Flac { host: setup.host(), path, encoding, channels, sample_rate, run: None })
    }

    fn begin(&mut self) -> Result<()> {
        let bits = 8 * self.encoding.bytes();
        let mut encoder = Encoder::default();
        encoder.multithread = false;
        let encoder = encoder.into_verified().map_err(|(_, error)| failed(&error))?;
        self.run = Some(Run {
            file: self.host.output(&self.path)?,
            encoder,
            info: StreamInfo::new(self.sample_rate as usize, self.channels, bits).map_err(|error| failed(&error))?,
            frame: FrameBuf::with_size(self.channels, BLOCK).map_err(|error| failed(&error))?,
            context: Context::new(bits, self.channels),
            staged: Vec::new(),
            position: HEADER as u64,
            sizes: (usize::MAX, 0),
            losses: Losses::default(),
        });
        Ok(())
    }

    fn write(&mut self, packet: &Packet) -> Result<()> {
        let run = self.run.as_mut().ok_or_else(|| Error::internal("write before begin"))?;
        encode::append(&mut run.staged, packet, self.encoding, &mut run.losses)?;
        let whole = BLOCK * self.channels * self.encoding.bytes();
        let mut taken = 0;
        while run.staged.len() - taken >= whole {
            run.frame(taken..taken + whole, self.encoding.bytes())?;
            taken += whole;
        }
        run.staged.drain(..taken);
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let mut run = self.run.take().ok_or_else(|| Error::internal("finish before begin"))?;
        if !run.staged.is_empty() {
            run.frame(0..run.staged.len(), self.encoding.bytes())?;
        }
        let header = self.header(&run);
        run.file.write_at(0, &header)?;
        run.losses.tell(&self.host, &self.path);
        Ok(())
    }
}

impl Flac {
    /// The marker and the block of stream information.
    ///
    /// # Source
    /// RFC 9639, sections 6, 8.1 and 8.2.
    fn header(&self, run: &Run) -> Vec<u8> {
        let (least, most) = if run.sizes.1 == 0 { (0, 0) } else { run.sizes };
        let mut bytes = b"fLaC".to_vec();
        // The last block of metadata, of type 0, 34 bytes.
        bytes.extend([0x80, 0, 0, 34]);
        bytes.extend([BLOCK as u16; 2].map(u16::to_be_bytes).concat());
        for size in [least, most] {
            bytes.extend(&(size as u32).to_be_bytes()[1..]);
        }
        let (channels, bits) = (self.channels as u64 - 1, 8 * self.encoding.bytes() as u64 - 1);
        let total = (run.context.total_samples() as u64).min((1 << 36) - 1);
        let packed = u64::from(self.sample_rate) << 44 | channels << 41 | bits << 36 | total;
        bytes.extend(packed.to_be_bytes());
        bytes.extend(run.context.md5_digest());
        bytes
    }
}

impl Run {
    /// Encodes staged samples as one frame.
    fn frame(&mut self, span: std::ops::Range<usize>, bytes: usize) -> Result<()> {
        let samples = &self.staged[span];
        self.frame.fill_le_bytes(samples, bytes).map_err(|error| failed(&error))?;
        self.context.fill_le_bytes(samples, bytes).map_err(|error| failed(&error))?;
        let number = self.context.current_frame_number().unwrap_or(0);
        let frame = flacenc::encode_fixed_size_frame(&self.encoder, &self.frame, number, &self.info);
        let mut sink = ByteSink::new();
        frame.map_err(|error| failed(&error))?.write(&mut sink).map_err(|error| failed(&error))?;
        let coded = sink.as_slice();
        self.file.write_at(self.position, coded)?;
        self.position += coded.len() as u64;
        self.sizes = (self.sizes.0.min(coded.len()), self.sizes.1.max(coded.len()));
        Ok(())
    }
}

fn failed(error: &dyn std::fmt::Display) -> Error {
    Error::internal(format!("the encoder failed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn bench(samples: &[i16]) -> Bench<Sink<Flac>> {
        Bench::new().parameter("path", "a.flac").audio(22_050, &[samples])
    }

    #[test]
    fn the_header_tells_the_truth() {
        for count in [0usize, 1, 31, 4096, 10_000] {
            let samples: Vec<i16> = (0..count).map(|t| ((t * t) % 3001) as i16 - 1500).collect();
            let bench = bench(&samples);
            let outcome = bench.run().expect("runs");
            let file = &outcome.files["a.flac"];
            assert_eq!(&file[..12], b"fLaC\x80\x00\x00\x22\x10\x00\x10\x00");
            let packed = u64::from_be_bytes(file[18..26].try_into().expect("eight bytes"));
            assert_eq!((packed >> 44, packed >> 41 & 7, packed >> 36 & 31), (22_050, 0, 15));
            assert_eq!(packed & ((1 << 36) - 1), count as u64);
            // The synchronisation code of a frame in fixed blocks.
            assert!(count == 0 || file[42..44] == [0xff, 0xf8], "{:?}", &file[42..]);
            assert!(file.len() < 42 + 3 * count + 64);
            bench.conforms();
        }
    }

    #[test]
    fn what_a_file_cannot_hold_is_refused() {
        let nine: Vec<&[i16]> = vec![&[0]; 9];
        let error =
            refused(Bench::<Sink<Flac>>::new().parameter("path", "a.flac").audio(8000, &nine).run(), ErrorKind::Format);
        assert!(error.message.contains("at most 8 channels, got 9"), "{}", error.message);
    }
}
