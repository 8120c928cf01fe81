//! The levels of the darkest and the brightest colour, and the ends of a curve's axis.

use super::axis::round_up;
use super::lane::{Kind, Lane, Seen};
use super::pool::is_signed;

/// One press of a key, for levels in dB.
const STEP_DB: f32 = 5.0;
/// How far below the maximum colours reach, for levels in dB.
const REACH_DB: f32 = 80.0;

/// The levels of the darkest and the brightest colour: the user's, or what fits all that was computed.
pub fn of(lane: &Lane) -> (f32, f32) {
    lane.look.range.unwrap_or_else(|| fitted(lane))
}

/// Does the lane show dB?
pub fn is_db(lane: &Lane) -> bool {
    lane.tensor().is_some_and(|tensor| tensor.unit.starts_with("dB") || tensor.quantity.starts_with("db"))
}

/// Takes in what new columns show.
pub fn see(lane: &mut Lane, values: impl Iterator<Item = f32>) {
    let Some((target, tensor)) = lane.target().zip(lane.tensor()) else { return };
    let (of, quantity) = ((target.row, target.output), tensor.quantity.clone());
    let known = lane.seen.take().filter(|seen| seen.of == of && seen.quantity == quantity);
    let values = extremes(values, known.as_ref().map(|seen| seen.values));
    lane.seen = values.map(|values| Seen { of, quantity, values });
}

/// Fits the colours to what is in sight.
pub fn refit(lane: &mut Lane) {
    lane.look.range = None;
    let of_grid =
        lane.grid().into_iter().flat_map(|grid| grid.columns()).flat_map(|column| column.values.iter().copied());
    let of_wave = lane.wave().into_iter().flat_map(|wave| wave.columns()).flat_map(|column| &column.channels);
    let values = extremes(of_grid.chain(of_wave.flat_map(|extent| [extent.min, extent.max])), None);
    if let (Some(seen), Some(values)) = (&mut lane.seen, values) {
        seen.values = values;
    }
}

fn extremes(values: impl Iterator<Item = f32>, known: Option<(f32, f32)>) -> Option<(f32, f32)> {
    values.filter(|value| value.is_finite()).fold(known, |known, value| {
        let (least, most) = known.unwrap_or((value, value));
        Some((least.min(value), most.max(value)))
    })
}

fn fitted(lane: &Lane) -> (f32, f32) {
    let Some((least, most)) = lane.seen.as_ref().map(|seen| seen.values) else {
        return if is_db(lane) { (-REACH_DB, 0.0) } else { (0.0, 1.0) };
    };
    if lane.kind() == Kind::Grid && lane.tensor().is_some_and(is_signed) {
        let reach = least.abs().max(most.abs()).max(f32::MIN_POSITIVE);
        return (-reach, reach);
    }
    if is_db(lane) {
        // Tens, so that the colours hold still while a few more columns come.
        let most = (most / 10.0).ceil() * 10.0;
        return (((least / 10.0).floor() * 10.0).max(most - REACH_DB).min(most - 10.0), most);
    }
    let step = round_up(f64::from(most - least).max(1e-12) / 10.0) as f32;
    ((least / step).floor() * step, (most / step).ceil() * step)
}

/// Moves the darkest and the brightest level by so many steps; they never meet.
pub fn shift(lane: &mut Lane, floor: f32, ceiling: f32) {
    let (low, high) = of(lane);
    let step = if is_db(lane) { STEP_DB } else { (high - low) / 20.0 };
    let (new_low, new_high) = (low + floor * step, high + ceiling * step);
    let least = if is_db(lane) { STEP_DB } else { step };
    lane.look.range =
        Some(if floor != 0.0 { (new_low.min(high - least), high) } else { (low, new_high.max(low + least)) });
}
