//! `write.npy`: audio or a tensor as a NumPy array, in the layout that its tool gives.
//!
//! Shape: any audio or tensor in; the file's shape is the layout's. Entries are appended as they come. Layouts with time
//! last are stored in Fortran order, which `numpy.load` undoes; those with time in the middle are written plane by plane.
//!
//! Source: NumPy 2.3, `numpy.lib.format`, versions 1.0 and 2.0 of the file format.

use crate::layout::Layout;
use auricle_sdk::prelude::*;
use auricle_sdk::{Host, OutputFile};
use std::sync::Arc;

/// Bytes gathered before they are written.
const STAGE: usize = 1 << 20;
/// The file's data begin at a multiple of this.
const ALIGN: usize = 64;

/// The stage.
pub struct Npy {
    host: Host,
    path: String,
    array: Array,
}

/// An array being written to a file.
pub struct Array {
    host: Host,
    format: Arc<Format>,
    layout: Layout,
    dtype: DType,
    run: Option<Run>,
}

/// One file being written.
struct Run {
    file: OutputFile,
    /// Entries as they come, when their places depend on a length that is not known yet.
    spool: Option<OutputFile>,
    /// Bytes before the data.
    header: u64,
    staged: Vec<u8>,
    staged_entries: i64,
    /// Entries that have left `staged`.
    written: i64,
}

impl Writer for Npy {
    const DESCRIPTOR: Descriptor = Descriptor::new("write.npy", "Writes audio or a tensor as a NumPy array")
        .doc(
            "The array has the type of its input (complex64 and complex128 too) and the layout of the tool whose \
             stage made it: mono audio `(samples,)`, librosa `(band, frame)`, TensorFlow `(frame, band)`. `layout` \
             names another order of the axes; `time` and `frequency` stand for whatever the axes are called, an axis \
             of one entry may be left out, and `channel` gives mono data an axis of one. `numpy.load` reads every \
             file; those whose last axis is time come as arrays in Fortran order.",
        )
        .source("numpy.lib.format, NumPy 2.3")
        .inputs(&[Port::array("array").doc("What is written.")])
        .parameters(&[
            Parameter::output_path("path").doc("The file, relative to the output directory."),
            Parameter::text("layout", "none").doc("Order of the axes, as `band,frame`; `none`: the native one."),
        ]);

    fn new(setup: &Setup) -> Result<Self> {
        let format = setup.inputs.first().map(|input| input.format.clone());
        let format = format.ok_or_else(|| Error::format("nothing is connected"))?;
        let wanted = setup.parameters.text("layout")?;
        let array = Array::new(setup.host(), format, Some(wanted).filter(|text| *text != "none"))?;
        let path = setup.parameters.text("path")?.to_owned();
        Ok(Npy { host: setup.host(), path, array })
    }

    fn begin(&mut self) -> Result<()> {
        self.array.begin(self.host.output(&self.path)?)
    }

    fn write(&mut self, packet: &Packet) -> Result<()> {
        self.array.write(packet)
    }

    fn finish(&mut self) -> Result<()> {
        self.array.finish().map(|_| ())
    }
}

impl Array {
    /// An array of `format` in the layout `wanted`, or its native one.
    ///
    /// # Errors
    /// The format has no such layout, or is no array.
    pub fn new(host: Host, format: Arc<Format>, wanted: Option<&str>) -> Result<Self> {
        let layout = Layout::new(&format, wanted)?;
        let dtype = format.dtype().ok_or_else(|| Error::format("expected audio or a tensor"))?;
        Ok(Array { host, format, layout, dtype, run: None })
    }

    /// Starts to write `file`.
    ///
    /// # Errors
    /// The host gives no scratch space.
    pub fn begin(&mut self, file: OutputFile) -> Result<()> {
        let spooled = self.layout.planes > 1 && self.format.length.is_none();
        let spool = if spooled { Some(self.host.scratch()?) } else { None };
        // Room for whatever number of entries comes.
        let header = header(self.dtype, &self.layout, i64::MAX, 0).len() as u64;
        self.run = Some(Run { file, spool, header, staged: Vec::new(), staged_entries: 0, written: 0 });
        Ok(())
    }

    /// Appends a packet.
    ///
    /// # Errors
    /// The file cannot be written, or more came than the format promised.
    pub fn write(&mut self, packet: &Packet) -> Result<()> {
        let run = self.run.as_mut().ok_or_else(|| Error::internal("write before begin"))?;
        append(&mut run.staged, packet, &self.layout, self.dtype)?;
        run.staged_entries += packet.count as i64;
        if run.staged.len() >= STAGE {
            run.flush(&self.layout, self.format.length)?;
        }
        Ok(())
    }

    /// Writes the rest and the header; gives the file and its length.
    ///
    /// # Errors
    /// As [`Array::write`]; fewer entries came than the format promised.
    pub fn finish(&mut self) -> Result<(OutputFile, u64)> {
        let mut run = self.run.take().ok_or_else(|| Error::internal("finish before begin"))?;
        run.flush(&self.layout, self.format.length)?;
        let promised = if self.layout.whole() { Some(1) } else { self.format.length };
        if promised.is_some_and(|n| n != run.written) && (self.layout.whole() || self.layout.planes > 1) {
            let promised = promised.unwrap_or(0);
            return Err(Error::data(format!("the format promised {promised} entries, {} came", run.written)));
        }
        let entry = self.layout.entry * self.dtype.size();
        run.unspool(&self.layout, entry)?;
        let header = header(self.dtype, &self.layout, run.written, run.header as usize);
        run.file.write_at(0, &header)?;
        Ok((run.file, run.header + run.written as u64 * entry as u64))
    }
}

impl Run {
    /// Writes what is staged to its places.
    fn flush(&mut self, layout: &Layout, length: Option<i64>) -> Result<()> {
        let (start, count) = (self.written, self.staged_entries);
        self.written += count;
        self.staged_entries = 0;
        if self.staged.is_empty() {
            return Ok(());
        }
        let entry = (self.staged.len() as u64) / count as u64;
        let bytes = std::mem::take(&mut self.staged);
        if let Some(spool) = &self.spool {
            spool.write_at(start as u64 * entry, &bytes)?;
        } else if let (Some(total), true) = (length, layout.planes > 1) {
            if self.written > total {
                return Err(Error::data(format!("the format promised {total} entries, more came")));
            }
            self.scatter(&bytes, start as u64, count as u64, total as u64, layout.planes)?;
        } else {
            self.file.write_at(self.header + start as u64 * entry, &bytes)?;
        }
        self.staged = bytes;
        self.staged.clear();
        Ok(())
    }

    /// Writes `count` entries from `start` on, of `total`, each to all planes.
    fn scatter(&self, bytes: &[u8], start: u64, count: u64, total: u64, planes: usize) -> Result<()> {
        let entry = bytes.len() / count as usize;
        let part = entry / planes;
        let mut plane_bytes = Vec::with_capacity(part * count as usize);
        for plane in 0..planes {
            plane_bytes.clear();
            for entry in bytes.chunks_exact(entry) {
                plane_bytes.extend_from_slice(&entry[plane * part..(plane + 1) * part]);
            }
            let place = self.header + (plane as u64 * total + start) * part as u64;
            self.file.write_at(place, &plane_bytes)?;
        }
        Ok(())
    }

    /// Moves spooled entries of `entry` bytes to their places, now that their number is known.
    fn unspool(&mut self, layout: &Layout, entry: usize) -> Result<()> {
        let Some(spool) = self.spool.take().filter(|_| entry > 0) else { return Ok(()) };
        let at_once = (STAGE / entry).max(1);
        let (mut start, total) = (0, self.written as u64);
        while start < total {
            let count = at_once.min((total - start) as usize);
            let mut bytes = vec![0; count * entry];
            let mut filled = 0;
            while filled < bytes.len() {
                let got = spool.read_at(start * entry as u64 + filled as u64, &mut bytes[filled..])?;
                if got == 0 {
                    return Err(Error::new(ErrorKind::Io, "scratch space lost what was written to it"));
                }
                filled += got;
            }
            self.scatter(&bytes, start, count as u64, total, layout.planes)?;
            start += count as u64;
        }
        Ok(())
    }
}

/// Magic, version and description of the array, padded to `room` bytes or as far as its own alignment asks.
fn header(dtype: DType, layout: &Layout, entries: i64, room: usize) -> Vec<u8> {
    let shape: Vec<String> = layout.shape(entries).iter().map(|n| n.to_string()).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    let order = if layout.fortran { "True" } else { "False" };
    let shape = shape.join(", ");
    let text = format!("{{'descr': '{}', 'fortran_order': {order}, 'shape': ({shape}{comma}), }}", descr(dtype));
    // Version 1.0 counts the description in two bytes, 2.0 in four.
    let prefix = if text.len() + ALIGN < usize::from(u16::MAX) && room <= usize::from(u16::MAX) { 10 } else { 12 };
    let total = (prefix + text.len() + 1).next_multiple_of(ALIGN).max(room);
    let mut bytes = b"\x93NUMPY".to_vec();
    let count = total - prefix;
    if prefix == 10 {
        bytes.extend([1, 0]);
        bytes.extend((count as u16).to_le_bytes());
    } else {
        bytes.extend([2, 0]);
        bytes.extend((count as u32).to_le_bytes());
    }
    bytes.extend(text.bytes());
    bytes.resize(total - 1, b' ');
    bytes.push(b'\n');
    bytes
}

/// NumPy's code of the type as it lies in memory.
fn descr(dtype: DType) -> String {
    let code = match dtype {
        DType::U8 => 'u',
        DType::I16 | DType::I32 | DType::I64 => 'i',
        DType::C64 | DType::C128 => 'c',
        _ => 'f',
    };
    let order = match dtype.size() {
        1 => '|',
        _ if cfg!(target_endian = "big") => '>',
        _ => '<',
    };
    format!("{order}{code}{}", dtype.size())
}

/// Appends a packet's entries, the elements of each as they are stored.
fn append(to: &mut Vec<u8>, packet: &Packet, layout: &Layout, dtype: DType) -> Result<()> {
    match dtype.size() {
        1 => append_sized::<1>(to, packet, layout),
        2 => append_sized::<2>(to, packet, layout),
        4 => append_sized::<4>(to, packet, layout),
        8 => append_sized::<8>(to, packet, layout),
        _ => append_sized::<16>(to, packet, layout),
    }
}

fn append_sized<const N: usize>(to: &mut Vec<u8>, packet: &Packet, layout: &Layout) -> Result<()> {
    let (offset, stride, bytes) = packet.raw_bytes();
    let slice = |at: usize, len: usize| {
        bytes.get(at..at + len).ok_or_else(|| Error::new(ErrorKind::Contract, "a packet is shorter than it says"))
    };
    if packet.format().as_audio().is_ok() {
        let (channels, at) = (layout.entry, to.len());
        to.resize(at + packet.count * channels * N, 0);
        for place in 0..channels {
            let channel = layout.gather.as_ref().map_or(place, |map| map[place]);
            let plane = slice(offset + channel * stride, packet.count * N)?;
            if channels == 1 {
                to[at..].copy_from_slice(plane);
                return Ok(());
            }
            let places = to[at..].chunks_exact_mut(N).skip(place).step_by(channels);
            places.zip(plane.chunks_exact(N)).for_each(|(to, from)| to.copy_from_slice(from));
        }
        return Ok(());
    }
    for index in 0..packet.count {
        let entry = slice(offset + index * stride, layout.entry * N)?;
        match &layout.gather {
            None => to.extend_from_slice(entry),
            Some(map) => map.iter().for_each(|&from| to.extend_from_slice(&entry[from * N..][..N])),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::Complex;
    use auricle_sdk::testing::{Bench, refused};

    /// The file's header as text, without its padding, and its data.
    fn read(file: &[u8]) -> (String, &[u8]) {
        let length = usize::from(u16::from_le_bytes([file[8], file[9]]));
        assert_eq!((&file[..8], (10 + length) % ALIGN, file[9 + length]), (&b"\x93NUMPY\x01\x00"[..], 0, b'\n'));
        let text = std::str::from_utf8(&file[10..10 + length]).expect("ASCII");
        (text.trim_end().to_owned(), &file[10 + length..])
    }

    fn array(descr: &str, fortran: bool, shape: &str) -> String {
        let order = if fortran { "True" } else { "False" };
        format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': ({shape}), }}")
    }

    fn bytes(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|x| x.to_le_bytes()).collect()
    }

    /// Runs in blocks of several sizes and checks that the one file is `header` and `data` every time.
    fn check(bench: Bench<Sink<Npy>>, header: &str, data: &[u8]) {
        let bench = bench.parameter("path", "a/b.npy");
        bench.conforms();
        let outcome = bench.run().expect("it runs");
        assert_eq!(read(&outcome.files["a/b.npy"]), (header.to_owned(), data));
    }

    fn bench() -> Bench<Sink<Npy>> {
        Bench::new()
    }

    /// Frames `(frame, channel 2, band 2)` with values 0, 1, 2 ...
    fn stereo(frames: usize, known: bool) -> (Format, Vec<f32>) {
        let bands = Axis::bands(vec![100.0, 200.0], "mel/htk");
        let length = known.then_some(frames as i64);
        let axes = vec![Axis::frames(length), Axis::channels(2), bands];
        let tensor = Tensor::new::<f32>(axes, "power");
        let format = Format::tensor(tensor, Clock::samples(8000).frames(80, 0), length, "channel,band,frame");
        (format, (0..frames * 4).map(|k| k as f32).collect())
    }

    #[test]
    fn audio_is_written_in_its_own_type() {
        check(
            bench().audio(8000, &[&[1.5f32, -2.0, f32::NAN]]),
            &array("<f4", false, "3,"),
            &bytes(&[1.5, -2.0, f32::NAN]),
        );
        check(bench().audio(8000, &[&[1i16, -2], &[3, 4]]), &array("<i2", true, "2, 2"), &[1, 0, 3, 0, 254, 255, 4, 0]);
        check(bench().audio(8000, &[&[7u8], &[8], &[9]]), &array("|u1", true, "3, 1"), &[7, 8, 9]);
        let stereo = bench().audio(8000, &[&[1i32], &[2]]).parameter("layout", "samples,channels");
        check(stereo, &array("<i4", false, "1, 2"), &[1, 0, 0, 0, 2, 0, 0, 0]);
    }

    #[test]
    fn empty_input_keeps_its_shape() {
        check(bench().audio::<f32>(8000, &[&[]]), &array("<f4", false, "0,"), &[]);
        check(bench().audio::<f32>(8000, &[&[][..]; 9]), &array("<f4", true, "9, 0"), &[]);
        let (format, _) = stereo(0, true);
        check(bench().tensor::<f32>(format, &[]), &array("<f4", true, "2, 2, 0"), &[]);
    }

    #[test]
    fn frames_are_written_in_the_native_layout_or_another() {
        for known in [true, false] {
            let (format, values) = stereo(3, known);
            // In Fortran order the last axis, time, is the slowest.
            let native = bytes(&[0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0, 8.0, 10.0, 9.0, 11.0]);
            check(bench().tensor(format.clone(), &values), &array("<f4", true, "2, 2, 3"), &native);
            let memory = bench().tensor(format.clone(), &values).parameter("layout", "frame,channel,band");
            check(memory, &array("<f4", false, "3, 2, 2"), &bytes(&values));
            let planes = bytes(&[0.0, 1.0, 4.0, 5.0, 8.0, 9.0, 2.0, 3.0, 6.0, 7.0, 10.0, 11.0]);
            let middle = bench().tensor(format, &values).parameter("layout", "channel,frame,band");
            check(middle, &array("<f4", false, "2, 3, 2"), &planes);
        }
    }

    #[test]
    fn long_input_passes_the_stage() {
        let frames = STAGE / 16 * 2 + 5;
        for known in [true, false] {
            let (format, values) = stereo(frames, known);
            let run = bench().tensor(format, &values).parameter("layout", "channel,frame,band").parameter("path", "x");
            let outcome = run.run_in_blocks(1000).expect("it runs");
            let (header, data) = read(&outcome.files["x"]);
            assert_eq!(header, array("<f4", false, &format!("2, {frames}, 2")));
            let plane = |c: usize| (0..frames).flat_map(move |f| [4 * f + 2 * c, 4 * f + 2 * c + 1]);
            let expected: Vec<f32> = (0..2).flat_map(plane).map(|k| k as f32).collect();
            assert!(data == bytes(&expected));
        }
    }

    #[test]
    fn complex_and_timeless_arrays() {
        let axes = vec![Axis::bins(2, 10.0)];
        let tensor = Tensor::new::<Complex<f64>>(axes, "complex");
        let format = Format::tensor(tensor, Clock::NONE, Some(1), "bin");
        let values = [Complex::new(1.0, -1.0), Complex::new(0.5, f64::INFINITY)];
        let data: Vec<u8> = values.iter().flat_map(|z| [z.re.to_le_bytes(), z.im.to_le_bytes()].concat()).collect();
        check(bench().tensor(format.clone(), &values), &array("<c16", false, "2,"), &data);
        let none = bench().tensor::<Complex<f64>>(format, &[]).parameter("path", "x").run();
        assert!(refused(none, ErrorKind::Data).message.contains("promised 1 entries, 0 came"));
    }

    #[test]
    fn a_layout_that_does_not_fit_is_refused() {
        let bench = bench().audio(8000, &[&[0.0f32]]).parameter("path", "x").parameter("layout", "band,frame");
        assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, "layout");
    }

    #[test]
    fn a_long_description_has_a_longer_header() {
        let layout = Layout::new(&stereo(1, true).0, None).expect("it fits");
        let long = header(DType::F32, &layout, 1, 70_000);
        assert_eq!((long.len(), &long[6..12]), (70_000, &[2, 0, 100, 17, 1, 0][..]));
    }
}
