"""Stages against the tools that they speak for: same clip, one thread, in memory, the best of five, in one run.

    python3 -m venv scratch
    scratch/bin/pip install librosa==0.11.0 soundfile kaldi-native-fbank==1.22.5 Gammatone==1.0.3 \\
        torch==2.8.0 torchaudio==2.8.0
    scratch/bin/python tests/bench/rivals.py [PLUGINS]

PLUGINS is a folder with the plugins as `cargo build --release` makes them; without it all are built first. A rival that is
not installed is left out. Ours is `cargo bench --bench stages`, which drives the real plugins through the boundary. Both are told to use one thread; the ratio is rival / auricle.
"""
import os

for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"]:
    os.environ[variable] = "1"

import platform, subprocess, sys, tempfile, time
from pathlib import Path

import librosa
import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60
RUNS = 5


def clip(rate):
    """The bundled speech, repeated to SECONDS, at `rate` Hz, in float32."""
    speech, native = librosa.load(ROOT / "sessions/media/speech.flac", sr=None)
    return np.resize(librosa.resample(speech, orig_sr=native, target_sr=rate), SECONDS * rate).astype("f4")


def log_mel_librosa(y):
    mel = librosa.feature.melspectrogram(y=y, sr=16000, n_fft=400, hop_length=160, n_mels=80)
    return np.log10(np.maximum(mel, 1e-10))


def kaldi_native_fbank(y):
    import kaldi_native_fbank as knf

    options = knf.FbankOptions()
    options.frame_opts.dither = 0
    options.mel_opts.num_bins = 80
    scaled = y * 32768

    def work():
        fbank = knf.OnlineFbank(options)
        fbank.accept_waveform(16000, scaled)
        fbank.input_finished()
        return [fbank.get_frame(k) for k in range(fbank.num_frames_ready)]

    return work


def with_torch(make):
    """A rival that needs torch: `make(torch, torchaudio, y)` gives the work."""

    def rival(y):
        import torch, torchaudio

        torch.set_num_threads(1)
        torch.set_grad_enabled(False)
        return make(torch, torchaudio, torch.from_numpy(y))

    return rival


def log_mel_torchaudio(torch, torchaudio, y):
    mel = torchaudio.transforms.MelSpectrogram(16000, n_fft=400, hop_length=160, n_mels=80)
    return lambda: mel(y).clamp(min=1e-10).log10()


def stft_torch(torch, torchaudio, y):
    window = torch.hann_window(2048)
    return lambda: torch.stft(y, 2048, 512, window=window, return_complex=True)


def fbank_torchaudio(torch, torchaudio, y):
    scaled = (y * 32768)[None]
    return lambda: torchaudio.compliance.kaldi.fbank(scaled, num_mel_bins=80, dither=0.0)


def resample_torchaudio(torch, torchaudio, y):
    resample = torchaudio.transforms.Resample(48000, 16000)
    return lambda: resample(y)


def gammatone(y):
    from gammatone.gtgram import gtgram

    return lambda: gtgram(y, 16000, 0.025, 0.010, 64, 50)


def soxr_hq(y):
    import soxr

    return lambda: soxr.resample(y, 48000, 16000, quality="HQ")


# The name is that of the work in stages.rs.
RIVALS = [
    ("stft 2048/512", 44100, "librosa", lambda y: lambda: librosa.stft(y, n_fft=2048, hop_length=512)),
    ("stft 2048/512", 44100, "torch", with_torch(stft_torch)),
    ("log-mel 400/160, 80 bands", 16000, "librosa", lambda y: lambda: log_mel_librosa(y)),
    ("log-mel 400/160, 80 bands", 16000, "torchaudio", with_torch(log_mel_torchaudio)),
    ("log-mel 400/160, 80 bands", 16000, "kaldi-native-fbank", kaldi_native_fbank),
    ("Kaldi fbank, 80 bands", 16000, "kaldi-native-fbank", kaldi_native_fbank),
    ("Kaldi fbank, 80 bands", 16000, "torchaudio", with_torch(fbank_torchaudio)),
    ("MFCC 13 of 40 bands", 16000, "librosa", lambda y: lambda: librosa.feature.mfcc(y=y, sr=16000, n_mfcc=13, n_mels=40)),
    ("gammatone, 64 channels", 16000, "gammatone", gammatone),
    ("resample 48k to 16k, soxr hq", 48000, "soxr", soxr_hq),
    ("resample 48k to 16k, torchaudio", 48000, "torchaudio", with_torch(resample_torchaudio)),
]


def best(work):
    work()  # plans, filters and windows that a tool keeps
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def ours(folder):
    command = ["cargo", "bench", "--quiet", "--bench", "stages", "--", folder, *map(os.path.abspath, sys.argv[1:])]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    lines = (line.split("\t") for line in done.stdout.splitlines() if "\t" in line)
    return {name: (float(seconds), int(entries)) for name, seconds, entries in lines}


def processor():
    names = [line for line in open("/proc/cpuinfo") if line.startswith("model name")] if os.path.exists("/proc/cpuinfo") else []
    return names[0].split(":")[1].strip() if names else platform.processor()


def main():
    clips = {rate: clip(rate) for rate in sorted({rival[1] for rival in RIVALS})}
    with tempfile.TemporaryDirectory() as folder:
        for rate, y in clips.items():
            soundfile.write(Path(folder, f"{rate}.wav"), y, rate, subtype="FLOAT")
        auricle = ours(folder)
    print(f"{processor()}, {SECONDS} s, one thread")
    print(f"{'':34} {'auricle':>10} {'':22} {'rival':>10} {'ratio':>7}")
    for name, rate, tool, make in RIVALS:
        seconds, entries = auricle[name]
        try:
            theirs = best(make(clips[rate]))
        except ImportError as missing:
            print(f"{name:34} {seconds * 1e3:7.1f} ms  {tool:22} not installed ({missing.name})")
            continue
        print(f"{name:34} {seconds * 1e3:7.1f} ms  {tool:22} {theirs * 1e3:7.1f} ms {theirs / seconds:6.1f}x")


main()
