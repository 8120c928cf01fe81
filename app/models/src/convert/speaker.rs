//! Speaker encoders trained in PyTorch to ONNX: layers of LSTM, of whose last state a linear layer, cut off below 0 and of length 1,
//! is the voice.
//!
//! Source: Wan, Wang, Papir, Lopez Moreno, Generalized end-to-end loss for speaker verification, ICASSP 2018, section 2; the names of
//! weights are those of Resemblyzer 0.1.4. PyTorch's LSTM has its gates in the order input, forget, cell, output, ONNX's in the
//! order input, output, forget, cell.

use super::onnx::{Edge, Graph, Node, Tensor, whole, wholes};
use super::{Array, refused};
use crate::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// ONNX's gates by their places in PyTorch's.
const GATES: [usize; 4] = [0, 3, 1, 2];

/// Are these the weights of one?
pub(super) fn is_encoder(arrays: &BTreeMap<String, Array>) -> bool {
    ["lstm.weight_ih_l0", "lstm.weight_hh_l0", "linear.weight", "linear.bias"]
        .iter()
        .all(|name| arrays.contains_key(*name))
}

/// The graph: `mels` `(1, frame, band)` to `embed` `(1, embedding)`.
///
/// # Errors
/// The weights of `path` do not fit each other.
pub(super) fn graph(arrays: &BTreeMap<String, Array>, path: &Path) -> Result<Vec<u8>> {
    let array = |name: &str, shape: &[usize]| match arrays.get(name) {
        Some(array) if array.shape == shape => Ok(array),
        Some(array) => Err(refused(path, format!("{name}: expected the shape {shape:?}, got {:?}", array.shape))),
        None => Err(refused(path, format!("has no {name}"))),
    };
    let shape =
        |name: &str, axis: usize| arrays.get(name).and_then(|array| array.shape.get(axis).copied()).unwrap_or(0);
    let (bands, hidden, size) =
        (shape("lstm.weight_ih_l0", 1), shape("lstm.weight_hh_l0", 1), shape("linear.weight", 0));
    let layers = (0..).take_while(|layer| arrays.contains_key(&format!("lstm.weight_ih_l{layer}"))).count();
    let mut graph = Graph {
        name: "speaker".into(),
        inputs: vec![Edge::new("mels", &[1, 0, bands])],
        outputs: vec![Edge::new("embed", &[1, size])],
        ..Graph::default()
    };
    graph.nodes.push(Node::new("Transpose", &["mels"], &["x0"], vec![wholes("perm", &[1, 0, 2])]));
    graph.tensors.push(Tensor::whole("directions", &[1]));
    graph.tensors.push(Tensor::whole("first", &[0]));
    let mut width = bands;
    for layer in 0..layers {
        let get = |name: &str, shape: &[usize]| array(&format!("lstm.{name}_l{layer}"), shape).map(in_order);
        let input = get("weight_ih", &[4 * hidden, width])?;
        let state = get("weight_hh", &[4 * hidden, hidden])?;
        let bias = [get("bias_ih", &[4 * hidden])?, get("bias_hh", &[4 * hidden])?].concat();
        let name = |what: &str| format!("{what}{layer}");
        let (w, r, b) = (name("w"), name("r"), name("b"));
        graph.tensors.push(Tensor::real(&w, &[1, 4 * hidden, width], &input));
        graph.tensors.push(Tensor::real(&r, &[1, 4 * hidden, hidden], &state));
        graph.tensors.push(Tensor::real(&b, &[1, 8 * hidden], &bias));
        let (x, all, last, next) = (name("x"), name("all"), name("last"), format!("x{}", layer + 1));
        let told = vec![whole("hidden_size", hidden as i64)];
        graph.nodes.push(Node::new("LSTM", &[&x, &w, &r, &b], &[&all, &last], told));
        graph.nodes.push(Node::new("Squeeze", &[&all, "directions"], &[&next], vec![]));
        width = hidden;
    }
    let last = format!("last{}", layers - 1);
    graph.tensors.push(Tensor::real("w", &[size, hidden], &array("linear.weight", &[size, hidden])?.values));
    graph.tensors.push(Tensor::real("b", &[size], &array("linear.bias", &[size])?.values));
    graph.nodes.extend([
        Node::new("Squeeze", &[&last, "first"], &["state"], vec![]),
        Node::new("Gemm", &["state", "w", "b"], &["linear"], vec![whole("transB", 1)]),
        Node::new("Relu", &["linear"], &["voice"], vec![]),
        Node::new("ReduceL2", &["voice"], &["length"], vec![wholes("axes", &[1]), whole("keepdims", 1)]),
        Node::new("Div", &["voice", "length"], &["embed"], vec![]),
    ]);
    Ok(graph.file())
}

/// Rows of four gates, in ONNX's order.
fn in_order(array: &Array) -> Vec<f32> {
    let gate = array.values.len() / 4;
    GATES.iter().flat_map(|from| &array.values[from * gate..(from + 1) * gate]).copied().collect()
}
