//! Formats and parameters on their way through the boundary.
#![allow(unsafe_code)]

use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::file::ByteSource;
use crate::format::{Audio, Axis, Clock, Column, ColumnType, Coordinates, Data, Format, Records, Role, Tensor};
use crate::value::{Parameters, Value};
use auricle_abi as abi;
use std::sync::Arc;

/// Most axes, columns, attributes or list elements that are believed.
const MOST: u32 = 4096;
/// Most coordinates that are believed.
const MOST_COORDINATES: i64 = 1 << 24;

/// Reads a struct that begins with its size; fields that the other side does not know are zero.
///
/// # Safety
/// `ptr` is null or points to `size` readable bytes, its first field being `size`; all-zero is a valid `T`.
pub(crate) unsafe fn read_sized<T: Copy>(ptr: *const T) -> Option<T> {
    if ptr.is_null() {
        return None;
    }
    // SAFETY: promised by the caller; no more is copied than both sides have.
    unsafe {
        let size = (ptr.cast::<u32>().read_unaligned() as usize).min(size_of::<T>());
        if size == size_of::<T>() {
            return Some(ptr.read_unaligned());
        }
        let mut value = std::mem::MaybeUninit::<T>::zeroed();
        std::ptr::copy_nonoverlapping(ptr.cast::<u8>(), value.as_mut_ptr().cast::<u8>(), size);
        Some(value.assume_init())
    }
}

/// Looks at a struct that begins with its size, without copying it where the other side has all of its fields.
///
/// # Safety
/// As [`read_sized`], and the struct does not change meanwhile.
#[inline(always)]
pub(crate) unsafe fn with_sized<T: Copy, R>(ptr: *const T, look: impl FnOnce(&T) -> R) -> Option<R> {
    // SAFETY: promised by the caller; the size covers all that is looked at.
    unsafe {
        if !ptr.is_null() && ptr.is_aligned() && ptr.cast::<u32>().read() as usize >= size_of::<T>() {
            return Some(look(&*ptr));
        }
        read_sized(ptr).as_ref().map(look)
    }
}

/// # Safety
/// `ptr` points to `n` values, or `n` is 0.
unsafe fn slice<'a, T>(ptr: *const T, n: u32) -> Result<&'a [T]> {
    if n == 0 {
        return Ok(&[]);
    }
    if ptr.is_null() || n > MOST {
        return Err(Error::new(ErrorKind::Contract, format!("an array of {n} entries is not believed")));
    }
    // SAFETY: promised by the caller.
    Ok(unsafe { std::slice::from_raw_parts(ptr, n as usize) })
}

/// Parameters in the ABI's shape, with everything they point to.
pub(crate) struct AbiParameters {
    pub(crate) raw: Vec<abi::Param>,
    _lists: Vec<Vec<abi::Value>>,
    _owned: Vec<(String, Value)>,
}

impl AbiParameters {
    pub(crate) fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Self {
        let owned: Vec<(String, Value)> = pairs.into_iter().map(|(id, v)| (id.to_owned(), v.clone())).collect();
        let mut lists = Vec::new();
        let raw = owned
            .iter()
            .map(|(id, v)| abi::Param { id: abi::Str::new(id), value: value_to_abi(v, &mut lists) })
            .collect();
        AbiParameters { raw, _lists: lists, _owned: owned }
    }
}

// What is pointed to stays in `Vec`s: moving a `Box` would end the pointers into it.
fn value_to_abi(value: &Value, lists: &mut Vec<Vec<abi::Value>>) -> abi::Value {
    let plain = |kind, u| abi::Value { r#type: kind, n: 0, u };
    match value {
        Value::None => plain(abi::NONE, abi::Payload { i: 0 }),
        Value::Bool(b) => plain(abi::BOOL, abi::Payload { i: i64::from(*b) }),
        Value::Int(i) => plain(abi::INT, abi::Payload { i: *i }),
        Value::Float(f) => plain(abi::FLOAT, abi::Payload { f: *f }),
        Value::Str(s) => plain(abi::STRING, abi::Payload { s: abi::Str::new(s) }),
        Value::List(items) => {
            let list: Vec<abi::Value> = items.iter().map(|item| value_to_abi(item, lists)).collect();
            let value =
                abi::Value { r#type: abi::LIST, n: items.len() as u32, u: abi::Payload { list: list.as_ptr() } };
            lists.push(list);
            value
        }
    }
}

/// # Safety
/// The value and what it points to are valid.
unsafe fn value_from_abi(value: &abi::Value, depth: u32) -> Result<Value> {
    // SAFETY: `type` says which member of the union is valid.
    unsafe {
        Ok(match value.r#type {
            abi::NONE => Value::None,
            abi::BOOL => Value::Bool(value.u.i != 0),
            abi::INT => Value::Int(value.u.i),
            abi::FLOAT => Value::Float(value.u.f),
            abi::STRING => Value::Str(value.u.s.as_str().to_owned()),
            abi::LIST if depth < 8 => {
                let items = slice(value.u.list, value.n)?;
                Value::List(items.iter().map(|item| value_from_abi(item, depth + 1)).collect::<Result<_>>()?)
            }
            other => return Err(Error::new(ErrorKind::Contract, format!("a value of unknown type {other}"))),
        })
    }
}

/// # Safety
/// `ptr` points to `n` valid parameters.
pub(crate) unsafe fn parameters_from_abi(ptr: *const abi::Param, n: u32) -> Result<Parameters> {
    // SAFETY: promised by the caller.
    let params = unsafe { slice(ptr, n) }?;
    // SAFETY: as above.
    let pairs = params.iter().map(|p| unsafe { Ok((p.id.as_str().to_owned(), value_from_abi(&p.value, 0)?)) });
    Ok(Parameters::new(pairs.collect::<Result<Vec<_>>>()?))
}

/// A format in the ABI's shape, with everything it points to.
pub(crate) struct AbiFormat {
    raw: Box<abi::Format>,
    _axes: Vec<abi::Axis>,
    _axis_pointers: Vec<*const abi::Axis>,
    _columns: Vec<abi::Column>,
    _column_pointers: Vec<*const abi::Column>,
    _attributes: AbiParameters,
    _owned: Arc<Format>,
}

// SAFETY: all pointers lead into the struct's own heap parts, or to a host file that may be used from any thread.
unsafe impl Send for AbiFormat {}
// SAFETY: as above, and nothing changes after construction.
unsafe impl Sync for AbiFormat {}

impl AbiFormat {
    pub(crate) fn as_ptr(&self) -> *const abi::Format {
        &*self.raw
    }

    pub(crate) fn new(owned: Arc<Format>) -> Self {
        let str = |text: &str| abi::Str::new(text);
        let (code, bits) = owned.dtype().map_or((0, 0), DType::code);
        let mut raw = Box::new(abi::Format {
            size: size_of::<abi::Format>() as u32,
            kind: match owned.data {
                Data::Source(_) => abi::SOURCE,
                Data::Audio(_) => abi::AUDIO,
                Data::Tensor(_) => abi::TENSOR,
                Data::Records(_) => abi::RECORDS,
            },
            dtype_code: code,
            dtype_bits: bits,
            dtype_lanes: 1,
            flags: 0,
            tick_num: owned.clock.tick.0,
            tick_den: owned.clock.tick.1,
            origin: owned.clock.origin,
            step: owned.clock.step,
            length: owned.length.unwrap_or(-1),
            layout: str(&owned.layout),
            channels: 0,
            n_axes: 0,
            channel_layout: str(""),
            axes: std::ptr::null(),
            quantity: str(""),
            unit: str(""),
            reference: f64::NAN,
            coherent_gain: f64::NAN,
            schema: str(""),
            columns: std::ptr::null(),
            n_columns: 0,
            n_attributes: owned.attributes.len() as u32,
            attributes: std::ptr::null(),
            file: std::ptr::null_mut(),
        });
        let attributes = AbiParameters::new(owned.attributes.iter().map(|(id, v)| (id.as_str(), v)));
        raw.attributes = attributes.raw.as_ptr();
        let (mut axes, mut columns) = (Vec::new(), Vec::new());
        match &owned.data {
            Data::Source(source) => raw.file = source.raw(),
            Data::Audio(audio) => {
                raw.channels = audio.channels as u32;
                raw.channel_layout = str(&audio.channel_layout);
            }
            Data::Tensor(tensor) => {
                raw.quantity = str(&tensor.quantity);
                raw.unit = str(&tensor.unit);
                raw.reference = tensor.reference.unwrap_or(f64::NAN);
                raw.coherent_gain = tensor.coherent_gain.unwrap_or(f64::NAN);
                axes = tensor.axes.iter().map(axis_to_abi).collect();
            }
            Data::Records(records) => {
                raw.schema = str(&records.schema);
                columns = records
                    .columns
                    .iter()
                    .map(|column| abi::Column {
                        size: size_of::<abi::Column>() as u32,
                        r#type: column.kind as u32,
                        name: str(&column.name),
                        unit: str(&column.unit),
                    })
                    .collect();
            }
        }
        let axis_pointers: Vec<*const abi::Axis> = axes.iter().map(|axis: &abi::Axis| axis as *const _).collect();
        let column_pointers: Vec<*const abi::Column> =
            columns.iter().map(|column: &abi::Column| column as *const _).collect();
        raw.n_axes = axes.len() as u32;
        raw.axes = axis_pointers.as_ptr();
        raw.n_columns = columns.len() as u32;
        raw.columns = column_pointers.as_ptr();
        AbiFormat {
            raw,
            _axes: axes,
            _axis_pointers: axis_pointers,
            _columns: columns,
            _column_pointers: column_pointers,
            _attributes: attributes,
            _owned: owned,
        }
    }
}

fn axis_to_abi(axis: &Axis) -> abi::Axis {
    let (start, step, coords) = match &axis.coordinates {
        Coordinates::Even { start, step } => (*start, *step, std::ptr::null()),
        Coordinates::List(list) => (0.0, 0.0, list.as_ptr()),
    };
    abi::Axis {
        size: size_of::<abi::Axis>() as u32,
        role: axis.role as u32,
        length: axis.length.map_or(-1, |n| n as i64),
        name: abi::Str::new(&axis.name),
        unit: abi::Str::new(&axis.unit),
        scale: abi::Str::new(&axis.scale),
        start,
        step,
        coords,
    }
}

/// # Safety
/// `ptr` leads to a valid format of this or another minor version of the ABI.
pub(crate) unsafe fn format_from_abi(ptr: *const abi::Format) -> Result<Format> {
    let broken = |why: String| Error::new(ErrorKind::Contract, format!("format: {why}"));
    // SAFETY: promised by the caller; null strings and arrays read as empty.
    unsafe {
        let raw = read_sized(ptr).ok_or_else(|| broken("missing".into()))?;
        let dtype = || {
            DType::from_code(raw.dtype_code, raw.dtype_bits)
                .ok_or_else(|| broken(format!("unknown dtype (code {}, {} bits)", raw.dtype_code, raw.dtype_bits)))
        };
        if !matches!(raw.dtype_lanes, 0 | 1) {
            return Err(broken(format!("elements of {} lanes", raw.dtype_lanes)));
        }
        let data = match raw.kind {
            abi::SOURCE if raw.file.is_null() => return Err(broken("a source without a file".into())),
            abi::SOURCE => Data::Source(ByteSource::share(raw.file)),
            abi::AUDIO => Data::Audio(Audio {
                dtype: dtype()?,
                channels: match raw.channels {
                    n @ 1..=MOST => n as usize,
                    n => return Err(broken(format!("audio of {n} channels"))),
                },
                sample_rate: match u32::try_from(raw.tick_den) {
                    Ok(rate) if raw.tick_num == 1 => rate,
                    _ => return Err(broken(format!("audio with a tick of {}/{} s", raw.tick_num, raw.tick_den))),
                },
                channel_layout: raw.channel_layout.as_str().to_owned(),
            }),
            abi::TENSOR => {
                let axes =
                    slice(raw.axes, raw.n_axes)?.iter().map(|axis| axis_from_abi(*axis)).collect::<Result<Vec<_>>>()?;
                Data::Tensor(Tensor {
                    dtype: dtype()?,
                    axes,
                    quantity: raw.quantity.as_str().to_owned(),
                    unit: raw.unit.as_str().to_owned(),
                    reference: Some(raw.reference).filter(|x| !x.is_nan()),
                    coherent_gain: Some(raw.coherent_gain).filter(|x| !x.is_nan()),
                })
            }
            abi::RECORDS => Data::Records(Records {
                schema: raw.schema.as_str().to_owned(),
                columns: slice(raw.columns, raw.n_columns)?
                    .iter()
                    .map(|c| column_from_abi(*c))
                    .collect::<Result<_>>()?,
            }),
            other => return Err(broken(format!("unknown kind {other}"))),
        };
        let attributes = parameters_from_abi(raw.attributes, raw.n_attributes)?;
        let format = Format {
            clock: Clock { tick: (raw.tick_num, raw.tick_den), origin: raw.origin, step: raw.step },
            length: (raw.length >= 0).then_some(raw.length),
            layout: raw.layout.as_str().to_owned(),
            attributes: attributes.iter().map(|(id, v)| (id.to_owned(), v.clone())).collect(),
            data,
        };
        format.check()?;
        Ok(format)
    }
}

/// # Safety
/// As [`format_from_abi`].
unsafe fn axis_from_abi(ptr: *const abi::Axis) -> Result<Axis> {
    // SAFETY: promised by the caller.
    unsafe {
        let raw = read_sized(ptr).ok_or_else(|| Error::new(ErrorKind::Contract, "format: a missing axis"))?;
        let coordinates = if raw.coords.is_null() {
            Coordinates::Even { start: raw.start, step: raw.step }
        } else if (0..=MOST_COORDINATES).contains(&raw.length) {
            Coordinates::List(std::slice::from_raw_parts(raw.coords, raw.length as usize).to_vec())
        } else {
            return Err(Error::new(ErrorKind::Contract, format!("format: {} coordinates", raw.length)));
        };
        Ok(Axis {
            role: match raw.role {
                abi::AXIS_TIME => Role::Time,
                abi::AXIS_FREQUENCY => Role::Frequency,
                abi::AXIS_CHANNEL => Role::Channel,
                abi::AXIS_EMBEDDING => Role::Embedding,
                abi::AXIS_CLASS => Role::Class,
                abi::AXIS_TOKEN => Role::Token,
                abi::AXIS_LAG => Role::Lag,
                _ => Role::Other,
            },
            name: raw.name.as_str().to_owned(),
            length: usize::try_from(raw.length).ok(),
            unit: raw.unit.as_str().to_owned(),
            scale: raw.scale.as_str().to_owned(),
            coordinates,
        })
    }
}

/// # Safety
/// As [`format_from_abi`].
unsafe fn column_from_abi(ptr: *const abi::Column) -> Result<Column> {
    // SAFETY: promised by the caller.
    unsafe {
        let raw = read_sized(ptr).ok_or_else(|| Error::new(ErrorKind::Contract, "format: a missing column"))?;
        let kind = match raw.r#type {
            abi::COL_BOOL => ColumnType::Bool,
            abi::COL_INT => ColumnType::Int,
            abi::COL_FLOAT => ColumnType::Float,
            abi::COL_STRING => ColumnType::Str,
            other => return Err(Error::new(ErrorKind::Contract, format!("format: unknown column type {other}"))),
        };
        Ok(Column { name: raw.name.as_str().to_owned(), kind, unit: raw.unit.as_str().to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(format: &Format) -> Result<Format> {
        let raw = AbiFormat::new(Arc::new(format.clone()));
        // SAFETY: the ABI's shape of a format leads into itself.
        unsafe { format_from_abi(raw.as_ptr()) }
    }

    /// Every field shows in the debug text; floats there read back exactly.
    #[track_caller]
    fn survives(format: &Format) {
        let got = back(format).expect("it is valid on the other side");
        assert_eq!(format!("{got:?}"), format!("{format:?}"));
    }

    #[test]
    fn formats_survive_the_boundary() {
        for dtype in DType::ALL {
            survives(&Format::audio_of(dtype, 9, 768_000, Some(0)));
            let values = Tensor { dtype, ..Tensor::new::<f32>(vec![Axis::frames(None)], "power") };
            survives(&Format::tensor(values, Clock::samples(100), None, "frame"));
        }
        let mut named = Format::audio::<f32>(2, 1, Some(i64::MAX)).with_layout("sample,channel");
        if let Data::Audio(audio) = &mut named.data {
            audio.channel_layout = "FL,FR".into();
        }
        survives(&named.with_attribute("codec", "mp3").with_attribute("été", Value::None));

        let mut listed = Axis::new(Role::Frequency, "band", Some(3));
        listed.coordinates = Coordinates::List(vec![-1.5, 1e-300, 22_050.0]);
        listed.scale = "mel/slaney".into();
        let roles = [Role::Other, Role::Channel, Role::Embedding, Role::Class, Role::Token, Role::Lag]
            .map(|role| Axis::new(role, "", Some(1)));
        let axes = vec![Axis::frames(Some(7)).even("s", "linear", -0.1, 0.01), listed];
        let mut mel = Tensor::new::<f32>(axes.into_iter().chain(roles).collect(), "db");
        (mel.unit, mel.reference, mel.coherent_gain) = ("dB".into(), Some(0.0), Some(512.5));
        let clock = Clock { tick: (1, 22_050), origin: -1024, step: 256 };
        survives(&Format::tensor(mel, clock, Some(7), "band,frame"));
        survives(&Format::tensor(Tensor::new::<f64>(Vec::new(), ""), Clock::NONE, Some(1), ""));

        let kinds = [ColumnType::Bool, ColumnType::Int, ColumnType::Float, ColumnType::Str];
        let columns = kinds.map(|kind| Column { name: format!("{kind:?}"), kind, unit: "Hz".into() });
        survives(&Format::records(Records { schema: "org.example.all/2".into(), columns: columns.into() }));
        survives(&Format::records(Records { schema: String::new(), columns: Vec::new() }));
    }

    #[test]
    fn parameters_survive_the_boundary() {
        let list = |items: &[Value]| Value::List(items.to_vec());
        let mut deep = list(&[]);
        for level in 0..7 {
            deep = list(&[Value::Int(level), deep, Value::Str("\u{1f50a}".into())]);
        }
        let pairs = [
            ("none", Value::None),
            ("yes", Value::Bool(true)),
            ("least", Value::Int(i64::MIN)),
            ("small", Value::Float(5e-324)),
            ("endless", Value::Float(f64::NEG_INFINITY)),
            ("", Value::Str(String::new())),
            ("window", list(&[Value::Str("kaiser".into()), Value::Float(14.0)])),
            ("deep", deep.clone()),
        ];
        let raw = AbiParameters::new(pairs.iter().map(|(id, value)| (*id, value)));
        // Moving it must not move what it points to.
        let moved = Box::new(raw);
        // SAFETY: they lead into themselves.
        let got = unsafe { parameters_from_abi(moved.raw.as_ptr(), moved.raw.len() as u32) }.expect("they are valid");
        assert!(got.iter().eq(pairs.iter().map(|(id, value)| (*id, value))), "{got:?}");

        let deeper = list(&[list(&[deep])]);
        let raw = AbiParameters::new([("deeper", &deeper)]);
        // SAFETY: as above.
        let error = unsafe { parameters_from_abi(raw.raw.as_ptr(), 1) }.expect_err("nobody nests so deep");
        assert_eq!(error.kind, ErrorKind::Contract);
    }

    #[test]
    fn what_no_format_can_be_is_refused_in_words() {
        let audio = AbiFormat::new(Arc::new(Format::audio::<f32>(1, 8000, None)));
        let axes = vec![Axis::frames(None), Axis::new(Role::Frequency, "bin", Some(4))];
        let tensor = Format::tensor(Tensor::new::<f32>(axes, "power"), Clock::samples(100), None, "bin,frame");
        let tensor = AbiFormat::new(Arc::new(tensor));
        let table = AbiFormat::new(Arc::new(Format::records(Records::metrics())));
        const NO_AXES: [*const abi::Axis; 2] = [std::ptr::null(); 2];
        const NO_COLUMNS: [*const abi::Column; 4] = [std::ptr::null(); 4];
        type Change = fn(&mut abi::Format);
        #[rustfmt::skip]
        let table: &[(&AbiFormat, Change, &str)] = &[
            (&audio, |f| f.kind = 0, "unknown kind 0"),
            (&audio, |f| f.kind = abi::SOURCE, "a source without a file"),
            (&audio, |f| f.dtype_bits = 7, "unknown dtype (code 2, 7 bits)"),
            (&audio, |f| f.dtype_lanes = 4, "elements of 4 lanes"),
            (&audio, |f| f.channels = 0, "audio of 0 channels"),
            (&audio, |f| f.channels = u32::MAX, "audio of 4294967295 channels"),
            (&audio, |f| f.tick_num = 2, "audio with a tick of 2/8000 s"),
            (&audio, |f| f.tick_den = -8000, "audio with a tick of 1/-8000 s"),
            (&audio, |f| f.tick_den = 0, "0"),
            (&audio, |f| f.step = 2, "a clock of 2 x 1/8000 s"),
            (&audio, |f| f.n_attributes = u32::MAX, "an array of 4294967295 entries is not believed"),
            (&audio, |f| (f.n_attributes, f.attributes) = (1, std::ptr::null()), "an array of 1 entries"),
            (&tensor, |f| f.axes = std::ptr::null(), "an array of 2 entries is not believed"),
            (&tensor, |f| f.n_axes = 5000, "an array of 5000 entries is not believed"),
            (&tensor, |f| f.axes = NO_AXES.as_ptr(), "a missing axis"),
            (&tensor, |f| f.tick_den = 0, "0"),
            (&table, |f| f.columns = NO_COLUMNS.as_ptr(), "a missing column"),
        ];
        for (row, (format, change, expected)) in table.iter().enumerate() {
            let mut raw = *format.raw;
            change(&mut raw);
            // SAFETY: what is changed is refused before it is followed, or leads to nulls.
            let error = unsafe { format_from_abi(&raw) }.expect_err("it is no format");
            assert!(error.message.contains(expected), "row {row}: expected {expected:?}, got {error}");
        }
        let mut axis = axis_to_abi(&Axis::new(Role::Frequency, "bin", Some(1)));
        (axis.coords, axis.length) = (&1.0, MOST_COORDINATES + 1);
        // SAFETY: the coordinates are refused before they are read.
        let error = unsafe { axis_from_abi(&axis) }.expect_err("so many are not believed");
        assert_eq!(error.message, "format: 16777217 coordinates");
        // SAFETY: a null says that there is nothing.
        assert!(unsafe { format_from_abi(std::ptr::null()) }.is_err());
    }

    #[test]
    fn other_minor_versions_are_read_as_far_as_they_go() {
        let raw = *AbiFormat::new(Arc::new(Format::audio::<f32>(3, 8000, Some(5)))).raw;
        // An older one ends before what was appended; what it lacks reads as zero.
        let mut older = raw;
        older.size = std::mem::offset_of!(abi::Format, reference) as u32;
        // SAFETY: more is there than the size says.
        let read = unsafe { read_sized(&older) }.expect("it is there");
        assert_eq!((read.channels, read.length, read.reference, read.n_attributes), (3, 5, 0.0, 0));

        // A newer one has fields that nobody here knows.
        #[repr(C)]
        #[derive(Clone, Copy)]
        struct Newer {
            known: abi::Format,
            unknown: [u64; 4],
        }
        let mut newer = Newer { known: raw, unknown: [u64::MAX; 4] };
        newer.known.size = size_of::<Newer>() as u32;
        // SAFETY: it begins as the format does, and is larger.
        let read = unsafe { read_sized((&raw const newer).cast::<abi::Format>()) }.expect("it is there");
        assert_eq!((read.channels, read.attributes), (3, raw.attributes));

        let seen = |size: u32| {
            let packet = abi::Packet {
                size,
                flags: 0,
                port: 4,
                reserved: 0,
                start: 9,
                count: 2,
                buf: std::ptr::null_mut(),
                offset: 0,
                stride: 8,
            };
            // SAFETY: the struct is as large as it says, or larger.
            unsafe { with_sized(&packet, |packet| (packet.port, packet.start, packet.stride)) }
        };
        assert_eq!(seen(size_of::<abi::Packet>() as u32), Some((4, 9, 8)));
        assert_eq!(seen(24), Some((4, 9, 0)), "the tail is not covered");
    }
}
