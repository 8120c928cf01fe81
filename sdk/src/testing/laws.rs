//! The laws that every stage keeps, as one check.

use super::drive::{Lengths, Way, streams};
use super::outcome::entries;
use super::{Bench, Outcome};
use crate::descriptor::{Locality, Types};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Data, Kind};
use crate::value::Value;
use std::ops::Range;

/// Entries of each input that show whether a parameter can be used at all.
const LITTLE: usize = 600;

impl<S> Bench<S> {
    /// Checks the laws on this input.
    ///
    /// - The same bytes on every run, and every byte of a block written.
    /// - The same bytes, files and findings for every block size, every order of inputs, and whether or not an input's
    ///   end comes in a packet of its own.
    /// - The same from an instance that ran before, or was stopped in the middle.
    /// - The same when the length of an input is not known beforehand, unless the stage refuses that.
    /// - Each output as long as its format promises; entries without gaps.
    /// - No NaN where none came in, unless the port declares it.
    /// - Any region equals that part of the whole; of a recurrent stage, within its declared error.
    /// - A pointwise stage needs just the entries asked for, a window stage no more than a part of its input.
    /// - Live parameters can be set while it runs.
    /// - No input at all is refused in words, or gives a result; it is no fault.
    /// - So is the least value that a parameter declares, and every choice of it.
    ///
    /// # Panics
    /// A law is broken; the message says which.
    pub fn conforms(&self) {
        if let Err(broken) = self.laws() {
            panic!("{}: {broken}", self.descriptor.id);
        }
    }

    fn laws(&self) -> Result<(), String> {
        let fails = |error: Error| format!("the stage does not run: {error}");
        let whole = self.drive(&Way::blocks(usize::MAX)).map_err(fails)?;
        let one = Way::blocks(usize::MAX);
        if self.descriptor.deterministic {
            self.same(
                &whole,
                &one,
                "two runs differ (a value that is never written, a clock, global random numbers?)",
            )?;
            for block in [1, 7, 512, 4096] {
                self.same(&whole, &Way::blocks(block), &format!("blocks of {block} entries give another result"))?;
            }
            let way = Way { end_apart: true, ..Way::blocks(512) };
            self.same(&whole, &way, "the end of the input in an empty packet gives another result")?;
            let way = Way { last_first: true, ..Way::blocks(512) };
            self.same(&whole, &way, "inputs one after another give another result than in turns")?;
            let way = Way { runs: 2, ..Way::blocks(512) };
            self.same(&whole, &way, "the second run of an instance differs from the first")?;
            let way = Way { runs: 2, stop_after: 2, ..Way::blocks(64) };
            self.same(&whole, &way, "a run after one that was stopped in the middle differs")?;
            if self.descriptor.parameters.iter().any(|parameter| parameter.live) {
                let way = Way { live: true, ..one.clone() };
                self.same(&whole, &way, "setting live parameters to what they are changes the result")?;
            }
            self.lengths(&whole)?;
        }
        self.outputs(&whole)?;
        for output in 0..whole.packets.len() {
            if !matches!(whole.formats[output].data, Data::Records(_)) {
                self.regions(&whole, output)?;
            }
        }
        self.ranges()
    }

    fn same(&self, whole: &Outcome, way: &Way, law: &str) -> Result<(), String> {
        let other = self.drive(way).map_err(|error| format!("{law}: {error}"))?;
        whole.difference(&other).map_or(Ok(()), |difference| Err(format!("{law}: {difference}")))
    }

    /// Inputs whose length is not known beforehand, and inputs that are empty.
    fn lengths(&self, whole: &Outcome) -> Result<(), String> {
        if !self.inputs.iter().any(|(format, _)| streams(format)) {
            return Ok(());
        }
        match self.drive(&Way { lengths: Lengths::Unknown, ..Way::blocks(512) }) {
            Ok(other) => {
                // A file may be laid out, and a table worded, in another way when a length is not known beforehand.
                let arrays = (0..whole.packets.len()).filter(|&port| whole.formats[port].kind() != Kind::Records);
                let mut differences = arrays.filter_map(|port| whole.difference_in(&other, port, 0..i64::MAX));
                if let Some(difference) = differences.next() {
                    return Err(format!("an input of unknown length gives another result: {difference}"));
                }
            }
            Err(error) if refusal(&error) || error.kind == ErrorKind::Unsupported => {}
            Err(error) => return Err(format!("an input of unknown length is no refusal but a fault: {error}")),
        }
        match self.drive(&Way { lengths: Lengths::AtMost(0), ..Way::blocks(512) }) {
            Ok(empty) => self.outputs(&empty).map_err(|broken| format!("empty input: {broken}")),
            Err(error) if refusal(&error) => Ok(()),
            Err(error) => Err(format!("empty input is no refusal but a fault: {error}")),
        }
    }

    /// Each parameter at its least value and each choice of it, on a little of the input. The greatest value may take any
    /// amount of time and memory.
    fn ranges(&self) -> Result<(), String> {
        for parameter in self.descriptor.parameters {
            let whole = !parameter.types.has(Types::FLOAT);
            let least = parameter.min.is_finite().then_some(parameter.min);
            let least = least.map(|least| if whole { Value::Int(least as i64) } else { Value::Float(least) });
            for value in least.into_iter().chain(parameter.choices.iter().map(|choice| (*choice).into())) {
                let set = Some((parameter.id.to_owned(), value.clone()));
                let way = Way { set, lengths: Lengths::AtMost(LITTLE), ..Way::blocks(4096) };
                let error = self.drive(&way).err();
                if let Some(fault) = error.filter(|error| !refusal(error) && error.kind != ErrorKind::Unsupported) {
                    return Err(format!("{} = {value} is declared, and no refusal but a fault: {fault}", parameter.id));
                }
            }
        }
        Ok(())
    }

    /// What each output promises.
    fn outputs(&self, whole: &Outcome) -> Result<(), String> {
        let all = 0..i64::MAX;
        let nan_in = self.inputs.iter().flat_map(|(_, packets)| packets).any(|packet| {
            entries(packet, &all).iter().any(|entry| entry.numbers().iter().any(|number| number.is_nan()))
        });
        for (port, format) in whole.formats.iter().enumerate() {
            let end = whole.end(port);
            if let Some(promised) = format.length.filter(|promised| *promised != end) {
                return Err(format!("output {port} has {end} entries, its format promised {promised}"));
            }
            if let Some(index) = whole.first_nan(port).filter(|_| !self.descriptor.outputs[port].nan && !nan_in) {
                return Err(format!("output {port} holds a NaN in entry {index}, which its port does not declare"));
            }
        }
        Ok(())
    }

    /// Regions of one output.
    fn regions(&self, whole: &Outcome, output: usize) -> Result<(), String> {
        let length = whole.end(output);
        let middle = length / 2;
        for span in [0..middle, length / 3..length, middle..middle + 1, length - 1..length, 0..1] {
            if span.start < 0 || span.is_empty() || span.end > length {
                continue;
            }
            self.needs(output, &span, length)?;
            let region = Way { region: Some((output, span.clone())), ..Way::blocks(1 << 12) };
            let part = self.drive(&region);
            let part =
                part.map_err(|error| format!("entries {span:?} of output {output} cannot be computed alone: {error}"))?;
            let broken = match self.descriptor.locality {
                Locality::Recurrent { error } => {
                    let distance = whole.distance_in(&part, output, span.clone());
                    (distance > error).then(|| format!("they are off by {distance:e}, {error:e} is declared"))
                }
                _ => whole.difference_in(&part, output, span.clone()),
            };
            if let Some(broken) = broken {
                return Err(format!("entries {span:?} of output {output} differ when computed alone: {broken}"));
            }
        }
        Ok(())
    }

    /// Does what the stage needs agree with the locality that it declares?
    fn needs(&self, output: usize, span: &Range<i64>, length: i64) -> Result<(), String> {
        let fails = |error: Error| format!("what entries {span:?} need cannot be told: {error}");
        for (input, need) in self.need(output, span.clone()).map_err(fails)?.into_iter().enumerate() {
            if !streams(&self.inputs[input].0) {
                continue;
            }
            match (self.descriptor.locality, need) {
                (Locality::Pointwise, Some(need)) if need == *span => {}
                (Locality::Pointwise, need) if *span != (0..length) || need.is_some() => {
                    let need = need.map_or("all".to_owned(), |need| format!("{need:?}"));
                    return Err(format!("a pointwise stage needs {need} of input {input} for entries {span:?}"));
                }
                (locality @ (Locality::Window | Locality::Recurrent { .. } | Locality::Global), None) => {
                    let name = locality.name();
                    return Err(format!("a {name} stage needs all of input {input} for entries {span:?}"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Does the stage say that it cannot use what it was given?
fn refusal(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Format | ErrorKind::Data | ErrorKind::Parameter | ErrorKind::Memory)
}
