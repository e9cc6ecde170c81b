"""Photos are held against Telegram's limits in pixels before anything is queued."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.services.pictures import size_of, wrong_with_photo


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)


def jpeg(width: int, height: int, frame: int = 0xC0) -> bytes:
    exif = b"\xff\xe1" + struct.pack(">H", 8) + b"Exif\xff\xc0"
    tables = b"\xff\xc4" + struct.pack(">H", 4) + b"\0\0"
    size = struct.pack(">HBHH", 17, 8, height, width)
    return b"\xff\xd8" + exif + b"\xff" + tables + b"\xff" + bytes([frame]) + size


@pytest.mark.parametrize("make", [png, jpeg])
def test_the_size_of_a_photo_is_limited(make: Callable[[int, int], bytes]) -> None:
    assert size_of(make(300, 200)) == (300, 200)
    for width, height in ((300, 200), (8000, 2000), (100, 2000), (2000, 100)):
        assert wrong_with_photo(make(width, height)) is None
    assert "8001 × 2000 pixels, more than 10000" in (wrong_with_photo(make(8001, 2000)) or "")
    assert "20 times" in (wrong_with_photo(make(99, 2000)) or "")
    assert "20 times" in (wrong_with_photo(make(2000, 99)) or "")


def test_a_progressive_jpeg_has_a_size_too() -> None:
    assert size_of(jpeg(30, 20, frame=0xC2)) == (30, 20)


def test_what_is_no_picture_is_no_photo() -> None:
    assert "no picture" in (wrong_with_photo(b"Hello") or "")
    assert wrong_with_photo(b"RIFF\0\0\0\0WEBP") is None
    assert wrong_with_photo(b"GIF89a") is None


@given(st.sampled_from([b"", png(1, 1)[:12], png(1, 1), b"\xff\xd8\xff", jpeg(1, 1)]), st.binary())
def test_no_bytes_break_the_reading(start: bytes, rest: bytes) -> None:
    wrong_with_photo(start + rest)
    wrong_with_photo(start[: len(rest)])
