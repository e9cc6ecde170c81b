"""Broadcasts by their numbers and by what they begin with."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col

from hsl_tui.models.tables import Broadcast

_BEGINNING = 300
"""Characters of a text that are searched: its first line, with its tags."""
_HIGHEST = 2**63 - 1


def matching(session: Session, sought: str, *, limit: int) -> Sequence[int]:
    """Numbers of broadcasts, newest first: the one with that number, then those that say it.

    All broadcasts are gone through, newest first, until enough are found.
    """
    # SQLite's LIKE takes other letters than a to z as they are.
    forms = {sought, sought.lower(), sought.upper(), sought.capitalize()}
    beginning = sa.func.substr(col(Broadcast.text), 1, _BEGINNING)
    says = sa.or_(*(beginning.icontains(form, autoescape=True) for form in sorted(forms)))
    query = sa.select(col(Broadcast.id)).where(says).order_by(col(Broadcast.id).desc()).limit(limit)
    found = list(session.execute(query).scalars())
    number = sought.removeprefix("#")
    if number.isdecimal() and number.isascii() and int(number) <= _HIGHEST:
        by_number = sa.select(col(Broadcast.id)).where(col(Broadcast.id) == int(number))
        exact = list(session.execute(by_number).scalars())
        found = exact + [one for one in found if one not in exact]
    return found[:limit]
