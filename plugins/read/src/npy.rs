//! `read.npy`: an array of numbers, as `numpy.save` writes it.
//!
//! Shape: that of the file. It gives a tensor, so that what another program computed can be compared, drawn and written.

use auricle_sdk::prelude::*;

/// The header that is read at most; numpy's own limit for what it trusts is 10,000 characters.
const HEADER: usize = 1 << 16;
/// What the axes are called where nothing is said, by their number.
const AXES: [&str; 4] = ["", "frame", "band,frame", "channel,band,frame"];

/// The stage.
pub struct NpyReader {
    source: auricle_sdk::ByteSource,
    array: Array,
}

/// The type of an element in the file; those that no tensor has leave as the smallest type that holds all their values,
/// `uint64` as float64.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stored {
    Bool,
    U8,
    I8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F16,
    F32,
    F64,
    C64,
    C128,
}

/// numpy's code of each type, its name, the type itself, its bytes, and what its values leave as.
const TYPES: [(&str, &str, Stored, usize, DType); 14] = [
    ("b1", "bool", Stored::Bool, 1, DType::U8),
    ("u1", "uint8", Stored::U8, 1, DType::U8),
    ("i1", "int8", Stored::I8, 1, DType::I16),
    ("i2", "int16", Stored::I16, 2, DType::I16),
    ("u2", "uint16", Stored::U16, 2, DType::I32),
    ("i4", "int32", Stored::I32, 4, DType::I32),
    ("u4", "uint32", Stored::U32, 4, DType::I64),
    ("i8", "int64", Stored::I64, 8, DType::I64),
    ("u8", "uint64", Stored::U64, 8, DType::F64),
    ("f2", "float16", Stored::F16, 2, DType::F32),
    ("f4", "float32", Stored::F32, 4, DType::F32),
    ("f8", "float64", Stored::F64, 8, DType::F64),
    ("c8", "complex64", Stored::C64, 8, DType::C64),
    ("c16", "complex128", Stored::C128, 16, DType::C128),
];

impl Stored {
    fn row(self) -> &'static (&'static str, &'static str, Stored, usize, DType) {
        TYPES.iter().find(|row| row.2 == self).expect("every type has a row")
    }

    /// numpy's name.
    fn name(self) -> &'static str {
        self.row().1
    }

    /// Bytes of one element.
    fn size(self) -> usize {
        self.row().3
    }
}

/// The attribute that says what an element is in the file, where that is no type of tensors.
const STORED: &str = "stored_as";

/// Where the elements lie.
#[derive(Clone, Debug, PartialEq)]
struct Array {
    stored: Stored,
    big_endian: bool,
    /// Byte of the first element.
    start: u64,
    /// Elements that lie before the time axis in the file, along it, and behind it.
    outer: usize,
    entries: usize,
    inner: usize,
}

impl Generator for NpyReader {
    const DESCRIPTOR: Descriptor = Descriptor::new("read.npy", "Reads an array from a .npy file")
        .doc(
            "Elements as they are: uint8, int16, int32, int64, float32, float64, complex64, complex128, of either byte order, in C \
             or Fortran order. Those of another type leave as the next one that holds all their values: float16 as float32, \
             int8 as int16, uint16 as int32, uint32 as int64, bool as uint8; uint64 as the nearest float64. axes names the axes in the order of the shape: frame (or sample) is time, band and bin are \
             frequencies, channel is one of audio; other names are kept. Unless told otherwise an array of one axis is (frame), \
             of two (band, frame), of three (channel, band, frame). The file says nothing of rates, so the tensor has no time \
             in seconds. A file that ends early is refused.",
        )
        .source("numpy 2.4, numpy.lib.format, versions 1 to 3")
        .inputs(&[Port::source("source").doc("The file.")])
        .outputs(&[Port::tensor("array")
            .dtypes(&[
                DType::F32,
                DType::F64,
                DType::U8,
                DType::I16,
                DType::I32,
                DType::I64,
                DType::C64,
                DType::C128,
            ])
            .nan()
            .doc("The array.")])
        .parameters(&[
            Parameter::text("axes", "").doc("Names of the axes, as \"frame,band\"; empty: by their number."),
            Parameter::text("quantity", "").doc("What the numbers are: ln, db, power, amplitude ...; empty: not known."),
        ]);

    fn new(setup: &Setup) -> Result<(Self, Format)> {
        let source = setup.input(0)?.as_source()?.clone();
        let Header { descr, fortran, shape, start } = Header::read(&source)?;
        // Of axes of which one is empty the others must fit all the same: they are what a frame would have.
        let held = shape.iter().filter(|n| **n > 0).try_fold(1usize, |all, &n| all.checked_mul(n));
        let total = held.map(|held| if shape.contains(&0) { 0 } else { held });
        let (stored, dtype, big_endian) = element(&source, &descr)?;
        let Some(total) = total.filter(|total| total.checked_mul(dtype.size()).is_some()) else {
            return Err(refusal(&source, format!("a shape of {shape:?} is larger than memory")));
        };
        let wanted = (total as u128 * stored.size() as u128) + u128::from(start);
        if let Some(length) = source.len().filter(|length| u128::from(*length) < wanted) {
            let message = format!(
                "its header promises {shape:?} of type {descr:?}, {wanted} bytes in all; the file has {length}: it was cut, or is still being written"
            );
            return Err(refusal(&source, message));
        }
        let names = names(setup.parameters.text("axes")?, shape.len())?;
        let mut axes: Vec<Axis> = names.iter().zip(&shape).map(|(name, &length)| axis(name, length)).collect();
        // Fortran's first axis is the fastest: from the slowest to the fastest it is the other way round.
        if fortran {
            axes.reverse();
        }
        let time = axes.iter().position(|axis| axis.role == Role::Time);
        let lengths: Vec<usize> = axes.iter().map(|axis| axis.length.unwrap_or(0)).collect();
        let array = match time {
            Some(at) => Array {
                outer: lengths[..at].iter().product(),
                entries: lengths[at],
                inner: lengths[at + 1..].iter().product(),
                stored,
                big_endian,
                start,
            },
            None => Array { outer: 1, entries: 1, inner: total, stored, big_endian, start },
        };
        if let Some(at) = time {
            let time = axes.remove(at);
            axes.insert(0, time);
        }
        let mut tensor = Tensor::new::<f32>(axes, setup.parameters.text("quantity")?);
        tensor.dtype = dtype;
        let mut format = Format::tensor(tensor, Clock::NONE, Some(array.entries as i64), &names.join(","));
        if stored.name() != dtype.name() {
            format.attributes.push((STORED.to_owned(), stored.name().into()));
        }
        Ok((NpyReader { source, array }, format))
    }

    fn seek(&mut self, _: i64) -> Result<()> {
        Ok(())
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        let left = (self.array.entries as i64 - start).max(0);
        let count = count.min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 {
            return Ok(0);
        }
        let at = start as usize;
        match self.array.stored {
            Stored::Bool | Stored::U8 => self.emit(out, at, count, |[b]: [u8; 1]| b)?,
            Stored::I8 => self.emit(out, at, count, |b| i16::from(i8::from_le_bytes(b)))?,
            Stored::I16 => self.emit(out, at, count, i16::from_le_bytes)?,
            Stored::U16 => self.emit(out, at, count, |b| i32::from(u16::from_le_bytes(b)))?,
            Stored::I32 => self.emit(out, at, count, i32::from_le_bytes)?,
            Stored::U32 => self.emit(out, at, count, |b| i64::from(u32::from_le_bytes(b)))?,
            Stored::I64 => self.emit(out, at, count, i64::from_le_bytes)?,
            Stored::U64 => self.emit(out, at, count, |b| u64::from_le_bytes(b) as f64)?,
            Stored::F16 => self.emit(out, at, count, |b| half::f16::from_le_bytes(b).to_f32())?,
            Stored::F32 => self.emit(out, at, count, f32::from_le_bytes)?,
            Stored::F64 => self.emit(out, at, count, f64::from_le_bytes)?,
            Stored::C64 => self.emit_complex(out, at, count, f32::from_le_bytes)?,
            Stored::C128 => self.emit_complex(out, at, count, f64::from_le_bytes)?,
        }
        Ok(count)
    }
}

impl NpyReader {
    fn emit<T: Element, const N: usize>(
        &self,
        out: &mut Outputs<'_>,
        start: usize,
        count: usize,
        number: impl Fn([u8; N]) -> T,
    ) -> Result<()> {
        let mut block = out.tensor::<T>(0, start as i64, count)?;
        self.each(start, count, |place, bytes| {
            let (numbers, _) = bytes.as_chunks::<N>();
            block.values()[place..][..numbers.len()].iter_mut().zip(numbers).for_each(|(to, b)| *to = number(*b));
        })?;
        block.emit()
    }

    fn emit_complex<T: Copy, const N: usize>(
        &self,
        out: &mut Outputs<'_>,
        start: usize,
        count: usize,
        number: impl Fn([u8; N]) -> T,
    ) -> Result<()>
    where
        Complex<T>: Element,
    {
        let mut block = out.tensor::<Complex<T>>(0, start as i64, count)?;
        self.each(start, count, |place, bytes| {
            let (parts, _) = bytes.as_chunks::<N>();
            let numbers = parts.as_chunks::<2>().0.iter().map(|[re, im]| Complex::new(number(*re), number(*im)));
            block.values()[place..].iter_mut().zip(numbers).for_each(|(to, z)| *to = z);
        })?;
        block.emit()
    }

    /// Reads what belongs to `count` entries from `start` on, little-endian, and says where in the block each run goes.
    fn each(&self, start: usize, count: usize, mut put: impl FnMut(usize, &[u8])) -> Result<()> {
        let Array { outer, entries, inner, stored, big_endian, .. } = self.array;
        let size = stored.size();
        let mut bytes = vec![0; count * inner * size];
        for part in 0..outer {
            let from = self.array.start + ((part * entries + start) * inner * size) as u64;
            let mut filled = 0;
            while filled < bytes.len() {
                match self.source.read_at(from + filled as u64, &mut bytes[filled..])? {
                    0 => return Err(refusal(&self.source, "it ends before its last element".into())),
                    got => filled += got,
                }
            }
            if big_endian {
                let number = if matches!(stored, Stored::C64 | Stored::C128) { size / 2 } else { size };
                bytes.chunks_exact_mut(number).for_each(<[u8]>::reverse);
            }
            for (entry, run) in bytes.chunks_exact((inner * size).max(1)).enumerate() {
                put((entry * outer + part) * inner, run);
            }
        }
        Ok(())
    }
}

fn refusal(source: &auricle_sdk::ByteSource, why: String) -> Error {
    Error::data(format!("{}: {why}", source.name()))
}

/// What a header says.
struct Header {
    /// numpy's name of the type: `<f4`.
    descr: String,
    fortran: bool,
    shape: Vec<usize>,
    /// The byte behind it.
    start: u64,
}

impl Header {
    fn read(source: &auricle_sdk::ByteSource) -> Result<Self> {
        let mut bytes = vec![0; HEADER + 12];
        let mut there = 0;
        while there < bytes.len() {
            match source.read_at(there as u64, &mut bytes[there..])? {
                0 => break,
                got => there += got,
            }
        }
        bytes.truncate(there);
        if !bytes.starts_with(b"\x93NUMPY") {
            return Err(refusal(source, "no .npy file: it does not begin with \\x93NUMPY".into()));
        }
        // Version 1 has a length of two bytes, later ones of four; nothing is allocated by it.
        let (head, length): (usize, usize) = match bytes.get(6..12) {
            Some([1, _, a, b, ..]) => (10, usize::from(u16::from_le_bytes([*a, *b]))),
            Some([2 | 3, _, a, b, c, d]) => (12, u32::from_le_bytes([*a, *b, *c, *d]) as usize),
            _ => return Err(refusal(source, "a .npy file of a version other than 1 to 3".into())),
        };
        let text = bytes.get(head..head.saturating_add(length)).ok_or_else(|| {
            refusal(source, format!("a header of {length} bytes; expected at most {HEADER}, all of them in the file"))
        })?;
        let text = String::from_utf8_lossy(text);
        let parsed = Self::parse(&text, (head + length) as u64);
        parsed.ok_or_else(|| refusal(source, format!("its header is broken: {:?}", text.trim())))
    }

    /// The three entries of a Python dictionary, in any order.
    fn parse(text: &str, start: u64) -> Option<Self> {
        let behind = |key: &str| {
            let place = text.find(&format!("'{key}'")).or_else(|| text.find(&format!("\"{key}\"")))?;
            Some(text[place + key.len() + 2..].trim_start().strip_prefix(':')?.trim_start())
        };
        let descr = behind("descr")?;
        let descr = match descr.strip_prefix(['\'', '"']) {
            Some(name) => name.split(['\'', '"']).next()?.to_owned(),
            // Elements with fields have a list instead of a name.
            None => descr.get(..=descr.find(']')?)?.to_owned(),
        };
        let fortran = behind("fortran_order")?;
        let lengths = behind("shape")?.strip_prefix('(')?.split_once(')')?.0.split(',').map(str::trim);
        let shape = lengths.filter(|length| !length.is_empty()).map(|length| length.trim_end_matches('L').parse().ok());
        Some(Header {
            descr,
            fortran: match fortran.starts_with("True") {
                true => true,
                false => fortran.starts_with("False").then_some(false)?,
            },
            shape: shape.collect::<Option<_>>()?,
            start,
        })
    }
}

/// The element's type in the file and in the tensor, and whether its bytes stand the other way round.
fn element(source: &auricle_sdk::ByteSource, descr: &str) -> Result<(Stored, DType, bool)> {
    let (order, code) = descr.split_at_checked(1).unwrap_or_default();
    let Some((_, _, stored, _, dtype)) = TYPES.iter().find(|row| row.0 == code) else {
        let wanted = "expected integers, floats of 16, 32 or 64 bits, or complex numbers of these";
        let why =
            format!("elements of type {descr:?}; {wanted}; numpy's x.astype(\"float64\") makes some of most others");
        return Err(refusal(source, why));
    };
    Ok((*stored, *dtype, order == ">"))
}

/// A name an axis.
fn names(wanted: &str, axes: usize) -> Result<Vec<String>> {
    if wanted.is_empty() {
        return Ok(match AXES.get(axes) {
            Some(names) => names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            None => (0..axes).map(|k| format!("axis{k}")).collect(),
        });
    }
    let names: Vec<String> = wanted.split(',').map(|name| name.trim().to_owned()).collect();
    let twice = names.iter().enumerate().any(|(k, name)| names[..k].contains(name) || name.is_empty());
    if names.len() != axes || twice {
        let message = format!("expected {axes} different names, as many as the file has axes, got {wanted:?}");
        return Err(Error::parameter("axes", message));
    }
    Ok(names)
}

fn axis(name: &str, length: usize) -> Axis {
    let role = match name {
        "frame" | "time" | "sample" | "samples" => Role::Time,
        "band" | "bin" | "frequency" | "mel" => Role::Frequency,
        "channel" => Role::Channel,
        "embedding" => Role::Embedding,
        "class" => Role::Class,
        "token" => Role::Token,
        _ => Role::Other,
    };
    Axis::new(role, name, Some(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn npy(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
        let fortran = if fortran { "True" } else { "False" };
        let mut text = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}");
        text += &" ".repeat(63 - (10 + text.len()) % 64);
        text.push('\n');
        [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes(), data].concat()
    }

    fn bench(bytes: Vec<u8>) -> Bench<Source<NpyReader>> {
        Bench::new().source("a.npy", bytes)
    }

    fn floats(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|x| x.to_le_bytes()).collect()
    }

    #[test]
    fn frames_leave_one_after_another_in_either_order() {
        let (c, f) = (floats(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), floats(&[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]));
        for (fortran, data) in [(false, c), (true, f)] {
            let bench = bench(npy("<f4", fortran, "(2, 3)", &data));
            let outcome = bench.run().expect("runs");
            assert_eq!(outcome.tensor::<f32>(0).expect("a tensor"), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
            assert_eq!((outcome.formats[0].layout.as_str(), outcome.formats[0].length), ("band,frame", Some(3)));
            bench.conforms();
        }
        let rows = bench(npy("<f4", false, "(2, 3)", &floats(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])))
            .parameter("axes", "frame,band");
        assert_eq!(rows.run().expect("runs").tensor::<f32>(0).expect("a tensor"), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        rows.conforms();
    }

    #[test]
    fn every_type_and_byte_order() {
        let big: Vec<u8> = [1i16, -2].iter().flat_map(|x| x.to_be_bytes()).collect();
        let outcome = bench(npy(">i2", false, "(2,)", &big)).run().expect("runs");
        assert_eq!(outcome.tensor::<i16>(0).expect("a tensor"), [1, -2]);
        let complex: Vec<u8> = [1.0f32, 2.0, 3.0, -4.0].iter().flat_map(|x| x.to_be_bytes()).collect();
        let outcome = bench(npy(">c8", false, "(2,)", &complex)).run().expect("runs");
        assert_eq!(
            outcome.tensor::<Complex<f32>>(0).expect("a tensor"),
            [Complex::new(1.0, 2.0), Complex::new(3.0, -4.0)]
        );
        let halves = [0x3c00u16, 0xc000, 0x0001, 0x7c00].map(u16::to_be_bytes).concat();
        let outcome = bench(npy(">f2", false, "(4,)", &halves)).run().expect("runs");
        assert_eq!(outcome.tensor::<f32>(0).expect("a tensor"), [1.0, -2.0, 2f32.powi(-24), f32::INFINITY]);
        let outcome = bench(npy("|i1", false, "(2,)", &[0x80, 0x7f])).run().expect("runs");
        assert_eq!(outcome.tensor::<i16>(0).expect("a tensor"), [-128, 127]);
        let outcome = bench(npy("<u2", false, "(1,)", &[0xff; 2])).run().expect("runs");
        assert_eq!(outcome.tensor::<i32>(0).expect("a tensor"), [65_535]);
        let outcome = bench(npy("<u4", false, "(1,)", &[0xff; 4])).run().expect("runs");
        assert_eq!(outcome.tensor::<i64>(0).expect("a tensor"), [4_294_967_295]);
        let outcome = bench(npy("<u8", false, "(1,)", &[0xff; 8])).run().expect("runs");
        assert_eq!(outcome.tensor::<f64>(0).expect("a tensor"), [18_446_744_073_709_551_615.0]);
        let outcome = bench(npy("|b1", true, "(1, 2)", &[1, 0])).run().expect("runs");
        assert_eq!(outcome.tensor::<u8>(0).expect("a tensor"), [1, 0]);
        let scalar = bench(npy("<f8", false, "()", &2.5f64.to_le_bytes())).run().expect("runs");
        assert_eq!(scalar.tensor::<f64>(0).expect("a tensor"), [2.5]);
        let empty = bench(npy("<f8", false, "(4, 0)", &[]));
        assert!(empty.run().expect("runs").tensor::<f64>(0).expect("a tensor").is_empty());
        empty.conforms();
    }

    #[test]
    fn broken_files_are_refused_by_name() {
        for (bytes, words) in [
            (b"RIFF".to_vec(), "does not begin"),
            (npy("<f4", false, "(2, 3)", &[0; 20]), "promises [2, 3] of type \"<f4\""),
            (npy("<U4", false, "(2,)", &[0; 32]), "elements of type"),
            (npy("<f16", false, "(2,)", &[0; 32]), "astype"),
            (npy("<f4", false, "(9223372036854775807, 9)", &[]), "larger than memory"),
            (npy("<f4", false, "(2, 3", &[]), "header is broken"),
            (b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}".to_vec(), "a header of"),
            (b"\x93NUMPY\x09\x00\x00\x00\x00\x00".to_vec(), "version"),
        ] {
            let error = refused(bench(bytes).run(), ErrorKind::Data);
            assert!(error.message.starts_with("a.npy: ") && error.message.contains(words), "{}", error.message);
        }
        let error =
            refused(bench(npy("<f4", false, "(1,)", &[0; 4])).parameter("axes", "a,b").run(), ErrorKind::Parameter);
        assert!(error.message.contains("expected 1 different names"), "{}", error.message);
        let empty = npy("<f4", false, "(0, 9223372036854775807, 9)", &[]);
        let error = refused(bench(empty).parameter("axes", "frame,band,bin").run(), ErrorKind::Data);
        assert!(error.message.contains("larger than memory"), "{}", error.message);
    }
}
