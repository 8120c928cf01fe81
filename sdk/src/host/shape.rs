//! What a packet of a format must look like in memory, worked out once a stream, so that each packet is checked cheaply.

use crate::buffer::Buffer;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Data, Format};
use crate::records::Table;
use auricle_abi as abi;

/// Sizes in bytes that a stream's packets keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Planes of samples.
    Planes { channels: usize, sample: usize },
    /// Frames, packed.
    Frames { frame: usize, align: usize },
    /// One tensor without a time axis.
    Single { bytes: usize, align: usize },
    /// A table.
    Rows,
    /// No packets at all.
    Nothing,
}

impl Shape {
    pub(super) fn of(format: &Format) -> Self {
        match &format.data {
            Data::Source(_) => Shape::Nothing,
            Data::Audio(audio) => Shape::Planes { channels: audio.channels, sample: audio.dtype.size() },
            Data::Tensor(tensor) => {
                let (size, align) = (tensor.dtype.size(), tensor.dtype.size().min(8));
                let bytes = tensor.frame_len().saturating_mul(size);
                if tensor.streams() { Shape::Frames { frame: bytes, align } } else { Shape::Single { bytes, align } }
            }
            Data::Records(_) => Shape::Rows,
        }
    }

    /// Does the packet hold what it says? Gives the index behind its last entry.
    #[inline]
    pub(super) fn check(self, format: &Format, raw: &abi::Packet, buffer: Option<&Buffer>) -> Result<i64> {
        let end = raw.start.wrapping_add(raw.count);
        if raw.start < 0 || raw.count < 0 || end < raw.start {
            return Err(no_range(raw));
        }
        if raw.count == 0 {
            return Ok(end);
        }
        let room = buffer.map_or(0, Buffer::len);
        match self.bytes(raw) {
            Some(bytes) if raw.offset.checked_add(bytes).is_some_and(|last| last <= room as u64) => {}
            _ => return Err(no_room(self, raw, room)),
        }
        if let (Shape::Rows, Data::Records(records)) = (self, &format.data) {
            let bytes = buffer.map_or(&[][..], Buffer::bytes);
            let table = &bytes[raw.offset as usize..][..raw.stride as usize];
            Table::new(records, table, raw.count as usize)?.check()?;
        }
        Ok(end)
    }

    /// Bytes from the first to the last entry; `None` where stride or offset cannot be.
    #[inline]
    fn bytes(self, raw: &abi::Packet) -> Option<u64> {
        let count = raw.count as u64;
        let placed = |align: usize| raw.offset.is_multiple_of(align as u64);
        match self {
            Shape::Planes { channels, sample } if placed(sample) => {
                let plane = count.checked_mul(sample as u64)?;
                if channels == 1 {
                    return Some(plane);
                }
                let apart = raw.stride >= plane && raw.stride.is_multiple_of(sample as u64);
                raw.stride.checked_mul(channels as u64 - 1)?.checked_add(plane).filter(|_| apart)
            }
            Shape::Frames { frame, align } if placed(align) && (count == 1 || raw.stride == frame as u64) => {
                count.checked_mul(frame as u64)
            }
            Shape::Single { bytes, align } if placed(align) && raw.start == 0 && count == 1 => Some(bytes as u64),
            Shape::Rows if placed(8) => Some(raw.stride),
            _ => None,
        }
    }
}

#[cold]
fn no_range(raw: &abi::Packet) -> Error {
    contract(format!("{} entries from {} on are no range", raw.count, raw.start))
}

#[cold]
fn no_room(shape: Shape, raw: &abi::Packet, room: usize) -> Error {
    let abi::Packet { start, count, offset, stride, .. } = *raw;
    contract(match shape {
        Shape::Single { .. } if start != 0 || count != 1 => {
            format!("a tensor without a time axis is one entry, got {count} from {start} on")
        }
        _ => format!(
            "{count} entries at offset {offset}, {stride} bytes apart, do not fit the format and a buffer of {room} bytes"
        ),
    })
}

fn contract(message: String) -> Error {
    Error::new(ErrorKind::Contract, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DType;
    use crate::format::{Axis, Clock, Records, Role, Tensor};
    use crate::host::Pool;

    #[test]
    fn packets_that_do_not_hold_what_they_say_are_refused() {
        let pool = Pool::new(1 << 20);
        let buffer = pool.buffer(256).expect("within the limit");
        let stereo = Format::audio::<f32>(2, 8000, None);
        let wide = Format::audio_of(DType::F64, 1, 8000, None);
        let bands = Axis::new(Role::Frequency, "band", Some(4));
        let frames = Tensor::new::<f32>(vec![Axis::frames(None), bands.clone()], "power");
        let frames = Format::tensor(frames, Clock::samples(100), None, "band,frame");
        let single = Format::tensor(Tensor::new::<f32>(vec![bands], "power"), Clock::NONE, Some(1), "band");
        let rows = Format::records(Records::metrics());
        #[rustfmt::skip]
        let table: &[(&Format, i64, i64, u64, u64, bool)] = &[
            // format, start, count, offset, stride, accepted
            (&stereo, 0, 32, 0, 128, true),
            (&stereo, 0, 33, 0, 128, false),                 // the planes overlap
            (&stereo, 0, 32, 4, 128, false),                 // the last sample lies outside
            (&stereo, 0, 31, 4, 128, true),
            (&stereo, 0, 8, 2, 128, false),                  // not aligned
            (&stereo, 0, 8, 0, 126, false),
            (&stereo, 0, 8, 0, u64::MAX - 3, false),
            (&stereo, 0, 8, u64::MAX - 3, 128, false),
            (&stereo, -1, 8, 0, 128, false),
            (&stereo, 0, -8, 0, 128, false),
            (&stereo, i64::MAX, 8, 0, 128, false),
            (&stereo, 0, i64::MAX, 0, 128, false),
            (&stereo, 5, 0, u64::MAX, u64::MAX, true),       // nothing is nothing
            (&wide, 0, 32, 0, 0, true),
            (&wide, 0, 1, 4, 0, false),
            (&frames, 3, 16, 0, 16, true),
            (&frames, 3, 17, 0, 16, false),
            (&frames, 3, 2, 0, 32, false),                   // frames are packed
            (&frames, 3, 1, 0, 999, true),
            (&single, 0, 1, 0, 0, true),
            (&single, 0, 2, 0, 16, false),
            (&single, 1, 1, 0, 0, false),
            (&rows, 0, 1, 4, 96, false),
            (&rows, 0, 1, 0, 512, false),
        ];
        for (row, &(format, start, count, offset, stride, accepted)) in table.iter().enumerate() {
            let size = size_of::<abi::Packet>() as u32;
            let buf = std::ptr::null_mut();
            let raw = abi::Packet { size, flags: 0, port: 0, reserved: 0, start, count, buf, offset, stride };
            let got = Shape::of(format).check(format, &raw, Some(&buffer));
            assert_eq!(got.is_ok(), accepted, "row {row}: {got:?}");
        }
    }
}
