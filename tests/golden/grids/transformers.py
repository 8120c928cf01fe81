"""The feature extractors of Hugging Face, and the patches of FSD50K's baselines."""

import librosa
import numpy as np
import torch
import torchaudio
import transformers
from torchaudio.compliance import kaldi

from grid import grid
from table import BANDS, EFFECT, ROOT, SPEECH, absolute

TOOLS = (np, torch, torchaudio, transformers)


def fixed(single, double):
    return absolute(BANDS, single, double)


def one_channel(y):
    """Two rows are two clips to an extractor."""
    if y.ndim > 1:
        raise ValueError("two rows are a batch, not channels")


def extracted(name, argument="raw_speech", of="pt"):
    """What an extractor makes of one clip, in float32 as it comes."""

    def compute(y, rate, /, **how):
        one_channel(y)
        made = getattr(transformers, name)(**how)
        out = made(**{argument: y}, sampling_rate=rate, return_tensors=of)
        array = np.asarray(out.get("input_features", out.get("input_values")))[0]
        return array.astype("float32")

    return compute


def fbank(y, **how):
    torch.set_default_dtype(torch.float64)
    try:
        return kaldi.fbank(torch.from_numpy(y)[None], sample_frequency=16000.0, **how)
    finally:
        torch.set_default_dtype(torch.float32)


# The extractors' steps in float64, for their own rounding in float32.


def ast(y, rate, /, num_mel_bins=128, max_length=1024, do_normalize=True, mean=-4.2677393, std=4.5689974):
    bands = fbank(y, window_type="hanning", num_mel_bins=num_mel_bins)
    bands = torch.nn.functional.pad(bands, (0, 0, 0, max(0, max_length - len(bands))))[:max_length]
    return ((bands - mean) / (2 * std) if do_normalize else bands).numpy()


def seamless(y, rate, /, num_mel_bins=80, stride=2):
    bands = fbank(y * 32768.0, num_mel_bins=num_mel_bins)
    bands = (bands - bands.mean(0)) / torch.sqrt(bands.var(0) + 1e-7)
    bands = torch.nn.functional.pad(bands, (0, 0, 0, len(bands) % 2))
    whole = len(bands) // stride * stride
    return bands[:whole].reshape(whole // stride, -1).numpy()


def nemo(y, rate, /, feature_size=80, preemphasis=0.97):
    y = torch.from_numpy(y)
    y = torch.cat([y[:1], y[1:] - preemphasis * y[:-1]])
    window = torch.hann_window(400, periodic=False, dtype=torch.float64)
    bins = torch.stft(y, 512, 160, 400, window=window, return_complex=True, pad_mode="constant")
    bank = librosa.filters.mel(sr=16000, n_fft=512, n_mels=feature_size, fmin=0, fmax=8000, norm="slaney")
    bands = torch.log(torch.from_numpy(bank).double() @ bins.abs() ** 2 + 2**-24).T
    whole = len(y) // 160
    bands = (bands - bands[:whole].mean(0)) / (bands[:whole].std(0) + 1e-5)
    bands[whole:] = 0
    return bands.numpy()


def extractors():
    for stage, name, points, double in (
        ("mel.ast", "ASTFeatureExtractor", {"plain": {"max_length": 20}, "few": {"max_length": 10, "num_mel_bins": 40, "do_normalize": False}, "other": {"max_length": 30, "num_mel_bins": 64, "mean": -3.0, "std": 2.0}}, ast),
        ("mel.seamless", "SeamlessM4TFeatureExtractor", {"plain": {}, "few": {"num_mel_bins": 40}, "triples": {"stride": 3}}, seamless),
        ("mel.nemo", "ParakeetFeatureExtractor", {"plain": {}, "many": {"feature_size": 128}, "flat": {"preemphasis": 0.5}}, nemo),
    ):
        grid(stage, TOOLS, name, extracted(name), points, fixed, rate=16_000, double=double)
    points = {"plain": {}, "short": {"win_length": 50, "hop_length": 10, "num_mel_bins": 40}, "narrow": {"fmin": 20, "fmax": 4000, "mel_floor": 1e-5}}
    speech = extracted("SpeechT5FeatureExtractor", "audio_target")
    grid("mel.speecht5", TOOLS, "SpeechT5FeatureExtractor", speech, points, fixed, rate=16_000, double=speech)
    points = {
        "plain": {"max_length_s": 1}, "slaney": {"max_length_s": 1, "truncation": "rand_trunc", "padding": "repeat"},
        "zeros": {"max_length_s": 1, "padding": "pad", "feature_size": 40, "frequency_min": 50, "frequency_max": 8000},
    }

    def clap(y, rate, /, **how):
        one_channel(y)
        return transformers.ClapFeatureExtractor(**how)(y, sampling_rate=rate, return_tensors="np")["input_features"][0, 0].astype("float32")

    grid("mel.clap", TOOLS, "ClapFeatureExtractor", clap, points, fixed, rate=48_000, double=clap)


def patches():
    """The lines of FSD50K's two baselines with torchaudio and librosa; neither repository is a package."""
    rate, frames, step = 22_050, 101, 50

    def power(y, n_fft, win):
        torch.set_default_dtype(torch.float64 if y.dtype == np.float64 else torch.float32)
        try:
            made = torchaudio.transforms.MelSpectrogram(rate, n_fft=n_fft, win_length=win, hop_length=220, n_mels=96)
            return made(torch.from_numpy(y.copy())).numpy()
        finally:
            torch.set_default_dtype(torch.float32)

    def pieces(y, _, variant):
        one_channel(y)
        cut = [y[start : start + rate] for start in range(0, len(y), rate // 2)]
        whole = [np.tile(piece, -(-rate // len(piece)))[:rate] for piece in cut]
        levels = [librosa.power_to_db(power(piece, 1920, 661)) + 75.0 for piece in whole]
        return np.stack([(level - level.mean()).T for level in levels])

    def framed(y):
        bands = power(y, 660, 660).T
        cut = [bands[step * at : step * at + frames] for at in range(len(bands) // step - 1)]
        return np.stack([np.pad(part, ((0, frames - len(part)), (0, 0)), mode="edge") for part in cut])

    golden = grid("mel.fsd50k", TOOLS, "fsd50k-pytorch", pieces, {"plain": {"variant": "fsd50k_pytorch"}}, fixed, rate=rate)
    for name, source, cut in (("speech", SPEECH, (0.5, 1.01)), ("effect", EFFECT, (0.1, 1.0)), ("stream", "sessions/media/stream.mp3", (0.5, 1.2))):
        read = ("read.librosa", {"sr": rate, "offset": cut[0], "duration": cut[1]})
        y, _ = librosa.load(ROOT / source, sr=rate, offset=cut[0], duration=cut[1])
        single, double = framed(y), framed(y.astype("float64"))
        golden.add(f"fed-{name}", source, [read, ("mel.fsd50k", {"variant": "fsd_fed"})], "fsd_fed", single, fixed(single, double))
    golden.write()


def make():
    extractors()
    patches()
