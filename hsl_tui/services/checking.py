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
from hsl_tui.telegram.rendering import RenderingError, compile_template

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
        raise TextRefusedError("The text holds a NUL character: remove it")
    template = compile_template(text, known=known)
    # Someone without a value for it has an empty one: an attribute is known when anyone has it.
    blank = dict.fromkeys(known, "")
    filled = replace(person, attributes={**blank, **person.attributes})
    try:
        rendered = template.render(filled)
    except RenderingError as error:
        raise TextRefusedError(str(error)) from None
    return check_text(rendered, caption=caption)


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
