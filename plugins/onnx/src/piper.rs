//! `tts.piper`: speech from phonemes, by a voice of Piper's.
//!
//! Shape: a table with phonemes to audio of one channel. Source: Piper 1.2, a VITS. Unlike `tts.espeak` it sounds like the
//! person whose recordings it has learnt from.

use crate::description::Is;
use crate::files::{Package, file_name, text};
use crate::tokens::Tokens;
use crate::voice::{Dialect, INPUT, OUTPUTS, PAUSE, PHONEMES};
use auricle_sdk::prelude::*;
use serde_json::Value as Json;

/// Phonemes of one utterance: about half a minute of speech, which bounds memory.
const MOST: usize = 500;

/// What its configuration and the parameters say.
pub struct Piper {
    scales: [f32; 3],
    speaker: f32,
}

impl Dialect for Piper {
    const DESCRIPTOR: Descriptor = Descriptor::new("tts.piper", "Speech from phonemes, by a voice of Piper's")
        .doc(
            "Each row is said on its own. How lively and how fast it speaks is the voice's own unless a parameter says otherwise; chance follows \
             from the session's seed. The voice is a model that a session names in [models]: a folder with NAME.onnx and NAME.onnx.json, as \
             Piper's voices come. Phonemes are those of text.phonemes with the language of the voice.",
        )
        .source("Piper 1.2.0; Kim, Kong, Son, Conditional variational autoencoder with adversarial learning (VITS), ICML 2021")
        .inputs(&[INPUT, Package::PORT])
        .outputs(OUTPUTS)
        .parameters(&[
            PHONEMES,
            Parameter::absent("noise_scale", Types::FLOAT).range(0.0, 10.0).doc("How much chance is in the sound; absent: the voice's."),
            Parameter::absent("length_scale", Types::FLOAT).range(0.05, 20.0).doc("How slow: 2 takes twice as long; absent: the voice's."),
            Parameter::absent("noise_w", Types::FLOAT).range(0.0, 10.0).doc("How much chance is in lengths; absent: the voice's."),
            Parameter::int("speaker", 0).range(0.0, 1e5).doc("Which speaker, of a voice with several."),
            PAUSE,
        ])
        .locality(Locality::WholeInput);

    fn new(setup: &Setup, package: &Package) -> Result<(Self, Tokens, u32)> {
        let description = &package.description;
        let speech = description.section(&description.speech, "speech")?;
        let missing = || {
            let message = format!("the voice has no file *{} beside {}", speech.phonemes, file_name(&package.graph));
            Error::data(message).hint("it holds rate and phonemes: `auricle models import` takes the folder with both")
        };
        let file = package.ending(&speech.phonemes).ok_or_else(missing)?;
        let name = file.name();
        let refused = |why: String| Error::data(format!("{name}: {why}"));
        let config: Json =
            serde_json::from_str(&text(file)?).map_err(|error| refused(format!("is no JSON: {error}")))?;
        let mut tokens = Tokens::new(&config["phoneme_id_map"], &name, &speech.replace, MOST)?;
        tokens.around = [tokens.of('^')?, tokens.of('_')?, tokens.of('$')?];
        let rate = config["audio"]["sample_rate"].as_u64().and_then(|rate| u32::try_from(rate).ok());
        let rate = speech.sample_rate.or(rate).filter(|rate| (1000..=768_000).contains(rate));
        let rate = rate.ok_or_else(|| refused("audio.sample_rate: expected 1000 to 768000".into()))?;
        let parameters = &setup.parameters;
        let scale = |id: &str, default: f64| {
            let own = config["inference"][id].as_f64().unwrap_or(default);
            Ok::<f32, Error>(parameters.optional_float(id)?.unwrap_or(own) as f32)
        };
        // What Piper takes where a voice says nothing.
        let scales = [scale("noise_scale", 0.667)?, scale("length_scale", 1.0)?, scale("noise_w", 0.8)?];
        let (speaker, speakers) = (parameters.count("speaker")?, config["num_speakers"].as_u64().unwrap_or(1).max(1));
        if speaker as u64 >= speakers {
            return Err(Error::parameter("speaker", format!("expected one below {speakers}, got {speaker}")));
        }
        Ok((Piper { scales, speaker: speaker as f32 }, tokens, rate))
    }

    fn beside(&mut self, _: usize) -> Result<Vec<(Is, Vec<f32>)>> {
        Ok(vec![(Is::Scales, self.scales.to_vec()), (Is::Speaker, vec![self.speaker])])
    }
}
