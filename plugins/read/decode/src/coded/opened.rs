//! Opening a coded stream: what its header says, what its first packet shows, and what can be verified cheaply.

use super::packets::{self, Kind, Packets, Stream, guarded};
use super::{CodedDecoder, length, mpeg, ogg};
use crate::Decoder;
use crate::error::{Error, Result};
use crate::format::{Finding, Format, Planes, SampleType, Severity};
use crate::silent::NoAudio;
use crate::source::{ByteSource, Window};
use crate::wave::check_channels_and_rate;
use std::sync::Arc;
use symphonia::core::audio::{Channels, GenericAudioBufferRef};
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_ALAC, CODEC_ID_FLAC, CODEC_ID_MP3, CODEC_ID_OPUS, CODEC_ID_VORBIS,
};
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions};

/// Packets looked at for the first that can be decoded.
const FIRST_PACKETS: usize = 64;

/// Bytes that tags behind an MP3 may take before the file counts as longer than claimed.
const MP3_TAGS: u64 = 256 * 1024;

/// How to start a stream, and how its packet times map to sample frames.
pub(super) struct Opener {
    pub source: Arc<dyn ByteSource>,
    pub offset: u64,
    pub kind: Kind,
    parameters: AudioCodecParameters,
    sample_rate: f64,
    time_base: (u32, u32),
    /// Whether a tick is a sample frame.
    pub exact: bool,
    /// Sample frames that a packet time may be off where it is not exact.
    pub slack: i64,
    /// Sample frames at the start that the container says to skip.
    pub skip: i64,
    /// Sample frames decoded before the aim of a seek, so that nothing of it depends on what came before.
    pub preroll: i64,
    /// Packets after which the decoder starts anew, for a codec whose noise depends on all that came before.
    pub restart: Option<i64>,
    /// Whether the demultiplexer must be started anew before a seek: symphonia's FLAC parser expects ever later
    /// frames, also behind a seek backwards.
    pub remembers: bool,
    /// Whether the packets alone say where the stream ends.
    pub open_ended: bool,
    /// Whether seeks go through the whole stream, since its index lies.
    pub walks: bool,
}

impl Opener {
    /// Packets and decoder at the beginning.
    pub(super) fn start(&self) -> Result<(Box<dyn Packets>, Box<dyn AudioDecoder>)> {
        let stream = packets::open(self.source.clone(), self.offset, self.kind)?;
        let decoder = decoder(&stream.parameters)?;
        Ok((stream.packets, decoder))
    }

    /// A decoder that has decoded nothing.
    pub(super) fn fresh_decoder(&self) -> Result<Box<dyn AudioDecoder>> {
        decoder(&self.parameters)
    }

    /// The first sample frame that is decoded to reach `frame`: before it nothing matters.
    pub(super) fn entry(&self, frame: i64) -> i64 {
        let from = self.restart.map_or(frame, |every| frame.div_euclid(every) * every);
        (from - self.preroll).max(0)
    }

    /// The sample frame of a packet time.
    pub(super) fn frame_of(&self, ts: i64) -> i64 {
        if self.exact {
            return ts;
        }
        let (numerator, denominator) = self.time_base;
        (ts as f64 * f64::from(numerator) * self.sample_rate / f64::from(denominator)).round() as i64
    }

    /// A packet time at or before a sample frame.
    pub(super) fn ts_of(&self, frame: i64) -> i64 {
        if self.exact {
            return frame;
        }
        let (numerator, denominator) = self.time_base;
        (frame as f64 * f64::from(denominator) / (f64::from(numerator) * self.sample_rate)).floor() as i64
    }
}

fn decoder(parameters: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>> {
    let options = AudioDecoderOptions::default().gapless(false).verify(parameters.codec == CODEC_ID_FLAC);
    guarded(|| symphonia::default::get_codecs().make_audio_decoder(parameters, &options)).map_err(|e| {
        let message = match codec_name(parameters.codec) {
            "opus" => "the file holds Opus outside of Ogg, which is not read".to_owned(),
            name => format!("the file holds {name} of a kind that is not read: {e}"),
        };
        Error::unsupported(message).caused_by(e)
    })
}

fn codec_name(id: AudioCodecId) -> &'static str {
    match id {
        CODEC_ID_FLAC => "flac",
        CODEC_ID_ALAC => "alac",
        CODEC_ID_MP3 => "mp3",
        CODEC_ID_VORBIS => "vorbis",
        CODEC_ID_AAC => "aac",
        CODEC_ID_OPUS => "opus",
        _ => "a codec",
    }
}

/// Sample frames that matter to what comes after them: overlap, filter state, and MP3's bit reservoir, which
/// reaches back 511 bytes (ISO/IEC 11172-3, 2.4.2.7), over ten frames at the lowest bit rates.
fn preroll(codec: AudioCodecId) -> i64 {
    match codec {
        CODEC_ID_MP3 => 24 * 1152,
        CODEC_ID_VORBIS => 2 * 8192,
        CODEC_ID_AAC => 4 * 1024,
        _ => 0,
    }
}

/// Sample frames between two restarts of an AAC decoder: its noise substitution (ISO/IEC 14496-3, 4.6.13) draws from
/// a generator that runs through the stream, so that only a decoder started at a fixed place gives fixed samples.
const AAC_RESTART: i64 = 1024 * 1024;

/// What the first packet shows.
struct First {
    ts: i64,
    frames: u64,
    channels: usize,
    sample_rate: u32,
    speakers: u32,
    integers: bool,
}

fn first(stream: &mut Stream, decoder: &mut dyn AudioDecoder) -> Option<First> {
    for _ in 0..FIRST_PACKETS {
        let packet = stream.packets.next().ok()??;
        let shown = guarded(|| {
            let buffer = decoder.decode(&packet)?;
            Ok(First {
                ts: packet.pts.get(),
                frames: buffer.frames() as u64,
                channels: buffer.num_planes(),
                sample_rate: buffer.spec().rate(),
                speakers: speakers(buffer.spec().channels()),
                integers: matches!(buffer, GenericAudioBufferRef::S32(_)),
            })
        });
        if let Ok(shown) = shown {
            return Some(shown);
        }
    }
    None
}

fn speakers(channels: &Channels) -> u32 {
    match channels {
        // Symphonia's positions are WAVE's bits, as far as WAVE has them; one front channel is the centre.
        Channels::Positioned(p) if p.bits() == 1 => 0x4,
        Channels::Positioned(p) => u32::try_from(p.bits()).unwrap_or(0) & 0x3_ffff,
        _ => 0,
    }
}

/// The depth that ALAC's own header says: symphonia 0.6 does not give that of MP4.
///
/// # Source
/// Apple, "Apple Lossless Format Magic Cookie Description": ALACSpecificConfig, byte 5.
fn alac_bits(parameters: &AudioCodecParameters) -> Option<u32> {
    let cookie = parameters.extra_data.as_deref().filter(|_| parameters.codec == CODEC_ID_ALAC)?;
    cookie.get(5).map(|&bits| u32::from(bits)).filter(|bits| (1..=32).contains(bits))
}

/// Opens a container of coded audio that begins at `offset`.
///
/// # Errors
/// When its header is damaged, or its codec is not read.
pub fn open(source: Arc<dyn ByteSource>, offset: u64, kind: Kind) -> Result<Box<dyn Decoder>> {
    let mut findings = Vec::new();
    if kind == Kind::Ogg {
        findings.extend(ogg::end(&mut Window::new(source.clone()))?);
    }
    let mut stream = match packets::open(source.clone(), offset, kind) {
        Err(e) if kind == Kind::Ogg => return no_audio(source).unwrap_or(Err(e)),
        other => other?,
    };
    let mut trial = decoder(&stream.parameters)?;
    let parameters = stream.parameters.clone();
    let first = match first(&mut stream, &mut *trial) {
        Some(first) => first,
        None if stream.frames.is_none_or(|n| n == 0) || kind == Kind::Flac => First {
            ts: 0,
            frames: 0,
            channels: parameters.channels.as_ref().map_or(0, Channels::count),
            sample_rate: parameters.sample_rate.unwrap_or(0),
            speakers: parameters.channels.as_ref().map_or(0, speakers),
            integers: matches!(parameters.codec, CODEC_ID_FLAC | CODEC_ID_ALAC),
        },
        None => {
            let name = codec_name(parameters.codec);
            return Err(Error::malformed(format!("no packet of {name} can be decoded")));
        }
    };
    let sample_rate = f64::from(stream.sample_rate.unwrap_or(first.sample_rate));
    check_channels_and_rate(first.channels, sample_rate, &mut findings)?;
    let bits = alac_bits(&parameters).or(parameters.bits_per_sample).unwrap_or(if first.integers { 16 } else { 32 });
    let sample_type = match (first.integers, bits) {
        (true, ..=16) => SampleType::I16,
        (true, _) => SampleType::I32,
        (false, _) => SampleType::F32,
    };
    let mut opener = Opener {
        exact: u64::from(stream.time_base.1) == u64::from(first.sample_rate) * u64::from(stream.time_base.0),
        slack: (sample_rate * f64::from(stream.time_base.0) / f64::from(stream.time_base.1)).ceil() as i64 + 1,
        source: source.clone(),
        offset,
        kind,
        parameters: parameters.clone(),
        sample_rate,
        time_base: stream.time_base,
        skip: 0,
        preroll: preroll(parameters.codec),
        restart: (parameters.codec == CODEC_ID_AAC).then_some(AAC_RESTART),
        open_ended: matches!(kind, Kind::Flac | Kind::Adts) || (kind == Kind::Mp4 && parameters.codec == CODEC_ID_AAC),
        walks: false,
        remembers: kind == Kind::Flac,
    };
    let length = source.len().map(|len| len.saturating_sub(offset));
    let mut claimed = stream.frames.filter(|&n| n > 0 || kind != Kind::Flac);
    let mut mp3_bytes = None;
    if kind == Kind::Mp3 {
        let mut window = Window::new(source.clone());
        let claim = mpeg::find_layer3(&mut window, offset)?.and_then(|found| found.claim);
        mp3_bytes = claim.and_then(|claim| claim.bytes);
        let longer = mp3_bytes.zip(length).is_some_and(|(promised, there)| promised + MP3_TAGS < there);
        if longer {
            findings.push(Finding::new(
                "mp3-header-frame",
                Severity::Warning,
                "the file goes on far behind the stream that its header frame describes; read to its end",
            ));
        }
        // Without a header frame the demultiplexer only estimates.
        claimed = claimed.filter(|_| !longer && claim.is_some_and(|claim| claim.frames));
        opener.open_ended = claimed.is_none();
    }
    let known = length::settle(&mut opener, claimed, length, mp3_bytes, first.frames, &mut findings)?;
    // What a FLAC header claims is not believed; the lengths in AAC containers count whole packets or not, as their
    // writers liked. Elsewhere the claim is what cuts the encoder's padding.
    let end = claimed.filter(|_| !opener.open_ended);
    let format = Format {
        container: container(kind),
        codec: codec_name(parameters.codec),
        sample_rate,
        channels: first.channels,
        speakers: first.speakers,
        sample_type,
        bits_per_sample: bits,
        claimed_frames: if end.is_none() && kind != Kind::Flac { None } else { claimed },
        frames: known,
        bit_rate: known.filter(|&n| n > 0).and_then(|n| Some(length? as f64 * 8.0 * sample_rate / n as f64)),
    };
    let origin = opener.frame_of(first.ts).max(0);
    let (packets, decoder) = opener.start()?;
    Ok(Box::new(CodedDecoder {
        decoded: Planes::new(sample_type, first.channels),
        format,
        opener,
        origin,
        packets,
        decoder,
        end,
        position: 0,
        segment: None,
        recent: std::collections::VecDeque::new(),
        ended: false,
        exhausted: false,
        sought: false,
        whole: true,
        damage: 0,
        silence: 0,
        findings,
    }))
}

/// An Ogg stream that ends before its first packet of audio.
fn no_audio(source: Arc<dyn ByteSource>) -> Option<Result<Box<dyn Decoder>>> {
    let found = ogg::vorbis_headers(&mut Window::new(source)).ok()??;
    let (channels, sample_rate) = (usize::from(found.channels), f64::from(found.sample_rate));
    if let Err(e) = check_channels_and_rate(channels, sample_rate, &mut Vec::new()) {
        return Some(Err(e));
    }
    Some(Ok(Box::new(NoAudio::new(Format {
        container: "ogg",
        codec: "vorbis",
        sample_rate,
        channels,
        speakers: 0,
        sample_type: SampleType::F32,
        bits_per_sample: 32,
        claimed_frames: None,
        frames: Some(0),
        bit_rate: None,
    }))))
}

fn container(kind: Kind) -> &'static str {
    match kind {
        Kind::Flac => "flac",
        Kind::Ogg => "ogg",
        Kind::Mp3 => "mp3",
        Kind::Adts => "adts",
        Kind::Mp4 => "mp4",
        Kind::Caf => "caf",
    }
}
