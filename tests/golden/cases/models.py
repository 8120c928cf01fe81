"""The front ends that torch and transformers compute."""

import librosa
import numpy as np
import soundfile
import soxr
import torch
import torchaudio
import transformers
import whisper
from torchaudio.compliance import kaldi

from table import BANDS, EFFECT, FLAC, HERE, ROOT, SPEECH, STEREO, Golden, absolute, call_text, clip, reader

# What the last digit of another library's float32 powers and logarithms moves the corners of narrow triangles, of a band's peak.
CORNERS = 3e-6
# What float32 leaves of a quiet band, which the extractor then divides by its deviation; the tool has no float64 to compare with.
NEMO = 1e-4
# Where a clip is cut: first second, seconds.
CUTS = {SPEECH: (0.8, 0.2), EFFECT: (0.1, 0.1), FLAC: (1.0, 0.25), STEREO: ()}


def both(golden, name, source, stages, call, parameters, compute, corners=0.0):
    """A row from what `compute` makes of the clip in float32 and in float64."""
    limit = lambda a, b: max(absolute(BANDS, a, b), corners * np.abs(a).max())
    computed = lambda y, sr: compute(torch.from_numpy(y), sr).numpy()
    golden.both(name, source, CUTS[source], stages, call_text(call, parameters), computed, limit)


def transform(made, y):
    return made.to(y.dtype)(y)


def torchaudio_bands(golden):
    for name, source, parameters in (
        ("mel", FLAC, {}),
        ("mel-effect", EFFECT, {"n_mels": 64}),
        ("mel-slaney", SPEECH, {"n_fft": 1024, "hop_length": 256, "n_mels": 80, "norm": "slaney", "mel_scale": "slaney", "power": 1.0}),
        ("mel-odd-511", SPEECH, {"n_fft": 511, "n_mels": 40, "f_min": 20.0, "f_max": 7600.0}),
        ("mel-not-centred", FLAC, {"n_fft": 512, "win_length": 401, "center": False, "n_mels": 40}),
        ("mel-normalized", SPEECH, {"normalized": True, "n_mels": 32, "window_fn": "hamming_window"}),
        ("mel-pad", FLAC, {"pad": 300, "n_mels": 32, "pad_mode": "constant"}),
        ("mel-stereo", STEREO, {"n_fft": 128, "n_mels": 16}),
    ):
        def compute(y, sr):
            how = {**parameters, "window_fn": getattr(torch, parameters.get("window_fn", "hann_window"))}
            return transform(torchaudio.transforms.MelSpectrogram(sr, **how), y)

        both(golden, name, source, [("mel.torchaudio", parameters)], "torchaudio.transforms.MelSpectrogram", parameters, compute, CORNERS)
    for name, source, parameters in (
        ("db", FLAC, {}),
        ("db-top", SPEECH, {"top_db": 40.0}),
        ("db-magnitude", SPEECH, {"stype": "magnitude", "top_db": 90.0}),
    ):
        def compute(y, sr):
            bands = transform(torchaudio.transforms.MelSpectrogram(sr, n_mels=32), y)
            return torchaudio.transforms.AmplitudeToDB(**parameters)(bands)

        stages = [("mel.torchaudio", {"n_mels": 32}), ("db.torchaudio", parameters)]
        both(golden, name, source, stages, "torchaudio.transforms.AmplitudeToDB", parameters, compute)
    for name, source, parameters in (
        ("mfcc", FLAC, {}),
        ("mfcc-log", SPEECH, {"log_mels": True, "n_mfcc": 20, "norm": None}),
        ("mfcc-kwargs", EFFECT, {"n_mfcc": 13, "melkwargs": {"n_fft": 1024, "hop_length": 256, "n_mels": 40}}),
    ):
        stage = {k: "none" if v is None else v for k, v in parameters.items() if k != "melkwargs"}
        stage |= parameters.get("melkwargs", {})
        both(
            golden, name, source, [("mfcc.torchaudio", stage)], "torchaudio.transforms.MFCC", parameters,
            lambda y, sr: transform(torchaudio.transforms.MFCC(sr, **parameters), y),
        )


def kaldi_features(golden):
    for name, source, use, scale, parameters in (
        ("fbank", FLAC, "mel.kaldi", 1.0, {}),
        ("fbank-80", FLAC, "mel.kaldi", 32768.0, {"num_mel_bins": 80}),
        ("fbank-edges", SPEECH, "mel.kaldi", 32768.0, {"snip_edges": False, "use_energy": True, "window_type": "hamming"}),
        ("fbank-mean", EFFECT, "mel.kaldi", 1.0, {"subtract_mean": True, "use_power": False, "high_freq": -400.0, "low_freq": 60.0}),
        ("fbank-linear", FLAC, "mel.kaldi", 1.0, {"use_log_fbank": False, "raw_energy": False, "use_energy": True, "htk_compat": True, "window_type": "blackman"}),
        ("fbank-short-tract", FLAC, "mel.kaldi", 32768.0, {"vtln_warp": 0.85}),
        ("fbank-long-tract", EFFECT, "mel.kaldi", 32768.0, {"vtln_warp": 1.2, "vtln_low": 80.0, "vtln_high": -900.0, "num_mel_bins": 40}),
        ("kaldi-mfcc", FLAC, "mfcc.kaldi", 32768.0, {}),
        ("kaldi-mfcc-energy", SPEECH, "mfcc.kaldi", 32768.0, {"use_energy": True, "num_ceps": 20, "num_mel_bins": 40}),
        ("kaldi-mfcc-htk", FLAC, "mfcc.kaldi", 1.0, {"htk_compat": True, "cepstral_lifter": 0.0}),
    ):
        function = kaldi.fbank if use == "mel.kaldi" else kaldi.mfcc
        stage = parameters if scale == 1.0 else {"waveform_scale": scale, **parameters}
        both(
            golden, name, source, [(use, stage)], f"torchaudio.compliance.kaldi.{function.__name__}", parameters,
            lambda y, sr: function(y[None] * scale, sample_frequency=float(sr), **parameters),
            CORNERS if "use_log_fbank" in parameters else 0.0,
        )


def whisper_bands(golden):
    for name, parameters in (("whisper", {}), ("whisper-128", {"n_mels": 128}), ("whisper-padding", {"padding": 1000})):
        def compute(y, _):
            if y.dtype == torch.float32:
                return whisper.log_mel_spectrogram(y, **parameters)
            # The tool's steps in float64, for its own rounding.
            y = torch.nn.functional.pad(y, (0, parameters.get("padding", 0)))
            bins = torch.stft(y, 400, 160, window=torch.hann_window(400, dtype=y.dtype), return_complex=True)[..., :-1]
            bands = whisper.audio.mel_filters("cpu", parameters.get("n_mels", 80)).double() @ bins.abs() ** 2
            levels = bands.clamp(min=1e-10).log10()
            return (torch.maximum(levels, levels.max() - 8.0) + 4.0) / 4.0

        both(golden, name, FLAC, [("mel.whisper", parameters)], "whisper.log_mel_spectrogram", parameters, compute)


def hifigan(golden):
    """HiFi-GAN's lines with torch and librosa; its repository is no package."""
    for name, source, parameters in (
        ("hifigan", SPEECH, {}),
        ("hifigan-small", FLAC, {"n_fft": 512, "hop_size": 128, "win_size": 400, "num_mels": 40, "fmin": 50.0, "fmax": 7600.0}),
    ):
        how = {"n_fft": 1024, "hop_size": 256, "win_size": 1024, "num_mels": 80, "fmin": 0.0, "fmax": 8000.0, **parameters}

        def compute(y, sr):
            n_fft, hop, win = how["n_fft"], how["hop_size"], how["win_size"]
            bank = librosa.filters.mel(sr=sr, n_fft=n_fft, n_mels=how["num_mels"], fmin=how["fmin"], fmax=how["fmax"])
            pad = (n_fft - hop) // 2
            y = torch.nn.functional.pad(y[None], (pad, pad), mode="reflect")[0]
            bins = torch.stft(y, n_fft, hop, win, torch.hann_window(win, dtype=y.dtype), center=False, return_complex=True)
            magnitude = (torch.view_as_real(bins) ** 2).sum(-1).add(1e-9).sqrt()
            return (torch.from_numpy(bank).to(y.dtype) @ magnitude).clamp(min=1e-5).log()

        both(golden, name, source, [("mel.hifigan", parameters)], "meldataset.mel_spectrogram", how, compute)


def extractors(golden):
    y, _ = clip(FLAC, *CUTS[FLAC])
    ast = {"max_length": 60}
    kaldi_ast = lambda y: kaldi.fbank(y[None], sample_frequency=16000.0, window_type="hanning", num_mel_bins=128)
    own = np.abs(kaldi_ast(torch.from_numpy(y)).numpy() - kaldi_ast(torch.from_numpy(y).double()).numpy()).max()
    rows = (
        ("ast", "ASTFeatureExtractor", ast, ast, "raw_speech", max(BANDS, 8 * own / (2 * 4.5689974))),
        ("seamless", "SeamlessM4TFeatureExtractor", {}, {}, "raw_speech", 2 * BANDS),
        ("speecht5", "SpeechT5FeatureExtractor", {}, {}, "audio_target", BANDS),
        ("speecht5-short", "SpeechT5FeatureExtractor", *2 * ({"win_length": 50, "hop_length": 10, "num_mel_bins": 40},), "audio_target", BANDS),
        ("nemo", "ParakeetFeatureExtractor", {}, {}, "raw_speech", NEMO),
    )
    for name, extractor, how, stage, argument, tolerance in rows:
        made = getattr(transformers, extractor)(**how)
        out = made(**{argument: y}, sampling_rate=16000, return_tensors="pt")
        array = np.asarray(out.get("input_features", out.get("input_values")))[0]
        stages = [reader(*CUTS[FLAC]), (f"mel.{name.split('-')[0]}", stage)]
        golden.add(name, FLAC, stages, call_text(extractor, how), array, tolerance)
    wide = HERE / "models/clip-48k.wav"
    y, sr = librosa.load(ROOT / EFFECT, sr=None, offset=0.1, duration=0.3)
    soundfile.write(wide, soxr.resample(y, sr, 48000), 48000, subtype="PCM_16")
    y, _ = soundfile.read(wide, dtype="float32")
    for name, parameters in (
        ("clap", {}),
        ("clap-rand-trunc", {"truncation": "rand_trunc", "padding": "repeat"}),
        ("clap-pad", {"padding": "pad", "feature_size": 40}),
    ):
        how = {"max_length_s": 1, **parameters}
        array = transformers.ClapFeatureExtractor(**how)(y, sampling_rate=48000, return_tensors="np")["input_features"][0, 0]
        stages = [("read.librosa", {"sr": "native"}), ("mel.clap", how)]
        golden.add(name, str(wide.relative_to(ROOT)), stages, call_text("ClapFeatureExtractor", how), array, BANDS)


def frames100(golden):
    y, sr = clip(FLAC, *CUTS[FLAC])
    y = torch.from_numpy(y)
    how = {"n_fft": 512, "win_length": 400, "hop_length": 160, "n_mels": 64}
    y64 = y.double().numpy()
    by_librosa = lambda y: np.log(librosa.feature.melspectrogram(y=y, sr=sr, htk=True, norm=None, **how) + 1e-6)
    by_torchaudio = lambda y: (transform(torchaudio.transforms.MelSpectrogram(sr, **how), y) + 1e-6).log().numpy()
    by_kaldi = lambda y: kaldi.fbank(y[None], num_mel_bins=64).numpy()
    for base, single, double in (
        ("librosa", by_librosa(y.numpy()), by_librosa(y64)),
        ("torchaudio", by_torchaudio(y), by_torchaudio(y.double())),
        ("kaldi", by_kaldi(y), by_kaldi(y.double())),
    ):
        stages = [reader(*CUTS[FLAC]), ("mel.frames100", {"base": base})]
        golden.add(f"frames100-{base}", FLAC, stages, f"ln(mel + 1e-6) of {base}", single, absolute(BANDS, single, double))


def make():
    golden = Golden("models", np, librosa, torch, torchaudio, transformers)
    for family in (torchaudio_bands, kaldi_features, whisper_bands, hifigan, extractors, frames100):
        family(golden)
    golden.write()
