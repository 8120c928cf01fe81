"""SciPy, resampy, and librosa's ways back from spectra."""

import math

import librosa
import numpy as np
import resampy
import scipy.signal

from table import EFFECT, FLAC, ONE_SAMPLE, SPECTRUM, SPEECH, STEREO, Golden, allowed, call_text

# Where a clip is cut: first second, seconds.
CUTS = {SPEECH: (0.8, 0.06), EFFECT: (0.1, 0.04), FLAC: (1.0, 0.06), STEREO: (), ONE_SAMPLE: ()}


def both(golden, name, source, use, call, parameters, compute):
    """A row from what `compute` makes of the clip in float32 and in float64."""
    stages = [(use, parameters)] if isinstance(use, str) else use
    golden.both(name, source, CUTS[source], stages, call_text(call, parameters), compute, lambda a, b: allowed(SPECTRUM, a, b))


def polyphase(golden):
    for name, source, parameters in (
        ("resample-16k", EFFECT, {"sr": 16000}),
        ("resample-48k", SPEECH, {"sr": 48000}),
        ("resample-hann", FLAC, {"sr": 11025, "window": "hann"}),
        ("resample-kaiser", STEREO, {"sr": 8000, "window": ["kaiser", 12.0]}),
        ("resample-one-sample", ONE_SAMPLE, {"sr": 48000}),
    ):
        def compute(y, sr):
            common = math.gcd(parameters["sr"], sr)
            window = parameters.get("window", ("kaiser", 5.0))
            window = window if isinstance(window, str) else tuple(window)
            return scipy.signal.resample_poly(y, parameters["sr"] // common, sr // common, axis=-1, window=window)

        both(golden, name, source, "resample.scipy", "scipy.signal.resample_poly", parameters, compute)


def tabled(golden):
    for name, source, parameters in (
        ("kaiser-16k", EFFECT, {"sr": 16000}),
        ("kaiser-48k", SPEECH, {"sr": 48000}),
        ("kaiser-fast", FLAC, {"sr": 11025, "filter": "kaiser_fast"}),
        ("kaiser-stereo", STEREO, {"sr": 8000, "filter": "kaiser_fast"}),
    ):
        def compute(y, sr):
            return resampy.resample(y, sr, parameters["sr"], filter=parameters.get("filter", "kaiser_best"))

        both(golden, name, source, "resample.kaiser", "resampy.resample", parameters, compute)


def spectra(golden):
    for name, source, parameters in (
        ("stft", SPEECH, {}),
        ("stft-mirrored", EFFECT, {"nperseg": 400, "nfft": 512, "boundary": "even"}),
        ("stft-odd-255", EFFECT, {"nperseg": 255, "noverlap": 100, "window": "hamming"}),
        ("stft-cut", FLAC, {"boundary": "none", "padded": False}),
        ("stft-density", FLAC, {"boundary": "constant", "scaling": "psd", "window": ["kaiser", 8.0]}),
        ("stft-two-sided", STEREO, {"nperseg": 64, "nfft": 100, "return_onesided": False}),
        ("stft-odd", EFFECT, {"nperseg": 200, "boundary": "odd", "window": "hamming"}),
        ("stft-constant-trend", FLAC, {"detrend": "constant", "boundary": "none"}),
        ("stft-linear-trend", FLAC, {"detrend": "linear", "nperseg": 300, "nfft": 400, "boundary": "odd"}),
        ("stft-short-clip", STEREO, {"nperseg": 2048}),
        ("stft-one-sample", ONE_SAMPLE, {}),
    ):
        def compute(y, sr):
            special = {"none": None}
            how = {k: special.get(v, v) if isinstance(v, str) else tuple(v) if isinstance(v, list) else v for k, v in parameters.items()}
            return scipy.signal.stft(y, fs=sr, **how)[2]

        both(golden, name, source, "stft.scipy", "scipy.signal.stft", parameters, compute)
    both(golden, "dft", STEREO, "dft.naive", "numpy.fft.fft", {}, lambda y, _: np.fft.fft(y))


def inverses(golden):
    for name, source, there, back in (
        ("istft", SPEECH, {"n_fft": 512}, {}),
        ("istft-length", EFFECT, {"n_fft": 512, "hop_length": 100}, {"length": 2000}),
        ("istft-odd-511", FLAC, {"n_fft": 511, "hop_length": 100, "win_length": 400}, {"n_fft": 511, "win_length": 400}),
        ("istft-not-centred", SPEECH, {"n_fft": 256, "center": False}, {"center": False}),
        ("istft-with-gaps", FLAC, {"n_fft": 128, "hop_length": 150, "window": "hamming"}, {"window": "hamming"}),
        ("istft-stereo", STEREO, {"n_fft": 64}, {}),
        ("griffinlim", SPEECH, {"n_fft": 512}, {"n_iter": 4}),
        ("griffinlim-mirrored", EFFECT, {"n_fft": 256, "hop_length": 64}, {"n_iter": 6, "momentum": 0.0, "pad_mode": "reflect"}),
        ("griffinlim-not-centred", FLAC, {"n_fft": 256, "center": False}, {"n_iter": 3, "center": False}),
    ):
        def compute(y, _):
            bins = librosa.stft(y, **there)
            hop = there.get("hop_length", there.get("win_length", there["n_fft"]) // 4)
            if "griffinlim" in name:
                return librosa.griffinlim(np.abs(bins), hop_length=hop, init=None, **back)
            return librosa.istft(bins, hop_length=hop, **back)

        stages = [("stft.librosa", there), ("istft.librosa", back)]
        if "griffinlim" in name:
            stages[1:] = [("spectrum.magnitude", {}), ("griffinlim.librosa", back)]
        both(golden, f"librosa-{name}", source, stages, f"librosa.{name.split('-')[0]}", back, compute)


def make():
    golden = Golden("scipy", np, librosa, scipy, resampy)
    for family in (polyphase, tabled, spectra, inverses):
        family(golden)
    golden.write()
