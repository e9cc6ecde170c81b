"""What an order would do, told before it is queued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.enums import BroadcastState
from hsl_tui.models.selector import Selector, parse_selectors
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
from hsl_tui.services.audiences import NAMED
from hsl_tui.services.checking import SAMPLE
from hsl_tui.services.composing import Composition, check_parts
from hsl_tui.services.context import Context
from hsl_tui.services.queueing import Order, count_audience, nobody_picked
from hsl_tui.settings import Settings
from hsl_tui.store import audience, conflicts, people, recipients
from hsl_tui.store.database import Session
from hsl_tui.telegram.markup import ParsedText
from hsl_tui.telegram.warnings import TextWarning

REPEATED_WITHIN: Final = timedelta(days=7)
"""So long it is worth a word that people had the same text."""

_REPETITIONS: Final = 3
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
class Repetition:
    """A broadcast of the same text to some of the same people, recent or still to come.

    Attributes:
        at: when it ended, began, or is to begin, the first of these that is known.
        recipients: how many get both; not more than :data:`~hsl_tui.store.conflicts.MOST_COUNTED`,
            and then ``more`` is set.
    """

    broadcast_id: int
    state: BroadcastState
    at: datetime
    recipients: int
    more: bool


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
        first: the first of the recipients, up to :data:`~hsl_tui.services.audiences.NAMED`.
        repetitions: whom the same text has reached lately, or is about to reach.
        sharing: how many broadcasts are being sent at the same pace now.
        waiting: how many deliveries of those still wait.
    """

    text: ParsedText
    person: Person
    warnings: tuple[TextWarning, ...]
    recipients: int
    check: AudienceCheck
    lasts: timedelta
    stars: int
    first: tuple[Person, ...]
    repetitions: tuple[Repetition, ...]
    sharing: int
    waiting: int


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
    selectors = fit(parse_selectors(order.to), of.check, leave_out_unfit=True)
    count = of.recipients - len(of.check.unfit)
    rate = context.settings.messages_per_second
    # Each message of an album counts.
    messages = count * max(1, len(composition.attachments))
    lasts = timedelta(seconds=messages / rate if rate else 0)
    stars = _stars(context.settings, messages)
    with context.database.read() as session:
        first = people.window(session, selectors, limit=NAMED)
        sharing, waiting = conflicts.in_the_way(session)
        repetitions = _repetitions(session, composition.text, selectors, context.clock.now())
    return Review(
        of.text,
        of.person,
        of.warnings,
        count,
        of.check,
        lasts,
        stars,
        first=tuple(person for _, person in first),
        repetitions=repetitions,
        sharing=sharing,
        waiting=waiting,
    )


def _repetitions(
    session: Session, text: str, selectors: Sequence[Selector], now: datetime
) -> tuple[Repetition, ...]:
    """Nothing is said of media alone: it is the text that is compared."""
    if not text.strip():
        return ()
    since = now - REPEATED_WITHIN
    found = []
    for one in conflicts.same_text(session, text, since=since, limit=_REPETITIONS):
        if number := conflicts.shared(session, one.broadcast_id, selectors):
            most = min(number, conflicts.MOST_COUNTED)
            found.append(Repetition(one.broadcast_id, one.state, one.at, most, more=number > most))
    return tuple(found)


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
        raise InvalidInputError(nobody_picked(selectors))
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
    context: Context,
    composition: Composition,
    to: Sequence[str],
    *,
    at: int = 0,
    recipients_known: int | None = None,
) -> Reading:
    """The text as one of its recipients would read it.

    Args:
        to: selectors; an invented person reads it where they pick nobody or cannot be read.
        at: which of the recipients, counted from 0; beyond the last, it is the last.
        recipients_known: how many the selectors pick, where that has been counted.

    Raises:
        TextRefusedError: Telegram would refuse it.
    """
    with context.database.read() as session:
        person, at, of = _reader(session, to, at, recipients_known)
        text = checking.check_composition(session, composition, person)
        known = recipients.attribute_names(session)
    warnings = checking.look_for_warnings(composition.text, known=known, person=person)
    return Reading(text, person, at, of, warnings)


def _reader(
    session: Session, to: Sequence[str], at: int, known: int | None
) -> tuple[Person, int, int]:
    try:
        selectors = parse_selectors(to)
    except InvalidInputError:
        return SAMPLE, 0, 0
    count = audience.tally(session, selectors).picked if known is None else known
    at = max(0, min(at, count - 1))
    found = people.window(session, selectors, limit=1, skip=at)
    if not found and known:  # fewer than before
        return _reader(session, to, at, None)
    return (found[0][1], at, count) if found else (SAMPLE, 0, 0)


def _stars(settings: Settings, count: int) -> int:
    rate = settings.messages_per_second
    if not settings.paid_broadcast or 0 < rate <= _FREE_PER_SECOND:
        return 0
    paid = count * (1 - _FREE_PER_SECOND / rate) if rate else count
    return round(paid * _STARS_EACH + 0.5)
