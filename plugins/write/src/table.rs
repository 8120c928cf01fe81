//! Entries of any stream as rows of text: what `write.csv` and `write.json` have in common.

use auricle_sdk::format::Data;
use auricle_sdk::prelude::*;

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value.
    Missing,
    /// Digits that read back as the same number.
    Number(String),
    /// `nan`, `inf` or `-inf`.
    NotFinite(&'static str),
    /// True or false.
    Bool(bool),
    /// Text.
    Text(String),
}

impl Cell {
    fn float(value: f64, digits: String) -> Self {
        match value {
            x if x.is_nan() => Cell::NotFinite("nan"),
            f64::INFINITY => Cell::NotFinite("inf"),
            f64::NEG_INFINITY => Cell::NotFinite("-inf"),
            _ => Cell::Number(digits),
        }
    }
}

/// A number type as text.
trait Digits: Element {
    fn cells(self, to: &mut Vec<Cell>);
}

macro_rules! digits {
    ($($integer:ty)*; $($float:ty)*) => {
        $(impl Digits for $integer {
            fn cells(self, to: &mut Vec<Cell>) {
                to.push(Cell::Number(self.to_string()));
            }
        })*
        // The shortest digits that read back, of the type itself.
        $(impl Digits for $float {
            fn cells(self, to: &mut Vec<Cell>) {
                to.push(Cell::float(f64::from(self), format!("{self:?}")));
            }
        }
        impl Digits for Complex<$float> {
            fn cells(self, to: &mut Vec<Cell>) {
                self.re.cells(to);
                self.im.cells(to);
            }
        })*
    };
}
digits!(u8 i16 i32 i64; f32 f64);

/// Names of the columns: of records their own, of everything else the time and one for each element of an entry.
pub fn columns(format: &Format) -> Vec<String> {
    let mut names = match &format.data {
        Data::Audio(audio) => (0..audio.channels).map(|channel| format!("channel_{channel}")).collect(),
        Data::Tensor(tensor) => match tensor.frame_axes() {
            [axis] if axis.length == Some(1) => vec![axis.name.clone()],
            [] => vec!["value".to_owned()],
            axes => elements(axes),
        },
        Data::Records(Records { columns, .. }) => return columns.iter().map(|column| column.name.clone()).collect(),
        _ => Vec::new(),
    };
    if matches!(format.dtype(), Some(DType::C64 | DType::C128)) {
        names = names.iter().flat_map(|name| [format!("{name}_re"), format!("{name}_im")]).collect();
    }
    names.insert(0, if format.clock.step > 0 { "time_s" } else { "entry" }.to_owned());
    names
}

/// `band_0`, or `channel_1_band_0` where there are more axes than one.
fn elements(axes: &[Axis]) -> Vec<String> {
    let mut names = vec![String::new()];
    for axis in axes {
        let parts =
            |k: usize, name: &String| format!("{name}{}{}_{k}", if name.is_empty() { "" } else { "_" }, axis.name);
        names = names.iter().flat_map(|name| (0..axis.length.unwrap_or(0)).map(move |k| parts(k, name))).collect();
    }
    names
}

/// Calls `take` with the cells of each entry of a packet, in the order of [`columns`].
pub fn each_row(packet: &Packet, mut take: impl FnMut(&[Cell]) -> Result<()>) -> Result<()> {
    if packet.format().as_records().is_ok() {
        let table = packet.records()?;
        for row in 0..table.rows() {
            let cells: Vec<Cell> = table.row(row)?.into_iter().map(cell).collect();
            take(&cells)?;
        }
        return Ok(());
    }
    match packet.format().dtype() {
        Some(DType::U8) => numbers::<u8>(packet, take),
        Some(DType::I16) => numbers::<i16>(packet, take),
        Some(DType::I32) => numbers::<i32>(packet, take),
        Some(DType::I64) => numbers::<i64>(packet, take),
        Some(DType::F32) => numbers::<f32>(packet, take),
        Some(DType::F64) => numbers::<f64>(packet, take),
        Some(DType::C64) => numbers::<Complex<f32>>(packet, take),
        _ => numbers::<Complex<f64>>(packet, take),
    }
}

fn numbers<T: Digits>(packet: &Packet, mut take: impl FnMut(&[Cell]) -> Result<()>) -> Result<()> {
    let clock = packet.format().clock;
    let mut cells = Vec::new();
    for (entry, index) in (0..packet.count).zip(packet.start..) {
        cells.clear();
        cells.push(Cell::Number(if clock.step > 0 {
            format!("{:?}", clock.seconds(index))
        } else {
            index.to_string()
        }));
        if let Ok(audio) = packet.format().as_audio() {
            for channel in 0..audio.channels {
                packet.channel::<T>(channel)?[entry].cells(&mut cells);
            }
        } else {
            let block = packet.tensor::<T>()?;
            let values = &block.values[entry * block.frame_len..][..block.frame_len];
            values.iter().for_each(|value| value.cells(&mut cells));
        }
        take(&cells)?;
    }
    Ok(())
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Bool(value) => Cell::Bool(value),
        Value::Int(value) => Cell::Number(value.to_string()),
        Value::Float(value) => Cell::float(value, format!("{value:?}")),
        Value::Str(text) => Cell::Text(text),
        _ => Cell::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::Csv;
    use crate::json::JsonRows;
    use auricle_sdk::testing::Bench;

    /// Three metrics with everything that is awkward.
    struct Metrics;

    impl Generator for Metrics {
        const DESCRIPTOR: Descriptor =
            Descriptor::new("org.example.metrics", "Rows").outputs(&[Port::records("metrics")]);

        fn new(_: &Setup) -> Result<(Self, Format)> {
            Ok((Metrics, Format::records(Records::metrics())))
        }

        fn seek(&mut self, _: i64) -> Result<()> {
            Ok(())
        }

        fn generate(&mut self, start: i64, _: usize, out: &mut Outputs<'_>) -> Result<usize> {
            if start > 0 {
                return Ok(0);
            }
            let mut rows = Rows::new(&Records::metrics());
            rows.push(vec!["l\"1".into(), Value::Float(0.5), "dB, \"re\"\n1".into(), "é".into()])?;
            rows.push(vec!["snr".into(), Value::Float(f64::NEG_INFINITY), "".into(), Value::None])?;
            rows.push(vec!["x".into(), Value::None, "".into(), "".into()])?;
            out.rows(0, 0, &rows)?;
            Ok(3)
        }
    }

    #[test]
    fn records_keep_their_columns() {
        let rows = Bench::<Source<Metrics>>::new().run().expect("it runs");
        let (format, packets) = (&rows.formats[0], &rows.packets[0]);
        let csv = Bench::<Sink<Csv>>::new().packets(format, packets).parameter("path", "x").run().expect("it runs");
        let text = String::from_utf8_lossy(&csv.files["x"]);
        let expected = "name,value,unit,scope\n\"l\"\"1\",0.5,\"dB, \"\"re\"\"\n1\",é\nsnr,-inf,,\nx,,,\n";
        assert_eq!(text, expected);
        let json = Bench::<Sink<JsonRows>>::new().packets(format, packets).parameter("path", "x").run();
        let json: serde_json::Value = serde_json::from_slice(&json.expect("it runs").files["x"]).expect("JSON");
        assert_eq!(json[0]["unit"], "dB, \"re\"\n1");
        assert_eq!((&json[1]["value"], &json[1]["scope"]), (&"-inf".into(), &serde_json::Value::Null));
        assert_eq!(json.as_array().map(Vec::len), Some(3));
    }
}
