"""What an operator is composing, kept so that a lost line loses nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from hsl_tui.models.content import MessageContent
from hsl_tui.models.enums import UncertainPolicy
from hsl_tui.services import composing
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.store import drafts


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it was filled in, whether or not that makes a broadcast.

    Attributes:
        composition: its files, if it has any, are in the database already.
        to: selectors, as they were typed.
        when: likewise.
    """

    composition: Composition = field(default_factory=lambda: Composition(""))
    to: str = "all"
    when: str = ""
    on_uncertain: UncertainPolicy = UncertainPolicy.HOLD
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that was kept, and when."""

    form: Form
    saved_at: datetime


class _Kept(BaseModel):
    """How a form is kept; what an older or newer program has beyond it is left out."""

    model_config = ConfigDict(extra="ignore")

    content: dict[str, Any]
    to: str
    when: str
    on_uncertain: UncertainPolicy
    urgent: bool


def save(context: Context, form: Form) -> None:
    """Keep a form, in place of what this operator was composing before."""
    nothing_read = (None,) * len(form.composition.attachments)
    with context.database.write() as session:
        content = composing.keep(session, form.composition, nothing_read)
        kept = _Kept(
            content=content.model_dump(mode="json"),
            to=form.to,
            when=form.when,
            on_uncertain=form.on_uncertain,
            urgent=form.urgent,
        )
        now = context.clock.now()
        drafts.put(session, context.operator, kept.model_dump(mode="json"), now=now)


def load(context: Context) -> Draft | None:
    """What this operator was composing, from wherever they came; None for nothing."""
    with context.database.read() as session:
        found = drafts.get(session, context.operator)
        if found is None:
            return None
        written, saved_at = found
        try:
            kept = _Kept.model_validate(written)
            content = MessageContent.model_validate(kept.content)
        except ValidationError:  # another version's, which nobody can go on from
            return None
        form = Form(
            composition=composing.take_up(session, content),
            to=kept.to,
            when=kept.when,
            on_uncertain=kept.on_uncertain,
            urgent=kept.urgent,
        )
        return Draft(form, saved_at)


def clear(context: Context) -> None:
    """Forget what this operator was composing: it was queued, or thrown away."""
    with context.database.write() as session:
        drafts.drop(session, context.operator)
