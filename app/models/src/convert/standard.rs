//! Operators that ONNX Runtime's optimiser leaves in a saved graph, rewritten as ONNX's own, so that other runtimes can run it.
//!
//! Source: ONNX Runtime 1.31, `docs/ContribOperators.md`, of each operator its inputs and attributes; ONNX's operators in version 20.

use super::onnx::{Attribute, Graph, Model, Node, OperatorSet, Tensor, kind, real, text, wholes};
use super::{floats, whole};
use crate::Result;
use prost::Message;
use std::collections::BTreeSet;
use std::path::Path;

/// The maker of the operators.
const RUNTIME: &str = "com.microsoft";
/// What a layer is normalised with where nothing is said.
const EPSILON: f32 = 1e-5;

/// The file with ONNX's operators alone; none if it has no others, is no graph, or has one for which there is no rule: then a stage
/// tells which it cannot run.
///
/// # Errors
/// It cannot be read.
pub(super) fn rewritten(path: &Path) -> Result<Option<Vec<u8>>> {
    let Some(bytes) = whole(path)? else { return Ok(None) };
    let Ok(mut model) = Model::decode(bytes.as_slice()) else { return Ok(None) };
    let own = |set: &&OperatorSet| matches!(set.domain.as_str(), "" | "ai.onnx");
    let version = model.operators.iter().find(own).map_or(0, |set| set.version);
    let Some(graph) = &mut model.graph else { return Ok(None) };
    if !graph.nodes.iter().any(|node| node.domain == RUNTIME) {
        return Ok(None);
    }
    let nodes = std::mem::take(&mut graph.nodes);
    let mut rewriting = Rewriting { graph, version, made: 0 };
    for node in nodes {
        if node.domain != RUNTIME {
            rewriting.graph.nodes.push(node);
        } else if rewriting.node(&node).is_none() {
            return Ok(None);
        }
    }
    let used: BTreeSet<&str> = graph.nodes.iter().flat_map(|node| node.inputs.iter().map(String::as_str)).collect();
    let given: BTreeSet<&str> = graph.outputs.iter().map(|output| output.name.as_str()).collect();
    graph.tensors.retain(|tensor| used.contains(tensor.name.as_str()) || given.contains(tensor.name.as_str()));
    model.operators.retain(|set| own(&set));
    Ok(Some(model.encode_to_vec()))
}

struct Rewriting<'a> {
    graph: &'a mut Graph,
    /// Of ONNX's operators.
    version: i64,
    made: usize,
}

impl Rewriting<'_> {
    /// A name that is not taken.
    fn name(&mut self) -> String {
        self.made += 1;
        format!("auricle/{}", self.made)
    }

    fn put(&mut self, operator: &str, inputs: &[&str], output: &str, attributes: Vec<Attribute>) {
        self.graph.nodes.push(Node::new(operator, inputs, &[output], attributes));
    }

    /// Puts what does the same in a node's place, if there is a rule.
    fn node(&mut self, node: &Node) -> Option<()> {
        let input = |index: usize| node.inputs.get(index).map(String::as_str).unwrap_or_default();
        let output = |index: usize| node.outputs.get(index).map(String::as_str).unwrap_or_default();
        match node.operator.as_str() {
            "FusedMatMul" => self.product(node)?,
            "FastGelu" if self.version >= 20 => {
                let mut x = input(0).to_owned();
                if !input(1).is_empty() {
                    let sum = self.name();
                    self.put("Add", &[&x, input(1)], &sum, vec![]);
                    x = sum;
                }
                self.put("Gelu", &[&x], output(0), vec![text("approximate", "tanh")]);
            }
            "SkipLayerNormalization" if self.version >= 17 => {
                // Output 3 is the sum, if somebody wants it.
                let mut terms = vec![input(0), input(1), input(4)];
                terms.retain(|term| !term.is_empty());
                let mut sum = terms[0].to_owned();
                for (index, term) in terms.iter().enumerate().skip(1) {
                    let last = index + 1 == terms.len() && !output(3).is_empty();
                    let next = if last { output(3).to_owned() } else { self.name() };
                    self.put("Add", &[&sum, term], &next, vec![]);
                    sum = next;
                }
                let mut inputs = vec![sum.as_str(), input(2), input(3)];
                inputs.retain(|input| !input.is_empty());
                let epsilon = node.attribute("epsilon").and_then(|epsilon| epsilon.real).unwrap_or(EPSILON);
                self.put("LayerNormalization", &inputs, output(0), vec![real("epsilon", epsilon)]);
            }
            "DynamicQuantizeLSTM" => self.lstm(node)?,
            _ => return None,
        }
        Some(())
    }

    fn product(&mut self, node: &Node) -> Option<()> {
        let set = |name: &str| node.attribute(name).and_then(|attribute| attribute.whole).unwrap_or(0) != 0;
        let [a, b] = node.inputs.as_slice() else { return None };
        if set("transBatchA") || set("transBatchB") {
            return None;
        }
        let mut factors = [a.clone(), b.clone()];
        for (factor, turned) in factors.iter_mut().zip([set("transA"), set("transB")]) {
            if turned {
                let name = self.name();
                // Those of optimised graphs seen so far have a batch.
                self.put("Transpose", &[factor], &name, vec![wholes("perm", &[0, 2, 1])]);
                *factor = name;
            }
        }
        let scale = node.attribute("alpha").and_then(|alpha| alpha.real).unwrap_or(1.0);
        let output = node.outputs.first().map(String::as_str).unwrap_or_default();
        if scale == 1.0 {
            self.put("MatMul", &[&factors[0], &factors[1]], output, vec![]);
        } else {
            let (product, factor) = (self.name(), self.name());
            self.put("MatMul", &[&factors[0], &factors[1]], &product, vec![]);
            self.graph.tensors.push(Tensor::real(&factor, &[], &[scale]));
            self.put("Mul", &[&product, &factor], output, vec![]);
        }
        Some(())
    }

    /// An LSTM with weights of eight bits becomes one with real ones.
    fn lstm(&mut self, node: &Node) -> Option<()> {
        let input = |index: usize| node.inputs.get(index).map(String::as_str).unwrap_or_default();
        let (w, r) = (self.weights([input(1), input(8), input(9)])?, self.weights([input(2), input(10), input(11)])?);
        let mut inputs = vec![input(0), &w, &r, input(3), input(4), input(5), input(6), input(7)];
        while inputs.last().is_some_and(|input| input.is_empty()) {
            inputs.pop();
        }
        let outputs: Vec<&str> = node.outputs.iter().map(String::as_str).collect();
        let known =
            ["direction", "hidden_size", "activations", "activation_alpha", "activation_beta", "input_forget", "clip"];
        let told = node.attributes.iter().filter(|told| known.contains(&told.name.as_str())).cloned().collect();
        self.graph.nodes.push(Node::new("LSTM", &inputs, &outputs, told));
        Some(())
    }

    /// Weights `(direction, input, gate)` of eight bits, with scales and zeros for each direction, or each gate of it, as real
    /// ones `(direction, gate, input)`; gives their name.
    fn weights(&mut self, names: [&str; 3]) -> Option<String> {
        let held = |name: &str| self.graph.tensors.iter().find(|tensor| tensor.name == name);
        let (weights, scales, zeros) = (held(names[0])?, held(names[1])?, held(names[2])?);
        let [directions, inputs, gates] = weights.shape.iter().map(|length| *length as usize).collect::<Vec<_>>()[..]
        else {
            return None;
        };
        let (values, zeros) = (bytes(weights)?, bytes(zeros)?);
        let scales = match &scales.raw {
            Some(raw) => floats(raw),
            None => scales.reals.clone(),
        };
        let each = scales.len() == directions * gates;
        let fit = values.len() == directions * inputs * gates && zeros.len() == scales.len();
        if !fit || !(each || scales.len() == directions) {
            return None;
        }
        let mut out = Vec::with_capacity(values.len());
        for direction in 0..directions {
            for gate in 0..gates {
                let of = if each { direction * gates + gate } else { direction };
                let (scale, zero) = (scales[of], zeros[of]);
                let value =
                    |input: usize| f32::from(values[(direction * inputs + input) * gates + gate] - zero) * scale;
                out.extend((0..inputs).map(value));
            }
        }
        let name = self.name();
        self.graph.tensors.push(Tensor::real(&name, &[directions, gates, inputs], &out));
        Some(name)
    }
}

/// Numbers of eight bits, with their sign if they have one.
fn bytes(tensor: &Tensor) -> Option<Vec<i16>> {
    let signed = match tensor.kind {
        kind::U8 => false,
        kind::I8 => true,
        _ => return None,
    };
    let number = |byte: &u8| if signed { i16::from(byte.cast_signed()) } else { i16::from(*byte) };
    Some(match &tensor.raw {
        Some(raw) => raw.iter().map(number).collect(),
        None => tensor.small.iter().map(|value| *value as i16).collect(),
    })
}
