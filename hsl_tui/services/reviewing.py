"""What an order would do, told before it is queued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.selector import parse_selectors
from hsl_tui.models.views import Person
from hsl_tui.services import checking
from hsl_tui.services.audience_check import (
    AudienceCheck,
    OnProgress,
    UnfitRecipientsError,
    check_audience,
    fit,
    ignore_progress,
)
from hsl_tui.services.checking import SAMPLE
from hsl_tui.services.composing import Composition, check_parts
from hsl_tui.services.context import Context
from hsl_tui.services.queueing import Order, count_audience
from hsl_tui.settings import Settings
from hsl_tui.store import audience, people, recipients
from hsl_tui.store.database import Session
from hsl_tui.telegram.markup import ParsedText
from hsl_tui.telegram.warnings import TextWarning

_FREE_PER_SECOND: Final = 30
_STARS_EACH: Final = 0.1
"""Bot API, «Paid broadcasts»."""


@dataclass(frozen=True, slots=True)
class TextReview:
    """How a text comes out for all whom it is meant for.

    Attributes:
        text: what ``person`` would read.
        person: the first recipient for whom it comes out well.
        warnings: what of it would be shown otherwise than it was meant.
        recipients: how many there are at this moment.
        check: for whom it comes out wrong.
    """

    text: ParsedText
    person: Person
    warnings: tuple[TextWarning, ...]
    recipients: int
    check: AudienceCheck


@dataclass(frozen=True, slots=True)
class Review:
    """An order that would be taken as things stand.

    Attributes:
        text: what ``person`` would read.
        person: the first recipient for whom the text comes out well.
        warnings: what of it would be shown otherwise than it was meant.
        recipients: how many there are at this moment, without those who have to be left out.
        check: for whom the text comes out wrong; they have to be left out.
        lasts: how long the sending takes at the pace; zero without one.
        stars: the most that Telegram would charge.
    """

    text: ParsedText
    person: Person
    warnings: tuple[TextWarning, ...]
    recipients: int
    check: AudienceCheck
    lasts: timedelta
    stars: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as one person would read it.

    Attributes:
        at: their place in the audience, from 0.
        recipients: how many are in it; 0 where the person is invented.
        warnings: what of it would be shown otherwise than it was meant.
    """

    text: ParsedText
    person: Person
    at: int
    recipients: int
    warnings: tuple[TextWarning, ...]


def review(context: Context, order: Order) -> Review:
    """Check an order as queueing it would, and change nothing.

    Raises:
        TextRefusedError: Telegram would refuse the text.
        UnfitRecipientsError: it would come out wrong for all, or for more than can be left out.
        InvalidInputError: a wrong selector, an empty audience, parts that make no message.
    """
    composition = order.composition
    check_parts(composition)
    of = review_text(context, composition.text, order.to, caption=bool(composition.attachments))
    fit((), of.check, leave_out_unfit=True)
    count = of.recipients - len(of.check.unfit)
    rate = context.settings.messages_per_second
    # Each message of an album counts.
    messages = count * max(1, len(composition.attachments))
    lasts = timedelta(seconds=messages / rate if rate else 0)
    stars = _stars(context.settings, messages)
    return Review(of.text, of.person, of.warnings, count, of.check, lasts, stars)


def review_text(
    context: Context,
    text: str,
    to: Sequence[str],
    *,
    caption: bool,
    on_progress: OnProgress = ignore_progress,
) -> TextReview:
    """Make up a text for everyone whom the selectors pick.

    Raises:
        TextRefusedError: Telegram would refuse it, whoever reads it.
        UnfitRecipientsError: it would come out wrong for all.
        InvalidInputError: a wrong selector, an empty audience.
    """
    selectors = parse_selectors(to)
    count = count_audience(context, to)
    if not count:
        msg = f"No active recipient is picked by {' '.join(to)}."
        raise InvalidInputError(msg)
    check = check_audience(
        context.database, text, selectors, caption=caption, on_progress=on_progress
    )
    if check.unfit and check.reader is None:
        raise UnfitRecipientsError(check)
    with context.database.read() as session:
        known = recipients.attribute_names(session)
        person = check.reader or checking.someone(session, selectors)
    parsed = checking.check(text, caption=caption, known=known, person=person)
    warnings = checking.look_for_warnings(text, known=known, person=person)
    return TextReview(parsed, person, warnings, count, check)


def read_text(
    context: Context, composition: Composition, to: Sequence[str], *, at: int = 0
) -> Reading:
    """The text as one of its recipients would read it.

    Args:
        to: selectors; an invented person reads it where they pick nobody or cannot be read.
        at: which of the recipients, counted from 0; beyond the last, it is the last.

    Raises:
        TextRefusedError: Telegram would refuse it.
    """
    with context.database.read() as session:
        person, at, of = _reader(session, to, at)
        text = checking.check_composition(session, composition, person)
        known = recipients.attribute_names(session)
    warnings = checking.look_for_warnings(composition.text, known=known, person=person)
    return Reading(text, person, at, of, warnings)


def _reader(session: Session, to: Sequence[str], at: int) -> tuple[Person, int, int]:
    try:
        selectors = parse_selectors(to)
    except InvalidInputError:
        return SAMPLE, 0, 0
    count = audience.count(session, selectors)
    at = max(0, min(at, count - 1))
    found = people.window(session, selectors, limit=1, skip=at)
    return (found[0][1], at, count) if found else (SAMPLE, 0, 0)


def _stars(settings: Settings, count: int) -> int:
    rate = settings.messages_per_second
    if not settings.paid_broadcast or 0 < rate <= _FREE_PER_SECOND:
        return 0
    paid = count * (1 - _FREE_PER_SECOND / rate) if rate else count
    return round(paid * _STARS_EACH + 0.5)
