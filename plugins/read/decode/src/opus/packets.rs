//! The packets of one stream, each with its time.

use super::head::duration;
use super::link::Link;
use super::page::Page;
use crate::error::Result;
use crate::source::Window;
use std::collections::VecDeque;

/// A packet.
pub struct Packet {
    /// What the decoder takes.
    pub bytes: Vec<u8>,
    /// When it begins: samples at 48 kHz since its stream's first.
    pub time: i64,
}

/// Reads packets from page to page.
pub struct Reader {
    window: Window,
    serial: u32,
    at: u64,
    end: u64,
    shift: i64,
    open: Vec<u8>,
    ready: VecDeque<Packet>,
    /// When the next packet begins, if nothing is lost.
    now: i64,
    sequence: Option<u32>,
    /// What was met that is not as it was written.
    pub damage: Vec<String>,
}

impl Reader {
    /// A reader that stands nowhere yet.
    pub fn new(window: Window) -> Self {
        Reader {
            window,
            serial: 0,
            at: 0,
            end: 0,
            shift: 0,
            open: Vec::new(),
            ready: VecDeque::new(),
            now: 0,
            sequence: None,
            damage: Vec::new(),
        }
    }

    /// Goes to a page of a stream's index.
    pub fn enter(&mut self, link: &Link, entry: usize) {
        self.serial = link.serial;
        self.end = link.end;
        self.at = link.end;
        self.sequence = None;
        self.open.clear();
        self.ready.clear();
        self.shift = link.shift;
        if let Some(place) = link.index.get(entry) {
            (self.at, self.now) = (place.at, place.time);
        }
    }

    /// The next packet; `None` at the end of the stream.
    ///
    /// # Errors
    /// When the source fails.
    pub fn next(&mut self) -> Result<Option<Packet>> {
        while self.ready.is_empty() {
            if self.at >= self.end {
                return Ok(None);
            }
            let Some(page) = Page::find(&mut self.window, self.at)? else {
                self.at = self.end;
                return Ok(None);
            };
            if page.at > self.at {
                self.damage.push(format!("{} bytes between two Ogg pages are none", page.at - self.at));
            }
            self.at = page.end();
            if page.serial == self.serial && page.at < self.end {
                self.page(&page)?;
            }
        }
        Ok(self.ready.pop_front())
    }

    fn page(&mut self, page: &Page) -> Result<()> {
        if self.sequence.is_some_and(|before| before.wrapping_add(1) != page.sequence) {
            self.damage.push(format!("an Ogg page is missing before page {}", page.sequence));
            self.open.clear();
        }
        self.sequence = Some(page.sequence);
        let (packets, sound) = page.packets(&mut self.window, &mut self.open)?;
        if !sound {
            let cut = self.window.len().is_some_and(|len| page.end() > len);
            let what = if cut { "is cut" } else { "has a wrong checksum" };
            self.damage.push(format!("Ogg page {} {what}", page.sequence));
        }
        let length: i64 = packets.iter().map(|p| i64::from(duration(p))).sum();
        let stated = page.end_time(self.shift, self.now).filter(|end| self.now > 0 || *end >= length);
        // The time of a stream's last page says where to cut, not where it begins.
        let mut time = match stated {
            Some(end) if !page.ends() && !packets.is_empty() => end - length,
            _ => self.now,
        };
        for bytes in packets {
            let length = i64::from(duration(&bytes));
            self.ready.push_back(Packet { bytes, time });
            time += length;
        }
        self.now = time;
        Ok(())
    }
}
