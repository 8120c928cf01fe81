//! What the session says about the look of data: for all panels, and for one of them what differs.

use super::{colour, frequency};
use auricle_sdk::prelude::*;

/// How the many values under one pixel become one.
pub const POOLINGS: &[&str] = &["max", "mean"];
/// What values are shown as.
pub const LEVELS: &[&str] = &["auto", "none"];

/// What frames become.
pub const DRAWN: &[&str] = &["auto", "colours", "lines"];

/// How a panel looks.
#[derive(Clone, Debug, PartialEq)]
pub struct How {
    /// The colour map's name.
    pub map: String,
    /// Lower end of the colours, or of a curve's axis, if it is given.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// The name of the spacing of a spectrogram's rows.
    pub scale: String,
    /// Lower end of the vertical axis of a spectrogram, if it is given.
    pub bottom: Option<f64>,
    /// Upper end.
    pub top: Option<f64>,
    /// The channel that is drawn, counted from 0; none: all.
    pub channel: Option<usize>,
    /// Is a pixel the mean of the values under it, not the largest?
    pub mean: bool,
    /// Are powers and amplitudes drawn as they are, not in dB?
    pub as_is: bool,
    /// Are frames drawn as colours, or as lines? None: as suits them.
    pub colours: Option<bool>,
    /// Height of the panel beside others; none: what suits what it draws.
    pub height: Option<f64>,
}

impl How {
    /// How all panels look.
    ///
    /// # Errors
    /// Ends are the wrong way round.
    pub fn new(parameters: &Parameters) -> Result<Self> {
        let end = |id: &str| match parameters.get(id)?.as_f64() {
            Some(value) => Ok(Some(value)),
            None => Ok::<_, Error>(None),
        };
        let how = How {
            map: parameters.text("colormap")?.to_owned(),
            low: end("vmin")?,
            high: end("vmax")?,
            scale: parameters.text("frequency_scale")?.to_owned(),
            bottom: end("fmin")?,
            top: end("fmax")?,
            channel: parameters.get("channel")?.as_f64().map(|channel| channel as usize - 1),
            mean: parameters.text("pooling")? == "mean",
            as_is: parameters.text("levels")? == "none",
            colours: colours(parameters.text("drawn")?),
            height: None,
        };
        how.checked("", "vmin", "fmin")
    }

    /// How a panel looks of which the session says this: `vmin=-60 colormap=gray`.
    ///
    /// # Errors
    /// A word is no parameter with a value that it can have.
    pub fn with(&self, words: &str) -> Result<Self> {
        let mut how = self.clone();
        for word in words.split_whitespace() {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            let wrong = |expected: &str| {
                Error::parameter("looks", format!("{name}: expected {expected}, got {value:?} in {words:?}"))
            };
            let number =
                || value.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(|| wrong("a number"));
            let choice = |choices: &[&str]| match choices.contains(&value) {
                true => Ok(value.to_owned()),
                false => Err(wrong(&choices.join(", "))),
            };
            match name {
                "vmin" => how.low = Some(number()?),
                "vmax" => how.high = Some(number()?),
                "fmin" => how.bottom = Some(number()?),
                "fmax" => how.top = Some(number()?),
                "colormap" => how.map = choice(colour::MAPS)?,
                "frequency_scale" => how.scale = choice(frequency::SCALES)?,
                "channel" => match number()? {
                    channel if channel >= 1.0 => how.channel = Some(channel as usize - 1),
                    _ => return Err(wrong("1 or more")),
                },
                "pooling" => how.mean = choice(POOLINGS)? == "mean",
                "levels" => how.as_is = choice(LEVELS)? == "none",
                "drawn" => how.colours = colours(&choice(DRAWN)?),
                "height" => match number()? {
                    height if height > 0.0 => how.height = Some(height),
                    _ => return Err(wrong("more than 0")),
                },
                _ => {
                    let known =
                        "vmin, vmax, fmin, fmax, colormap, frequency_scale, channel, pooling, levels, drawn, height";
                    return Err(Error::parameter("looks", format!("expected {known}, got {word:?} in {words:?}")));
                }
            }
        }
        how.checked(words, "looks", "looks")
    }

    fn checked(self, words: &str, low: &'static str, bottom: &'static str) -> Result<Self> {
        let of = if words.is_empty() { String::new() } else { format!(" in {words:?}") };
        for (id, names, ends) in
            [(low, ["vmin", "vmax"], (self.low, self.high)), (bottom, ["fmin", "fmax"], (self.bottom, self.top))]
        {
            if let (Some(low), Some(high)) = ends
                && low >= high
            {
                let [name, other] = names;
                return Err(Error::parameter(
                    id,
                    format!("{name}: expected less than {other} ({high}), got {low}{of}"),
                ));
            }
        }
        Ok(self)
    }
}

fn colours(drawn: &str) -> Option<bool> {
    (drawn != "auto").then_some(drawn == "colours")
}
