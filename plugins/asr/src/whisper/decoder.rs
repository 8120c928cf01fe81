//! The decoder: the scores of the next token, given those before and what the encoder made. What was computed of earlier
//! tokens is kept.

use super::encoder::{Attention, Mlp};
use super::math::{Linear, Norm, softmax};
use super::size::Size;
use crate::weights::Weights;
use auricle_sdk::prelude::*;
use ndarray::{Array2, s};

struct Layer {
    norm: Norm,
    own: Attention,
    other_norm: Norm,
    other: Attention,
    mlp: Mlp,
}

/// Is told a layer, a head, a token's place, and how much weight each position of the window has for it.
pub type Seen<'a> = dyn FnMut(usize, usize, usize, &[f32]) + 'a;

/// The decoder.
pub struct Decoder {
    embedding: Linear,
    positions: Array2<f32>,
    layers: Vec<Layer>,
    norm: Norm,
    heads: usize,
}

/// Keys and values of one layer, by head: `position * depth` numbers each.
struct Kept {
    keys: Vec<Vec<f32>>,
    values: Vec<Vec<f32>>,
}

/// What is kept while one window is decoded.
pub struct State {
    /// Tokens so far.
    length: usize,
    own: Vec<Kept>,
    other: Vec<Kept>,
}

impl Decoder {
    /// Reads its weights.
    ///
    /// # Errors
    /// An array is missing or of another shape, or cannot be read; or `go_on` refuses, which is asked at each layer.
    pub fn read(weights: &Weights, size: &Size, go_on: &dyn Fn() -> Result<()>) -> Result<Self> {
        let d = size.width;
        let layer = |n: usize| {
            go_on()?;
            let name = format!("decoder.blocks.{n}");
            Ok(Layer {
                norm: Norm::read(weights, &format!("{name}.attn_ln"), d)?,
                own: Attention::read(weights, &format!("{name}.attn"), d)?,
                other_norm: Norm::read(weights, &format!("{name}.cross_attn_ln"), d)?,
                other: Attention::read(weights, &format!("{name}.cross_attn"), d)?,
                mlp: Mlp::read(weights, &name, d)?,
            })
        };
        let positions = weights.read("decoder.positional_embedding", &[size.text, d])?;
        Ok(Decoder {
            embedding: Linear::read(weights, "decoder.token_embedding", d, size.vocabulary)?,
            positions: Array2::from_shape_vec((size.text, d), positions).expect("as many numbers were read"),
            layers: (0..size.text_layers).map(layer).collect::<Result<_>>()?,
            norm: Norm::read(weights, "decoder.ln", d)?,
            heads: size.text_heads,
        })
    }

    /// Most tokens of one window, those before the text counted.
    pub fn context(&self) -> usize {
        self.positions.nrows()
    }

    /// Begins with what the encoder made of a window.
    ///
    /// # Errors
    /// `go_on` refuses; it is asked between layers.
    pub fn begin(&self, audio: &Array2<f32>, go_on: &dyn Fn() -> Result<()>) -> Result<State> {
        let kept = |layer: &Layer| {
            go_on()?;
            let (keys, values) = (layer.other.key.apply(&audio.view()), layer.other.value.apply(&audio.view()));
            Ok(Kept { keys: self.by_head(&keys), values: self.by_head(&values) })
        };
        let none = || Kept { keys: vec![Vec::new(); self.heads], values: vec![Vec::new(); self.heads] };
        Ok(State {
            length: 0,
            own: self.layers.iter().map(|_| none()).collect(),
            other: self.layers.iter().map(kept).collect::<Result<_>>()?,
        })
    }

    /// Forgets all tokens, but not the window.
    pub fn rewind(&self, state: &mut State) {
        state.length = 0;
        for kept in &mut state.own {
            kept.keys.iter_mut().chain(&mut kept.values).for_each(Vec::clear);
        }
    }

    fn by_head(&self, x: &Array2<f32>) -> Vec<Vec<f32>> {
        let depth = x.ncols() / self.heads;
        let head = |head: usize| x.slice(s![.., head * depth..(head + 1) * depth]).iter().copied().collect();
        (0..self.heads).map(head).collect()
    }

    /// The scores of every token to come behind each of `tokens` whose place is in `wanted`, which come behind those of
    /// earlier calls.
    ///
    /// # Errors
    /// `go_on` refuses; it is asked between layers.
    ///
    /// # Panics
    /// If a token is not of the vocabulary, or there are more than [`context`](Self::context).
    pub fn step(
        &self,
        state: &mut State,
        tokens: &[usize],
        wanted: &[usize],
        go_on: &dyn Fn() -> Result<()>,
    ) -> Result<Vec<Vec<f32>>> {
        self.step_seen(state, tokens, wanted, go_on, &mut |_, _, _, _| {})
    }

    /// As [`step`](Self::step); `seen` is told where each token looks in the window.
    pub fn step_seen(
        &self,
        state: &mut State,
        tokens: &[usize],
        wanted: &[usize],
        go_on: &dyn Fn() -> Result<()>,
        seen: &mut Seen<'_>,
    ) -> Result<Vec<Vec<f32>>> {
        let depth = self.positions.ncols() / self.heads;
        let mut x = Array2::zeros((tokens.len(), self.positions.ncols()));
        for (index, (&token, mut row)) in tokens.iter().zip(x.rows_mut()).enumerate() {
            row.assign(&self.embedding.rows().row(token));
            row += &self.positions.row(state.length + index);
        }
        for (n, layer) in self.layers.iter().enumerate() {
            go_on()?;
            let h = layer.norm.apply(&x);
            let [q, k, v] = [&layer.own.query, &layer.own.key, &layer.own.value].map(|linear| linear.apply(&h.view()));
            let kept = &mut state.own[n];
            for (head, (keys, values)) in kept.keys.iter_mut().zip(&mut kept.values).enumerate() {
                let own = s![.., head * depth..(head + 1) * depth];
                keys.extend(k.slice(own).iter());
                values.extend(v.slice(own).iter());
            }
            // A token sees itself and those before it.
            let sees = |index: usize| state.length + index + 1;
            x += &layer.own.out.apply(&look_up(&q, kept, depth, sees, &mut |_, _, _| {}).view());
            let q = layer.other.query.apply(&layer.other_norm.apply(&x).view());
            let kept = &state.other[n];
            let all = kept.keys[0].len() / depth;
            let mut seen = |head: usize, index: usize, weights: &[f32]| seen(n, head, index, weights);
            x += &layer.other.out.apply(&look_up(&q, kept, depth, |_| all, &mut seen).view());
            layer.mlp.add_to(&mut x);
        }
        state.length += tokens.len();
        let x = self.norm.apply(&x);
        Ok(wanted.iter().map(|&index| self.embedding.apply_wide(&x.row(index))).collect())
    }
}

/// Attention of each query to the first `sees(index)` keys that are kept; `seen` is told the head, the query's place and the
/// weight of each key.
fn look_up(
    q: &Array2<f32>,
    kept: &Kept,
    depth: usize,
    sees: impl Fn(usize) -> usize,
    seen: &mut dyn FnMut(usize, usize, &[f32]),
) -> Array2<f32> {
    let scale = (depth as f32).powf(-0.5);
    let mut out = Array2::zeros(q.raw_dim());
    let mut scores = Vec::new();
    for (index, row) in q.rows().into_iter().enumerate() {
        let count = sees(index);
        for (head, (keys, values)) in kept.keys.iter().zip(&kept.values).enumerate() {
            let own = s![head * depth..(head + 1) * depth];
            let query = row.slice(own);
            let keys = ndarray::ArrayView2::from_shape((count, depth), &keys[..count * depth]);
            let values = ndarray::ArrayView2::from_shape((count, depth), &values[..count * depth]);
            let (keys, values) = (keys.expect("keys are whole"), values.expect("values are whole"));
            scores.clear();
            scores.extend(keys.rows().into_iter().map(|key| key.dot(&query) * scale));
            softmax(&mut scores);
            seen(head, index, &scores);
            let mut out = out.row_mut(index);
            let mut out = out.slice_mut(own);
            for (value, &weight) in values.rows().into_iter().zip(&scores) {
                out.scaled_add(weight, &value);
            }
        }
    }
    out
}
