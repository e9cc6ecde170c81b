"""What can be told of a picture from its first bytes: whether Telegram would take it as a photo."""

from __future__ import annotations

import struct
from typing import Final

MOST_PIXELS: Final = 10_000
"""Width and height together; Bot API, «sendPhoto»."""
MOST_RATIO: Final = 20
"""Of the longer side to the shorter one; likewise."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8"
_STARTS: Final = (b"\xff\xd8\xff", _PNG, b"GIF8", b"BM", b"II*\0", b"MM\0*")
_WEBP: Final = (b"RIFF", b"WEBP")

_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of JPEG that begin a frame, which has a size; the three are other tables."""
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers of JPEG that nothing follows."""


def wrong_with_photo(data: bytes) -> str | None:
    """Why Telegram would not take a file as a photo, to follow its name; None if it may.

    The size in pixels is told of PNG and JPEG, and not where the file breaks off before it.
    """
    if not (data.startswith(_STARTS) or (data[:4], data[8:12]) == _WEBP):
        return "is no picture that Telegram knows (JPEG, PNG, WebP, …)"
    size = size_of(data)
    if size is None:
        return None
    width, height = size
    if width + height > MOST_PIXELS:
        return f"is {width} × {height} pixels, more than {MOST_PIXELS} together"
    if max(size) > MOST_RATIO * min(size):
        return f"is {width} × {height} pixels, longer than {MOST_RATIO} times its breadth"
    return None


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG or a JPEG in pixels; None where they cannot be told."""
    try:
        if data.startswith(_PNG):
            width, height = (
                struct.unpack_from(">II", data, 16) if data[12:16] == b"IHDR" else (0, 0)
            )
        else:
            height, width = _jpeg(data) if data.startswith(_JPEG) else (0, 0)
    except (struct.error, IndexError):
        return None
    return (width, height) if width and height else None


def _jpeg(data: bytes) -> tuple[int, int]:
    at = len(_JPEG)
    while data[at] == 0xFF:  # noqa: PLR2004 - what a marker begins with
        marker = data[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - a fill byte, before the marker
            at += 1
        elif marker in _BARE:
            at += 2
        elif marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return height, width
        else:
            (length,) = struct.unpack_from(">H", data, at + 2)
            at += 2 + length
    return 0, 0
