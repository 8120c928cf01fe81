//! What stages share that run a graph once for each window of a stream: samples, or frames of another stage.

use crate::description::Is;
use crate::files::Package;
use crate::graph::{Given, Graph, Numbers, mono};
use crate::windows::Windows;
use auricle_sdk::format::{Clock, Data};
use auricle_sdk::{Host, prelude::*};

/// A graph and the windows that it runs on.
pub struct Windowed {
    /// The model.
    pub package: Package,
    /// Time of the windows' middles.
    pub clock: Clock,
    graph: Option<Graph>,
    wanted: &'static [&'static str],
    seed: u64,
    windows: Windows,
    is: Is,
    log10: Option<(f32, f32)>,
    /// Time of the input's entries, and how long one is.
    input: Clock,
    entry_s: f64,
}

/// A stage that runs a graph on each window.
pub trait Tell {
    /// The graph and the windows.
    fn windowed(&mut self) -> &mut Windowed;

    /// Tells what came of one window.
    ///
    /// # Errors
    /// The model gives something else than the stage can tell.
    fn tell(&mut self, run: &Run, out: &mut Outputs<'_>) -> Result<()>;

    /// Runs the graph on the windows that a packet completes, or without one on what is left, and tells each.
    ///
    /// # Errors
    /// Those of [`Windowed::take`] and of telling.
    fn take(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<()> {
        let runs = self.windowed().take(packet, out.host())?;
        runs.iter().try_for_each(|run| self.tell(run, out))
    }

    /// What `process` of the stage does.
    ///
    /// # Errors
    /// Those of [`Tell::take`].
    fn take_packet(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        if packet.is_some() {
            self.take(packet, out)?;
        }
        Ok(Flow::Continue)
    }
}

/// A run of the graph: which window it was for, and what came of it.
pub struct Run {
    /// Number of the window.
    pub index: usize,
    /// The outputs that were asked for.
    pub given: Vec<Given>,
}

impl Windowed {
    /// Takes the model at port 1 and looks at the stream at port 0, of which outputs that are `wanted` are asked for.
    ///
    /// # Errors
    /// The model is none for the stage `id`, or the stream none for the model.
    pub fn new(setup: &Setup, id: &str, wanted: &'static [&'static str]) -> Result<Self> {
        let package = Package::open(setup, id)?;
        let description = &package.description;
        for what in wanted {
            description.output(what)?;
        }
        let format = setup.input(0)?;
        let (width, is, log10) = match (&description.audio, &description.features, &format.data) {
            (Some(audio), None, _) => {
                mono(format, audio.sample_rate)?;
                (1, Is::Audio, None)
            }
            (_, Some(features), Data::Tensor(tensor)) if tensor.streams() && tensor.frame_len() == features.bands => {
                (features.bands, Is::Features, features.log10)
            }
            (_, Some(features), _) => {
                let got = match &format.data {
                    Data::Tensor(tensor) => format!("frames of {} numbers", tensor.frame_len()),
                    _ => format.kind().name().to_owned(),
                };
                let message =
                    format!("expected frames of {} numbers, as the model takes them, got {got}", features.bands);
                return Err(Error::format(message).hint(format!("they are made by {}", features.from)));
            }
            (None, None, _) => return Err(Error::data("the model's description has neither [audio] nor [features]")),
        };
        let windows = Windows::new(description.section(&description.window, "window")?, width);
        let (length, hop, step) = (windows.length() as i64, windows.hop() as i64, format.clock.step);
        let clock =
            Clock { tick: format.clock.tick, origin: format.clock.origin + step * (length - 1) / 2, step: step * hop };
        let entry_s = 1.0 / format.clock.rate();
        Ok(Windowed {
            clock,
            graph: None,
            wanted,
            seed: setup.seed,
            windows,
            is,
            log10,
            input: format.clock,
            entry_s,
            package,
        })
    }

    /// How many numbers the output `what` has for a window, by the graph's own word.
    ///
    /// # Errors
    /// The graph does not say.
    pub fn size(&self, what: &str) -> Result<usize> {
        let name = self.package.description.output(what)?;
        let edge = self.package.outline.outputs.iter().find(|edge| edge.name == name);
        edge.and_then(|edge| edge.shape.last()?.parse().ok())
            .ok_or_else(|| Error::data(format!("the graph does not say how long its output {name} is")))
    }

    /// Forgets everything.
    pub fn begin(&mut self) {
        self.windows.reset();
        if let Some(graph) = &mut self.graph {
            graph.reset();
        }
    }

    /// Runs the graph on the windows that a packet completes; without a packet on what is left.
    ///
    /// # Errors
    /// The graph cannot be read or run, or the host asks to stop.
    pub fn take(&mut self, packet: Option<&Packet>, host: &Host) -> Result<Vec<Run>> {
        let first = self.windows.given();
        let windows = match packet {
            Some(packet) if self.is == Is::Audio => self.windows.push(packet.channel::<f32>(0)?),
            Some(packet) => {
                let mut entries: Vec<f32> = packet.tensor::<f32>()?.frames().flatten().copied().collect();
                if let Some((factor, offset)) = self.log10 {
                    entries.iter_mut().for_each(|x| *x = (*x * factor + offset).log10());
                }
                self.windows.push(&entries)
            }
            None => self.windows.finish(),
        };
        if windows.is_empty() {
            return Ok(Vec::new());
        }
        let graph = match &mut self.graph {
            Some(graph) => graph,
            none => none.insert(Graph::load(&self.package, self.wanted, self.seed, host)?),
        };
        let length = self.windows.length();
        let mut runs = Vec::with_capacity(windows.len());
        for (index, window) in windows.into_iter().enumerate() {
            host.check_cancelled()?;
            let bands = window.len() / length;
            let lengths = [("samples", length), ("frames", length), ("bands", bands)];
            let given = graph.run(&[(self.is, Numbers::Real(&window))], &lengths)?;
            runs.push(Run { index: first + index, given });
        }
        Ok(runs)
    }

    /// Start and end of a window in seconds.
    pub fn seconds(&self, index: usize) -> (f64, f64) {
        // A frame stands at its middle, a sample at its start.
        let before = if self.is == Is::Features { self.entry_s / 2.0 } else { 0.0 };
        let start = self.input.seconds((index * self.windows.hop()) as i64) - before;
        (start.max(0.0), start + self.windows.length() as f64 * self.entry_s)
    }
}

impl Run {
    /// The numbers of the output `index`, of which there are `size`.
    ///
    /// # Errors
    /// There are more or fewer.
    pub fn output(&self, index: usize, size: usize) -> Result<&[f32]> {
        let given = &self.given[index];
        if given.values.len() == size {
            return Ok(&given.values);
        }
        Err(Error::data(format!("expected {size} numbers a window, the model gives the shape {:?}", given.shape)))
    }
}
