"""librosa's features, gammatone, and SciPy's gammatone filters."""

import gammatone.fftweight
import gammatone.gtgram
import librosa
import numpy as np
import scipy

from table import BANDS, EFFECT, FLAC, ONE_SAMPLE, SPECTRUM, SPEECH, STEREO, Golden, absolute, allowed, call_text, clip, reader

GAMMATONE = 1e-6
# Of the highest pitch: float32 differences bend the parabola through a shallow trough by more in one run than in another.
PITCH = 5e-6
# Where a clip is cut: first second, seconds.
CUTS = {SPEECH: (0.8, 0.3), EFFECT: (0.1, 0.15), FLAC: (1.0, 0.3), STEREO: (), ONE_SAMPLE: ()}


def both(golden, name, source, stages, call, parameters, compute, share=0.0):
    """A row from what `compute` makes of the clip in float32 and in float64; `share` is of the peak."""
    limit = lambda a, b: max(absolute(BANDS, a, b), share * np.abs(a).max())
    golden.both(name, source, CUTS[source], stages, call_text(call, parameters), compute, limit)


def mfcc(golden):
    for name, source, parameters in (
        ("mfcc", SPEECH, {}),
        ("mfcc-13", FLAC, {"n_mfcc": 13, "n_mels": 40, "n_fft": 1024, "hop_length": 256, "lifter": 22.0}),
        ("mfcc-type-3", EFFECT, {"dct_type": 3, "norm": "none", "htk": True, "mel_norm": "none"}),
        ("mfcc-stereo", STEREO, {"n_fft": 256, "hop_length": 64, "n_mels": 20, "n_mfcc": 12}),
        ("mfcc-one-sample", ONE_SAMPLE, {}),
    ):
        how = {k: None if v == "none" else v for k, v in parameters.items()}
        both(golden, name, source, [("mfcc.librosa", parameters)], "librosa.feature.mfcc", parameters, lambda y, sr: librosa.feature.mfcc(y=y, sr=sr, **how))


def features(golden):
    for name, source, parameters in (
        ("rms", SPEECH, {}),
        ("rms-odd", FLAC, {"frame_length": 511, "hop_length": 100, "center": False}),
        ("rms-stereo", STEREO, {"frame_length": 256, "hop_length": 64, "pad_mode": "reflect"}),
        ("zcr", SPEECH, {}),
        ("zcr-signs", EFFECT, {"threshold": 0.01, "zero_pos": False, "pad": True}),
        ("centroid", SPEECH, {}),
        ("centroid-odd", FLAC, {"n_fft": 511, "hop_length": 160, "win_length": 401, "window": "hamming"}),
        ("bandwidth", EFFECT, {}),
        ("bandwidth-3", FLAC, {"n_fft": 512, "p": 3.0, "norm": False, "center": False}),
        ("rolloff", SPEECH, {}),
        ("rolloff-half", FLAC, {"n_fft": 1024, "roll_percent": 0.5, "pad_mode": "reflect"}),
        ("flatness", EFFECT, {}),
        ("flatness-1", FLAC, {"n_fft": 1024, "power": 1.0, "amin": 1e-5}),
        ("contrast", SPEECH, {}),
        ("contrast-linear", FLAC, {"n_fft": 1024, "n_bands": 4, "quantile": 0.1, "linear": True}),
        ("centroid-one-sample", ONE_SAMPLE, {}),
    ):
        kind = name.split("-")[0]
        function = {"rms": "rms", "zcr": "zero_crossing_rate"}.get(kind, f"spectral_{kind}")

        def compute(y, sr):
            rate = {} if kind in ("rms", "zcr", "flatness") else {"sr": sr}
            out = getattr(librosa.feature, function)(y=y, **rate, **parameters)
            return out if kind == "contrast" else out[..., 0, :]

        both(golden, name, source, [(f"feature.{kind}", parameters)], f"librosa.feature.{function}", parameters, compute)
    for name, source, parameters in (
        ("yin", SPEECH, {"fmin": 65.0, "fmax": 1000.0}),
        ("yin-high", SPEECH, {"fmin": 80.0, "fmax": 3000.0, "frame_length": 1024, "trough_threshold": 0.2}),
        ("yin-short", FLAC, {"fmin": 50.0, "fmax": 400.0, "frame_length": 1024, "hop_length": 256, "trough_threshold": 0.2, "center": False}),
    ):
        both(golden, name, source, [("f0.yin", parameters)], "librosa.yin", parameters, lambda y, sr: librosa.yin(y, sr=sr, **parameters), PITCH)
    for name, source, parameters in (("onset", SPEECH, {}), ("onset-lag", EFFECT, {"lag": 2, "n_mels": 40, "hop_length": 256})):
        both(golden, name, source, [("onset.librosa", parameters)], "librosa.onset.onset_strength", parameters, lambda y, sr: librosa.onset.onset_strength(y=y, sr=sr, **parameters))
    both(
        golden, "pyin", SPEECH, [("f0.pyin", {"fmin": 65.0, "fmax": 600.0, "fill_na": 0.0})], "librosa.pyin", {"fmin": 65.0, "fmax": 600.0, "fill_na": 0.0},
        lambda y, sr: librosa.pyin(y, sr=sr, fmin=65.0, fmax=600.0, fill_na=0.0)[0], PITCH,
    )
    # A clip cut in the middle of a word: every state may be the first.
    both(
        golden, "pyin-start", FLAC, [("f0.pyin", {"fmin": 65.0, "fmax": 600.0, "frame_length": 1024, "fill_na": "none"})], "librosa.pyin",
        {"fmin": 65.0, "fmax": 600.0, "frame_length": 1024, "fill_na": None},
        lambda y, sr: librosa.pyin(y, sr=sr, fmin=65.0, fmax=600.0, frame_length=1024, fill_na=None)[0], PITCH,
    )
    for name, source, parameters in (
        ("chroma", EFFECT, {}),
        ("chroma-tuned", SPEECH, {"tuning": 0.2, "n_fft": 1024, "norm": 2.0}),
        ("chroma-24", FLAC, {"n_chroma": 24, "octwidth": "none", "base_c": False}),
    ):
        how = {k: None if v == "none" else v for k, v in parameters.items()}
        both(golden, name, source, [("chroma.librosa", parameters)], "librosa.feature.chroma_stft", parameters, lambda y, sr: librosa.feature.chroma_stft(y=y, sr=sr, **how))
    for name, source, parameters in (
        ("chroma-cqt", EFFECT, {"kind": "cqt"}),
        ("chroma-cqt-24", FLAC, {"kind": "cqt", "n_chroma": 24, "bins_per_octave": 48, "n_octaves": 5, "fmin": 65.4, "tuning": 0.1, "norm": 1.0}),
        ("chroma-cens", SPEECH, {"kind": "cens", "hop_length": 256}),
        ("chroma-cens-short", EFFECT, {"kind": "cens", "tuning": 0.0, "win_len_smooth": 4, "smoothing_window": "hamming", "norm": "inf"}),
    ):
        how = {k: np.inf if v == "inf" else v for k, v in parameters.items() if k != "kind"}
        function = getattr(librosa.feature, f"chroma_{parameters['kind']}")
        both(golden, name, source, [("chroma.librosa", parameters)], f"librosa.feature.chroma_{parameters['kind']}", how, lambda y, sr: function(y=y, sr=sr, **how))
    for name, source, parameters in (
        ("cqt", SPEECH, {}),
        ("cqt-tuned", EFFECT, {"tuning": "none", "hop_length": 256}),
        ("cqt-low", FLAC, {"fmin": 65.4, "n_bins": 30, "scale": False, "sparsity": 0.0}),
        ("cqt-odd-hop", SPEECH, {"fmin": 110.0, "n_bins": 50, "hop_length": 300, "norm": 2.0, "window": "hamming", "filter_scale": 0.7}),
        ("cqt-reflect", FLAC, {"fmin": 130.8, "bins_per_octave": 24, "n_bins": 60, "norm": "inf", "pad_mode": "reflect", "res_type": "soxr_vhq"}),
        ("cqt-stereo", STEREO, {"fmin": 220.0, "n_bins": 36, "hop_length": 64}),
    ):
        how = {k: {"none": None, "inf": np.inf}.get(v, v) if isinstance(v, str) else v for k, v in parameters.items()}
        compute = lambda y, sr: librosa.cqt(y, sr=sr, **how)
        golden.both(name, source, CUTS[source], [("cqt.librosa", parameters)], call_text("librosa.cqt", how), compute, lambda a, b: allowed(SPECTRUM, a, b))
    both(golden, "tempo", SPEECH, [("tempo.librosa", {})], "librosa.feature.tempo", {}, lambda y, sr: librosa.feature.tempo(y=y, sr=sr))
    for name, source, parameters in (
        ("pcen", SPEECH, {}),
        ("pcen-fast", EFFECT, {"gain": 0.5, "bias": 1.0, "power": 0.25, "time_constant": 0.06}),
        ("pcen-log", FLAC, {"power": 0.0, "b": 0.1}),
    ):
        def compute(y, sr):
            return librosa.pcen(librosa.feature.melspectrogram(y=y, sr=sr, n_mels=40), sr=sr, **parameters)

        both(golden, name, source, [("mel.librosa", {"n_mels": 40}), ("pcen.librosa", parameters)], "librosa.pcen", parameters, compute)


def gammatones(golden):
    for name, source, parameters in (
        ("gtgram", SPEECH, {}),
        ("gtgram-32", FLAC, {"window_time": 0.08, "hop_time": 0.04, "channels": 32, "f_min": 50.0}),
        ("gtgram-gaps", EFFECT, {"window_time": 0.0101, "hop_time": 0.02, "channels": 8, "f_min": 100.0}),
        ("gtgram-stereo", STEREO, {"window_time": 0.01, "hop_time": 0.004, "channels": 8, "f_min": 100.0}),
        ("fft-gtgram", SPEECH, {}),
        ("fft-gtgram-32", FLAC, {"window_time": 0.05, "hop_time": 0.04, "channels": 32, "f_min": 50.0}),
        ("fft-gtgram-short", EFFECT, {"window_time": 0.0101, "hop_time": 0.02, "channels": 8, "f_min": 100.0}),
    ):
        how = {"window_time": 0.025, "hop_time": 0.01, "channels": 64, "f_min": 20.0, **parameters}
        y, sr = clip(source, *CUTS[source])
        function = gammatone.fftweight.fft_gtgram if name.startswith("fft") else gammatone.gtgram.gtgram
        channels = [function(channel, sr, **how) for channel in np.atleast_2d(y)]
        array = channels[0] if y.ndim == 1 else np.stack(channels)
        stages = [reader(*CUTS[source]), (f"gammatone.{function.__name__}", parameters)]
        golden.add(name, source, stages, call_text(function.__name__, how), array, GAMMATONE * np.abs(array).max())
    for name, ftype, parameters in (
        ("bank-fir", "fir", {}),
        ("bank-fir-2", "fir", {"order": 2, "numtaps": 64}),
        ("bank-iir", "iir", {}),
    ):
        freqs = [440.0, 1000.0, 3000.0]
        cut = (1.0, 0.1)
        y, sr = clip(FLAC, *cut)
        filters = [scipy.signal.gammatone(hz, ftype, fs=sr, **parameters) for hz in freqs]
        array = np.stack([scipy.signal.lfilter(*coefficients, y.astype("f8")) for coefficients in filters])
        stage = {"ftype": ftype, "freqs": freqs, **parameters}
        stages = [reader(*cut), ("gammatone.bank", stage)]
        golden.add(name, FLAC, stages, call_text("scipy.signal.gammatone", stage), array, GAMMATONE * np.abs(array).max())


def make():
    golden = Golden("features", np, scipy, librosa)
    for family in (mfcc, features, gammatones):
        family(golden)
    golden.write()
