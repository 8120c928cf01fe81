"""torch, torchaudio and its Kaldi, Whisper, nnAudio, Tacotron 2 and HiFi-GAN."""

import functools

import librosa
import nnAudio.features
import numpy as np
import tacotron2.layers
import tacotron2.stft
import torch
import torchaudio
import whisper
from torchaudio.compliance import kaldi

from grid import grid, tool
from table import BANDS, SPECTRUM, absolute, allowed

TOOLS = (np, torch, torchaudio)
transforms = torchaudio.transforms
# NVIDIA's code was written for a librosa whose filters.mel took arguments by position; the values are the same.
tacotron2.layers.librosa_mel_fn = lambda sr, n_fft, n_mels, fmin, fmax: librosa.filters.mel(sr=sr, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax)


def peak(single, double):
    return allowed(SPECTRUM, single, double)


def fixed(single, double):
    return absolute(BANDS, single, double)


def torched(function):
    """The call on tensors; on float64 every constant of the tool's is float64 too."""

    @functools.wraps(function)
    def compute(y, rate, /, **how):
        torch.set_default_dtype(torch.float64 if y.dtype == np.float64 else torch.float32)
        try:
            return function(torch.from_numpy(y.copy()), rate, **how).numpy()
        finally:
            torch.set_default_dtype(torch.float32)

    return compute


def windowed(how):
    window, periodic = how.pop("window", "none"), how.pop("periodic", True)
    length = how.get("win_length", how["n_fft"])
    return {**how, "window": None if window == "none" else getattr(torch, f"{window}_window")(length, periodic=periodic)}


def stft(y, **how):
    return torch.stft(y, return_complex=True, **windowed(how))


def tensors(how):
    """The arguments of a torchaudio transform."""
    return {k: getattr(torch, v) if k == "window_fn" else v for k, v in tool(how).items()}


SMALL = {"n_fft": 256, "hop_length": 400}
FRAMINGS = {
    "plain": SMALL,
    "odd": {"n_fft": 255, "hop_length": 300},
    "short-window": {"n_fft": 256, "hop_length": 400, "win_length": 201},
    "not-centred": {"n_fft": 256, "hop_length": 350, "center": False},
    "zeros": {"n_fft": 200, "hop_length": 500, "pad_mode": "constant"},
}
BOTH = ("odd", "not-centred", "zeros")


def spectra():
    points = {name: {**p, "window": "hann"} for name, p in FRAMINGS.items()} | {
        "rectangular": SMALL, "normalized": {**SMALL, "window": "hamming", "normalized": True}, "two-sided": {"n_fft": 128, "hop_length": 400, "window": "kaiser", "onesided": False, "periodic": False},
    }
    grid("stft.torch", TOOLS, "torch.stft", torched(lambda y, sr, **p: stft(y, **p)), points, peak, odd=BOTH)
    hops = {"n_fft": 256, "hop_length": 64}
    ways = {
        "plain": ({**hops, "window": "hann"}, {"window": "hann"}),
        "odd": ({"n_fft": 255, "hop_length": 60, "window": "hann"}, {"n_fft": 255, "window": "hann"}),
        "short-window": ({**hops, "win_length": 201, "window": "hamming"}, {"n_fft": 256, "win_length": 201, "window": "hamming"}),
        "not-centred": ({**hops, "center": False, "window": "hamming"}, {"center": False, "window": "hamming"}),
        "length": (hops, {"length": 1500}),
    }

    def inverse(y, sr, there, **back):
        bins = stft(y, **there)
        return torch.istft(bins, **windowed({"n_fft": there["n_fft"], "hop_length": there["hop_length"], **back}))

    grid("istft.torch", TOOLS, "torch.istft", torched(inverse), ways, peak, before="stft.torch", odd=BOTH)
    powers = FRAMINGS | {
        "defaults": {"hop_length": 500}, "energy": {**SMALL, "normalized": True, "window_fn": "hamming_window", "power": 1.0},
        "frame-length": {**SMALL, "normalized": "frame_length", "pad": 50}, "complex": {**SMALL, "power": "none"},
    }
    spectrogram = torched(lambda y, sr, **p: transforms.Spectrogram(**tensors(p))(y))
    grid("spectrogram.torchaudio", TOOLS, "torchaudio.transforms.Spectrogram", spectrogram, powers, peak, odd=BOTH)
    ways = {
        "plain": (hops, {"n_fft": 256, "n_iter": 4, "rand_init": False}),
        "odd": ({"n_fft": 255, "hop_length": 60, "power": 1.0}, {"n_fft": 255, "n_iter": 3, "momentum": 0.0, "power": 1.0, "rand_init": False}),
        "short-window": ({**hops, "win_length": 201}, {"n_fft": 256, "win_length": 201, "n_iter": 3, "rand_init": False}),
    }

    def griffin_lim(y, sr, there, **back):
        return transforms.GriffinLim(hop_length=there["hop_length"], **back)(transforms.Spectrogram(**there)(y))

    grid("griffinlim.torchaudio", TOOLS, "torchaudio.transforms.GriffinLim", torched(griffin_lim), ways, peak, before="spectrogram.torchaudio")


def bands():
    few = {name: {**p, "n_mels": 32} for name, p in FRAMINGS.items()}
    points = few | {
        "defaults": {}, "slaney": {**SMALL, "n_mels": 20, "norm": "slaney", "mel_scale": "slaney", "power": 1.0, "f_max": 7600.0},
        "normalized": {**SMALL, "n_mels": 20, "normalized": True, "pad": 60},
    }
    mel = torched(lambda y, sr, **p: transforms.MelSpectrogram(sr, **tensors(p))(y))
    grid("mel.torchaudio", TOOLS, "torchaudio.transforms.MelSpectrogram", mel, points, fixed, odd=BOTH)

    def cepstra(y, sr, **p):
        own = {k: p.pop(k) for k in ("n_mfcc", "log_mels", "norm") if k in p}
        return transforms.MFCC(sr, **tool(own), melkwargs=tensors(p))(y)

    points = {name: {**p, "n_mfcc": 13} for name, p in few.items()} | {"logs": {**SMALL, "n_mels": 32, "n_mfcc": 20, "log_mels": True, "norm": "none"}, "defaults": {}}
    grid("mfcc.torchaudio", TOOLS, "torchaudio.transforms.MFCC", torched(cepstra), points, fixed, odd=BOTH)
    levels = torched(lambda y, sr, **p: transforms.AmplitudeToDB(**p)(transforms.MelSpectrogram(sr, n_mels=32, **SMALL)(y)))
    points = {"plain": {}, "top": {"top_db": 40.0}, "magnitude": {"stype": "magnitude", "top_db": 90.0}}
    grid("db.torchaudio", TOOLS, "torchaudio.transforms.AmplitudeToDB", levels, points, fixed, before=[("mel.torchaudio", {**SMALL, "n_mels": 32})])


def kaldis():
    for stage, function, more in (("mel.kaldi", kaldi.fbank, {"num_mel_bins": 40}), ("mfcc.kaldi", kaldi.mfcc, {"num_mel_bins": 30, "num_ceps": 12})):
        def compute(y, sr, waveform_scale=1.0, **p):
            return function(torch.atleast_2d(y) * waveform_scale, sample_frequency=float(sr), **p)

        points = {
            "plain": {}, "loud": {"waveform_scale": 32768.0, **more}, "edges": {"waveform_scale": 32768.0, "snip_edges": False},
            "energy": {"waveform_scale": 32768.0, "use_energy": True, "window_type": "hamming", "preemphasis_coefficient": 0.9},
            "short-window": {"frame_length": 10.0, "frame_shift": 7.0, "round_to_power_of_two": False, "low_freq": 100.0, "high_freq": -500.0},
            "mean": {"waveform_scale": 32768.0, "subtract_mean": True, "remove_dc_offset": False, "window_type": "hanning"},
            "warped": {"waveform_scale": 32768.0, "vtln_warp": 0.9, "num_mel_bins": 30},
        }
        grid(stage, TOOLS, f"torchaudio.compliance.kaldi.{function.__name__}", torched(compute), points, fixed, odd=("edges", "energy"))


def frames100():
    how = {"n_fft": 512, "win_length": 400, "hop_length": 160, "n_mels": 64}

    def compute(y, sr, base):
        if y.ndim > 1:
            raise ValueError("it is defined for one channel")
        if base == "librosa":
            return torch.from_numpy(np.log(librosa.feature.melspectrogram(y=y.numpy(), sr=sr, htk=True, norm=None, **how) + 1e-6))
        if base == "kaldi":
            return kaldi.fbank(torch.atleast_2d(y), num_mel_bins=64)
        return (transforms.MelSpectrogram(sr, **how)(y) + 1e-6).log()

    points = {base: {"base": base} for base in ("librosa", "torchaudio", "kaldi")}
    grid("mel.frames100", (np, librosa, torch, torchaudio), "ln(mel + 1e-6)", torched(compute), points, fixed, rate=16_000, odd=("torchaudio", "kaldi"))


def whispers():
    def compute(y, sr, n_mels=80, padding=0, pad_or_trim=False):
        if y.dtype == torch.float32:
            y = whisper.pad_or_trim(y) if pad_or_trim else y
            return whisper.log_mel_spectrogram(y, n_mels=n_mels, padding=padding)
        # The tool's steps in float64, for its own rounding.
        y = torch.nn.functional.pad(y, (0, padding))
        bins = torch.stft(y, 400, 160, window=torch.hann_window(400), return_complex=True)[..., :-1]
        levels = (whisper.audio.mel_filters("cpu", n_mels).double() @ bins.abs() ** 2).clamp(min=1e-10).log10()
        return (torch.maximum(levels, levels.max() - 8.0) + 4.0) / 4.0

    points = {"plain": {}, "many": {"n_mels": 128}, "padded": {"padding": 3000}}
    grid("mel.whisper", TOOLS, "whisper.log_mel_spectrogram", torched(compute), points, fixed, rate=16_000, odd=("padded",))


def convolved():
    """What tools compute by convolution; in float64 it is with the same float32 weights."""
    def compute(y, sr, **p):
        made = nnAudio.features.STFT(sr=sr, verbose=False, **tool(p)).to(y.dtype)
        return torch.view_as_complex(made(torch.atleast_2d(y), output_format="Complex")).squeeze(0)

    points = {
        "plain": SMALL, "odd": {"n_fft": 255, "hop_length": 300, "window": "hamming"}, "short-window": {**SMALL, "win_length": 200},
        "not-centred": {**SMALL, "center": False}, "zeros": {"n_fft": 200, "hop_length": 500, "pad_mode": "constant"},
        "linear": {**SMALL, "freq_scale": "linear", "fmin": 100.0, "fmax": 4000.0, "freq_bins": 40}, "log": {**SMALL, "freq_scale": "log", "freq_bins": 30},
    }
    grid("stft.nnaudio", TOOLS, "nnAudio.features.STFT", torched(compute), points, peak, odd=BOTH)

    def transform(y, sr, **p):
        return torch.polar(*tacotron2.stft.STFT(**p).to(y.dtype).transform(torch.atleast_2d(y))).squeeze(0)

    def inverse(y, sr, there, **back):
        made = tacotron2.stft.STFT(**there).to(y.dtype)
        return made.inverse(*made.transform(torch.atleast_2d(y)))[:, 0].squeeze(0)

    sizes = {"filter_length": 256, "hop_length": 64, "win_length": 256}
    points = {
        "plain": {**sizes, "hop_length": 400}, "odd": {"filter_length": 255, "hop_length": 300, "win_length": 255},
        "short-window": {**sizes, "hop_length": 400, "win_length": 200, "window": "hamming"}, "defaults": {},
    }
    grid("stft.tacotron2", TOOLS, "tacotron2.stft.STFT.transform", torched(transform), points, peak, odd=("odd",))
    ways = {"plain": (sizes, {}), "odd": ({"filter_length": 255, "hop_length": 60, "win_length": 255}, {"filter_length": 255}), "short-window": ({**sizes, "win_length": 200, "window": "hamming"}, {"win_length": 200, "window": "hamming"})}
    grid("istft.tacotron2", TOOLS, "tacotron2.stft.STFT.inverse", torched(inverse), ways, peak, before="stft.tacotron2")


def voices():
    def mel(y, sr, **p):
        order = ("filter_length", "hop_length", "win_length", "n_mel_channels")
        sizes = [p.get(name, default) for name, default in zip(order, (1024, 256, 1024, 80))]
        made = tacotron2.layers.TacotronSTFT(*sizes, sr, p.get("mel_fmin", 0.0), p.get("mel_fmax", 8000.0)).to(y.dtype)
        return made.mel_spectrogram(torch.atleast_2d(y)).squeeze(0)

    points = {
        "plain": {}, "odd": {"filter_length": 511, "hop_length": 200, "win_length": 511, "n_mel_channels": 40},
        "short-window": {"filter_length": 512, "hop_length": 300, "win_length": 400, "n_mel_channels": 40, "mel_fmin": 80.0, "mel_fmax": 7600.0},
        "small": {"filter_length": 64, "hop_length": 64, "win_length": 64, "n_mel_channels": 10},
    }
    grid("mel.tacotron2", TOOLS, "tacotron2.layers.TacotronSTFT.mel_spectrogram", torched(mel), points, fixed, rate=22_050, odd=("small",))

    def hifigan(y, sr, n_fft=1024, hop_size=256, win_size=1024, num_mels=80, fmin=0.0, fmax=8000.0):
        """HiFi-GAN's lines with torch and librosa; its repository is no package."""
        bank = torch.from_numpy(librosa.filters.mel(sr=sr, n_fft=n_fft, n_mels=num_mels, fmin=fmin, fmax=fmax)).to(y.dtype)
        pad = (n_fft - hop_size) // 2
        y = torch.nn.functional.pad(torch.atleast_2d(y), (pad, pad), mode="reflect").squeeze(0)
        bins = torch.stft(y, n_fft, hop_size, win_size, torch.hann_window(win_size), center=False, return_complex=True)
        return (bank @ (torch.view_as_real(bins) ** 2).sum(-1).add(1e-9).sqrt()).clamp(min=1e-5).log()

    points = {
        "plain": {}, "odd": {"n_fft": 511, "hop_size": 200, "win_size": 511, "num_mels": 40},
        "short-window": {"n_fft": 512, "hop_size": 128, "win_size": 400, "num_mels": 20, "fmin": 50.0, "fmax": 7600.0},
        "small": {"n_fft": 64, "hop_size": 64, "win_size": 64, "num_mels": 10, "fmax": "none"},
    }
    grid("mel.hifigan", TOOLS, "meldataset.mel_spectrogram", torched(lambda y, sr, **p: hifigan(y, sr, **tool(p))), points, fixed, rate=22_050, odd=("small",))


def resamplers():
    kaiser = {"lowpass_filter_width": 16, "rolloff": 0.9475937167399596, "resampling_method": "sinc_interp_kaiser"}
    compute = torched(lambda y, rate, sr, **p: torchaudio.functional.resample(y, rate, sr, **p))
    points = {"16000": {"sr": 16000}, "11025": {"sr": 11025, "lowpass_filter_width": 20, "rolloff": 0.9}, "8000-kaiser": {"sr": 8000, **kaiser}, "beta": {"sr": 12000, **kaiser, "beta": 8.5}}
    grid("resample.torchaudio", TOOLS, "torchaudio.functional.resample", compute, points, peak, odd=("11025",))


def make():
    for family in (spectra, bands, kaldis, frames100, whispers, convolved, voices, resamplers):
        family()
