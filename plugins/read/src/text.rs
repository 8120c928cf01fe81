//! `read.text`: a text file, a record a line.
//!
//! Shape: records with one column, `text`. Unlike the other readers it gives no audio: what `compare.wer` takes.

use auricle_decode::WINDOW;
use auricle_sdk::format::{Column, ColumnType};
use auricle_sdk::prelude::*;

/// Bytes of a line at most; what is longer is no text.
const MOST: usize = 1 << 24;

/// The stage.
pub struct TextReader {
    source: auricle_sdk::ByteSource,
    records: Records,
    /// Bytes that were read and are not handed out yet.
    buffer: Vec<u8>,
    /// Where reading goes on.
    offset: u64,
    /// The next line.
    line: i64,
}

impl Generator for TextReader {
    const DESCRIPTOR: Descriptor = Descriptor::new("read.text", "Reads a text file, a record a line")
        .doc(
            "UTF-8. Lines end in LF or CR LF, which are not part of them; an end of line at the end of the file begins no \
             further one. A byte order mark at the start is passed over. Anything else, spaces too, is kept.",
        )
        .source("auricle's own; lines as Python's open(encoding=\"utf-8\") gives them, but for a lone CR")
        .inputs(&[Port::source("source").doc("The file.")])
        .outputs(&[Port::records("lines").doc("Column text: a line.")]);

    fn new(setup: &Setup) -> Result<(Self, Format)> {
        let source = setup.input(0)?.as_source()?.clone();
        let records = Records::new("auricle.text/1", vec![Column::new("text", ColumnType::Str)]);
        let format = Format::records(records.clone());
        let mut reader = TextReader { source, records, buffer: Vec::new(), offset: 0, line: 0 };
        reader.seek(0)?;
        // A file that is no text is refused before a run, if its start tells.
        reader.next_line()?;
        Ok((reader, format))
    }

    fn seek(&mut self, index: i64) -> Result<()> {
        self.buffer.clear();
        (self.offset, self.line) = (0, 0);
        let mut mark = [0; 3];
        if self.source.read_at(0, &mut mark)? == 3 && mark == *b"\xef\xbb\xbf" {
            self.offset = 3;
        }
        while self.line < index && self.next_line()?.is_some() {}
        Ok(())
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        let mut rows = Rows::new(&self.records);
        while rows.len() < count
            && let Some(line) = self.next_line()?
        {
            rows.push(vec![line.into()])?;
        }
        out.rows(0, start, &rows)?;
        Ok(rows.len())
    }
}

impl TextReader {
    /// The next line, without its end.
    fn next_line(&mut self) -> Result<Option<String>> {
        let mut searched = 0;
        let end = loop {
            if let Some(at) = self.buffer[searched..].iter().position(|&byte| byte == b'\n') {
                break Some(searched + at);
            }
            searched = self.buffer.len();
            if searched > MOST {
                return Err(self.refusal(format!("longer than {MOST} bytes; this is no text")));
            }
            self.buffer.resize(searched + WINDOW, 0);
            let got = self.source.read_at(self.offset, &mut self.buffer[searched..])?;
            self.buffer.truncate(searched + got);
            self.offset += got as u64;
            if got == 0 {
                break None;
            }
        };
        if end.is_none() && self.buffer.is_empty() {
            return Ok(None);
        }
        let rest = self.buffer.split_off(end.map_or(self.buffer.len(), |at| at + 1));
        let mut line = std::mem::replace(&mut self.buffer, rest);
        for end in [b'\n', b'\r'] {
            if line.last() == Some(&end) {
                line.pop();
            }
        }
        let line = String::from_utf8(line)
            .map_err(|e| self.refusal(format!("byte {} of the line is not UTF-8", e.utf8_error().valid_up_to())))?;
        self.line += 1;
        Ok(Some(line))
    }

    fn refusal(&self, why: String) -> Error {
        Error::data(format!("{}: line {}: {why}", self.source.name(), self.line + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn bench(text: &[u8]) -> Bench<Source<TextReader>> {
        Bench::new().source("a.txt", text.to_vec())
    }

    #[track_caller]
    fn check(text: &[u8], expected: &[&str]) {
        let bench = bench(text);
        let rows = bench.run().expect("runs").rows(0).expect("rows");
        let expected: Vec<Vec<Value>> = expected.iter().map(|&line| vec![line.into()]).collect();
        assert_eq!(rows, expected);
        bench.conforms();
    }

    #[test]
    fn lines() {
        check(b"", &[]);
        check(b"one", &["one"]);
        check(b"one\n", &["one"]);
        check(b"one\r\n\r\n two \n\n", &["one", "", " two ", ""]);
        check("\u{feff}Grüße\n".as_bytes(), &["Grüße"]);
        check("a".repeat(200_000).as_bytes(), &["a".repeat(200_000).as_str()]);
        let many: Vec<String> = (0..40_000).map(|n| n.to_string()).collect();
        check(many.join("\n").as_bytes(), &many.iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_line() {
        let error = refused(bench(b"good\nb\xe4d\n").run(), ErrorKind::Data);
        assert!(error.message.contains("a.txt: line 2: byte 1"), "{}", error.message);
    }
}
