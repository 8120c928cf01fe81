//! The levels of the darkest and the brightest colour.

use super::axis::round_up;
use super::pool::{GridColumn, is_signed};
use super::state::{Seen, State};

/// One press of a key, for levels in dB.
const STEP_DB: f32 = 5.0;
/// How far below the maximum colours reach, for levels in dB.
const REACH_DB: f32 = 80.0;

/// The levels of the darkest and the brightest colour: the user's, or what fits all that was computed.
pub fn of(state: &State) -> (f32, f32) {
    state.look.range.unwrap_or_else(|| fitted(state))
}

/// Does the spectrogram show dB?
pub fn is_db(state: &State) -> bool {
    let tensor = state.grid.target.as_ref().and_then(|target| target.format.as_tensor().ok());
    tensor.is_some_and(|tensor| tensor.unit.starts_with("dB") || tensor.quantity.starts_with("db"))
}

/// Takes in what columns that came in time show.
pub fn see(state: &mut State, ticket: u64, columns: &[(i64, GridColumn)]) {
    let Some(target) = state.grid.target.as_ref().filter(|_| state.grid.is_waiting_for(ticket)) else { return };
    let Ok(tensor) = target.format.as_tensor() else { return };
    let of = (target.row, target.output);
    let known = state.seen.take().filter(|seen| seen.of == of && seen.quantity == tensor.quantity);
    let values = extremes(columns.iter().map(|(_, column)| column), known.as_ref().map(|seen| seen.values));
    state.seen = values.map(|values| Seen { of, quantity: tensor.quantity.clone(), values });
}

/// Fits the colours to what is in sight.
pub fn refit(state: &mut State) {
    state.look.range = None;
    let values = extremes(state.grid.columns(), None);
    if let (Some(seen), Some(values)) = (&mut state.seen, values) {
        seen.values = values;
    }
}

fn extremes<'a>(columns: impl Iterator<Item = &'a GridColumn>, known: Option<(f32, f32)>) -> Option<(f32, f32)> {
    let values = columns.flat_map(|column| &column.values).copied().filter(|value| value.is_finite());
    values.fold(known, |known, value| {
        let (least, most) = known.unwrap_or((value, value));
        Some((least.min(value), most.max(value)))
    })
}

fn fitted(state: &State) -> (f32, f32) {
    let Some((least, most)) = state.seen.as_ref().map(|seen| seen.values) else {
        return if is_db(state) { (-REACH_DB, 0.0) } else { (0.0, 1.0) };
    };
    let signed = state.grid.target.as_ref().and_then(|t| t.format.as_tensor().ok()).is_some_and(is_signed);
    if signed {
        let reach = least.abs().max(most.abs()).max(f32::MIN_POSITIVE);
        return (-reach, reach);
    }
    if is_db(state) {
        // Tens, so that the colours hold still while a few more columns come.
        let most = (most / 10.0).ceil() * 10.0;
        return (((least / 10.0).floor() * 10.0).max(most - REACH_DB).min(most - 10.0), most);
    }
    let step = round_up(f64::from(most - least).max(1e-12) / 10.0) as f32;
    ((least / step).floor() * step, (most / step).ceil() * step)
}

/// Moves the darkest and the brightest level by so many steps; they never meet.
pub fn shift(state: &mut State, floor: f32, ceiling: f32) {
    let (low, high) = of(state);
    let step = if is_db(state) { STEP_DB } else { (high - low) / 20.0 };
    let (new_low, new_high) = (low + floor * step, high + ceiling * step);
    let least = if is_db(state) { STEP_DB } else { step };
    state.look.range =
        Some(if floor != 0.0 { (new_low.min(high - least), high) } else { (low, new_high.max(low + least)) });
}
