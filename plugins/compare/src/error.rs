//! `compare.error`: how far a candidate is from a reference.
//!
//! Shape: two audio streams or tensors of one shape to metrics, their difference, and figures per frame and per band.
//! Source: the definitions stand in `auricle_dsp::distance`. Unlike `compare.matrix` it takes two inputs and gives tensors.

use std::ops::Range;

use auricle_dsp::distance::Distance;
use auricle_sdk::adapter::Values;
use auricle_sdk::format::Data;
use auricle_sdk::prelude::*;

use crate::figures::{Extent, figures, row, unit};
use crate::outputs::{BANDS, DIFFERENCE, FRAMES, METRICS, formats, send};
use crate::pairing::{Pairing, entry, paired, shapes_differ};

/// The stage.
pub struct Differences {
    host: auricle_sdk::Host,
    formats: [Format; 2],
    /// None: the inputs cannot be compared, and a finding says why.
    pairing: Option<Pairing>,
    crop: bool,
    /// Of audio also its extent can tell that the scales are unlike.
    audio: bool,
    entries: [usize; 2],
    /// Entries that one frame of `frames` stands for.
    block: i64,
    total: Distance,
    frame: Distance,
    bands: Vec<Distance>,
    extents: [Extent; 2],
    frames_sent: i64,
    /// The only output of this run, where it is a part of one.
    only: Option<usize>,
}

/// Sample frames in one frame of `frames`, where audio is compared.
const AUDIO_BLOCK: i64 = 1024;

impl Comparison for Differences {
    const DESCRIPTOR: Descriptor = Descriptor::new("compare.error", "How far a candidate is from a reference")
        .doc(
            "With d = candidate - reference over all values: l1 = mean |d|, mse = mean d^2, max_abs = max |d|, \
             relative = ||d|| / ||reference||, cosine = <reference, candidate> / (||reference|| ||candidate||). \
             Axes are paired by their role; axes of length 1 count for nothing. Inputs of unequal shape are a finding and \
             give no metrics, unless crop = true compares what both have. Inputs on unlike scales (ln against power, int16 \
             against unit range) are compared, with a finding that says which. Of complex numbers |d| is the modulus.",
        )
        .source("definitions in auricle_dsp::distance")
        .inputs(&[
            Port::array("reference").doc("What is right."),
            Port::array("candidate").doc("What is measured."),
        ])
        .outputs(&[
            Port::records("metrics").doc("l1, mse, max_abs, relative, cosine."),
            Port::array("difference").dtypes(&[DType::F32, DType::F64]).nan().doc("candidate - reference; of complex numbers |d|."),
            Port::tensor("frames").dtypes(&[DType::F64]).nan().doc("l1, mse, max_abs of each frame; of audio of 1024 samples."),
            Port::tensor("bands").dtypes(&[DType::F64]).nan().doc("l1, mse, max_abs of each bin, band or channel."),
        ])
        .parameters(&[Parameter::bool("crop", false).doc("Compare the common part of inputs of unequal shape.")])
        .locality(Locality::WholeInput);

    fn new(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let (reference, candidate) = (setup.input(0)?, setup.input(1)?);
        let crop = setup.parameters.bool("crop")?;
        let host = setup.host();
        let pairing = paired(&host, reference, candidate, crop);
        let audio = matches!((&reference.data, &candidate.data), (Data::Audio(_), Data::Audio(_)));
        let block = if audio { AUDIO_BLOCK } else { 1 };
        let values = pairing.as_ref().map_or(0, Pairing::len);
        let outputs = formats(reference, candidate, values, block)?;
        let stage = Differences {
            host,
            formats: [reference.clone(), candidate.clone()],
            pairing,
            crop,
            audio,
            entries: [entry(reference), entry(candidate)],
            block,
            total: Distance::default(),
            frame: Distance::default(),
            bands: vec![Distance::default(); values],
            extents: [Extent::NONE; 2],
            frames_sent: 0,
            only: None,
        };
        Ok((stage, outputs))
    }

    fn need(&self, output: usize, span: Range<i64>) -> Option<Range<i64>> {
        match output {
            DIFFERENCE => Some(span),
            FRAMES => Some(span.start.saturating_mul(self.block)..span.end.saturating_mul(self.block)),
            _ => None,
        }
    }

    fn begin(&mut self, output: usize, span: Range<i64>) -> Result<()> {
        self.only = (span != (0..i64::MAX)).then_some(output);
        self.frames_sent = if output == FRAMES { span.start } else { 0 };
        (self.total, self.frame) = (Distance::default(), Distance::default());
        self.bands.fill(Distance::default());
        self.extents = [Extent::NONE; 2];
        Ok(())
    }

    fn compare(&mut self, start: i64, count: usize, inputs: &[Values], out: &mut Outputs<'_>) -> Result<()> {
        let Some(pairing) = &self.pairing else { return Ok(()) };
        let mut differences = Vec::with_capacity(count * pairing.len());
        let mut frames: Vec<f64> = Vec::new();
        for i in 0..count {
            for ((a, b), band) in pairing.places().iter().zip(&mut self.bands) {
                let (a, b) = (i * self.entries[0] + a, i * self.entries[1] + b);
                let difference = take(&inputs[0], &inputs[1], a, b, [&mut self.frame, band], &mut self.extents);
                differences.push(difference);
            }
            if (start + i as i64 + 1) % self.block == 0 {
                frames.extend([self.frame.l1(), self.frame.mse(), self.frame.max_abs()]);
                self.total.merge(&std::mem::take(&mut self.frame));
            }
        }
        if self.wanted(DIFFERENCE) {
            send(out, start, count, pairing.len(), &differences)?;
        }
        self.send_frames(&frames, out)
    }

    fn finish(&mut self, lengths: &[i64], out: &mut Outputs<'_>) -> Result<()> {
        if self.pairing.is_none() {
            return Ok(());
        }
        if self.frame.count() > 0 {
            let rest = std::mem::take(&mut self.frame);
            self.total.merge(&rest);
            self.send_frames(&[rest.l1(), rest.mse(), rest.max_abs()], out)?;
        }
        if lengths[0] != lengths[1] && !self.crop {
            shapes_differ(&self.host, [&self.formats[0], &self.formats[1]], [Some(lengths[0]), Some(lengths[1])]);
            return Ok(());
        }
        if let (true, Some(reason)) = (self.audio, self.extents[0].unlike(&self.extents[1])) {
            self.host.finding(Severity::Warning, "unlike-scales", &reason, None);
        }
        if !self.wanted(METRICS) && !self.wanted(BANDS) {
            return Ok(());
        }
        let mut rows = Rows::new(&Records::metrics());
        for (name, value, unit) in figures(&self.total, &unit(&self.formats[0])) {
            rows.push(row(name, value, &unit, ""))?;
        }
        out.rows(METRICS, 0, &rows)?;
        if self.bands.is_empty() {
            return Ok(());
        }
        let mut block = out.tensor::<f64>(BANDS, 0, 1)?;
        for (i, band) in self.bands.iter().enumerate() {
            for (k, value) in [band.l1(), band.mse(), band.max_abs()].into_iter().enumerate() {
                block.values()[k * self.bands.len() + i] = value;
            }
        }
        block.emit()
    }
}

impl Differences {
    fn wanted(&self, output: usize) -> bool {
        self.only.is_none_or(|only| only == output)
    }

    fn send_frames(&mut self, rows: &[f64], out: &mut Outputs<'_>) -> Result<()> {
        let count = rows.len() / 3;
        if count == 0 || !self.wanted(FRAMES) {
            return Ok(());
        }
        let mut block = out.tensor::<f64>(FRAMES, self.frames_sent, count)?;
        block.values().copy_from_slice(rows);
        block.emit()?;
        self.frames_sent += count as i64;
        Ok(())
    }
}

/// Takes a pair of values into both distances; gives what stands in the difference.
fn take(
    reference: &Values,
    candidate: &Values,
    a: usize,
    b: usize,
    distances: [&mut Distance; 2],
    extents: &mut [Extent; 2],
) -> f64 {
    match (reference, candidate) {
        (Values::Real(reference), Values::Real(candidate)) => {
            let (a, b) = (reference[a], candidate[b]);
            distances.into_iter().for_each(|distance| distance.push(a, b));
            extents[0].push(a);
            extents[1].push(b);
            b - a
        }
        (reference, candidate) => {
            let (a, b) = (complex(reference, a), complex(candidate, b));
            distances.into_iter().for_each(|distance| distance.push_complex(a, b));
            extents[0].push(a.norm());
            extents[1].push(b.norm());
            (b - a).norm()
        }
    }
}

fn complex(values: &Values, index: usize) -> Complex<f64> {
    match values {
        Values::Real(values) => Complex::new(values[index], 0.0),
        Values::Complex(values) => values[index],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, Outcome};

    type Error = Compare<Differences>;

    fn bands(values: &[f32], bands: usize, quantity: &str) -> (Format, Vec<f32>) {
        let frames = (values.len() / bands) as i64;
        let axes = vec![Axis::frames(Some(frames)), Axis::bins(bands, 100.0)];
        let clock = Clock::samples(1000).frames(10, 0);
        (Format::tensor(Tensor::new::<f32>(axes, quantity), clock, Some(frames), "bin,frame"), values.to_vec())
    }

    fn bench(inputs: [(Format, Vec<f32>); 2]) -> Bench<Error> {
        inputs.into_iter().fold(Bench::new(), |bench, (format, values)| bench.tensor(format, &values))
    }

    #[track_caller]
    fn check(outcome: &Outcome, expected: &[(&str, f64)]) {
        for (name, expected) in expected {
            let got = outcome.metric(name).expect("a metric");
            assert!((got - expected).abs() < 1e-12, "{name}: expected {expected}, got {got}");
        }
    }

    #[test]
    fn figures_and_tensors_by_hand() {
        let bench = bench([bands(&[1.0, -2.0, 2.0, 0.0], 2, "ln"), bands(&[2.0, 1.0, 2.0, 0.0], 2, "ln")]);
        let outcome = bench.run().expect("runs");
        check(&outcome, &[("l1", 1.0), ("mse", 2.5), ("max_abs", 3.0), ("relative", 10f64.sqrt() / 3.0)]);
        assert_eq!(outcome.tensor::<f32>(DIFFERENCE).expect("differences"), [1.0, 3.0, 0.0, 0.0]);
        assert_eq!(outcome.tensor::<f64>(FRAMES).expect("frames"), [2.0, 5.0, 3.0, 0.0, 0.0, 0.0]);
        assert_eq!(outcome.tensor::<f64>(BANDS).expect("bands"), [0.5, 1.5, 0.5, 4.5, 1.0, 3.0]);
        assert!(outcome.findings.is_empty());
        bench.conforms();
    }

    #[test]
    fn audio_is_compared_sample_by_sample() {
        let a: Vec<f32> = (0..3000).map(|i| ((i * 31) % 77) as f32 / 100.0).collect();
        let b: Vec<f32> = a.iter().map(|x| x + 0.25).collect();
        let bench = Bench::<Error>::new().audio(8000, &[&a, &a]).audio(8000, &[&b, &a]);
        let outcome = bench.run().expect("runs");
        assert!((outcome.metric("l1").expect("l1") - 0.125).abs() < 1e-7);
        assert_eq!(outcome.audio::<f32>(DIFFERENCE).expect("audio")[1], vec![0.0; 3000]);
        assert_eq!(outcome.tensor::<f64>(FRAMES).expect("frames").len(), 3 * 3);
        bench.conforms();
    }

    #[test]
    fn complex_numbers_by_their_modulus() {
        let axes = vec![Axis::frames(Some(1)), Axis::bins(1, 100.0)];
        let format =
            Format::tensor(Tensor::new::<Complex<f32>>(axes, "complex"), Clock::samples(10), Some(1), "bin,frame");
        let (a, b) = (Complex::new(0.0f32, 0.0), Complex::new(3.0f32, 4.0));
        let outcome = Bench::<Error>::new().tensor(format.clone(), &[a]).tensor(format, &[b]).run().expect("runs");
        check(&outcome, &[("l1", 5.0), ("mse", 25.0)]);
        assert_eq!(outcome.tensor::<f32>(DIFFERENCE).expect("differences"), [5.0]);
    }

    #[test]
    fn unequal_shapes_are_a_finding_and_crop_compares_the_rest() {
        let (a, b) = (vec![0.5f32; 12], vec![0.75f32; 9]);
        for (first, second) in [(bands(&a, 3, "ln"), bands(&b, 3, "ln")), (bands(&a, 4, "ln"), bands(&b, 3, "ln"))] {
            let plain = bench([first.clone(), second.clone()]).run().expect("runs");
            assert_eq!((plain.metric("l1"), plain.findings[0].code.as_str()), (None, "unlike-shapes"));
            assert!(plain.findings[0].message.contains("against (bin 3, frame 3)"), "{}", plain.findings[0].message);
            let cropped = bench([first, second]).parameter("crop", true);
            check(&cropped.run().expect("runs"), &[("l1", 0.25)]);
            cropped.conforms();
        }
    }

    #[test]
    fn unlike_scales_are_compared_with_a_finding() {
        let outcome = bench([bands(&[1.0], 1, "ln"), bands(&[2.0], 1, "power")]).run().expect("runs");
        check(&outcome, &[("l1", 1.0)]);
        assert_eq!(outcome.findings[0].code, "unlike-scales");
        let outcome =
            Bench::<Error>::new().audio(8000, &[&[0.5f32]]).audio(8000, &[&[16384.0f32]]).run().expect("runs");
        assert!(outcome.findings[0].message.contains("unlike scales"));
        let outcome = Bench::<Error>::new().audio(8000, &[&[0.5f32]]).audio(8000, &[&[16384i16]]).run().expect("runs");
        assert!(outcome.findings[0].message.contains("int16"));
    }

    #[test]
    fn nothing_against_nothing() {
        let outcome = Bench::<Error>::new().audio::<f32>(8000, &[&[]]).audio::<f32>(8000, &[&[]]).run().expect("runs");
        assert!(outcome.metric("l1").expect("a metric").is_nan());
    }
}
