//! A stage beside the plan, run in order from any place of an output on.

use super::Evaluator;
use crate::beside;
use crate::executor::Cancel;
use crate::registry::Registry;
use auricle_sdk::format::Format;
use auricle_sdk::host::Instance;
use auricle_sdk::{Flow, Packet, Result, Value};
use std::collections::VecDeque;
use std::sync::Arc;

/// Entries of the input that are taken at once.
const BLOCK: i64 = 1 << 12;

/// A stage that is fed as if the sound began somewhere in its middle, and from there on in order: what a player needs of
/// a stage whose parts cannot be had without what comes before them.
pub struct Onward {
    evaluator: Evaluator,
    /// The output that feeds it: stage and index.
    from: (usize, usize),
    instance: Instance,
    /// The entry of the input that counts as the first, and the next one to take.
    first: i64,
    next: i64,
    flow: Flow,
    has_ended: bool,
    ready: VecDeque<Packet>,
}

impl Evaluator {
    /// Runs stage `id` on an output from its entry `first` on; parameters that are not given have their defaults.
    ///
    /// # Errors
    /// The stage is not installed, or refuses the format or a parameter.
    pub fn onward(
        &self,
        registry: &Registry,
        (id, parameters): (&str, &[(&str, Value)]),
        from: (usize, usize),
        first: i64,
    ) -> Result<Onward> {
        let mut format = Format::clone(&*self.format(from.0, from.1)?);
        format.length = format.length.map(|length| (length - first).max(0));
        let mut instance = beside::instance(registry, id, parameters, &Arc::new(format), self.pool(), &Cancel::new())?;
        instance.begin(0, 0..i64::MAX)?;
        Ok(Onward {
            evaluator: self.clone(),
            from,
            instance,
            first,
            next: first,
            flow: Flow::Continue,
            has_ended: false,
            ready: VecDeque::new(),
        })
    }
}

impl Onward {
    /// Format of what comes out.
    pub fn format(&self) -> Arc<Format> {
        self.instance.outputs()[0].clone()
    }

    /// The next packet of the first output; none at the end.
    ///
    /// # Errors
    /// The stage or one before it failed, or the evaluation was cancelled.
    pub fn next(&mut self, cancel: &Cancel) -> Result<Option<Packet>> {
        while self.ready.is_empty() && self.flow != Flow::Done {
            self.step(cancel)?;
        }
        Ok(self.ready.pop_front())
    }

    fn step(&mut self, cancel: &Cancel) -> Result<()> {
        let (mut fed, mut ended) = (Vec::new(), false);
        if self.flow == Flow::Continue && !self.has_ended {
            fed = self.evaluator.evaluate(self.from.0, self.from.1, self.next..self.next + BLOCK, cancel)?;
            let reached = fed.last().map_or(self.next, |packet| packet.start + packet.count as i64);
            ended = reached < self.next + BLOCK;
            self.next = reached;
        }
        let ready = &mut self.ready;
        let mut emit = |packet: Packet| {
            if packet.port == 0 && packet.count > 0 {
                ready.push_back(packet);
            }
            Ok(())
        };
        if self.flow == Flow::Again {
            self.flow = self.instance.process(None, &mut emit)?;
        } else if self.has_ended {
            self.flow = self.instance.finish(&mut emit)?;
        }
        for packet in fed {
            let mut packet = packet.to_port(0);
            packet.start -= self.first;
            self.flow = self.instance.process(Some(&packet), &mut emit)?;
            while self.flow == Flow::Again {
                self.flow = self.instance.process(None, &mut emit)?;
            }
        }
        if ended && self.flow != Flow::Done {
            let format = self.evaluator.format(self.from.0, self.from.1)?;
            self.flow = self.instance.process(Some(&Packet::end_of(0, self.next - self.first, format)), &mut emit)?;
            self.has_ended = true;
        }
        Ok(())
    }
}
