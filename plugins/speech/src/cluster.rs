//! `diarize.cluster`: which stretches of speech are of one speaker, by the likeness of their voices.
//!
//! Shape: frames `(frame, embedding)` and a table of stretches to a table with speakers. Source: agglomerative clustering by
//! cosine distance, as SciPy's. The vectors come from `speaker.embed`, the stretches from a `vad.*` stage.

use auricle_dsp::cluster::{Linkage, Until, groups};
use auricle_sdk::format::{Clock, Column, ColumnType};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// The stage.
pub struct Cluster {
    linkage: Linkage,
    until: Until,
    /// Numbers of a vector, and when each vector is.
    length: usize,
    clock: Clock,
    /// Columns of the table of stretches, if there is one.
    times: Option<[usize; 2]>,
    vectors: Vec<f32>,
    stretches: Vec<Range<f64>>,
}

fn labels() -> Records {
    let mut columns = ["start", "end"].map(|name| Column::new(name, ColumnType::Float)).to_vec();
    columns.iter_mut().for_each(|column| column.unit = "s".into());
    columns.extend(["label", "speaker"].map(|name| Column::new(name, ColumnType::Str)));
    Records::new("auricle.labels/1", columns)
}

impl Stage for Cluster {
    const DESCRIPTOR: Descriptor = Descriptor::new("diarize.cluster", "Who speaks when, by the likeness of voices")
        .doc(
            "The vectors whose time lies in a stretch of speech are put together from below, by the cosine distance between groups, until \
             none are nearer than threshold, or speakers are left. A stretch is cut half-way between two vectors of different speakers, and takes \
             the nearest vector where it has none of its own. Without a table everything is speech. Speakers are called 1, 2 ... in \
             the order in which they are first heard.",
        )
        .source("the groups are those of SciPy 1.17.1, scipy.cluster.hierarchy.linkage with metric cosine, and fcluster")
        .inputs(&[
            Port::tensor("embeddings").doc("A vector a frame, as speaker.embed gives them; their times are those of the frames."),
            Port::records("speech").optional().doc("Where somebody speaks: a table with start and end (s)."),
        ])
        .outputs(&[Port::records("turns").doc("Columns start and end (s), label and speaker (both the speaker).")])
        .parameters(&[
            Parameter::float("threshold", 0.3).range(0.0, 2.0).doc("Cosine distance from which on two groups are two speakers."),
            Parameter::absent("speakers", Types::INT)
                .range(1.0, 1000.0)
                .doc("How many there are, if that is known: then threshold does not matter."),
            Parameter::choice("linkage", "average", &["average", "complete", "single"])
                .doc("Distance of two groups: the mean, the greatest or the least of their members'."),
        ])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let format = setup.input(0)?;
        let tensor = format.as_tensor()?;
        if !tensor.streams() || tensor.frame_axes().len() != 1 || format.clock.step <= 0 {
            let message = format!("expected frames with one vector each, got {} axes", tensor.axes.len());
            return Err(Error::format(message).hint("speaker.embed gives such vectors"));
        }
        let times = match setup.inputs.get(1) {
            None => None,
            Some(input) => {
                let records = input.format.as_records()?;
                let place = |name: &str| {
                    let found = records.columns.iter().position(|c| c.name == name && c.kind == ColumnType::Float);
                    found.ok_or_else(|| Error::format(format!("expected a table with a column {name} in seconds")))
                };
                Some([place("start")?, place("end")?])
            }
        };
        let parameters = &setup.parameters;
        let linkage = match parameters.text("linkage")? {
            "complete" => Linkage::Complete,
            "single" => Linkage::Single,
            _ => Linkage::Average,
        };
        let until = match parameters.optional_count("speakers")? {
            Some(speakers) => Until::Groups(speakers),
            None => Until::Distance(parameters.float("threshold")?),
        };
        let (length, clock) = (tensor.frame_len(), format.clock);
        let stage = Cluster { linkage, until, length, clock, times, vectors: Vec::new(), stretches: Vec::new() };
        Ok((stage, vec![Format::records(labels())]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.vectors.clear();
        self.stretches.clear();
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        match self.times.filter(|_| packet.port == 1) {
            None => packet.tensor::<f32>()?.frames().for_each(|vector| self.vectors.extend(vector)),
            Some([start, end]) => {
                let table = packet.records()?;
                for row in 0..table.rows() {
                    let (start, end) = (table.value(start, row)?.as_f64(), table.value(end, row)?.as_f64());
                    let stretch = start.zip(end).filter(|(start, end)| start <= end);
                    let (start, end) = stretch.ok_or_else(|| {
                        Error::data("a stretch has no times, or ends before it begins").at(packet.start + row as i64)
                    })?;
                    self.stretches.push(start..end);
                }
            }
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let mut rows = Rows::new(&labels());
        for (span, speaker) in self.turns() {
            let name = (speaker + 1).to_string();
            rows.push(vec![span.start.into(), span.end.into(), name.as_str().into(), name.as_str().into()])?;
        }
        out.rows(0, 0, &rows)?;
        Ok(Flow::Done)
    }
}

impl Cluster {
    /// Who speaks when, in order.
    fn turns(&self) -> Vec<(Range<f64>, usize)> {
        let count = self.vectors.len().checked_div(self.length).unwrap_or(0);
        if count == 0 {
            return Vec::new();
        }
        let time = |vector: usize| self.clock.seconds(vector as i64);
        let half = 0.5 / self.clock.rate();
        let mut stretches = self.stretches.clone();
        if self.times.is_none() {
            stretches.push((time(0) - half).max(0.0)..time(count - 1) + half);
        }
        stretches.sort_by(|a, b| a.start.total_cmp(&b.start));
        // The vectors of each stretch, or the one nearest to its middle.
        let of = |stretch: &Range<f64>| -> Vec<usize> {
            let inside: Vec<usize> = (0..count).filter(|&v| (stretch.start..=stretch.end).contains(&time(v))).collect();
            let away = |vector: &usize| (time(*vector) - (stretch.start + stretch.end) / 2.0).abs();
            let nearest = || (0..count).min_by(|a, b| away(a).total_cmp(&away(b)));
            if inside.is_empty() { nearest().into_iter().collect() } else { inside }
        };
        let members: Vec<Vec<usize>> = stretches.iter().map(of).collect();
        let mut used: Vec<usize> = members.iter().flatten().copied().collect();
        used.sort_unstable();
        used.dedup();
        let values: Vec<f32> =
            used.iter().flat_map(|v| &self.vectors[v * self.length..][..self.length]).copied().collect();
        let groups = groups(&values, self.length, self.linkage, self.until);
        let speaker = |vector: usize| used.binary_search(&vector).map_or(0, |at| groups[at]);
        let mut turns = Vec::new();
        for (stretch, members) in stretches.iter().zip(&members) {
            let mut start = stretch.start;
            for pair in members.windows(2).filter(|pair| speaker(pair[0]) != speaker(pair[1])) {
                let cut = ((time(pair[0]) + time(pair[1])) / 2.0).clamp(start, stretch.end);
                turns.push((start..cut, speaker(pair[0])));
                start = cut;
            }
            turns.extend(members.last().map(|&last| (start..stretch.end, speaker(last))));
        }
        turns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    /// Vectors half a second apart, the first at 0.5 s; two directions with a little noise.
    fn voices(who: &[usize]) -> (Format, Vec<f32>) {
        let axis = Axis::new(Role::Embedding, "embedding", Some(8));
        let tensor = Tensor::new::<f32>(vec![Axis::frames(None), axis], "embedding");
        let format = Format::tensor(
            tensor,
            Clock { tick: (1, 2), origin: 1, step: 1 },
            Some(who.len() as i64),
            "frame,embedding",
        );
        let mut chance = auricle_dsp::random::uniform(7);
        let value = |speaker: usize, k: usize, chance: f64| f32::from(u8::from(k % 3 == speaker)) + 0.2 * chance as f32;
        let values =
            who.iter().flat_map(|&s| (0..8).map(move |k| (s, k))).map(|(s, k)| value(s, k, chance())).collect();
        (format, values)
    }

    fn bench(who: &[usize], speech: Option<&[(f64, f64)]>) -> Bench<Cluster> {
        let (format, values) = voices(who);
        let bench = Bench::<Cluster>::new().tensor(format, &values);
        let Some(speech) = speech else { return bench };
        let times = ["start", "end"].map(|name| Column::new(name, ColumnType::Float)).to_vec();
        bench.records(Records::new("t/1", times), speech.iter().map(|&(start, end)| vec![start.into(), end.into()]))
    }

    #[track_caller]
    fn check(bench: Bench<Cluster>, expected: &[(f64, f64, &str)]) {
        let rows = bench.run().expect("runs").rows(0).expect("turns");
        let row = |&(start, end, name): &(f64, f64, &str)| vec![start.into(), end.into(), name.into(), name.into()];
        assert_eq!(rows, expected.iter().map(row).collect::<Vec<Vec<Value>>>());
        bench.conforms();
    }

    #[test]
    fn voices_that_are_alike_are_one_speaker() {
        let who = [0, 0, 0, 1, 1, 0, 0, 1];
        let speech = Some(&[(0.2, 2.1), (2.1, 3.8), (3.9, 4.3)][..]);
        let turns = [(0.2, 1.75, "1"), (1.75, 2.1, "2"), (2.1, 2.75, "2"), (2.75, 3.8, "1"), (3.9, 4.3, "2")];
        check(bench(&who, speech), &turns);
        check(bench(&who, speech).parameter("speakers", 1), &[(0.2, 2.1, "1"), (2.1, 3.8, "1"), (3.9, 4.3, "1")]);
        check(bench(&who, speech).parameter("threshold", 2.0), &[(0.2, 2.1, "1"), (2.1, 3.8, "1"), (3.9, 4.3, "1")]);
        check(bench(&[1, 1, 0], None), &[(0.25, 1.25, "1"), (1.25, 1.75, "2")]);
        // A stretch between two vectors takes the nearer; one that nobody speaks in is not there.
        check(bench(&who, Some(&[(1.9, 1.95)])), &[(1.9, 1.95, "1")]);
        check(bench(&who, Some(&[])), &[]);
        check(bench(&[], Some(&[(0.0, 1.0)])), &[]);
    }

    #[test]
    fn what_has_no_times_is_refused() {
        refused(bench(&[0], Some(&[(2.0, 1.0)])).run(), ErrorKind::Data);
        let (format, values) = voices(&[0]);
        let table = Records::new("t/1", vec![Column::new("text", ColumnType::Str)]);
        refused(Bench::<Cluster>::new().tensor(format, &values).records(table, []).run(), ErrorKind::Format);
    }
}
