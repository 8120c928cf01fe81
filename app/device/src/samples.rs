//! Between f32 and the sample format of a device. Integers are rounded half to even and cannot
//! overflow: what arrives here is within full scale.

use cpal::{Data, FromSample, I24, Sample, SampleFormat, SizedSample};

/// Fills a callback's buffer, whatever its format, from `next`. False if the format is foreign.
pub(crate) fn fill(data: &mut Data, next: &mut dyn FnMut() -> f32) -> bool {
    match data.sample_format() {
        SampleFormat::F32 => put::<f32>(data, next, 0),
        SampleFormat::F64 => put::<f64>(data, next, 0),
        SampleFormat::I32 => put::<i32>(data, next, 0),
        SampleFormat::I24 => put::<I24>(data, next, 24),
        SampleFormat::I16 => put::<i16>(data, next, 16),
        SampleFormat::I8 => put::<i8>(data, next, 8),
        SampleFormat::U32 => put::<u32>(data, next, 0),
        SampleFormat::U16 => put::<u16>(data, next, 16),
        SampleFormat::U8 => put::<u8>(data, next, 8),
        _ => false,
    }
}

/// The conversion to integers cuts off; `bits` below f32's own precision are rounded before.
fn put<T: SizedSample + FromSample<f32>>(data: &mut Data, next: &mut dyn FnMut() -> f32, bits: i32) -> bool {
    let Some(out) = data.as_slice_mut::<T>() else {
        return false;
    };
    let scale = 2f32.powi(bits - 1);
    let highest = 1.0 - 1.0 / scale;
    for value in out {
        let sample = next();
        *value = T::from_sample(match bits {
            0 => sample,
            _ => ((sample * scale).round_ties_even() / scale).min(highest),
        });
    }
    true
}

/// Appends a callback's samples, whatever their format, to `out` without growing it beyond its
/// capacity. False if the format is foreign.
pub(crate) fn take(data: &Data, out: &mut dyn FnMut(f32)) -> bool {
    match data.sample_format() {
        SampleFormat::F32 => get::<f32>(data, out),
        SampleFormat::F64 => get::<f64>(data, out),
        SampleFormat::I32 => get::<i32>(data, out),
        SampleFormat::I24 => get::<I24>(data, out),
        SampleFormat::I16 => get::<i16>(data, out),
        SampleFormat::I8 => get::<i8>(data, out),
        SampleFormat::U32 => get::<u32>(data, out),
        SampleFormat::U16 => get::<u16>(data, out),
        SampleFormat::U8 => get::<u8>(data, out),
        _ => false,
    }
}

fn get<T: SizedSample>(data: &Data, out: &mut dyn FnMut(f32)) -> bool
where
    f32: FromSample<T>,
{
    let Some(samples) = data.as_slice::<T>() else {
        return false;
    };
    samples.iter().for_each(|&sample| out(f32::from_sample(sample)));
    true
}
