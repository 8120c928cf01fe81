//! Opus in Ogg, decoded by libopus: pre-skip, gain and trimming as RFC 7845 has them, chained streams one after the other,
//! and the same samples from a seek as from the start.

mod head;
mod link;
mod packets;
mod page;

pub use head::wave_order;
pub(crate) use page::Page;

use crate::Decoder;
use crate::error::{Error, Result};
use crate::format::{Finding, Format, Planes, SampleType, Severity};
use crate::silent::NoAudio;
use crate::source::{ByteSource, Window};
use crate::wave::check_channels_and_rate;
use head::Head;
use link::Link;
use packets::{Packet, Reader};
use std::collections::VecDeque;
use std::sync::Arc;

/// Samples between two restarts of the decoder, at 48 kHz: one minute. What SILK decodes depends to its last bit on all
/// that came before, so that only a decoder started at a fixed place gives the same samples from wherever one reads.
const RESTART: i64 = 60 * 48_000;
/// Samples decoded before such a place. 80 ms are asked for (RFC 7845, section 4.6); CELT is equal to the bit after 0.8 s.
const PREROLL: i64 = 48_000;
/// Holes are filled with silence up to so many samples in all.
const MOST_SILENCE: i64 = 60 * 48_000;
/// Findings of one kind that are told singly.
const MOST_FINDINGS: usize = 8;

/// At what rate Opus, which has none of its own, is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OpusRate {
    /// 48 kHz, as the decoder works inside.
    #[default]
    Full,
    /// The lowest of 8, 12, 16, 24 and 48 kHz that holds what went into the encoder, as libsndfile does it.
    Input,
}

impl OpusRate {
    fn of(self, head: &Head) -> u32 {
        match (self, head.input_rate) {
            (Self::Full, _) | (_, 0) => 48_000,
            (Self::Input, rate) => [8_000, 12_000, 16_000, 24_000].into_iter().find(|&r| r >= rate).unwrap_or(48_000),
        }
    }
}

/// Whether an Ogg file's first pages begin a stream of Opus.
///
/// # Errors
/// When the source fails.
pub fn is_opus(window: &mut Window) -> Result<bool> {
    let mut at = 0;
    while let Some(page) = Page::at(window, at)?.filter(Page::begins) {
        let (packets, _) = page.packets(window, &mut Vec::new())?;
        if packets.first().is_some_and(|packet| Head::is_one(packet)) {
            return Ok(true);
        }
        at = page.end();
    }
    Ok(false)
}

/// Opens Opus in Ogg.
///
/// # Errors
/// Its header cannot be believed, or libopus is not there.
pub fn open(source: Arc<dyn ByteSource>, rate: OpusRate) -> Result<Box<dyn Decoder>> {
    let mut window = Window::new(source.clone());
    let mut findings = Vec::new();
    let mut links = link::chain(&mut window, &mut findings)?;
    let channels = links[0].head.channels;
    check_channels_and_rate(channels, 48_000.0, &mut findings)?;
    let same = links.iter().take_while(|link| link.head.channels == channels).count();
    if same < links.len() {
        let message =
            format!("a stream of {} channels follows one of {channels}; read up to there", links[same].head.channels);
        findings.push(Finding::new("stream-chained", Severity::Damage, message));
        links.truncate(same);
    }
    let output = rate.of(&links[0].head);
    let frames: i64 = links.iter().map(|link| scaled(link.frames(), output)).sum();
    let frames = frames as u64;
    let format = Format {
        container: "ogg",
        codec: "opus",
        sample_rate: f64::from(output),
        channels,
        speakers: links[0].head.speakers,
        sample_type: SampleType::F32,
        bits_per_sample: 32,
        claimed_frames: Some(frames),
        frames: Some(frames),
        bit_rate: source.len().filter(|_| frames > 0).map(|n| n as f64 * 8.0 * f64::from(output) / frames as f64),
    };
    // Told now rather than at the first packet: without the library nothing can be read.
    decoder(&links[0].head, output)?;
    if links.iter().all(|link| link.samples == 0) {
        return Ok(Box::new(NoAudio::new(Format { claimed_frames: None, frames: Some(0), ..format })));
    }
    let mut file = OpusFile {
        reader: Reader::new(window),
        format,
        links,
        rate: output,
        link: 0,
        offset: 0,
        position: 0,
        decoder: None,
        segment: None,
        wanted: 0,
        recent: VecDeque::new(),
        decoded: Planes::new(SampleType::F32, channels),
        time: 0,
        interleaved: Vec::new(),
        silence: 0,
        damage: 0,
        findings,
    };
    file.enter(0, 0);
    Ok(Box::new(file))
}

/// Samples at 48 kHz in those of another rate.
fn scaled(samples: i64, rate: u32) -> i64 {
    samples / (48_000 / i64::from(rate))
}

fn decoder(head: &Head, rate: u32) -> Result<auricle_opus::Decoder> {
    auricle_opus::Decoder::new(rate, &head.streams).map_err(Error::unsupported)
}

/// A file being read.
struct OpusFile {
    reader: Reader,
    format: Format,
    links: Vec<Link>,
    rate: u32,
    /// The stream that is being read, and the sample frame at which it begins.
    link: usize,
    offset: i64,
    /// The next sample frame to hand out.
    position: i64,
    decoder: Option<auricle_opus::Decoder>,
    /// The stretch between two restarts that is being decoded, and the first that is wanted.
    segment: Option<i64>,
    wanted: i64,
    /// What a restart decodes first.
    recent: VecDeque<Packet>,
    decoded: Planes,
    /// When that begins: samples at 48 kHz since the stream's first.
    time: i64,
    interleaved: Vec<f32>,
    silence: i64,
    damage: usize,
    findings: Vec<Finding>,
}

impl OpusFile {
    /// Goes to stream `link`, so that sample `time` of it, those to skip among them, comes out as from its start.
    fn enter(&mut self, link: usize, time: i64) {
        self.link = link;
        self.offset = self.links[..link].iter().map(|link| scaled(link.frames(), self.rate)).sum();
        self.wanted = time.div_euclid(RESTART);
        self.segment = None;
        self.decoder = None;
        self.recent.clear();
        self.decoded.clear();
        let from = self.wanted * RESTART - PREROLL - auricle_opus::MAX_FRAMES as i64;
        let link = &self.links[link];
        let entry = link.index.partition_point(|place| place.time <= from).saturating_sub(1);
        self.reader.enter(link, entry);
    }

    /// Decodes until there is something to hand out; `false` at the end.
    fn fill(&mut self) -> Result<bool> {
        self.decoded.clear();
        loop {
            let end = self.offset + scaled(self.links[self.link].frames(), self.rate);
            let packet = if self.position >= end { None } else { self.reader.next()? };
            for what in self.reader.damage.drain(..) {
                self.damage += 1;
                if self.damage <= MOST_FINDINGS {
                    let at = self.position.max(0) as u64;
                    self.findings.push(Finding::new("stream-damaged", Severity::Damage, what).at(at));
                }
            }
            let Some(packet) = packet else {
                if self.position < end && self.fill_up(end) {
                    return Ok(true);
                }
                if self.link + 1 == self.links.len() {
                    self.format.frames = Some(self.position as u64);
                    return Ok(false);
                }
                self.position = self.position.max(end);
                self.enter(self.link + 1, 0);
                continue;
            };
            if self.decode(packet)? && self.place(end) {
                return Ok(true);
            }
        }
    }

    /// Decodes a packet to the time that it has; `false` if nothing came of it.
    fn decode(&mut self, packet: Packet) -> Result<bool> {
        let segment = packet.time.div_euclid(RESTART);
        let fresh = self.segment.is_none_or(|before| before != segment) && segment >= self.wanted;
        if fresh {
            let head = &self.links[self.link].head;
            let mut decoder = decoder(head, self.rate)?;
            for earlier in self.recent.iter().filter(|earlier| earlier.time >= packet.time - PREROLL) {
                decoder.decode(&earlier.bytes, &mut self.interleaved).ok();
            }
            self.decoder = Some(decoder);
            self.segment = Some(segment);
        }
        while self.recent.front().is_some_and(|earlier| earlier.time < packet.time - PREROLL) {
            self.recent.pop_front();
        }
        self.decoded.clear();
        if let Some(decoder) = &mut self.decoder {
            match decoder.decode(&packet.bytes, &mut self.interleaved) {
                Ok(_) => deinterleave(&self.interleaved, self.links[self.link].head.gain, &mut self.decoded),
                Err(why) => self.reader.damage.push(format!("a packet cannot be decoded: {why}")),
            }
        }
        self.time = packet.time;
        self.recent.push_back(packet);
        Ok(self.decoded.frames() > 0)
    }

    /// Cuts what was decoded to the part that is wanted; `false` if nothing is left of it.
    fn place(&mut self, end: i64) -> bool {
        let preskip = i64::from(self.links[self.link].head.preskip);
        let start = self.offset + scaled(self.time, self.rate) - scaled(preskip, self.rate);
        if start > self.position {
            let hole = (start - self.position).min(MOST_SILENCE - self.silence);
            self.silence += hole;
            self.decoded.silence_front(hole as usize);
        } else {
            self.decoded.drop_front((self.position - start) as usize);
        }
        self.decoded.truncate((end - self.position).max(0) as usize);
        self.decoded.frames() > 0
    }

    /// Silence for what is missing at the end of a stream whose length is known.
    fn fill_up(&mut self, end: i64) -> bool {
        let missing = (end - self.position).min(MOST_SILENCE - self.silence);
        if missing <= 0 {
            return false;
        }
        let message = format!("the last {missing} sample frames are damaged; silence stands for them");
        self.findings.push(Finding::new("stream-gap", Severity::Damage, message).at(self.position as u64));
        self.silence += missing;
        self.decoded.clear();
        self.decoded.silence_front(missing as usize);
        true
    }
}

fn deinterleave(samples: &[f32], gain: f32, planes: &mut Planes) {
    if let Planes::F32(planes) = planes {
        let channels = planes.len();
        for (channel, plane) in planes.iter_mut().enumerate() {
            plane.extend(samples.iter().skip(channel).step_by(channels).map(|s| s * gain));
        }
    }
}

impl Decoder for OpusFile {
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
            self.position += moved as i64;
            done += moved;
        }
        Ok(done)
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        let frame = frame.min(self.format.frames.unwrap_or(0)) as i64;
        let mut offset = 0;
        let holds = |link: &Link| {
            let frames = scaled(link.frames(), self.rate);
            let here = frame < offset + frames;
            if !here {
                offset += frames;
            }
            here
        };
        let link = self.links.iter().position(holds).unwrap_or(self.links.len() - 1);
        let inside = (frame - offset).max(0) * (48_000 / i64::from(self.rate));
        self.silence = 0;
        self.enter(link, inside + i64::from(self.links[link].head.preskip));
        self.position = frame;
        Ok(())
    }

    fn findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}
