"""Makes a drawing of matplotlib shorter; a reader sees the same.

matplotlib writes coordinates to a millionth of a point, pictures with four bytes a pixel, who
made the drawing, and a name for each of its parts. A hundredth of a point is finer than any
screen, and a picture of a colour map has at most 256 colours: it becomes one of a palette,
every pixel as before.
"""

from __future__ import annotations

import base64
import io
import re

import numpy as np
from PIL import Image

DECIMALS = 2
MOST_COLOURS = 256

_LONG = re.compile(rf"-?\d+\.\d{{{DECIMALS + 1},}}(?!\d|e)")
_PLACED = re.compile(r"""(?<=\s)(?:d|x|y)="[^"]*\"""")
_UNSEEN = re.compile(
    r"<\?xml.*?\?>\s*|<!DOCTYPE.*?>\s*|\s*<metadata>.*?</metadata>|\s*<!--.*?-->", re.DOTALL
)
_TAG = re.compile(r"<[^<>]*>")  # matplotlib escapes both signs in text and in attributes
_NAME = re.compile(r' id="([^"]+)"')
_NAMED = re.compile(r"#([\w.-]+)")
_PICTURE = re.compile(r"(?<=data:image/png;base64,)\s*([A-Za-z0-9+/=\s]+)")


def _rounded(number: re.Match[str]) -> str:
    return f"{round(float(number[0]), DECIMALS) + 0.0:.{DECIMALS}f}".rstrip("0").rstrip(".")


def with_palette(png: bytes) -> bytes:
    """Return a picture with a palette, the same in every pixel; as it is if that is no less."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
    colours, each = np.unique(pixels.reshape(-1, 4), axis=0, return_inverse=True)
    if len(colours) > MOST_COLOURS:
        return png
    picture = Image.fromarray(each.reshape(pixels.shape[:2]).astype(np.uint8), "P")
    picture.putpalette(colours[:, :3].tobytes())
    target = io.BytesIO()
    picture.save(target, "PNG", optimize=True, transparency=colours[:, 3].tobytes())
    return min(target.getvalue(), png, key=len)


def _packed(picture: re.Match[str]) -> str:
    return base64.b64encode(with_palette(base64.b64decode(picture[1]))).decode("ascii")


def shorten(svg: str) -> str:
    """Return a drawing of matplotlib in fewer bytes."""
    named = set(_NAMED.findall(svg))

    def tag(found: re.Match[str]) -> str:
        kept = _NAME.sub(lambda name: name[0] if name[1] in named else "", found[0])
        placed = _PLACED.sub(lambda attribute: _LONG.sub(_rounded, attribute[0]), kept)
        return _PICTURE.sub(_packed, placed)

    return _TAG.sub(tag, _UNSEEN.sub("", svg))
