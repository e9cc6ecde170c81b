"""Recipients: read back, searched, labelled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from hsl_tui.errors import InvalidInputError, NotFoundError, RefusedError
from hsl_tui.models.criteria import EVERYONE, Criteria, Found, Place
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import (
    BY_BROADCAST,
    Selector,
    SelectorKind,
    Term,
    check_chat_id,
    parse_selectors,
)
from hsl_tui.models.views import Received, RecipientView
from hsl_tui.services.agreement import hold_to
from hsl_tui.services.context import Context
from hsl_tui.services.names import check_name
from hsl_tui.store import known, matching, received, recipient_pages, recipients
from hsl_tui.store import languages as stored_languages
from hsl_tui.store import tags as labels
from hsl_tui.store.database import Session

BY_HAND: Final = frozenset({RecipientState.ACTIVE, RecipientState.UNSUBSCRIBED})
"""States that people may move a recipient to."""

_BATCH: Final = 1000
_LONGEST_REASON: Final = 200
_NAMED: Final = 5


def window(
    context: Context,
    criteria: Criteria = EVERYONE,
    *,
    limit: int,
    after: Place | None = None,
) -> Sequence[Found]:
    """Up to ``limit`` recipients that hold all criteria, behind a place or from the beginning.

    Without a search they come in the order in which they were taken in; with one, by chat id where
    that begins so, then by name, last name and user name.
    """
    with context.database.read() as session:
        return recipient_pages.page(session, criteria, limit=limit, beyond=after)


def window_before(
    context: Context, criteria: Criteria, *, limit: int, before: Place | None = None
) -> Sequence[Found]:
    """Like :func:`window`, but those before a place, or the last ones; in the same order."""
    with context.database.read() as session:
        return recipient_pages.page(session, criteria, limit=limit, beyond=before, backwards=True)


def every(
    context: Context,
    to: Sequence[str] = (),
    *,
    search: str = "",
    state: RecipientState | None = None,
) -> Iterator[RecipientView]:
    """All that hold every criterion that is given (none: everyone), in the order of :func:`window`.

    A batch is in memory at a time; the transaction lasts until the iterator is used up or closed.

    Args:
        to: selectors, of which recipients in any state are meant.

    Raises:
        InvalidInputError: a selector is wrong, or names what is not on record.
    """
    criteria = Criteria(parse_selectors(to) if to else (), search=search, state=state)
    with context.database.read() as session:
        require_known(session, criteria.selectors)
        if not search and state is None:
            yield from recipients.every(session, criteria.selectors)
            return
        place: Place | None = None
        while found := recipient_pages.page(session, criteria, limit=_BATCH, beyond=place):
            yield from (one.recipient for one in found)
            place = found[-1].place
            session.expunge_all()


def picked(to: Sequence[str], *, search: str = "", state: RecipientState | None = None) -> Criteria:
    """Those whom a command names: active recipients, unless it or a selector says another state.

    Raises:
        InvalidInputError: a selector is wrong, or nobody is named at all.
    """
    if not to and (search or state is not None):
        return Criteria(search=search, state=state or RecipientState.ACTIVE)
    return Criteria(
        parse_selectors(to), search=search, state=state, active_unless_said=state is None
    )


def count(context: Context, criteria: Criteria = EVERYONE) -> int:
    """How many recipients hold all criteria."""
    with context.database.read() as session:
        return matching.count(session, criteria)


def tags(context: Context) -> Sequence[tuple[str, int]]:
    """Every tag with how many recipients bear it, by name."""
    with context.database.read() as session:
        return labels.counts(session)


def languages(context: Context) -> Sequence[tuple[str, int]]:
    """Every language code with how many recipients have it, by code."""
    with context.database.read() as session:
        return stored_languages.counts(session)


def tag(
    context: Context, name: str, to: Sequence[str] | Criteria, *, expected: int | None = None
) -> int:
    """Label recipients in one statement; how many did not bear the tag before.

    Args:
        to: selectors, of which active recipients alone are meant unless one names a state; or
            criteria, which are taken at their word.
        expected: how many were agreed to, where somebody was asked.

    Raises:
        InvalidInputError: the name cannot be a tag's, a selector is wrong or names what is not
            on record.
        RefusedError: there are others than were agreed to.
    """
    name = check_tag(name)
    criteria = to if isinstance(to, Criteria) else picked(to)
    with context.database.write() as session:
        require_known(session, criteria.selectors)
        written = _written(session, criteria)
        number = labels.add(session, name, criteria)
        hold_to(expected, number)
        context.record(session, "recipients.tagged", tag=name, to=written, recipients=number)
        return number


def untag(
    context: Context, name: str, to: Sequence[str] | Criteria, *, expected: int | None = None
) -> int:
    """Take a label off recipients in one statement; how many bore it.

    Args:
        to: as in :func:`tag`.
        expected: likewise.

    Raises:
        InvalidInputError: there is no such tag, a selector is wrong or names what is not on record.
        RefusedError: there are others than were agreed to.
    """
    name = check_tag(name)
    criteria = to if isinstance(to, Criteria) else picked(to)
    with context.database.write() as session:
        require_known(session, [Selector.of(SelectorKind.TAG, name), *criteria.selectors])
        written = _written(session, criteria)
        number = labels.remove(session, name, criteria)
        hold_to(expected, number)
        context.record(session, "recipients.untagged", tag=name, to=written, recipients=number)
        return number


def set_state(context: Context, chat: str, state: RecipientState, reason: str) -> RecipientView:
    """Move one recipient by hand, and return it as it is then.

    Args:
        chat: its chat id.
        state: the active or the unsubscribed one; the others are what Telegram says.
        reason: why, for whoever looks at it later.

    Raises:
        InvalidInputError: the chat id is none, the reason is missing or too long, or the state is
            not for people to say.
        NotFoundError: no recipient has that chat id.
        RefusedError: it is in that state already.
    """
    chat_id = check_chat_id(chat)
    reason = " ".join(reason.split())
    if not reason or len(reason) > _LONGEST_REASON:
        msg = f"Say why, in 1 to {_LONGEST_REASON} characters."
        raise InvalidInputError(msg)
    if state not in BY_HAND:
        msg = f"Only Telegram's answers make a recipient {state}; say active or unsubscribed."
        raise InvalidInputError(msg)
    picked = [Selector.of(SelectorKind.CHAT, chat_id)]
    with context.database.write() as session:
        found = recipients.window(session, limit=1, selectors=picked)
        if not found:
            msg = f"No recipient has the chat id {chat_id}; see `hsl-tui recipients list`."
            raise NotFoundError(msg)
        (before,) = found
        now = context.clock.now()
        if not recipients.set_state(session, before.id, state, reason=reason, now=now):
            msg = f"The recipient {chat_id} is {state} already."
            raise RefusedError(msg)
        context.record(
            session,
            "recipients.moved",
            chat_id=chat_id,
            before=before.state.value,
            after=state.value,
            reason=reason,
        )
        session.expire_all()
        return recipients.window(session, limit=1, selectors=picked)[0]


def deliveries(
    context: Context, recipient_id: int, *, limit: int, before: int | None = None
) -> Sequence[Received]:
    """Up to ``limit`` of what was meant for one recipient, the newest broadcast first.

    Args:
        before: of broadcasts with lesser numbers than this.
    """
    with context.database.read() as session:
        return received.window(session, recipient_id, limit=limit, beyond=before)


def first_deliveries(
    context: Context, recipient_id: int, *, limit: int, after: int | None = None
) -> Sequence[Received]:
    """Like :func:`deliveries`, but of broadcasts after a number, or the very first; same order."""
    with context.database.read() as session:
        return received.window(session, recipient_id, limit=limit, beyond=after, backwards=True)


def get(context: Context, recipient_id: int) -> RecipientView | None:
    """One recipient by the number of its row; None where it is gone."""
    with context.database.read() as session:
        found = recipients.window(session, limit=1, after=recipient_id - 1)
    return found[0] if found and found[0].id == recipient_id else None


def check_tag(written: str) -> str:
    """A tag's name as it is kept: without blanks around it.

    Raises:
        InvalidInputError: it is none.
    """
    name = check_name(written, of="tag")
    if ";" in name:
        msg = f"The tag {name!r} holds a semicolon, which stands between tags in files."
        raise InvalidInputError(msg)
    return name


def require_known(session: Session, selectors: Sequence[Selector]) -> None:
    """Refuse selectors that name what is nowhere on record, such as a tag or a chat.

    Raises:
        InvalidInputError: naming them.
    """
    unknown = known.missing(session, selectors)
    if unknown:
        names = ", ".join(map(str, unknown[:_NAMED]))
        more = len(unknown) - _NAMED
        named = f"{names} and {more} more" if more > 0 else names
        where = _where_to_look(unknown)
        raise InvalidInputError(f"Nothing on record matches {named}; see `hsl-tui {where} list`.")


def _where_to_look(unknown: Sequence[Selector | Term]) -> str:
    kinds = {
        term.kind
        for one in unknown
        for term in (one.terms if isinstance(one, Selector) else (one,))
    }
    if kinds <= BY_BROADCAST:
        return "broadcasts"
    return "segments" if kinds == {SelectorKind.SAVED} else "recipients"


def _written(session: Session, criteria: Criteria) -> list[str]:
    if criteria.ids is not None:
        return [f"chat:{chat}" for chat in recipients.chats(session, criteria.ids)]
    if criteria.selectors and not criteria.search and criteria.active_unless_said:
        # That active recipients are meant goes without saying.
        return [str(selector) for selector in criteria.selectors]
    return criteria.written()
