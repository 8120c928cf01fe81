"""What one frame costs librosa, at the work of frames.rs: processor time of one thread, the best of five runs.

    OMP_NUM_THREADS=1 python sdk/dsp/benches/against_librosa.py     needs numpy and librosa==0.11.0
"""

import time

import librosa
import numpy as np


def cost(work, runs=5):
    best = float("inf")
    for _ in range(runs):
        start = time.process_time()
        frames = work().shape[-1]
        best = min(best, (time.process_time() - start) / frames)
    return best * 1e6


def noise(rate, seconds=60):
    return np.random.default_rng(0).uniform(-0.5, 0.5, rate * seconds).astype("f4")


def log_mel(y):
    mel = librosa.feature.melspectrogram(y=y, sr=16000, n_fft=400, hop_length=160, n_mels=80)
    return np.log10(np.maximum(mel, 1e-10))


speech, music = noise(16000), noise(44100)
print(f"log-mel 400/160, 80 bands: {cost(lambda: log_mel(speech)):.2f} us a frame")
print(f"stft 2048/512: {cost(lambda: librosa.stft(music, n_fft=2048, hop_length=512)):.2f} us a frame")
