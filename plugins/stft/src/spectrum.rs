//! What a stage that goes back to samples must know of the spectrum that comes in.

use auricle_sdk::format::Data;
use auricle_sdk::prelude::*;

/// Frames of bins, as some stage made them.
pub struct Spectrum {
    /// Sample rate of the audio behind it.
    pub sample_rate: u32,
    /// Samples from one frame to the next.
    pub hop: usize,
    /// Channels, one after the other in a frame.
    pub channels: usize,
    /// Bins of a channel's frame.
    pub bins: usize,
    /// Frames, if that is known.
    pub frames: Option<i64>,
    layout: &'static str,
}

impl Spectrum {
    /// Reads input 0.
    ///
    /// # Errors
    /// It is no stream of frames of bins that stand on the clock of audio.
    pub fn new(setup: &Setup) -> Result<Self> {
        let input = setup.input(0)?;
        let tensor = input.as_tensor()?;
        let channels = tensor.axis(Role::Channel);
        let bins = tensor.axes.last().filter(|axis| axis.scale == "linear" && axis.name == "bin");
        let known = 2 + usize::from(channels.is_some());
        let Some(bins) = bins.and_then(|axis| axis.length).filter(|_| tensor.streams() && tensor.axes.len() == known)
        else {
            let names: Vec<&str> = tensor.axes.iter().map(|axis| axis.name.as_str()).collect();
            return Err(Error::format(format!("expected frames of bins, got the axes {}", names.join(", ")))
                .hint("connect an stft or a spectrum stage; bands cannot be turned back"));
        };
        let (1, Ok(sample_rate)) = (input.clock.tick.0, u32::try_from(input.clock.tick.1)) else {
            return Err(Error::format("expected frames on the clock of audio, got another clock"));
        };
        let hop = usize::try_from(input.clock.step).ok().filter(|hop| *hop > 0);
        let hop = hop.ok_or_else(|| Error::format("expected frames at a distance, got frames without time"))?;
        let channels = channels.and_then(|axis| axis.length).unwrap_or(1);
        let named = input.layout.split(',').any(|axis| axis.trim() == "channel");
        let layout = if channels > 1 || named { "channel,sample" } else { "sample" };
        Ok(Spectrum { sample_rate, hop, channels, bins, frames: input.length, layout })
    }

    /// The distance of frames, which parameter `id` may repeat but not change.
    ///
    /// # Errors
    /// The parameter says something else.
    pub fn hop(&self, parameters: &Parameters, id: &str) -> Result<usize> {
        match parameters.optional_count(id)? {
            Some(hop) if hop != self.hop => {
                let message = format!("expected {}, the distance of the input's frames, got {hop}", self.hop);
                Err(Error::parameter(id, message).hint("leave it out"))
            }
            _ => Ok(self.hop),
        }
    }

    /// The format of the audio that comes of it.
    pub fn audio<T: Element>(&self, length: Option<i64>) -> Format {
        Format::audio::<T>(self.channels, self.sample_rate, length).with_layout(self.layout)
    }
}

/// Says it where what comes in is told to be something else than `wanted`.
pub fn expect_quantity(setup: &Setup, wanted: &str) -> Result<()> {
    if let Data::Tensor(tensor) = &setup.input(0)?.data
        && !tensor.quantity.is_empty()
        && tensor.quantity != wanted
    {
        let message = format!("the input is {}, and is taken for {wanted}", tensor.quantity);
        setup.host().finding(Severity::Warning, "unlike-quantity", &message, None);
    }
    Ok(())
}
