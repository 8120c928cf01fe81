"""SciPy, resampy and gammatone."""

import math

import gammatone.fftweight
import gammatone.gtgram
import numpy as np
import resampy
import scipy.signal

from grid import grid, tool
from table import SPECTRUM, allowed

TOOLS = (np, scipy, resampy)


def peak(single, double):
    return allowed(SPECTRUM, single, double)


def each(function):
    """A tool of one channel on each of several."""

    def compute(y, rate, /, **p):
        channels = [function(channel, rate, **p) for channel in np.atleast_2d(y)]
        return channels[0] if y.ndim == 1 else np.stack(channels)

    return compute


def spectra():
    points = {
        "plain": {"nperseg": 128, "noverlap": 0}, "odd": {"nperseg": 127, "noverlap": 5, "window": "hamming"}, "short-window": {"nperseg": 100, "nfft": 128, "noverlap": 0},
        "not-centred": {"nperseg": 128, "noverlap": 0, "boundary": "none"}, "cut": {"noverlap": 0, "boundary": "none", "padded": False},
        "even": {"nperseg": 128, "noverlap": 0, "boundary": "even", "detrend": "constant"}, "odd-ends": {"nperseg": 128, "noverlap": 0, "boundary": "odd", "detrend": "linear"},
        "density": {"nperseg": 100, "noverlap": 0, "boundary": "constant", "scaling": "psd", "window": ["kaiser", 8.0]}, "two-sided": {"nperseg": 100, "noverlap": 0, "return_onesided": False},
    }
    grid("stft.scipy", TOOLS, "scipy.signal.stft", lambda y, sr, **p: scipy.signal.stft(y, fs=sr, **tool(p))[2], points, peak, odd=("odd", "not-centred"))


def definition():
    """The transform of a whole clip; NumPy's is of the same definition."""
    points = {"plain": {}}
    grid("dft.naive", TOOLS, "numpy.fft.fft", lambda y, sr: np.fft.fft(y), points, peak, rate=16_000)


def resamplers():
    def polyphase(y, rate, /, sr, window=("kaiser", 5.0)):
        common = math.gcd(sr, rate)
        return scipy.signal.resample_poly(y, sr // common, rate // common, axis=-1, window=tuple(window) if isinstance(window, list) else window)

    points = {"16000": {"sr": 16000}, "11025": {"sr": 11025, "window": "hann"}, "8000": {"sr": 8000, "window": ["kaiser", 12.0]}, "12000": {"sr": 12000}}
    grid("resample.scipy", TOOLS, "scipy.signal.resample_poly", polyphase, points, peak, odd=("11025",))

    def tabled(y, rate, /, sr, filter="kaiser_best"):
        return resampy.resample(y, rate, sr, filter=filter, axis=-1)

    points = {"16000": {"sr": 16000}, "11025": {"sr": 11025, "filter": "kaiser_fast"}, "12000": {"sr": 12000}}
    grid("resample.kaiser", TOOLS, "resampy.resample", tabled, points, peak, odd=("11025",))


def gammatones():
    plain = {"window_time": 0.025, "hop_time": 0.02, "channels": 32, "f_min": 20.0}
    points = {
        "plain": plain, "short-window": {"window_time": 0.005, "hop_time": 0.01, "channels": 8, "f_min": 100.0},
        "odd": {"window_time": 0.0101, "hop_time": 0.0151, "channels": 20, "f_min": 50.0},
    }
    for stage, function in (("gammatone.gtgram", gammatone.gtgram.gtgram), ("gammatone.fft_gtgram", gammatone.fftweight.fft_gtgram)):
        grid(stage, TOOLS, f"gammatone.{function.__name__}", each(lambda y, sr, **p: function(y, sr, **p)), points, peak, odd=("short-window",))

    def bank(y, sr, freqs, ftype, **p):
        filters = [scipy.signal.gammatone(hz, ftype, fs=sr, **p) for hz in freqs]
        return np.stack([scipy.signal.lfilter(*coefficients, y.astype("f8")) for coefficients in filters])

    points = {
        "plain": {"ftype": "fir", "freqs": [700.0]}, "iir": {"ftype": "iir", "freqs": [3000.0]},
        "order": {"ftype": "fir", "freqs": [1500.0], "order": 2, "numtaps": 64},
    }
    grid("gammatone.bank", TOOLS, "scipy.signal.gammatone, lfilter", each(bank), points, peak, rate=16_000)


def make():
    for family in (spectra, definition, resamplers, gammatones):
        family()
