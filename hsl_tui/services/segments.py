"""Saved segments: audiences that have a name, to be meant by ``saved:NAME``.

Whom a segment picks is decided anew whenever it is used. It may refer to others; what it refers to
cannot be removed, is followed when it is renamed, and none can come to refer to itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from hsl_tui.errors import InvalidInputError, NotFoundError, RefusedError
from hsl_tui.models.enums import BroadcastState
from hsl_tui.models.segments import SegmentView
from hsl_tui.models.selector import Selector, SelectorKind, Term, parse_selectors
from hsl_tui.services.context import Context
from hsl_tui.services.names import check_name
from hsl_tui.services.recipients import require_known
from hsl_tui.store import audience, broadcasts, segments

MOST_TERMS: Final = 1000
"""Terms of a segment, those of all it refers to with it."""

_NAMED: Final = 5


def every(context: Context) -> Sequence[SegmentView]:
    """All segments, by name."""
    with context.database.read() as session:
        return segments.every(session)


def show(context: Context, name: str) -> SegmentView:
    """One segment.

    Raises:
        NotFoundError: there is none of this name.
    """
    with context.database.read() as session:
        return _found(segments.get(session, name.strip()), name)


def count(context: Context, name: str) -> int:
    """How many active recipients a segment picks at this moment.

    Raises:
        NotFoundError: there is none of this name.
    """
    with context.database.read() as session:
        segment = _found(segments.get(session, name.strip()), name)
        return audience.count(session, parse_selectors(segment.selectors))


def save(context: Context, name: str, to: Sequence[str], *, replace: bool = False) -> SegmentView:
    """Keep selectors under a name.

    Args:
        replace: in place of what the name stood for, wherever it is used.

    Raises:
        InvalidInputError: the name cannot be a segment's, a selector is wrong or names what is not
            on record, or the segment would refer to itself or grow too large.
        RefusedError: there is one of this name, and it is not to be replaced.
    """
    name = check_name(name, of="segment")
    selectors = parse_selectors(to)
    written = tuple(map(str, selectors))
    with context.database.write() as session:
        there = segments.lock(session)
        before = there.get(name)
        if before is not None and not replace:
            msg = f"There is a segment {name!r} already; say that it is to be replaced."
            raise RefusedError(msg)
        _refuse_loops(name, selectors, there)
        require_known(session, selectors)
        now = context.clock.now()
        if before is None:
            if not segments.add(session, name, written, created_by=context.actor, now=now):
                msg = f"Somebody else has just saved a segment {name!r}; look at it first."
                raise RefusedError(msg)
            context.record(session, "segment.saved", name=name, to=list(written))
        elif before.selectors != written:
            segments.change(session, name, written, changed_by=context.actor, now=now)
            context.record(
                session,
                "segment.changed",
                name=name,
                before=list(before.selectors),
                to=list(written),
            )
        return _found(segments.get(session, name), name)


def remove(context: Context, name: str) -> SegmentView:
    """Remove a segment and return it.

    Broadcasts that were queued to it keep their recipients.

    Raises:
        NotFoundError: there is none of this name.
        RefusedError: other segments, or drafts of broadcasts, refer to it.
    """
    name = name.strip()
    with context.database.write() as session:
        there = segments.lock(session)
        segment = _found(there.get(name), name)
        users = [f"the segment {one!r}" for one in there if name in _references(there[one])]
        users += [f"the draft {number}" for number in segments.drafts_with(session, name)]
        if users:
            more = len(users) - _NAMED
            named = ", ".join(users[:_NAMED]) + (f" and {more} more" if more > 0 else "")
            msg = f"The segment {name!r} is used by {named}; change or remove them first."
            raise RefusedError(msg)
        segments.remove(session, name)
        context.record(session, "segment.removed", name=name, before=list(segment.selectors))
        return segment


def rename(context: Context, name: str, new: str) -> SegmentView:
    """Give a segment another name, and have what refers to it mean the same: segments and drafts.

    Broadcasts that were queued to it say what they said then.

    Raises:
        InvalidInputError: the new name cannot be a segment's.
        NotFoundError: there is none of this name.
        RefusedError: there is one of the new name.
    """
    name, new = name.strip(), check_name(new, of="segment")
    with context.database.write() as session:
        # Before the segments, as whoever forgets somebody has it.
        drafts = broadcasts.lock(session, segments.drafts_with(session, name))
        there = segments.lock(session)
        segment = _found(there.get(name), name)
        if new == name:
            return segment
        now = context.clock.now()
        if not segments.rename(session, segment, new, changed_by=context.actor, now=now):
            msg = f"There is a segment {new!r} already; choose another name."
            raise RefusedError(msg)
        users = [one for one in there.values() if name in _references(one)]
        for one in users:
            meant = _renamed(one.selectors, name, new)
            segments.change(session, one.name, meant, changed_by=context.actor, now=now)
        waiting = [one for one in drafts.values() if one.state is BroadcastState.DRAFT]
        for draft in waiting:
            broadcasts.address(session, draft.id, _renamed(draft.audience, name, new))
        context.record(
            session,
            "segment.renamed",
            name=new,
            before=name,
            segments=[one.name for one in users],
            drafts=[draft.id for draft in waiting],
        )
        return _found(segments.get(session, new), new)


def _renamed(written: Sequence[str], name: str, new: str) -> list[str]:
    """Selectors in which a segment is called otherwise."""

    def called(term: Term) -> Term:
        it = term.kind is SelectorKind.SAVED and term.value == name
        return replace(term, value=new) if it else term

    return [
        str(replace(one, terms=tuple(map(called, one.terms)))) for one in parse_selectors(written)
    ]


def _refuse_loops(
    name: str, selectors: Sequence[Selector], there: Mapping[str, SegmentView]
) -> None:
    """Refuse what would refer to itself, or stand for more than can be asked for at once."""

    def terms(of: Sequence[Selector], way: tuple[str, ...]) -> int:
        number = 0
        for term in (term for one in of for term in one.terms):
            if term.kind is not SelectorKind.SAVED:
                number += 1
            elif term.value in way:
                loop = " → ".join((*way[way.index(term.value) :], term.value))
                raise InvalidInputError(f"A segment cannot refer to itself: {loop}.")
            elif term.value in there:
                meant = parse_selectors(there[term.value].selectors)
                number += terms(meant, (*way, term.value))
            if number > MOST_TERMS:
                msg = f"The segment {name!r} would stand for more than {MOST_TERMS} terms."
                raise InvalidInputError(msg)
        return number

    terms(selectors, (name,))


def _references(segment: SegmentView) -> set[str]:
    return segments.referred(parse_selectors(segment.selectors))


def _found(segment: SegmentView | None, name: str) -> SegmentView:
    if segment is None:
        msg = f"There is no segment {name.strip()!r}; see `hsl-tui segments list`."
        raise NotFoundError(msg)
    return segment
