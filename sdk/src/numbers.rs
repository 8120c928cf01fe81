//! What a packet holds as numbers of one real type, whatever its own is: for stages and views that take any.

use crate::dtype::{DType, Element, Real};
use crate::error::Result;
use crate::packet::Packet;
use num_complex::Complex;
use std::borrow::Cow;

/// The part of a packet that is asked for.
#[derive(Clone, Copy)]
enum Part {
    Channel(usize),
    Frames,
}

impl Packet {
    /// The samples of one channel as `T`, each the nearest value: integers as they are, not scaled. Samples that are `T`
    /// already are borrowed.
    ///
    /// # Errors
    /// As [`Packet::channel`].
    pub fn channel_as<T: Real>(&self, channel: usize) -> Result<Cow<'_, [T]>> {
        self.numbers(Part::Channel(channel))
    }

    /// The samples of one channel as `T` in fractions of full scale: integers divided by 2^(bits-1), those of 8 bits
    /// around 128; floats as they are.
    ///
    /// ```
    /// use auricle_sdk::{Packet, Result};
    ///
    /// /// The peak of a packet of audio of any type; 1 is full scale.
    /// fn peak(packet: &Packet, channel: usize) -> Result<f64> {
    ///     Ok(packet.samples_as::<f64>(channel)?.iter().fold(0.0, |peak, x| peak.max(x.abs())))
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`Packet::channel`].
    pub fn samples_as<T: Real>(&self, channel: usize) -> Result<Cow<'_, [T]>> {
        let mut samples = self.channel_as::<T>(channel)?;
        let (zero, full) = match self.format.dtype() {
            Some(DType::U8) => (128.0, 128.0),
            Some(DType::I16) => (0.0, 32_768.0),
            Some(DType::I32) => (0.0, 2_147_483_648.0),
            Some(DType::I64) => (0.0, 9_223_372_036_854_775_808.0),
            _ => return Ok(samples),
        };
        samples.to_mut().iter_mut().for_each(|x| *x = T::from_f64((x.to_f64() - zero) / full));
        Ok(samples)
    }

    /// The values of a tensor as `T`, frame after frame, each the nearest value; of complex numbers the square of the
    /// magnitude. Values that are `T` already are borrowed.
    ///
    /// # Errors
    /// As [`Packet::tensor`].
    pub fn tensor_as<T: Real>(&self) -> Result<Cow<'_, [T]>> {
        self.numbers(Part::Frames)
    }

    /// Appends the samples of one channel to `to`, as [`Packet::channel_as`] gives them.
    pub(crate) fn append_channel<T: Real>(&self, channel: usize, to: &mut Vec<T>) -> Result<()> {
        self.append(Part::Channel(channel), to)
    }

    fn numbers<T: Real>(&self, part: Part) -> Result<Cow<'_, [T]>> {
        if self.format.dtype() == Some(T::DTYPE) {
            return self.part::<T>(part).map(Cow::Borrowed);
        }
        let mut numbers = Vec::new();
        self.append(part, &mut numbers)?;
        Ok(Cow::Owned(numbers))
    }

    fn append<T: Real>(&self, part: Part, to: &mut Vec<T>) -> Result<()> {
        fn put<T: Real, S: Element>(to: &mut Vec<T>, from: &[S], number: impl Fn(S) -> f64) {
            to.extend(from.iter().map(|&x| T::from_f64(number(x))));
        }
        match self.format.dtype() {
            Some(own) if own == T::DTYPE => to.extend_from_slice(self.part::<T>(part)?),
            Some(DType::U8) => put(to, self.part::<u8>(part)?, f64::from),
            Some(DType::I16) => put(to, self.part::<i16>(part)?, f64::from),
            Some(DType::I32) => put(to, self.part::<i32>(part)?, f64::from),
            Some(DType::I64) => put(to, self.part::<i64>(part)?, |x| x as f64),
            Some(DType::F32) => put(to, self.part::<f32>(part)?, f64::from),
            Some(DType::C64) => put(to, self.part::<Complex<f32>>(part)?, |z| f64::from(z.norm_sqr())),
            Some(DType::C128) => put(to, self.part::<Complex<f64>>(part)?, |z| z.norm_sqr()),
            _ => put(to, self.part::<f64>(part)?, |x| x),
        }
        Ok(())
    }

    fn part<T: Element>(&self, part: Part) -> Result<&[T]> {
        match part {
            Part::Channel(channel) => self.channel(channel),
            Part::Frames => Ok(self.tensor()?.values),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Axis, Clock, Format, Tensor};
    use crate::host::{Pool, packet as packed};
    use std::sync::Arc;

    fn packet<T: Element>(format: Format, values: &[T]) -> Packet {
        let pool = Pool::new(1 << 16);
        let mut packet = packed(&pool, &Arc::new(format), 0, 0, 1, size_of_val(values), &vec![0; size_of_val(values)]);
        let buffer = packet.as_mut().expect("the pool has room").buffer.as_mut().expect("it was given one");
        buffer.elements_mut::<T>(0, values.len()).expect("it has room").copy_from_slice(values);
        packet.expect("the pool has room")
    }

    fn frame<T: Element>(values: &[T]) -> Packet {
        let tensor = Tensor::new::<T>(vec![Axis::frames(Some(1)), Axis::bins(values.len(), 1.0)], "");
        packet(Format::tensor(tensor, Clock::NONE, Some(1), "frame,bin"), values)
    }

    fn sample<T: Element>(value: T) -> Packet {
        packet(Format::audio_of(T::DTYPE, 1, 8000, Some(1)), &[value])
    }

    #[test]
    fn tensors_of_any_type() {
        assert!(matches!(frame(&[1.5f32]).tensor_as::<f32>().expect("a tensor"), Cow::Borrowed([1.5])));
        assert_eq!(*frame(&[1.5f32]).tensor_as::<f64>().expect("a tensor"), [1.5]);
        assert_eq!(*frame(&[0u8, 255]).tensor_as::<f32>().expect("a tensor"), [0.0, 255.0]);
        assert_eq!(*frame(&[-3i16]).tensor_as::<f32>().expect("a tensor"), [-3.0]);
        assert_eq!(*frame(&[i32::MIN]).tensor_as::<f64>().expect("a tensor"), [-2_147_483_648.0]);
        assert_eq!(*frame(&[1i64 << 40]).tensor_as::<f32>().expect("a tensor"), [1_099_511_627_776.0]);
        assert_eq!(*frame(&[Complex::new(3.0f32, -4.0)]).tensor_as::<f32>().expect("a tensor"), [25.0]);
        assert_eq!(*frame(&[Complex::new(3.0f64, -4.0)]).tensor_as::<f32>().expect("a tensor"), [25.0]);
        assert!(sample(1.0f32).tensor_as::<f32>().is_err());
    }

    #[test]
    fn samples_as_numbers_and_as_fractions_of_full_scale() {
        assert_eq!(*sample(-16_384i16).channel_as::<f32>(0).expect("audio"), [-16_384.0]);
        assert_eq!(*sample(-16_384i16).samples_as::<f32>(0).expect("audio"), [-0.5]);
        assert_eq!(*sample(64u8).samples_as::<f64>(0).expect("audio"), [-0.5]);
        assert_eq!(*sample(i32::MIN).samples_as::<f32>(0).expect("audio"), [-1.0]);
        assert_eq!(*sample(1.25f64).samples_as::<f32>(0).expect("audio"), [1.25]);
        assert!(sample(0i16).samples_as::<f32>(1).is_err());
    }
}
