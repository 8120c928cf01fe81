//! Samples of any type as fractions of full scale.

use auricle_sdk::prelude::*;

/// The types that meters read.
pub const DTYPES: &[DType] = &[DType::U8, DType::I16, DType::I32, DType::F32, DType::F64];

/// Replaces `to` by one channel of a packet, exactly.
pub fn of_channel(to: &mut Vec<f64>, packet: &Packet, channel: usize) -> Result<()> {
    fn fill<T: Element>(to: &mut Vec<f64>, samples: &[T], convert: impl Fn(T) -> f64) {
        to.extend(samples.iter().map(|&x| convert(x)));
    }
    to.clear();
    match packet.format().dtype() {
        Some(DType::U8) => fill(to, packet.channel::<u8>(channel)?, |x| (f64::from(x) - 128.0) / 128.0),
        Some(DType::I16) => fill(to, packet.channel::<i16>(channel)?, |x| f64::from(x) / 32_768.0),
        Some(DType::I32) => fill(to, packet.channel::<i32>(channel)?, |x| f64::from(x) / 2_147_483_648.0),
        Some(DType::F32) => fill(to, packet.channel::<f32>(channel)?, f64::from),
        _ => fill(to, packet.channel::<f64>(channel)?, |x| x),
    }
    Ok(())
}
