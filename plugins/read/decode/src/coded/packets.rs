//! Where coded packets come from: symphonia's demultiplexers behind one small, panic-proof face.

use crate::error::{Error, Result};
use crate::source::{ByteSource, Window};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::Error as CodecError;
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo, Track, TrackType};
use symphonia::core::packet::Packet;
use symphonia::core::units::Timestamp;
use symphonia::default::formats::{AdtsReader, FlacReader, IsoMp4Reader, MpaReader, OggReader};

use super::caf_alac::CafAlac;
use super::{flac, media};

/// The containers of coded audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Native FLAC.
    Flac,
    /// Ogg.
    Ogg,
    /// MPEG audio, layer III.
    Mp3,
    /// AAC in ADTS frames.
    Adts,
    /// ISO media: MP4, M4A.
    Mp4,
    /// ALAC in Core Audio Format.
    Caf,
}

impl Kind {
    /// The format's name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flac => "FLAC",
            Self::Ogg => "Ogg",
            Self::Mp3 => "MP3",
            Self::Adts => "ADTS",
            Self::Mp4 => "MP4",
            Self::Caf => "CAF",
        }
    }
}

/// What a stream says of itself before anything is decoded.
pub struct Stream {
    /// Where its packets come from.
    pub packets: Box<dyn Packets>,
    /// What its decoder needs.
    pub parameters: AudioCodecParameters,
    /// Sample frames without delay and padding, as claimed.
    pub frames: Option<u64>,
    /// Ticks of packet times in a second: numerator and denominator of one tick.
    pub time_base: (u32, u32),
    /// The sample rate, where the decoder was shown another.
    pub sample_rate: Option<u32>,
}

/// A source of packets of one stream.
pub trait Packets: Send {
    /// The next packet; `None` at the end.
    fn next(&mut self) -> std::result::Result<Option<Packet>, CodecError>;
    /// Goes to the packet with time `ts`, or to one before.
    fn seek(&mut self, ts: i64) -> std::result::Result<(), CodecError>;
}

/// Runs foreign code, whose panics become errors.
pub fn guarded<T>(run: impl FnOnce() -> std::result::Result<T, CodecError>) -> std::result::Result<T, CodecError> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or(Err(CodecError::DecodeError("the decoder stopped on an inner contradiction")))
}

/// Opens the first audio stream of a container that begins at `offset`.
///
/// # Errors
/// When the header is damaged or the container holds no audio that is read.
pub fn open(source: Arc<dyn ByteSource>, offset: u64, kind: Kind) -> Result<Stream> {
    if kind == Kind::Caf {
        return CafAlac::open(source);
    }
    let shown = match kind {
        Kind::Flac => flac::shown(&mut Window::new(source.clone()), offset)?,
        _ => flac::Shown::default(),
    };
    let stream = media::stream(source, offset, shown.patches);
    let options = FormatOptions::default();
    let reader: Box<dyn FormatReader> = guarded(|| {
        Ok(match kind {
            Kind::Flac => Box::new(FlacReader::try_new(stream, options)?) as Box<dyn FormatReader>,
            Kind::Ogg => Box::new(OggReader::try_new(stream, options)?),
            Kind::Mp3 => Box::new(MpaReader::try_new(stream, options)?),
            Kind::Adts => Box::new(AdtsReader::try_new(stream, options)?),
            Kind::Mp4 | Kind::Caf => Box::new(IsoMp4Reader::try_new(stream, options)?),
        })
    })
    .map_err(|e| Error::malformed(format!("the {} header cannot be read: {e}", kind.name())).caused_by(e))?;
    let track = reader
        .default_track(TrackType::Audio)
        .or_else(|| reader.first_track(TrackType::Audio))
        .ok_or_else(|| Error::unsupported("no audio track of a codec that is read"))?;
    let Track { id, codec_params: Some(CodecParameters::Audio(parameters)), .. } = track else {
        return Err(Error::unsupported("the audio track does not say its codec"));
    };
    let time_base = track
        .time_base
        .map_or_else(|| (1, parameters.sample_rate.unwrap_or(1)), |base| (base.numer.get(), base.denom.get()));
    Ok(Stream {
        parameters: parameters.clone(),
        frames: track.num_frames,
        time_base,
        sample_rate: shown.sample_rate,
        packets: Box::new(Demultiplexed { track: *id, reader }),
    })
}

/// One track of a symphonia reader.
struct Demultiplexed {
    reader: Box<dyn FormatReader>,
    track: u32,
}

impl Packets for Demultiplexed {
    fn next(&mut self) -> std::result::Result<Option<Packet>, CodecError> {
        loop {
            match guarded(|| self.reader.next_packet())? {
                Some(packet) if packet.track_id != self.track => {}
                other => return Ok(other),
            }
        }
    }

    fn seek(&mut self, ts: i64) -> std::result::Result<(), CodecError> {
        let to = SeekTo::Timestamp { ts: Timestamp::new(ts), track_id: self.track };
        guarded(|| self.reader.seek(SeekMode::Accurate, to)).map(|_| ())
    }
}
