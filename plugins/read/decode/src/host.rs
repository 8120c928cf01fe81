//! Between a decoder and the host of a stage: sources in, formats, blocks and findings out.

use crate::error::{Error, ErrorKind};
use crate::format::{Finding, Format, Planes, SampleType, Severity};
use crate::source::ByteSource;
use crate::{Decoder, OpusRate, open_at};
use auricle_sdk as sdk;
use auricle_sdk::{DType, Element, Host, Outputs, Setup};
use std::sync::Arc;

/// A source of the host, read by a decoder.
struct HostSource {
    name: String,
    source: sdk::ByteSource,
}

impl ByteSource for HostSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn len(&self) -> Option<u64> {
        self.source.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.source.read_at(offset, buffer).map_err(std::io::Error::other)
    }
}

/// The source that is wired to input `index`.
///
/// # Errors
/// Nothing or something else is wired there.
pub fn source(setup: &Setup, index: usize) -> sdk::Result<Arc<dyn ByteSource>> {
    let source = setup.input(index)?.as_source()?.clone();
    Ok(Arc::new(HostSource { name: source.name(), source }))
}

/// Opens the source that is wired to input 0, and tells the host what its header gets wrong.
///
/// # Errors
/// The source holds nothing that can be read.
pub fn open_input(setup: &Setup) -> sdk::Result<Box<dyn Decoder>> {
    open_input_at(setup, OpusRate::Full)
}

/// Opens the source that is wired to input 0 as [`open_input`] does, with Opus at the rate that is asked for.
///
/// # Errors
/// As [`open_input`].
pub fn open_input_at(setup: &Setup, opus_rate: OpusRate) -> sdk::Result<Box<dyn Decoder>> {
    let source = source(setup, 0)?;
    let mut decoder = open_at(source.clone(), opus_rate).map_err(|e| refusal(source.name(), &e))?;
    tell(&setup.host(), decoder.findings());
    Ok(decoder)
}

/// A refusal in the host's terms, with the name of the source.
pub fn refusal(name: &str, error: &Error) -> sdk::Error {
    let kind = match error.kind {
        ErrorKind::Io => sdk::ErrorKind::Io,
        _ => sdk::ErrorKind::Data,
    };
    let hint = match error.kind {
        ErrorKind::Unrecognised => {
            "samples without a header need one: sox -t raw -r RATE -e signed -b 16 -c CHANNELS FILE out.wav"
        }
        ErrorKind::Unsupported => "another program may read it: ffmpeg -i FILE out.wav",
        ErrorKind::Malformed => "is the copy whole? ffmpeg -i FILE out.wav may still save some of it",
        ErrorKind::Io => "",
    };
    sdk::Error::new(kind, format!("{name}: {error}")).hint(hint)
}

/// Tells the host findings, in their order.
pub fn tell(host: &Host, findings: impl IntoIterator<Item = Finding>) {
    for finding in findings {
        let severity = match finding.severity {
            Severity::Note => sdk::Severity::Info,
            Severity::Warning => sdk::Severity::Warning,
            Severity::Damage => sdk::Severity::Error,
        };
        let at = finding.frame.and_then(|frame| i64::try_from(frame).ok());
        host.finding(severity, finding.code, &finding.message, at);
    }
}

/// The sample rate as the whole number that streams have.
///
/// # Errors
/// It rounds to 0 or is larger than 32 bits.
pub fn whole_rate(format: &Format, host: &Host) -> sdk::Result<u32> {
    let rate = format.sample_rate.round();
    if !(1.0..=f64::from(u32::MAX)).contains(&rate) {
        let message = format!("a sample rate of {} Hz; expected 1 to {}", format.sample_rate, u32::MAX);
        return Err(sdk::Error::data(message));
    }
    if rate != format.sample_rate {
        let message = format!("the sample rate is {} Hz; taken as {rate} Hz", format.sample_rate);
        tell(host, [Finding::new("header-sample-rate", Severity::Warning, message)]);
    }
    Ok(rate as u32)
}

/// Audio of `dtype` with the facts of the file as attributes.
pub fn audio(
    format: &Format,
    dtype: DType,
    channels: usize,
    sample_rate: u32,
    length: Option<u64>,
) -> sdk::format::Format {
    let length = length.and_then(|n| i64::try_from(n).ok());
    let mut audio = sdk::format::Format::audio_of(dtype, channels, sample_rate, length)
        .with_attribute("container", format.container)
        .with_attribute("codec", format.codec)
        .with_attribute("bits_per_sample", format.bits_per_sample);
    if let Some(bit_rate) = format.bit_rate {
        audio = audio.with_attribute("bit_rate", bit_rate.round());
    }
    if let sdk::format::Data::Audio(a) = &mut audio.data
        && channels == format.channels
    {
        a.channel_layout = speaker_names(format.speakers, channels);
    }
    audio
}

/// The host's type for samples of a native type.
pub fn dtype(sample_type: SampleType) -> DType {
    match sample_type {
        SampleType::U8 => DType::U8,
        SampleType::I16 => DType::I16,
        SampleType::I32 => DType::I32,
        SampleType::I64 => DType::I64,
        SampleType::F32 => DType::F32,
        SampleType::F64 => DType::F64,
    }
}

/// Names of WAVE's loudspeakers, in the order of the mask's bits; empty unless every channel has one.
fn speaker_names(mask: u32, channels: usize) -> String {
    const NAMES: [&str; 18] = [
        "FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR", "TC", "TFL", "TFC", "TFR", "TBL", "TBC",
        "TBR",
    ];
    let named = NAMES.iter().enumerate().filter(|(bit, _)| mask & (1 << bit) != 0).map(|(_, name)| *name);
    let named: Vec<_> = named.collect();
    if named.len() == channels { named.join(",") } else { String::new() }
}

/// Emits planar samples as the block of output 0 that begins at `start`.
///
/// # Errors
/// The host refuses the block, or output 0 has another type.
pub fn emit<T: Element>(out: &mut Outputs<'_>, start: i64, planes: &[Vec<T>]) -> sdk::Result<()> {
    emit_planes(out, start, planes.iter())
}

/// Emits planar samples as [`emit`], channel `i` from plane `order[i]`.
///
/// # Errors
/// As [`emit`].
pub fn emit_in_order<T: Element>(
    out: &mut Outputs<'_>,
    start: i64,
    planes: &[Vec<T>],
    order: &[usize],
) -> sdk::Result<()> {
    emit_planes(out, start, order.iter().filter_map(|&plane| planes.get(plane)))
}

fn emit_planes<'a, T: Element>(
    out: &mut Outputs<'_>,
    start: i64,
    mut planes: impl Iterator<Item = &'a Vec<T>> + Clone,
) -> sdk::Result<()> {
    let count = planes.clone().next().map_or(0, Vec::len);
    if count == 0 {
        return Ok(());
    }
    let mut block = out.audio::<T>(0, start, count)?;
    for (channel, plane) in block.each_channel().zip(&mut planes) {
        channel.copy_from_slice(plane);
    }
    block.emit()
}

/// Emits samples in their native type, as [`emit_in_order`].
///
/// # Errors
/// As [`emit`].
pub fn emit_native(out: &mut Outputs<'_>, start: i64, planes: &Planes, order: &[usize]) -> sdk::Result<()> {
    match planes {
        Planes::U8(p) => emit_in_order(out, start, p, order),
        Planes::I16(p) => emit_in_order(out, start, p, order),
        Planes::I32(p) => emit_in_order(out, start, p, order),
        Planes::I64(p) => emit_in_order(out, start, p, order),
        Planes::F32(p) => emit_in_order(out, start, p, order),
        Planes::F64(p) => emit_in_order(out, start, p, order),
    }
}

#[cfg(test)]
mod tests {
    use super::speaker_names;

    #[test]
    fn loudspeakers_are_named_in_the_order_of_their_bits() {
        assert_eq!(speaker_names(0x3f, 6), "FL,FR,FC,LFE,BL,BR");
        assert_eq!(speaker_names(0x3, 3), "");
    }
}
