//! `read.audio`: any audio file as float32, every channel, at its own rate.
//!
//! Shape: `(samples,)` for one channel, else `(channel, sample)`. Differs from the readers that copy a tool: nothing is
//! mixed or resampled, and what a header gets wrong is a finding, not an exception or silence.

use crate::reading::{Form, Reading, Wanted};
use auricle_decode::host;
use auricle_sdk::prelude::*;

/// The stage.
pub struct AudioReader(Reading);

impl Generator for AudioReader {
    const DESCRIPTOR: Descriptor = Descriptor::new("read.audio", "Reads any audio file as float32")
        .doc(
            "Reads WAV (also RIFX, RF64, W64; PCM of 8 to 32 bits, float, A-law, mu-law, IMA and MS ADPCM), AIFF, AU, CAF, \
             FLAC, ALAC, MP3, Ogg Vorbis and Opus, AAC and M4A, whatever the name ends in. Opus is decoded by the system's libopus, \
             at 48 kHz. Integers are divided by 2^(bits-1), 8-bit \
             WAV is (x - 128) / 128, floats stay as they are, also over unity. All channels, at the file's rate; several \
             channels stand in WAVE's order. Damaged files: what can be read is read. Every untruth of a header, missing \
             audio and values that float32 does not hold are findings.",
        )
        .source("Levels as libsndfile 1.2.2 gives them")
        .inputs(&[Port::source("source").doc("The file.")])
        .outputs(&[Port::audio("audio").nan().doc("Its samples.")])
        .parameters(&[
            Parameter::float("start_s", 0.0).range(0.0, 1e9).unit("s").doc("Where to begin; the nearest sample."),
            Parameter::absent("duration_s", Types::FLOAT)
                .range(0.0, 1e9)
                .unit("s")
                .doc("How much to read, to the nearest sample; absent: to the end."),
        ]);

    fn new(setup: &Setup) -> Result<(Self, Format)> {
        let decoder = host::open_input(setup)?;
        let sample_rate = decoder.format().sample_rate;
        let frames = |seconds: f64| (seconds * sample_rate).round() as u64;
        let wanted = Wanted {
            first: frames(setup.parameters.float("start_s")?),
            limit: setup.parameters.optional_float("duration_s")?.map_or(u64::MAX, frames),
            ..Wanted::all(Form::F32, &*decoder)
        };
        let (reading, format) = Reading::new(setup, decoder, wanted)?;
        Ok((AudioReader(reading), format))
    }

    fn seek(&mut self, index: i64) -> Result<()> {
        self.0.seek(index)
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        self.0.generate(start, count, out)
    }
}
