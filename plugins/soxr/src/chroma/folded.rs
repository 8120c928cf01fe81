//! Kinds `cqt` and `cens` of `chroma.librosa`: magnitudes of constant-Q bins, the octaves added up.

use std::ops::Range;

use crate::cqt::usual;
use crate::ffi::{Quality, Sample};
use crate::octaves::{Octaves, Settings};
use auricle_analysis::{librosa, refused};
use auricle_dsp::Float;
use auricle_dsp::cens::{Fold, Smoothing, quantise};
use auricle_dsp::cqt::Config;
use auricle_dsp::norm::Norm;
use auricle_sdk::prelude::*;

use super::{DESCRIPTOR, norm, normalise, tensor};

/// The classes of samples of one precision.
pub struct Folded<T> {
    octaves: Octaves<T>,
    channels: usize,
    bins: Vec<Complex<T>>,
    fold: Fold,
    classes: usize,
    threshold: f64,
    /// Of kind cens.
    statistics: bool,
    smoothing: Option<Smoothing>,
    norm: Norm,
}

impl<T: Sample + Float> Stage for Folded<T> {
    const DESCRIPTOR: Descriptor = DESCRIPTOR;

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let parameters = &setup.parameters;
        let input = setup.input(0)?;
        let channels = input.as_audio()?.channels;
        let classes = parameters.count("n_chroma")?;
        let per_octave = parameters.optional_count("bins_per_octave")?.unwrap_or(classes);
        let tuning = parameters.optional_float("tuning")?;
        let config = Config {
            tuning: tuning.unwrap_or(0.0),
            bins: per_octave * parameters.count("n_octaves")?,
            per_octave,
            ..usual(setup)?
        };
        let fold = Fold::new(config.bins, per_octave, classes, config.fmin).map_err(refused)?;
        let settings = Settings { config, estimate: tuning.is_none(), pad: Pad::Zero, quality: Quality::Hq };
        let octaves = Octaves::new(settings, channels).map_err(|error| match error.parameter.as_str() {
            "n_bins" => Error { parameter: "n_octaves".into(), ..error },
            _ => error,
        })?;
        let statistics = parameters.text("kind")? == "cens";
        let smoothing = match parameters.optional_count("win_len_smooth")?.filter(|_| statistics) {
            Some(length) => {
                let shape = librosa::shape_of(parameters, "smoothing_window")?;
                Some(Smoothing::new(shape, length).map_err(refused)?)
            }
            None => None,
        };
        let format = octaves.format(input, tensor::<T>(classes))?;
        let stage = Folded {
            bins: vec![Complex::default(); config.bins],
            octaves,
            channels,
            fold,
            classes,
            threshold: parameters.optional_float("threshold")?.unwrap_or(0.0),
            statistics,
            smoothing,
            norm: norm(parameters, if statistics { Norm::P(2.0) } else { Norm::Largest })?,
        };
        Ok((stage, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        let behind = self.smoothing.as_ref().map_or(0, Smoothing::behind) as i64;
        vec![self.octaves.need(span.end.saturating_add(behind))]
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        if let Some(smoothing) = &mut self.smoothing {
            smoothing.begin();
        }
        self.octaves.begin()
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            self.octaves.push(packet)?;
            self.emit(out, false)?;
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.octaves.end()?;
        self.emit(out, true)?;
        Ok(Flow::Done)
    }

    fn reduces(&self) -> bool {
        self.octaves.reduces()
    }

    fn reduce(&mut self, packet: &Packet) -> Result<()> {
        self.octaves.reduce(packet)
    }

    fn reduction(&self) -> Vec<u8> {
        self.octaves.reduction()
    }

    fn adopt(&mut self, state: &[u8]) -> Result<()> {
        self.octaves.adopt(state)
    }
}

impl<T: Sample + Float> Folded<T> {
    fn emit(&mut self, out: &mut Outputs<'_>, ended: bool) -> Result<()> {
        let (frames, size) = (self.octaves.ready(), self.channels * self.classes);
        let mut rows = vec![0.0; frames * size];
        for (k, row) in rows.chunks_exact_mut(self.classes).enumerate() {
            self.row(k / self.channels, k % self.channels, row);
        }
        let mut start = self.octaves.next();
        self.octaves.advance(frames);
        if let Some(smoothing) = &mut self.smoothing {
            rows.chunks_exact(size).for_each(|row| smoothing.push(row.to_vec()));
            start = smoothing.next() as i64;
            rows = vec![0.0; smoothing.ready(ended) * size];
            rows.chunks_exact_mut(size).for_each(|row| smoothing.take(row));
        }
        if rows.is_empty() {
            return Ok(());
        }
        let mut block = out.tensor::<T>(0, start, rows.len() / size)?;
        block.values().iter_mut().zip(rows).for_each(|(place, x)| *place = T::from_real(x));
        block.values().chunks_exact_mut(self.classes).for_each(|classes| normalise(self.norm, classes));
        block.emit()
    }

    /// The classes of one channel's frame, neither smoothed nor normalised.
    fn row(&mut self, frame: usize, channel: usize, row: &mut [f64]) {
        self.octaves.frame(frame, channel, &mut self.bins);
        let magnitudes: Vec<f64> = self.bins.iter().map(|bin| Into::<f64>::into(bin.re).hypot(bin.im.into())).collect();
        self.fold.process(&magnitudes, row);
        if self.statistics {
            quantise(row);
        } else {
            row.iter_mut().filter(|x| **x < self.threshold).for_each(|x| *x = 0.0);
        }
    }
}
