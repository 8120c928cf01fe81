"""Makes tiny/: a Whisper model of random weights, and what the real library computes with it.

    python plugins/asr/tests/make_tiny.py        # transformers 5.23.0, openai-whisper 20250625, torch 2.8.0, numpy

config.json, tokenizer.json and model.safetensors (float16) are a model as Hugging Face lays it out. golden.safetensors holds
what WhisperForConditionalGeneration makes of it in float32: `mel` goes in, `encoded` are every 100th position of the encoder,
`logits` those of `tokens`, which stand beside them. `begins` are the times (20 ms) at which openai-whisper's find_alignment
says that each of `text` begins, and the last ends, of SOUND mel frames; with all heads of the upper half of the layers.
"""
import json
import pathlib

import torch
import whisper
from safetensors.torch import save_file
from transformers import WhisperConfig, WhisperForConditionalGeneration

HERE = pathlib.Path(__file__).parent / "tiny"
SIGNS = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>",
         "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
TIMES = 1501
SOUND = 200


class Letters:
    """As much of a tokenizer as find_alignment asks for: each token is a word."""

    sot_sequence, no_timestamps, eot, language = (257, 258, 261), 265, 256, "de"

    def split_to_word_tokens(self, tokens):
        return [str(token) for token in tokens], [[token] for token in tokens]


def openai(config, state):
    """The same model in openai-whisper."""
    size = whisper.model.ModelDimensions(config.num_mel_bins, config.max_source_positions, config.d_model,
                                         config.encoder_attention_heads, config.encoder_layers, config.vocab_size,
                                         config.max_target_positions, config.d_model, config.decoder_attention_heads,
                                         config.decoder_layers)
    parts = [("model.", ""), (".layers.", ".blocks."), ("encoder_attn_layer_norm", "cross_attn_ln"),
             ("self_attn_layer_norm", "attn_ln"), ("final_layer_norm", "mlp_ln"), ("encoder_attn.", "cross_attn."),
             ("self_attn.", "attn."), ("q_proj", "query"), ("k_proj", "key"), ("v_proj", "value"), ("out_proj", "out"),
             ("fc1", "mlp.0"), ("fc2", "mlp.2"), ("embed_positions.weight", "positional_embedding"),
             ("embed_tokens", "token_embedding"), ("encoder.layer_norm", "encoder.ln_post"), ("decoder.layer_norm", "decoder.ln")]
    renamed = {}
    for name, weight in state.items():
        for theirs, ours in parts:
            name = name.replace(theirs, ours)
        renamed[name] = weight
    renamed.pop("proj_out.weight")
    model = whisper.model.Whisper(size).eval()
    linear = whisper.model.Linear
    for block in [*model.encoder.blocks, *model.decoder.blocks]:
        block.mlp = torch.nn.Sequential(linear(config.d_model, config.encoder_ffn_dim), torch.nn.GELU(),
                                        linear(config.encoder_ffn_dim, config.d_model))
    missing, unexpected = model.load_state_dict(renamed, strict=False)
    assert not unexpected and all("mask" in name for name in missing), (missing, unexpected)
    return model


def letters():
    plain = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    others = [b for b in range(256) if b not in plain]
    return {**{b: chr(b) for b in plain}, **{b: chr(256 + n) for n, b in enumerate(others)}}


def write(name, text):
    (HERE / name).write_text(text + "\n")


def main():
    HERE.mkdir(exist_ok=True)
    torch.manual_seed(5)
    signs = {name: 256 + n for n, name in enumerate(SIGNS)}
    size = dict(vocab_size=256 + len(SIGNS) + TIMES, num_mel_bins=80, d_model=16, max_source_positions=1500,
                max_target_positions=64, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2,
                decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32)
    config = WhisperConfig(**size, pad_token_id=256, bos_token_id=256, eos_token_id=256, decoder_start_token_id=257,
                           suppress_tokens=[], begin_suppress_tokens=[])
    model = WhisperForConditionalGeneration(config).eval().half().float()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim > 1 and "embed_positions" not in name:
                weight.mul_(8)
            elif "bias" in name:
                weight.add_(torch.randn_like(weight) * 0.1)
        model.half().float()
    mel = torch.zeros(1, 80, 3000)
    mel[:, :, :200] = (torch.randn(1, 80, 200, generator=torch.Generator().manual_seed(6)) * 0.5).half().float()
    tokens = [257, 258, 261, 266, 72, 101, 108, 108, 111, 276, 276, 33]
    with torch.no_grad():
        encoded = model.model.encoder(mel).last_hidden_state[0]
        logits = model(mel, decoder_input_ids=torch.tensor([tokens])).logits[0]
    weights = {n: w.half().contiguous() for n, w in model.state_dict().items() if n != "proj_out.weight"}
    save_file(weights, HERE / "model.safetensors")
    write("config.json", json.dumps({"model_type": "whisper", **size}, indent=1))
    vocabulary = {letter: byte for byte, letter in letters().items()}
    added = [{"id": number, "content": name} for name, number in signs.items()]
    tokenizer = {"added_tokens": added, "model": {"type": "BPE", "vocab": vocabulary}}
    write("tokenizer.json", json.dumps(tokenizer, ensure_ascii=False))
    text = [72, 101, 108, 108, 111, 33, 72, 111]
    words = whisper.timing.find_alignment(openai(config, model.state_dict()), Letters(), text, mel[0], SOUND)
    begins = [round(word.start * 50) for word in words] + [round(words[-1].end * 50)]
    rows = [0, 3, 6, 11]
    save_file({"mel": mel[0, :, :200].half().contiguous(), "encoded": encoded[::100].contiguous(),
               "logits": logits[rows].contiguous(), "tokens": torch.tensor(tokens, dtype=torch.float32),
               "text": torch.tensor(text, dtype=torch.float32), "begins": torch.tensor(begins, dtype=torch.float32)},
              HERE / "golden.safetensors")
    print({"encoded": float(encoded.abs().max()), "logits": float(logits.abs().max())},
          sum(p.stat().st_size for p in HERE.iterdir()))


main()
