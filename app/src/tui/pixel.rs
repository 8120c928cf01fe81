//! What a pixel of the spectrogram stands for.

use super::lane::{Look, Pooling};
use super::pool::GridColumn;
use auricle_sdk::format::{Role, Tensor};
use std::ops::Range;

/// Channels of a frame.
pub fn channels(tensor: &Tensor) -> usize {
    tensor.frame_axes().iter().find(|axis| axis.role == Role::Channel).and_then(|axis| axis.length).unwrap_or(1).max(1)
}

/// The value that stands for these entries of the shown channel, and whose it is: the largest, of differences that
/// furthest from zero; or the mean, which is that of the entry in the middle.
pub fn value(
    look: &Look,
    column: &GridColumn,
    entries: usize,
    span: Range<usize>,
    signed: bool,
) -> Option<(usize, f32)> {
    let all = if look.pooling == Pooling::Mean { &column.means } else { &column.values };
    let channels = (all.len() / entries.max(1)).max(1);
    let channel = look.channel % channels;
    let values = all.get(channel * entries..(channel + 1) * entries)?;
    match look.pooling {
        Pooling::Max => strongest(values, span, signed),
        Pooling::Mean => {
            let (middle, part) = (span.start + span.len() / 2, values.get(span)?);
            Some((middle, part.iter().sum::<f32>() / part.len().max(1) as f32))
        }
    }
}

/// The largest of some values; of differences, that furthest from zero. And whose it is.
pub fn strongest(values: &[f32], entries: Range<usize>, signed: bool) -> Option<(usize, f32)> {
    let found = entries.filter_map(|entry| Some((entry, *values.get(entry)?))).filter(|(_, value)| !value.is_nan());
    let size = |value: f32| if signed { value.abs() } else { value };
    found.reduce(|best, next| if size(next.1) > size(best.1) { next } else { best })
}
