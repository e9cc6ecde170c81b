"""A file on its way to Telegram."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Upload:
    """A file to be sent along with a message."""

    file_name: str
    data: bytes
