//! One input of `compare.matrix`, and a pair of them: what has come, and how far apart it is.

use auricle_dsp::distance::Distance;
use auricle_dsp::offset::{Offset, best_offset};
use auricle_sdk::adapter::Values;
use auricle_sdk::prelude::*;

use crate::figures::Extent;
use crate::pairing::{Pairing, entry};

/// Most values of an input that are kept for the search of an offset: 12 s of audio, 2,000 frames of 128 bands.
const HEAD: usize = 1 << 18;

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

    /// The values kept for the search of an offset, those of a pairing.
    fn head(&self, places: impl Iterator<Item = usize> + Clone) -> Vec<f64> {
        self.head.chunks_exact(self.entry.max(1)).flat_map(|entry| places.clone().map(|place| entry[place])).collect()
    }
}

/// Two inputs.
pub struct Pair {
    /// The reference's index.
    pub reference: usize,
    /// The candidate's.
    pub candidate: usize,
    /// Which of their values belong together, or why none do.
    pub pairing: Result<Pairing, String>,
    /// Entries that were compared.
    pub position: i64,
    /// Is nothing to be compared, whatever comes?
    pub idle: bool,
    /// What was found.
    pub distance: Distance,
}

impl Pair {
    /// Compares what both have and this pair has not compared yet.
    pub fn step(&mut self, lanes: &[Lane]) {
        let (reference, candidate) = (&lanes[self.reference], &lanes[self.candidate]);
        let Ok(pairing) = self.pairing.as_ref() else { return };
        if self.idle {
            return;
        }
        let end = reference.received.min(candidate.received);
        let complex = matches!(reference.values, Values::Complex(_)) || matches!(candidate.values, Values::Complex(_));
        for entry in self.position..end {
            for (a, b) in pairing.places() {
                let (a, b) = (reference.at(entry, *a), candidate.at(entry, *b));
                if complex {
                    self.distance.push_complex(a, b);
                } else {
                    self.distance.push(a.re, b.re);
                }
            }
        }
        self.position = end;
        let ended = |lane: &Lane| lane.ended && lane.received == end;
        self.idle = ended(reference) || ended(candidate);
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
