"""Makes the reference arrays of scipy, and of resampy; see table.py and README.md."""

import math
import pathlib

import librosa
import numpy as np
import resampy
import scipy.signal

from table import EFFECT, FLAC, ONE_SAMPLE, ROOT, SPECTRUM, SPEECH, STEREO, Golden, allowed, call_text

CUTS = {
    SPEECH: {"sr": "native", "mono": False, "offset": 0.8, "duration": 0.06},
    EFFECT: {"sr": "native", "mono": False, "offset": 0.1, "duration": 0.04},
    FLAC: {"sr": "native", "mono": False, "offset": 1.0, "duration": 0.06},
    STEREO: {"sr": "native", "mono": False},
    ONE_SAMPLE: {"sr": "native", "mono": False},
}


def both(golden, name, source, use, call, parameters, compute, fraction=SPECTRUM):
    """A row from what `compute` makes of the clip in float32 and in float64."""
    y, sr = librosa.load(ROOT / source, **{**CUTS[source], "sr": None})
    single, double = compute(y, int(sr)), compute(y.astype("float64"), int(sr))
    stages = [("read.librosa", CUTS[source]), (use, parameters)]
    golden.add(name, source, stages, call_text(call, parameters), single, allowed(fraction, single, double))


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


def main():
    golden = Golden(pathlib.Path(__file__).parent / "scipy", np, librosa, scipy, resampy)
    for family in (polyphase, tabled):
        family(golden)
    golden.write()


if __name__ == "__main__":
    main()
