"""What a PDF of ours says, in the order in which it was set. Enough of the format for what Typst writes, and no more."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
# parentheses that balance stand in a string as they are
SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|(-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (cm|Tm)|(\bq\b|\bQ\b)|"
                   rb"(\((?:\\.|[^\\()]|\((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*\))*\)|<[0-9A-Fa-f]*>)", re.DOTALL)  # fmt: skip
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


@dataclass(frozen=True)
class Run:
    """A run of glyphs; points from the left and from the top of its page."""

    page: int
    x: float
    y: float
    text: str


def runs(pdf: bytes) -> list[Run]:
    objects = {int(number): body for number, body in OBJECT.findall(pdf)}
    root = re.search(rb"/Type/Catalog/Pages (\d+) 0 R", pdf)
    assert root is not None
    found: list[Run] = []
    for page, ref in enumerate(_pages(objects, int(root[1]))):
        contents, resources = (
            re.search(rb"/%s (\d+) 0 R" % name, objects[ref]) for name in (b"Contents", b"Resources")
        )
        height = re.search(rb"/MediaBox\[0 0 [\d.]+ ([\d.]+)\]", objects[ref])
        assert contents is not None
        assert resources is not None
        assert height is not None
        fonts = re.findall(rb"/(f\d+) (\d+) 0 R", objects[int(resources[1])])
        cmaps = {name: _cmap(objects, int(font)) for name, font in fonts}
        found += _shown(_stream(objects[int(contents[1])]), cmaps, page, float(height[1]))
    return found


def _pages(objects: dict[int, bytes], node: int) -> list[int]:
    """Down the tree of pages, in order."""
    kids = re.search(rb"/Kids\[([^\]]*)\]", objects[node])
    if kids is None:
        return [node]
    return [page for ref in re.findall(rb"(\d+) 0 R", kids[1]) for page in _pages(objects, int(ref))]


def text_of(pdf: bytes) -> str:
    """All runs, parted by single blanks."""
    return " ".join(" ".join(run.text for run in runs(pdf)).split())


def _stream(body: bytes) -> bytes:
    found = STREAM.search(body)
    assert found is not None
    return zlib.decompress(found[1]) if b"/FlateDecode" in body else found[1]


def _cmap(objects: dict[int, bytes], font: int) -> dict[int, str]:
    to_unicode = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    assert to_unicode is not None
    pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n", _stream(objects[int(to_unicode[1])]))
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}


def _shown(content: bytes, cmaps: dict[bytes, dict[int, str]], page: int, height: float) -> list[Run]:
    found: list[Run] = []
    stack: list[tuple[float, float, float, float]] = []
    here, at, font = (1.0, 1.0, 0.0, 0.0), (0.0, 0.0), b""
    for name, a, _b, _c, d, e, f, operator, saved, string in SHOWN.findall(content):
        if name:
            font = name
        elif operator == b"cm":
            here = (
                here[0] * float(a),
                here[1] * float(d),
                here[2] + here[0] * float(e),
                here[3] + here[1] * float(f),
            )
        elif operator == b"Tm":
            at = (here[2] + here[0] * float(e), here[3] + here[1] * float(f))
        elif saved == b"q":
            stack.append(here)
        elif saved == b"Q":
            here = stack.pop()
        elif string:
            text = "".join(cmaps[font].get(code, "") for code in _codes(string))
            if found and (found[-1].x, found[-1].y) == (at[0], height - at[1]):
                text = found.pop().text + text
            found.append(Run(page, at[0], height - at[1], text))
    return found


def _codes(string: bytes) -> list[int]:
    if string.startswith(b"<"):
        data = bytes.fromhex(string[1:-1].decode())
    else:
        data = re.sub(rb"\\([0-7]{1,3}|.)", _unescaped, string[1:-1], flags=re.DOTALL)
    return [int.from_bytes(data[place : place + 2], "big") for place in range(0, len(data), 2)]


def _unescaped(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 8)]) if match[1].isdigit() else ESCAPES.get(match[1], match[1])
