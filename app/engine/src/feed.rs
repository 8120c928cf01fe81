//! The inputs of a stage with several, filled step by step from the stages before.

use crate::evaluate::Evaluator;
use crate::executor::Cancel;
use crate::plan::Origin;
use auricle_sdk::{Packet, Result};
use std::collections::VecDeque;
use std::ops::Range;

/// Entries that are asked of an input at a time.
const STEP: i64 = 1 << 15;

/// The input of one evaluation: lanes that are filled step by step from the stages before.
pub(crate) struct Feed<'a> {
    evaluator: &'a Evaluator,
    cancel: &'a Cancel,
    lanes: Vec<Lane>,
    /// Every lane reached the true end of its stream.
    pub(crate) ended: bool,
}

struct Lane {
    input: usize,
    from: (usize, usize),
    /// Next entry to ask for.
    position: i64,
    /// First entry that is not needed.
    end: i64,
    queue: VecDeque<Packet>,
    /// All that is needed was asked for.
    asked: bool,
}

impl Lane {
    fn open(&self) -> bool {
        !self.asked || !self.queue.is_empty()
    }
}

impl<'a> Feed<'a> {
    /// Lanes for the stream inputs of `stage`, each from where `needs` says.
    pub(crate) fn new(
        evaluator: &'a Evaluator,
        stage: usize,
        streams: &[usize],
        needs: &[Option<Range<i64>>],
        cancel: &'a Cancel,
    ) -> Self {
        let wires = &evaluator.plan().stages[stage].inputs;
        let lanes = streams.iter().filter_map(|&input| {
            let Origin::Stage { stage, output } = wires[input].from else { return None };
            let need = needs.get(input).cloned().flatten().unwrap_or(0..i64::MAX);
            let position = need.start.max(0);
            Some(Lane { input, from: (stage, output), position, end: need.end, queue: VecDeque::new(), asked: false })
        });
        Feed { evaluator, cancel, lanes: lanes.collect(), ended: true }
    }

    /// The next packet of the wanted input, or of the first that has one.
    pub(crate) fn next(&mut self, wanted: Option<usize>) -> Result<Option<Packet>> {
        loop {
            let index = wanted
                .and_then(|input| self.lanes.iter().position(|lane| lane.input == input && lane.open()))
                .or_else(|| self.lanes.iter().position(Lane::open));
            let Some(index) = index else { return Ok(None) };
            if self.lanes[index].queue.is_empty() {
                self.fill(index)?;
            }
            let lane = &mut self.lanes[index];
            if let Some(packet) = lane.queue.pop_front() {
                return Ok(Some(packet.to_port(lane.input)));
            }
        }
    }

    /// Asks the stage before a lane for the next step.
    fn fill(&mut self, index: usize) -> Result<()> {
        let lane = &mut self.lanes[index];
        let (stage, output) = lane.from;
        let format = self.evaluator.format(stage, output)?;
        let known = format.length.unwrap_or(i64::MAX);
        let step = lane.position..lane.position.saturating_add(STEP).min(lane.end).min(known);
        let packets = self.evaluator.evaluate(stage, output, step.clone(), self.cancel)?;
        let reached = packets.last().map_or(step.start, |p| p.start + p.count as i64);
        lane.queue.extend(packets);
        lane.position = reached;
        let at_end = reached < step.end || reached >= known;
        lane.asked = at_end || reached >= lane.end;
        if at_end {
            let last = lane.queue.pop_back().map(Packet::ended);
            lane.queue.push_back(last.unwrap_or_else(|| Packet::end_of(lane.input, reached, format)));
        } else if lane.asked {
            self.ended = false;
        }
        Ok(())
    }
}
