//! How the bench drives a stage: as a host does, in any of the ways a host may.

use super::{Bench, Outcome};
use crate::descriptor::Locality;
use crate::error::Result;
use crate::format::{Data, Format, Kind};
use crate::host::Instance;
use crate::packet::Packet;
use crate::stage::{Flow, Input};
use crate::testing::recorder::Recorder;
use crate::value::{Parameters, Value};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// One of the ways in which a host may drive a stage. None of them may change what comes out.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// Most entries in one packet.
    pub block: usize,
    /// Only this span of this output is wanted.
    pub region: Option<(usize, Range<i64>)>,
    /// Inputs one after another, the last one first, instead of in turns.
    pub last_first: bool,
    /// The end of an input comes in an empty packet of its own.
    pub end_apart: bool,
    /// What is known of the inputs' lengths.
    pub lengths: Lengths,
    /// Live parameters are set again to what they are.
    pub live: bool,
    /// How often the same instance runs; the last run counts.
    pub runs: usize,
    /// Each run but the last stops after this many packets, and the next begins anew.
    pub stop_after: usize,
    /// A parameter that has another value than the bench's.
    pub set: Option<(String, Value)>,
}

/// What a stage is told about the length of its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lengths {
    /// The truth.
    Known,
    /// Nothing, as for a live input.
    Unknown,
    /// That they have at most so many entries, and they have no more.
    AtMost(usize),
}

impl Way {
    pub fn blocks(block: usize) -> Self {
        let (lengths, stop_after) = (Lengths::Known, usize::MAX);
        Way {
            block,
            region: None,
            last_first: false,
            end_apart: false,
            lengths,
            live: false,
            runs: 1,
            stop_after,
            set: None,
        }
    }
}

impl Way {
    /// Most entries that an input of this format has. Rows are not cut: all or none.
    fn most(&self, format: &Format) -> i64 {
        match self.lengths {
            Lengths::AtMost(most) if most == 0 || format.kind() != Kind::Records => most as i64,
            _ => i64::MAX,
        }
    }
}

impl<S> Bench<S> {
    pub(super) fn drive(&self, way: &Way) -> Result<Outcome> {
        let services = Arc::new(Recorder::default());
        let mut instance = self.negotiated(way, services.clone())?;
        let (parameters, inputs) = (self.frozen(way.set.as_ref())?, self.wired(way));
        let formats = instance.outputs().to_vec();
        let said = services.findings();
        let mut packets = Vec::new();
        for run in 1..=way.runs {
            services.rewind(said);
            let most = if run < way.runs { way.stop_after } else { usize::MAX };
            packets = self.once(&mut instance, way, &inputs, &parameters, most)?;
        }
        drop(instance);
        let mut outcome = services.outcome();
        (outcome.formats, outcome.packets) = (formats, packets);
        Ok(outcome)
    }

    /// An instance that has negotiated.
    pub(super) fn negotiated(&self, way: &Way, services: Arc<Recorder>) -> Result<Instance> {
        let mut instance = (self.create)(services, self.pool.clone(), Arc::new(AtomicU32::new(0)))?;
        let parameters = self.frozen(way.set.as_ref())?;
        instance.negotiate(&parameters, &self.wired(way), way.block.min(1 << 16), self.seed)?;
        Ok(instance)
    }

    /// One run of an instance that has negotiated; gives the packets of each output.
    fn once(
        &self,
        instance: &mut Instance,
        way: &Way,
        inputs: &[Input],
        parameters: &Parameters,
        most: usize,
    ) -> Result<Vec<Vec<Packet>>> {
        let (output, span) = way.region.clone().unwrap_or((0, 0..i64::MAX));
        let whole = vec![None; inputs.len()];
        let needs = match &way.region {
            Some(_) => instance.need(output, span.clone())?,
            None => whole.clone(),
        };
        if self.descriptor.locality == Locality::Global && instance.reduces() {
            instance.begin(output, 0..i64::MAX)?;
            for packet in self.feed(way, inputs, &whole) {
                instance.reduce(&packet)?;
            }
            let state = instance.reduction()?;
            instance.adopt(&state)?;
        }
        instance.begin(output, span)?;
        let declared = self.descriptor.parameters.iter().filter(|parameter| parameter.live && way.live);
        let same = declared.filter_map(|p| Some((p.id.to_owned(), parameters.get(p.id).ok()?.clone())));
        // One by one: what is not named stays as it is.
        for live in same.chain(self.live.iter().cloned()) {
            instance.set_live(&Parameters::new([live]))?;
        }
        let mut packets = vec![Vec::new(); instance.outputs().len()];
        let mut emit = |packet: Packet| {
            packets[packet.port].push(packet);
            Ok(())
        };
        let streams = inputs.iter().any(|input| streams(&input.format));
        let mut flow = if streams { Flow::Continue } else { Flow::Again };
        let mut calls = 0;
        for packet in self.feed(way, inputs, &needs).into_iter().take(most) {
            flow = instance.process(Some(&packet), &mut emit)?;
            while flow == Flow::Again {
                flow = instance.process(None, &mut emit)?;
            }
            if flow == Flow::Done {
                break;
            }
        }
        while flow == Flow::Again && calls < most {
            flow = instance.process(None, &mut emit)?;
            calls += 1;
        }
        let ended = needs.iter().zip(inputs).all(|(need, input)| {
            need.as_ref().is_none_or(|range| input.format.length.is_none_or(|length| range.end >= length))
        });
        if streams && ended && flow != Flow::Done && most == usize::MAX {
            while instance.finish(&mut emit)? == Flow::Again {}
        }
        Ok(packets)
    }

    /// The inputs as the way has them, in the order of the declared ports.
    pub(super) fn wired(&self, way: &Way) -> Vec<Input> {
        let last = self.descriptor.inputs.len().saturating_sub(1);
        let wire = |(index, (format, _)): (usize, &(Arc<Format>, Vec<Packet>))| {
            let mut format = format.clone();
            if way.lengths != Lengths::Known && streams(&format) {
                let most = way.most(&format);
                let length = format.length.map(|length| length.min(most)).filter(|_| way.lengths != Lengths::Unknown);
                format = Arc::new(with_length(&format, length));
            }
            Input { port: index.min(last), label: format!("input {index}"), format }
        };
        self.inputs.iter().enumerate().map(wire).collect()
    }

    /// The input packets, cut and ordered as the way has it, and cut to what is needed; the end of each is marked.
    fn feed(&self, way: &Way, inputs: &[Input], needs: &[Option<Range<i64>>]) -> Vec<Packet> {
        let mut lanes: Vec<std::vec::IntoIter<Packet>> = Vec::new();
        for (port, (format, packets)) in self.inputs.iter().enumerate().filter(|(_, (format, _))| streams(format)) {
            let length = packets.last().map_or(0, |p| p.start + p.count as i64).min(way.most(format));
            let wanted = needs[port].clone().map_or(0..length, |r| r.start.clamp(0, length)..r.end.clamp(0, length));
            let mut lane = Vec::new();
            for packet in packets {
                if matches!(packet.format().data, Data::Records(_)) {
                    lane.extend((packet.start < length).then(|| packet.clone().to_port(port)));
                    continue;
                }
                let mut from = usize::try_from(wanted.start - packet.start).unwrap_or(0).min(packet.count);
                let to = usize::try_from(wanted.end - packet.start).unwrap_or(0).min(packet.count);
                while from < to {
                    let next = from.saturating_add(way.block).min(to);
                    lane.push(packet.slice(from, next).to_port(port));
                    from = next;
                }
            }
            if wanted.end == length {
                let last = if way.end_apart { None } else { lane.pop() };
                let end = || Packet::end_of(port, length, inputs[port].format.clone());
                lane.push(last.map_or_else(end, Packet::ended));
            }
            lanes.push(lane.into_iter());
        }
        if way.last_first {
            return lanes.into_iter().rev().flatten().collect();
        }
        let mut fed = Vec::new();
        loop {
            let before = fed.len();
            fed.extend(lanes.iter_mut().filter_map(Iterator::next));
            if fed.len() == before {
                return fed;
            }
        }
    }
}

pub(super) fn streams(format: &Format) -> bool {
    !matches!(format.data, Data::Source(_))
}

fn with_length(format: &Format, length: Option<i64>) -> Format {
    let mut format = format.clone();
    format.length = length;
    if let Data::Tensor(tensor) = &mut format.data
        && tensor.streams()
    {
        tensor.axes[0].length = length.and_then(|n| usize::try_from(n).ok());
    }
    format
}
