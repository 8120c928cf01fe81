//! The streams that follow each other in an Ogg file, and where in time their pages lie.

use super::head::{Head, duration};
use super::page::Page;
use crate::error::{Error, Result};
use crate::format::{Finding, Severity};
use crate::source::Window;

/// Pages are remembered at least so far apart, in samples.
const INDEX: i64 = 24_000;

/// One stream of a chain.
pub struct Link {
    /// Its header.
    pub head: Head,
    /// Its logical stream's number.
    pub serial: u32,
    /// Pages of it, and the time at which each begins.
    pub index: Vec<Place>,
    /// The first byte behind it.
    pub end: u64,
    /// Samples at 48 kHz, those to skip among them.
    pub samples: i64,
    /// Whether a page with audio was met.
    started: bool,
    /// The last page with audio that ends a packet.
    last: Option<Page>,
    /// When the page before that one ended.
    before: i64,
    /// When the last page ends.
    now: i64,
    /// What is taken from a granule position.
    pub shift: i64,
    /// Whether a page's time was found to be a lie.
    lied: bool,
    /// Whether a page was met behind the last.
    over: bool,
}

/// A page, and when it begins, in samples at 48 kHz from the link's first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its first byte.
    pub at: u64,
    /// The end of the page before it.
    pub time: i64,
}

/// Walks through the headers of all pages; gives the chain of Opus streams, the first of them first.
///
/// # Errors
/// There is no Opus stream, its header cannot be believed, or the source fails.
pub fn chain(window: &mut Window, findings: &mut Vec<Finding>) -> Result<Vec<Link>> {
    let (mut links, mut at): (Vec<Link>, u64) = (Vec::new(), 0);
    while let Some(page) = Page::find(window, at)? {
        at = page.end();
        if page.begins() {
            let (packets, _) = page.packets(window, &mut Vec::new())?;
            if let Some(packet) = packets.first().filter(|p| Head::is_one(p)) {
                if let Some(link) = links.last_mut() {
                    link.close(window)?;
                }
                match Head::parse(packet) {
                    Ok(head) => links.push(Link::new(head, page.serial, at)),
                    Err(e) if links.is_empty() => return Err(e),
                    Err(e) => {
                        findings.push(Finding::new(
                            "stream-chained",
                            Severity::Damage,
                            format!("another stream follows and is not read: {e}"),
                        ));
                        return Ok(links);
                    }
                }
                continue;
            }
        }
        if let Some(link) = links.last_mut().filter(|link| link.serial == page.serial) {
            link.page(window, page, findings)?;
        }
    }
    let Some(last) = links.last_mut() else {
        return Err(Error::malformed("the Ogg file has no readable Opus header"));
    };
    if let Some(behind) = window.len().and_then(|length| length.checked_sub(at)).filter(|behind| *behind > 0) {
        let message = format!("{behind} bytes behind the last Ogg page are none");
        findings.push(Finding::new("ogg-trailing-bytes", Severity::Warning, message));
    }
    last.close(window)?;
    for link in links.iter().filter(|link| link.samples > 0 && link.samples < link.head.preskip.into()) {
        let message = format!("the header says to skip {} samples of {}", link.head.preskip, link.samples);
        findings.push(Finding::new("header-pre-skip", Severity::Damage, message));
    }
    let Some(last) = links.last() else { return Ok(links) };
    if last.last.as_ref().is_some_and(|page| !page.ends()) {
        findings.push(Page::no_end());
    }
    Ok(links)
}

impl Link {
    fn new(head: Head, serial: u32, end: u64) -> Self {
        Link {
            head,
            serial,
            index: Vec::new(),
            end,
            samples: 0,
            started: false,
            last: None,
            before: 0,
            now: 0,
            shift: 0,
            lied: false,
            over: false,
        }
    }

    /// Samples at 48 kHz that come out of it.
    pub fn frames(&self) -> i64 {
        (self.samples - i64::from(self.head.preskip)).max(0)
    }

    fn page(&mut self, window: &mut Window, page: Page, findings: &mut Vec<Finding>) -> Result<()> {
        self.end = page.end();
        if let Some(finding) = self.last.as_ref().and_then(|last| page.follows_the_end(last)) {
            findings.extend((!std::mem::replace(&mut self.over, true)).then_some(finding));
        }
        if page.completed() == 0 {
            return Ok(());
        }
        let first = !self.started;
        let mut length = None;
        if first {
            let (packets, _) = page.packets(window, &mut Vec::new())?;
            let all: i64 = packets.iter().map(|p| i64::from(duration(p))).sum();
            if packets.iter().any(|p| p.starts_with(b"OpusTags")) || page.granule == 0 && all == 0 {
                return Ok(());
            }
            self.started = true;
            // A stream that was joined later begins at its first packet; one that is shorter than its packets at 0.
            self.shift = page.granule.saturating_sub(all).max(0);
            if self.shift > 0 && page.ends() {
                let message = format!(
                    "the only page of audio ends at {:.3} s and holds {:.3} s: its time is a lie, or what came before is missing",
                    page.granule as f64 / 48_000.0,
                    all as f64 / 48_000.0
                );
                findings.push(Finding::new("stream-late", Severity::Warning, message));
            }
            length = Some(all);
        }
        if first || self.now - self.index.last().map_or(0, |place| place.time) >= INDEX {
            self.index.push(Place { at: page.at, time: self.now });
        }
        self.before = self.now;
        self.now = match page.end_time(self.shift, self.now) {
            Some(end) if page.ends() || length.is_none_or(|all| end >= all) => end,
            _ => {
                if !std::mem::replace(&mut self.lied, true) {
                    let message = format!("the time of Ogg page {} is a lie; the audio was joined", page.sequence);
                    findings.push(Finding::new("stream-jump", Severity::Damage, message));
                }
                self.now + length.map_or_else(|| held(window, &page), Ok)?
            }
        };
        self.last = Some(page);
        Ok(())
    }

    /// All pages are known: settles how long it is.
    fn close(&mut self, window: &mut Window) -> Result<()> {
        let Some(page) = &self.last else { return Ok(()) };
        // Not every granule at the end can be had.
        let lost = i64::from(page.continues()) * auricle_opus::MAX_FRAMES as i64;
        self.samples = self.now.min(self.before + held(window, page)? + lost).max(0);
        Ok(())
    }
}

/// The length of the packets that lie wholly in a page.
fn held(window: &mut Window, page: &Page) -> Result<i64> {
    let (packets, _) = page.packets(window, &mut Vec::new())?;
    Ok(packets.iter().map(|p| i64::from(duration(p))).sum())
}
