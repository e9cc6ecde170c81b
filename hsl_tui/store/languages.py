"""The languages of recipients, from their index alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from hsl_tui.models.tables import Recipient


def counts(session: Session) -> Sequence[tuple[str, int]]:
    """Every language code with how many recipients have it, whatever their state; by code."""
    code: Any = col(Recipient.language_code)
    query = sa.select(code, sa.func.count()).where(code.is_not(None)).group_by(code).order_by(code)
    return [(code, number) for code, number in session.execute(query)]


def codes(session: Session) -> list[str]:
    """The codes that occur, each read once, however many recipients have it."""
    code: Any = col(Recipient.language_code)
    first = sa.select(sa.func.min(code).label("code")).where(code.is_not(None))
    walk = first.cte("codes", recursive=True)
    following = sa.select(sa.func.min(code)).where(code > walk.c.code).scalar_subquery()
    walk = walk.union_all(sa.select(following).where(walk.c.code.is_not(None)))
    found = session.execute(sa.select(walk.c.code).where(walk.c.code.is_not(None)))
    return list(found.scalars())
