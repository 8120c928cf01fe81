"""Makes the reference arrays: what librosa, soxr and NVIDIA's Tacotron 2 code compute from the bundled recordings.

    python tests/golden/make.py     needs numpy, librosa==0.11.0, soxr, torch==2.8.0, and NVIDIA's tacotron2 (PyPI 22.12.28)

golden.toml (see table.py) then says for each array: the input, the stages that must reproduce it, the call that made it, and how far off
a value may be. That is 1e-6 of the peak for spectra and 5e-6 for mel bands, or eight times the tool's own difference between float32
and float64 where that is more.
"""

import pathlib
import warnings

import librosa
import numpy as np
import soxr
import tacotron2.layers as nvidia
import torch

from table import EFFECT, ONE_SAMPLE, ROOT, SPECTRUM, SPEECH, STEREO, Golden, absolute, allowed, call_text

HERE = pathlib.Path(__file__).parent
BANDS, RESAMPLED = 5e-6, 1e-4  # the last: 80 dB, which another build of soxr must reach

# NVIDIA's code was written for a librosa whose filters.mel took arguments by position; the values are the same.
nvidia.librosa_mel_fn = lambda sr, n_fft, n_mels, fmin, fmax: librosa.filters.mel(
    sr=sr, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax
)


def load(source, **how):
    """Audio as float32, and the same samples as float64."""
    y, sr = librosa.load(ROOT / source, **how)
    return y, y.astype("f8"), sr


def read(golden):
    for name, parameters in (
        ("read-librosa", {"offset": 0.1, "duration": 0.3}),
        ("read-librosa-16k", {"sr": 16000, "offset": 0.1, "duration": 0.3}),
        ("read-librosa-native", {"sr": "native", "offset": 0.05, "duration": 0.2}),
    ):
        y, _, _ = load(EFFECT, **{**parameters, "sr": None} if parameters.get("sr") == "native" else parameters)
        tolerance = 0.0 if parameters.get("sr") == "native" else RESAMPLED * np.abs(y).max()
        golden.add(name, EFFECT, [("read.librosa", parameters)], call_text("librosa.load", parameters), y, tolerance)
    y, _, _ = load(STEREO, sr=None, mono=False)
    golden.add("read-librosa-stereo", STEREO, [("read.librosa", {"sr": "native", "mono": False})], "librosa.load(sr=None, mono=False)", y, 0.0)


def resample(golden):
    cut = {"sr": "native", "offset": 0.1, "duration": 0.2}
    y, _, sr = load(EFFECT, sr=None, offset=0.1, duration=0.2)
    for target, quality in ((16000, "hq"), (22050, "vhq"), (48000, "hq"), (8000, "mq")):
        z = soxr.resample(y, sr, target, quality)
        stages = [("read.librosa", cut), ("resample.soxr", {"sr": target, "quality": quality})]
        golden.add(f"soxr-{target}-{quality}", EFFECT, stages, f"soxr.resample(y, {sr}, {target}, '{quality}')", z, RESAMPLED * np.abs(z).max())


def stft(golden):
    cut = {"sr": "native", "offset": 0.8, "duration": 0.2}
    for name, source, how, parameters in (
        ("stft", SPEECH, cut, {}),
        ("stft-512", SPEECH, cut, {"n_fft": 512, "hop_length": 128}),
        ("stft-reflect", SPEECH, cut, {"n_fft": 1024, "hop_length": 256, "pad_mode": "reflect"}),
        ("stft-not-centred", SPEECH, cut, {"n_fft": 512, "hop_length": 160, "center": False}),
        ("stft-short-window", SPEECH, cut, {"n_fft": 512, "win_length": 401, "hop_length": 128}),
        ("stft-odd-511", SPEECH, cut, {"n_fft": 511, "hop_length": 200}),
        ("stft-hamming", SPEECH, cut, {"n_fft": 512, "hop_length": 256, "window": "hamming"}),
        ("stft-stereo", STEREO, {"sr": "native", "mono": False}, {"n_fft": 256, "hop_length": 64}),
        ("stft-one-sample", ONE_SAMPLE, {"sr": "native"}, {"n_fft": 512, "hop_length": 128}),
    ):
        y, wide, _ = load(source, **{**how, "sr": None})
        single, double = librosa.stft(y, **parameters), librosa.stft(wide, **parameters)
        stages = [("read.librosa", how), ("stft.librosa", parameters)]
        golden.add(name, source, stages, call_text("librosa.stft", parameters), single, allowed(SPECTRUM, single, double))


def mel(golden):
    cut = {"sr": "native", "offset": 0.5, "duration": 0.6}
    y, wide, sr = load(SPEECH, **{**cut, "sr": None})
    for name, parameters in (
        ("mel", {}),
        ("mel-tacotron-sizes", {"n_fft": 1024, "hop_length": 256, "n_mels": 80}),
        ("mel-aligned", {"n_fft": 1024, "hop_length": 256, "n_mels": 80, "fmax": 8000.0, "power": 1.0, "pad_mode": "reflect"}),
        ("mel-htk", {"n_mels": 40, "htk": True, "fmin": 125.0, "fmax": 7600.0}),
        ("mel-whisper-like", {"n_fft": 400, "hop_length": 160, "n_mels": 80, "center": False}),
    ):
        single = librosa.feature.melspectrogram(y=y, sr=sr, **parameters)
        double = librosa.feature.melspectrogram(y=wide, sr=sr, **parameters)
        stages = [("read.librosa", cut), ("mel.librosa", parameters)]
        golden.add(name, SPEECH, stages, call_text("librosa.feature.melspectrogram", parameters), single, absolute(BANDS, single, double))
    single = librosa.feature.melspectrogram(y=y, sr=sr)
    double = librosa.feature.melspectrogram(y=wide, sr=sr)
    for name, parameters in (
        ("db", {}),
        ("db-max", {"ref": "max"}),
        ("db-no-floor", {"top_db": "none", "amin": 1e-5, "ref": 0.5}),
    ):
        how = {k: {"max": np.max, "none": None}.get(v, v) if isinstance(v, str) else v for k, v in parameters.items()}
        a, b = librosa.power_to_db(single, **how), librosa.power_to_db(double, **how)
        stages = [("read.librosa", cut), ("mel.librosa", {}), ("db.power", parameters)]
        golden.add(name, SPEECH, stages, call_text("librosa.power_to_db", parameters), a, absolute(BANDS, a, b))


def tacotron(golden):
    stft = nvidia.TacotronSTFT(1024, 256, 1024, 80, 22050, 0.0, 8000.0)
    for name, cut in (("tacotron2", {"offset": 0.5, "duration": 0.9}), ("tacotron2-start", {"duration": 0.3})):
        y, _, _ = load(SPEECH, sr=None, **cut)
        array = stft.mel_spectrogram(torch.from_numpy(y)[None])[0].numpy()
        call = "TacotronSTFT(1024, 256, 1024, 80, 22050, 0.0, 8000.0).mel_spectrogram(y)"
        stages = [("read.librosa", {"sr": "native", **cut}), ("mel.tacotron2", {})]
        golden.add(name, SPEECH, stages, call, array, 1e-4, 1e-6)


def main():
    warnings.simplefilter("ignore")
    golden = Golden(HERE, np, librosa, soxr, torch)
    for family in (read, resample, stft, mel, tacotron):
        family(golden)
    golden.write()


if __name__ == "__main__":
    main()
