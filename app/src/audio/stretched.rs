//! A stage's audio at another speed, made by a stage as it is heard.

use super::source::{interleave, refused};
use auricle_engine::{Cancel, Onward};
use auricle_sdk::Packet;
use auricle_sdk::format::Audio;
use auricle_sound::{Forward, Result};

/// What a stage that runs onward puts out, as interleaved frames.
pub(super) struct Stretched {
    onward: Onward,
    audio: Audio,
    /// What has come and is not read yet.
    packet: Option<Packet>,
    cancel: Cancel,
}

impl Stretched {
    /// # Errors
    /// What comes out is no audio.
    pub(super) fn new(onward: Onward) -> Result<Self> {
        let audio = onward.format().as_audio().map_err(|error| refused(&error))?.clone();
        Ok(Self { onward, audio, packet: None, cancel: Cancel::new() })
    }
}

impl Forward for Stretched {
    fn read(&mut self, out: &mut [f32]) -> Result<usize> {
        let frames = out.len() / self.audio.channels.max(1);
        let mut read = 0;
        while read < frames {
            let next = match self.packet.take() {
                Some(packet) => Some(packet),
                None => self.onward.next(&self.cancel).map_err(|error| refused(&error))?,
            };
            let Some(packet) = next else { break };
            let count = packet.count.min(frames - read);
            interleave(&packet.slice(0, count), &self.audio, read, out)?;
            if count < packet.count {
                self.packet = Some(packet.slice(count, packet.count));
            }
            read += count;
        }
        Ok(read)
    }
}
