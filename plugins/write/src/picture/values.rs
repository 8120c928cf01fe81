//! Packets as f32, whatever their type.

use auricle_sdk::prelude::*;

/// Replaces `to` by a tensor's values, frame after frame; of complex ones the square of the magnitude.
pub fn of_tensor(to: &mut Vec<f32>, packet: &Packet) -> Result<()> {
    fn fill<T: Element>(to: &mut Vec<f32>, packet: &Packet, convert: impl Fn(T) -> f32) -> Result<()> {
        to.extend(packet.tensor::<T>()?.values.iter().map(|&x| convert(x)));
        Ok(())
    }
    to.clear();
    match packet.format().dtype() {
        Some(DType::U8) => fill(to, packet, |x: u8| f32::from(x)),
        Some(DType::I16) => fill(to, packet, |x: i16| f32::from(x)),
        Some(DType::I32) => fill(to, packet, |x: i32| x as f32),
        Some(DType::I64) => fill(to, packet, |x: i64| x as f32),
        Some(DType::F32) => fill(to, packet, |x: f32| x),
        Some(DType::F64) => fill(to, packet, |x: f64| x as f32),
        Some(DType::C64) => fill(to, packet, |z: Complex<f32>| z.norm_sqr()),
        _ => fill(to, packet, |z: Complex<f64>| z.norm_sqr() as f32),
    }
}

/// Replaces `to` by one channel's samples; integers become fractions of full scale.
pub fn of_channel(to: &mut Vec<f32>, packet: &Packet, channel: usize) -> Result<()> {
    fn fill<T: Element>(to: &mut Vec<f32>, samples: &[T], convert: impl Fn(T) -> f32) {
        to.extend(samples.iter().map(|&x| convert(x)));
    }
    to.clear();
    match packet.format().dtype() {
        Some(DType::U8) => fill(to, packet.channel::<u8>(channel)?, |x| (f32::from(x) - 128.0) / 128.0),
        Some(DType::I16) => fill(to, packet.channel::<i16>(channel)?, |x| f32::from(x) / 32_768.0),
        Some(DType::I32) => fill(to, packet.channel::<i32>(channel)?, |x| (f64::from(x) / 2_147_483_648.0) as f32),
        Some(DType::F32) => fill(to, packet.channel::<f32>(channel)?, |x| x),
        _ => fill(to, packet.channel::<f64>(channel)?, |x| x as f32),
    }
    Ok(())
}
