"""Whether what selectors name is on record: a mistyped exclusion would quietly exclude nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from hsl_tui.models.enums import Act
from hsl_tui.models.segment_tables import Segment
from hsl_tui.models.selector import Selector, SelectorKind, Term
from hsl_tui.models.selector_values import comparable_language
from hsl_tui.models.tables import AttributeName, Broadcast, Recipient, Tag
from hsl_tui.store import languages, search_keys

_BATCH: Final = 1000
"""Names in one statement; databases limit the values that one may carry."""


def missing(session: Session, selectors: Sequence[Selector]) -> list[Selector | Term]:
    """Selectors that name what is nowhere on record; of joined terms only those that do."""
    sought: dict[SelectorKind, set[str]] = defaultdict(set)
    for one in selectors:
        for term in one.terms:
            sought[term.kind].add(_named(term))
    known = {kind: _known(session, kind, names) for kind, names in sought.items()}
    found: list[Selector | Term] = []
    for one in selectors:
        unknown = [term for term in one.terms if _named(term) not in known[term.kind]]
        found += [one] if unknown and one.single else unknown
    return list(dict.fromkeys(found))


def _named(term: Term) -> str:
    if term.kind is SelectorKind.ATTR:
        return term.key
    return term.value.lower() if term.kind is SelectorKind.USERNAME else term.value


def _known(session: Session, kind: SelectorKind, names: Collection[str]) -> set[str]:
    """Which of these names are on record."""
    match kind:
        case SelectorKind.ALL | SelectorKind.STATE:
            return set(names)
        case SelectorKind.LANG:
            codes = {comparable_language(code) for code in languages.codes(session)}
            return {
                name for name in names if any(f"{one}-".startswith(f"{name}-") for one in codes)
            }
        case SelectorKind.USERNAME:
            return set(_found(session, _users, names))
        case SelectorKind.CHAT:
            chats = _found(session, lambda some: _among(Recipient.chat_id, map(int, some)), names)
            return set(map(str, chats))
        case SelectorKind.REACHED_BY | SelectorKind.NOT_REACHED_BY:
            return set(map(str, _found(session, _broadcasts, names)))
        case _:
            named: Any = {
                SelectorKind.TAG: Tag.name,
                SelectorKind.ATTR: AttributeName.name,
                SelectorKind.SAVED: Segment.name,
            }[kind]
            return set(_found(session, lambda some: _among(named, some), names))


def _among(column: Any, values: Iterable[Any]) -> sa.Select[Any]:
    return sa.select(column).where(column.in_(list(values)))


def _users(names: Sequence[str]) -> sa.Select[Any]:
    name = sa.func.lower(col(Recipient.username))
    keys = [search_keys.fold(one) for one in names]
    return sa.select(name).where(col(Recipient.username_key).in_(keys), name.in_(names))


def _broadcasts(names: Sequence[str]) -> sa.Select[Any]:
    # An edit or a recall reaches messages, not people; and whom one reached whose deliveries were
    # removed is not on record any more.
    return _among(Broadcast.id, map(int, names)).where(
        col(Broadcast.act) == Act.SEND, col(Broadcast.pruned_at).is_(None)
    )


def _found(session: Session, query: Any, names: Collection[str]) -> Iterator[Any]:
    wanted = sorted(names)
    for start in range(0, len(wanted), _BATCH):
        yield from session.execute(query(wanted[start : start + _BATCH])).scalars()
