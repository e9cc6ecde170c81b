"""Recipients: read back, searched, labelled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import BY_BROADCAST, Selector, SelectorKind, parse_selectors
from hsl_tui.models.views import RecipientView
from hsl_tui.services.context import Context
from hsl_tui.services.names import check_name
from hsl_tui.store import audience, recipients
from hsl_tui.store import tags as labels
from hsl_tui.store.database import Session


def window(
    context: Context,
    *,
    search: str = "",
    state: RecipientState | None = None,
    tag: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> Sequence[RecipientView]:
    """Up to ``limit`` recipients with an id beyond ``after`` that match all that is given.

    Args:
        search: the beginning of a first name, last name or user name, or a whole chat id.
    """
    # PostgreSQL takes no NUL in a text, and no name has one.
    searched = search.replace("\0", "")
    with context.database.read() as session:
        return recipients.window(
            session, search=searched, state=state, tag=tag, after=after, limit=limit
        )


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


def count(context: Context) -> int:
    """How many recipients there are, whatever their state."""
    with context.database.read() as session:
        return recipients.count(session)


def tags(context: Context) -> Sequence[tuple[str, int]]:
    """Every tag with how many recipients bear it, by name."""
    with context.database.read() as session:
        return labels.counts(session)


def tag(context: Context, name: str, to: Sequence[str]) -> int:
    """Label all active recipients that the selectors pick; how many did not bear the tag before.

    Raises:
        InvalidInputError: the name cannot be a tag's, a selector is wrong or names what is not
            on record.
    """
    name = check_tag(name)
    selectors = parse_selectors(to)
    with context.database.write() as session:
        require_known(session, selectors)
        number = labels.add(session, name, selectors)
        context.record(
            session, "recipients.tagged", tag=name, to=_written(selectors), recipients=number
        )
        return number


def untag(context: Context, name: str, to: Sequence[str]) -> int:
    """Take a label off all active recipients that the selectors pick; how many bore it.

    Raises:
        InvalidInputError: there is no such tag, a selector is wrong or names what is not on record.
    """
    name = check_tag(name)
    selectors = parse_selectors(to)
    with context.database.write() as session:
        require_known(session, [Selector(SelectorKind.TAG, name), *selectors])
        number = labels.remove(session, name, selectors)
        context.record(
            session, "recipients.untagged", tag=name, to=_written(selectors), recipients=number
        )
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


def _written(selectors: Sequence[Selector]) -> list[str]:
    return [str(selector) for selector in selectors]
