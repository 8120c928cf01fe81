//! How large a Whisper model is, and whether its arrays are.

use crate::weights::{Weights, refused};
use auricle_sdk::prelude::*;
use serde_json::Value as Json;

/// Numbers that make a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub vocabulary: usize,
    /// Values of a position, in encoder and decoder.
    pub width: usize,
    pub mels: usize,
    /// Positions of the encoder: half as many as mel frames of a window.
    pub audio: usize,
    pub audio_heads: usize,
    pub audio_layers: usize,
    /// Positions of the decoder.
    pub text: usize,
    pub text_heads: usize,
    pub text_layers: usize,
}

impl Size {
    /// As whisper.cpp's files have it.
    pub fn of_ggml(sizes: [usize; 10], source: &ByteSource) -> Result<Self> {
        let [vocabulary, audio, width, audio_heads, audio_layers, text, text_width, text_heads, text_layers, mels] =
            sizes;
        if width != text_width {
            return Err(refused(source, format!("encoder of width {width}, decoder of {text_width}")));
        }
        let size = Size { vocabulary, width, mels, audio, audio_heads, audio_layers, text, text_heads, text_layers };
        size.checked(source)
    }

    /// As Hugging Face's `config.json` has it.
    pub fn of_config(config: &Json, source: &ByteSource) -> Result<Self> {
        if let Some(kind) = config["model_type"].as_str().filter(|kind| *kind != "whisper") {
            return Err(refused(source, format!("expected a model of type whisper, got {kind}")));
        }
        let number = |key: &str| {
            let number = config[key].as_u64().and_then(|n| usize::try_from(n).ok());
            number.ok_or_else(|| refused(source, format!("no number {key}; is it the config.json of a Whisper model?")))
        };
        let size = Size {
            vocabulary: number("vocab_size")?,
            width: number("d_model")?,
            mels: number("num_mel_bins")?,
            audio: number("max_source_positions")?,
            audio_heads: number("encoder_attention_heads")?,
            audio_layers: number("encoder_layers")?,
            text: number("max_target_positions")?,
            text_heads: number("decoder_attention_heads")?,
            text_layers: number("decoder_layers")?,
        };
        size.checked(source)
    }

    fn checked(self, source: &ByteSource) -> Result<Self> {
        let Size { width, audio_heads, text_heads, text, .. } = self;
        let all = [self.vocabulary, width, self.mels, self.audio, audio_heads, text, text_heads];
        let divides = |heads: usize| heads > 0 && width % heads == 0;
        if all.contains(&0) || !divides(audio_heads) || !divides(text_heads) || text < 8 {
            return Err(refused(source, format!("no model has these sizes: {self:?}")));
        }
        Ok(self)
    }

    /// Are the arrays there, and of these sizes?
    ///
    /// # Errors
    /// One is not; it is named.
    pub fn check(&self, weights: &Weights) -> Result<()> {
        let d = self.width;
        weights.expect("encoder.conv1.weight", &[d, self.mels, 3])?;
        weights.expect("encoder.conv2.weight", &[d, d, 3])?;
        weights.expect("encoder.positional_embedding", &[self.audio, d])?;
        weights.expect("decoder.token_embedding.weight", &[self.vocabulary, d])?;
        weights.expect("decoder.positional_embedding", &[self.text, d])?;
        for (side, layers) in [("encoder", self.audio_layers), ("decoder", self.text_layers)] {
            let found = weights.count(&format!("{side}.blocks."), ".mlp.0.weight");
            if found != layers {
                return Err(Error::data(format!("expected {layers} layers of the {side}, got weights of {found}")));
            }
        }
        Ok(())
    }
}

/// OpenAI's name of an array that Hugging Face calls `name`; none for what a model shares or does not need.
pub fn openai_name(name: &str) -> Option<String> {
    const PARTS: [(&str, &str); 13] = [
        (".layers.", ".blocks."),
        ("encoder_attn_layer_norm", "cross_attn_ln"),
        ("self_attn_layer_norm", "attn_ln"),
        ("final_layer_norm", "mlp_ln"),
        ("encoder_attn.", "cross_attn."),
        ("self_attn.", "attn."),
        ("q_proj", "query"),
        ("k_proj", "key"),
        ("v_proj", "value"),
        ("out_proj", "out"),
        ("fc1", "mlp.0"),
        ("fc2", "mlp.2"),
        ("embed_positions.weight", "positional_embedding"),
    ];
    let mut name = name.strip_prefix("model.").unwrap_or(name).to_owned();
    if name == "proj_out.weight" {
        return None;
    }
    for (theirs, ours) in PARTS {
        name = name.replace(theirs, ours);
    }
    name = name.replace("embed_tokens", "token_embedding");
    name = name.replace("encoder.layer_norm.", "encoder.ln_post.").replace("decoder.layer_norm.", "decoder.ln.");
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (theirs, ours) in [
            ("model.encoder.layers.3.self_attn_layer_norm.bias", "encoder.blocks.3.attn_ln.bias"),
            ("model.decoder.layers.0.encoder_attn.k_proj.weight", "decoder.blocks.0.cross_attn.key.weight"),
            ("model.decoder.layers.0.encoder_attn_layer_norm.weight", "decoder.blocks.0.cross_attn_ln.weight"),
            ("decoder.layer_norm.weight", "decoder.ln.weight"),
            ("model.encoder.layer_norm.bias", "encoder.ln_post.bias"),
            ("model.encoder.embed_positions.weight", "encoder.positional_embedding"),
            ("model.decoder.embed_tokens.weight", "decoder.token_embedding.weight"),
            ("model.decoder.layers.1.fc2.weight", "decoder.blocks.1.mlp.2.weight"),
        ] {
            assert_eq!(openai_name(theirs).as_deref(), Some(ours));
        }
        assert_eq!(openai_name("proj_out.weight"), None);
    }
}
