"""Messages under names: ``templates``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from hsl_tui.models.content import MessageContent
from hsl_tui.models.message_tables import Template
from hsl_tui.models.views import TemplateView
from hsl_tui.store import rows
from hsl_tui.store.texts import storable


def every(session: Session) -> Sequence[TemplateView]:
    """All templates, by name."""
    return _views(session, select(Template).order_by(col(Template.name)))


def get(session: Session, name: str) -> TemplateView | None:
    """The template of this name, or None."""
    return next(iter(_views(session, _of(name))), None)


def lock(session: Session, name: str) -> TemplateView | None:
    """The same, locked until the transaction ends."""
    return next(iter(_views(session, _of(name).with_for_update())), None)


def add(
    session: Session, name: str, content: MessageContent, *, changed_by: str, now: datetime
) -> bool:
    """Add a template, unless its name is taken; whether it was added."""
    row = Template(name=name, **_columns(content, changed_by=changed_by, now=now), created_at=now)
    return rows.add_unless(session, row, taken="name") is not None


def change(
    session: Session, name: str, content: MessageContent, *, changed_by: str, now: datetime
) -> None:
    """Give the template of this name another content."""
    values = _columns(content, changed_by=changed_by, now=now)
    statement = update(Template).where(col(Template.name) == name).values(**values)
    session.execute(statement.execution_options(synchronize_session=False))


def remove(session: Session, name: str) -> None:
    """Remove the template of this name."""
    statement = delete(Template).where(col(Template.name) == name)
    session.execute(statement.execution_options(synchronize_session=False))


def _columns(content: MessageContent, *, changed_by: str, now: datetime) -> dict[str, Any]:
    return {
        "text": content.text,
        "content": content.model_dump(mode="json", exclude={"text"}),
        "changed_by": storable(changed_by, 255),
        "changed_at": now,
    }


def _of(name: str) -> SelectOfScalar[Template]:
    return select(Template).where(Template.name == storable(name))


def _views(session: Session, query: SelectOfScalar[Template]) -> list[TemplateView]:
    # Beside the ORM, whose own copies of rows would know nothing of their changes.
    return [
        TemplateView(
            name=row.name,
            content=MessageContent(text=row.text, **row.content),
            changed_by=row.changed_by,
            created_at=row.created_at,
            changed_at=row.changed_at,
        )
        for row in session.connection().execute(query)
    ]
