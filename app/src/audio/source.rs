//! A stage's audio as something to play: any region, evaluated when it is needed.

use auricle_engine::{Cancel, Evaluator};

use auricle_sdk::format::Audio;
use auricle_sdk::{DType, Element, Packet};
use auricle_sound::{AudioSource, Error, ErrorKind, Result};

/// An output of a stage, as f32: integers are scaled by their range, floats stay as they are. For the ear only.
pub struct StageSource {
    evaluator: Evaluator,
    stage: usize,
    output: usize,
    audio: Audio,
    length: Option<u64>,
    cancel: Cancel,
}

impl StageSource {
    /// The output `output` of stage `stage` in the evaluator's plan.
    ///
    /// # Errors
    /// There is no such output, or it is no audio.
    pub fn new(evaluator: Evaluator, stage: usize, output: usize) -> Result<Self> {
        let format = evaluator.format(stage, output).map_err(|error| refused(&error))?;
        let audio = format.as_audio().map_err(|error| refused(&error))?.clone();
        let length = format.length.map(|length| u64::try_from(length).unwrap_or(0));
        Ok(Self { evaluator, stage, output, audio, length, cancel: Cancel::new() })
    }

    fn put(&self, packet: &Packet, start: i64, out: &mut [f32]) -> auricle_sdk::Result<()> {
        let first = usize::try_from(packet.start - start).unwrap_or(0);
        for channel in 0..self.audio.channels {
            let places = out.iter_mut().skip(first * self.audio.channels + channel).step_by(self.audio.channels);
            match self.audio.dtype {
                DType::U8 => copy::<u8>(packet, channel, places, |x| (f32::from(x) - 128.0) / 128.0)?,
                DType::I16 => copy::<i16>(packet, channel, places, |x| f32::from(x) / 32_768.0)?,
                DType::I32 => copy::<i32>(packet, channel, places, |x| x as f32 / 2_147_483_648.0)?,
                DType::F64 => copy::<f64>(packet, channel, places, |x| x as f32)?,
                _ => copy::<f32>(packet, channel, places, |x| x)?,
            }
        }
        Ok(())
    }
}

fn refused(error: &auricle_sdk::Error) -> Error {
    Error::new(ErrorKind::Source, error.to_string())
}

fn copy<'a, T: Element>(
    packet: &Packet,
    channel: usize,
    places: impl Iterator<Item = &'a mut f32>,
    convert: impl Fn(T) -> f32,
) -> auricle_sdk::Result<()> {
    for (place, sample) in places.zip(packet.channel::<T>(channel)?) {
        *place = convert(*sample);
    }
    Ok(())
}

impl AudioSource for StageSource {
    fn sample_rate(&self) -> u32 {
        self.audio.sample_rate
    }

    fn channels(&self) -> usize {
        self.audio.channels
    }

    fn speakers(&self) -> &str {
        &self.audio.channel_layout
    }

    fn frames(&self) -> Option<u64> {
        self.length
    }

    fn read(&mut self, start: u64, out: &mut [f32]) -> Result<usize> {
        let Ok(start) = i64::try_from(start) else { return Ok(0) };
        let frames = (out.len() / self.audio.channels.max(1)) as i64;
        let span = start..start.saturating_add(frames);
        let packets = self.evaluator.evaluate(self.stage, self.output, span, &self.cancel);
        let mut read = 0;
        for packet in packets.map_err(|error| refused(&error))?.iter().filter(|packet| packet.count > 0) {
            self.put(packet, start, out).map_err(|error| refused(&error))?;
            read = (packet.start - start) as usize + packet.count;
        }
        Ok(read)
    }
}
