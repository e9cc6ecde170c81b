"""Forms with files, as RFC 7578 has them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_PIECE: Final = 256 * 1024
"""Bytes of a file that are handed to the connection at once."""
_ESCAPED: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\r": " ", "\n": " ", "\0": " "})
"""Telegram reads names as plain UTF-8: percent signs would become part of the file's name."""


@dataclass(frozen=True, slots=True)
class File:
    """A file in a form.

    Attributes:
        field: the name of the form's field.
        name: what it is called there.
    """

    field: str
    name: str
    content_type: str
    content: bytes


def encode(
    fields: Iterable[tuple[str, str]], files: Iterable[File]
) -> tuple[str, list[bytes | memoryview]]:
    """Write a form.

    Args:
        fields: name and value of each field without a file.

    Returns:
        The content type, and the body in pieces.
    """
    # So long that no file holds it by chance.
    boundary = secrets.token_hex(16)
    pieces: list[bytes | memoryview] = []
    for name, value in fields:
        pieces.append(_head(boundary, name, "") + value.encode("utf-8", "replace") + b"\r\n")
    for file in files:
        rest = f'; filename="{file.name.translate(_ESCAPED)}"\r\nContent-Type: {file.content_type}'
        pieces += _head(boundary, file.field, rest), *_cut(file.content), b"\r\n"
    pieces.append(f"--{boundary}--\r\n".encode("ascii"))
    return f"multipart/form-data; boundary={boundary}", pieces


def _head(boundary: str, name: str, rest: str) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name.translate(_ESCAPED)}"{rest}'
    return f"--{boundary}\r\n{disposition}\r\n\r\n".encode("utf-8", "replace")


def _cut(content: bytes) -> Iterator[memoryview]:
    whole = memoryview(content)
    return (whole[start : start + _PIECE] for start in range(0, len(whole), _PIECE))
