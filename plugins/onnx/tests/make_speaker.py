#!/usr/bin/env python3
"""Makes tests/speaker: a speaker encoder of random weights as torch.save writes it in both of its forms, and what torch makes with it of
sessions/media/speech.flac; with the weights of Resemblyzer 0.1.4, what torch makes with these.

Run with torch 2.8, librosa 0.11, soundfile:   make_speaker.py [pretrained.pt]
"""
import pathlib
import sys

import librosa
import numpy as np
import soundfile
import torch

HERE = pathlib.Path(__file__).parent
OUT = HERE / "speaker"
BANDS, LENGTH, HOP, COVERAGE = 40, 160, 77, 0.75


class Encoder(torch.nn.Module):
    def __init__(self, hidden, size):
        super().__init__()
        self.lstm = torch.nn.LSTM(BANDS, hidden, 3, batch_first=True)
        self.linear = torch.nn.Linear(hidden, size)

    def forward(self, mels):
        _, (state, _) = self.lstm(mels)
        voice = torch.relu(self.linear(state[-1]))
        return voice / torch.linalg.norm(voice, dim=1, keepdim=True)


def windows():
    clip, rate = soundfile.read(HERE.parents[2] / "sessions/media/speech.flac", dtype="float32")
    frames = librosa.feature.melspectrogram(y=clip, sr=rate, n_fft=400, hop_length=160, n_mels=BANDS).T
    for start in range(0, len(frames), HOP):
        window = frames[start:start + LENGTH]
        if len(window) >= COVERAGE * LENGTH:
            yield np.pad(window, ((0, LENGTH - len(window)), (0, 0)))


def embeddings(model, name):
    with torch.no_grad():
        vectors = [model.eval()(torch.tensor(window)[None])[0].numpy() for window in windows()]
    np.save(OUT / f"{name}.npy", np.array(vectors, np.float32))


if len(sys.argv) > 1:
    model = Encoder(256, 256)
    state = torch.load(sys.argv[1], map_location="cpu", weights_only=False)["model_state"]
    model.load_state_dict({name: value for name, value in state.items() if not name.startswith("similarity")})
    embeddings(model, "resemblyzer")
else:
    torch.manual_seed(0)
    model = Encoder(4, 6)
    saved = {"step": 1, "model_state": {"similarity_weight": torch.tensor([10.0]), **model.state_dict()}}
    torch.save(saved, OUT / "old.pt", _use_new_zipfile_serialization=False)
    torch.save(saved, OUT / "zip.pt")
    embeddings(model, "small")
