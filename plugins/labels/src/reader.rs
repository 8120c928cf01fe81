//! `read.labels`: labels of any format that is known, as records.
//!
//! Shape: a row a label; columns start, end, label, score, speaker, channel, tier, fmin, fmax, file.

use crate::schema::Given;
use auricle_annotation as annotation;
use auricle_sdk::prelude::*;

/// Bytes of a file at most; what is larger holds no labels.
const MOST: u64 = 256 << 20;
/// Bytes read at a time.
const PIECE: usize = 1 << 16;
const FORMATS: &[&str] = &["auto", "audacity", "textgrid", "srt", "vtt", "rttm", "ctm", "csv", "jams", "json"];

/// The stage.
pub struct LabelReader(Given);

impl Generator for LabelReader {
    const DESCRIPTOR: Descriptor = Descriptor::new("read.labels", "Reads labels, transcripts and segments")
        .doc(
            "Audacity's label tracks with their ranges of frequencies, Praat's TextGrids, long and short, with tiers of intervals \
             and of points, SubRip, WebVTT, RTTM, CTM, tables with a header (CSV), JAMS, and JSON objects; in UTF-8 or UTF-16. \
             A point ends where it starts. Empty intervals of a TextGrid are gaps, not labels. What a file says that labels \
             do not hold is a finding.",
        )
        .source("auricle_annotation, where each format's source stands")
        .inputs(&[Port::source("source").doc("The file.")])
        .outputs(&[Port::records("labels").doc("A row a label, in the order of the file; times in seconds.")])
        .parameters(&[
            Parameter::choice("format", "auto", FORMATS).doc("Format of the file; auto: by its content, then by its name."),
        ]);

    fn new(setup: &Setup) -> Result<(Self, Format)> {
        let source = setup.input(0)?.as_source()?.clone();
        let name = source.name();
        if source.len().is_some_and(|length| length > MOST) {
            return Err(Error::data(format!("{name}: expected labels, got more than {} MB", MOST >> 20)));
        }
        let mut bytes = Vec::new();
        loop {
            let before = bytes.len();
            bytes.resize(before + PIECE, 0);
            let got = source.read_at(before as u64, &mut bytes[before..])?;
            bytes.truncate(before + got);
            if got == 0 || bytes.len() as u64 > MOST {
                break;
            }
        }
        let format = annotation::Format::named(setup.parameters.text("format")?);
        let read = annotation::read(&name, &bytes, format).map_err(|e| Error::data(format!("{name}: {e}")))?;
        for sentence in read.losses.sentences() {
            let message = format!("{}: {sentence}", read.format.name());
            setup.host().finding(auricle_sdk::Severity::Info, "labels-lost", &message, None);
        }
        let (given, format) = Given::new(read.annotation);
        Ok((LabelReader(given), format))
    }

    fn seek(&mut self, index: i64) -> Result<()> {
        self.0.seek(index);
        Ok(())
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        self.0.give(start, count, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    #[test]
    fn labels_are_rows() {
        let bench = Bench::<Source<LabelReader>>::new().source("a.txt", b"0.5\t1.0\tone\n2.0\t2.0\tclick\n".to_vec());
        let rows = bench.run().expect("runs").rows(0).expect("rows");
        assert_eq!(rows[0][..3], [0.5.into(), 1.0.into(), "one".into()]);
        assert!(rows.len() == 2 && rows[1][3..].iter().all(Value::is_none));
        bench.conforms();
        let empty = Bench::<Source<LabelReader>>::new().source("a.srt", Vec::new());
        assert_eq!(empty.run().expect("runs").rows(0).expect("rows").len(), 0);
    }

    #[test]
    fn faults_are_told_with_their_line() {
        let bench = Bench::<Source<LabelReader>>::new().source("a.txt", b"0.5\t1.0\tone\n2\tx\n".to_vec());
        assert!(refused(bench.run(), ErrorKind::Data).message.contains("a.txt: line 2"));
        let lost = Bench::<Source<LabelReader>>::new()
            .source("a", b"WEBVTT\n\nNOTE x\n\n00:00.000 --> 00:01.000\nx\n".to_vec());
        assert!(lost.run().expect("runs").findings.iter().any(|finding| finding.message.contains("NOTE")));
    }
}
