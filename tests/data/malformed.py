"""Files that lie, are cut, or are something else."""

import struct

import numpy as np
import soundfile

from case import RATE, cut, either, exact, quantised, refuse, speech, unit
from riff import aiff, au, chunk, extensible, fmt, pcm, rf64, wave
from wellformed import LOSSY, N, flac_bytes, lossy_source, mp3, ogg, plain, run

ALL_ONES = 0xFFFFFFFF
PACKED = 1 << 40  # what a lying 64-bit header claims


def cases(scratch):
    """All of them."""
    return sizes() + formats() + order() + others(scratch) + flac_faults(scratch) + lossy_faults(scratch) + disguised(scratch)


def sizes():
    x = quantised(speech(N), 16)
    head, body, truth = chunk(b"fmt ", fmt(RATE, 1, 16)), pcm(x, 16), unit(x, 16)
    data = chunk(b"data", body)

    def claims(size):
        return chunk(b"data", body, size=size)

    short = chunk(b"data", body)[: 8 + 700]
    half = chunk(b"data", body)[: 8 + 701]
    return [
        exact("size-riff-0.wav", "RIFF size 0, as a stream leaves it", wave(head, data, size=0), truth, findings=None),
        exact("size-riff-ones.wav", "RIFF size all ones, as a stream leaves it", wave(head, data, size=ALL_ONES), truth, findings=None),
        exact("size-riff-short.wav", "RIFF size ends before the data", wave(head, data, size=40), truth, findings=True),
        exact("size-riff-long.wav", "RIFF size beyond the file", wave(head, data, size=9_000_000), truth, findings=None),
        exact("size-data-0.wav", "data size 0 and samples behind it: a stream", wave(head, claims(0)), truth, findings=None),
        exact("size-data-ones.wav", "data size all ones: a stream", wave(head, claims(ALL_ONES)), truth, findings=None),
        exact("size-both-ones.wav", "both sizes all ones: a stream", wave(head, claims(ALL_ONES), size=ALL_ONES), truth, findings=None),
        exact("size-both-0.wav", "both sizes 0: a stream", wave(head, claims(0), size=0), truth, findings=None),
        exact("size-data-2gb.wav", "the data claims 2 GB", wave(head, claims(0x7FFFFFFE)), truth, findings=True),
        exact("size-data-fffffff8.wav", "the data claims nearly 4 GB", wave(head, claims(0xFFFFFFF8)), truth, findings=None),
        exact("cut-data.wav", "the file ends in the data", wave(head, short, size=36 + 1200), truth[:350], findings=True),
        exact("cut-half-sample.wav", "the file ends in the middle of a sample", wave(head, half, size=36 + 1200), truth[:350], findings=True),
        refuse("cut-header.wav", "the file ends in the fmt chunk", wave(head)[:26]),
        refuse("cut-riff.wav", "the file ends after RIFF and its size", wave(head, data)[:8]),
        exact("rf64-claims-terabyte.wav", "ds64 claims a terabyte", rf64(fmt(RATE, 1, 16), pcm(x, 16), PACKED), truth, findings=True),
    ]


def formats():
    x = quantised(speech(N), 16)
    body = pcm(x, 16)

    def of(fmt_body):
        return wave(chunk(b"fmt ", fmt_body), chunk(b"data", body))

    return [
        either("fmt-0hz.wav", "0 samples a second", of(fmt(0, 1, 16))),
        refuse("fmt-0-channels.wav", "0 channels", of(fmt(RATE, 0, 16, align=2))),
        refuse("fmt-0-bits.wav", "0 bits a sample", of(fmt(RATE, 1, 0, align=2))),
        either("fmt-align-0.wav", "a block of 0 bytes", of(fmt(RATE, 1, 16, align=0))),
        either("fmt-align-lies.wav", "a block of 3 bytes for one 16 bit sample", of(fmt(RATE, 1, 16, align=3))),
        exact("fmt-byte-rate-lies.wav", "a byte rate that is nonsense", of(fmt(RATE, 1, 16, byte_rate=7)), unit(x, 16), findings=None),
        either("fmt-65535-channels.wav", "65535 channels, not even one sample frame", of(fmt(RATE, 65535, 16, align=2))),
        either("fmt-13-bits.wav", "13 bits a sample without the extensible form", of(fmt(RATE, 1, 13))),
        either("fmt-4ghz.wav", "4294967295 samples a second", of(fmt(ALL_ONES, 1, 16))),
        refuse("fmt-unknown-codec.wav", "codec 0x1234, which nobody knows", of(fmt(RATE, 1, 16, tag=0x1234))),
        refuse("fmt-unknown-guid.wav", "an extensible form with an unknown codec", of(extensible(RATE, 1, 16, 16, 4, sub=0x4321))),
        either("fmt-valid-more.wav", "40 valid bits in a container of 16", of(extensible(RATE, 1, 16, 40, 4))),
        refuse("fmt-too-small.wav", "a fmt chunk of 8 bytes", of(fmt(RATE, 1, 16)[:8])),
        either("fmt-claims-4gb.wav", "a fmt chunk that claims 4 GB", wave(chunk(b"fmt ", fmt(RATE, 1, 16), size=0xFFFFFFF0), chunk(b"data", body))),
    ]


def order():
    x = quantised(speech(N), 16)
    head, data = chunk(b"fmt ", fmt(RATE, 1, 16)), chunk(b"data", pcm(x, 16))
    other = chunk(b"fmt ", fmt(8000, 2, 8))
    return [
        either("order-no-data.wav", "no data chunk", wave(head)),
        refuse("order-no-fmt.wav", "no fmt chunk", wave(data)),
        either("order-data-first.wav", "the data stand before fmt", wave(data, head)),
        either("order-two-fmt.wav", "two fmt chunks that disagree", wave(head, other, data)),
        either("order-two-data.wav", "two data chunks", wave(head, data, data)),
        either("order-list-unpadded.wav", "a LIST chunk of odd size without its pad byte", wave(head, chunk(b"LIST", b"INFOabc", pad=False), data)),
        either("order-list-claims-4gb.wav", "a LIST chunk that claims 4 GB", wave(head, chunk(b"LIST", b"INFOabcd", size=0xFFFFFFF0), data)),
        refuse("order-not-wave.wav", "a RIFF file of another form", wave(head, data, form=b"AVI ")),
        either("order-garbage-first.wav", "40 bytes of something before RIFF", b"\x17" * 40 + wave(head, data)),
        exact("order-garbage-last.wav", "bytes after the end of RIFF", wave(head, data) + b"\x99" * 33, unit(x, 16), findings=None),
    ]


def others(scratch):
    x = quantised(speech(N), 16)
    body, truth = pcm(x, 16, ">"), unit(x, 16)
    soundfile.write(scratch / "t.caf", speech(N), RATE, subtype="PCM_16", format="CAF")
    soundfile.write(scratch / "t.w64", speech(N), RATE, subtype="PCM_16", format="W64")
    caf, w64 = (scratch / "t.caf").read_bytes(), (scratch / "t.w64").read_bytes()
    at = caf.index(b"data") + 4
    streamed = caf[:at] + struct.pack(">q", -1) + caf[at + 8 :]
    at = w64.index(b"data") + 16
    lying = w64[:at] + struct.pack("<Q", PACKED) + w64[at + 8 :]
    near = soundfile.read(scratch / "t.caf", dtype="float32", always_2d=True)[0]
    not_a_number = bytes.fromhex("7fffc000000000000000")
    return [
        exact("aiff-cut.aiff", "AIFF that ends in the data", aiff(RATE, 1, N, 16, body)[:-700], truth[:250], findings=True),
        exact("aiff-claims-more.aiff", "AIFF that claims a million sample frames", aiff(RATE, 1, 1_000_000, 16, body), truth, findings=True),
        either("aiff-rate-nan.aiff", "an AIFF rate that is not a number", aiff(not_a_number, 1, N, 16, body)),
        refuse("aiff-0-channels.aiff", "AIFF with 0 channels", aiff(RATE, 0, N, 16, body)),
        refuse("aifc-unknown.aifc", "AIFF-C with a codec nobody knows", aiff(RATE, 1, N, 16, body, b"zzzz")),
        exact("au-cut.au", "AU that ends in the data", au(RATE, 1, 3, body)[:-700], truth[:250], findings=True),
        refuse("au-0-channels.au", "AU with 0 channels", au(RATE, 0, 3, body)),
        either("au-offset-max.au", "AU whose audio is said to begin behind the end", b".snd" + bytes.fromhex("fffffff0") + au(RATE, 1, 3, body)[8:]),
        exact("caf-streamed.caf", "CAF of unknown length", streamed, near, findings=None),
        exact("w64-claims-terabyte.w64", "Wave64 data that claim a terabyte", lying, near, findings=True),
    ]


def flac_faults(scratch):
    x = quantised(speech(N * 2), 16)
    good, truth = flac_bytes(scratch, x, 16), unit(x, 16)
    info = good.index(b"fLaC") + 8  # STREAMINFO; its 36-bit sample count ends at byte 18, the MD5 follows (RFC 9639, section 8.2)

    def counting(total):
        packed = int.from_bytes(good[info + 10 : info + 18], "big") & ~((1 << 36) - 1) | total
        return good[: info + 10] + packed.to_bytes(8, "big") + good[info + 18 :]

    frames = [i for i in range(info + 34, len(good) - 1) if good[i : i + 2] == b"\xff\xf8"]
    broken = bytearray(good)
    broken[frames[2] + 40] ^= 0x55
    bad_sum = good[: info + 18] + bytes(range(16)) + good[info + 34 :]
    return [
        cut("flac-cut.flac", "FLAC that ends in the middle", good[: frames[3] + 20], truth, 3 * 256),
        exact("flac-total-unknown.flac", "FLAC that does not know its length", counting(0), truth, findings=None),
        exact("flac-total-lies.flac", "FLAC that claims 2^36 - 1 samples", counting((1 << 36) - 1), truth, findings=True),
        exact("flac-total-short.flac", "FLAC that claims 100 samples", counting(100), truth, findings=None),
        either("flac-broken-frame.flac", "FLAC with a flipped byte in a frame", bytes(broken)),
        exact("flac-md5-lies.flac", "FLAC whose checksum is of something else", bad_sum, truth, findings=True),
        refuse("flac-cut-header.flac", "FLAC that ends in STREAMINFO", good[:20]),
    ]


def lossy_faults(scratch):
    vorbis, layer3 = ogg(scratch)[0], mp3(scratch)[0]
    near = vorbis.near.T
    broken = bytearray(vorbis.content)
    broken[-600] ^= 0xFF
    source, target = lossy_source(scratch, 1), scratch / "t.mp3"
    run("lame", "--quiet", "-b", "64", "-t", source, target)
    bare = target.read_bytes()
    bare_near = soundfile.read(target, dtype="float32", always_2d=True)[0]
    without_length = cut("mp3-no-length.mp3", "MP3 without a Xing header: no fault, but its length must be counted", bare, bare_near, 4000, LOSSY)
    without_length.findings = None
    return [
        cut("vorbis-cut.ogg", "Vorbis that ends in the middle of its page", vorbis.content[:-900], near, 0, LOSSY),
        either("vorbis-broken-page.ogg", "Vorbis whose page fails its checksum", bytes(broken)),
        refuse("vorbis-cut-header.ogg", "Vorbis that ends in its headers", vorbis.content[:200]),
        cut("mp3-cut.mp3", "MP3 that ends in a frame", layer3.content[:-400], layer3.near.T, 1500, LOSSY),
        either("mp3-garbage-first.mp3", "MP3 behind 300 bytes of something", b"\x17\x00\xfe" * 100 + layer3.content),
        without_length,
    ]


def disguised(scratch):
    x = quantised(speech(N), 16)
    truth = unit(x, 16)
    flac, wav = flac_bytes(scratch, x, 16), plain(RATE, 1, 16, pcm(x, 16))
    noise = np.random.default_rng(7).integers(0, 256, 3000, dtype="u1").tobytes()
    png = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55")
    found = [
        exact("flac-named.wav", "FLAC with the wrong extension", flac, truth, findings=None),
        exact("wav-named.mp3", "WAV with the wrong extension", wav, truth, findings=None),
        exact("wav-without-extension", "WAV without an extension", wav, truth, findings=None),
        refuse("empty.wav", "an empty file", b""),
        refuse("one-byte.wav", "one byte", b"R"),
        refuse("text.wav", "a text", b"This is not sound, whatever its name says.\n" * 5),
        refuse("zeros.wav", "two thousand zeros", bytes(2000)),
        refuse("picture.wav", "a picture", png),
        refuse("riff-only.wav", "the word RIFF", b"RIFF"),
    ]
    found += [refuse(f"noise.{kind}", f"noise named .{kind}", noise) for kind in ("wav", "flac", "ogg", "aiff", "m4a")]
    found.append(either("noise.mp3", "noise named .mp3", noise))
    return found
