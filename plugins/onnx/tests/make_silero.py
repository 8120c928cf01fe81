#!/usr/bin/env python3
"""Makes tests/silero/probabilities.npy: what Silero VAD makes of sessions/media/speech.flac in onnxruntime.

Run with onnxruntime 1.31, numpy, soundfile:   make_silero.py silero_vad_16k_op15.onnx   (of the Python package silero-vad 6.2.3)
"""
import pathlib
import sys

import numpy as np
import onnxruntime
import soundfile

HERE = pathlib.Path(__file__).parent
WINDOW, CONTEXT = 512, 64
clip, rate = soundfile.read(HERE.parents[2] / "sessions/media/speech.flac", dtype="float32")
clip = np.concatenate([np.zeros(CONTEXT, np.float32), clip, np.zeros(-len(clip) % WINDOW, np.float32)])
model = onnxruntime.InferenceSession(sys.argv[1])
state, probabilities = np.zeros((2, 1, 128), np.float32), []
for start in range(0, len(clip) - CONTEXT, WINDOW):
    heard = clip[None, start:start + CONTEXT + WINDOW]
    probability, state = model.run(None, {"input": heard, "state": state, "sr": np.array(rate, np.int64)})
    probabilities.append(probability[0, 0])
np.save(HERE / "silero/probabilities.npy", np.array(probabilities, np.float32))
