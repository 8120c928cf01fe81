//! What the measures of two signals share: pairs of samples, one after another, and figures at the end.

use auricle_sdk::Host;
use auricle_sdk::adapter::Values;
use auricle_sdk::prelude::*;

use crate::figures::{Extent, row};
use crate::pairing::{Pairing, entry, paired, shapes_differ};

/// A measure of two signals.
pub trait Measure: Sized + Send + 'static {
    /// What the stage says about itself; its inputs are [`INPUTS`], its output [`OUTPUTS`], it has the parameter [`CROP`].
    const DESCRIPTOR: Descriptor;

    /// Of `channels` channels of nothing yet.
    ///
    /// # Errors
    /// Parameters that cannot be used.
    fn new(setup: &Setup, channels: usize) -> Result<Self>;

    /// Starts anew.
    fn begin(&mut self);

    /// Takes a sample of both.
    fn push(&mut self, channel: usize, reference: f64, candidate: f64);

    /// Name, value and unit of each figure.
    fn figures(&self) -> Vec<(&'static str, f64, &'static str)>;
}

/// Two signals of any type.
pub const INPUTS: &[Port] = &[
    Port::audio("reference").dtypes(&[]).doc("The signal as it should be."),
    Port::audio("candidate").dtypes(&[]).doc("The signal that is measured, of the same length and channels."),
];

/// The metrics.
pub const OUTPUTS: &[Port] = &[Port::records("metrics").doc("The figures.")];

/// What happens to signals of unequal length.
pub const CROP: Parameter = Parameter::bool("crop", false).doc("Compare the common part of signals of unequal length.");

/// A [`Measure`] as a [`Comparison`].
pub struct Signals<M> {
    host: Host,
    formats: [Format; 2],
    /// None: the signals cannot be compared, and a finding says why.
    pairing: Option<Pairing>,
    crop: bool,
    entries: [usize; 2],
    extents: [Extent; 2],
    measure: M,
}

impl<M: Measure> Comparison for Signals<M> {
    const DESCRIPTOR: Descriptor = M::DESCRIPTOR;

    fn new(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let (reference, candidate) = (setup.input(0)?, setup.input(1)?);
        let crop = setup.parameters.bool("crop")?;
        let host = setup.host();
        let pairing = paired(&host, reference, candidate, crop);
        let measure = M::new(setup, pairing.as_ref().map_or(0, Pairing::len))?;
        let entries = [entry(reference), entry(candidate)];
        let formats = [reference.clone(), candidate.clone()];
        let stage = Signals { host, formats, pairing, crop, entries, extents: [Extent::NONE; 2], measure };
        Ok((stage, vec![Format::records(Records::metrics())]))
    }

    fn begin(&mut self, _: usize, _: std::ops::Range<i64>) -> Result<()> {
        self.extents = [Extent::NONE; 2];
        self.measure.begin();
        Ok(())
    }

    fn compare(&mut self, _: i64, count: usize, inputs: &[Values], _: &mut Outputs<'_>) -> Result<()> {
        let (Some(pairing), [Values::Real(reference), Values::Real(candidate)]) = (&self.pairing, inputs) else {
            return Ok(());
        };
        for i in 0..count {
            for (channel, (a, b)) in pairing.places().iter().enumerate() {
                let (a, b) = (reference[i * self.entries[0] + a], candidate[i * self.entries[1] + b]);
                self.extents[0].push(a);
                self.extents[1].push(b);
                self.measure.push(channel, a, b);
            }
        }
        Ok(())
    }

    fn finish(&mut self, lengths: &[i64], out: &mut Outputs<'_>) -> Result<()> {
        if self.pairing.is_none() {
            return Ok(());
        }
        if lengths[0] != lengths[1] && !self.crop {
            shapes_differ(&self.host, [&self.formats[0], &self.formats[1]], [Some(lengths[0]), Some(lengths[1])]);
            return Ok(());
        }
        if let Some(reason) = self.extents[0].unlike(&self.extents[1]) {
            self.host.finding(Severity::Warning, "unlike-scales", &reason, None);
        }
        let mut rows = Rows::new(&Records::metrics());
        for (name, value, unit) in self.measure.figures() {
            rows.push(row(name, value, unit, ""))?;
        }
        out.rows(0, 0, &rows)
    }
}
