"""One hour of speech to a log-mel .npy: `auricle replay` against librosa, each as a process of its own.

    python3 -m venv scratch && scratch/bin/pip install librosa==0.11.0 soundfile
    cargo build --release --workspace
    scratch/bin/python tests/bench/hour.py [MINUTES ...]

For each length (1 and 60 minutes unless told) it prints wall time and peak resident memory of both, taken in turns,
the best of three, and the largest difference of the two results. The clip is sessions/media/speech.flac, repeated.
"""
import os, subprocess, sys, tempfile
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parents[2]
AURICLE = ROOT / "target/release/auricle"
SESSION = """
auricle = 1
[inputs]
clip = "clip.wav"
[[stage]]
id = "read"
use = "read.audio"
input = "clip"
[[stage]]
id = "mel"
use = "mel.librosa"
input = "read"
parameters = { n_fft = 400, hop_length = 160, n_mels = 80 }
[[stage]]
id = "log"
use = "log.clamp"
input = "mel"
parameters = { floor = 1e-10, base = "10" }
[[stage]]
id = "save"
use = "write.npy"
input = "log"
parameters = { path = "mel.npy" }
"""
LIBROSA = """
import librosa, numpy as np
y, sr = librosa.load("clip.wav", sr=None)
mel = librosa.feature.melspectrogram(y=y, sr=sr, n_fft=400, hop_length=160, n_mels=80)
np.save("librosa.npy", np.log10(np.maximum(mel, 1e-10)))
"""


# A child's peak memory counts what it was forked from, so a small process does the forking.
MEASURE = """
import os, subprocess, sys, time
began = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(time.perf_counter() - began, usage.ru_maxrss / 1024)
sys.exit(1 if status else 0)
"""


def run(command, folder):
    """Wall seconds and peak resident MB of one process."""
    one = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    measure = [sys.executable, "-S", "-c", MEASURE, *command]
    done = subprocess.run(measure, cwd=folder, env=one, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{command[0]} failed")
    seconds, memory = map(float, done.stdout.split())
    return seconds, memory


def main():
    speech, rate = soundfile.read(ROOT / "sessions/media/speech.flac", dtype="int16")
    print(f"{'length':>8}  {'':8} {'time':>8} {'memory':>9}")
    for minutes in [float(m) for m in sys.argv[1:]] or [1.0, 60.0]:
        with tempfile.TemporaryDirectory() as folder:
            soundfile.write(Path(folder, "clip.wav"), np.resize(speech, int(minutes * 60 * rate)), rate)
            Path(folder, "session.toml").write_text(SESSION)
            ours = [str(AURICLE), "replay", "session.toml", "--out", "out", "--quiet"]
            theirs = [sys.executable, "-c", LIBROSA]
            runs = [(run(ours, folder), run(theirs, folder)) for _ in range(3)]
            for index, name in enumerate(["auricle", "librosa"]):
                seconds, memory = min(r[index][0] for r in runs), max(r[index][1] for r in runs)
                print(f"{minutes:6.0f} m  {name:8} {seconds:6.2f} s {memory:6.0f} MB")
            a, b = np.load(Path(folder, "out/mel.npy"), mmap_mode="r"), np.load(Path(folder, "librosa.npy"), mmap_mode="r")
            assert a.shape == b.shape, (a.shape, b.shape)
            step = range(0, a.shape[1], 4096)
            worst = max(np.abs(a[:, k : k + 4096] - b[:, k : k + 4096]).max() for k in step)
            print(f"{'':8}  largest difference {worst:.2e} (log10 of power)")


main()
