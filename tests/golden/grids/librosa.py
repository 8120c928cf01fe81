"""librosa and soxr."""

import librosa
import numpy as np
import soxr

from grid import grid, tool
from table import BANDS, RESAMPLED, SPECTRUM, absolute, allowed

TOOLS = (np, librosa, soxr)
features = librosa.feature


def peak(share):
    return lambda single, double: allowed(share, single, double)


def fixed(amount):
    return lambda single, double: absolute(amount, single, double)


# The points that a framing has.
SMALL = {"n_fft": 256, "hop_length": 400}
FRAMINGS = {
    "plain": SMALL,
    "odd": {"n_fft": 255, "hop_length": 300},
    "short-window": {"n_fft": 256, "hop_length": 400, "win_length": 201, "window": "hamming"},
    "not-centred": {"n_fft": 256, "hop_length": 350, "center": False},
    "reflect": {"n_fft": 200, "hop_length": 500, "pad_mode": "reflect"},
    "defaults": {},
}
# The same with transforms long enough for octaves and pitch classes.
LONG = {name: {**p, "n_fft": 4 * p["n_fft"] - (1 if name == "odd" else 0)} for name, p in FRAMINGS.items() if p}
BOTH = ("odd", "not-centred")


def spectra():
    few = {name: FRAMINGS[name] for name in FRAMINGS if name != "defaults"}
    grid("stft.librosa", TOOLS, "librosa.stft", lambda y, sr, **p: librosa.stft(y, **p), few, peak(SPECTRUM), odd=BOTH)
    there = {"n_fft": 256, "hop_length": 64}
    # What the STFT is told, and what its inverse.
    ways = {
        "plain": (there, {}),
        "length": (there, {"length": 1500}),
        "odd": ({"n_fft": 255, "hop_length": 60}, {"n_fft": 255}),
        "short-window": ({**there, "win_length": 201, "window": "hamming"}, {"win_length": 201, "window": "hamming"}),
        "not-centred": ({**there, "center": False}, {"center": False}),
    }
    grid(
        "istft.librosa", TOOLS, "librosa.istft", lambda y, sr, there, **p: librosa.istft(librosa.stft(y, **there), hop_length=there["hop_length"], **p),
        ways, peak(SPECTRUM), before="stft.librosa", odd=BOTH,
    )
    for stage, function, limit in (
        ("spectrum.magnitude", np.abs, peak(SPECTRUM)),
        ("spectrum.power", lambda bins: np.abs(bins) ** 2, peak(SPECTRUM)),
    ):
        grid(stage, TOOLS, "numpy.abs", lambda y, sr: function(librosa.stft(y, **SMALL)), {"plain": {}}, limit, before=[("stft.librosa", SMALL)])
    ways = {
        "plain": (there, {"n_iter": 4}),
        "reflect": (there, {"n_iter": 3, "pad_mode": "reflect", "momentum": 0.0}),
        "odd": ({"n_fft": 255, "hop_length": 60}, {"n_fft": 255, "n_iter": 3}),
        "short-window": ({**there, "win_length": 201, "window": "hamming"}, {"n_iter": 2, "win_length": 201, "window": "hamming"}),
        "not-centred": ({**there, "center": False}, {"n_iter": 2, "center": False}),
    }
    grid(
        "griffinlim.librosa", TOOLS, "librosa.griffinlim",
        lambda y, sr, there, **p: librosa.griffinlim(np.abs(librosa.stft(y, **there)), init=None, hop_length=there["hop_length"], **p),
        ways, peak(SPECTRUM), before="stft.librosa", between=[("spectrum.magnitude", {})],
    )


def mels():
    def mel(y, sr, **p):
        return features.melspectrogram(y=y, sr=sr, **tool(p))

    bands = {name: {**p, "n_mels": 40} for name, p in FRAMINGS.items() if p} | {"defaults": {}, "htk": {**SMALL, "htk": True, "norm": "none", "power": 1.0, "n_mels": 20}}
    grid("mel.librosa", TOOLS, "librosa.feature.melspectrogram", mel, bands, fixed(BANDS), odd=BOTH)
    cepstra = {name: {**p, "n_mels": 40, "n_mfcc": 13} for name, p in FRAMINGS.items() if p} | {"defaults": {}}
    grid("mfcc.librosa", TOOLS, "librosa.feature.mfcc", lambda y, sr, **p: features.mfcc(y=y, sr=sr, **tool(p)), cepstra, fixed(BANDS), odd=BOTH)
    before = {**SMALL, "n_mels": 40}
    for stage, function, power in (("db.power", librosa.power_to_db, 2.0), ("db.amplitude", librosa.amplitude_to_db, 1.0)):
        grid(
            stage, TOOLS, f"librosa.{function.__name__}", lambda y, sr, **p: function(mel(y, sr, power=power, **before), **tool(p, max=np.max)),
            {"plain": {}, "max": {"ref": "max"}, "floor": {"ref": 0.5, "top_db": 40.0}, "open": {"amin": 1e-3, "top_db": "none"}}, fixed(BANDS),
            before=[("mel.librosa", {**before, "power": power})],
        )
    logs = {"e": np.log, "10": np.log10, "2": np.log2}
    grid(
        "log.clamp", TOOLS, "numpy.log(numpy.maximum(mel, floor))",
        lambda y, sr, floor=1e-5, base="e": logs[base](np.maximum(mel(y, sr, **before), floor, dtype=y.dtype)),
        {"plain": {}, "ten": {"base": "10", "floor": 1e-3}, "two": {"base": "2", "floor": 1e-8}}, fixed(BANDS), before=[("mel.librosa", before)],
    )
    grid(
        "pcen.librosa", TOOLS, "librosa.pcen", lambda y, sr, **p: librosa.pcen(mel(y, sr, **before), sr=sr, hop_length=400, **p),
        {"plain": {}, "fast": {"gain": 0.5, "bias": 1.0, "power": 0.25, "time_constant": 0.06}, "log": {"power": 0.0, "eps": 1e-4}}, fixed(BANDS),
        before=[("mel.librosa", before)],
    )


def figures():
    def of(function, rated=True):
        def compute(y, sr, **p):
            out = function(y=y, **({"sr": sr} if rated else {}), **p)
            return out[..., 0, :] if out.shape[-2] == 1 else out

        return compute

    frames = {
        "plain": {}, "odd": {"frame_length": 255, "hop_length": 100},
        "not-centred": {"frame_length": 256, "hop_length": 128, "center": False}, "reflect": {"frame_length": 400, "hop_length": 200, "pad_mode": "reflect"},
    }
    crossings = {name: p for name, p in frames.items() if name != "reflect"}
    grid("feature.rms", TOOLS, "librosa.feature.rms", of(features.rms, False), frames, fixed(BANDS), odd=BOTH)
    grid("feature.zcr", TOOLS, "librosa.feature.zero_crossing_rate", of(features.zero_crossing_rate, False), crossings, fixed(BANDS), odd=BOTH)
    for name, own, rated, limit in (
        ("centroid", {}, True, peak(SPECTRUM)),
        ("bandwidth", {"cubic": {"n_fft": 512, "p": 3.0, "norm": False}}, True, peak(SPECTRUM)),
        ("rolloff", {"half": {"n_fft": 512, "roll_percent": 0.5}}, True, peak(SPECTRUM)),
        ("flatness", {"amplitude": {"n_fft": 512, "power": 1.0, "amin": 1e-5}}, False, fixed(BANDS)),
        ("contrast", {"octaves": {"n_fft": 512, "n_bands": 4, "quantile": 0.1}}, True, fixed(2 * BANDS)),
    ):
        function = getattr(features, f"spectral_{name}")
        grid(f"feature.{name}", TOOLS, f"librosa.feature.{function.__name__}", of(function, rated), (LONG if name == "contrast" else FRAMINGS) | own, limit, odd=BOTH)


def pitches():
    chroma = {name: {**p, "tuning": 0.0} for name, p in LONG.items()} | {"estimated": {"n_fft": 1024}}
    kinds = {
        "cqt": {"kind": "cqt", "tuning": 0.0, "hop_length": 256}, "cens": {"kind": "cens", "tuning": 0.0, "hop_length": 256},
    }

    def compute(y, sr, kind="stft", **p):
        return getattr(features, f"chroma_{kind}")(y=y, sr=sr, **tool(p))

    grid("chroma.librosa", TOOLS, "librosa.feature.chroma_stft, chroma_cqt, chroma_cens", compute, chroma | kinds, fixed(BANDS), odd=(*BOTH, "cqt"))
    grid(
        "cqt.librosa", TOOLS, "librosa.cqt", lambda y, sr, **p: librosa.cqt(y, sr=sr, **tool(p)),
        {
            "plain": {"n_bins": 36, "fmin": 220.0}, "fine": {"n_bins": 48, "bins_per_octave": 24, "fmin": 440.0, "hop_length": 300},
            "reflect": {"n_bins": 24, "fmin": 440.0, "pad_mode": "reflect", "scale": False, "filter_scale": 0.7},
        },
        peak(SPECTRUM), odd=("fine",),
    )
    plain = {"fmin": 100.0, "fmax": 2000.0, "frame_length": 1024, "hop_length": 300}
    grid(
        "f0.yin", TOOLS, "librosa.yin", lambda y, sr, **p: librosa.yin(y, sr=sr, **p),
        {"plain": plain, "odd": {**plain, "frame_length": 1023}, "not-centred": {**plain, "center": False}, "reflect": {**plain, "pad_mode": "reflect", "trough_threshold": 0.3}},
        peak(BANDS), odd=BOTH,
    )
    course = {"fmin": 100.0, "fmax": 600.0, "frame_length": 1024}
    grid(
        "f0.pyin", TOOLS, "librosa.pyin", lambda y, sr, **p: librosa.pyin(y, sr=sr, **{"fill_na": np.nan, **tool(p)})[0],
        {"plain": course, "odd": {**course, "frame_length": 1023, "fill_na": 0.0}, "not-centred": {**course, "center": False, "fill_na": "none"}},
        lambda single, double: 8 * BANDS * 600.0, odd=BOTH, nan=True,
    )
    grid(
        "onset.librosa", TOOLS, "librosa.onset.onset_strength", lambda y, sr, **p: librosa.onset.onset_strength(y=y, sr=sr, **p),
        {"plain": {}, "odd": {"n_fft": 511, "hop_length": 100, "n_mels": 40}, "not-centred": {"n_fft": 512, "hop_length": 128, "center": False, "lag": 2}},
        fixed(BANDS), odd=BOTH,
    )
    grid(
        "tempo.librosa", TOOLS, "librosa.feature.tempo", lambda y, sr, **p: features.tempo(y=y, sr=sr, **p),
        {"plain": {}, "fine": {"hop_length": 64, "start_bpm": 90.0}, "wide": {"hop_length": 128, "std_bpm": 0.5}}, fixed(BANDS),
    )


def resamplers():
    points = {f"{sr}-{quality}": {"sr": sr, "quality": quality} for sr, quality in ((16000, "hq"), (22050, "vhq"), (44100, "mq"), (8000, "lq"), (48000, "qq"))}
    # soxr.resample itself rounds the length; librosa's is its samples, and a zero where they are one short of the next whole number.
    compute = lambda y, rate, sr, quality: librosa.resample(y, orig_sr=rate, target_sr=sr, res_type=f"soxr_{quality}")
    grid("resample.soxr", TOOLS, "librosa.resample", compute, points, peak(RESAMPLED), odd=("22050-vhq",))


def make():
    for family in (spectra, mels, figures, pitches, resamplers):
        family()
