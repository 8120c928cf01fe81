//! How the rows of the screen are shared out among the lanes.

use super::lane::{Kind, Lane};
use super::lanes::Lanes;

/// Rows of a title.
const TITLE: u16 = 1;
/// A step of height multiplies by this.
const STEP: f32 = 1.4;
/// So many tiers of labels have a row in any case.
const MOST_TIERS: u16 = 6;
/// A waveform beside a spectrogram has at most so many rows of its own accord.
const MOST_WAVE: u16 = 16;

/// Places and rows, titles included, of the lanes that fit into `rows`: those farthest from the one that has the keys
/// make way first.
pub fn heights(lanes: &Lanes, rows: u16) -> Vec<(usize, u16)> {
    let mut places = lanes.shown();
    let needed = |places: &[usize]| places.iter().map(|&place| least(lanes, place) + TITLE).sum::<u16>();
    while places.len() > 1 && needed(&places) > rows {
        let far = |place: &&usize| place.abs_diff(lanes.focus());
        let farthest = places.iter().max_by_key(far).copied();
        places.retain(|place| Some(*place) != farthest);
    }
    let wishes: Vec<f32> = places.iter().map(|&place| lanes.get(place).map_or(1.0, wish)).collect();
    let all: f32 = wishes.iter().sum();
    let has_grid = places.iter().any(|&place| kind(lanes, place) == Some(Kind::Grid));
    // What is left over goes to those that can use it, to each as much.
    let elastic = |place: usize| kind(lanes, place).map_or(0, elasticity);
    let most = places.iter().map(|&place| elastic(place)).max().unwrap_or(0);
    let takers: Vec<usize> = (0..places.len()).filter(|&at| elastic(places[at]) == most).collect();
    let mut heights: Vec<u16> = Vec::with_capacity(places.len());
    for (&place, wish) in places.iter().zip(&wishes) {
        let share = (f32::from(rows) * wish / all) as u16;
        let weight = lanes.get(place).map_or(0, |lane| lane.look.weight);
        let height = match kind(lanes, place) {
            Some(Kind::Wave) if has_grid => {
                let most = (f32::from(MOST_WAVE) * STEP.powi(weight.max(0).into())) as u16;
                // Zero lies between two rows: what is small then still has a shape on both sides.
                let each = if channels(lanes, place) == 2 { 4 } else { 2 };
                share.clamp(4, most) / each * each
            }
            _ => share.saturating_sub(TITLE),
        };
        heights.push(height.max(least(lanes, place)) + TITLE);
    }
    settle(&mut heights, &takers, rows, &|at| least(lanes, places[at]) + TITLE);
    places.into_iter().zip(heights).collect()
}

/// Makes the heights fill `rows`: the highest give what is too much, and `takers` share what is over.
fn settle(heights: &mut [u16], takers: &[usize], rows: u16, least: &dyn Fn(usize) -> u16) {
    while heights.iter().sum::<u16>() > rows {
        let spare = |at: &usize| heights[*at].saturating_sub(least(*at));
        let Some(at) = (0..heights.len()).max_by_key(spare).filter(|at| spare(at) > 0) else { break };
        heights[at] -= 1;
    }
    let (sum, count) = (heights.iter().sum::<u16>(), takers.len().max(1) as u16);
    let (each, rest) = (rows.saturating_sub(sum) / count, rows.saturating_sub(sum) % count);
    for (k, &at) in takers.iter().enumerate() {
        // The last ones have a row more.
        heights[at] += each + u16::from(k as u16 >= count - rest);
    }
    if let (Some(first), true) = (heights.first_mut(), sum > rows) {
        // A single lane on a screen of few rows.
        *first = first.saturating_sub(sum - rows);
    }
}

fn kind(lanes: &Lanes, place: usize) -> Option<Kind> {
    lanes.get(place).map(Lane::kind)
}

fn channels(lanes: &Lanes, place: usize) -> usize {
    let audio = lanes.get(place).and_then(|lane| lane.target()?.format.as_audio().ok());
    audio.map_or(1, |audio| audio.channels)
}

/// How well a kind uses rows that are over.
fn elasticity(kind: Kind) -> u8 {
    match kind {
        Kind::Grid => 4,
        Kind::Wave => 3,
        Kind::Curve => 2,
        Kind::Table | Kind::Profile => 1,
        Kind::Events => 0,
    }
}

/// What a lane would have, as a share.
fn wish(lane: &Lane) -> f32 {
    let audio = lane.target().and_then(|target| target.format.as_audio().ok());
    let own = match lane.kind() {
        Kind::Wave if audio.is_some_and(|audio| audio.channels == 2) => 1.5,
        Kind::Wave | Kind::Table | Kind::Profile => 1.0,
        Kind::Grid => 3.0,
        Kind::Curve => 1.0,
        Kind::Events => 0.4,
    };
    own * STEP.powi(lane.look.weight.into())
}

/// The fewest rows below its title in which a lane can be read.
fn least(lanes: &Lanes, place: usize) -> u16 {
    match kind(lanes, place) {
        // Of many pictures each is small.
        Some(Kind::Grid) if lanes.shown().len() > 4 => 2,
        Some(Kind::Grid | Kind::Wave) => 4,
        Some(Kind::Curve | Kind::Table | Kind::Profile) => 3,
        Some(Kind::Events) => lanes.get(place).map_or(1, |lane| lane.tiers.clamp(1, MOST_TIERS)),
        None => 1,
    }
}
