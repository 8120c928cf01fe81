//! What a source holds, by its bytes: its name is never believed.

use crate::coded::{self, Kind, mpeg};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Finding, Severity};
use crate::opus::{self, OpusRate};
use crate::source::{ByteSource, Window};
use crate::{Decoder, aiff, au, caf, riff, w64};
use std::sync::Arc;

/// Opens a source with the decoder that its first bytes ask for.
///
/// # Errors
/// When it is empty, holds no audio that is read, or its header cannot be believed.
pub fn open(source: Arc<dyn ByteSource>) -> Result<Box<dyn Decoder>> {
    open_at(source, OpusRate::Full)
}

/// Opens a source as [`open`] does, with Opus at the rate that is asked for.
///
/// # Errors
/// As [`open`].
pub fn open_at(source: Arc<dyn ByteSource>, opus_rate: OpusRate) -> Result<Box<dyn Decoder>> {
    let mut window = Window::new(source.clone());
    let head = window.bytes(0, 64)?.to_vec();
    if head.is_empty() {
        return Err(Error::new(ErrorKind::Unrecognised, "the file is empty (0 bytes)"));
    }
    let mut decoder = match head.get(..4).unwrap_or_default() {
        b"RIFF" | b"RIFX" | b"RF64" | b"BW64" => riff::open(window)?,
        b"FORM" => aiff::open(window)?,
        b".snd" | b"dns." => au::open(window)?,
        b"caff" => caf::open(window)?,
        b"fLaC" => coded::open(source.clone(), 0, Kind::Flac)?,
        b"OggS" if opus::is_opus(&mut window)? => opus::open(source.clone(), opus_rate)?,
        b"OggS" => coded::open(source.clone(), 0, Kind::Ogg)?,
        _ if w64::is_w64(&head) => w64::open(window)?,
        _ if head.get(4..8) == Some(b"ftyp") => coded::open(source.clone(), 0, Kind::Mp4)?,
        _ => match mpeg(&source, &mut window)? {
            Some(decoder) => decoder,
            None => return Err(unrecognised(&head)),
        },
    };
    if let Some(finding) = name_finding(source.name(), decoder.format().container) {
        decoder.report(finding);
    }
    Ok(decoder)
}

/// Streams without a signature at their first byte: MP3 and ADTS, and FLAC behind a foreign tag.
fn mpeg(source: &Arc<dyn ByteSource>, window: &mut Window) -> Result<Option<Box<dyn Decoder>>> {
    let start = mpeg::behind_id3(window)?;
    if window.bytes(start, 4)? == b"fLaC" {
        return coded::open(source.clone(), start, Kind::Flac).map(Some);
    }
    if mpeg::is_adts(window, start)? {
        return coded::open(source.clone(), start, Kind::Adts).map(Some);
    }
    match mpeg::find_layer3(window, start)? {
        Some(found) => {
            let mut decoder = coded::open(source.clone(), found.start, Kind::Mp3)?;
            if found.start > start {
                decoder.report(Finding::new(
                    "mp3-leading-bytes",
                    Severity::Warning,
                    format!("{} bytes before the first MP3 frame are no audio", found.start - start),
                ));
            }
            Ok(Some(decoder))
        }
        None => Ok(None),
    }
}

/// The refusal of bytes that are no audio we know, with a guess at what they are.
fn unrecognised(head: &[u8]) -> Error {
    let starts = |magic: &[u8]| head.starts_with(magic);
    let known = [
        (&b"\x30\x26\xb2\x75"[..], "Windows Media (ASF)"),
        (b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
        (b"wvpk", "WavPack"),
        (b"MAC ", "Monkey's Audio"),
        (b"DSD ", "DSD"),
        (b"#!AMR", "AMR"),
        (b"MThd", "MIDI"),
        (b"NIST_1A", "NIST SPHERE"),
        (b"ajkg", "Shorten"),
        (b"TTA1", "True Audio"),
        (b"%PDF", "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x1f\x8b", "gzip-compressed data"),
        (b"\x89PNG", "a PNG picture"),
    ];
    if let Some((_, name)) = known.iter().find(|(magic, _)| starts(magic)) {
        return Error::unsupported(format!("this is {name}, which is not read"));
    }
    let printable = |b: &u8| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..=0x7e);
    let what = if head.iter().all(|&b| b == 0) {
        "it starts with zeros".to_owned()
    } else if head.iter().all(printable) {
        format!("it is text that starts with {:?}", String::from_utf8_lossy(&head[..head.len().min(20)]))
    } else {
        let bytes: Vec<_> = head.iter().take(8).map(|b| format!("{b:02x}")).collect();
        format!("it starts with the bytes {}", bytes.join(" "))
    };
    Error::new(
        ErrorKind::Unrecognised,
        format!("no audio format is recognised: {what}; expected WAV, AIFF, AU, CAF, W64, FLAC, Ogg, MP3, AAC or M4A"),
    )
}

/// An extension that belongs to another format than what is inside.
fn name_finding(name: &str, container: &str) -> Option<Finding> {
    let (_, extension) = name.rsplit_once('.')?;
    let belongs: &[&str] = match extension.to_ascii_lowercase().as_str() {
        "wav" | "wave" => &["wav", "rf64"],
        "rf64" | "bw64" => &["wav", "rf64"],
        "w64" => &["w64"],
        "aif" | "aiff" | "aifc" => &["aiff", "aifc"],
        "au" | "snd" => &["au"],
        "caf" => &["caf"],
        "flac" => &["flac"],
        "ogg" | "oga" | "opus" => &["ogg"],
        "mp3" => &["mp3"],
        "m4a" | "mp4" => &["mp4"],
        "aac" => &["adts", "mp4"],
        _ => return None,
    };
    (!belongs.contains(&container)).then(|| {
        Finding::new(
            "name-extension",
            Severity::Warning,
            format!("the name ends in .{extension}, the file holds {container}; read by its content"),
        )
    })
}
