//! The shape of a meter: audio in, metrics out at the end.

use auricle_sdk::prelude::*;
use std::ops::Range;

/// Something that looks at all samples and then says numbers.
pub trait Meter: Clone + Send + Sized + 'static {
    /// What the stage says about itself.
    const DESCRIPTOR: Descriptor;

    /// A meter before the first sample.
    fn new(setup: &Setup) -> Result<Self>;

    /// Takes consecutive samples, the first of which is sample frame `start`: one list a channel, of equal length.
    fn push(&mut self, start: i64, channels: &[Vec<f64>]);

    /// The signal has ended: the metrics.
    fn metrics(&mut self) -> Vec<Metric>;
}

/// A number with its name.
pub struct Metric {
    /// As the report shows it.
    pub name: &'static str,
    /// `None` where it is not defined.
    pub value: Option<f64>,
    /// Of the value.
    pub unit: &'static str,
    /// `channel 2`; empty for the whole signal.
    pub scope: String,
}

impl Metric {
    /// A metric of the whole signal.
    pub fn new(name: &'static str, value: f64, unit: &'static str) -> Self {
        Metric { name, value: Some(value), unit, scope: String::new() }
    }

    /// The same for channel `index` alone.
    pub fn of_channel(mut self, index: usize) -> Self {
        self.scope = format!("channel {}", index + 1);
        self
    }
}

/// A [`Meter`] as a stage.
pub struct Metered<M> {
    blank: M,
    meter: M,
    channels: Vec<Vec<f64>>,
}

impl<M: Meter> Stage for Metered<M> {
    const DESCRIPTOR: Descriptor = M::DESCRIPTOR;

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let channels = vec![Vec::new(); setup.input(0)?.as_audio()?.channels];
        let meter = M::new(setup)?;
        Ok((Metered { blank: meter.clone(), meter, channels }, vec![Format::records(Records::metrics())]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.meter = self.blank.clone();
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet.filter(|packet| packet.count > 0) {
            for (index, samples) in self.channels.iter_mut().enumerate() {
                samples.clear();
                samples.extend_from_slice(&packet.samples_as::<f64>(index)?);
            }
            self.meter.push(packet.start, &self.channels);
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let mut rows = Rows::new(&Records::metrics());
        for metric in self.meter.metrics() {
            let value = metric.value.map_or(Value::None, Value::Float);
            rows.push(vec![metric.name.into(), value, metric.unit.into(), metric.scope.into()])?;
        }
        out.rows(0, 0, &rows)?;
        Ok(Flow::Done)
    }
}
