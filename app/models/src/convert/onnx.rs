//! Graphs in the ONNX format, as far as they are made or changed here.
//!
//! Source: the messages and field numbers of ONNX 1.23's `onnx.proto3`. What is not looked at stays in the form in which it came.

use prost::Message;

/// Version of the format, and of the operators, that graphs of ours are in.
const FORMAT: i64 = 8;
const OPERATORS: i64 = 17;

/// ONNX's numbers of types.
pub(super) mod kind {
    pub const FLOAT: i32 = 1;
    pub const U8: i32 = 2;
    pub const I8: i32 = 3;
    pub const I64: i32 = 7;
}

/// A file.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Model {
    #[prost(int64, tag = "1")]
    pub format: i64,
    #[prost(string, tag = "2")]
    pub producer: String,
    #[prost(message, optional, tag = "7")]
    pub graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    pub operators: Vec<OperatorSet>,
    #[prost(bytes = "vec", repeated, tag = "14")]
    pub remarks: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "25")]
    pub functions: Vec<Vec<u8>>,
}

/// Operators of one maker, at one version.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OperatorSet {
    #[prost(string, tag = "1")]
    pub domain: String,
    #[prost(int64, tag = "2")]
    pub version: i64,
}

/// A graph.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Graph {
    #[prost(message, repeated, tag = "1")]
    pub nodes: Vec<Node>,
    #[prost(string, tag = "2")]
    pub name: String,
    #[prost(message, repeated, tag = "5")]
    pub tensors: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    pub inputs: Vec<Edge>,
    #[prost(message, repeated, tag = "12")]
    pub outputs: Vec<Edge>,
}

/// An operator where it stands.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Node {
    #[prost(string, repeated, tag = "1")]
    pub inputs: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub outputs: Vec<String>,
    #[prost(string, tag = "3")]
    pub name: String,
    #[prost(string, tag = "4")]
    pub operator: String,
    #[prost(message, repeated, tag = "5")]
    pub attributes: Vec<Attribute>,
    #[prost(string, tag = "7")]
    pub domain: String,
}

/// What an operator is told beside its inputs.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Attribute {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(float, optional, tag = "2")]
    pub real: Option<f32>,
    #[prost(int64, optional, tag = "3")]
    pub whole: Option<i64>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub text: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub tensor: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub graph: Option<Vec<u8>>,
    #[prost(float, repeated, packed = "false", tag = "7")]
    pub reals: Vec<f32>,
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub wholes: Vec<i64>,
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub texts: Vec<Vec<u8>>,
    #[prost(int32, tag = "20")]
    pub kind: i32,
}

/// Numbers that a graph holds.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Tensor {
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub shape: Vec<i64>,
    #[prost(int32, tag = "2")]
    pub kind: i32,
    #[prost(float, repeated, tag = "4")]
    pub reals: Vec<f32>,
    #[prost(int32, repeated, tag = "5")]
    pub small: Vec<i32>,
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub texts: Vec<Vec<u8>>,
    #[prost(int64, repeated, tag = "7")]
    pub wholes: Vec<i64>,
    #[prost(string, tag = "8")]
    pub name: String,
    #[prost(bytes = "vec", optional, tag = "9")]
    pub raw: Option<Vec<u8>>,
    #[prost(double, repeated, tag = "10")]
    pub doubles: Vec<f64>,
    #[prost(uint64, repeated, tag = "11")]
    pub unsigned: Vec<u64>,
    #[prost(bytes = "vec", repeated, tag = "13")]
    pub elsewhere: Vec<Vec<u8>>,
    #[prost(int32, optional, tag = "14")]
    pub place: Option<i32>,
}

/// An input or output of a graph.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Edge {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, optional, tag = "2")]
    pub kind: Option<EdgeKind>,
}

/// What flows along an edge.
#[derive(Clone, PartialEq, Message)]
pub(super) struct EdgeKind {
    #[prost(message, optional, tag = "1")]
    pub tensor: Option<TensorKind>,
}

/// Type and shape of a tensor.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorKind {
    #[prost(int32, tag = "1")]
    pub kind: i32,
    #[prost(message, optional, tag = "2")]
    pub shape: Option<Shape>,
}

/// A shape.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Shape {
    #[prost(message, repeated, tag = "1")]
    pub lengths: Vec<Length>,
}

/// Length of an axis: a number or a name.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Length {
    #[prost(int64, optional, tag = "1")]
    pub number: Option<i64>,
    #[prost(string, optional, tag = "2")]
    pub name: Option<String>,
}

impl Node {
    /// An operator of ONNX's own.
    pub fn new(operator: &str, inputs: &[&str], outputs: &[&str], attributes: Vec<Attribute>) -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (inputs, outputs) = (names(inputs), names(outputs));
        Node { inputs, outputs, name: String::new(), operator: operator.into(), attributes, domain: String::new() }
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

/// An attribute that is a real number.
pub(super) fn real(name: &str, value: f32) -> Attribute {
    Attribute { name: name.into(), real: Some(value), kind: 1, ..Attribute::default() }
}

/// An attribute that is a whole number.
pub(super) fn whole(name: &str, value: i64) -> Attribute {
    Attribute { name: name.into(), whole: Some(value), kind: 2, ..Attribute::default() }
}

/// An attribute that is a text.
pub(super) fn text(name: &str, value: &str) -> Attribute {
    Attribute { name: name.into(), text: Some(value.into()), kind: 3, ..Attribute::default() }
}

/// An attribute that is several whole numbers.
pub(super) fn wholes(name: &str, values: &[i64]) -> Attribute {
    Attribute { name: name.into(), wholes: values.to_vec(), kind: 7, ..Attribute::default() }
}

impl Tensor {
    /// Real numbers.
    pub fn real(name: &str, shape: &[usize], values: &[f32]) -> Self {
        let raw = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::of(name, shape, kind::FLOAT, raw)
    }

    /// Whole numbers.
    pub fn whole(name: &str, values: &[i64]) -> Self {
        Self::of(name, &[values.len()], kind::I64, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    fn of(name: &str, shape: &[usize], kind: i32, raw: Vec<u8>) -> Self {
        let shape = shape.iter().map(|length| *length as i64).collect();
        Tensor { name: name.into(), shape, kind, raw: Some(raw), ..Tensor::default() }
    }
}

impl Edge {
    /// Real numbers; a length of 0 is any, and has the name of its place.
    pub fn new(name: &str, shape: &[usize]) -> Self {
        let length = |(axis, length): (usize, &usize)| match length {
            0 => Length { number: None, name: Some(format!("n{axis}")) },
            _ => Length { number: Some(*length as i64), name: None },
        };
        let shape = Shape { lengths: shape.iter().enumerate().map(length).collect() };
        let tensor = TensorKind { kind: kind::FLOAT, shape: Some(shape) };
        Edge { name: name.into(), kind: Some(EdgeKind { tensor: Some(tensor) }) }
    }
}

impl Graph {
    /// The graph as a file.
    pub fn file(self) -> Vec<u8> {
        let operators = vec![OperatorSet { domain: String::new(), version: OPERATORS }];
        let producer = "auricle".to_owned();
        let model = Model { format: FORMAT, producer, graph: Some(self), operators, ..Model::default() };
        model.encode_to_vec()
    }
}
