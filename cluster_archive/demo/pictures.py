"""Real small pictures, made from their names: JPEG, PNG, GIF and WebP."""

from __future__ import annotations

import colorsys
import math
import re
import struct
import zlib
from collections.abc import Callable
from functools import cache
from hashlib import sha256

Colour = tuple[int, int, int]


@cache
def picture(name: str) -> tuple[bytes, str]:
    """Bytes and media type of the picture of that file name; a size in the name (`-150x150`) is the picture's size."""
    size = re.search(r"-(\d+)x(\d+)\.\w+$", name)
    width, height = (min(int(size[1]), 1600), min(int(size[2]), 1200)) if size else (960, 600)
    stem = re.sub(r"(?:-\d+x\d+|-scaled)?\.\w+$", "", name)
    kind = name.rpartition(".")[2].lower()
    colour = _colours(stem)
    if kind == "png":
        return _png(width, height, colour), "image/png"
    if kind == "gif":
        return _gif(min(width, 320), min(height, 200), colour), "image/gif"
    if kind == "webp":
        return _webp(width, height, colour(0.5, 0.5)), "image/webp"
    return _jpeg(width, height, colour), "image/jpeg"


def _colours(stem: str) -> Callable[[float, float], Colour]:
    """A landscape of hills under a sky; hue and hills come from the name."""
    seed = sha256(stem.encode()).digest()
    hue = 0.22 + seed[0] / 255 * 0.35

    def colour(x: float, y: float) -> Colour:
        layers = 4
        for layer in range(layers):
            wave = (
                math.sin(x * (3 + seed[layer] / 60) + seed[layer + 4]) * 0.09
                + math.sin(x * 9 + seed[layer + 8]) * 0.025
            )
            if y > 1 - (layer + 1) * 0.17 + wave:
                light = 0.28 + 0.13 * layer
                return _rgb(hue + layer * 0.03, 0.55 - 0.07 * layer, light)
        return _rgb(hue + 0.25, 0.18 + 0.25 * (1 - y), 0.95)

    return colour


def _rgb(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return int(red * 255), int(green * 255), int(blue * 255)


def _png(width: int, height: int, colour: Callable[[float, float], Colour]) -> bytes:
    """PNG of steps of 2 pixels (ISO 15948)."""
    rows = bytearray()
    for top in range(0, height, 2):
        row = b"".join(bytes(colour(left / width, top / height)) * min(2, width - left) for left in range(0, width, 2))
        rows += (b"\0" + row) * min(2, height - top)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b"")
    )


def _gif(width: int, height: int, colour: Callable[[float, float], Colour]) -> bytes:
    """GIF89a of 128 colours; each code is a pixel, since the table is cleared before it grows."""
    palette: dict[Colour, int] = {}
    pixels = []
    for y in range(height):
        for x in range(width):
            pixels.append(palette.setdefault(colour(x // 8 * 8 / width, y // 8 * 8 / height), len(palette)) & 127)
    table = b"".join(bytes(one) for one in list(palette)[:128]).ljust(384, b"\0")
    bits, held, data = 0, 0, bytearray()

    def put(code: int) -> None:
        nonlocal bits, held
        bits |= code << held
        held += 8
        data.append(bits & 255)
        bits >>= 8
        held -= 8

    for index, pixel in enumerate(pixels):
        if index % 100 == 0:
            put(128)
        put(pixel)
    put(129)
    blocks = b"".join(
        bytes([len(part)]) + part for part in (bytes(data[n : n + 255]) for n in range(0, len(data), 255))
    )
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF6, 0, 0) + table
    return head + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x07" + blocks + b"\0;"


def _webp(width: int, height: int, colour: Colour) -> bytes:
    """Lossless WebP of one colour: five prefix codes of one symbol each (RFC 9649, 3.7)."""
    value, held = 0x2F, 8

    def put(number: int, count: int) -> None:
        nonlocal value, held
        value |= number << held
        held += count

    put(width - 1, 14)
    put(height - 1, 14)
    put(0, 1 + 3 + 1 + 1 + 1)  # no alpha, version 0, no transform, no colour cache, no meta codes
    red, green, blue = colour
    for symbol in (green, red, blue, 255):
        put(0b101, 3)  # simple code, one symbol, of 8 bits
        put(symbol, 8)
    put(0b0001, 4)  # distance: one symbol, of 1 bit, zero
    data = value.to_bytes((held + 7) // 8, "little")
    chunk = b"VP8L" + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


_DC_LENGTHS = (2, 3, 3, 3, 3, 3, 4, 5, 6, 7, 8, 9)
_DC_COUNTS = bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0])


def _dc_codes() -> list[tuple[int, int]]:
    code, codes, length = 0, [], _DC_LENGTHS[0]
    for wanted in _DC_LENGTHS:
        code <<= wanted - length
        length = wanted
        codes.append((code, length))
        code += 1
    return codes


def _jpeg(width: int, height: int, colour: Callable[[float, float], Colour]) -> bytes:
    """Baseline JPEG whose blocks of 8 by 8 have one colour each (ITU-T T.81): only the DC coefficients differ from zero."""
    codes = _dc_codes()
    bits: list[str] = []
    before = [0, 0, 0]
    for top in range(0, height, 8):
        for left in range(0, width, 8):
            for number, level in enumerate(_ycc(colour(left / width, top / height))):
                difference = level - before[number]
                before[number] = level
                size = abs(difference).bit_length()
                code, length = codes[size]
                bits.append(f"{code:0{length}b}")
                if size:
                    bits.append(f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}")
                bits.append("0")  # end of block
    stream = "".join(bits)
    stream += "1" * (-len(stream) % 8)
    data = int(stream, 2).to_bytes(len(stream) // 8, "big").replace(b"\xff", b"\xff\0")

    def segment(mark: int, content: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, mark, len(content) + 2) + content

    frame = struct.pack(">BHHB", 8, height, width, 3) + bytes([1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0])
    return b"".join(
        [
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            segment(0xDB, b"\0" + b"\x08" * 64),
            segment(0xC0, frame),
            segment(0xC4, b"\0" + _DC_COUNTS + bytes(range(12))),
            segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\0"),
            segment(0xDA, bytes([3, 1, 0, 2, 0, 3, 0, 0, 63, 0])),
            data,
            b"\xff\xd9",
        ]
    )


def _ycc(rgb: Colour) -> tuple[int, int, int]:
    """DC levels of a colour: eight times the sample less 128, divided by the quantiser of 8 (JFIF 1.02)."""
    red, green, blue = rgb
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return round(luma - 128), round((blue - luma) * 0.564), round((red - luma) * 0.713)
