//! One input of a picture: what of it is drawn, and what has come of that.

use super::LANES;
use super::figure::Plan;
use super::heat::Heat;
use super::how::How;
use super::spans::Spans;
use super::trace::Trace;
use auricle_sdk::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// One input.
pub struct Panel {
    /// What comes.
    pub format: Arc<Format>,
    /// What it is called.
    pub label: String,
    /// Is it drawn as colours?
    pub heat: bool,
    /// How it looks.
    pub how: How,
    /// Where it stands.
    pub plan: Plan,
    /// What has come, being pooled.
    pub picture: Option<Picture>,
    /// The entries that are drawn.
    entries: Range<i64>,
}

/// What an input becomes.
pub enum Picture {
    /// Colours.
    Heat(Heat),
    /// Lines.
    Trace(Trace),
    /// Stretches of time.
    Spans(Spans),
}

impl Panel {
    /// An input of which the entries that reach into a stretch of time, in seconds, are drawn.
    pub fn new(
        format: Arc<Format>,
        label: String,
        heat: bool,
        how: How,
        plan: Plan,
        window: (Option<f64>, Option<f64>),
    ) -> Self {
        let clock = format.clock;
        // An entry reaches half a step to both sides.
        let place = |at: f64| (at - clock.seconds(0)) * clock.rate();
        let start = window.0.map_or(0, |from| (place(from) - 0.5 + 1e-6).ceil().max(0.0) as i64);
        let end = window.1.map_or(i64::MAX, |to| ((place(to) + 0.5 - 1e-6).floor().max(-1.0) as i64).saturating_add(1));
        let end = end.min(format.length.unwrap_or(i64::MAX));
        let entries = if clock.step == 0 { 0..i64::MAX } else { start.min(end)..end };
        Panel { format, label, heat, how, plan, picture: None, entries }
    }

    /// A picture that nothing has come to.
    ///
    /// # Errors
    /// Its look does not suit what comes.
    pub fn empty(&self) -> Result<Picture> {
        if self.format.as_records().is_ok() {
            return Ok(Picture::Spans(Spans::new(&self.format)?));
        }
        let known = self.entries.end < i64::MAX;
        let length = known.then_some(self.entries.end - self.entries.start);
        Ok(match self.heat {
            true => Picture::Heat(Heat::new(&self.format, length, &self.plan, &self.how, LANES)?),
            false => Picture::Trace(Trace::new(&self.format, length, &self.plan, LANES)),
        })
    }

    /// Takes what of a packet is drawn.
    ///
    /// # Errors
    /// Nothing was begun.
    pub fn push(&mut self, packet: &Packet) -> Result<()> {
        let inside = |entry: i64| (entry - packet.start).clamp(0, packet.count as i64) as usize;
        let entries = inside(self.entries.start)..inside(self.entries.end);
        match &mut self.picture {
            _ if entries.is_empty() => Ok(()),
            Some(Picture::Heat(heat)) => heat.push(packet, entries),
            Some(Picture::Trace(trace)) => trace.push(packet, entries),
            Some(Picture::Spans(spans)) => spans.push(packet),
            None => Err(Error::internal("a packet before begin")),
        }
    }

    /// Entries that have come.
    pub fn entries(&self) -> i64 {
        match &self.picture {
            Some(Picture::Heat(heat)) => heat.entries(),
            Some(Picture::Trace(trace)) => trace.entries(),
            Some(Picture::Spans(spans)) => spans.entries(),
            None => 0,
        }
    }

    /// Has it a time axis?
    pub fn timed(&self) -> bool {
        self.format.clock.step != 0 || self.format.as_records().is_ok()
    }

    /// From when to when it lasts, in seconds or, without time, in frames. Every entry reaches half a step to both sides.
    pub fn span(&self) -> (f64, f64) {
        if let Some(Picture::Spans(spans)) = &self.picture {
            return spans.span();
        }
        let (clock, n) = (self.format.clock, self.entries().max(1));
        if !self.timed() {
            return (-0.5, n as f64 - 0.5);
        }
        let (half, first) = (0.5 / clock.rate(), self.entries.start);
        (clock.seconds(first) - half, clock.seconds(first + n - 1) + half)
    }
}
