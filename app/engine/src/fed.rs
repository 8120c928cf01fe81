//! A stage beside any plan that is fed with sound as it is heard: what a recorder shows.

use crate::beside::{feed, instance};
use crate::executor::Cancel;
use crate::registry::Registry;
use auricle_sdk::format::Format;
use auricle_sdk::host::{Instance, Pool, packet};
use auricle_sdk::{Packet, Result, Value};
use std::sync::Arc;

/// Bytes that its packets may occupy.
const MEMORY: usize = 64 << 20;

/// A stage that takes sound and puts out what it can at once.
pub struct Fed {
    instance: Instance,
    pool: Arc<Pool>,
    input: Arc<Format>,
    channels: usize,
    next: i64,
    planes: Vec<u8>,
}

impl Fed {
    /// Stage `id` on sound of this format; parameters that are not given have their defaults.
    ///
    /// # Errors
    /// The stage is not installed, or refuses the format or a parameter.
    pub fn new(
        registry: &Registry,
        (id, parameters): (&str, &[(&str, Value)]),
        sample_rate: u32,
        channels: usize,
    ) -> Result<Self> {
        let (pool, input) = (Pool::new(MEMORY), Arc::new(Format::audio::<f32>(channels, sample_rate, None)));
        let mut instance = instance(registry, id, parameters, &input, &pool, &Cancel::new())?;
        instance.begin(0, 0..i64::MAX)?;
        Ok(Fed { instance, pool, input, channels, next: 0, planes: Vec::new() })
    }

    /// Format of what comes out.
    pub fn format(&self) -> Arc<Format> {
        self.instance.outputs()[0].clone()
    }

    /// Takes whole interleaved frames; gives what comes of them.
    ///
    /// # Errors
    /// The stage failed.
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<Packet>> {
        let count = samples.len() / self.channels.max(1);
        let mut made = Vec::new();
        if count == 0 {
            return Ok(made);
        }
        self.planes.clear();
        for channel in 0..self.channels {
            let plane = samples.iter().skip(channel).step_by(self.channels).take(count);
            self.planes.extend(plane.flat_map(|sample| sample.to_ne_bytes()));
        }
        let packet = packet(&self.pool, &self.input, 0, self.next, count, count * size_of::<f32>(), &self.planes)?;
        self.next += count as i64;
        feed(&mut self.instance, &packet, &mut |packet| made.push(packet))?;
        Ok(made)
    }
}
