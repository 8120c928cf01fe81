//! The trait that every stage implements.

use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::format::Format;
use crate::outputs::Outputs;
use crate::packet::Packet;
use crate::services::Host;
use crate::value::Parameters;
use std::ops::Range;
use std::sync::Arc;

/// One processing step of a pipeline.
///
/// Life: [`negotiate`](Stage::negotiate) freezes parameters and formats and builds the stage; then, for each run or
/// region, [`begin`](Stage::begin), [`process`](Stage::process) for every packet, [`finish`](Stage::finish).
///
/// The law that every stage keeps: **its output never depends on how its input was cut into packets.** Most stages get
/// this, and everything about regions, from an adapter ([`Map`](crate::adapter::Map), [`Framed`](crate::adapter::Framed),
/// [`Source`](crate::adapter::Source), [`Compare`](crate::adapter::Compare), [`Sink`](crate::adapter::Sink)) and
/// never implement this trait themselves. For those that do, the manual has a chapter on [stages](crate::manual::stages) and one on
/// [regions](crate::manual::regions), each with examples.
pub trait Stage: Sized + Send + 'static {
    /// What the stage says about itself.
    const DESCRIPTOR: Descriptor;

    /// Freezes parameters and input formats; gives the stage and the format of each declared output.
    ///
    /// # Errors
    /// Whatever can be refused is refused here: a parameter against another or against the format, a format.
    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)>;

    /// Which entries of each input (one range an input stream) the `span` of output `output` depends on.
    ///
    /// Ranges may reach outside the stream; the host clips them. The default is all of each input.
    fn need(&self, output: usize, span: Range<i64>) -> Vec<Range<i64>> {
        let _ = (output, span);
        Vec::new()
    }

    /// Starts anew, so that entries of `output` from `span.start` on can be made; a whole run starts at 0.
    ///
    /// Inputs will begin at what [`need`](Stage::need) said for this span, clipped. Entries before `span.start` may be
    /// emitted, which drops them; entries behind `span.end` too.
    ///
    /// # Errors
    /// The stage cannot start there.
    fn begin(&mut self, output: usize, span: Range<i64>) -> Result<()>;

    /// Takes one packet and emits what can be made of it.
    ///
    /// `None` comes after [`Flow::Again`], and always for stages without stream inputs, such as readers.
    ///
    /// # Errors
    /// What the stage cannot process, and whatever emitting returned.
    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow>;

    /// All inputs have ended: emits the rest.
    ///
    /// # Errors
    /// As [`process`](Stage::process).
    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let _ = out;
        Ok(Flow::Done)
    }

    /// The input stream it needs next, if that matters.
    fn wants(&self) -> Option<usize> {
        None
    }

    /// Locality `Global`: does this instance, with its parameters, need the reduction pass?
    fn reduces(&self) -> bool {
        true
    }

    /// Locality `Global`: takes a packet of the reduction pass, which sees the whole input before `process` does.
    ///
    /// # Errors
    /// As [`process`](Stage::process).
    fn reduce(&mut self, packet: &Packet) -> Result<()> {
        let _ = packet;
        Ok(())
    }

    /// Locality `Global`: the reduction's result, to be kept by the host and given to [`adopt`](Stage::adopt).
    fn reduction(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Locality `Global`: takes back a reduction's result.
    ///
    /// # Errors
    /// The bytes are no reduction of this stage.
    fn adopt(&mut self, state: &[u8]) -> Result<()> {
        let _ = state;
        Ok(())
    }

    /// New values of parameters declared live, during a preview; the others stay. The format must stay as it is.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported), unless the stage implements it.
    fn set_live(&mut self, parameters: &Parameters) -> Result<()> {
        let _ = parameters;
        Err(Error::new(crate::ErrorKind::Unsupported, "no parameter of this stage is live"))
    }
}

/// What a stage wants to happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Ready for the next packet.
    Continue,
    /// More output is pending: call again without a packet.
    Again,
    /// Nothing more will come and no more input is wanted.
    Done,
}

/// One wired input stream.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Input {
    /// Index of the declared port.
    pub port: usize,
    /// Name the session gives to what feeds it.
    pub label: String,
    /// What flows.
    pub format: Arc<Format>,
}

impl Input {
    /// A stream of `format` at declared port `port`, fed by what the session calls `label`.
    pub fn new(port: usize, label: &str, format: Arc<Format>) -> Self {
        Input { port, label: label.to_owned(), format }
    }
}

/// What a stage is built from.
///
/// ```
/// use auricle_sdk::prelude::*;
///
/// /// How many samples a delay has, by the rate of what is connected.
/// fn delay(setup: &Setup) -> Result<usize> {
///     let sample_rate = setup.input(0)?.as_audio()?.sample_rate;
///     Ok((setup.parameters.float("delay_s")? * f64::from(sample_rate)).round() as usize)
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Setup {
    /// Every declared parameter, checked, defaults filled in.
    pub parameters: Parameters,
    /// The wired inputs, in the order of their ports.
    pub inputs: Vec<Input>,
    /// How many sample frames a source should emit at a time.
    pub block: usize,
    /// The only randomness a stage may use.
    pub seed: u64,
    pub(crate) host: Host,
}

impl Setup {
    /// Format of input stream `index`.
    ///
    /// # Errors
    /// Nothing is connected there.
    pub fn input(&self, index: usize) -> Result<&Format> {
        let input = self.inputs.get(index).ok_or_else(|| Error::format(format!("input {index} is not connected")))?;
        Ok(&input.format)
    }

    /// The same setup with some parameters changed, as `set_live` gives them.
    pub fn with(&self, parameters: &Parameters) -> Setup {
        let mut setup = self.clone();
        for (id, value) in parameters.iter() {
            setup.parameters.set(id, value.clone());
        }
        setup
    }

    /// The host's services, for a stage that keeps them.
    pub fn host(&self) -> Host {
        self.host.clone()
    }
}
