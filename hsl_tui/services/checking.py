"""Whether Telegram would take a composed text, asked before anything is queued."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from hsl_tui.errors import TextRefusedError
from hsl_tui.models.selector import Selector
from hsl_tui.models.views import Person
from hsl_tui.services.composing import Composition
from hsl_tui.store import people, recipients
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
        person: one on record; the invented one has an empty value for all that is known.

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


def check_for_anyone(text: str, *, caption: bool, known: Collection[str], person: Person) -> None:
    """Check a text, but pass over what is wrong for this person alone.

    Raises:
        TextRefusedError: whoever reads it, Telegram would refuse it.
    """
    try:
        check(text, caption=caption, known=known, person=person)
    except TextRefusedError as error:
        # One with a place is about what was typed.
        if error.line is not None or not compile_template(text, known).variables:
            raise


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


def someone(session: Session, selectors: Sequence[Selector]) -> Person:
    """The first that the selectors pick, to check a text with; an invented one where none is."""
    found = people.window(session, selectors, limit=1)
    return found[0][1] if found else SAMPLE


def _filled(person: Person, known: Collection[str]) -> Person:
    # Only the invented one has them all: what someone on record lacks, their message lacks.
    return replace(SAMPLE, attributes=dict.fromkeys(known, "")) if person is SAMPLE else person
