"""Text that came from outside, made fit to be kept."""

from __future__ import annotations

from typing import Final

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def storable(text: str, limit: int | None = None) -> str:
    """A text without what databases cannot keep, NUL and half surrogate pairs; cut to a length."""
    whole = text[:limit].encode(errors="replace").decode()
    return whole.replace("\0", REPLACEMENT)
