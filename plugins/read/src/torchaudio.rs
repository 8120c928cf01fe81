//! `read.torchaudio`: a file as `torchaudio.load` returns it.
//!
//! Shape: `(channel, time)`, `(time, channel)` without `channels_first`; also for one channel. Differs from `read.audio`
//! in that shape, and in the native types that it gives without `normalize`.

use crate::reading::{Form, Reading, Wanted};
use auricle_decode::host;
use auricle_sdk::prelude::*;

/// The stage.
pub struct TorchaudioReader(Reading);

impl Generator for TorchaudioReader {
    const DESCRIPTOR: Descriptor = Descriptor::new("read.torchaudio", "Reads a file as torchaudio.load does")
        .doc(
            "With normalize float32: integers divided by 2^(bits-1), floats as they are. Without it the samples of the \
             decoder: bytes as uint8 around 128 also where the file has signed ones, up to 16 bits as int16, up to 32 as \
             int32 (24 bits times 256), floats as they are, lossy codecs as float32. Opus is libopus's: ffmpeg's own decoder, which the \
             tool has, is two samples late and up to 0.15 away on speech. Channels stand in WAVE's order. Files \
             that the tool misreads (RIFX, 24 bits in 32) give their true samples, and empty audio, which it refuses, \
             gives none.",
        )
        .source("torchaudio 2.8.0, torchaudio.load with its ffmpeg backend")
        .inputs(&[Port::source("source").doc("The file.")])
        .outputs(&[Port::audio("audio")
            .dtypes(&[DType::F32, DType::F64, DType::U8, DType::I16, DType::I32, DType::I64])
            .nan()
            .doc("Its samples, stored as (channel, time).")])
        .parameters(&[
            Parameter::bool("normalize", true).doc("Give float32 in [-1, 1), whatever the file holds."),
            Parameter::bool("channels_first", true).doc("(channel, time) rather than (time, channel)."),
            Parameter::int("frame_offset", 0).range(0.0, 9e15).unit("samples").doc("Where to begin."),
            Parameter::int("num_frames", -1).range(-1.0, 9e15).unit("samples").doc("How much to read; -1: to the end."),
        ]);

    fn new(setup: &Setup) -> Result<(Self, Format)> {
        let parameters = &setup.parameters;
        let num_frames = parameters.int("num_frames")?;
        if num_frames == 0 {
            return Err(Error::parameter("num_frames", "expected -1 or at least 1, got 0"));
        }
        let decoder = host::open_input(setup)?;
        let form = match (parameters.bool("normalize")?, decoder.format().codec) {
            (true, _) => Form::F32,
            (false, "pcm_s8") => Form::Bytes,
            (false, _) => Form::Native,
        };
        let wanted = Wanted {
            first: parameters.count("frame_offset")? as u64,
            limit: u64::try_from(num_frames).unwrap_or(u64::MAX),
            layout: if parameters.bool("channels_first")? { "channel,sample" } else { "sample,channel" },
            ..Wanted::all(form, &*decoder)
        };
        let (reading, format) = Reading::new(setup, decoder, wanted)?;
        Ok((TorchaudioReader(reading), format))
    }

    fn seek(&mut self, index: i64) -> Result<()> {
        self.0.seek(index)
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        self.0.generate(start, count, out)
    }
}
