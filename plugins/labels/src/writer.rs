//! `write.audacity write.ctm write.jams write.rttm write.srt write.textgrid write.vtt`: labels as files of other programs.
//!
//! Shape: any records with a column `start` (and `end` or `duration`, `label` or `text` ...), a label a row. Tables as CSV and
//! JSON are written by `write.csv` and `write.json`, and read back by `read.labels`.

use crate::schema::{Columns, from_attributes};
use auricle_annotation::{self as annotation, Annotation, Losses, print};
use auricle_sdk::Host;
use auricle_sdk::prelude::*;
use std::marker::PhantomData;

/// A file format that has a writer.
pub trait Written: Send + 'static {
    /// The format.
    const FORMAT: annotation::Format;
    /// What the writer says about itself.
    const DESCRIPTOR: Descriptor;
}

const INPUTS: &[Port] =
    &[Port::records("labels").doc("Rows with start and end in seconds, label or text, and what else there is.")];
const PARAMETERS: &[Parameter] = &[Parameter::output_path("path").doc("The file, relative to the output directory.")];

macro_rules! written {
    ($($(#[$doc:meta])* $name:ident $id:literal $summary:literal $about:literal $source:literal;)*) => {
        $($(#[$doc])* pub struct $name;

        impl Written for $name {
            const FORMAT: annotation::Format = annotation::Format::$name;
            const DESCRIPTOR: Descriptor =
                Descriptor::new($id, $summary).doc($about).source($source).inputs(INPUTS).parameters(PARAMETERS);
        })*
    };
}

written! {
    /// Audacity's label track.
    Audacity "write.audacity" "Writes labels as Audacity's label track"
        "Start, end and label between tabs, with ranges of frequencies. What it has no place for is a finding."
        "The Audacity manual, Importing and Exporting Labels";
    /// Time-marked words.
    Ctm "write.ctm" "Writes labels as CTM"
        "A word a line with recording, channel, start and duration. Spaces inside a label become underscores, with a finding."
        "NIST, SCTK, the CTM format";
    /// JAMS.
    Jams "write.jams" "Writes labels as JAMS"
        "An annotation a tier, with the tier as its namespace, else tag_open."
        "The JAMS schema 0.3";
    /// Who spoke when.
    Rttm "write.rttm" "Writes labels as RTTM"
        "A line a label with recording, channel, start, duration and speaker; without a speaker the label is one."
        "NIST, RT-09 evaluation plan, appendix A";
    /// SubRip subtitles.
    Srt "write.srt" "Writes labels as SubRip subtitles"
        "Times are rounded to milliseconds. What it has no place for is a finding."
        "SubRip, as players agree on it";
    /// Praat's TextGrid.
    TextGrid "write.textgrid" "Writes labels as Praat's TextGrid"
        "Tiers of intervals and of points, in the long form. Labels that overlap get a tier of their own, with a finding; gaps \
         are empty intervals."
        "The Praat manual, TextGrid file formats";
    /// WebVTT.
    Vtt "write.vtt" "Writes labels as WebVTT"
        "Speakers become voices. Times are rounded to milliseconds."
        "WebVTT, W3C 2019";
}

/// The stage.
pub struct LabelWriter<F> {
    host: Host,
    path: String,
    columns: Columns,
    empty: Annotation,
    annotation: Annotation,
    more: bool,
    format: PhantomData<F>,
}

impl<F: Written> Writer for LabelWriter<F> {
    const DESCRIPTOR: Descriptor = F::DESCRIPTOR;

    fn new(setup: &Setup) -> Result<Self> {
        let format = setup.input(0)?;
        let empty = from_attributes(format);
        Ok(LabelWriter {
            host: setup.host(),
            path: setup.parameters.text("path")?.to_owned(),
            columns: Columns::new(format.as_records()?)?,
            annotation: empty.clone(),
            empty,
            more: false,
            format: PhantomData,
        })
    }

    fn begin(&mut self) -> Result<()> {
        (self.annotation, self.more) = (self.empty.clone(), false);
        Ok(())
    }

    fn write(&mut self, packet: &Packet) -> Result<()> {
        let table = packet.records()?;
        for row in 0..table.rows() {
            let (label, more) = self.columns.label(&table.row(row)?)?;
            self.annotation.labels.push(label);
            self.more |= more;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let (text, losses) = print(&self.annotation, F::FORMAT);
        let mut more = Losses::default();
        more.add_if(self.more, "columns that labels do not have were left out");
        for sentence in losses.sentences().into_iter().chain(more.sentences()) {
            self.host.finding(
                auricle_sdk::Severity::Warning,
                "labels-lost",
                &format!("{}: {sentence}", self.path),
                None,
            );
        }
        self.host.output(&self.path)?.write_at(0, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::LabelReader;
    use auricle_sdk::testing::Bench;

    /// Reads a file, writes it in a format, and gives the text and the findings.
    fn through<F: Written>(file: &str) -> (String, Vec<String>) {
        let read = Bench::<Source<LabelReader>>::new().source("x", file.as_bytes().to_vec()).run().expect("it is read");
        let bench =
            Bench::<Sink<LabelWriter<F>>>::new().packets(&read.formats[0], &read.packets[0]).parameter("path", "y");
        bench.conforms();
        let written = bench.run().expect("it is written");
        let findings = written.findings.iter().map(|finding| finding.message.clone()).collect();
        (String::from_utf8(written.files["y"].clone()).expect("UTF-8"), findings)
    }

    #[test]
    fn a_textgrid_comes_back_with_its_end_and_its_empty_tiers() {
        let (grid, _) = through::<TextGrid>("0.5\t1\tone\n2\t2\tclick\n");
        assert!(grid.contains("class = \"TextTier\"") && grid.contains("xmax = 2 "), "{grid}");
        let longer = grid.replace("xmax = 2 \n", "xmax = 7.5 \n").replace("size = 2 \nitem", "size = 3 \nitem")
            + "    item [3]:\n        class = \"IntervalTier\" \n        name = \"empty\" \n        xmin = 0 \n        xmax = 7.5 \n        \
               intervals: size = 1 \n        intervals [1]:\n            xmin = 0 \n            xmax = 7.5 \n            text = \"\" \n";
        assert_eq!(through::<TextGrid>(&longer), (longer, vec![]));
    }

    #[test]
    fn what_is_lost_is_found() {
        let (text, findings) = through::<Srt>("start,end,text,confidence,mood\n0.5,1,Hello,0.9,good\n");
        assert_eq!(text, "1\n00:00:00,500 --> 00:00:01,000\nHello\n\n");
        assert!(findings.iter().any(|finding| finding.contains("score")), "{findings:?}");
    }
}
