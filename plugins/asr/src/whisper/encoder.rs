//! What the encoder makes of a window's mel bands.

use super::math::{Linear, Norm, attend, gelu};
use super::size::Size;
use crate::weights::Weights;
use auricle_sdk::prelude::*;
use ndarray::{Array2, s};

/// One layer's attention to itself: queries, keys, values, and what comes out.
pub struct Attention {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    pub out: Linear,
}

impl Attention {
    /// Reads `name.query` and so on.
    pub fn read(weights: &Weights, name: &str, width: usize) -> Result<Self> {
        let linear = |part: &str| Linear::read(weights, &format!("{name}.{part}"), width, width);
        Ok(Attention { query: linear("query")?, key: linear("key")?, value: linear("value")?, out: linear("out")? })
    }
}

/// Two layers with a GELU between, four times as wide there.
pub struct Mlp {
    norm: Norm,
    first: Linear,
    second: Linear,
}

impl Mlp {
    /// Reads `name.mlp` and `name.mlp_ln`.
    pub fn read(weights: &Weights, name: &str, width: usize) -> Result<Self> {
        let inner = weights.shape(&format!("{name}.mlp.0.weight")).map_or(4 * width, |shape| shape[0]);
        Ok(Mlp {
            norm: Norm::read(weights, &format!("{name}.mlp_ln"), width)?,
            first: Linear::read(weights, &format!("{name}.mlp.0"), width, inner)?,
            second: Linear::read(weights, &format!("{name}.mlp.2"), inner, width)?,
        })
    }

    /// Adds its output to x.
    pub fn add_to(&self, x: &mut Array2<f32>) {
        let mut inner = self.first.apply(&self.norm.apply(x).view());
        gelu(&mut inner);
        *x += &self.second.apply(&inner.view());
    }
}

struct Layer {
    norm: Norm,
    attention: Attention,
    mlp: Mlp,
}

/// The encoder.
pub struct Encoder {
    convolutions: [Linear; 2],
    /// `(position, value)`
    positions: Array2<f32>,
    layers: Vec<Layer>,
    norm: Norm,
    heads: usize,
}

impl Encoder {
    /// Reads its weights.
    ///
    /// # Errors
    /// An array is missing or of another shape, or cannot be read; or `go_on` refuses, which is asked at each layer.
    pub fn read(weights: &Weights, size: &Size, go_on: &dyn Fn() -> Result<()>) -> Result<Self> {
        let d = size.width;
        let convolution = |name: &str, channels: usize| {
            let weight = weights.read(&format!("encoder.{name}.weight"), &[d, channels, 3])?;
            let bias = weights.read(&format!("encoder.{name}.bias"), &[d])?;
            Ok(Linear::new(weight, 3 * channels, d, Some(bias)))
        };
        let layer = |n: usize| {
            go_on()?;
            let name = format!("encoder.blocks.{n}");
            let norm = Norm::read(weights, &format!("{name}.attn_ln"), d)?;
            let attention = Attention::read(weights, &format!("{name}.attn"), d)?;
            Ok(Layer { norm, attention, mlp: Mlp::read(weights, &name, d)? })
        };
        let positions = weights.read("encoder.positional_embedding", &[size.audio, d])?;
        Ok(Encoder {
            convolutions: [convolution("conv1", size.mels)?, convolution("conv2", d)?],
            positions: Array2::from_shape_vec((size.audio, d), positions).expect("as many numbers were read"),
            layers: (0..size.audio_layers).map(layer).collect::<Result<_>>()?,
            norm: Norm::read(weights, "encoder.ln_post", d)?,
            heads: size.audio_heads,
        })
    }

    /// Of mel bands `(frame, band)`, twice as many frames as positions.
    ///
    /// # Errors
    /// `go_on` refuses; it is asked several times a layer.
    pub fn encode(&self, mel: &Array2<f32>, go_on: &dyn Fn() -> Result<()>) -> Result<Array2<f32>> {
        let mut x = self.convolutions[0].apply(&neighbours(mel, 1).view());
        gelu(&mut x);
        go_on()?;
        x = self.convolutions[1].apply(&neighbours(&x, 2).view());
        gelu(&mut x);
        x += &self.positions.slice(s![..x.nrows(), ..]);
        for layer in &self.layers {
            go_on()?;
            let h = layer.norm.apply(&x);
            let [q, k, v] = [&layer.attention.query, &layer.attention.key, &layer.attention.value]
                .map(|linear| linear.apply(&h.view()));
            go_on()?;
            x += &layer.attention.out.apply(&attend(&q, &k, &v, self.heads).view());
            go_on()?;
            layer.mlp.add_to(&mut x);
        }
        Ok(self.norm.apply(&x))
    }
}

/// A convolution of three frames as one product: each row holds, value by value, the frame before, the frame, and the
/// frame behind; outside there are zeros.
fn neighbours(x: &Array2<f32>, stride: usize) -> Array2<f32> {
    let mut rows = Array2::zeros((x.nrows().div_ceil(stride), 3 * x.ncols()));
    for (index, mut row) in rows.rows_mut().into_iter().enumerate() {
        for tap in 0..3 {
            let at = (index * stride + tap).checked_sub(1).filter(|&at| at < x.nrows());
            if let Some(at) = at {
                row.slice_mut(s![tap..;3]).assign(&x.row(at));
            }
        }
    }
    rows
}
