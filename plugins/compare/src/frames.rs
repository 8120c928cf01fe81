//! What the measures of two signals by their frames share: both cut alike, each frame made into numbers, pairs of frames.

use std::collections::VecDeque;
use std::ops::Range;

use auricle_sdk::Host;
use auricle_sdk::adapter::Framer;
use auricle_sdk::prelude::*;

use crate::figures::row;
use crate::lane::lagging;
use crate::pairing::{Pairing, paired, shapes_differ};

/// A measure of two signals by their frames.
pub trait FrameMeasure: Sized + Send + 'static {
    /// What the stage says about itself; inputs, output and `crop` are those of [`signals`](crate::signals).
    const DESCRIPTOR: Descriptor;
    /// How both signals are cut.
    const FRAMING: Framing;

    /// Of nothing yet.
    ///
    /// # Errors
    /// Parameters that cannot be used.
    fn new(setup: &Setup) -> Result<Self>;

    /// Starts anew.
    fn begin(&mut self);

    /// May the signals be of unequal length, to be compared as wholes at the end?
    fn stretches(&self) -> bool {
        false
    }

    /// What a frame of the reference (`side` 0) or the candidate (1) is compared by.
    fn feature(&mut self, side: usize, samples: &[f64]) -> Vec<f64>;

    /// Takes the features of a pair of frames.
    fn pair(&mut self, reference: &[f64], candidate: &[f64]);

    /// Takes all features of both, of one channel, where the measure stretches.
    fn whole(&mut self, reference: &[Vec<f64>], candidate: &[Vec<f64>]) {
        let _ = (reference, candidate);
    }

    /// Name, value and unit of each figure.
    fn figures(&self) -> Vec<(&'static str, f64, &'static str)>;
}

/// A [`FrameMeasure`] as a [`Stage`].
pub struct Frames<M> {
    host: Host,
    formats: [Format; 2],
    /// None: the signals cannot be compared, and a finding says why.
    pairing: Option<Pairing>,
    crop: bool,
    sides: [Side; 2],
    measure: M,
}

/// One signal.
struct Side {
    framer: Framer<f64>,
    /// Features that wait for their counterpart, by channel of the pairing.
    waiting: Vec<VecDeque<Vec<f64>>>,
    samples: i64,
    ended: bool,
}

impl Side {
    fn new(framing: Framing, format: &Format, channels: usize) -> Result<Self> {
        let framer = Framer::new(framing, format.as_audio()?.channels);
        Ok(Side { framer, waiting: vec![VecDeque::new(); channels], samples: 0, ended: false })
    }
}

impl<M: FrameMeasure> Stage for Frames<M> {
    const DESCRIPTOR: Descriptor = M::DESCRIPTOR;

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let formats = [setup.input(0)?.clone(), setup.input(1)?.clone()];
        let (crop, host, measure) = (setup.parameters.bool("crop")?, setup.host(), M::new(setup)?);
        let pairing = paired(&host, &formats[0], &formats[1], crop || measure.stretches());
        let channels = pairing.as_ref().map_or(0, Pairing::len);
        let sides = [Side::new(M::FRAMING, &formats[0], channels)?, Side::new(M::FRAMING, &formats[1], channels)?];
        let stage = Frames { host, formats, pairing, crop, sides, measure };
        Ok((stage, vec![Format::records(Records::metrics())]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        for side in &mut self.sides {
            side.framer.begin(0);
            side.waiting.iter_mut().for_each(VecDeque::clear);
            (side.samples, side.ended) = (0, false);
        }
        self.measure.begin();
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        let side = &mut self.sides[packet.port];
        side.framer.push(packet)?;
        side.samples = packet.start + packet.count as i64;
        side.ended |= packet.end;
        self.take(packet.port);
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        for side in 0..2 {
            self.sides[side].framer.end()?;
            self.sides[side].ended = true;
            self.take(side);
        }
        let [a, b] = [self.sides[0].samples, self.sides[1].samples];
        if self.pairing.is_none() {
            return Ok(Flow::Done);
        }
        if a != b && !self.crop && !self.measure.stretches() {
            shapes_differ(&self.host, [&self.formats[0], &self.formats[1]], [Some(a), Some(b)]);
            return Ok(Flow::Done);
        }
        if self.measure.stretches() {
            let [reference, candidate] = &mut self.sides;
            for (a, b) in reference.waiting.iter_mut().zip(&mut candidate.waiting) {
                self.measure.whole(a.make_contiguous(), b.make_contiguous());
            }
        }
        let mut rows = Rows::new(&Records::metrics());
        for (name, value, unit) in self.measure.figures() {
            rows.push(row(name, value, unit, ""))?;
        }
        out.rows(0, 0, &rows)?;
        Ok(Flow::Done)
    }

    fn wants(&self) -> Option<usize> {
        lagging(self.sides.iter().map(|side| (side.samples, side.ended)))
    }
}

impl<M: FrameMeasure> Frames<M> {
    /// Makes features of the frames that are whole now, and compares those that have a counterpart.
    fn take(&mut self, index: usize) {
        let Some(pairing) = &self.pairing else { return };
        let side = &mut self.sides[index];
        let ready = side.framer.ready();
        for offset in 0..ready {
            for (channel, (a, b)) in pairing.places().iter().enumerate() {
                let samples = side.framer.frame(offset, if index == 0 { *a } else { *b });
                side.waiting[channel].push_back(self.measure.feature(index, samples));
            }
        }
        side.framer.advance(ready);
        if self.measure.stretches() {
            return;
        }
        let [reference, candidate] = &mut self.sides;
        while reference.waiting.iter().chain(&candidate.waiting).all(|waiting| !waiting.is_empty()) {
            for (a, b) in reference.waiting.iter_mut().zip(&mut candidate.waiting) {
                if let (Some(a), Some(b)) = (a.pop_front(), b.pop_front()) {
                    self.measure.pair(&a, &b);
                }
            }
        }
    }
}
