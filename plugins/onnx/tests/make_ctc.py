#!/usr/bin/env python3
"""Makes tests/ctc: a wav2vec 2.0 with a CTC head, of the graph of the real ones and 50,000 weights, that has learnt one clip by
heart: sessions/media/speech.flac. So its path, its words and its text can be seen, without a model of hundreds of megabytes.

  graph.onnx, vocab.json   the model, as transformers and torch export it
  samples.npy, logits.npy  half a second of the clip, and what torch makes of it behind transformers' own front end

Run with torch 2.8, transformers 4.57, onnx 1.23, librosa 0.11:   make_ctc.py
"""
import json
import pathlib

import librosa
import numpy as np
import torch
from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC

HERE = pathlib.Path(__file__).parent
MEDIA = HERE.parents[2] / "sessions/media"
OUT = HERE / "ctc"

torch.manual_seed(1)
torch.set_num_threads(1)
text = " ".join((MEDIA / "speech.txt").read_text().split()).upper()
text = " ".join("".join(c if c.isalpha() or c in "' " else " " for c in text).split())
tokens = ["<pad>", "<s>", "</s>", "<unk>", "|", *"ETAONIHSRDLUMWCFGYPBVK'XJQZ"]
vocabulary = {token: index for index, token in enumerate(tokens)}
target = torch.tensor([[vocabulary["|" if c == " " else c] for c in text]])

config = Wav2Vec2Config(
    vocab_size=len(tokens), hidden_size=48, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
    conv_dim=(16, 16, 24, 24, 32, 32, 32), num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4,
    attn_implementation="eager", pad_token_id=0, mask_time_prob=0.0, layerdrop=0.0, hidden_dropout=0.0,
    attention_dropout=0.0, activation_dropout=0.0, feat_proj_dropout=0.0, final_dropout=0.0, ctc_zero_infinity=True)
model = Wav2Vec2ForCTC(config)
front = Wav2Vec2FeatureExtractor(feature_size=1, sampling_rate=16000, do_normalize=True)
clip, _ = librosa.load(MEDIA / "speech.flac", sr=16000)
values = front(clip, sampling_rate=16000, return_tensors="pt").input_values

print(len(clip), "samples,", sum(p.numel() for p in model.parameters()), "weights,", text)
best = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.0)
model.train()
for step in range(3000):
    logits = model(values).logits
    loss = torch.nn.functional.ctc_loss(
        logits.log_softmax(-1).transpose(0, 1), target, [logits.shape[1]], [target.shape[1]], blank=0)
    best.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    best.step()
    for group in best.param_groups:
        group["lr"] = 2e-3 * min(1.0, (step + 1) / 100) * (1 - step / 3000)
    if step % 50 == 0:
        print(step, float(loss), flush=True)
    if loss < 0.01:
        break
model.eval()


def heard(logits):
    path = logits.argmax(-1)[0].tolist()
    kept = [c for k, c in enumerate(path) if c and (k == 0 or path[k - 1] != c)]
    return "".join(tokens[c] for c in kept).replace("|", " ")


class Logits(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.model = model

    def forward(self, input_values):
        return self.model(input_values).logits


with torch.no_grad():
    print(heard(model(values).logits))
    OUT.mkdir(exist_ok=True)
    short = clip[16000:24000].astype(np.float32)
    np.save(OUT / "samples.npy", short)
    np.save(OUT / "logits.npy", model(front(short, sampling_rate=16000, return_tensors="pt").input_values).logits[0].numpy())
torch.onnx.export(Logits(), (values[:, :16000],), OUT / "graph.onnx", input_names=["input_values"], output_names=["logits"],
                  dynamic_axes={"input_values": {1: "samples"}, "logits": {1: "frames"}}, opset_version=17, dynamo=False)
(OUT / "vocab.json").write_text(json.dumps(vocabulary) + "\n")
