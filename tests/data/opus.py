"""Opus in Ogg: what encoders write, and pages put together by hand."""

import struct

import numpy as np
import soundfile

from case import close, cut, either, refuse, run
from wellformed import lossy_source

# libopus is compared with libopus: float against float, or against ffmpeg's rounding of it to 16 bits.
FLOAT, ROUNDED = 1e-6, 2e-5


def checksum(page):
    """Ogg's CRC-32 (RFC 3533, section 6): polynomial 0x04c11db7, most significant bit first, no inversion."""
    total = 0
    for byte in page:
        total ^= byte << 24
        for _ in range(8):
            total = (total << 1 ^ 0x04C11DB7 if total >> 31 else total << 1) & 0xFFFFFFFF
    return total


def split(content):
    """The pages of a file, each as (flags, granule, serial, sequence, lacing and body)."""
    at, found = 0, []
    while at < len(content):
        _, _, flags, granule, serial, sequence, _, count = struct.unpack_from("<4sBBqIIIB", content, at)
        end = at + 27 + count + sum(content[at + 27 : at + 27 + count])
        found.append((flags, granule, serial, sequence, content[at + 26 : end]))
        at = end
    return found


def join(pages):
    """Pages as bytes, with their checksums."""
    made = b""
    for flags, granule, serial, sequence, rest in pages:
        head = struct.pack("<4sBBqII", b"OggS", 0, flags, granule, serial, sequence)
        made += head + struct.pack("<I", checksum(head + bytes(4) + rest)) + rest
    return made


def encoded(scratch, channels=1, rate=48000, page_ms=1000, options=("-b:a", "32k")):
    source, target = lossy_source(scratch, channels, rate), scratch / "t.opus"
    options = (*options, "-page_duration", page_ms * 1000)
    run("ffmpeg", "-v", "error", "-y", "-i", source, "-bitexact", "-c:a", "libopus", *options, target)
    return target


def by_ffmpeg(path, channels):
    """libopus through ffmpeg: 16 bits, channels in WAVE's order."""
    run("ffmpeg", "-v", "error", "-y", "-c:a", "libopus", "-i", path, "-f", "s16le", path.with_suffix(".raw"))
    return np.fromfile(path.with_suffix(".raw"), "<i2").reshape(-1, channels) / 32768


def headed(pages, at, value):
    """The pages with other bytes in the identification header."""
    flags, granule, serial, sequence, rest = pages[0]
    rest = rest[: 2 + at] + value + rest[2 + at + len(value) :]
    return [(flags, granule, serial, sequence, rest), *pages[1:]]


def moved(pages, samples, serial=None):
    """The pages, those of sound at later times."""
    return [(f, g + samples if i > 1 else g, serial or s, n, r) for i, (f, g, s, n, r) in enumerate(pages)]


def wellformed(scratch):
    path = encoded(scratch)
    near = soundfile.read(path, dtype="float32", always_2d=True)[0]
    found = [close("opus.opus", "Opus at its own 48 kHz, from ffmpeg", path.read_bytes(), near, FLOAT, 48000)]
    pages = split(encoded(scratch, page_ms=20).read_bytes())
    louder = join(headed(pages, 16, struct.pack("<h", 3 * 256)))
    found.append(close("opus-gain.opus", "Opus with 3 dB of gain in its header", louder, near * 10**0.15, FLOAT * 2, 48000))
    late = join(moved(pages, 480000))
    found.append(close("opus-late.opus", "Opus whose times begin at ten seconds", late, near, FLOAT, 48000))
    chain = join(pages + moved(pages, 0, serial=77))
    found.append(close("opus-chained.opus", "two streams of Opus", chain, np.concatenate([near, near]), FLOAT, 48000))
    for name, about, channels, options in (
        ("opus-2ch.opus", "Opus, two channels", 2, ("-b:a", "48k")),
        ("opus-silk.opus", "Opus for speech, packets of 60 ms", 1, ("-b:a", "10k", "-frame_duration", "60", "-application", "voip")),
        ("opus-celt.opus", "Opus without delay, packets of 2.5 ms", 1, ("-b:a", "48k", "-frame_duration", "2.5", "-application", "lowdelay")),
        ("opus-6ch.opus", "Opus in 5.1, stored in Vorbis's order", 6, ("-b:a", "128k", "-mapping_family", "1")),
    ):
        path = encoded(scratch, channels, options=options)
        found.append(close(name, about, path.read_bytes(), by_ffmpeg(path, channels), ROUNDED, 48000))
    return found


def malformed(scratch):
    path = encoded(scratch, page_ms=20)
    content = path.read_bytes()
    near = soundfile.read(path, dtype="float32", always_2d=True)[0]
    pages = split(content)
    broken = bytearray(content)
    broken[-200] ^= 0x55
    zero = [(f, 0 if i == 3 else g, s, n, r) for i, (f, g, s, n, r) in enumerate(pages)]
    jump = [(f, g + (1 << 40) if i > 3 else g, s, n, r) for i, (f, g, s, n, r) in enumerate(pages)]
    between = join(pages[:4]) + b"\x01" * 999 + join(pages[4:])
    anything = 2.0  # where a packet is missing the decoder goes on from another state
    return [
        cut("opus-cut.opus", "Opus that ends in the middle of a page", content[:-150], near, 2000, FLOAT, 48000),
        cut("opus-no-end.opus", "Opus without its last page", join(pages[:-1]), near, 2880, FLOAT, 48000),
        cut("opus-broken-page.opus", "Opus with a page that fails its checksum", bytes(broken), near, 0, anything, 48000),
        cut("opus-missing-page.opus", "Opus with a page left out", join(pages[:4] + pages[5:]), near, 4410, anything, 48000),
        cut("opus-garbage.opus", "bytes between the pages of Opus", between, near, 4410, FLOAT, 48000),
        cut("opus-granule-0.opus", "Opus with a page whose time is 0", join(zero), near, 4410, FLOAT, 48000),
        cut("opus-granule-jump.opus", "Opus whose times jump by 2^40 samples", join(jump), near, 4410, FLOAT, 48000),
        cut("opus-trailing.opus", "Opus with other bytes behind it", content + b"\x02\x03OggT" * 200, near, 4410, FLOAT, 48000),
        either("opus-preskip.opus", "Opus that says to skip more than it holds", join(headed(pages, 10, b"\xff\xff"))),
        either("opus-only-headers.opus", "Opus that ends behind its headers", join(pages[:2])),
        refuse("opus-0-channels.opus", "Opus of no channels", join(headed(pages, 9, b"\x00"))),
        refuse("opus-version.opus", "Opus of a version that is not known", join(headed(pages, 8, b"\x20"))),
        refuse("opus-family.opus", "Opus whose header lacks its channel mapping", join(headed(pages, 18, b"\x01"))),
        refuse("opus-cut-header.opus", "Opus that ends in its first page", content[:40]),
    ]
