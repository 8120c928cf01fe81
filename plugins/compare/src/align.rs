//! `compare.align`: the offset at which a candidate is most like a reference, and how far it then is from it.
//!
//! Shape: two audio streams or tensors of any length to metrics. Source: `auricle_dsp::offset`, `auricle_dsp::distance`.
//! Unlike `compare.error` it compares what belongs together, and of streams of unequal length what both have.

use std::ops::Range;

use auricle_dsp::distance::Distance;
use auricle_dsp::offset::Offset;
use auricle_sdk::Host;
use auricle_sdk::prelude::*;

use crate::figures::{figures, row, unit};
use crate::lane::{Lane, Pair, lagging};
use crate::pairing::{Pairing, unlike};

/// The stage.
pub struct Align {
    host: Host,
    formats: [Format; 2],
    max_offset: usize,
    crop: bool,
    lanes: Vec<Lane>,
    pair: Option<Pair>,
    /// Set once both heads have come.
    offset: Option<Option<Offset>>,
}

impl Stage for Align {
    const DESCRIPTOR: Descriptor = Descriptor::new("compare.align", "The best offset of two streams, and the error there")
        .doc(
            "offset: by how many entries (sample frames, frames) the candidate is late, negative if it is early, at most \
             max_offset: where the correlation of the first 2,097,152 values of both is highest, over an overlap of at least \
             half. offset_s: the same in seconds. correlation: Pearson's r there. Then the figures of compare.error over all \
             that overlaps, and entries, how many those are. Streams of unequal length are no fault here; bands or channels \
             of unequal number are, unless crop = true compares those that both have. Without any correlation (silence) \
             there is no offset, and 0 is taken.",
        )
        .source("definitions in auricle_dsp::offset and auricle_dsp::distance")
        .inputs(&[Port::array("reference").doc("What is right."), Port::array("candidate").doc("What is measured.")])
        .outputs(&[Port::records("metrics").doc(
            "offset, offset_s, correlation, entries, l1, mse, max_abs, relative, cosine.",
        )])
        .parameters(&[
            Parameter::int("max_offset", 4096)
                .range(0.0, 1_048_576.0)
                .unit("entries")
                .doc("Largest offset that is looked for, in sample frames or frames."),
            Parameter::bool("crop", false).doc("Compare the bands or channels that both have."),
        ])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let formats = [setup.input(0)?.clone(), setup.input(1)?.clone()];
        let host = setup.host();
        for reason in unlike(&formats[0], &formats[1]) {
            host.finding(Severity::Warning, "unlike-scales", &reason, None);
        }
        let stage = Align {
            host,
            formats,
            max_offset: setup.parameters.count("max_offset")?,
            crop: setup.parameters.bool("crop")?,
            lanes: Vec::new(),
            pair: None,
            offset: None,
        };
        Ok((stage, vec![Format::records(Records::metrics())]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.lanes = self.formats.iter().map(Lane::new).collect();
        let pairing = Pairing::new(&self.formats[0], &self.formats[1], self.crop);
        if let Err(reason) = &pairing {
            let message = format!("not compared: {reason}");
            self.host.finding(Severity::Warning, "unlike-shapes", &message, None);
        }
        let distance = Distance::default();
        self.pair = Some(Pair { reference: 0, candidate: 1, pairing, lag: 0, position: 0, idle: false, distance });
        self.offset = None;
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        self.lanes[packet.port].push(packet)?;
        if self.lanes.iter().all(Lane::head_is_whole) {
            self.advance();
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.lanes.iter_mut().for_each(|lane| lane.ended = true);
        self.advance();
        let Some(pair) = self.pair.as_ref().filter(|pair| pair.pairing.is_ok()) else { return Ok(Flow::Done) };
        let offset = self.offset.flatten();
        let clock = self.formats[0].clock;
        let mut rows = Rows::new(&Records::metrics());
        rows.push(row("offset", pair.lag as f64, "entries", ""))?;
        if clock.step != 0 {
            rows.push(row("offset_s", pair.lag as f64 / clock.rate(), "s", ""))?;
        }
        rows.push(row("correlation", offset.map_or(f64::NAN, |offset| offset.correlation), "1", ""))?;
        rows.push(row("entries", (pair.position - (-pair.lag).max(0)) as f64, "1", ""))?;
        for (name, value, unit) in figures(&pair.distance, &unit(&self.formats[0])) {
            rows.push(row(name, value, &unit, ""))?;
        }
        out.rows(0, 0, &rows)?;
        Ok(Flow::Done)
    }

    fn wants(&self) -> Option<usize> {
        lagging(self.lanes.iter().map(|lane| (lane.received, lane.ended)))
    }
}

impl Align {
    /// Finds the offset if that is not done, and compares what has come.
    fn advance(&mut self) {
        let Some(pair) = &mut self.pair else { return };
        if self.offset.is_none() {
            let offset = pair.offset(&self.lanes, self.max_offset);
            pair.shift(offset.map_or(0, |offset| offset.lag));
            self.offset = Some(offset);
        }
        pair.step(&self.lanes);
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            lane.forget(pair.waits_for(index).unwrap_or(i64::MAX));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::Bench;

    fn noise(count: usize) -> Vec<f32> {
        (0..count as u64).map(|t| ((t * t * 7919 + t * 104_729) % 10_007) as f32 / 10_007.0 - 0.5).collect()
    }

    #[test]
    fn a_late_candidate_is_found_and_compared() {
        let signal = noise(20_000);
        for shift in [0usize, 1, 300, 4000] {
            let louder: Vec<f32> = signal.iter().map(|x| x + 0.125).collect();
            let early = &signal[shift..];
            for (reference, candidate, sign) in [(early, &louder[..], 1.0), (&louder[..], early, -1.0)] {
                let bench = Bench::<Align>::new().audio(8000, &[reference]).audio(8000, &[candidate]);
                let outcome = bench.run().expect("runs");
                let metric = |name: &str| outcome.metric(name).expect("a metric");
                assert_eq!(metric("offset"), sign * shift as f64);
                assert_eq!(
                    (metric("offset_s"), metric("entries")),
                    (sign * shift as f64 / 8000.0, 20_000.0 - shift as f64)
                );
                assert!((metric("l1") - 0.125).abs() < 1e-6 && metric("correlation") > 0.999_99);
                bench.conforms();
            }
        }
    }

    #[test]
    fn streams_beyond_the_head_are_compared_whole() {
        let signal = noise(crate::lane::HEAD + 5000);
        let outcome = Bench::<Align>::new().audio(8000, &[&signal]).audio(8000, &[&signal[10..]]).run().expect("runs");
        let metric = |name: &str| outcome.metric(name).expect("a metric");
        assert_eq!((metric("offset"), metric("l1")), (-10.0, 0.0));
        assert_eq!(metric("entries"), (signal.len() - 10) as f64);
    }

    #[test]
    fn silence_has_no_offset() {
        let outcome = Bench::<Align>::new().audio(8000, &[&[0.0f32; 9]]).audio(8000, &[&[0.0f32; 5]]).run();
        let outcome = outcome.expect("runs");
        assert_eq!((outcome.metric("offset"), outcome.metric("entries")), (Some(0.0), Some(5.0)));
        assert!(outcome.metric("correlation").expect("a metric").is_nan());
    }
}
