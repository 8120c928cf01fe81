"""torch, torchaudio, nnAudio and the STFT of Tacotron 2."""

import nnAudio.features
import numpy as np
import tacotron2.stft as nvidia
import torch
import torchaudio

from table import EFFECT, FLAC, SPECTRUM, SPEECH, STEREO, Golden, allowed, call_text

# Where a clip is cut: first second, seconds.
CUTS = {SPEECH: (0.8, 0.06), EFFECT: (0.1, 0.04), FLAC: (1.0, 0.06), STEREO: ()}


def both(golden, name, source, use, call, parameters, compute):
    """A row from what `compute` makes of the clip in float32 and in float64."""
    stages = [(use, parameters)] if isinstance(use, str) else use
    computed = lambda y, sr: compute(torch.from_numpy(y), sr).numpy()
    golden.both(name, source, CUTS[source], stages, call_text(call, parameters), computed, lambda a, b: allowed(SPECTRUM, a, b))


def stft(y, window=None, periodic=True, **parameters):
    if window:
        length = parameters.get("win_length", parameters["n_fft"])
        parameters["window"] = getattr(torch, f"{window}_window")(length, periodic=periodic, dtype=y.dtype)
    return torch.stft(y, return_complex=True, **parameters)


def stfts(golden):
    for name, source, parameters in (
        ("stft", SPEECH, {"n_fft": 512}),
        ("stft-hann", SPEECH, {"n_fft": 512, "hop_length": 256, "window": "hann"}),
        ("stft-odd-511", EFFECT, {"n_fft": 511, "hop_length": 200, "window": "hann"}),
        ("stft-normalized", EFFECT, {"n_fft": 512, "win_length": 400, "hop_length": 160, "window": "hamming", "normalized": True}),
        ("stft-not-centred", FLAC, {"n_fft": 512, "win_length": 401, "window": "blackman", "center": False}),
        ("stft-two-sided", FLAC, {"n_fft": 400, "hop_length": 200, "window": "kaiser", "onesided": False}),
        ("stft-symmetric", EFFECT, {"n_fft": 255, "hop_length": 100, "window": "bartlett", "periodic": False, "pad_mode": "constant", "onesided": False}),
        ("stft-stereo", STEREO, {"n_fft": 256, "window": "hann", "pad_mode": "replicate"}),
        ("stft-circular", FLAC, {"n_fft": 400, "hop_length": 300, "window": "hamming", "pad_mode": "circular"}),
    ):
        both(golden, name, source, "stft.torch", "torch.stft", parameters, lambda y, _: stft(y, **parameters))


def spectrograms(golden):
    def compute(y, parameters):
        how = {k: {"none": None}.get(v, v) if isinstance(v, str) else v for k, v in parameters.items()}
        if "window_fn" in how:
            how["window_fn"] = getattr(torch, how["window_fn"])
        return torchaudio.transforms.Spectrogram(**how).to(y.dtype)(y)

    for name, source, parameters in (
        ("spectrogram", SPEECH, {}),
        ("spectrogram-complex", EFFECT, {"power": "none"}),
        ("spectrogram-root", FLAC, {"n_fft": 511, "win_length": 300, "power": 0.5}),
        ("spectrogram-energy", SPEECH, {"n_fft": 512, "normalized": True, "window_fn": "hamming_window"}),
        ("spectrogram-frame-length", EFFECT, {"n_fft": 512, "normalized": "frame_length", "hop_length": 200, "power": 1.0}),
        ("spectrogram-padded", FLAC, {"center": False, "pad": 100}),
        ("spectrogram-padded-mirrored", FLAC, {"n_fft": 512, "hop_length": 300, "pad": 70, "window_fn": "hamming_window"}),
        ("spectrogram-two-sided", STEREO, {"n_fft": 100, "onesided": False, "window_fn": "bartlett_window"}),
    ):
        call = "torchaudio.transforms.Spectrogram"
        both(golden, name, source, "spectrogram.torchaudio", call, parameters, lambda y, _: compute(y, parameters))


def resampled(golden):
    kaiser = {"lowpass_filter_width": 16, "rolloff": 0.9475937167399596, "resampling_method": "sinc_interp_kaiser"}
    for name, source, parameters in (
        ("resample-16k", EFFECT, {"sr": 16000}),
        ("resample-48k", SPEECH, {"sr": 48000}),
        ("resample-kaiser", FLAC, {"sr": 11025, **kaiser}),
        ("resample-beta", STEREO, {"sr": 8000, **kaiser, "beta": 8.5}),
    ):
        how = {k: v for k, v in parameters.items() if k != "sr"}
        call = "torchaudio.functional.resample"
        both(golden, name, source, "resample.torchaudio", call, parameters, lambda y, sr: torchaudio.functional.resample(y, int(sr), parameters["sr"], **how))


def inverses(golden):
    for name, source, there, back in (
        ("istft", SPEECH, {"n_fft": 512}, {}),
        ("istft-normalized", EFFECT, {"n_fft": 512, "window": "hann", "normalized": True}, {"window": "hann", "normalized": True}),
        ("istft-odd-511", FLAC, {"n_fft": 511, "window": "hann", "hop_length": 100, "win_length": 400}, {"n_fft": 511, "window": "hann", "win_length": 400}),
        ("istft-length", SPEECH, {"n_fft": 256, "window": "hann"}, {"window": "hann", "length": 1500}),
        ("istft-not-centred", FLAC, {"n_fft": 256, "window": "hamming", "center": False, "hop_length": 100}, {"window": "hamming", "center": False}),
        ("istft-stereo", STEREO, {"n_fft": 64, "onesided": False}, {"n_fft": 64, "onesided": False}),
    ):
        def compute(y, _):
            how = {"n_fft": there["n_fft"], "hop_length": there.get("hop_length", there["n_fft"] // 4), **back}
            if "window" in how:
                how["window"] = getattr(torch, f"{how['window']}_window")(how.get("win_length", how["n_fft"]), dtype=y.dtype)
            return torch.istft(stft(y, **there), **how)

        both(golden, name, source, [("stft.torch", there), ("istft.torch", back)], "torch.istft", back, compute)


def reconstructions(golden):
    for name, source, there, back in (
        ("griffinlim", SPEECH, {}, {"n_iter": 4}),
        ("griffinlim-magnitudes", FLAC, {"n_fft": 256, "hop_length": 64, "power": 1.0}, {"n_fft": 256, "n_iter": 6, "momentum": 0.0, "power": 1.0}),
    ):
        def compute(y, _):
            powers = torchaudio.transforms.Spectrogram(**there).to(y.dtype)(y)
            hop = there.get("hop_length", 200)
            return torchaudio.transforms.GriffinLim(hop_length=hop, rand_init=False, **back).to(y.dtype)(powers)

        stages = [("spectrogram.torchaudio", there), ("griffinlim.torchaudio", {"rand_init": False, **back})]
        both(golden, name, source, stages, "torchaudio.transforms.GriffinLim", {"rand_init": False, **back}, compute)


def convolved(golden):
    """What tools compute by convolution; in float64 it is with the same float32 weights."""
    def add(name, source, stages, call, parameters, compute):
        computed = lambda y, sr: compute(torch.from_numpy(y)[None], sr).numpy()[0]
        golden.both(name, source, CUTS[source], stages, call_text(call, parameters), computed, lambda a, b: allowed(SPECTRUM, a, b))

    for name, source, parameters in (
        ("nnaudio", SPEECH, {"n_fft": 512, "hop_length": 256}),
        ("nnaudio-odd-511", EFFECT, {"n_fft": 511, "hop_length": 200, "win_length": 400, "window": "hamming"}),
        ("nnaudio-not-centred", FLAC, {"n_fft": 256, "center": False}),
        ("nnaudio-linear", SPEECH, {"n_fft": 512, "freq_scale": "linear", "fmin": 100, "fmax": 4000, "freq_bins": 40}),
        ("nnaudio-log", FLAC, {"n_fft": 512, "freq_scale": "log", "freq_bins": 48, "hop_length": 200}),
        ("nnaudio-log2", EFFECT, {"n_fft": 512, "win_length": 400, "freq_scale": "log2", "fmin": 60, "freq_bins": 30}),
    ):
        def compute(y, sr):
            tool = nnAudio.features.STFT(sr=sr, verbose=False, **parameters).to(y.dtype)
            return torch.view_as_complex(tool(y, output_format="Complex"))

        add(name, source, [("stft.nnaudio", parameters)], "nnAudio.features.STFT", parameters, compute)
    for name, source, parameters in (
        ("tacotron2", SPEECH, {"filter_length": 1024, "hop_length": 256, "win_length": 1024}),
        ("tacotron2-short-window", FLAC, {"filter_length": 512, "hop_length": 160, "win_length": 400, "window": "hamming"}),
    ):
        def transform(y, _):
            magnitude, phase = nvidia.STFT(**parameters).to(y.dtype).transform(y)
            return torch.polar(magnitude, phase)

        def inverse(y, _):
            tool = nvidia.STFT(**parameters).to(y.dtype)
            return tool.inverse(*tool.transform(y))[:, 0]

        back = {k: v for k, v in parameters.items() if k in ("win_length", "window")}
        stages = [("stft.tacotron2", parameters)]
        add(name, source, stages, "tacotron2.stft.STFT.transform", parameters, transform)
        add(f"{name}-inverse", source, [*stages, ("istft.tacotron2", back)], "tacotron2.stft.STFT.inverse", parameters, inverse)


def make():
    golden = Golden("torch", np, torch, torchaudio)
    for family in (stfts, spectrograms, resampled, inverses, reconstructions, convolved):
        family(golden)
    golden.write()
