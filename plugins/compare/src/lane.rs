//! One input of a stage that takes streams as they come, and a pair of them: what has come, and how far apart it is.

use auricle_dsp::distance::Distance;
use auricle_dsp::offset::{Offset, best_offset};
use auricle_sdk::adapter::Values;
use auricle_sdk::prelude::*;

use crate::figures::Extent;
use crate::pairing::{Pairing, entry};

/// Most values of an input that are kept for the search of an offset: 95 s of audio at 22,050 Hz, 26,000 frames of 80 bands.
pub const HEAD: usize = 1 << 21;

/// One input.
pub struct Lane {
    /// Values that some pair still waits for, from entry `base` on.
    values: Values,
    base: i64,
    entry: usize,
    head: Vec<f64>,
    /// Entries that came.
    pub received: i64,
    /// Has it ended?
    pub ended: bool,
    /// Smallest and largest value.
    pub extent: Extent,
}

impl Lane {
    /// Before the first packet.
    pub fn new(format: &Format) -> Self {
        Lane {
            values: Values::of(format),
            base: 0,
            entry: entry(format),
            head: Vec::new(),
            received: 0,
            ended: false,
            extent: Extent::NONE,
        }
    }

    /// Takes a packet in.
    pub fn push(&mut self, packet: &Packet) -> Result<()> {
        let before = self.values.len();
        self.values.append(packet)?;
        for index in before..self.values.len() {
            let value = match &self.values {
                Values::Real(values) => values[index],
                Values::Complex(values) => values[index].norm(),
            };
            self.extent.push(value);
            if self.head.len() < HEAD / self.entry.max(1) * self.entry {
                self.head.push(value);
            }
        }
        self.received += packet.count as i64;
        self.ended |= packet.end;
        Ok(())
    }

    /// Is all there that the search of an offset looks at?
    pub fn head_is_whole(&self) -> bool {
        self.ended || self.entry == 0 || self.head.len() >= HEAD / self.entry * self.entry
    }

    /// Forgets entries before `entry`.
    pub fn forget(&mut self, entry: i64) {
        let unused = usize::try_from(entry.min(self.received) - self.base).unwrap_or(0);
        // Moving the rest down costs, so it is done rarely.
        if unused * self.entry < 1 << 14 && entry < self.received {
            return;
        }
        match &mut self.values {
            Values::Real(values) => drop(values.drain(..unused * self.entry)),
            Values::Complex(values) => drop(values.drain(..unused * self.entry)),
        }
        self.base += unused as i64;
    }

    fn at(&self, entry: i64, place: usize) -> Complex<f64> {
        let index = (entry - self.base) as usize * self.entry + place;
        match &self.values {
            Values::Real(values) => Complex::new(values[index], 0.0),
            Values::Complex(values) => values[index],
        }
    }

    /// How many values are kept for the search of an offset.
    pub fn head_len(&self) -> usize {
        self.head.len()
    }

    /// The values kept for the search of an offset, those at `places` of each entry.
    pub fn head(&self, places: impl Iterator<Item = usize> + Clone) -> Vec<f64> {
        self.head.chunks_exact(self.entry.max(1)).flat_map(|entry| places.clone().map(|place| entry[place])).collect()
    }
}

/// The input to take from next: of those that have not ended, the one of which the least has come. Each is said as
/// (what has come, has it ended).
pub fn lagging(inputs: impl Iterator<Item = (i64, bool)>) -> Option<usize> {
    inputs
        .enumerate()
        .filter(|(_, (_, ended))| !ended)
        .min_by_key(|(_, (received, _))| *received)
        .map(|(index, _)| index)
}

/// Two inputs.
pub struct Pair {
    /// The reference's index.
    pub reference: usize,
    /// The candidate's.
    pub candidate: usize,
    /// Which of their values belong together, or why none do.
    pub pairing: Result<Pairing, String>,
    /// The candidate's entry `t + lag` is compared with the reference's `t`.
    pub lag: i64,
    /// The next entry of the reference to compare.
    pub position: i64,
    /// Is nothing to be compared, whatever comes?
    pub idle: bool,
    /// What was found.
    pub distance: Distance,
}

impl Pair {
    /// Compares from now on, and from its start, entry `t` of the reference with `t + lag` of the candidate.
    pub fn shift(&mut self, lag: i64) {
        (self.lag, self.position) = (lag, (-lag).max(0));
    }

    /// The first entry of input `lane` that this pair still waits for; none if it has no use for any.
    pub fn waits_for(&self, lane: usize) -> Option<i64> {
        let of_lane = lane == self.reference || lane == self.candidate;
        let lag = if lane == self.candidate { self.lag } else { 0 };
        (of_lane && !self.idle && self.pairing.is_ok()).then_some(self.position + lag)
    }

    /// Compares what both have and this pair has not compared yet.
    pub fn step(&mut self, lanes: &[Lane]) {
        let (reference, candidate) = (&lanes[self.reference], &lanes[self.candidate]);
        let Ok(pairing) = self.pairing.as_ref() else { return };
        if self.idle {
            return;
        }
        let end = reference.received.min(candidate.received - self.lag);
        let complex = matches!(reference.values, Values::Complex(_)) || matches!(candidate.values, Values::Complex(_));
        for entry in self.position..end {
            for (a, b) in pairing.places() {
                let (a, b) = (reference.at(entry, *a), candidate.at(entry + self.lag, *b));
                if complex {
                    self.distance.push_complex(a, b);
                } else {
                    self.distance.push(a.re, b.re);
                }
            }
        }
        self.position = end.max(self.position);
        self.idle = (reference.ended && reference.received <= self.position)
            || (candidate.ended && candidate.received <= self.position + self.lag);
    }

    /// By how many entries the candidate lags, where that has a meaning.
    pub fn offset(&self, lanes: &[Lane], max_lag: usize) -> Option<Offset> {
        let pairing = self.pairing.as_ref().ok()?;
        let places = pairing.places();
        let reference = lanes[self.reference].head(places.iter().map(|(a, _)| *a));
        let candidate = lanes[self.candidate].head(places.iter().map(|(_, b)| *b));
        best_offset(&reference, &candidate, pairing.len(), max_lag)
    }
}
