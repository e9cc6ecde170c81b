"""Broadcasts that somebody looks for by a few words."""

from __future__ import annotations

from collections.abc import Sequence

from hsl_tui.models.views import BroadcastView
from hsl_tui.services.context import Context
from hsl_tui.store import broadcast_search, broadcasts
from hsl_tui.store.texts import storable


def find_broadcasts(context: Context, sought: str, *, limit: int = 12) -> Sequence[BroadcastView]:
    """The broadcast with that number, and then those that begin with a text like it, newest first.

    Raises:
        DatabaseError: the database cannot be read.
    """
    words = storable(sought.strip())
    if not words:
        return []
    with context.database.read() as session:
        numbers = broadcast_search.matching(session, words, limit=limit)
        found = (broadcasts.get(session, number) for number in numbers)
        return [one for one in found if one is not None]
