//! `read.librosa`: a file as `librosa.load` returns it.
//!
//! Shape: `(samples,)` with `mono`, else `(channel, sample)`. Differs from `read.audio` in its defaults: the mean of all
//! channels, at 22 050 Hz.

use crate::convert::{Converter, Rates};
use crate::ffi::{Quality, Sample};
use crate::mono::mean;
use auricle_decode::{Decoder, FloatCheck, OpusRate, Planes, host};
use auricle_sdk::prelude::*;

/// Sample frames decoded at a time when resampling.
const PIECE: usize = 8192;

/// The stage.
pub struct LibrosaReader(Typed);

/// Either of the types that it gives.
enum Typed {
    F32(Reader<f32>),
    F64(Reader<f64>),
}

/// What the tool's arguments come down to.
struct Reader<T> {
    name: String,
    decoder: Box<dyn Decoder>,
    /// Where the decoder's channels stand in the tool's order.
    order: Vec<usize>,
    mono: bool,
    first: u64,
    limit: u64,
    /// Sample frames to take in, where known.
    length: Option<u64>,
    /// Sample frames of the file taken in.
    taken: u64,
    converter: Option<Converter<T>>,
    ended: bool,
    planes: Planes,
    floats: Vec<Vec<T>>,
    check: Option<FloatCheck>,
}

impl Generator for LibrosaReader {
    const DESCRIPTOR: Descriptor = Descriptor::new("read.librosa", "Reads a file as librosa.load does")
        .doc(
            "Samples as libsndfile gives them (integers divided by 2^(bits-1), floats as they are), the mean over channels in \
             numpy's order of additions, then libsoxr to `sr`: bit-equal with the tool on PCM, FLAC and ALAC. Lossy codecs \
             differ by the rounding of their decoder. Files that librosa fails on, or silently returns empty, are read or \
             refused with a reason. Whatever read.audio finds in a file is found here too. A piece that is computed alone \
             equals the whole exactly at the native rate, and within the rounding of float32 when resampled. Resampling \
             needs the system's libsoxr.",
        )
        .source("librosa 0.11.0, librosa.load (soundfile 0.14.0, soxr 1.1.0)")
        .inputs(&[Port::source("source").doc("The file.")])
        .outputs(&[Port::audio("audio").dtypes(&[DType::F32, DType::F64]).nan().doc("Its samples.")])
        .parameters(&[
            Parameter::int("sr", 22_050).range(1.0, 1e8).choices(&["native"]).unit("Hz").doc(
                "The sample rate to resample to; \"native\" (the tool's None) keeps that of the file.",
            ),
            Parameter::bool("mono", true).doc("Take the mean over channels."),
            Parameter::float("offset", 0.0).range(0.0, 1e9).unit("s").doc("Where to begin, cut to a whole sample."),
            Parameter::absent("duration", Types::FLOAT)
                .range(0.0, 1e9)
                .choices(&["none"])
                .unit("s")
                .doc("How much to read, cut to whole samples; absent: to the end."),
            Parameter::choice("res_type", "soxr_hq", &["soxr_hq", "soxr_vhq", "soxr_mq", "soxr_lq", "soxr_qq"])
                .doc("The resampler; of the tool's, those of soxr."),
            Parameter::choice("dtype", "float32", &["float32", "float64"]).doc("Type of the samples."),
        ])
        .locality(Locality::Recurrent { error: 1e-6 });

    fn new(setup: &Setup) -> Result<(Self, Format)> {
        match setup.parameters.text("dtype")? {
            "float64" => Reader::<f64>::new(setup).map(|(reader, format)| (LibrosaReader(Typed::F64(reader)), format)),
            _ => Reader::<f32>::new(setup).map(|(reader, format)| (LibrosaReader(Typed::F32(reader)), format)),
        }
    }

    fn seek(&mut self, index: i64) -> Result<()> {
        match &mut self.0 {
            Typed::F32(reader) => reader.seek(index.max(0) as u64),
            Typed::F64(reader) => reader.seek(index.max(0) as u64),
        }
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        match &mut self.0 {
            Typed::F32(reader) => reader.generate(start, count, out),
            Typed::F64(reader) => reader.generate(start, count, out),
        }
    }
}

impl<T: Output> Reader<T> {
    fn new(setup: &Setup) -> Result<(Self, Format)> {
        let parameters = &setup.parameters;
        let name = setup.input(0)?.as_source()?.name();
        let decoder = host::open_input_at(setup, OpusRate::Input)?;
        let facts = decoder.format().clone();
        let native_hz = host::whole_rate(&facts, &setup.host())?;
        let frames = |seconds: f64| (seconds * f64::from(native_hz)) as u64;
        let first = frames(parameters.float("offset")?);
        let limit = parameters.optional_float("duration")?.map_or(u64::MAX, frames);
        let mono = parameters.bool("mono")? && facts.channels > 1;
        let channels = if mono { 1 } else { facts.channels };
        let sr = parameters.get("sr")?.as_i64().map_or(Ok(native_hz), u32::try_from);
        let sr = sr.map_err(|_| Error::parameter("sr", "expected a sample rate of 1 Hz or more"))?;
        let rates = Rates { from_hz: native_hz, to_hz: sr };
        let res_type = parameters.text("res_type")?;
        let quality = res_type.strip_prefix("soxr_").and_then(Quality::from_name);
        let quality = quality.ok_or_else(|| Error::parameter("res_type", "no such resampler"))?;
        let converter = if sr == native_hz { None } else { Some(Converter::new(rates, quality, channels)?) };
        let read = facts.frames.map(|n| n.saturating_sub(first).min(limit));
        let length = read.map(|n| if converter.is_some() { rates.output_length(n) } else { n });
        let format = host::audio(&facts, T::DTYPE, channels, sr, length);
        let reader = Reader {
            name,
            order: facts.coded_order(),
            planes: Planes::new(facts.sample_type, facts.channels),
            decoder,
            mono,
            first,
            limit,
            length: read,
            taken: 0,
            converter,
            ended: false,
            floats: Vec::new(),
            check: None,
        };
        Ok((reader, format))
    }

    fn seek(&mut self, index: u64) -> Result<()> {
        self.taken = match &mut self.converter {
            Some(converter) => converter.start(index)?,
            None => index,
        };
        self.ended = false;
        // Only a pass from the start can count what it meets.
        self.check = (index == 0).then(FloatCheck::default);
        self.decoder.seek(self.first.saturating_add(self.taken)).map_err(|e| host::refusal(&self.name, &e))
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        if self.converter.is_none() {
            let made = self.decode(count, out)?;
            host::emit(out, start, &self.floats)?;
            return Ok(made);
        }
        while !self.ended && self.converter.as_ref().is_some_and(|c| c.ready() < count) {
            let made = self.decode(PIECE, out)?;
            let Some(converter) = &mut self.converter else { break };
            if made == 0 {
                converter.finish()?;
            } else {
                converter.push(self.floats.iter().map(Vec::as_slice))?;
            }
        }
        let planes = self.converter.as_mut().map(|c| c.take(count)).unwrap_or_default();
        host::emit(out, start, &planes)?;
        Ok(planes.first().map_or(0, Vec::len))
    }

    /// Decodes up to `count` sample frames into `floats`, mixed down if that is wanted; 0 at the end.
    fn decode(&mut self, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        let left = usize::try_from(self.limit.saturating_sub(self.taken)).unwrap_or(usize::MAX);
        self.planes.clear();
        let made = self.decoder.read(count.min(left), &mut self.planes).map_err(|e| host::refusal(&self.name, &e))?;
        T::convert(&self.planes, &mut self.check, self.taken, &mut self.floats);
        self.taken += made as u64;
        if self.mono {
            let mut mixed = Vec::new();
            let ordered: Vec<_> = self.order.iter().map(|&c| std::mem::take(&mut self.floats[c])).collect();
            mean(&ordered, &mut mixed);
            self.floats = vec![mixed];
        } else {
            self.floats = self.order.iter().map(|&c| std::mem::take(&mut self.floats[c])).collect();
        }
        host::tell(out.host(), self.decoder.findings());
        self.ended = made == 0;
        if self.ended || self.length == Some(self.taken) {
            let found = self.check.as_mut().map(FloatCheck::findings);
            host::tell(out.host(), found.into_iter().flatten());
        }
        Ok(made)
    }
}

/// The types that the tool's `dtype` names.
trait Output: Sample + std::ops::Add<Output = Self> + std::ops::Div<Output = Self> {
    fn convert(planes: &Planes, check: &mut Option<FloatCheck>, start: u64, out: &mut Vec<Vec<Self>>);
}

impl Output for f32 {
    fn convert(planes: &Planes, check: &mut Option<FloatCheck>, start: u64, out: &mut Vec<Vec<f32>>) {
        match check {
            Some(check) => check.convert(planes, start, out),
            None => planes.to_f32(out),
        }
    }
}

impl Output for f64 {
    fn convert(planes: &Planes, check: &mut Option<FloatCheck>, start: u64, out: &mut Vec<Vec<f64>>) {
        if let Some(check) = check {
            check.inspect(planes, start);
        }
        planes.to_f64(out);
    }
}
