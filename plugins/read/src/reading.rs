//! What all readers of audio share: a decoder, the part of its samples that is wanted, and the form in which they leave.

use auricle_decode::{Decoder, FloatCheck, Planes, host};
use auricle_sdk::prelude::*;

/// The type and scale of the samples that leave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// As they are in the file.
    Native,
    /// As they are in the file, signed bytes as unsigned ones around 128.
    Bytes,
    /// float32; integers divided by 2^(bits-1).
    F32,
    /// float64; integers divided by 2^(bits-1).
    F64,
    /// int16: the upper 16 bits; floats times this.
    I16(f64),
    /// int32: the upper 32 bits; floats times this.
    I32(f64),
    /// The numbers of the file as float32, divided by this.
    Divided(f32),
}

impl Form {
    fn dtype(self, decoder: &dyn Decoder) -> DType {
        match self {
            Form::Native => host::dtype(decoder.format().sample_type),
            Form::Bytes => DType::U8,
            Form::F32 | Form::Divided(_) => DType::F32,
            Form::F64 => DType::F64,
            Form::I16(_) => DType::I16,
            Form::I32(_) => DType::I32,
        }
    }
}

/// What a dialect makes of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Type and scale.
    pub form: Form,
    /// The decoder's channel that each channel is.
    pub order: Vec<usize>,
    /// The sample frame of the file that is entry 0.
    pub first: u64,
    /// Entries at most.
    pub limit: u64,
    /// Zeros follow up to so many entries.
    pub filled: u64,
    /// Layout in which writers store it; empty: `(samples,)` for one channel, else `(channel, sample)`.
    pub layout: &'static str,
}

impl Wanted {
    /// All of the file in this form, channels in WAVE's order.
    pub fn all(form: Form, decoder: &dyn Decoder) -> Self {
        let order = (0..decoder.format().channels).collect();
        Wanted { form, order, first: 0, limit: u64::MAX, filled: 0, layout: "" }
    }
}

/// A file being read.
pub struct Reading {
    name: String,
    decoder: Box<dyn Decoder>,
    wanted: Wanted,
    /// Entries that come from the file, where known.
    length: Option<u64>,
    next: u64,
    planes: Planes,
    check: Option<FloatCheck>,
}

impl Reading {
    /// Reads what is wanted of input 0 of `setup`, which `decoder` decodes; gives the format of what leaves.
    ///
    /// # Errors
    /// The file has a sample rate that no stream has.
    pub fn new(setup: &Setup, decoder: Box<dyn Decoder>, wanted: Wanted) -> Result<(Self, Format)> {
        let facts = decoder.format();
        let name = setup.input(0)?.as_source()?.name();
        let sample_rate = host::whole_rate(facts, &setup.host()).map_err(|mut error| {
            error.message = format!("{name}: {}", error.message);
            error
        })?;
        let length = facts.frames.map(|n| n.saturating_sub(wanted.first).min(wanted.limit));
        let entries = length.map(|n| n.max(wanted.filled));
        let dtype = wanted.form.dtype(&*decoder);
        let mut format = host::audio(facts, dtype, wanted.order.len(), sample_rate, entries);
        if let auricle_sdk::format::Data::Audio(audio) = &mut format.data
            && !wanted.order.iter().copied().eq(0..facts.channels)
        {
            audio.channel_layout.clear();
        }
        if !wanted.layout.is_empty() {
            format = format.with_layout(wanted.layout);
        }
        let planes = Planes::new(facts.sample_type, facts.channels);
        Ok((Reading { name, decoder, wanted, length, next: 0, planes, check: None }, format))
    }

    /// Moves to entry `index`.
    ///
    /// # Errors
    /// The source fails.
    pub fn seek(&mut self, index: i64) -> Result<()> {
        self.next = index.max(0) as u64;
        // Only a pass from the start can count what it meets.
        self.check = (index == 0).then(FloatCheck::default);
        let frame = self.wanted.first.saturating_add(self.next);
        self.decoder.seek(frame).map_err(|e| host::refusal(&self.name, &e))
    }

    /// Emits up to `count` entries from `start` on; gives how many.
    ///
    /// # Errors
    /// The source fails, or the host refuses the block.
    pub fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        let left = usize::try_from(self.wanted.limit.saturating_sub(self.next)).unwrap_or(usize::MAX);
        self.planes.clear();
        let made = self.decoder.read(count.min(left), &mut self.planes).map_err(|e| host::refusal(&self.name, &e))?;
        self.emit(start, out)?;
        self.next += made as u64;
        host::tell(out.host(), self.decoder.findings());
        if made == 0 || self.length == Some(self.next) {
            let found = self.check.as_mut().map(FloatCheck::findings);
            host::tell(out.host(), found.into_iter().flatten());
        }
        if made == 0 { self.fill(start, count, out) } else { Ok(made) }
    }

    fn emit(&mut self, start: i64, out: &mut Outputs<'_>) -> Result<()> {
        let (planes, order) = (&self.planes, &self.wanted.order[..]);
        if let (Some(check), false) = (&mut self.check, self.wanted.form == Form::F32) {
            check.inspect(planes, self.next);
        }
        match self.wanted.form {
            Form::Native => host::emit_native(out, start, planes, order),
            Form::F32 => {
                let mut floats = Vec::new();
                match &mut self.check {
                    Some(check) => check.convert(planes, self.next, &mut floats),
                    None => planes.to_f32(&mut floats),
                }
                host::emit_in_order(out, start, &floats, order)
            }
            Form::F64 => converted(out, start, order, |to| planes.to_f64(to)),
            Form::Bytes => converted::<u8>(out, start, order, |to| planes.to_integers(1.0, to)),
            Form::I16(scale) => converted::<i16>(out, start, order, |to| planes.to_integers(scale, to)),
            Form::I32(scale) => converted::<i32>(out, start, order, |to| planes.to_integers(scale, to)),
            Form::Divided(by) => converted(out, start, order, |to| planes.divided(by, to)),
        }
    }

    /// Zeros behind the end of the file.
    fn fill(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        let missing = usize::try_from(self.wanted.filled.saturating_sub(self.next)).unwrap_or(usize::MAX);
        let zeros = vec![vec![0.0f32; count.min(missing)]; self.wanted.order.len()];
        if count.min(missing) > 0 {
            host::emit(out, start, &zeros)?;
        }
        self.next += count.min(missing) as u64;
        Ok(count.min(missing))
    }
}

fn converted<T: Element>(
    out: &mut Outputs<'_>,
    start: i64,
    order: &[usize],
    convert: impl FnOnce(&mut Vec<Vec<T>>),
) -> Result<()> {
    let mut planes = Vec::new();
    convert(&mut planes);
    host::emit_in_order(out, start, &planes, order)
}
