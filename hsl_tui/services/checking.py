"""Whether Telegram would take a composed text, asked before anything is queued."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from hsl_tui.errors import TextRefusedError
from hsl_tui.models.views import Person
from hsl_tui.services.composing import Composition
from hsl_tui.store import recipients
from hsl_tui.store.database import Session
from hsl_tui.telegram.markup import ParsedText, check_text
from hsl_tui.telegram.places import index_of, line_and_column
from hsl_tui.telegram.rendering import RenderingError, compile_template
from hsl_tui.telegram.tracing import trace
from hsl_tui.telegram.warnings import TextWarning, find_warnings

SAMPLE: Final = Person(
    chat_id=1, username="alex", first_name="Alex", last_name="Example", language_code="en"
)
"""Stands in for a recipient where none is on record."""


def check(
    text: str, *, caption: bool = False, known: Collection[str] = (), person: Person = SAMPLE
) -> ParsedText:
    """Read a text as Telegram would, personalised for one recipient.

    Args:
        known: names of attributes that recipients have, beside the standard ones.

    Raises:
        TextRefusedError: Telegram would refuse it, or it asks for an unknown variable.
    """
    if "\0" in text:
        # Telegram would show a space, but PostgreSQL keeps no such character.
        line, column = line_and_column(text, text.index("\0"))
        message = "The text holds a NUL character: remove it"
        raise TextRefusedError(message, line=line, column=column)
    template = compile_template(text, known=known)
    filled = _filled(person, known)
    try:
        rendered = template.render(filled)
    except RenderingError as error:
        raise TextRefusedError(str(error)) from None
    try:
        return check_text(rendered, caption=caption)
    except TextRefusedError as error:
        if error.line is None or error.column is None:
            raise
        index = index_of(rendered, error.line, error.column)
        line, column = trace(text, filled).place(index)
        raise TextRefusedError(str(error), line=line, column=column) from None


def look_for_warnings(
    text: str, *, known: Collection[str] = (), person: Person = SAMPLE
) -> tuple[TextWarning, ...]:
    """What of a text that :func:`check` takes would be shown otherwise than it was meant."""
    return find_warnings(trace(text, _filled(person, known)))


def check_composition(
    session: Session, composition: Composition, person: Person = SAMPLE
) -> ParsedText:
    """Check a composed text against what recipients' attributes are on record.

    Raises:
        TextRefusedError: as :func:`check`.
    """
    return check(
        composition.text,
        caption=bool(composition.attachments),
        known=recipients.attribute_names(session),
        person=person,
    )


def _filled(person: Person, known: Collection[str]) -> Person:
    # Someone without a value for it has an empty one: an attribute is known when anyone has it.
    blank = dict.fromkeys(known, "")
    return replace(person, attributes={**blank, **person.attributes})
