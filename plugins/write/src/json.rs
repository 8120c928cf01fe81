//! `write.json`: records, or any stream entry by entry, as a JSON array of objects.
//!
//! Shape: an object an entry, its keys the columns of `write.csv`. What is not finite is the string nan, inf or -inf.

use crate::table::{self, Cell};
use auricle_sdk::format::Kind;
use auricle_sdk::prelude::*;
use auricle_sdk::{Host, OutputFile};
use serde_json::Value as Json;
use std::sync::Arc;

/// Bytes gathered before they are written.
const STAGE: usize = 1 << 18;

/// The stage.
pub struct JsonRows {
    host: Host,
    path: String,
    format: Arc<Format>,
    run: Option<Run>,
}

struct Run {
    file: OutputFile,
    /// The columns' names as JSON strings.
    keys: Vec<String>,
    staged: Vec<u8>,
    position: u64,
    empty: bool,
}

impl Writer for JsonRows {
    const DESCRIPTOR: Descriptor = Descriptor::new("write.json", "Writes records or any stream as JSON")
        .doc(
            "An array with one object an entry, one a line. The keys of records are their columns; audio and tensors have \
             `time_s` (or `entry`) and a key for each channel or element, as in write.csv. Missing values are null; \
             what is not finite is the string \"nan\", \"inf\" or \"-inf\".",
        )
        .source("RFC 8259")
        .inputs(&[Port::array("table").kinds(&[Kind::Records, Kind::Audio, Kind::Tensor]).doc("What is written.")])
        .parameters(&[Parameter::output_path("path").doc("The file, relative to the output directory.")]);

    fn new(setup: &Setup) -> Result<Self> {
        let input = setup.inputs.first().ok_or_else(|| Error::format("nothing is connected"))?;
        let path = setup.parameters.text("path")?.to_owned();
        Ok(JsonRows { host: setup.host(), path, format: input.format.clone(), run: None })
    }

    fn begin(&mut self) -> Result<()> {
        let keys = table::columns(&self.format).into_iter().map(|name| Json::String(name).to_string()).collect();
        let file = self.host.output(&self.path)?;
        self.run = Some(Run { file, keys, staged: b"[".to_vec(), position: 0, empty: true });
        Ok(())
    }

    fn write(&mut self, packet: &Packet) -> Result<()> {
        let run = self.run.as_mut().ok_or_else(|| Error::internal("write before begin"))?;
        table::each_row(packet, |cells| run.row(cells))
    }

    fn finish(&mut self) -> Result<()> {
        let mut run = self.run.take().ok_or_else(|| Error::internal("finish before begin"))?;
        run.staged.extend(if run.empty { &b"]\n"[..] } else { b"\n]\n" });
        run.flush()
    }
}

impl Run {
    fn row(&mut self, cells: &[Cell]) -> Result<()> {
        self.staged.extend(if self.empty { &b"\n{"[..] } else { b",\n{" });
        self.empty = false;
        for (index, (key, cell)) in self.keys.iter().zip(cells).enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            let value = match cell {
                Cell::Missing => Json::Null.to_string(),
                Cell::Number(digits) => digits.clone(),
                Cell::NotFinite(name) => Json::from(*name).to_string(),
                Cell::Bool(value) => value.to_string(),
                Cell::Text(text) => Json::from(text.as_str()).to_string(),
            };
            self.staged.extend(format!("{comma}{key}: {value}").bytes());
        }
        self.staged.push(b'}');
        if self.staged.len() >= STAGE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        self.file.write_at(self.position, &self.staged)?;
        self.position += self.staged.len() as u64;
        self.staged.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::Bench;
    use serde_json::json;

    fn check(bench: Bench<Sink<JsonRows>>, expected: Json) {
        let bench = bench.parameter("path", "x.json");
        bench.conforms();
        let outcome = bench.run().expect("it runs");
        assert_eq!(serde_json::from_slice::<Json>(&outcome.files["x.json"]).expect("JSON"), expected);
    }

    #[test]
    fn an_object_an_entry() {
        let audio = Bench::new().audio(2, &[&[0.5f64, f64::NAN], &[1e300, f64::INFINITY]]);
        let first = json!({"time_s": 0.0, "channel_0": 0.5, "channel_1": 1e300});
        check(audio, json!([first, {"time_s": 0.5, "channel_0": "nan", "channel_1": "inf"}]));
        check(Bench::new().audio::<f32>(8000, &[&[]]), json!([]));
        check(Bench::new().audio(8000, &[&[-7i32]]), json!([{"time_s": 0.0, "channel_0": -7}]));
    }
}
