//! A graph in memory: read once, shared by all instances that use it, and run.

use crate::description::{Description, Dim, Is};
use crate::files::{Package, exactly};
use crate::mended::mended;
use auricle_sdk::{Host, prelude::*};
use rten::{Model, NodeId, RunOptions, ThreadPool, Value as Array, ValueOrView};
use rten_tensor::Layout;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

/// No graph is larger; those of over 2 GiB have their weights in other files.
const MOST: u64 = 2 << 30;
/// What is read of a file before the host is asked whether to go on.
const PIECE: usize = 1 << 20;

/// By content and seed, as long as somebody uses it.
type Loaded = HashMap<(blake3::Hash, u64), Weak<Model>>;

/// The graph in a file, read unless an instance has it already. `seed` counts only if the graph draws random numbers.
///
/// # Errors
/// It cannot be read, needs what the runtime has not, or the host asks to stop.
fn load(package: &Package, seed: u64, host: &Host) -> Result<Arc<Model>> {
    static LOADED: OnceLock<Mutex<Loaded>> = OnceLock::new();
    let source = &package.graph;
    let length = source.len().unwrap_or(0);
    if length > MOST {
        return Err(Error::data(format!("{}: expected at most {MOST} bytes, got {length}", source.name())));
    }
    // Held while reading, so that two instances that begin together do not read twice.
    let mut loaded = LOADED.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    // Looked at piece by piece: only who comes first holds all of it.
    let mut hash = blake3::Hasher::new();
    let mut piece = vec![0; PIECE];
    for at in (0..length).step_by(PIECE) {
        host.progress(Some(at as f64 / length as f64), "reading the model")?;
        let piece = &mut piece[..PIECE.min((length - at) as usize)];
        exactly(source, at, piece)?;
        hash.update(piece);
    }
    let key = (hash.finalize(), if package.outline.random { seed } else { 0 });
    if let Some(model) = loaded.get(&key).and_then(Weak::upgrade) {
        return Ok(model);
    }
    let mut bytes = vec![0; length as usize];
    for (index, piece) in bytes.chunks_mut(PIECE).enumerate() {
        host.progress(Some((index * PIECE) as f64 / length as f64), "loading the model")?;
        exactly(source, (index * PIECE) as u64, piece)?;
    }
    if blake3::hash(&bytes) != key.0 {
        return Err(Error::data(format!("{} changed while it was read", source.name())));
    }
    if package.outline.random || package.outline.ambiguous {
        bytes = mended(&bytes, seed)?;
    }
    let model = Model::load(bytes).map_err(|error| {
        Error::data(format!("{}: the graph cannot be used: {error}", source.name()))
            .hint("an operator that is not implemented can be avoided by another ONNX version or export")
    })?;
    let model = Arc::new(model);
    loaded.retain(|_, model| model.strong_count() > 0);
    loaded.insert(key, Arc::downgrade(&model));
    Ok(model)
}

/// The threads that graphs run on, one for each processor.
fn pool() -> Arc<ThreadPool> {
    static POOL: OnceLock<Arc<ThreadPool>> = OnceLock::new();
    let new = || Arc::new(ThreadPool::with_num_threads(std::thread::available_parallelism().map_or(1, usize::from)));
    POOL.get_or_init(new).clone()
}

/// Numbers for an input.
#[derive(Clone, Copy, Debug)]
pub enum Numbers<'a> {
    /// Real ones.
    Real(&'a [f32]),
    /// Whole ones.
    Whole(&'a [i32]),
}

/// What a graph gave: lengths of the axes and numbers.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Lengths of the axes, slowest first.
    pub shape: Vec<usize>,
    /// The numbers.
    pub values: Vec<f32>,
}

/// A graph with its inputs and outputs bound to what they are, and its state.
pub struct Graph {
    model: Arc<Model>,
    inputs: Vec<Bound>,
    /// Names in the graph, those that were asked for first.
    outputs: Vec<NodeId>,
    wanted: usize,
}

/// An input of the graph.
struct Bound {
    node: NodeId,
    name: String,
    is: Is,
    shape: Vec<Dim>,
    /// ONNX's numbers of integer types.
    whole: bool,
    /// Of constants and states: the numbers.
    values: Vec<f32>,
    /// Of states: which output it was.
    from: Option<usize>,
}

impl Graph {
    /// Reads the graph of a model, of which outputs that are `wanted` are asked for.
    ///
    /// # Errors
    /// An output is not described, the file cannot be read or used, or the host asks to stop.
    pub fn load(package: &Package, wanted: &[&str], seed: u64, host: &Host) -> Result<Self> {
        let description = &package.description;
        let model = load(package, seed, host)?;
        let node = |name: &str| model.node_id(name).map_err(|error| Error::data(format!("{name}: {error}")));
        let names = wanted.iter().map(|what| description.output(what)).collect::<Result<Vec<_>>>()?;
        let mut outputs = names.into_iter().map(node).collect::<Result<Vec<_>>>()?;
        let mut inputs = Vec::new();
        for edge in &package.outline.inputs {
            // `agree` has found each of them.
            let Some(input) = description.inputs.get(&edge.name) else { continue };
            let from = match &input.from {
                Some(name) => {
                    outputs.push(node(name)?);
                    Some(outputs.len() - 1)
                }
                None => None,
            };
            inputs.push(Bound {
                node: node(&edge.name)?,
                name: edge.name.clone(),
                is: input.is,
                shape: input.shape.clone(),
                whole: edge.kind != 1,
                values: input.values.iter().map(|value| *value as f32).collect(),
                from,
            });
        }
        let mut graph = Graph { model, inputs, outputs, wanted: wanted.len() };
        graph.reset();
        Ok(graph)
    }

    /// Forgets the states.
    pub fn reset(&mut self) {
        for input in self.inputs.iter_mut().filter(|input| input.is == Is::State) {
            let count = lengths(&input.shape, &[]).map_or(0, |shape| shape.iter().product());
            input.values = vec![0.0; count];
        }
    }

    /// Runs the graph on `feeds`; `lengths` says how many samples, frames, tokens there are.
    ///
    /// # Errors
    /// It takes what was not given, or does not take what was.
    pub fn run(&mut self, feeds: &[(Is, Numbers<'_>)], named: &[(&str, usize)]) -> Result<Vec<Given>> {
        let mut values: Vec<(NodeId, ValueOrView<'_>)> = Vec::new();
        for input in &self.inputs {
            let feed = feeds.iter().find(|(is, _)| *is == input.is).map(|(_, numbers)| *numbers);
            let ones;
            let numbers = match (input.is, feed) {
                (Is::Mask, _) => {
                    ones = vec![1; lengths(&input.shape, named)?.iter().product()];
                    Numbers::Whole(&ones)
                }
                (Is::State | Is::Constant, _) => Numbers::Real(&input.values),
                (_, Some(numbers)) => numbers,
                (is, None) => {
                    return Err(Error::data(format!(
                        "the input {} is {is:?}, which this stage does not give",
                        input.name
                    )));
                }
            };
            values.push((input.node, input.array(numbers, named)?.into()));
        }
        let options = RunOptions::default().with_thread_pool(Some(pool()));
        let given = self.model.run(values, &self.outputs, Some(options));
        let given = given.map_err(|error| Error::data(format!("the model does not run: {error}")))?;
        let mut given = given.into_iter().map(numbers).collect::<Result<Vec<_>>>()?;
        for input in &mut self.inputs {
            if let Some(index) = input.from {
                let state = std::mem::take(&mut given[index].values);
                if state.len() != input.values.len() {
                    let (wanted, got) = (input.values.len(), state.len());
                    return Err(Error::data(format!("the state {}: expected {wanted} numbers, got {got}", input.name)));
                }
                input.values = state;
            }
        }
        given.truncate(self.wanted);
        Ok(given)
    }
}

impl Bound {
    fn array(&self, numbers: Numbers<'_>, named: &[(&str, usize)]) -> Result<Array> {
        let shape = lengths(&self.shape, named)?;
        let wrong =
            |error: &dyn std::fmt::Display| Error::data(format!("the input {} of shape {shape:?}: {error}", self.name));
        match numbers {
            Numbers::Real(values) if self.whole => {
                Array::from_shape(&shape, values.iter().map(|v| *v as i32).collect()).map_err(|e| wrong(&e))
            }
            Numbers::Real(values) => Array::from_shape(&shape, self.in_order(values, &shape)).map_err(|e| wrong(&e)),
            Numbers::Whole(values) if self.whole => Array::from_shape(&shape, values.to_vec()).map_err(|e| wrong(&e)),
            Numbers::Whole(values) => {
                Array::from_shape(&shape, values.iter().map(|v| *v as f32).collect()).map_err(|e| wrong(&e))
            }
        }
    }

    /// Frames of bands, turned round where the graph has bands first.
    fn in_order(&self, values: &[f32], shape: &[usize]) -> Vec<f32> {
        let place = |name: &str| self.shape.iter().position(|dim| *dim == Dim::Named(name.to_owned()));
        match (place("bands"), place("frames")) {
            (Some(bands), Some(frames)) if bands < frames => {
                let (bands, frames) = (shape[bands], shape[frames]);
                (0..bands * frames)
                    .map(|k| values.get(k % frames * bands + k / frames).copied().unwrap_or(0.0))
                    .collect()
            }
            _ => values.to_vec(),
        }
    }
}

fn lengths(shape: &[Dim], named: &[(&str, usize)]) -> Result<Vec<usize>> {
    let length = |dim: &Dim| match dim {
        Dim::Fixed(length) => Ok(*length),
        Dim::Named(name) => {
            let found = named.iter().find(|(known, _)| known == name).map(|(_, length)| *length);
            let known = || named.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            found.ok_or_else(|| {
                Error::data(format!("the model's description: expected a length among {}, got {name:?}", known()))
            })
        }
    };
    shape.iter().map(length).collect()
}

fn numbers(array: Array) -> Result<Given> {
    let wrong = || Error::data("the model gives what is neither f32 nor integers");
    if let Array::Int32Tensor(_) = array {
        let tensor = array.into_tensor::<i32>().ok_or_else(wrong)?;
        let shape = tensor.shape().to_vec();
        return Ok(Given { shape, values: tensor.into_data().into_iter().map(|v| v as f32).collect() });
    }
    let tensor = array.into_tensor::<f32>().ok_or_else(wrong)?;
    Ok(Given { shape: tensor.shape().to_vec(), values: tensor.into_data() })
}

/// Mono audio at the rate of a model.
///
/// # Errors
/// It has more channels, or another rate.
pub fn mono(format: &Format, sample_rate: u32) -> Result<()> {
    let audio = format.as_audio()?;
    if (audio.sample_rate, audio.channels) == (sample_rate, 1) {
        return Ok(());
    }
    let (channels, got) = (audio.channels, audio.sample_rate);
    Err(Error::format(format!(
        "expected one channel at {sample_rate} Hz, as the model hears, got {channels} at {got} Hz"
    ))
    .hint(format!("read.librosa with sr = {sample_rate} gives it, as does resample.soxr of one channel")))
}

/// Whether a description is for audio, for errors that name a stage's need.
pub fn audio(description: &Description) -> Result<&crate::description::Audio> {
    description.section(&description.audio, "audio")
}
