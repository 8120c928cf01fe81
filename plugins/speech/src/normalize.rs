//! `text.normalize`: texts alike in case, punctuation and spaces, so that words can be counted.
//!
//! Shape: a table with a column `text` to the same table. Source: auricle's own.

use auricle_sdk::format::ColumnType;
use auricle_sdk::prelude::*;
use std::ops::Range;

/// The stage.
pub struct Normalize {
    records: Records,
    column: usize,
    case: Case,
    punctuation: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Keep,
    Lower,
    Upper,
}

impl Stage for Normalize {
    const DESCRIPTOR: Descriptor = Descriptor::new("text.normalize", "Makes texts alike in case, punctuation and spaces")
        .doc(
            "Letters become lower or upper case by Unicode's rules. With punctuation = remove all but letters and digits becomes a space, \
             except an apostrophe between letters (curved ones become straight) and a point or comma between digits. Runs of white space \
             become one space, at the ends none. Numbers, spellings and abbreviations stay as they are. Other columns pass unchanged.",
        )
        .source("auricle's own")
        .inputs(&[Port::records("texts").doc("A table with a column text.")])
        .outputs(&[Port::records("texts").doc("The same table.")])
        .parameters(&[
            Parameter::choice("case", "lower", &["lower", "upper", "keep"]).doc("What becomes of letters."),
            Parameter::choice("punctuation", "remove", &["remove", "keep"]).doc("What becomes of signs."),
        ])
        .locality(Locality::Pointwise);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let format = setup.input(0)?;
        let records = format.as_records()?.clone();
        let found = records.columns.iter().position(|c| c.name == "text" && c.kind == ColumnType::Str);
        let column = found.ok_or_else(|| {
            let names: Vec<&str> = records.columns.iter().map(|column| column.name.as_str()).collect();
            Error::format(format!("expected a table with a column text, got one with {}", names.join(", ")))
        })?;
        let case = match setup.parameters.text("case")? {
            "keep" => Case::Keep,
            "upper" => Case::Upper,
            _ => Case::Lower,
        };
        let punctuation = setup.parameters.text("punctuation")? == "keep";
        Ok((Normalize { records, column, case, punctuation }, vec![format.clone()]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        vec![span]
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        let table = packet.records()?;
        let mut rows = Rows::new(&self.records);
        for index in 0..table.rows() {
            let mut row = table.row(index)?;
            if let Some(text) = row[self.column].as_str() {
                row[self.column] = Value::Str(self.normal(text));
            }
            rows.push(row)?;
        }
        out.rows(0, packet.start, &rows)?;
        Ok(Flow::Continue)
    }
}

impl Normalize {
    fn normal(&self, text: &str) -> String {
        let cased = match self.case {
            Case::Keep => text.to_owned(),
            Case::Lower => text.to_lowercase(),
            Case::Upper => text.to_uppercase(),
        };
        let plain = if self.punctuation { cased } else { without_signs(&cased) };
        plain.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn without_signs(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let plain = |at: usize| {
        let (before, after) = (at.checked_sub(1).map(|at| letters[at]), letters.get(at + 1).copied());
        let between = |is: fn(char) -> bool| before.is_some_and(is) && after.is_some_and(is);
        match letters[at] {
            letter if letter.is_alphanumeric() => letter,
            '\'' | '\u{2019}' if between(char::is_alphabetic) => '\'',
            sign @ ('.' | ',') if between(char::is_numeric) => sign,
            _ => ' ',
        }
    };
    (0..letters.len()).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::format::Column;
    use auricle_sdk::testing::{Bench, refused};

    fn bench(text: &str) -> Bench<Normalize> {
        let columns = vec![Column::new("start", ColumnType::Float), Column::new("text", ColumnType::Str)];
        Bench::new().records(Records::new("t/1", columns), [vec![Value::Float(1.5), text.into()]])
    }

    #[track_caller]
    fn check(bench: Bench<Normalize>, expected: &str) {
        let rows = bench.run().expect("runs").rows(0).expect("texts");
        assert_eq!(rows, [vec![Value::Float(1.5), expected.into()]]);
        bench.conforms();
    }

    #[test]
    fn texts() {
        check(bench("  No matter.\tTry again; fail \u{2014} better! "), "no matter try again fail better");
        check(bench("Don\u{2019}t 'quote' the dogs' 3.14, 1,000."), "don't quote the dogs 3.14 1,000");
        check(bench("GRÖSSE Straße"), "grösse straße");
        check(bench(""), "");
        check(bench("Ab, c").parameter("punctuation", "keep").parameter("case", "upper"), "AB, C");
        check(bench("Ab, c").parameter("case", "keep"), "Ab c");
    }

    #[test]
    fn tables_without_text_are_refused() {
        let records = Records::new("t/1", vec![Column::new("label", ColumnType::Str)]);
        let error = refused(Bench::<Normalize>::new().records(records, [vec!["a".into()]]).run(), ErrorKind::Format);
        assert!(error.message.contains("a column text, got one with label"), "{error}");
    }
}
