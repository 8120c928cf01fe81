"""librosa, soxr and NVIDIA's Tacotron 2."""

import librosa
import numpy as np
import soxr
import tacotron2.layers as nvidia
import torch

from table import BANDS, EFFECT, ONE_SAMPLE, RESAMPLED, ROOT, SPECTRUM, SPEECH, STEREO, Golden, absolute, allowed, call_text, clip, reader

# NVIDIA's code was written for a librosa whose filters.mel took arguments by position; the values are the same.
nvidia.librosa_mel_fn = lambda sr, n_fft, n_mels, fmin, fmax: librosa.filters.mel(
    sr=sr, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax
)

# Where the spectra are cut: first second, seconds.
CUT = (0.8, 0.2)


def read(golden):
    for name, parameters in (
        ("read-librosa", {"offset": 0.1, "duration": 0.3}),
        ("read-librosa-16k", {"sr": 16000, "offset": 0.1, "duration": 0.3}),
        ("read-librosa-native", {"sr": "native", "offset": 0.05, "duration": 0.2}),
    ):
        y, _ = librosa.load(ROOT / EFFECT, **{**parameters, "sr": None} if parameters.get("sr") == "native" else parameters)
        tolerance = 0.0 if parameters.get("sr") == "native" else RESAMPLED * np.abs(y).max()
        golden.add(name, EFFECT, [("read.librosa", parameters)], call_text("librosa.load", parameters), y, tolerance)
    y, _ = librosa.load(ROOT / STEREO, sr=None, mono=False)
    golden.add("read-librosa-stereo", STEREO, [("read.librosa", {"sr": "native", "mono": False})], "librosa.load(sr=None, mono=False)", y, 0.0)


def resample(golden):
    cut = (0.1, 0.2)
    y, sr = clip(EFFECT, *cut)
    for target, quality in ((16000, "hq"), (22050, "vhq"), (48000, "hq"), (8000, "mq")):
        z = soxr.resample(y, sr, target, quality)
        stages = [reader(*cut), ("resample.soxr", {"sr": target, "quality": quality})]
        golden.add(f"soxr-{target}-{quality}", EFFECT, stages, f"soxr.resample(y, {sr}, {target}, '{quality}')", z, RESAMPLED * np.abs(z).max())


def stft(golden):
    for name, source, cut, parameters in (
        ("stft", SPEECH, CUT, {}),
        ("stft-512", SPEECH, CUT, {"n_fft": 512, "hop_length": 128}),
        ("stft-reflect", SPEECH, CUT, {"n_fft": 1024, "hop_length": 256, "pad_mode": "reflect"}),
        ("stft-not-centred", SPEECH, CUT, {"n_fft": 512, "hop_length": 160, "center": False}),
        ("stft-short-window", SPEECH, CUT, {"n_fft": 512, "win_length": 401, "hop_length": 128}),
        ("stft-odd-511", SPEECH, CUT, {"n_fft": 511, "hop_length": 200}),
        ("stft-hamming", SPEECH, CUT, {"n_fft": 512, "hop_length": 256, "window": "hamming"}),
        ("stft-stereo", STEREO, (), {"n_fft": 256, "hop_length": 64}),
        ("stft-one-sample", ONE_SAMPLE, (), {"n_fft": 512, "hop_length": 128}),
    ):
        compute = lambda y, _: librosa.stft(y, **parameters)
        stages = [("stft.librosa", parameters)]
        golden.both(name, source, cut, stages, call_text("librosa.stft", parameters), compute, lambda a, b: allowed(SPECTRUM, a, b))


def mel(golden):
    cut, limit = (0.5, 0.6), lambda a, b: absolute(BANDS, a, b)
    for name, parameters in (
        ("mel", {}),
        ("mel-tacotron-sizes", {"n_fft": 1024, "hop_length": 256, "n_mels": 80}),
        ("mel-aligned", {"n_fft": 1024, "hop_length": 256, "n_mels": 80, "fmax": 8000.0, "power": 1.0, "pad_mode": "reflect"}),
        ("mel-htk", {"n_mels": 40, "htk": True, "fmin": 125.0, "fmax": 7600.0}),
        ("mel-whisper-like", {"n_fft": 400, "hop_length": 160, "n_mels": 80, "center": False}),
    ):
        compute = lambda y, sr: librosa.feature.melspectrogram(y=y, sr=sr, **parameters)
        call = call_text("librosa.feature.melspectrogram", parameters)
        golden.both(name, SPEECH, cut, [("mel.librosa", parameters)], call, compute, limit)
    for name, parameters in (
        ("db", {}),
        ("db-max", {"ref": "max"}),
        ("db-no-floor", {"top_db": "none", "amin": 1e-5, "ref": 0.5}),
    ):
        how = {k: {"max": np.max, "none": None}.get(v, v) if isinstance(v, str) else v for k, v in parameters.items()}
        compute = lambda y, sr: librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=sr), **how)
        stages = [("mel.librosa", {}), ("db.power", parameters)]
        golden.both(name, SPEECH, cut, stages, call_text("librosa.power_to_db", parameters), compute, limit)


def tacotron(golden):
    tool = nvidia.TacotronSTFT(1024, 256, 1024, 80, 22050, 0.0, 8000.0)
    for name, cut in (("tacotron2", (0.5, 0.9)), ("tacotron2-start", (0.0, 0.3))):
        y, _ = clip(SPEECH, *cut)
        array = tool.mel_spectrogram(torch.from_numpy(y)[None])[0].numpy()
        call = "TacotronSTFT(1024, 256, 1024, 80, 22050, 0.0, 8000.0).mel_spectrogram(y)"
        golden.add(name, SPEECH, [reader(*cut), ("mel.tacotron2", {})], call, array, 1e-4, 1e-6)


def make():
    golden = Golden("librosa", np, librosa, soxr, torch)
    for family in (read, resample, stft, mel, tacotron):
        family(golden)
    golden.write()
