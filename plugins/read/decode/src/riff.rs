//! WAV in its RIFF, RIFX and RF64/BW64 forms: a walk over the chunks that believes only what the bytes bear out.

use crate::Decoder;
use crate::data::Claim;
use crate::error::{Error, Result};
use crate::format::{Finding, Severity};
use crate::source::{Order, Window};
use crate::wave::WaveFormat;

/// The chunks visited before the walk gives up; real files have a few dozen.
const MAX_CHUNKS: usize = 4096;
/// The `fmt ` chunk is read this far; 40 bytes are defined.
const MAX_FMT: usize = 64;

/// What the walk found.
struct Walk {
    order: Order,
    container: &'static str,
    riff_size: u64,
    ds64_data: Option<u64>,
    format: Option<WaveFormat>,
    data: Option<(u64, u32)>,
    fact: Option<u32>,
    findings: Vec<Finding>,
}

/// Opens a source that starts with `RIFF`, `RIFX`, `RF64` or `BW64`.
///
/// # Errors
/// When it is no WAVE, has no usable `fmt ` or no `data` chunk, or holds a codec that is not read.
pub fn open(mut window: Window) -> Result<Box<dyn Decoder>> {
    let head: [u8; 12] = window.array(0)?.ok_or_else(|| Error::malformed("the file ends inside the RIFF header"))?;
    let (order, container) = match &head[..4] {
        b"RIFX" => (Order::Big, "wav"),
        b"RF64" | b"BW64" => (Order::Little, "rf64"),
        _ => (Order::Little, "wav"),
    };
    if &head[8..] != b"WAVE" {
        return Err(Error::unsupported(format!(
            "a RIFF file of type {:?}; expected \"WAVE\"",
            String::from_utf8_lossy(&head[8..])
        )));
    }
    let mut walk = Walk {
        order,
        container,
        riff_size: u64::from(order.u32([head[4], head[5], head[6], head[7]])),
        ds64_data: None,
        format: None,
        data: None,
        fact: None,
        findings: Vec::new(),
    };
    walk.chunks(&mut window)?;
    let Some((start, size)) = walk.data else {
        return Err(walk.without("no data chunk, so no audio"));
    };
    let Some(format) = walk.format.take() else {
        return Err(walk.without("no fmt chunk: nothing says what the samples are"));
    };
    let claim = walk.claim(&mut window, start, size)?;
    walk.check_sizes(&window, start, claim);
    let fact = walk.fact;
    let mut decoder = format.decoder(walk.container, order, window, start, claim, walk.findings)?;
    if let Some(finding) = fact.and_then(|fact| fact_finding(fact, &*decoder, &format)) {
        decoder.report(finding);
    }
    Ok(decoder)
}

impl Walk {
    fn chunks(&mut self, window: &mut Window) -> Result<()> {
        let mut at = 12;
        let mut odd_before = false;
        for visited in 0.. {
            if visited == MAX_CHUNKS {
                self.note(
                    "riff-chunks",
                    Severity::Warning,
                    format!("more than {MAX_CHUNKS} chunks; the rest was not looked at"),
                );
                break;
            }
            let head = window.bytes(at, 8)?;
            if head.len() < 8 {
                let rest = head.len();
                if head.iter().any(|&b| b != 0) {
                    self.note("riff-trailing-bytes", Severity::Warning, format!("{rest} bytes after the last chunk"));
                }
                break;
            }
            let id = [head[0], head[1], head[2], head[3]];
            let size = self.order.u32([head[4], head[5], head[6], head[7]]);
            if !is_id(id) {
                // A writer that forgot the pad byte: the chunk begins one byte earlier.
                if odd_before && window.array(at - 1)?.is_some_and(is_id) {
                    self.note(
                        "riff-unpadded-chunk",
                        Severity::Warning,
                        format!("the odd-sized chunk before byte {} has no pad byte", at - 1),
                    );
                    at -= 1;
                    odd_before = false;
                    continue;
                }
                let rest = window.len().map(|len| len - at);
                let rest = rest.map_or_else(|| "bytes".to_owned(), |n| format!("{n} bytes"));
                self.note(
                    "riff-trailing-bytes",
                    Severity::Warning,
                    format!("{rest} from byte {at} on belong to no chunk"),
                );
                break;
            }
            let body = at + 8;
            let length = self.chunk(window, id, body, size)?;
            let Some(next) = body.checked_add(length) else { break };
            if window.len().is_some_and(|len| next > len) {
                if &id != b"data" {
                    self.note(
                        "riff-cut-chunk",
                        Severity::Warning,
                        format!(
                            "the chunk {:?} promises {length} bytes and the file ends before",
                            String::from_utf8_lossy(&id)
                        ),
                    );
                }
                break;
            }
            odd_before = length % 2 == 1;
            at = next + u64::from(odd_before);
        }
        Ok(())
    }

    /// Takes in one chunk; returns how long it is.
    fn chunk(&mut self, window: &mut Window, id: [u8; 4], body: u64, size: u32) -> Result<u64> {
        let mut length = u64::from(size);
        match &id {
            b"fmt " if self.format.is_some() && self.data.is_some() => {}
            b"fmt " => {
                if self.data.is_some() {
                    self.note("riff-order", Severity::Warning, "the fmt chunk stands after the data chunk".to_owned());
                } else if self.format.is_some() {
                    self.note(
                        "riff-second-fmt",
                        Severity::Warning,
                        format!("a second fmt chunk at byte {}; it is the one that counts", body - 8),
                    );
                }
                let n = MAX_FMT.min(size as usize);
                self.format = Some(WaveFormat::parse(window.bytes(body, n)?, self.order)?);
            }
            b"ds64" => {
                if let Some(b) = window.array::<16>(body)? {
                    let u64_at = |at: usize| b[at..at + 8].iter().rev().fold(0, |sum, &x| sum << 8 | u64::from(x));
                    self.riff_size = u64_at(0);
                    self.ds64_data = Some(u64_at(8));
                }
            }
            b"fact" => self.fact = window.array(body)?.map(|b| self.order.u32(b)),
            b"data" if self.data.is_none() => {
                self.data = Some((body, size));
                if let (u32::MAX, Some(big)) = (size, self.ds64_data) {
                    length = big;
                } else if self.claim(window, body, size)? == Claim::Unknown {
                    length = window.len().map_or(u64::MAX, |len| len.saturating_sub(body));
                }
            }
            b"data" => self.note(
                "riff-second-data",
                Severity::Warning,
                format!("a second data chunk at byte {body} was not read"),
            ),
            _ => {}
        }
        Ok(length)
    }

    /// What the size of the data chunk is worth.
    fn claim(&self, window: &mut Window, start: u64, size: u32) -> Result<Claim> {
        if self.container == "rf64" && (size == u32::MAX || size == 0) {
            return Ok(match self.ds64_data {
                Some(0) | None => Claim::Unknown,
                Some(bytes) => Claim::Bytes(bytes),
            });
        }
        let present = window.len().map(|len| len.saturating_sub(start));
        Ok(match (size, present) {
            (u32::MAX, _) => Claim::Unknown,
            // What sox and others write ahead of a stream: nearly 2 GiB.
            (0x7fff_0000..=0x8000_0000, present) if present.is_none_or(|p| p < u64::from(size)) => Claim::Unknown,
            (0, Some(0)) => Claim::Bytes(0),
            (0, _) if !empty_data(window, start, self.order)? => Claim::Unknown,
            // Sizes are 32 bits: a longer file's wraps around.
            (_, Some(present)) if present >> 32 > 0 && present as u32 == size => Claim::Bytes(present),
            _ => Claim::Bytes(u64::from(size)),
        })
    }

    /// Reports sizes that contradict each other.
    fn check_sizes(&mut self, window: &Window, start: u64, claim: Claim) {
        let Some(len) = window.len() else { return };
        match claim {
            Claim::Unknown | Claim::Open => return,
            Claim::Bytes(bytes) if bytes > len.saturating_sub(start) => return,
            Claim::Bytes(bytes) if bytes > u64::from(u32::MAX) && self.container == "wav" => {
                self.note(
                    "riff-wrapped-size",
                    Severity::Warning,
                    format!("{bytes} bytes of audio do not fit a RIFF size, which wrapped around; all of it was read"),
                );
                return;
            }
            Claim::Bytes(_) => {}
        }
        let expected = self.riff_size.saturating_add(8);
        if expected.abs_diff(len) > 1 {
            self.note(
                "riff-size",
                Severity::Warning,
                format!("the RIFF header says {expected} bytes, the file has {len}"),
            );
        }
    }

    /// A chunk is missing; what ended the walk says why.
    fn without(&self, what: &str) -> Error {
        match self.findings.last() {
            Some(finding) => Error::malformed(format!("{what}; {}", finding.message)),
            None => Error::malformed(what),
        }
    }

    fn note(&mut self, code: &'static str, severity: Severity, message: String) {
        self.findings.push(Finding::new(code, severity, message));
    }
}

/// Whether the bytes could name a chunk.
fn is_id(id: [u8; 4]) -> bool {
    id.iter().all(|b| (0x20..0x7f).contains(b)) && id != *b"    "
}

/// Whether a data chunk of size 0 is truly empty: another chunk follows it, and fits.
fn empty_data(window: &mut Window, start: u64, order: Order) -> Result<bool> {
    let Some(head) = window.array::<8>(start)? else {
        return Ok(false);
    };
    let id = [head[0], head[1], head[2], head[3]];
    let size = order.u32([head[4], head[5], head[6], head[7]]);
    let fits = window.len().is_none_or(|len| start + 8 + u64::from(size) <= len + 1);
    Ok(is_id(id) && fits)
}

/// The `fact` chunk of an uncompressed file states its sample frames.
fn fact_finding(fact: u32, decoder: &dyn Decoder, format: &WaveFormat) -> Option<Finding> {
    let frames = decoder.format().claimed_frames?;
    let coded = matches!(format.tag, 0x0002 | 0x0011);
    let odd = fact != 0 && fact != u32::MAX && !coded && u64::from(fact) != frames;
    odd.then(|| {
        Finding::new(
            "riff-fact",
            Severity::Note,
            format!("the fact chunk says {fact} sample frames, the data chunk {frames}"),
        )
    })
}
