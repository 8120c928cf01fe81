"""TensorFlow."""

import numpy as np
import tensorflow as tf

from grid import grid
from table import BANDS, SPECTRUM, absolute, allowed

TOOLS = (np, tf)
LOGS = {"ln": 1.0, "log10": 1.0 / np.log(10.0), "db": 10.0 / np.log(10.0)}


def peak(single, double):
    return allowed(SPECTRUM, single, double)


def fixed(single, double):
    return absolute(BANDS, single, double)


def tensored(function):
    def compute(y, rate, /, **how):
        return function(tf.constant(y), rate, **how).numpy()

    return compute


def windowed(how):
    name = how.get("window_fn", "hann_window")
    return {**how, "window_fn": None if name == "none" else getattr(tf.signal, name)}


def spectra():
    points = {
        "plain": {"frame_length": 256, "frame_step": 400}, "odd": {"frame_length": 255, "frame_step": 300}, "short-window": {"frame_length": 200, "frame_step": 350, "fft_length": 256},
        "pad-end": {"frame_length": 256, "frame_step": 500, "pad_end": True}, "cut": {"frame_length": 256, "frame_step": 500, "fft_length": 201},
        "hamming": {"frame_length": 128, "frame_step": 400, "window_fn": "hamming_window"}, "rectangular": {"frame_length": 100, "frame_step": 400, "window_fn": "none"},
    }
    transform = tensored(lambda y, _, **p: tf.signal.stft(y, **windowed(p)))
    grid("stft.tensorflow", TOOLS, "tf.signal.stft", transform, points, peak, odd=("odd", "short-window", "pad-end"))
    hops = {"frame_length": 256, "frame_step": 64}
    ways = {
        "plain": (hops, {"frame_length": 256}),
        "undone": (hops, {"frame_length": 256, "window_fn": "inverse_stft_window_fn"}),
        "odd": ({"frame_length": 255, "frame_step": 60}, {"frame_length": 255}),
        "short-window": ({"frame_length": 200, "frame_step": 50, "fft_length": 256}, {"frame_length": 200, "fft_length": 256, "window_fn": "none"}),
    }

    def inverse(y, _, there, **back):
        if back.get("window_fn") == "inverse_stft_window_fn":
            back = {**back, "window_fn": tf.signal.inverse_stft_window_fn(there["frame_step"])}
        else:
            back = windowed(back)
        return tf.signal.inverse_stft(tf.signal.stft(y, **there), frame_step=there["frame_step"], **back)

    grid("istft.tensorflow", TOOLS, "tf.signal.inverse_stft", tensored(inverse), ways, peak, before="stft.tensorflow", odd=("odd",))


def bands():
    def mel(y, rate, frame_length=1024, frame_step=256, fft_length=None, pad_end=False, power=1.0, num_mel_bins=80, upper_edge_hertz=7600.0, pad="none", log="none"):
        n_fft = fft_length or 1 << (frame_length - 1).bit_length()
        if pad == "reflect":
            y = tf.pad(y, [[0, 0]] * (len(y.shape) - 1) + [[n_fft // 2, n_fft // 2]], mode="REFLECT")
        magnitude = tf.abs(tf.signal.stft(y, frame_length, frame_step, n_fft, pad_end=pad_end))
        weights = tf.signal.linear_to_mel_weight_matrix(num_mel_bins, n_fft // 2 + 1, rate, 125.0, upper_edge_hertz, dtype=y.dtype)
        values = tf.matmul(magnitude**power, weights)
        if log == "none":
            return values
        return tf.math.log(tf.maximum(values, tf.cast(1e-6, y.dtype))) * tf.cast(LOGS[log], y.dtype)

    points = {
        "plain": {}, "odd": {"frame_length": 255, "frame_step": 128, "pad_end": True, "num_mel_bins": 20}, "short-window": {"frame_length": 400, "frame_step": 160, "fft_length": 512, "num_mel_bins": 40, "log": "ln"},
        "reflect": {"pad": "reflect", "power": 2.0, "log": "db"}, "cut": {"frame_length": 640, "fft_length": 512, "num_mel_bins": 30, "log": "log10"},
    }
    grid("mel.tensorflow", TOOLS, "stft, linear_to_mel_weight_matrix", tensored(mel), points, fixed, odd=("odd", "short-window", "reflect"))

    def melgan(y, rate, frame_length=1024, frame_step=256, fft_length=None, num_mel_channels=80, freq_min=125.0, freq_max=7600.0):
        magnitude = tf.abs(tf.signal.stft(y, frame_length, frame_step, fft_length, pad_end=True))
        weights = tf.signal.linear_to_mel_weight_matrix(num_mel_channels, frame_length // 2 + 1, rate, freq_min, freq_max, dtype=y.dtype)
        levels = tf.math.log(tf.maximum(tf.matmul(tf.square(magnitude), weights), tf.cast(1e-6, y.dtype))) * tf.cast(LOGS["db"], y.dtype)
        return tf.maximum(levels, tf.reduce_max(levels) - 80.0)

    points = {"plain": {}, "odd": {"frame_length": 511, "frame_step": 200, "fft_length": 511, "num_mel_channels": 40}, "short-window": {"frame_length": 510, "frame_step": 300, "fft_length": 511, "num_mel_channels": 40}, "wide": {"frame_length": 512, "frame_step": 300, "num_mel_channels": 30, "freq_min": 50.0, "freq_max": 10000.0}}
    grid("mel.keras_melgan", TOOLS, "MelSpec of the MelGAN example", tensored(melgan), points, fixed, rate=22_050, odd=("odd",))


def examples():
    def ctc(y, _, revision):
        if revision == "current":
            return tf.abs(tf.signal.stft(y, frame_length=255, frame_step=128))
        root = tf.math.pow(tf.abs(tf.signal.stft(y, frame_length=256, frame_step=160, fft_length=384)), 0.5)
        return (root - tf.math.reduce_mean(root, -1, keepdims=True)) / (tf.math.reduce_std(root, -1, keepdims=True) + 1e-10)

    points = {"2021": {"revision": "2021"}, "current": {"revision": "current"}}
    grid("spectrogram.keras_ctc", TOOLS, "keras.io, Automatic Speech Recognition using CTC", tensored(ctc), points, fixed, odd=("current",))


def make():
    for family in (spectra, bands, examples):
        family()
