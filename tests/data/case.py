"""What one test file is, and the sound that is in all of them."""

import dataclasses
import pathlib
import subprocess

import numpy as np

CLIP = pathlib.Path(__file__).parents[2] / "sessions/media/speech-22k.wav"
RATE = 22050


@dataclasses.dataclass
class Case:
    """A file, and what `read.audio` must make of it."""

    name: str
    about: str
    content: bytes
    expect: str = "read"  # read, refuse, or either: refused, or read with a finding
    findings: bool | None = None  # must there be one? None: both are right
    rate: int | None = None
    channels: int | None = None
    samples: int | None = None
    samples_min: int | None = None  # for files that are cut: at least so many, equal to the start of `near`
    truth: np.ndarray | None = None  # exact samples, float32 (channel, sample)
    near: np.ndarray | None = None  # samples within `tolerance`, float32 (channel, sample)
    tolerance: float | None = None


def exact(name, about, content, truth, rate=RATE, findings=False):
    """A file whose samples are known bit for bit, `truth` as (sample, channel)."""
    planar = np.ascontiguousarray(truth.T, dtype="f4")
    channels, samples = planar.shape
    return Case(name, about, content, "read", findings, rate, channels, samples, truth=planar)


def close(name, about, content, near, tolerance, rate=RATE, findings=False):
    """A file from a lossy encoder, `near` as (sample, channel)."""
    planar = np.ascontiguousarray(near.T, dtype="f4")
    channels, samples = planar.shape
    return Case(name, about, content, "read", findings, rate, channels, samples, near=planar, tolerance=tolerance)


def cut(name, about, content, near, at_least, tolerance=0.0, rate=RATE):
    """A damaged file: its start must be read, and the damage said."""
    planar = np.ascontiguousarray(near.T, dtype="f4")
    case = Case(name, about, content, "read", True, rate, planar.shape[0])
    case.samples_min, case.near, case.tolerance = at_least, planar, tolerance
    return case


def refuse(name, about, content):
    """A file that must be refused with a message."""
    return Case(name, about, content, "refuse")


def either(name, about, content):
    """A file that may be refused, or read with a finding; never a panic, never a silent success."""
    return Case(name, about, content, "either")


def speech(samples, channels=1):
    """A loud piece of the clip, `(sample, channel)`, every channel from another place."""
    words = np.frombuffer(CLIP.read_bytes()[44:], dtype="<i2").astype("f8") / 32768
    starts = [9000 + 3000 * c for c in range(channels)]
    columns = [words[s : s + samples] for s in starts]
    return np.stack([c / np.abs(c).max() * 0.9 for c in columns], axis=1)


def quantised(signal, bits):
    """Integers of that many bits, round half to even."""
    return np.clip(np.rint(signal * 2.0 ** (bits - 1)), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1).astype("i8")


def unit(integers, bits):
    """Integers as float32 in [-1, 1)."""
    return (integers / 2.0 ** (bits - 1)).astype("f4")


def run(*command):
    """An encoder, quietly; its failure is ours."""
    return subprocess.run([str(c) for c in command], check=True, capture_output=True).stdout


def decoded_by_ffmpeg(path, channels, rate):
    """What ffmpeg decodes, float32 `(sample, channel)`."""
    raw = run("ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-ac", channels, "-ar", rate, "-")
    return np.frombuffer(raw, dtype="<f4").reshape(-1, channels)
