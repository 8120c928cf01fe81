"""Cuts the clips of the grids out of the bundled recordings: a few tenths of a second each, at the rates that front ends ask for.

    python tests/golden/clips.py     needs numpy, soundfile 0.14.0, soxr 1.1.0
"""

import numpy as np
import soundfile
import soxr

from grid import RATES
from table import HERE, ROOT

# First second and seconds of what is cut out.
CUTS = {
    "speech": ("sessions/media/speech.flac", 1.0, 0.18),
    "effect": ("sessions/media/effect.wav", 0.1, 0.12),
    "music": ("sessions/media/music.ogg", 2.0, 0.15),
}


def main():
    folder = HERE / "clips"
    folder.mkdir(exist_ok=True)
    for rate in RATES:
        for name, (source, first, seconds) in CUTS.items():
            y, own = soundfile.read(ROOT / source, always_2d=True)
            y = soxr.resample(y[int(first * own) : int((first + seconds) * own)], own, rate)
            left = y[:, 0]
            soundfile.write(folder / f"{name}-{rate}.wav", left, rate, subtype="PCM_16")
            if name == "speech":
                soundfile.write(folder / f"short-{rate}.wav", left[1000:1100], rate, subtype="PCM_16")
                soundfile.write(folder / f"one-{rate}.wav", left[1000:1001], rate, subtype="PCM_16")
            if name == "music":
                soundfile.write(folder / f"stereo-{rate}.wav", y, rate, subtype="PCM_16")
        soundfile.write(folder / f"silence-{rate}.wav", np.zeros(rate // 8), rate, subtype="PCM_16")


if __name__ == "__main__":
    main()
