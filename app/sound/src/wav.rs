//! A WAV file that is valid on disk at every moment while it grows.
//!
//! The header is written first. Samples go to the file, and only then does one single write of
//! the whole header, inside the file's first page, take them into its sizes; so a process that
//! is killed at any instant leaves a file whose header tells the truth about a little less than
//! what is there. Room for a `ds64` chunk is kept from the beginning (a `JUNK` chunk), so that a
//! file that grows beyond 4 GiB becomes RF64 in place.
//!
//! [`WavWriter::sync`] is for the power cut: it returns when the disk has everything.
//!
//! # Source
//! EBU Tech 3306 (RF64), sections 3 and 5; Microsoft, "Multiple Channel Audio Data and WAVE Files"
//! (when to use WAVE_FORMAT_EXTENSIBLE).

use crate::error::{Error, ErrorKind, Result};
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// How samples are stored. Integers are rounded half to even from x * 2^(bits - 1) and limited to
/// their range, without dither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleFormat {
    /// 32-bit float: exactly what the device gave.
    F32,
    /// 24-bit integer.
    S24,
    /// 16-bit integer.
    S16,
}

impl SampleFormat {
    /// Bytes of one sample.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::S24 => 3,
            Self::S16 => 2,
        }
    }

    fn encode(self, sample: f32, out: &mut Vec<u8>) {
        // NaN becomes 0 in the integer formats: `as` says so.
        let scaled = |scale: f64| (f64::from(sample) * scale).round_ties_even();
        match self {
            Self::F32 => out.extend(sample.to_le_bytes()),
            Self::S24 => {
                let value = scaled(8_388_608.0).clamp(-8_388_608.0, 8_388_607.0) as i32;
                out.extend(&value.to_le_bytes()[..3]);
            }
            Self::S16 => {
                let value = scaled(32_768.0).clamp(-32_768.0, 32_767.0) as i16;
                out.extend(value.to_le_bytes());
            }
        }
    }
}

/// A WAV file being written.
#[derive(Debug)]
pub struct WavWriter {
    file: File,
    path: PathBuf,
    sample_rate: u32,
    channels: u16,
    format: SampleFormat,
    frames: u64,
    committed: u64,
    /// The largest size that a 32-bit header may say; less only in tests.
    limit: u64,
    bytes: Vec<u8>,
}

impl WavWriter {
    /// Creates the file with a complete header and no samples. An existing file is refused unless
    /// `overwrite` is given.
    ///
    /// # Errors
    /// [`ErrorKind::Write`], with the path; [`ErrorKind::Unsupported`] for formats that WAV lacks.
    pub fn create(
        path: &Path,
        sample_rate: u32,
        channels: usize,
        format: SampleFormat,
        overwrite: bool,
    ) -> Result<Self> {
        let Some(channels) =
            u16::try_from(channels).ok().filter(|channels| (1..=4096).contains(channels) && sample_rate > 0)
        else {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("a WAV file holds 1 to 4096 channels at 1 Hz or more, got {channels} at {sample_rate} Hz"),
            ));
        };
        let mut options = OpenOptions::new();
        options.write(true).create(true);
        if overwrite {
            options.truncate(true);
        } else {
            options.create_new(true);
        }
        let file = options.open(path).map_err(|error| {
            let message = match error.kind() {
                std::io::ErrorKind::AlreadyExists => {
                    format!("{} exists already; it is not overwritten unasked", path.display())
                }
                _ => format!("cannot create {}: {error}", path.display()),
            };
            Error::with_source(ErrorKind::Write, message, error)
        })?;
        let mut writer = Self {
            file,
            path: path.to_path_buf(),
            sample_rate,
            channels,
            format,
            frames: 0,
            committed: 0,
            limit: u64::from(u32::MAX),
            bytes: Vec::new(),
        };
        let header = writer.header(0);
        writer.guarded(|file| file.write_all(&header))?;
        Ok(writer)
    }

    fn guarded<T>(&mut self, write: impl FnOnce(&mut File) -> std::io::Result<T>) -> Result<T> {
        write(&mut self.file).map_err(|error| {
            let message = format!("cannot write {}: {error}", self.path.display());
            Error::with_source(ErrorKind::Write, message, error)
        })
    }

    fn block(&self) -> u64 {
        u64::from(self.channels) * self.format.bytes() as u64
    }

    /// Frames written so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends whole interleaved frames; the header does not know of them before
    /// [`commit`](WavWriter::commit).
    ///
    /// # Errors
    /// [`ErrorKind::Write`]; what was written completely before can still be committed.
    pub fn write(&mut self, samples: &[f32]) -> Result<()> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        for &sample in samples {
            self.format.encode(sample, &mut bytes);
        }
        // Always at the end of what is complete, also after a write that failed half-way.
        let end = self.header(0).len() as u64 + self.frames * self.block();
        let written = self.guarded(|file| {
            file.seek(SeekFrom::Start(end))?;
            file.write_all(&bytes)
        });
        self.bytes = bytes;
        written?;
        self.frames += (samples.len() / usize::from(self.channels)) as u64;
        Ok(())
    }

    /// Takes everything written so far into the header, by one write.
    ///
    /// # Errors
    /// [`ErrorKind::Write`]
    pub fn commit(&mut self) -> Result<()> {
        // An odd number of data bytes would need a padding byte that is not there yet.
        let odd = (self.frames * self.block()) % 2;
        self.put_header(self.frames - odd)
    }

    fn put_header(&mut self, frames: u64) -> Result<()> {
        if frames == self.committed {
            return Ok(());
        }
        let header = self.header(frames);
        self.guarded(|file| {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&header)
        })?;
        self.committed = frames;
        Ok(())
    }

    /// Waits until the disk itself has what is committed.
    ///
    /// # Errors
    /// [`ErrorKind::Write`]
    pub fn sync(&mut self) -> Result<()> {
        self.guarded(|file| file.sync_data())
    }

    /// Completes the file and waits for the disk; returns its length in frames.
    ///
    /// # Errors
    /// [`ErrorKind::Write`]
    pub fn finish(mut self) -> Result<u64> {
        if (self.frames * self.block()) % 2 == 1 {
            let end = self.header(0).len() as u64 + self.frames * self.block();
            self.guarded(|file| {
                file.seek(SeekFrom::Start(end))?;
                file.write_all(&[0])
            })?;
        }
        self.put_header(self.frames)?;
        self.guarded(|file| file.sync_all())?;
        Ok(self.frames)
    }

    /// The whole header of a file of `frames` frames; its length does not depend on them.
    fn header(&self, frames: u64) -> Vec<u8> {
        const PCM: u16 = 1;
        const FLOAT: u16 = 3;
        const EXTENSIBLE: u16 = 0xfffe;
        /// The 14 bytes after the tag that make a format tag a sub-format GUID.
        const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
        let tag = if self.format == SampleFormat::F32 { FLOAT } else { PCM };
        let extensible = self.channels > 2 || self.format == SampleFormat::S24;
        let (block, bits) = (self.block(), 8 * self.format.bytes() as u16);

        let mut fmt = Vec::new();
        fmt.extend(if extensible { EXTENSIBLE } else { tag }.to_le_bytes());
        fmt.extend(self.channels.to_le_bytes());
        fmt.extend(self.sample_rate.to_le_bytes());
        fmt.extend(((u64::from(self.sample_rate) * block).min(u64::from(u32::MAX)) as u32).to_le_bytes());
        fmt.extend((block as u16).to_le_bytes());
        fmt.extend(bits.to_le_bytes());
        if extensible {
            // Recorded channels are inputs, not speakers, beyond mono and stereo.
            let speakers: u32 = match self.channels {
                1 => 0x4,
                2 => 0x3,
                _ => 0,
            };
            fmt.extend(22u16.to_le_bytes());
            fmt.extend(bits.to_le_bytes());
            fmt.extend(speakers.to_le_bytes());
            fmt.extend(tag.to_le_bytes());
            fmt.extend(GUID_TAIL);
        } else if tag == FLOAT {
            fmt.extend(0u16.to_le_bytes());
        }
        let fact = if tag == FLOAT || extensible { 12 } else { 0 };

        let data = frames * block;
        let riff = 4 + 36 + (8 + fmt.len() as u64) + fact + 8 + data + data % 2;
        let long = riff > self.limit;
        let size32 = |size: u64| if long { u32::MAX } else { size as u32 }.to_le_bytes();
        let mut header = Vec::new();
        header.extend(if long { b"RF64" } else { b"RIFF" });
        header.extend(size32(riff));
        header.extend(b"WAVE");
        header.extend(if long { b"ds64" } else { b"JUNK" });
        header.extend(28u32.to_le_bytes());
        for size in [riff, data, frames] {
            header.extend(if long { size } else { 0 }.to_le_bytes());
        }
        header.extend(0u32.to_le_bytes());
        header.extend(b"fmt ");
        header.extend((fmt.len() as u32).to_le_bytes());
        header.extend(fmt);
        if fact > 0 {
            header.extend(b"fact");
            header.extend(4u32.to_le_bytes());
            header.extend(size32(frames));
        }
        header.extend(b"data");
        header.extend(size32(data));
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMATS: [SampleFormat; 3] = [SampleFormat::F32, SampleFormat::S24, SampleFormat::S16];

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    fn ramp(samples: usize) -> Vec<f32> {
        (0..samples).map(|n| (n % 251) as f32 / 256.0 - 0.5).collect()
    }

    /// Reads with another program's code; every value in `ramp` is exact in all formats.
    fn read(path: &Path) -> (hound::WavSpec, Vec<f32>) {
        let mut reader = hound::WavReader::open(path).expect("a valid WAV file");
        let spec = reader.spec();
        let scale = 1.0 / (1u64 << (spec.bits_per_sample - 1)) as f32;
        let samples = match spec.sample_format {
            hound::SampleFormat::Float => reader.samples().map(|s| s.expect("a sample")).collect(),
            hound::SampleFormat::Int => reader.samples::<i32>().map(|s| s.expect("a sample") as f32 * scale).collect(),
        };
        (spec, samples)
    }

    #[test]
    fn every_format_reads_back_at_every_commit() {
        let folder = folder();
        for format in FORMATS {
            for channels in [1, 2, 3] {
                let path = folder.path().join(format!("{format:?}-{channels}.wav"));
                let mut writer = WavWriter::create(&path, 44_100, channels, format, false).expect("creates");
                assert_eq!(read(&path).1, [] as [f32; 0]);
                let samples = ramp(channels * 777);
                for (block, committed) in [(0..100, 100), (100..333, 333), (333..777, 777)] {
                    writer.write(&samples[block.start * channels..block.end * channels]).expect("writes");
                    writer.commit().expect("commits");
                    let (spec, got) = read(&path);
                    assert_eq!((spec.sample_rate, usize::from(spec.channels)), (44_100, channels));
                    let even = committed - (committed * channels * format.bytes()) % 2;
                    assert_eq!(got, samples[..even * channels], "{format:?} {channels} {committed}");
                }
                assert_eq!(writer.finish().expect("finishes"), 777);
                assert_eq!(read(&path).1, samples, "{format:?} {channels}");
                let bytes = std::fs::metadata(&path).expect("exists").len();
                let riff = std::fs::read(&path).expect("reads")[4..8].try_into().expect("four bytes");
                assert_eq!(u64::from(u32::from_le_bytes(riff)) + 8, bytes, "{format:?} {channels}");
            }
        }
    }

    #[test]
    fn integers_round_half_to_even_and_stop_at_full_scale() {
        let half = 0.5 / 32_768.0;
        let rows = [(half, 0), (3.0 * half, 2), (-half, 0), (1.0, 32_767), (-1.5, -32_768), (f32::NAN, 0)];
        for (sample, expected) in rows {
            let mut bytes = Vec::new();
            SampleFormat::S16.encode(sample, &mut bytes);
            assert_eq!(i16::from_le_bytes([bytes[0], bytes[1]]), expected, "{sample}");
        }
    }

    #[test]
    fn a_long_file_becomes_rf64_in_place() {
        let folder = folder();
        let path = folder.path().join("long.wav");
        let mut writer = WavWriter::create(&path, 48_000, 2, SampleFormat::F32, false).expect("creates");
        writer.limit = 10_000;
        writer.write(&ramp(2_000)).expect("writes");
        writer.commit().expect("commits");
        assert_eq!(&std::fs::read(&path).expect("reads")[..4], b"RIFF");
        writer.write(&ramp(2_000)).expect("writes");
        writer.commit().expect("commits");
        let bytes = std::fs::read(&path).expect("reads");
        let long = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
        assert_eq!((&bytes[..4], &bytes[4..8], &bytes[12..16]), (&b"RF64"[..], &[255u8; 4][..], &b"ds64"[..]));
        assert_eq!([long(20), long(28), long(36)], [bytes.len() as u64 - 8, 16_000, 2_000]);
    }

    #[test]
    fn an_existing_file_is_kept_unless_told_otherwise() {
        let folder = folder();
        let path = folder.path().join("kept.wav");
        std::fs::write(&path, "precious").expect("writes");
        let error = WavWriter::create(&path, 48_000, 1, SampleFormat::F32, false).expect_err("refuses");
        assert_eq!(error.kind(), ErrorKind::Write);
        assert!(error.to_string().contains("kept.wav exists"), "{error}");
        assert_eq!(std::fs::read(&path).expect("reads"), b"precious");
        WavWriter::create(&path, 48_000, 1, SampleFormat::F32, true).expect("overwrites");
        let error = WavWriter::create(&folder.path().join("no/where.wav"), 48_000, 1, SampleFormat::S16, true);
        assert!(error.expect_err("refuses").to_string().contains("where.wav"));
    }
}
