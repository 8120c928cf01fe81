//! FLAC, ALAC, MP3, Vorbis and AAC: packets through symphonia's decoders, on an exact axis of sample frames.
//!
//! Every packet carries its time, so a damaged or missing one leaves silence and a finding, never a shift;
//! a seek decodes enough before its aim that the samples equal those of a read from the start.

mod caf_alac;
mod flac;
mod length;
mod media;
mod mp4;
pub(crate) mod mpeg;
mod ogg;
mod opened;
mod packets;

pub use opened::open;
pub use packets::Kind;

use crate::Decoder;
use crate::error::Result;
use crate::format::{Finding, Format, Planes, Severity};
use packets::{Packets, guarded};
use std::collections::VecDeque;
use symphonia::core::audio::{Audio, GenericAudioBufferRef};
use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error as CodecError;
use symphonia::core::packet::Packet;

/// Findings of one kind that are told singly; more are only counted.
const MOST_FINDINGS: usize = 8;
/// Holes in the packet times are filled with silence up to so many seconds in all; more is no hole but a lie.
const MOST_SILENCE_S: f64 = 60.0;

/// A decoder of packets.
pub struct CodedDecoder {
    format: Format,
    opener: opened::Opener,
    packets: Box<dyn Packets>,
    decoder: Box<dyn AudioDecoder>,
    /// Packet time of sample frame 0.
    origin: i64,
    /// The first sample frame that must not be handed out: end padding, or the end of the claim.
    end: Option<u64>,
    /// The next sample frame to hand out.
    position: u64,
    decoded: Planes,
    /// The stretch between two restarts of the decoder that is being read, and the packets a restart needs.
    segment: Option<i64>,
    recent: VecDeque<Packet>,
    ended: bool,
    /// Some demultiplexers do not come back from the end.
    exhausted: bool,
    sought: bool,
    /// Whether the decoder has seen every packet so far.
    whole: bool,
    damage: usize,
    silence: i64,
    findings: Vec<Finding>,
}

impl CodedDecoder {
    /// Decodes until there is something to hand out; `false` at the end.
    fn fill(&mut self) -> Result<bool> {
        self.decoded.clear();
        while !self.ended {
            if self.end.is_some_and(|end| self.position >= end) {
                self.ended = true;
                break;
            }
            match self.packets.next() {
                Ok(None) => self.finish(None)?,
                Err(CodecError::IoError(e)) if e.kind() == std::io::ErrorKind::UnexpectedEof => self.finish(None)?,
                Err(CodecError::IoError(e)) => return Err(e.into()),
                Err(e) => self.finish(Some(e))?,
                Ok(Some(packet)) => {
                    let ts = packet.pts.get();
                    self.restart(&packet)?;
                    let decoder = &mut self.decoder;
                    let decoded = &mut self.decoded;
                    let outcome = guarded(|| {
                        let buffer = decoder.decode(&packet)?;
                        Ok(copy(&buffer, decoded))
                    });
                    match outcome {
                        Ok(true) => {
                            if self.place(ts)? {
                                return Ok(true);
                            }
                        }
                        Ok(false) => self.undecodable(ts, "its channels are not those of the stream"),
                        Err(e) => {
                            self.decoded.clear();
                            self.undecodable(ts, &e.to_string());
                        }
                    }
                }
            }
        }
        Ok(self.decoded.frames() > 0)
    }

    /// Gives the stream a fresh decoder at fixed packets, warmed up with those before.
    fn restart(&mut self, packet: &Packet) -> Result<()> {
        let Some(every) = self.opener.restart else { return Ok(()) };
        let time = self.opener.frame_of(packet.pts.get());
        let (segment, kept) = (time.div_euclid(every), 1 + (self.opener.preroll / 1024) as usize);
        if self.segment.is_some_and(|s| s != segment) {
            self.decoder = self.opener.fresh_decoder()?;
            for earlier in &self.recent {
                let decoder = &mut self.decoder;
                guarded(|| decoder.decode(earlier).map(|_| ())).ok();
            }
        }
        self.segment = Some(segment);
        if self.recent.len() >= kept {
            self.recent.pop_front();
        }
        self.recent.push_back(packet.clone());
        Ok(())
    }

    /// Cuts what was decoded to the part that is wanted; `false` if nothing is left of it.
    fn place(&mut self, ts: i64) -> Result<bool> {
        let frames = self.decoded.frames() as i64;
        let time = self.opener.frame_of(ts);
        let mut start = time - self.origin - self.opener.skip;
        let position = self.position as i64;
        // Packet times on a coarse clock are not exact.
        if !self.opener.exact && !self.sought && (start - position).abs() <= self.opener.slack {
            start = position;
        }
        if start > position {
            let silence = start - position;
            if self.sought && position > 0 {
                // An index that lied: go through the stream from its start instead.
                self.opener.walks = true;
                return self.walk_to(self.position).map(|()| false);
            }
            if (self.silence + silence) as f64 > MOST_SILENCE_S * self.format.sample_rate {
                self.note("stream-jump", format!("packet times jump by {silence} sample frames; the audio was joined"));
                self.origin += silence;
            } else {
                self.note("stream-gap", format!("{silence} sample frames are missing; silence stands for them"));
                self.silence += silence;
                self.decoded.silence_front(silence as usize);
            }
        } else {
            let passed = (position - start).min(frames);
            self.decoded.drop_front(passed as usize);
        }
        if self.decoded.frames() > 0 {
            self.sought = false;
        }
        if let Some(end) = self.end {
            self.decoded.truncate((end - self.position) as usize);
        }
        Ok(self.decoded.frames() > 0)
    }

    fn undecodable(&mut self, ts: i64, why: &str) {
        let at = self.opener.frame_of(ts) - self.origin - self.opener.skip;
        // Before the aim of a seek a decoder may lack what came before.
        if at >= self.position as i64 && !self.sought {
            self.note("stream-damaged", format!("a packet cannot be decoded: {why}"));
        }
    }

    fn finish(&mut self, error: Option<CodecError>) -> Result<()> {
        if self.sought && self.format.frames.is_none_or(|frames| self.position < frames) {
            // A seek into a cut file may go astray; the way from the start does not.
            return self.walk_to(self.position);
        }
        self.ended = true;
        self.exhausted = true;
        match error {
            None if self.whole && self.damage == 0 && self.decoder.finalize().verify_ok == Some(false) => {
                let message =
                    "the MD5 in the header is not that of the samples: they were changed, or are of another file";
                self.findings.push(Finding::new("flac-md5", Severity::Damage, message));
            }
            None => {}
            Some(CodecError::ResetRequired) => {
                self.note("stream-chained", "another stream follows; only the first was read".to_owned());
            }
            Some(e) => self.note("stream-damaged", format!("the stream cannot be read on: {e}")),
        }
        if self.damage > MOST_FINDINGS {
            let message = format!("{} places are damaged in all", self.damage);
            self.findings.push(Finding::new("stream-damaged", Severity::Damage, message));
        }
        if self.fill_up() {
            return Ok(());
        }
        let claimed = self.format.claimed_frames.filter(|&claimed| claimed != self.position);
        if let Some(claimed) = claimed {
            let rate = self.format.sample_rate;
            let message = format!(
                "the header promises {claimed} sample frames ({:.3} s), the file holds {} ({:.3} s); read what is there",
                claimed as f64 / rate,
                self.position,
                self.position as f64 / rate
            );
            let (code, severity) = match claimed > self.position {
                true => ("data-truncated", Severity::Damage),
                false => ("header-frames", Severity::Warning),
            };
            self.findings.push(Finding::new(code, severity, message).at(self.position));
        }
        self.format.frames = Some(self.position);
        Ok(())
    }

    /// Silence for packets at the end that are there and cannot be decoded: the length is known, and kept.
    fn fill_up(&mut self) -> bool {
        let missing = self.format.frames.map_or(0, |frames| frames.saturating_sub(self.position));
        let affordable = (self.silence as f64 + missing as f64) <= MOST_SILENCE_S * self.format.sample_rate;
        if missing == 0 || !affordable {
            return false;
        }
        self.note("stream-gap", format!("the last {missing} sample frames are damaged; silence stands for them"));
        self.silence += missing as i64;
        self.decoded.clear();
        self.decoded.silence_front(missing as usize);
        true
    }

    fn note(&mut self, code: &'static str, message: String) {
        self.damage += 1;
        if self.damage <= MOST_FINDINGS {
            self.findings.push(Finding::new(code, Severity::Damage, message).at(self.position));
        }
    }

    /// Starts again at the beginning, and passes over everything before `frame`.
    fn walk_to(&mut self, frame: u64) -> Result<()> {
        (self.packets, self.decoder) = self.opener.start()?;
        self.position = frame;
        self.silence = 0;
        self.exhausted = false;
        self.segment = None;
        self.recent.clear();
        self.sought = false;
        self.whole = true;
        self.decoded.clear();
        Ok(())
    }
}

impl Decoder for CodedDecoder {
    fn format(&self) -> &Format {
        &self.format
    }

    fn read(&mut self, n: usize, planes: &mut Planes) -> Result<usize> {
        let mut done = 0;
        while done < n {
            let moved = self.decoded.move_front(n - done, planes);
            if moved == 0 && !self.fill()? {
                break;
            }
            self.position += moved as u64;
            done += moved;
        }
        Ok(done)
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        let frame = self.end.map_or(frame, |end| frame.min(end));
        self.ended = false;
        self.decoded.clear();
        if frame == 0 || self.opener.walks {
            return self.walk_to(frame);
        }
        let aim = frame as i64 + self.origin + self.opener.skip;
        let aim = self.opener.ts_of(self.opener.entry(aim));
        if self.exhausted || self.opener.remembers {
            self.walk_to(0)?;
        }
        if self.packets.seek(aim).is_err() {
            return self.walk_to(frame);
        }
        self.decoder = self.opener.fresh_decoder()?;
        self.position = frame;
        self.silence = 0;
        self.segment = None;
        self.recent.clear();
        (self.sought, self.whole) = (true, false);
        Ok(())
    }

    fn findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

/// Copies decoded samples into planes of our type; `false` if the channels differ.
fn copy(buffer: &GenericAudioBufferRef<'_>, planes: &mut Planes) -> bool {
    let wanted = planes.channels();
    match (buffer, planes) {
        (_, _) if buffer.num_planes() != wanted => return false,
        (GenericAudioBufferRef::S32(b), Planes::I16(out)) => {
            for (plane, out) in b.iter_planes().zip(out) {
                out.extend(plane.iter().map(|&s| (s >> 16) as i16));
            }
        }
        (GenericAudioBufferRef::S32(b), Planes::I32(out)) => {
            for (plane, out) in b.iter_planes().zip(out) {
                out.extend_from_slice(plane);
            }
        }
        (GenericAudioBufferRef::F32(b), Planes::F32(out)) => {
            for (plane, out) in b.iter_planes().zip(out) {
                out.extend_from_slice(plane);
            }
        }
        _ => return false,
    }
    true
}
