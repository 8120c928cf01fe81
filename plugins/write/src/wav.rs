//! `write.wav`: audio as a WAV file.
//!
//! Shape: audio `(channel, sample)` in. Files over 4 GiB are RF64; more than two channels, or PCM of more than 16 bits,
//! have the extended format chunk.
//!
//! Source: the standards named in `wav/header.rs`.

pub mod encode;
mod header;

use auricle_sdk::prelude::*;
use auricle_sdk::{Host, OutputFile};
use encode::{Encoding, Losses};
use header::Header;

/// Bytes gathered before they are written.
const STAGE: usize = 1 << 18;

/// The stage.
pub struct Wav {
    host: Host,
    path: String,
    header: Header,
    run: Option<Run>,
}

/// One file being written.
struct Run {
    file: OutputFile,
    staged: Vec<u8>,
    /// Where the staged bytes go.
    position: u64,
    frames: u64,
    losses: Losses,
}

impl Writer for Wav {
    const DESCRIPTOR: Descriptor = Descriptor::new("write.wav", "Writes audio as a WAV file")
        .doc(
            "`format = \"auto\"` keeps the samples' own type: uint8, int16, int32, float32 or float64. Otherwise integers \
             count as fractions of full scale, and floats become integers by rounding x * 2^(bits - 1) half to even, \
             without dither. What lies beyond full scale is clipped and NaN becomes 0; how many there were is a \
             finding. Float formats keep values over unity.",
        )
        .source("RIFF WAVE (IBM, Microsoft 1991); WAVE_FORMAT_EXTENSIBLE (Microsoft 2007); RF64 (EBU Tech 3306)")
        .inputs(&[Port::audio("audio")
            .dtypes(&[DType::U8, DType::I16, DType::I32, DType::F32, DType::F64])
            .doc("What is written.")])
        .parameters(&[
            Parameter::output_path("path").doc("The file, relative to the output directory."),
            Parameter::choice("format", "auto", Encoding::NAMES).doc("How samples are stored."),
        ]);

    fn new(setup: &Setup) -> Result<Self> {
        let format = setup.input(0)?;
        let audio = format.as_audio()?;
        let name = setup.parameters.text("format")?;
        let encoding = Encoding::new(name, audio.dtype)
            .ok_or_else(|| Error::format(format!("WAV files hold no samples of type {}", audio.dtype)))?;
        let most = usize::from(u16::MAX) / encoding.bytes();
        let channels = u16::try_from(audio.channels).ok().filter(|n| usize::from(*n) <= most);
        let channels = channels
            .ok_or_else(|| Error::format(format!("expected at most {most} channels, got {}", audio.channels)))?;
        let mask = header::mask(&audio.channel_layout, audio.channels);
        let mut header = Header { encoding, channels, sample_rate: audio.sample_rate, mask, room: false };
        let frame = u64::from(channels) * encoding.bytes() as u64;
        // Sizes that a RIFF can hold need no room for others.
        let size = format.length.and_then(|n| header.file_size(0).checked_add((n as u64).checked_mul(frame)?));
        header.room = size.is_none_or(|size| size >= u64::from(u32::MAX));
        Ok(Wav { host: setup.host(), path: setup.parameters.text("path")?.to_owned(), header, run: None })
    }

    fn begin(&mut self) -> Result<()> {
        let file = self.host.output(&self.path)?;
        let (position, losses) = (self.header.len(), Losses::default());
        self.run = Some(Run { file, staged: Vec::new(), position, frames: 0, losses });
        Ok(())
    }

    fn write(&mut self, packet: &Packet) -> Result<()> {
        let run = self.run.as_mut().ok_or_else(|| Error::internal("write before begin"))?;
        encode::append(&mut run.staged, packet, self.header.encoding, &mut run.losses)?;
        run.frames += packet.count as u64;
        if run.staged.len() >= STAGE {
            run.flush()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let mut run = self.run.take().ok_or_else(|| Error::internal("finish before begin"))?;
        let odd = (run.position - self.header.len() + run.staged.len() as u64) % 2 == 1;
        if odd {
            run.staged.push(0);
        }
        run.flush()?;
        let header = self.header.bytes(run.frames);
        let header =
            header.ok_or_else(|| Error::data("the format promised fewer samples than came, and over 4 GiB"))?;
        run.file.write_at(0, &header)?;
        run.losses.tell(&self.host, &self.path);
        Ok(())
    }
}

impl Run {
    fn flush(&mut self) -> Result<()> {
        self.file.write_at(self.position, &self.staged)?;
        self.position += self.staged.len() as u64;
        self.staged.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, Outcome};

    fn bench<T: Element>(format: &str, channels: &[&[T]]) -> Bench<Sink<Wav>> {
        Bench::new().audio(8000, channels).parameter("path", "x.wav").parameter("format", format)
    }

    /// The data chunk's content, padding included.
    fn data(outcome: &Outcome) -> &[u8] {
        let file = &outcome.files["x.wav"];
        let at = file.windows(4).position(|name| name == b"data").expect("a data chunk");
        &file[at + 8..]
    }

    fn check<T: Element>(format: &str, channels: &[&[T]], expected: &[u8]) -> Outcome {
        let bench = bench(format, channels);
        bench.conforms();
        let outcome = bench.run().expect("it runs");
        assert_eq!(data(&outcome), expected, "{format}");
        outcome
    }

    #[test]
    fn floats_round_half_to_even_and_clip() {
        let step = 1.0 / 32768.0f64;
        let samples = [0.5 * step, 1.5 * step, -0.5 * step, -1.5 * step, 1.0, -1.0, 1.1, f64::NAN, f64::NEG_INFINITY];
        let expected: Vec<u8> =
            [0i16, 2, 0, -2, 32767, -32768, 32767, 0, -32768].iter().flat_map(|x| x.to_le_bytes()).collect();
        let outcome = check("pcm16", &[&samples], &expected);
        let findings: Vec<_> = outcome.findings.iter().map(|f| (f.code.as_str(), f.at)).collect();
        assert_eq!(findings, [("clipped", Some(6)), ("nan", Some(7))]);
        assert!(outcome.findings[0].message.contains("2 samples"), "{}", outcome.findings[0].message);
        check("u8", &[&[0.0f32, -1.0, 1.0]], &[128, 0, 255, 0]);
        check("pcm24", &[&[-1.0f32]], &[0, 0, 0x80, 0]);
        check("pcm32", &[&[0.5f32, 1.0]], &[0, 0, 0, 0x40, 0xff, 0xff, 0xff, 0x7f]);
    }

    #[test]
    fn a_type_of_its_own_is_kept_and_others_are_fractions_of_full_scale() {
        check("auto", &[&[1u8, 2], &[3, 4]], &[1, 3, 2, 4]);
        check("auto", &[&[-2i16]], &[254, 255]);
        check("auto", &[&[i32::MIN]], &[0, 0, 0, 0x80]);
        check("auto", &[&[1.5f32]], &1.5f32.to_le_bytes());
        check("auto", &[&[-1e300f64]], &(-1e300f64).to_le_bytes());
        check("pcm24", &[&[0x1234_5600i32]], &[0x56, 0x34, 0x12, 0]);
        check("pcm16", &[&[0u8, 255]], &[0, 0x80, 0, 0x7f]);
        check("float32", &[&[-32768i16]], &(-1f32).to_le_bytes());
        check("float32", &[&[1e300f64]], &f32::MAX.to_le_bytes());
    }

    #[test]
    fn empty_and_nine_channels() {
        let outcome = check::<f32>("pcm16", &[&[]], &[]);
        assert_eq!(outcome.files["x.wav"].len(), 44);
        let channels: Vec<Vec<u8>> = (0..9).map(|c| vec![c]).collect();
        let channels: Vec<&[u8]> = channels.iter().map(Vec::as_slice).collect();
        let outcome = check("auto", &channels, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 0]);
        let file = &outcome.files["x.wav"];
        assert_eq!(u32::from_le_bytes([file[4], file[5], file[6], file[7]]) as usize, file.len() - 8);
        assert_eq!(&file[20..24], &[0xfe, 0xff, 9, 0]);
    }

    #[test]
    fn an_unknown_length_keeps_room_for_rf64() {
        let format = std::sync::Arc::new(Format::audio::<i16>(1, 8000, None));
        let outcome = Bench::<Sink<Wav>>::new().packets(&format, &[]).parameter("path", "x.wav").run();
        let file = &outcome.expect("it runs").files["x.wav"];
        assert_eq!((&file[..4], &file[8..16], file.len()), (&b"RIFF"[..], &b"WAVEJUNK"[..], 80));
    }
}
