//! When tokens were said: where the decoder looks in the sound while it writes them.
//!
//! Source: openai-whisper 20250625, `timing.find_alignment`: the attention of some heads, standardised over the tokens and smoothed
//! over time; through their mean goes the best path that turns back in neither direction (Sakoe and Chiba, "Dynamic Programming
//! Algorithm Optimization for Spoken Word Recognition", IEEE Trans. ASSP 26, 1978).

use super::decoder::State;
use super::model::Model;
use super::size::Size;
use auricle_sdk::Result;
use ndarray::{Array2, Axis as Along, s};
use serde_json::Value as Json;

/// Values whose median stands for the middle one.
const SMOOTH: usize = 7;

/// A layer of the decoder, and a head of its attention to the sound.
pub type Head = (usize, usize);

/// Tokens, layers and heads of a released model, and which heads follow the speech.
type Released = ((usize, usize, usize), &'static [Head]);

/// # Source
/// openai-whisper 20250625, `_ALIGNMENT_HEADS`: tiny.en, tiny, base.en, base, small.en, small, medium.en, medium, large-v2,
/// large-v3, large-v3-turbo.
#[rustfmt::skip]
const RELEASED: [Released; 11] = [
    ((51_864, 4, 6), &[(1, 0), (2, 0), (2, 5), (3, 0), (3, 1), (3, 2), (3, 3), (3, 4)]),
    ((51_865, 4, 6), &[(2, 2), (3, 0), (3, 2), (3, 3), (3, 4), (3, 5)]),
    ((51_864, 6, 8), &[(3, 3), (4, 7), (5, 1), (5, 5), (5, 7)]),
    ((51_865, 6, 8), &[(3, 1), (4, 2), (4, 3), (4, 7), (5, 1), (5, 2), (5, 4), (5, 6)]),
    ((51_864, 12, 12), &[
        (6, 6), (7, 0), (7, 3), (7, 8), (8, 2), (8, 5), (8, 7), (9, 0), (9, 4), (9, 8), (9, 10), (10, 0), (10, 1), (10, 2), (10, 3),
        (10, 6), (10, 11), (11, 2), (11, 4),
    ]),
    ((51_865, 12, 12), &[(5, 3), (5, 9), (8, 0), (8, 4), (8, 7), (8, 8), (9, 0), (9, 7), (9, 9), (10, 5)]),
    ((51_864, 24, 16), &[
        (11, 4), (14, 1), (14, 12), (14, 14), (15, 4), (16, 0), (16, 4), (16, 9), (17, 12), (17, 14), (18, 7), (18, 10), (18, 15),
        (20, 0), (20, 3), (20, 9), (20, 14), (21, 12),
    ]),
    ((51_865, 24, 16), &[(13, 15), (15, 4), (15, 15), (16, 1), (20, 0), (23, 4)]),
    ((51_865, 32, 20), &[
        (10, 12), (13, 17), (16, 11), (16, 12), (16, 13), (17, 15), (17, 16), (18, 4), (18, 11), (18, 19), (19, 11), (21, 2), (21, 3),
        (22, 3), (22, 9), (22, 12), (23, 5), (23, 7), (23, 13), (25, 5), (26, 1), (26, 12), (27, 15),
    ]),
    ((51_866, 32, 20), &[
        (7, 0), (10, 17), (12, 18), (13, 12), (16, 1), (17, 14), (19, 11), (21, 4), (24, 1), (25, 6),
    ]),
    ((51_866, 4, 20), &[(2, 4), (2, 11), (3, 3), (3, 6), (3, 11), (3, 14)]),
];

/// The heads to follow: those that a model's settings list; else those of the released model of this size; else all of the
/// upper half of the layers.
pub fn heads(settings: &[&Json], size: &Size) -> Vec<Head> {
    let pair = |pair: &Json| Some((pair[0].as_u64()? as usize, pair[1].as_u64()? as usize));
    let listed = settings.iter().find_map(|json| json["alignment_heads"].as_array());
    let listed: Vec<Head> = listed.into_iter().flatten().filter_map(pair).collect();
    let there = |head: &Head| head.0 < size.text_layers && head.1 < size.text_heads;
    if !listed.is_empty() && listed.iter().all(there) {
        return listed;
    }
    let known = RELEASED.iter().find(|released| released.0 == (size.vocabulary, size.text_layers, size.text_heads));
    let upper = size.text_layers / 2..size.text_layers;
    known.map_or_else(
        || upper.flat_map(|layer| (0..size.text_heads).map(move |head| (layer, head))).collect(),
        |released| released.1.to_vec(),
    )
}

/// When each token of `text` begins and the last ends, counted in times from the window's start: one more than there are
/// tokens. `frames` mel frames of the window are sound.
///
/// # Errors
/// `go_on` refuses.
pub fn begins(
    model: &Model,
    state: &mut State,
    begin: &[usize],
    text: &[usize],
    frames: usize,
    go_on: &dyn Fn() -> Result<()>,
) -> Result<Vec<usize>> {
    let mut given = begin.to_vec();
    given.push(model.tokens.no_times);
    let text = &text[..text.len().min(model.decoder.context().saturating_sub(given.len() + 1))];
    given.extend(text);
    given.push(model.tokens.end);
    let positions = (frames / super::transcribe::FRAMES_A_TIME).max(1);
    let mut followed = Followed {
        heads: &model.heads,
        layer: 0,
        seen: Vec::new(),
        rows: given.len(),
        positions,
        sum: Array2::zeros((given.len(), positions)),
    };
    model.decoder.rewind(state);
    model.decoder.step_seen(state, &given, &[], go_on, &mut |layer, head, row, weights| {
        followed.push((layer, head), row, weights);
    })?;
    followed.add();
    // What a token looks at decides on the next: the row of the one before each of the text, and that of the last.
    let worth = followed.sum.slice(s![begin.len()..given.len() - 1, ..]);
    Ok(first_columns(&worth.to_owned()))
}

/// Attention of the heads that are followed, layer by layer.
struct Followed<'a> {
    heads: &'a [Head],
    layer: usize,
    /// Of each head of the layer, `(token, position)`.
    seen: Vec<(usize, Array2<f32>)>,
    rows: usize,
    positions: usize,
    /// Of all layers before: standardised, smoothed, and added up.
    sum: Array2<f32>,
}

impl Followed<'_> {
    fn push(&mut self, (layer, head): Head, row: usize, weights: &[f32]) {
        if !self.heads.contains(&(layer, head)) {
            return;
        }
        if layer != self.layer {
            self.add();
            self.layer = layer;
        }
        let place = self.seen.iter().position(|(known, _)| *known == head).unwrap_or_else(|| {
            self.seen.push((head, Array2::zeros((self.rows, self.positions))));
            self.seen.len() - 1
        });
        // Weights of what is sound; they sum to 1 again.
        let heard = &weights[..self.positions.min(weights.len())];
        let sum: f32 = heard.iter().sum();
        let scale = if sum > 0.0 { 1.0 / sum } else { 0.0 };
        for (to, from) in self.seen[place].1.row_mut(row).iter_mut().zip(heard) {
            *to = from * scale;
        }
    }

    fn add(&mut self) {
        for (_, mut seen) in self.seen.drain(..) {
            let Some(mean) = seen.mean_axis(Along(0)) else { continue };
            let inverse = seen.std_axis(Along(0), 0.0).mapv(|spread| if spread > 0.0 { 1.0 / spread } else { 0.0 });
            seen -= &mean;
            seen *= &inverse;
            for (mut to, from) in self.sum.rows_mut().into_iter().zip(seen.rows()) {
                let smoothed = smooth(from.as_slice().expect("rows are contiguous"));
                to.iter_mut().zip(smoothed).for_each(|(to, value)| *to += value);
            }
        }
    }
}

/// The median of each value and its neighbours; the ends are mirrored.
fn smooth(row: &[f32]) -> Vec<f32> {
    let half = SMOOTH / 2;
    if row.len() <= half {
        return row.to_vec();
    }
    let left = row[1..=half].iter().rev();
    let right = row[row.len() - 1 - half..row.len() - 1].iter().rev();
    let padded: Vec<f32> = left.chain(row).chain(right).copied().collect();
    padded.windows(SMOOTH).map(|seven| median(std::array::from_fn(|k| seven[k]))).collect()
}

/// # Source
/// Devillard, "Fast median search", 1998: 13 exchanges.
#[inline(always)]
fn median(mut of: [f32; SMOOTH]) -> f32 {
    const EXCHANGES: [(usize, usize); 13] =
        [(0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5), (2, 6), (2, 3), (3, 6), (4, 5), (1, 4), (1, 3), (3, 4)];
    for (a, b) in EXCHANGES {
        let (low, high) = if of[b] < of[a] { (of[b], of[a]) } else { (of[a], of[b]) };
        (of[a], of[b]) = (low, high);
    }
    of[SMOOTH / 2]
}

/// How the path came to a place.
#[derive(Clone, Copy)]
enum Came {
    Aslant,
    Down,
    Along,
}

/// Where the path of most worth, from the first to the last corner, comes into each row.
fn first_columns(worth: &Array2<f32>) -> Vec<usize> {
    let (rows, columns) = worth.dim();
    let mut came = Array2::from_elem((rows, columns), Came::Along);
    // Costs of the row before and of this one, each with what lies before its first column.
    let mut above = vec![f32::INFINITY; columns + 1];
    above[0] = 0.0;
    for (row, mut came) in worth.rows().into_iter().zip(came.rows_mut()) {
        let mut costs = vec![f32::INFINITY; columns + 1];
        for column in 0..columns {
            let (aslant, down, along) = (above[column], above[column + 1], costs[column]);
            let (least, how) = if aslant < down && aslant < along {
                (aslant, Came::Aslant)
            } else if down < aslant && down < along {
                (down, Came::Down)
            } else {
                (along, Came::Along)
            };
            costs[column + 1] = least - row[column];
            came[column] = how;
        }
        above = costs;
    }
    let mut first = vec![0; rows];
    let (mut row, mut column) = (rows - 1, columns - 1);
    loop {
        first[row] = column;
        let (up, left) = match came[(row, column)] {
            Came::Aslant => (1, 1),
            Came::Down => (1, 0),
            Came::Along => (0, 1),
        };
        if row < up || column < left {
            return first;
        }
        (row, column) = (row - up, column - left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// What is a median of zeros and ones is one of all numbers (Knuth, "The Art of Computer Programming", 5.3.4, theorem Z).
    #[test]
    fn medians() {
        for bits in 0..1u32 << SMOOTH {
            let of = std::array::from_fn(|k| (bits >> k & 1) as f32);
            let expected = if bits.count_ones() > 3 { 1.0 } else { 0.0 };
            assert_eq!(median(of), expected, "{of:?}");
        }
        // scipy 1.17.1, ndimage.median_filter with mode "mirror".
        assert_eq!(smooth(&[3.0, 1.0, 4.0, 1.0, 5.0]), [1.0, 3.0, 1.0, 3.0, 1.0]);
        assert_eq!(smooth(&[3.0, 1.0]), [3.0, 1.0]);
    }

    #[test]
    fn paths_go_where_it_is_worth_most() {
        let worth =
            array![[9.0f32, 9.0, -1.0, -1.0, -1.0], [-1.0, -1.0, 9.0, -1.0, -1.0], [-1.0, -1.0, -1.0, 9.0, 9.0]];
        assert_eq!(first_columns(&worth), [0, 2, 3]);
        // More rows than columns: some begin together.
        assert_eq!(first_columns(&array![[1.0f32], [2.0], [3.0]]), [0, 0, 0]);
        assert_eq!(first_columns(&array![[0.0f32, 0.0, 0.0]]), [0]);
    }

    #[test]
    fn heads_are_those_that_are_known() {
        let size = Size {
            vocabulary: 51_864,
            width: 384,
            mels: 80,
            audio: 1500,
            audio_heads: 6,
            audio_layers: 4,
            text: 448,
            text_heads: 6,
            text_layers: 4,
        };
        let json = |text: &str| serde_json::from_str::<Json>(text).expect("JSON");
        assert_eq!(heads(&[&json(r#"{"alignment_heads": [[1, 2], [3, 4]]}"#)], &size), [(1, 2), (3, 4)]);
        for odd in ["null", r#"{"alignment_heads": null}"#, r#"{"alignment_heads": [[4, 0]]}"#] {
            assert_eq!(heads(&[&json(odd)], &size)[..2], [(1, 0), (2, 0)], "{odd}");
        }
        let other = Size { vocabulary: 51_863, text_heads: 2, ..size };
        assert_eq!(heads(&[], &other), [(2, 0), (2, 1), (3, 0), (3, 1)]);
    }
}
