"""Saved segments, as they are read back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SegmentView:
    """Selectors under a name.

    Attributes:
        selectors: each as it is written, to stand by itself.
    """

    name: str
    selectors: tuple[str, ...]
    created_by: str
    created_at: datetime
    changed_by: str
    changed_at: datetime
