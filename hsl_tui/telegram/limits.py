"""Limits of the Bot API that are known before a call is made."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

DELETABLE_FOR: Final = timedelta(hours=48)
"""How long after it was sent a message can be deleted; Bot API, deleteMessage."""
