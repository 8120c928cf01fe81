//! `compare.wer`: the word error rate of recognised texts.
//!
//! Shape: two tables with a column `text` to metrics and a table. Source: jiwer 4.0.0. Unlike `compare.cer` it counts words.

use auricle_sdk::prelude::*;

use crate::texts::{INPUTS, OUTPUTS, PARAMETERS, Unit};

/// The stage's unit.
pub struct Words;

impl Unit for Words {
    const DESCRIPTOR: Descriptor = Descriptor::new("compare.wer", "Word error rate")
        .doc(
            "wer = (substitutions + deletions + insertions) / words of the reference, over all lines together, and the counts. \
             Words are what spaces separate; a run of white space is one space, at the ends it is none. Nothing is folded: \
             case and punctuation count, unless a stage before takes them away. A rate may exceed 1; against an empty \
             reference it is the number of words inserted. steps says what became of each word, and when: a row's time is divided \
             among its words by their lengths.",
        )
        .source("jiwer 4.0.0, process_words with its default transforms")
        .inputs(INPUTS)
        .outputs(OUTPUTS)
        .parameters(PARAMETERS)
        .locality(Locality::WholeInput);
    const RATE: &'static str = "wer";

    fn items(text: &str) -> Vec<String> {
        words(text)
    }
}

/// Words between single spaces; a lone tab or no-break space does not separate, as in the tool.
fn words(text: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run: usize = rest.chars().take_while(|c| c.is_whitespace()).map(char::len_utf8).sum();
        if run > first.len_utf8() {
            plain.push(' ');
            rest = &rest[run..];
        } else {
            plain.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    plain.trim().split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cer::Characters;
    use crate::texts::Texts;
    use auricle_sdk::format::{Column, ColumnType};
    use auricle_sdk::testing::{Bench, Outcome, refused};

    fn bench<U: Unit>(reference: &[&str], candidate: &[&str]) -> Bench<Texts<U>> {
        let records = Records::new("t/1", vec![Column::new("text", ColumnType::Str)]);
        let rows = |texts: &[&str]| texts.iter().map(|&text| vec![text.into()]).collect::<Vec<Vec<Value>>>();
        Bench::new().records(records.clone(), rows(reference)).records(records.clone(), rows(candidate))
    }

    #[track_caller]
    fn check(outcome: &Outcome, rate: (&str, f64), counts: [f64; 4]) {
        let got = outcome.metric(rate.0).expect("a rate");
        assert!((got - rate.1).abs() < 1e-15, "{}: expected {}, got {got}", rate.0, rate.1);
        let names = ["hits", "substitutions", "deletions", "insertions"];
        assert_eq!(names.map(|name| outcome.metric(name).expect("a count")), counts);
    }

    /// jiwer 4.0.0, process_words and process_characters of the same lists.
    #[test]
    fn counts_of_jiwer() {
        let both = |reference: &[&str], candidate: &[&str], wer: (f64, [f64; 4]), cer: (f64, [f64; 4])| {
            check(&bench::<Words>(reference, candidate).run().expect("runs"), ("wer", wer.0), wer.1);
            check(&bench::<Characters>(reference, candidate).run().expect("runs"), ("cer", cer.0), cer.1);
        };
        both(
            &["Please call  again."],
            &[" please call again "],
            (0.6666666666666666, [1.0, 2.0, 0.0, 0.0]),
            (0.15789473684210525, [16.0, 1.0, 2.0, 0.0]),
        );
        both(&["a b", "c d e"], &["a", "c x e f"], (0.6, [3.0, 1.0, 1.0, 1.0]), (0.625, [5.0, 1.0, 2.0, 2.0]));
        both(&[""], &["two words"], (2.0, [0.0, 0.0, 0.0, 2.0]), (9.0, [0.0, 0.0, 0.0, 9.0]));
        both(&["x y"], &[""], (1.0, [0.0, 0.0, 2.0, 0.0]), (1.0, [0.0, 0.0, 3.0, 0.0]));
        both(
            &["Größe ist da"],
            &["Grösse ist das"],
            (0.6666666666666666, [1.0, 2.0, 0.0, 0.0]),
            (0.25, [11.0, 1.0, 0.0, 2.0]),
        );
    }

    /// Two segments against one line: steps have the times of the words of the candidate.
    #[test]
    fn steps_are_told_with_their_times() {
        let text = Column::new("text", ColumnType::Str);
        let times = ["start", "end"].map(|name| Column::new(name, ColumnType::Float));
        let heard = Records::new("t/1", [times.to_vec(), vec![text.clone()]].concat());
        let row = |start: f64, end: f64, text: &str| vec![start.into(), end.into(), text.into()];
        let bench = Bench::<Texts<Words>>::new()
            .parameter("join", true)
            .records(Records::new("t/1", vec![text]), [vec!["one two three four five".into()]])
            .records(heard, [row(1.0, 2.0, "one too"), row(3.0, 6.0, "four five ever")]);
        let outcome = bench.run().expect("runs");
        let cells = |step: &str, from: Value, to: Value, start: f64, end: f64| {
            vec![Value::Int(0), step.into(), from, to, start.into(), end.into()]
        };
        let expected = [
            cells("hit", "one".into(), "one".into(), 1.0, 1.5),
            cells("substitution", "two".into(), "too".into(), 1.5, 2.0),
            cells("deletion", "three".into(), Value::None, 2.0, 2.0),
            cells("hit", "four".into(), "four".into(), 3.0, 4.0),
            cells("hit", "five".into(), "five".into(), 4.0, 5.0),
            cells("insertion", Value::None, "ever".into(), 5.0, 6.0),
        ];
        assert_eq!(outcome.rows(2).expect("steps"), expected);
        assert_eq!(outcome.metric("wer"), Some(0.6));
        bench.conforms();
    }

    #[test]
    fn lines_are_told_and_laws_kept() {
        let lines = bench::<Words>(&["a b c", "d"], &["a x c", "d e"]);
        let rows = lines.run().expect("runs").rows(1).expect("lines");
        assert_eq!((rows[0][2].clone(), rows[1][6].clone()), (Value::Float(1.0 / 3.0), Value::Int(1)));
        lines.conforms();
        let error = refused(bench::<Words>(&["a"], &[]).run(), ErrorKind::Data);
        assert!(error.message.contains("1 references and 0 candidates"), "{}", error.message);
        assert_eq!(words("  a\tb   c "), ["a\tb", "c"]);
    }
}
