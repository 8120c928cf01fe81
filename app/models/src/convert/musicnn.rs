//! musicnn's VGG to ONNX: five convolutions and a layer of tags, of 187 frames of 96 bands.
//!
//! Source: Pons, Serra, musicnn: pre-trained convolutional neural networks for music audio tagging, ISMIR 2019 (late-breaking);
//! musicnn 0.1.0, `models.py`, `vgg`: sizes of filters and pools, and the names of weights.

use super::bundle::Bundle;
use super::onnx::{Edge, Graph, Node, Tensor, real, wholes};
use crate::Result;

const FRAMES: usize = 187;
const BANDS: usize = 96;
const FILTERS: usize = 128;
const TAGS: usize = 50;
/// What TensorFlow's normalisation adds to a variance.
const EPSILON: f32 = 1e-3;
/// Frames and bands of each pool, and how far it steps.
const POOLS: [([i64; 2], [i64; 2]); 5] =
    [([4, 1], [2, 2]), ([2, 2], [2, 2]), ([2, 2], [2, 2]), ([2, 2], [2, 2]), ([4, 4], [4, 4])];

/// The graph: `mel` `(1, 187, 96)` to `tags` `(1, 50)`.
///
/// # Errors
/// The checkpoint is of another network.
pub(super) fn graph(bundle: &Bundle) -> Result<Vec<u8>> {
    let mut graph = Graph {
        name: "musicnn".into(),
        inputs: vec![Edge::new("mel", &[0, FRAMES, BANDS])],
        outputs: vec![Edge::new("tags", &[0, TAGS])],
        ..Graph::default()
    };
    graph.tensors.push(Tensor::whole("channel", &[1]));
    graph.nodes.push(Node::new("Unsqueeze", &["mel", "channel"], &["picture"], vec![]));
    let mut at = normalised(&mut graph, bundle, "picture", 0, 1)?;
    let (mut channels, mut size) = (1, [FRAMES, BANDS]);
    for (index, (pool, step)) in POOLS.iter().enumerate() {
        let layer = index + 1;
        let name = |what: &str| format!("{what}{layer}");
        let (kernel, bias) = (name("kernel"), name("bias"));
        let values = bundle.array(&format!("{layer}CNN/kernel"), &[3, 3, channels, FILTERS])?;
        // Theirs stand height, width, input, output, ONNX's output, input, height, width.
        let place = |n: usize| {
            let (output, input, spot) = (n / 9 / channels, n / 9 % channels, n % 9);
            values[(spot * channels + input) * FILTERS + output]
        };
        let turned: Vec<f32> = (0..values.len()).map(place).collect();
        graph.tensors.push(Tensor::real(&kernel, &[FILTERS, channels, 3, 3], &turned));
        graph.tensors.push(Tensor::real(&bias, &[FILTERS], bundle.array(&format!("{layer}CNN/bias"), &[FILTERS])?));
        let around = vec![wholes("pads", &[1; 4]), wholes("strides", &[1; 2]), wholes("dilations", &[1; 2])];
        graph.nodes.push(Node::new("Conv", &[&at, &kernel, &bias], &[&name("conv")], around));
        graph.nodes.push(Node::new("Relu", &[&name("conv")], &[&name("relu")], vec![]));
        let normal = normalised(&mut graph, bundle, &name("relu"), layer, FILTERS)?;
        at = name("pool");
        let pooling = vec![wholes("kernel_shape", pool), wholes("strides", step)];
        graph.nodes.push(Node::new("MaxPool", &[&normal], &[&at], pooling));
        channels = FILTERS;
        size = std::array::from_fn(|axis| (size[axis] - pool[axis] as usize) / step[axis] as usize + 1);
    }
    let width = size[0] * size[1] * FILTERS;
    graph.tensors.push(Tensor::real("dense", &[width, TAGS], bundle.array("dense/kernel", &[width, TAGS])?));
    graph.tensors.push(Tensor::real("dense_bias", &[TAGS], bundle.array("dense/bias", &[TAGS])?));
    graph.nodes.extend([
        // Theirs has channels last when it is laid in a row.
        Node::new("Transpose", &[&at], &["last"], vec![wholes("perm", &[0, 2, 3, 1])]),
        Node::new("Flatten", &["last"], &["row"], vec![]),
        Node::new("Gemm", &["row", "dense", "dense_bias"], &["scores"], vec![]),
        Node::new("Sigmoid", &["scores"], &["tags"], vec![]),
    ]);
    Ok(graph.file())
}

/// Puts the normalisation `index` behind `input`; gives the name of what comes out.
fn normalised(graph: &mut Graph, bundle: &Bundle, input: &str, index: usize, channels: usize) -> Result<String> {
    let scope = if index == 0 { "batch_normalization".to_owned() } else { format!("batch_normalization_{index}") };
    let mut names = vec![input.to_owned()];
    for what in ["gamma", "beta", "moving_mean", "moving_variance"] {
        let name = format!("{scope}/{what}");
        graph.tensors.push(Tensor::real(&name, &[channels], bundle.array(&name, &[channels])?));
        names.push(name);
    }
    let output = format!("normal{index}");
    let inputs: Vec<&str> = names.iter().map(String::as_str).collect();
    graph.nodes.push(Node::new("BatchNormalization", &inputs, &[&output], vec![real("epsilon", EPSILON)]));
    Ok(output)
}
