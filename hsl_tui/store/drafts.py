"""What operators are composing: ``compose_drafts``, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from hsl_tui.models.message_tables import ComposeDraft
from hsl_tui.store import rows
from hsl_tui.store.texts import storable

_LONGEST_OWNER = 255


def put(session: Session, owner: str, form: Mapping[str, Any], *, now: datetime) -> None:
    """Keep a form, in place of what its owner was composing before."""
    values = {"form": dict(form), "saved_at": now}
    own = update(ComposeDraft).where(col(ComposeDraft.owner) == _kept(owner))
    if not rows.affected(session, own.values(**values)):
        rows.add_missing(session, ComposeDraft, {"owner": _kept(owner), **values})


def get(session: Session, owner: str) -> tuple[dict[str, Any], datetime] | None:
    """What an owner was composing, and when it was kept; None for nothing."""
    query = select(ComposeDraft.form, ComposeDraft.saved_at)
    found = session.exec(query.where(ComposeDraft.owner == _kept(owner))).one_or_none()
    return None if found is None else (dict(found[0]), found[1])


def drop(session: Session, owner: str) -> None:
    """Forget what an owner was composing."""
    session.execute(
        delete(ComposeDraft)
        .where(col(ComposeDraft.owner) == _kept(owner))
        .execution_options(synchronize_session=False)
    )


def _kept(owner: str) -> str:
    return storable(owner, _LONGEST_OWNER)
