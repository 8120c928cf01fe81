//! What the TOML beside a model says: what goes in, what comes out, and what it means. So a model is data, not code.

use auricle_sdk::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The version of the format that this plugin reads.
const VERSION: u32 = 1;

/// A model, described.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Version of this format: 1.
    onnx: u32,
    /// The stage that it is for.
    pub stage: String,
    /// Name of the graph's file; without it the only one that ends in `.onnx`.
    pub graph: Option<String>,
    /// What the graph hears, if it takes samples.
    pub audio: Option<Audio>,
    /// What it takes, if it takes frames of another stage.
    pub features: Option<Features>,
    /// What of it a run is for; without it all.
    pub window: Option<Window>,
    /// What it takes, if it works on short spectra of samples.
    pub spectrum: Option<Spectrum>,
    /// What it says, if it makes sound.
    pub speech: Option<Speech>,
    /// The graph's inputs by their names.
    pub inputs: BTreeMap<String, Input>,
    /// The graph's outputs: what each is, and its name.
    pub outputs: BTreeMap<String, String>,
    /// What the classes of a recogniser stand for.
    pub vocabulary: Option<Vocabulary>,
    /// What the values of an output are called.
    #[serde(default)]
    pub labels: Vec<String>,
    /// A file with a label in each line, instead of `labels`.
    pub labels_file: Option<String>,
    /// By the name of a value: coefficients, of the highest power first, that make of it what is given.
    #[serde(default)]
    pub polynomials: BTreeMap<String, Vec<f64>>,
}

/// Samples as a graph wants them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audio {
    /// In Hz.
    pub sample_rate: u32,
    /// Mean 0 and variance 1 over all samples, as wav2vec 2.0 wants them.
    #[serde(default)]
    pub normalize: bool,
    /// Samples from one frame of the output to the next, and from the start to the first frame's centre.
    pub frames: Option<(usize, usize)>,
}

/// Frames of another stage as a graph wants them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Features {
    /// How many numbers a frame has.
    pub bands: usize,
    /// Log of base 10 of a value times the first plus the second.
    pub log10: Option<(f32, f32)>,
    /// The stage that makes them and its parameters, in words for who has wired another.
    pub from: String,
}

/// What of a stream a run of the graph is for: samples, or frames.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// How many.
    pub length: usize,
    /// How many from one window to the next; without it windows do not overlap.
    pub hop: Option<usize>,
    /// How many before its window the graph takes too.
    #[serde(default)]
    pub context: usize,
    /// How many from its start on there must be for a window that is not the first; without it as many as it is long.
    pub reach: Option<usize>,
    /// Share of the last window that must be there; silence fills the rest. Without it the window must be whole.
    pub coverage: Option<f64>,
    /// What is shorter than a window is doubled until it is long enough; without this silence fills the rest.
    #[serde(default)]
    pub repeat: bool,
}

/// Short spectra of samples, of which a graph says how much of each bin is to stay. The window is the root of Hann's, symmetric.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spectrum {
    /// In Hz.
    pub sample_rate: u32,
    /// Samples of a frame.
    pub n_fft: usize,
    /// Samples from one frame to the next.
    pub hop: usize,
    /// The least power that the logarithm sees.
    pub floor: f64,
    /// The least that stays of a bin.
    #[serde(default)]
    pub least: f32,
}

/// Sound that a graph makes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Speech {
    /// In Hz; without it the file of phonemes says it.
    pub sample_rate: Option<u32>,
    /// File with the tokens of phonemes, or how its name ends.
    pub phonemes: String,
    /// What stands for what, where the voice was taught other signs than those of the IPA.
    #[serde(default)]
    pub replace: Vec<(String, String)>,
}

/// What an input of the graph is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Is {
    /// Samples.
    Audio,
    /// Frames of bands.
    Features,
    /// Logarithms of base 10 of the powers of bins.
    Spectrum,
    /// What an output was in the run before, at first zeros.
    State,
    /// The same numbers in every run.
    Constant,
    /// Ones: all of what there is counts.
    Mask,
    /// How many tokens there are.
    Length,
    /// Numbers of phonemes.
    Tokens,
    /// A voice.
    Style,
    /// How fast.
    Speed,
    /// Piper's three: noise, length, noise of lengths.
    Scales,
    /// Number of a speaker.
    Speaker,
}

/// An input of the graph.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What it is.
    pub is: Is,
    /// How many of what, slowest axis first.
    pub shape: Vec<Dim>,
    /// Of a state: the output that it was.
    pub from: Option<String>,
    /// Of a constant: its numbers.
    #[serde(default)]
    pub values: Vec<f64>,
}

/// A length, or what it is the number of.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Dim {
    /// So many.
    Fixed(usize),
    /// As many as there are: `samples`, `frames`, `bands`, `tokens`.
    Named(String),
}

/// The classes of a recogniser.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    /// `vocab.json` of token to class, or a text with a token in each line.
    pub file: String,
    /// The token that stands for nothing.
    pub blank: String,
    /// The token that stands for a space.
    pub space: Option<String>,
    /// Tokens that are no text.
    #[serde(default)]
    pub silent: Vec<String>,
}

impl Description {
    /// Reads a description called `name`.
    ///
    /// # Errors
    /// It is none, of a later version, or contradicts itself.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let refused = |why: String| Error::data(format!("{name}: {why}"));
        let described: Description = toml::from_str(text).map_err(|error| refused(error.to_string().trim().into()))?;
        if described.onnx != VERSION {
            return Err(refused(format!("expected onnx = {VERSION}, got {}", described.onnx)));
        }
        for (input, Input { is, shape, from, values }) in &described.inputs {
            let fixed = || shape.iter().map(|dim| if let Dim::Fixed(n) = dim { Some(*n) } else { None });
            match (is, fixed().product::<Option<usize>>()) {
                (Is::State, None) => return Err(refused(format!("inputs.{input}: a state has a fixed shape"))),
                (Is::State, _) if from.is_none() => {
                    return Err(refused(format!("inputs.{input}: a state is from an output")));
                }
                (Is::Constant, count) if count != Some(values.len()) => {
                    return Err(refused(format!("inputs.{input}: expected {count:?} values, got {}", values.len())));
                }
                _ => {}
            }
        }
        let Description { audio, features, window, speech, spectrum, .. } = &described;
        let rates = [audio.as_ref().map(|a| a.sample_rate), speech.as_ref().and_then(|s| s.sample_rate)];
        let windowless = window.as_ref().is_some_and(|w| w.length == 0 || w.hop == Some(0));
        let spectrumless = spectrum.as_ref().is_some_and(|s| s.sample_rate == 0 || s.hop == 0 || s.n_fft < 2 * s.hop);
        if rates.contains(&Some(0)) || windowless || spectrumless || features.as_ref().is_some_and(|f| f.bands == 0) {
            return Err(refused(
                "windows, hops, bands and rates are at least 1, and frames of spectra two hops long".into(),
            ));
        }
        Ok(described)
    }

    /// The name of the output that is `what`.
    ///
    /// # Errors
    /// It is not described.
    pub fn output(&self, what: &str) -> Result<&str> {
        let found = self.outputs.get(what).map(String::as_str);
        found.ok_or_else(|| Error::data(format!("the model's description names no output that is the {what}")))
    }

    /// A section that the stage needs.
    ///
    /// # Errors
    /// The description has none.
    pub fn section<'a, T>(&self, section: &'a Option<T>, name: &str) -> Result<&'a T> {
        section
            .as_ref()
            .ok_or_else(|| Error::data(format!("the model's description has no [{name}], which {} needs", self.stage)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, part: &str) {
        let error = Description::parse(text, "m.toml").expect_err("it is wrong");
        assert!(error.message.contains(part), "{error}");
    }

    #[test]
    fn descriptions_that_are_wrong_are_refused() {
        check("x", "m.toml: TOML parse error");
        check("onnx = 2\nstage = \"s\"\ninputs = {}\noutputs = {}", "expected onnx = 1, got 2");
        let with = |line: &str| format!("onnx = 1\nstage = \"s\"\noutputs = {{}}\n{line}\n");
        check(&with("inputs = {}\ncolour = 1"), "unknown field `colour`");
        check(&with("inputs.a = { is = \"state\", shape = [2] }"), "inputs.a: a state is from an output");
        check(&with("inputs.a = { is = \"state\", shape = [\"n\"], from = \"b\" }"), "a state has a fixed shape");
        check(&with("inputs.a = { is = \"constant\", shape = [2], values = [1] }"), "expected Some(2) values, got 1");
        check(&with("inputs = {}\nwindow = { length = 0 }"), "at least 1");
        check(&with("inputs.a = { is = \"sound\", shape = [] }"), "unknown variant `sound`");
    }
}
