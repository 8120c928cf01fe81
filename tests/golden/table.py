"""What every family of reference arrays shares: clips, the table of arrays, and how far off a value may be.

A row says: the input, the stages that must reproduce the array, the call that made it, and the tolerance. That is a share
of the peak or a fixed amount, or eight times the tool's own difference between float32 and float64 where that is more.
"""

import pathlib

import numpy as np
import soundfile

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
SIZE_LIMIT = 120_000  # bytes of one array
SPEECH, FLAC, EFFECT = "sessions/media/speech-22k.wav", "sessions/media/speech.flac", "sessions/media/effect.wav"
STEREO, ONE_SAMPLE = "tests/data/files/wav-16-2ch.wav", "tests/data/files/wav-1-samples.wav"
SPECTRUM, BANDS = 1e-6, 5e-6
RESAMPLED = 1e-4  # 80 dB, which another build of a resampler must reach
TOOL_ERRORS = 8


def clip(source, offset=0.0, duration=None):
    """Samples as float32, a row a channel where there are several, and their rate."""
    with soundfile.SoundFile(ROOT / source) as file:
        rate = file.samplerate
        file.seek(int(offset * rate))
        y = file.read(-1 if duration is None else int(duration * rate), dtype="float32", always_2d=True).T
    return (y if len(y) > 1 else y[0]), rate


def toml(value):
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
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
        self.folder = HERE / folder
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob("*.npy"):
            old.unlink()
        versions = ", ".join(f"{tool.__name__} {tool.__version__}" for tool in tools)
        self.rows = f"# Made by make.py; do not edit.\n# {versions}\n"
        self.count = 0

    def add(self, name, source, stages, call, array, tolerance, mean=None):
        array = np.ascontiguousarray(array)
        assert array.nbytes <= SIZE_LIMIT, (self.folder.name, name, array.nbytes)
        np.save(self.folder / f"{name}.npy", array)
        fields = {"name": name, "input": source, "call": call, "tolerance": float(tolerance)}
        if mean is not None:
            fields["mean_tolerance"] = mean
        self.row("case", fields, stages)

    def both(self, name, source, cut, stages, call, compute, limit):
        """A row from what `compute` makes of a cut of the clip in float32 and in float64."""
        y, rate = clip(source, *cut)
        single, double = compute(y, rate), compute(y.astype("float64"), rate)
        self.add(name, source, [reader(*cut), *stages], call, single, limit(single, double))

    def refused(self, name, source, stages, call, error):
        """A row for what the tool itself refuses."""
        self.row("refused", {"name": name, "input": source, "call": call, "error": error}, stages)

    def row(self, kind, fields, stages):
        chain = [{"use": use, **({"parameters": p} if p else {})} for use, p in stages]
        self.rows += f"\n[[{kind}]]\n" + "".join(f"{k} = {toml(v)}\n" for k, v in fields.items())
        self.rows += "stages = [\n" + "".join(f"    {toml(stage)},\n" for stage in chain) + "]\n"
        self.count += 1

    def write(self):
        (self.folder / "golden.toml").write_text(self.rows)
        size = sum(file.stat().st_size for file in self.folder.glob("*.npy"))
        print(f"{self.folder.relative_to(HERE)}: {self.count} rows, {size} bytes")


def reader(offset=None, duration=None):
    """The stage that reads a cut of a clip, every channel at its own rate."""
    cut = {} if offset is None else {"offset": offset} if duration is None else {"offset": offset, "duration": duration}
    return "read.librosa", {"sr": "native", "mono": False, **cut}


def allowed(share, single, double):
    """The tolerance for an array: a share of its peak, or what the tool itself is off."""
    single = np.asarray(single)
    if not single.size:
        return 0.0
    return max(share * np.abs(single).max(), own(single, double))


def absolute(limit, single, double):
    """The tolerance for an array: a fixed amount, or what the tool itself is off."""
    return max(limit, own(single, double)) if np.size(single) else 0.0


def own(single, double):
    """What the tool is off in float32, as often as STAGES grants it."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(np.asarray(single) - np.asarray(double))
    return TOOL_ERRORS * np.nan_to_num(apart).max()
