"""Containers byte by byte, so that every field can also be made to lie."""

import struct

PCM, MS_ADPCM, FLOAT, EXTENSIBLE = 1, 2, 3, 0xFFFE
GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def chunk(tag, body, size=None, pad=True, order="<"):
    """One chunk; `size` overrides what the header claims, `pad=False` leaves out the pad byte."""
    claimed = len(body) if size is None else size
    return tag + struct.pack(order + "I", claimed) + body + (b"\0" if pad and len(body) % 2 else b"")


def fmt(rate, channels, bits, tag=PCM, order="<", align=None, byte_rate=None, extra=b""):
    """The body of a `fmt ` chunk."""
    align = channels * ((bits + 7) // 8) if align is None else align
    byte_rate = (rate * align) & 0xFFFFFFFF if byte_rate is None else byte_rate
    return struct.pack(order + "HHIIHH", tag, channels, rate, byte_rate, align, bits) + extra


def extensible(rate, channels, container_bits, valid_bits, mask, sub=PCM):
    """The body of a `fmt ` chunk in the extensible form."""
    tail = struct.pack("<HHIH", 22, valid_bits, mask, sub) + GUID_TAIL
    return fmt(rate, channels, container_bits, tag=EXTENSIBLE, extra=tail)


def wave(*chunks, riff=b"RIFF", size=None, form=b"WAVE", order="<"):
    """A RIFF file of the given chunks."""
    body = form + b"".join(chunks)
    return riff + struct.pack(order + "I", len(body) if size is None else size) + body


def pcm(samples, bits, order="<"):
    """Interleaved integer samples `(sample, channel)` as bytes; 8 bit is unsigned, as WAV wants it."""
    flat = samples.reshape(-1)
    if bits == 8:
        return (flat + 128).astype("u1").tobytes()
    if bits == 24:
        wide = flat.astype(order + "i4").tobytes()
        keep = slice(0, 3) if order == "<" else slice(1, 4)
        return b"".join(wide[i : i + 4][keep] for i in range(0, len(wide), 4))
    return flat.astype(f"{order}i{bits // 8}").tobytes()


def rf64(fmt_body, data, claimed=None):
    """RF64 (EBU Tech 3306): 32-bit sizes are all ones, the true ones stand in `ds64`."""
    claimed = len(data) if claimed is None else claimed
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 4 + 36 + 8 + len(fmt_body) + 8 + len(data), claimed, 0, 0))
    chunks = ds64 + chunk(b"fmt ", fmt_body) + chunk(b"data", data, size=0xFFFFFFFF)
    return b"RF64" + struct.pack("<I", 0xFFFFFFFF) + b"WAVE" + chunks


def extended80(value):
    """An 80-bit IEEE extended number, as AIFF stores its rate; a bytes value is taken as it is."""
    if isinstance(value, bytes):
        return value
    exponent = value.bit_length() - 1 if value else -16383
    return struct.pack(">HQ", 16383 + exponent, value << (63 - exponent) if value else 0)


def aiff(rate, channels, frames, bits, data, compression=None, claimed=None, before=b""):
    """An AIFF file, or AIFF-C with a compression type; `claimed` overrides the size of SSND."""
    comm = struct.pack(">HIH", channels, frames, bits) + extended80(rate)
    if compression:
        comm += compression + b"\0\0"
    ssnd = struct.pack(">II", 0, 0) + data
    body = b"AIFC" if compression else b"AIFF"
    if compression:
        body += chunk(b"FVER", struct.pack(">I", 0xA2805140), order=">")
    body += before + chunk(b"COMM", comm, order=">")
    body += chunk(b"SSND", ssnd, size=claimed, order=">")
    return b"FORM" + struct.pack(">I", len(body)) + body


def au(rate, channels, encoding, data, size=None):
    """A Sun/NeXT .au file; the size may be all ones, which means unknown."""
    claimed = len(data) if size is None else size
    return b".snd" + struct.pack(">IIIII", 24, claimed, encoding, rate, channels) + data
