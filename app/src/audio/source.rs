//! A stage's audio as something to play: any region, evaluated when it is needed.

use super::stretched::Stretched;
use auricle_engine::{Cancel, Evaluator, Registry};
use auricle_sdk::format::Audio;
use auricle_sdk::{DType, Element, Packet, Value};
use auricle_sound::{AudioSource, Error, ErrorKind, Forward, Result};
use std::sync::Arc;

/// An output of a stage, as f32: integers are scaled by their range, floats stay as they are. For the ear only.
pub struct StageSource {
    evaluator: Evaluator,
    registry: Arc<Registry>,
    stage: usize,
    output: usize,
    audio: Audio,
    length: Option<u64>,
    cancel: Cancel,
}

impl StageSource {
    /// The output `output` of stage `stage` in the evaluator's plan. Other speeds are made by a stage of the registry.
    ///
    /// # Errors
    /// There is no such output, or it is no audio.
    pub fn new(evaluator: Evaluator, registry: Arc<Registry>, stage: usize, output: usize) -> Result<Self> {
        let format = evaluator.format(stage, output).map_err(|error| refused(&error))?;
        let audio = format.as_audio().map_err(|error| refused(&error))?.clone();
        let length = format.length.map(|length| u64::try_from(length).unwrap_or(0));
        Ok(Self { evaluator, registry, stage, output, audio, length, cancel: Cancel::new() })
    }
}

/// An error of a stage as one of the player.
pub(super) fn refused(error: &auricle_sdk::Error) -> Error {
    Error::new(ErrorKind::Source, error.to_string())
}

/// Puts a packet's frames into interleaved `out`, from frame `first` of it on.
pub(super) fn interleave(packet: &Packet, audio: &Audio, first: usize, out: &mut [f32]) -> Result<()> {
    for channel in 0..audio.channels {
        let places = out.iter_mut().skip(first * audio.channels + channel).step_by(audio.channels);
        let put = match audio.dtype {
            DType::U8 => copy::<u8>(packet, channel, places, |x| (f32::from(x) - 128.0) / 128.0),
            DType::I16 => copy::<i16>(packet, channel, places, |x| f32::from(x) / 32_768.0),
            DType::I32 => copy::<i32>(packet, channel, places, |x| x as f32 / 2_147_483_648.0),
            DType::F64 => copy::<f64>(packet, channel, places, |x| x as f32),
            _ => copy::<f32>(packet, channel, places, |x| x),
        };
        put.map_err(|error| refused(&error))?;
    }
    Ok(())
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
            let first = usize::try_from(packet.start - start).unwrap_or(0);
            interleave(packet, &self.audio, first, out)?;
            read = first + packet.count;
        }
        Ok(read)
    }

    fn at_speed(&mut self, start: u64, speed: f64) -> Result<Box<dyn Forward>> {
        let first = i64::try_from(start).unwrap_or(i64::MAX);
        let stage = ("effect.stretch", &[("speed", Value::Float(speed))][..]);
        let onward = self.evaluator.onward(&self.registry, stage, (self.stage, self.output), first);
        Stretched::new(onward.map_err(|error| refused(&error))?).map(|stretched| Box::new(stretched) as _)
    }
}
