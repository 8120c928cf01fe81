"""Every container and sample format that a reader must know, without a fault."""

import struct

import numpy as np
import soundfile

from case import RATE, close, decoded_by_ffmpeg, exact, quantised, run, speech, unit
from riff import FLOAT, aiff, au, chunk, extensible, fmt, pcm, rf64, wave

N = 600  # samples of an exact file
LONG = 4410  # samples of a lossy file: 0.2 s
FIVE_ONE = 0x3F  # front left, front right, front centre, low frequency, back left, back right

# Decoders of one lossy stream differ by their rounding; ADPCM decoders differ by their predictors' (measured).
LOSSY = 2e-3
ADPCM = 6e-3


def cases(scratch):
    """All of them."""
    return (
        integer_wav() + float_wav() + extensible_wav() + chunk_order() + odd_rates()
        + telephony(scratch) + big_endian() + sixty_four(scratch) + caf(scratch)
        + flac(scratch) + ogg(scratch) + mp3(scratch) + mpeg4(scratch)
    )


def plain(rate, channels, bits, data, tag=1):
    return wave(chunk(b"fmt ", fmt(rate, channels, bits, tag)), chunk(b"data", data))


def integer_wav():
    found = []
    for bits in (8, 16, 24, 32):
        x = quantised(speech(N), bits)
        found.append(exact(f"wav-{bits}.wav", f"{bits} bit integers", plain(RATE, 1, bits, pcm(x, bits)), unit(x, bits)))
    for channels in (2, 9):
        x = quantised(speech(N // 2, channels), 16)
        content = plain(RATE, channels, 16, pcm(x, 16))
        found.append(exact(f"wav-16-{channels}ch.wav", f"{channels} channels", content, unit(x, 16)))
    x = quantised(speech(N + 1), 8)
    found.append(exact("wav-8-odd.wav", "an odd number of bytes, padded", plain(RATE, 1, 8, pcm(x, 8)), unit(x, 8)))
    edges = np.array([[-32768], [-32767], [-1], [0], [1], [32767]])
    found.append(exact("wav-16-edges.wav", "the largest and smallest values", plain(RATE, 1, 16, pcm(edges, 16)), unit(edges, 16)))
    edges = np.array([[-(2**31)], [-(2**31) + 1], [2**31 - 1], [16777217], [-16777219], [1]])
    found.append(exact("wav-32-edges.wav", "values that float32 rounds", plain(RATE, 1, 32, pcm(edges, 32)), unit(edges, 32)))
    return found


def float_wav():
    x = speech(N).astype("f4")
    wide = speech(N) * (1 + 2.0**-40)
    tiny = np.array([[1e-40], [-1e-45], [0.0], [-0.0], [1.17549435e-38], [0.5]], dtype="f4")
    loud = (speech(N) * 3).astype("f4")
    sick = np.array([[0.25], [np.nan], [np.inf], [-np.inf], [-0.25], [1.5]], dtype="f4")
    huge = np.array([[0.5], [1e300], [-1e300], [1e-300]])

    def of(array, bits):
        return plain(RATE, 1, bits, array.astype(f"<f{bits // 8}").tobytes(), FLOAT)

    with np.errstate(over="ignore"):
        narrowed = huge.astype("f4")
    return [
        exact("wav-f32.wav", "float32", of(x, 32), x),
        exact("wav-f64.wav", "float64 with more digits than float32 holds", of(wide, 64), wide.astype("f4")),
        exact("wav-f32-denormal.wav", "denormal numbers and a negative zero", of(tiny, 32), tiny),
        exact("wav-f32-over-unity.wav", "peaks of 2.7, which must be kept", of(loud, 32), loud, findings=None),
        exact("wav-f32-nan-inf.wav", "NaN and infinities pass, and are said", of(sick, 32), sick, findings=True),
        exact("wav-f64-huge.wav", "numbers that float32 cannot hold become infinite, and that is said", of(huge, 64), narrowed, findings=True),
    ]


def extensible_wav():
    x24, x20 = quantised(speech(N), 24), quantised(speech(N), 20)
    x16 = quantised(speech(N // 2, 6), 16)
    f32 = speech(N, 2).astype("f4")

    def of(container, valid, mask, channels, data, sub=1):
        return wave(chunk(b"fmt ", extensible(RATE, channels, container, valid, mask, sub)), chunk(b"data", data))

    return [
        exact("wav-24-in-32.wav", "24 valid bits, left-justified in 32", of(32, 24, 4, 1, pcm(x24 << 8, 32)), unit(x24, 24)),
        exact("wav-20-in-24.wav", "20 valid bits, left-justified in 24", of(24, 20, 4, 1, pcm(x20 << 4, 24)), unit(x20, 20)),
        exact("wav-16-5.1.wav", "six channels with their places", of(16, 16, FIVE_ONE, 6, pcm(x16, 16)), unit(x16, 16)),
        exact("wav-f32-extensible.wav", "float32 in the extensible form, two channels", of(32, 32, 3, 2, f32.astype("<f4").tobytes(), FLOAT), f32),
        exact("wav-16-no-mask.wav", "two channels whose places are not given", of(16, 16, 0, 2, pcm(x16[:, :2], 16)), unit(x16[:, :2], 16)),
    ]


def chunk_order():
    x = quantised(speech(N), 16)
    head, data, truth = chunk(b"fmt ", fmt(RATE, 1, 16)), chunk(b"data", pcm(x, 16)), unit(x, 16)
    info = chunk(b"LIST", b"INFO" + chunk(b"INAM", b"odd"))
    odd = chunk(b"LIST", b"INFOINAM" + struct.pack("<I", 3) + b"odd")
    return [
        exact("wav-list-odd.wav", "a LIST chunk of odd size, padded, before the data", wave(head, odd, data), truth),
        exact("wav-list-after.wav", "a LIST chunk after the data", wave(head, data, info), truth),
        exact("wav-junk-first.wav", "a JUNK chunk before fmt", wave(chunk(b"JUNK", bytes(28)), head, data), truth),
        exact("wav-unknown-chunk.wav", "a chunk nobody knows", wave(head, chunk(b"zz?!", b"12345"), data), truth),
        exact("wav-fmt-18.wav", "a fmt chunk with an empty extension", wave(chunk(b"fmt ", fmt(RATE, 1, 16, extra=b"\0\0")), data), truth),
    ]


def odd_rates():
    x = quantised(speech(N), 16)
    found = []
    for rate in (1, 8000, 44100, 768_000, 2_822_400):
        content = plain(rate, 1, 16, pcm(x, 16))
        found.append(exact(f"wav-{rate}hz.wav", f"{rate} samples a second", content, unit(x, 16), rate))
    for count in (0, 1, 2):
        content = plain(RATE, 1, 16, pcm(x[:count], 16))
        found.append(exact(f"wav-{count}-samples.wav", f"{count} samples", content, unit(x[:count], 16), findings=None))
    return found


def by_soundfile(path, signal, **how):
    soundfile.write(path, signal, RATE, **how)
    return path.read_bytes(), soundfile.read(path, dtype="float32", always_2d=True)[0]


def telephony(scratch):
    found = []
    for subtype, tolerance in (("ALAW", 0), ("ULAW", 0), ("IMA_ADPCM", ADPCM), ("MS_ADPCM", ADPCM)):
        content, near = by_soundfile(scratch / "t.wav", speech(2 * N), subtype=subtype, format="WAV")
        name = f"wav-{subtype.lower().replace('_', '-')}.wav"
        make = close if tolerance else lambda n, a, c, t, _: exact(n, a, c, t)
        found.append(make(name, f"{subtype} from libsndfile", content, near, tolerance))
    return found


def big_endian():
    x8, x16, x24, x32 = (quantised(speech(N), bits) for bits in (8, 16, 24, 32))
    f32, f64 = speech(N).astype("f4"), speech(N)
    order = ">"

    def rifx(bits, data):
        return wave(chunk(b"fmt ", fmt(RATE, 1, bits, order=order), order=order), chunk(b"data", data, order=order), riff=b"RIFX", order=order)

    odd = chunk(b"NAME", b"odd", order=order)
    return [
        exact("rifx-16.wav", "big-endian WAV", rifx(16, pcm(x16, 16, order)), unit(x16, 16)),
        exact("rifx-24.wav", "big-endian WAV, 24 bit", rifx(24, pcm(x24, 24, order)), unit(x24, 24)),
        exact("aiff-8.aiff", "AIFF, signed 8 bit", aiff(RATE, 1, N, 8, x8.astype("i1").tobytes()), unit(x8, 8)),
        exact("aiff-16.aiff", "AIFF, 16 bit", aiff(RATE, 1, N, 16, pcm(x16, 16, order)), unit(x16, 16)),
        exact("aiff-24.aiff", "AIFF, 24 bit", aiff(RATE, 1, N, 24, pcm(x24, 24, order)), unit(x24, 24)),
        exact("aiff-32.aiff", "AIFF, 32 bit", aiff(RATE, 1, N, 32, pcm(x32, 32, order)), unit(x32, 32)),
        exact("aiff-name-odd.aiff", "a NAME chunk of odd size", aiff(RATE, 1, N, 16, pcm(x16, 16, order), before=odd), unit(x16, 16)),
        exact("aiff-0-samples.aiff", "no samples", aiff(RATE, 1, 0, 16, b""), unit(x16[:0], 16), findings=None),
        exact("aifc-f32.aifc", "AIFF-C, float32", aiff(RATE, 1, N, 32, f32.astype(">f4").tobytes(), b"fl32"), f32),
        exact("aifc-f64.aifc", "AIFF-C, float64", aiff(RATE, 1, N, 64, f64.astype(">f8").tobytes(), b"fl64"), f64.astype("f4")),
        exact("aifc-sowt.aifc", "AIFF-C, little-endian 16 bit", aiff(RATE, 1, N, 16, pcm(x16, 16), b"sowt"), unit(x16, 16)),
        exact("au-16.au", "AU, 16 bit", au(RATE, 1, 3, pcm(x16, 16, order)), unit(x16, 16)),
        exact("au-24.au", "AU, 24 bit", au(RATE, 1, 4, pcm(x24, 24, order)), unit(x24, 24)),
        exact("au-f32.au", "AU, float32", au(RATE, 1, 6, f32.astype(">f4").tobytes()), f32),
        exact("au-streamed.au", "AU of unknown length", au(RATE, 1, 3, pcm(x16, 16, order), 0xFFFFFFFF), unit(x16, 16)),
    ]


def sixty_four(scratch):
    x = quantised(speech(N), 16)
    w64, _ = by_soundfile(scratch / "t.w64", speech(N), subtype="PCM_16", format="W64")
    near = soundfile.read(scratch / "t.w64", dtype="float32", always_2d=True)[0]
    return [
        exact("rf64-16.wav", "RF64", rf64(fmt(RATE, 1, 16), pcm(x, 16)), unit(x, 16)),
        exact("w64-16.w64", "Sony Wave64 from libsndfile", w64, near),
    ]


def caf(scratch):
    found = []
    for subtype in ("PCM_16", "PCM_24", "FLOAT", "ALAC_16"):
        content, near = by_soundfile(scratch / "t.caf", speech(N), subtype=subtype, format="CAF")
        name = subtype.lower().replace("pcm_", "").replace("_", "-")
        found.append(exact(f"caf-{name}.caf", f"CAF, {subtype}, from libsndfile", content, near))
    return found


def flac_bytes(scratch, integers, bits, *options):
    """FLAC in small blocks, so that a short file has several frames."""
    source, target = scratch / "t.wav", scratch / "t.flac"
    source.write_bytes(plain(RATE, integers.shape[1], bits, pcm(integers, bits)))
    run("flac", "--silent", "--force", "--blocksize=256", "--channel-map=none", *options, "-o", target, source)
    return target.read_bytes()


def flac(scratch):
    found = []
    for bits, channels in ((8, 1), (16, 1), (24, 1), (16, 2), (16, 6)):
        x = quantised(speech(N, channels), bits)
        name = f"flac-{bits}{'' if channels == 1 else f'-{channels}ch'}.flac"
        found.append(exact(name, f"FLAC, {bits} bit, {channels} channels", flac_bytes(scratch, x, bits), unit(x, bits)))
    x = quantised(speech(N), 16)
    content = flac_bytes(scratch, x, 16, "--ogg", "--serial-number=1")
    found.append(exact("flac-in-ogg.oga", "FLAC in Ogg", content, unit(x, 16)))
    return found


def lossy_source(scratch, channels, rate=RATE):
    source = scratch / "source.wav"
    x = quantised(speech(LONG, channels) * 0.7, 16)
    source.write_bytes(plain(rate, channels, 16, pcm(x, 16)))
    return source


def ogg(scratch):
    found = []
    for channels in (1, 2):
        source, target = lossy_source(scratch, channels), scratch / "t.ogg"
        run("oggenc", "-Q", "-q", 3, "-s", 1, "-o", target, source)
        near = soundfile.read(target, dtype="float32", always_2d=True)[0]
        found.append(close(f"vorbis-{channels}ch.ogg", f"Vorbis, {channels} channels", target.read_bytes(), near, LOSSY))
    return found


def mp3(scratch):
    found = []
    for name, about, options, channels in (
        ("mp3-cbr.mp3", "MP3 with its length in a Xing header", ("-b", "64"), 1),
        ("mp3-vbr-2ch.mp3", "MP3 of variable rate, two channels", ("-V", "5"), 2),
        ("mp3-id3v2.mp3", "MP3 behind a tag", ("-b", "64", "--id3v2-only", "--tt", "tagged"), 1),
    ):
        source, target = lossy_source(scratch, channels), scratch / "t.mp3"
        run("lame", "--quiet", *options, source, target)
        near = soundfile.read(target, dtype="float32", always_2d=True)[0]
        found.append(close(name, about, target.read_bytes(), near, LOSSY))
    return found


def mpeg4(scratch):
    source = lossy_source(scratch, 1)
    found = []
    for name, about, codec in (("aac.m4a", "AAC in MP4, from ffmpeg", "aac"), ("alac.m4a", "ALAC in MP4, from ffmpeg", "alac")):
        target = scratch / name
        run("ffmpeg", "-v", "error", "-y", "-i", source, "-bitexact", "-c:a", codec, target)
        near = decoded_by_ffmpeg(target, 1, RATE)
        make = exact if codec == "alac" else lambda n, a, c, x: close(n, a, c, x, LOSSY)
        found.append(make(name, about, target.read_bytes(), near))
    return found
