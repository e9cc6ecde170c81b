"""Whether a text comes out well for everyone it is meant for, found out before it is queued."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from hsl_tui.errors import InvalidInputError, TextEmptyError, TextRefusedError, TextTooLongError
from hsl_tui.models.selector import Selector, SelectorKind
from hsl_tui.models.views import Person
from hsl_tui.services import checking
from hsl_tui.store import people, recipients
from hsl_tui.store.database import Database
from hsl_tui.telegram.acceptance import Acceptance
from hsl_tui.telegram.generality import is_taken_for_all
from hsl_tui.telegram.rendering import RenderingError, compile_template

NAMED: Final = 10
"""How many of those for whom a text would come out wrong are named."""
MOST_LEFT_OUT: Final = 1000
"""With more of them, it is the text that is wrong; and each is on record in the audience."""

_BATCH: Final = 1000
_NAMED_IN_SENTENCE: Final = 3

OnProgress = Callable[[int, int], None]
"""Told how many are checked, and how many there are."""


def ignore_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """Someone for whom the text would come out wrong, and why."""

    person: Person
    reason: str


@dataclass(frozen=True, slots=True)
class AudienceCheck:
    """How a text comes out for an audience.

    Attributes:
        checked: for how many people that is known.
        too_long: for how many Telegram would find it too long.
        empty: for how many nothing would be left of it.
        broken: for how many it cannot be made up, or its markup comes out wrong.
        first: the first :data:`NAMED` of them.
        unfit: the chats of all of them.
        reader: the first for whom it comes out well.
    """

    checked: int
    too_long: int
    empty: int
    broken: int
    first: tuple[Unfit, ...]
    unfit: tuple[int, ...]
    reader: Person | None

    def summary(self) -> str:
        """How many of what kind, such as ``2 too long, 1 empty``."""
        counts = (("too long", self.too_long), ("empty", self.empty), ("broken", self.broken))
        return ", ".join(f"{count} {kind}" for kind, count in counts if count)


class UnfitRecipientsError(InvalidInputError):
    """The text would come out wrong for some of those it is meant for."""

    def __init__(self, check: AudienceCheck, *, can_leave_out: bool = True) -> None:
        named = "; ".join(
            f"{name_of(one.person)}: {one.reason}" for one in check.first[:_NAMED_IN_SENTENCE]
        )
        unfit = len(check.unfit)
        more = unfit - _NAMED_IN_SENTENCE
        advice = "mend the text or the recipients"
        if can_leave_out and check.reader is not None:
            advice += (
                ", or leave them out when you queue it (`--leave-out-unfit`)"
                if unfit <= MOST_LEFT_OUT
                else f": more than {MOST_LEFT_OUT} are not left out"
            )
        super().__init__(
            f"The text would come out wrong for {unfit} of {check.checked} recipients"
            f" ({check.summary()}): {named}{f'; and {more} more' if more > 0 else ''}. Nothing was"
            f" queued; {advice}."
        )
        self.check = check


def check_audience(
    database: Database,
    text: str,
    selectors: Sequence[Selector],
    *,
    caption: bool,
    on_progress: OnProgress = ignore_progress,
) -> AudienceCheck:
    """Find out how a text comes out for everyone whom the selectors pick.

    Where it cannot be told from the template and the longest values, it is made up for each, just
    as the workers will; a batch of people is in memory at a time.

    Raises:
        TextRefusedError: whoever reads it, Telegram would refuse it.
    """
    with database.read() as session:
        known = recipients.attribute_names(session)
        person = checking.someone(session, selectors)
    checking.check_for_anyone(text, caption=caption, known=known, person=person)
    template = compile_template(text, known=None)
    tally = _Tally(Acceptance(template, caption=caption))
    if not template.variables:
        return tally.result()
    with database.read() as session:
        extent = people.extent(session, selectors, template.variables)
    if extent.number and is_taken_for_all(
        text, longest=extent.longest, lacking=extent.lacking, caption=caption
    ):
        on_progress(extent.number, extent.number)
        return tally.all_well(extent.number, person)
    after: int | None = 0
    while after is not None:
        # A transaction for each batch: one that lasts would keep databases from tidying up.
        with database.read() as session:
            batch, after = people.among(session, selectors, number=_BATCH, after=after)
        for person in batch:
            tally.take(person)
        if batch:
            on_progress(tally.checked, max(extent.number, tally.checked))
    return tally.result()


def require_fit(check: AudienceCheck) -> None:
    """Let pass only what comes out well for everyone.

    Raises:
        UnfitRecipientsError: it does not for some.
    """
    if check.unfit:
        raise UnfitRecipientsError(check)


def fit(
    selectors: Sequence[Selector], check: AudienceCheck, *, leave_out_unfit: bool
) -> Sequence[Selector]:
    """Selectors of those for whom the text comes out well: all of them, or all but the others.

    Raises:
        UnfitRecipientsError: some are not to be left out, or too many are.
    """
    if not check.unfit:
        return selectors
    if not leave_out_unfit or check.reader is None or len(check.unfit) > MOST_LEFT_OUT:
        raise UnfitRecipientsError(check)
    left_out = (Selector.of(SelectorKind.CHAT, chat, exclude=True) for chat in check.unfit)
    return (*selectors, *left_out)


def name_of(person: Person) -> str:
    """A person as a sentence names them: by chat, and by name where there is one."""
    name = " ".join(part for part in (person.first_name, person.last_name) if part)
    if not name and person.username:
        name = f"@{person.username}"
    return f"{person.chat_id} ({name})" if name else str(person.chat_id)


class _Tally:
    def __init__(self, acceptance: Acceptance) -> None:
        self.checked = 0
        self._acceptance = acceptance
        self._counts: dict[type[Exception], int] = {}
        self._first: list[Unfit] = []
        self._unfit: list[int] = []
        self._reader: Person | None = None

    def take(self, person: Person) -> None:
        self.checked += 1
        try:
            self._acceptance.make_up(person)
        except (TextRefusedError, RenderingError) as error:
            reason = error.reason if isinstance(error, RenderingError) else str(error)
            self._counts[type(error)] = self._counts.get(type(error), 0) + 1
            self._unfit.append(person.chat_id)
            if len(self._first) < NAMED:
                self._first.append(Unfit(person, reason))
        else:
            self._reader = self._reader or person

    def all_well(self, number: int, reader: Person) -> AudienceCheck:
        self.checked, self._reader = number, reader
        return self.result()

    def result(self) -> AudienceCheck:
        too_long = self._counts.get(TextTooLongError, 0)
        empty = self._counts.get(TextEmptyError, 0)
        return AudienceCheck(
            checked=self.checked,
            too_long=too_long,
            empty=empty,
            broken=len(self._unfit) - too_long - empty,
            first=tuple(self._first),
            unfit=tuple(self._unfit),
            reader=self._reader,
        )
