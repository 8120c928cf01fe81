//! `write.csv`: records, or any stream entry by entry, as comma-separated values with a header.
//!
//! Shape: a row an entry; of audio and tensors the first column is the time in seconds.
//!
//! Source: RFC 4180, with line feeds alone.

use crate::table::{self, Cell};
use auricle_sdk::format::Kind;
use auricle_sdk::prelude::*;
use auricle_sdk::{Host, OutputFile};
use std::sync::Arc;

/// Bytes gathered before they are written.
const STAGE: usize = 1 << 18;

/// The stage.
pub struct Csv {
    host: Host,
    path: String,
    format: Arc<Format>,
    run: Option<(OutputFile, ::csv::Writer<Vec<u8>>, u64)>,
}

impl Writer for Csv {
    const DESCRIPTOR: Descriptor = Descriptor::new("write.csv", "Writes records or any stream as a table of text")
        .doc(
            "One row an entry, after a row of names. Records keep their columns; missing values are empty. Audio and tensors \
             begin with `time_s` (or `entry`, where there is no time) and have a column for each channel or element; of \
             complex numbers two, `_re` and `_im`. Numbers have as many digits as read back to the same value; what is not \
             finite is nan, inf or -inf.",
        )
        .source("RFC 4180")
        .inputs(&[Port::array("table").kinds(&[Kind::Records, Kind::Audio, Kind::Tensor]).doc("What is written.")])
        .parameters(&[Parameter::output_path("path").doc("The file, relative to the output directory.")]);

    fn new(setup: &Setup) -> Result<Self> {
        let input = setup.inputs.first().ok_or_else(|| Error::format("nothing is connected"))?;
        let path = setup.parameters.text("path")?.to_owned();
        Ok(Csv { host: setup.host(), path, format: input.format.clone(), run: None })
    }

    fn begin(&mut self) -> Result<()> {
        let mut rows = ::csv::WriterBuilder::new().from_writer(Vec::new());
        rows.write_record(table::columns(&self.format)).map_err(failed)?;
        self.run = Some((self.host.output(&self.path)?, rows, 0));
        Ok(())
    }

    fn write(&mut self, packet: &Packet) -> Result<()> {
        let (file, rows, position) = self.run.as_mut().ok_or_else(|| Error::internal("write before begin"))?;
        table::each_row(packet, |cells| {
            rows.write_record(cells.iter().map(text)).map_err(failed)?;
            if rows.get_ref().len() >= STAGE { flush(file, rows, position) } else { Ok(()) }
        })
    }

    fn finish(&mut self) -> Result<()> {
        let (file, mut rows, mut position) = self.run.take().ok_or_else(|| Error::internal("finish before begin"))?;
        flush(&file, &mut rows, &mut position)
    }
}

fn flush(file: &OutputFile, rows: &mut ::csv::Writer<Vec<u8>>, position: &mut u64) -> Result<()> {
    let full = std::mem::replace(rows, ::csv::WriterBuilder::new().flexible(true).from_writer(Vec::new()));
    let bytes = full.into_inner().map_err(|e| Error::internal(format!("CSV: {e}")))?;
    file.write_at(*position, &bytes)?;
    *position += bytes.len() as u64;
    Ok(())
}

fn text(cell: &Cell) -> &str {
    match cell {
        Cell::Missing => "",
        Cell::Number(text) | Cell::Text(text) => text,
        Cell::NotFinite(text) => text,
        Cell::Bool(true) => "true",
        Cell::Bool(false) => "false",
    }
}

fn failed(error: ::csv::Error) -> Error {
    Error::internal(format!("CSV: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::Bench;

    fn check(bench: Bench<Sink<Csv>>, expected: &str) {
        let bench = bench.parameter("path", "x.csv");
        bench.conforms();
        let outcome = bench.run().expect("it runs");
        assert_eq!(String::from_utf8_lossy(&outcome.files["x.csv"]), expected);
    }

    #[test]
    fn a_row_an_entry() {
        let audio = Bench::new().audio(2, &[&[0.1f32, f32::NAN], &[1e-8, f32::NEG_INFINITY]]);
        check(audio, "time_s,channel_0,channel_1\n0.0,0.1,1e-8\n0.5,nan,-inf\n");
        check(Bench::new().audio::<i16>(8000, &[&[]]), "time_s,channel_0\n");
        let f0 = Tensor::new::<f64>(vec![Axis::frames(Some(2)), Axis::new(Role::Other, "f0", Some(1))], "frequency");
        let f0 = Format::tensor(f0, Clock::samples(10).frames(5, 0), Some(2), "frame");
        check(Bench::new().tensor(f0, &[440.0f64, 441.25]), "time_s,f0\n0.0,440.0\n0.5,441.25\n");
        let axes = vec![Axis::channels(2), Axis::bins(1, 1.0)];
        let whole = Format::tensor(Tensor::new::<Complex<f32>>(axes, "complex"), Clock::NONE, Some(1), "");
        let values = [Complex::new(1.0f32, 2.0), Complex::new(3.0, -4.0)];
        let names = "entry,channel_0_bin_0_re,channel_0_bin_0_im,channel_1_bin_0_re,channel_1_bin_0_im";
        check(Bench::new().tensor(whole, &values), &format!("{names}\n0,1.0,2.0,3.0,-4.0\n"));
    }

    #[test]
    fn many_rows_pass_the_stage() {
        let samples: Vec<i16> = (0..40_000).map(|k| (k % 1000) as i16).collect();
        let outcome = Bench::<Sink<Csv>>::new().audio(8000, &[&samples]).parameter("path", "x").run().expect("it runs");
        let text = String::from_utf8_lossy(&outcome.files["x"]).into_owned();
        assert_eq!((text.lines().count(), text.lines().last()), (40_001, Some("4.999875,999")));
    }
}
