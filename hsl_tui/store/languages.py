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
