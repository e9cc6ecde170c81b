"""Recipients: read back, searched, labelled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.criteria import EVERYONE, Criteria, Found, Place
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import BY_BROADCAST, Selector, SelectorKind, parse_selectors
from hsl_tui.models.views import RecipientView
from hsl_tui.services.context import Context
from hsl_tui.services.names import check_name
from hsl_tui.store import audience, matching, recipient_pages, recipients
from hsl_tui.store import tags as labels
from hsl_tui.store.database import Session


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


def every(context: Context, to: Sequence[str] = ()) -> Iterator[RecipientView]:
    """All that the selectors pick (none: everyone), whatever their state, in the order of ids.

    A batch is in memory at a time; the transaction lasts until the iterator is used up or closed.

    Raises:
        InvalidInputError: a selector is wrong, or names what is not on record.
    """
    selectors = parse_selectors(to) if to else ()
    with context.database.read() as session:
        require_known(session, selectors)
        yield from recipients.every(session, selectors)


def count(context: Context, criteria: Criteria = EVERYONE) -> int:
    """How many recipients hold all criteria."""
    with context.database.read() as session:
        return matching.count(session, criteria)


def tags(context: Context) -> Sequence[tuple[str, int]]:
    """Every tag with how many recipients bear it, by name."""
    with context.database.read() as session:
        return labels.counts(session)


def tag(context: Context, name: str, to: Sequence[str] | Criteria) -> int:
    """Label recipients in one statement; how many did not bear the tag before.

    Args:
        to: selectors, of which active recipients alone are meant; or criteria, which are taken at
            their word.

    Raises:
        InvalidInputError: the name cannot be a tag's, a selector is wrong or names what is not
            on record.
    """
    name = check_tag(name)
    criteria = _criteria(to)
    with context.database.write() as session:
        require_known(session, criteria.selectors)
        written = _written(session, criteria)
        number = labels.add(session, name, criteria)
        context.record(session, "recipients.tagged", tag=name, to=written, recipients=number)
        return number


def untag(context: Context, name: str, to: Sequence[str] | Criteria) -> int:
    """Take a label off recipients in one statement; how many bore it.

    Args:
        to: as in :func:`tag`.

    Raises:
        InvalidInputError: there is no such tag, a selector is wrong or names what is not on record.
    """
    name = check_tag(name)
    criteria = _criteria(to)
    with context.database.write() as session:
        require_known(session, [Selector(SelectorKind.TAG, name), *criteria.selectors])
        written = _written(session, criteria)
        number = labels.remove(session, name, criteria)
        context.record(session, "recipients.untagged", tag=name, to=written, recipients=number)
        return number


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
    """Refuse selectors that name a tag, chat, user name or broadcast that is nowhere on record.

    Raises:
        InvalidInputError: naming them.
    """
    unknown = audience.missing(session, selectors)
    if unknown:
        names = ", ".join(str(selector) for selector in unknown)
        where = "broadcasts" if all(one.kind in BY_BROADCAST for one in unknown) else "recipients"
        msg = f"Nothing on record matches {names}; see `hsl-tui {where} list`."
        raise InvalidInputError(msg)


def _criteria(to: Sequence[str] | Criteria) -> Criteria:
    if isinstance(to, Criteria):
        return to
    return Criteria(parse_selectors(to), state=RecipientState.ACTIVE)


def _written(session: Session, criteria: Criteria) -> list[str]:
    if criteria.ids is not None:
        return [f"chat:{chat}" for chat in recipients.chats(session, criteria.ids)]
    if criteria.selectors:
        # That active recipients are meant goes without saying.
        return [str(selector) for selector in criteria.selectors]
    return criteria.written()
