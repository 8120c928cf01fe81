//! What a pixel of the spectrogram stands for.

use super::pool::GridColumn;
use auricle_sdk::format::{Role, Tensor};
use std::ops::Range;

/// Channels of a frame.
pub fn channels(tensor: &Tensor) -> usize {
    tensor.frame_axes().iter().find(|axis| axis.role == Role::Channel).and_then(|axis| axis.length).unwrap_or(1).max(1)
}

/// The values of a channel in a column; channels are counted through again and again.
pub fn channel_values(channel: usize, column: &GridColumn, entries: usize) -> &[f32] {
    let channels = (column.values.len() / entries.max(1)).max(1);
    let channel = channel % channels;
    column.values.get(channel * entries..(channel + 1) * entries).unwrap_or(&[])
}

/// The value that stands for these entries: the largest; of differences, that furthest from zero. And whose it is.
pub fn strongest(values: &[f32], entries: Range<usize>, signed: bool) -> Option<(usize, f32)> {
    let found = entries.filter_map(|entry| Some((entry, *values.get(entry)?))).filter(|(_, value)| !value.is_nan());
    let size = |value: f32| if signed { value.abs() } else { value };
    found.reduce(|best, next| if size(next.1) > size(best.1) { next } else { best })
}
