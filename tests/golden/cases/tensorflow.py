"""TensorFlow."""

import numpy as np
import tensorflow as tf

from table import BANDS, EFFECT, FLAC, SPECTRUM, SPEECH, STEREO, Golden, absolute, allowed, call_text

# Where a clip is cut: first second, seconds.
CUTS = {SPEECH: (0.8, 0.06), EFFECT: (0.1, 0.04), FLAC: (1.0, 0.06), STEREO: ()}


def both(golden, name, source, stages, call, parameters, compute, fraction=SPECTRUM, limit=None):
    """A row from what `compute` makes of the clip in float32 and in float64; `limit` stands for a share of the peak."""
    limit = limit or (lambda a, b: allowed(fraction, a, b))
    computed = lambda y, _: compute(tf.constant(y)).numpy()
    golden.both(name, source, CUTS[source], stages, call_text(call, parameters), computed, limit)


def function(name):
    return None if name == "none" else getattr(tf.signal, name)


def stfts(golden):
    for name, source, parameters in (
        ("stft", SPEECH, {"frame_length": 512, "frame_step": 256}),
        ("stft-padded-frame", EFFECT, {"frame_length": 400, "frame_step": 200}),
        ("stft-odd-255", EFFECT, {"frame_length": 255, "frame_step": 128}),
        ("stft-cut-frame", FLAC, {"frame_length": 400, "frame_step": 160, "fft_length": 300}),
        ("stft-pad-end", SPEECH, {"frame_length": 400, "frame_step": 300, "fft_length": 511, "pad_end": True}),
        ("stft-hamming", FLAC, {"frame_length": 256, "frame_step": 300, "window_fn": "hamming_window"}),
        ("stft-rectangular", STEREO, {"frame_length": 128, "frame_step": 100, "window_fn": "none"}),
        ("stft-short-clip", STEREO, {"frame_length": 512, "frame_step": 128}),
    ):
        def compute(y):
            how = {**parameters, "window_fn": function(parameters.get("window_fn", "hann_window"))}
            return tf.signal.stft(y, **how)

        both(golden, name, source, [("stft.tensorflow", parameters)], "tf.signal.stft", parameters, compute)


# What float32 logarithms of another library leave of a narrow triangle's corners, of a band's peak; 5e-6 where that is more.
CORNERS = 3e-6


def bands_limit(single, double):
    return max(absolute(BANDS, single, double), CORNERS * np.abs(single).max())


def bands(golden):
    rates = {SPEECH: 22050, EFFECT: 44100, FLAC: 16000, STEREO: 16000}
    logs = {"ln": 1.0, "log10": 1.0 / np.log(10.0), "db": 10.0 / np.log(10.0)}
    for name, source, parameters in (
        ("mel", SPEECH, {}),
        ("mel-ln", FLAC, {"frame_length": 512, "frame_step": 160, "num_mel_bins": 40, "power": 2.0, "log": "ln"}),
        ("mel-odd-255", EFFECT, {"frame_length": 255, "frame_step": 128, "pad_end": True, "power": 2.0, "num_mel_bins": 20}),
        ("mel-cut-frame", FLAC, {"frame_length": 640, "fft_length": 512, "log": "log10", "pad_end": True, "num_mel_bins": 40}),
        ("mel-reflect", SPEECH, {"pad": "reflect", "log": "db", "power": 2.0}),
    ):
        how = {"frame_length": 1024, "frame_step": 256, "power": 1.0, "num_mel_bins": 80, "pad": "none", "log": "none", **parameters}

        def compute(y):
            length = how["frame_length"]
            n_fft = how.get("fft_length", 1 << (length - 1).bit_length())
            if how["pad"] == "reflect":
                y = tf.pad(y, [[n_fft // 2, n_fft // 2]], mode="REFLECT")
            magnitude = tf.abs(tf.signal.stft(y, length, how["frame_step"], n_fft, pad_end=how.get("pad_end", False)))
            weights = tf.signal.linear_to_mel_weight_matrix(how["num_mel_bins"], n_fft // 2 + 1, rates[source], 125.0, 7600.0)
            values = tf.matmul(magnitude ** how["power"], tf.cast(weights, y.dtype))
            if how["log"] == "none":
                return values
            return tf.math.log(tf.maximum(values, tf.cast(1e-6, y.dtype))) * tf.cast(logs[how["log"]], y.dtype)

        both(golden, name, source, [("mel.tensorflow", parameters)], "stft, linear_to_mel_weight_matrix", parameters, compute, limit=bands_limit)
    for name, source, parameters in (("melgan", SPEECH, {}), ("melgan-small", EFFECT, {"frame_length": 512, "frame_step": 100, "num_mel_channels": 40})):
        how = {"frame_length": 1024, "frame_step": 256, "num_mel_channels": 80, **parameters}

        def compute(y):
            length = how["frame_length"]
            magnitude = tf.abs(tf.signal.stft(y, length, how["frame_step"], length, pad_end=True))
            weights = tf.signal.linear_to_mel_weight_matrix(how["num_mel_channels"], length // 2 + 1, rates[source], 125.0, 7600.0)
            power = tf.matmul(tf.square(magnitude), tf.cast(weights, y.dtype))
            levels = tf.math.log(tf.maximum(power, tf.cast(1e-6, y.dtype))) * tf.cast(logs["db"], y.dtype)
            return tf.maximum(levels, tf.reduce_max(levels) - 80.0)

        both(golden, name, source, [("mel.keras_melgan", parameters)], "MelSpec", parameters, compute, limit=bands_limit)


def inverses(golden):
    for name, source, there, back in (
        ("istft", SPEECH, {"frame_length": 512, "frame_step": 128}, {"frame_length": 512}),
        ("istft-undone", EFFECT, {"frame_length": 400, "frame_step": 100}, {"frame_length": 400, "window_fn": "inverse_stft_window_fn"}),
        (
            "istft-hamming",
            FLAC,
            {"frame_length": 256, "frame_step": 100, "window_fn": "hamming_window"},
            {"frame_length": 256, "window_fn": "inverse_stft_window_fn", "forward_window_fn": "hamming_window"},
        ),
        ("istft-other-length", FLAC, {"frame_length": 256, "frame_step": 64}, {"frame_length": 300, "fft_length": 256}),
        ("istft-stereo", STEREO, {"frame_length": 100, "frame_step": 30}, {"frame_length": 100, "window_fn": "none"}),
    ):
        def compute(y):
            how = {**there, "window_fn": function(there.get("window_fn", "hann_window"))}
            window = function(back.get("window_fn", "hann_window"))
            if "inverse" in back.get("window_fn", ""):
                forward = function(back.get("forward_window_fn", "hann_window"))
                window = tf.signal.inverse_stft_window_fn(there["frame_step"], forward_window_fn=forward)
            lengths = {k: v for k, v in back.items() if "length" in k}
            return tf.signal.inverse_stft(tf.signal.stft(y, **how), frame_step=there["frame_step"], window_fn=window, **lengths)

        both(golden, name, source, [("stft.tensorflow", there), ("istft.tensorflow", back)], "tf.signal.inverse_stft", back, compute)


def keras_ctc(golden):
    def first(y):
        magnitude = tf.abs(tf.signal.stft(y, frame_length=256, frame_step=160, fft_length=384))
        root = tf.math.pow(magnitude, 0.5)
        return (root - tf.math.reduce_mean(root, 1, keepdims=True)) / (tf.math.reduce_std(root, 1, keepdims=True) + 1e-10)

    def current(y):
        return tf.abs(tf.signal.stft(y, frame_length=255, frame_step=128))

    for source, clip_name in ((SPEECH, "speech"), (FLAC, "flac")):
        for revision, compute in (("2021", first), ("current", current)):
            parameters = {"revision": revision}
            call = "keras.io, Automatic Speech Recognition using CTC"
            stages = [("spectrogram.keras_ctc", parameters)]
            both(golden, f"keras-ctc-{revision}-{clip_name}", source, stages, call, parameters, compute, 5e-6)


def make():
    golden = Golden("tensorflow", np, tf)
    for family in (stfts, bands, inverses, keras_ctc):
        family(golden)
    golden.write()
