//! `label.list`: labels that stand in the session itself.
//!
//! Shape: a row a label out; columns as `read.labels`. The audio that they are about may come in: none of it is looked at.

use crate::schema::Given;
use auricle_annotation::{Annotation, Item, from_list};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// Rows emitted at a time.
const BLOCK: usize = 4096;

/// The stage.
pub struct LabelList {
    given: Given,
    next: i64,
    inputs: usize,
}

impl Stage for LabelList {
    const DESCRIPTOR: Descriptor = Descriptor::new("label.list", "Labels written in the session")
        .doc(
            "What the workbench writes where labels are made on the screen. Each label is a list: start and end in seconds, the \
             text, then tier, speaker, channel, score, fmin, fmax and file, as far as they are known; an empty text is not known, \
             and what is not known at the end is left off. A point ends where it starts. The input says which sound the labels \
             are about: where that is edited on the screen, the edit moves them too, and they are about the edited sound.",
        )
        .inputs(&[Port::audio("audio").dtypes(&[]).optional().doc("What the labels are about; only its length matters.")])
        .outputs(&[Port::records("labels").doc("A row a label, in the order of the list; times in seconds.")])
        .parameters(&[
            Parameter::absent("labels", Types::LIST).doc("The labels, as [[0.5, 0.9, \"one\"], [1.2, 1.2, \"click\", \"marks\"]]."),
            Parameter::absent("tiers", Types::LIST).doc("All tiers in their order, those without labels too."),
            Parameter::absent("duration_s", Types::FLOAT)
                .range(0.0, 1e9)
                .unit("s")
                .doc("How long what they are about is; absent: that of the audio, else not known."),
        ])
        .locality(Locality::Window);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let list = |name: &str| -> Result<Vec<Value>> {
            Ok(setup.parameters.get(name)?.as_list().map(<[Value]>::to_vec).unwrap_or_default())
        };
        let mut annotation = Annotation::default();
        for (at, row) in list("labels")?.iter().enumerate() {
            let read = items(row).and_then(|items| from_list(&items));
            let refused = |reason| Error::parameter("labels", format!("label {}: {reason}", at + 1));
            annotation.labels.push(read.map_err(refused)?);
        }
        for tier in list("tiers")? {
            let name =
                tier.as_str().ok_or_else(|| Error::parameter("tiers", format!("expected a text, got {tier}")))?;
            annotation.tiers.push(name.to_owned());
        }
        let audio = setup.inputs.first().and_then(|input| Some(input.format.clock.seconds(input.format.length?)));
        annotation.duration = setup.parameters.optional_float("duration_s")?.or(audio);
        let (given, format) = Given::new(annotation);
        Ok((LabelList { given, next: 0, inputs: setup.inputs.len() }, vec![format]))
    }

    fn need(&self, _: usize, _: Range<i64>) -> Vec<Range<i64>> {
        // So little that it may be computed for nothing.
        vec![0..1; self.inputs]
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        self.next = span.start.max(0);
        self.given.seek(self.next);
        Ok(())
    }

    fn process(&mut self, _: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let made = self.given.give(self.next, BLOCK, out)?;
        self.next += made as i64;
        Ok(if made < BLOCK { Flow::Done } else { Flow::Again })
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.process(None, out)
    }
}

fn items(row: &Value) -> std::result::Result<Vec<Item>, String> {
    let list = row.as_list().ok_or_else(|| format!("expected a list [start, end, \"text\"], got {row}"))?;
    let item = |value: &Value| match (value.as_f64(), value.as_str()) {
        (Some(number), _) => Ok(Item::Number(number)),
        (_, Some(text)) => Ok(Item::Text(text.to_owned())),
        _ => Err(format!("expected numbers and texts, got {value}")),
    };
    list.iter().map(item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn listed(rows: Vec<Vec<Value>>) -> Bench<LabelList> {
        let rows = rows.into_iter().map(Value::List).collect();
        Bench::<LabelList>::new().parameter("labels", Value::List(rows))
    }

    #[test]
    fn a_list_is_a_row() {
        let bench = listed(vec![
            vec![0.5.into(), 1.into(), "one".into()],
            vec![2.0.into(), 2.0.into(), "click".into(), "marks".into(), "".into(), "".into(), 0.5.into()],
        ]);
        let rows = bench.run().expect("runs").rows(0).expect("rows");
        assert_eq!(rows[0][..3], [0.5.into(), 1.0.into(), "one".into()]);
        assert!(rows[0][3..].iter().all(Value::is_none));
        assert_eq!((&rows[1][3], &rows[1][6]), (&0.5.into(), &"marks".into()));
        bench.conforms();
        assert_eq!(Bench::<LabelList>::new().run().expect("runs").rows(0).expect("rows").len(), 0);
    }

    #[test]
    fn the_audio_says_how_long_it_is_and_nothing_else() {
        let bench = listed(vec![vec![0.5.into(), 1.into(), "one".into()]]);
        let duration = |bench: &Bench<LabelList>| {
            let run = bench.run().expect("runs");
            assert_eq!(run.rows(0).expect("rows").len(), 1);
            run.formats[0].attribute("duration_s").and_then(Value::as_f64)
        };
        assert_eq!(duration(&bench), None);
        let about = listed(vec![vec![0.5.into(), 1.into(), "one".into()]]).audio(10, &[&[0.0f32; 25]]);
        assert_eq!(duration(&about), Some(2.5));
        about.conforms();
        assert_eq!(duration(&about.parameter("duration_s", 9.0)), Some(9.0));
        // Samples of any type, and none at all.
        assert_eq!(duration(&listed(vec![vec![0.into(), 1.into(), "a".into()]]).audio(10, &[&[0i16; 0]])), Some(0.0));
    }

    #[test]
    fn what_is_no_label_is_refused_with_its_number() {
        let bench = listed(vec![vec![0.0.into(), 1.0.into(), "a".into()], vec![2.0.into(), 1.0.into(), "b".into()]]);
        let error = refused(bench.run(), ErrorKind::Parameter);
        assert_eq!(error.parameter, "labels");
        assert!(error.message.contains("label 2: expected an end"), "{}", error.message);
    }
}
