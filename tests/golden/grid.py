"""Grids: a dialect over points of its parameters, on three real clips each, and on what is short, one sample, silent or stereo."""

import numpy as np

from table import Golden, call_text, clip

RATES = (16_000, 22_050, 48_000)
REAL = {"speech": 16_000, "effect": 48_000, "music": 22_050}  # The rates that a dialect gets which takes any.
SPECIAL = ("short", "one", "silence", "stereo")


def clips(rate):
    """The names of the clips and their files, at one rate or, for None, at several."""
    real = {name: f"tests/golden/clips/{name}-{rate or own}.wav" for name, own in REAL.items()}
    special = {name: f"tests/golden/clips/{name}-{rate or RATES[0]}.wav" for name in SPECIAL}
    return real, special


def grid(stage, tools, call, compute, points, limit, rate=None, before=(), between=(), nan=False, double=None, odd=()):
    """Makes the arrays of a dialect: every point on the real clips, the first and those named in `odd` on the others.

    `compute(y, rate, **parameters)` calls the tool, `double` the same in float64 where that is another call. `before` are the stages that
    come before; or the one stage, where a point is a pair: what that stage is told (`there`), and what this one; `between` are those
    between the two. What the tool refuses, and where it gives no numbers unless `nan`, is kept as a refusal.
    """
    golden = Golden(f"grid/{stage}", *tools)
    real, special = clips(rate)
    first = next(iter(points))
    for point, parameters in points.items():
        stages, how = [("read.audio", {}), *before, (stage, parameters)], parameters
        if isinstance(before, str):
            there, back = parameters
            stages, how = [("read.audio", {}), (before, there), *between, (stage, back)], {"there": there, **back}
        sources = {**real, **(special if point == first or point in odd else {})}
        for name, source in sources.items():
            y, sr = clip(source)
            text = call_text(call, how)
            try:
                single = np.asarray(compute(y, sr, **how))
                if not nan and np.isnan(single).any():
                    raise ValueError("the tool gives NaN")
            except Exception as error:  # Whatever the tool raises is its refusal.
                assert name in special, (stage, point, name, error)
                words = str(error).strip().split("\n")[0][:160]
                golden.refused(f"{point}-{name}", source, stages, text, f"{type(error).__name__}: {words}")
                continue
            wide = np.asarray((double or compute)(y.astype("float64"), sr, **how))
            golden.add(f"{point}-{name}", source, stages, text, single, limit(single, wide))
    golden.write()
    return golden


def tool(parameters, **special):
    """Parameters as a Python tool takes them: none is None, a list a tuple."""
    words = {"none": None, "inf": np.inf, **special}
    plain = {k: words.get(v, v) if isinstance(v, str) else v for k, v in parameters.items()}
    return {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
