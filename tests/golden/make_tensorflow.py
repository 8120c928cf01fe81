"""Makes the reference arrays of TensorFlow; see table.py and README.md."""

import pathlib

import numpy as np
import soundfile
import tensorflow as tf

from table import EFFECT, FLAC, ROOT, SPECTRUM, SPEECH, STEREO, Golden, allowed, call_text

# Where a clip is cut: first second, seconds.
CUTS = {SPEECH: (0.8, 0.06), EFFECT: (0.1, 0.04), FLAC: (1.0, 0.06), STEREO: (0.0, 1.0)}


def clip(source):
    offset, duration = CUTS[source]
    y, sr = soundfile.read(ROOT / source, dtype="float64", always_2d=True)
    y = y[int(offset * sr) :][: int(duration * sr)].T
    return y if len(y) > 1 else y[0], {"sr": "native", "mono": False, "offset": offset, "duration": duration}


def both(golden, name, source, stages, call, parameters, compute, fraction=SPECTRUM):
    """A row from what `compute` makes of the clip in float32 and in float64."""
    y, how = clip(source)
    single, double = (compute(tf.constant(y.astype(dtype))).numpy() for dtype in ("float32", "float64"))
    golden.add(name, source, [("read.librosa", how), *stages], call_text(call, parameters), single, allowed(fraction, single, double))


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


def main():
    golden = Golden(pathlib.Path(__file__).parent / "tensorflow", np, tf)
    for family in (stfts,):
        family(golden)
    golden.write()


if __name__ == "__main__":
    main()
