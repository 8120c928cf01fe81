"""What the scripts beside it share: the table of reference arrays, and how far off a value may be.

A row says: the input, the stages that must reproduce the array, the call that made it, and the tolerance. That is a share
of the peak, or eight times the tool's own difference between float32 and float64 where that is more.
"""

import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).parents[2]
SIZE_LIMIT = 120_000  # bytes of one array
SPEECH, FLAC, EFFECT = "sessions/media/speech-22k.wav", "sessions/media/speech.flac", "sessions/media/effect.wav"
STEREO, ONE_SAMPLE = "tests/data/files/wav-16-2ch.wav", "tests/data/files/wav-1-samples.wav"
SPECTRUM = 1e-6
TOOL_ERRORS = 8


def toml(value):
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value + '"'
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {toml(v)}" for k, v in value.items()) + " }" if value else "{}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml, value)) + "]"
    return repr(value)


def call_text(name, parameters):
    return f"{name}({', '.join(f'{k}={v!r}' for k, v in parameters.items())})"


class Golden:
    """Collects the rows of a folder's golden.toml and writes its arrays."""

    def __init__(self, folder, *tools):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        for old in folder.glob("*.npy"):
            old.unlink()
        versions = ", ".join(f"{tool.__name__} {tool.__version__}" for tool in tools)
        self.rows = f"# Made by {pathlib.Path(sys.argv[0]).name}; do not edit.\n# {versions}\n"
        self.count = 0

    def add(self, name, source, stages, call, array, tolerance, mean=None):
        array = np.ascontiguousarray(array)
        assert array.nbytes <= SIZE_LIMIT, (name, array.nbytes)
        np.save(self.folder / f"{name}.npy", array)
        chain = [{"use": use, **({"parameters": p} if p else {})} for use, p in stages]
        fields = {"name": name, "input": source, "call": call, "tolerance": float(tolerance)}
        if mean is not None:
            fields["mean_tolerance"] = mean
        self.rows += "\n[[case]]\n" + "".join(f"{k} = {toml(v)}\n" for k, v in fields.items())
        self.rows += "stages = [\n" + "".join(f"    {toml(stage)},\n" for stage in chain) + "]\n"
        self.count += 1

    def write(self):
        (self.folder / "golden.toml").write_text(self.rows)
        print(f"{self.count} arrays, {sum(f.stat().st_size for f in self.folder.glob('*.npy'))} bytes")


def allowed(fraction, single, double):
    """The tolerance for an array: a fraction of its peak, or what the tool itself is off."""
    single = np.asarray(single)
    if not single.size:
        return 0.0
    return max(fraction * np.abs(single).max(), TOOL_ERRORS * np.abs(single - double).max())


def absolute(limit, single, double):
    return max(limit, TOOL_ERRORS * np.abs(np.asarray(single) - double).max()) if np.size(single) else 0.0
