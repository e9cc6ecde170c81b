"""An entry of the audit log as one line of the list, and in full."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final

from textual.content import Content

from hsl_tui.console.terminal_text import named, terminal_text
from hsl_tui.console.widgets.columns import Cell, Column
from hsl_tui.console.wording import full_moment, moment
from hsl_tui.models.views import AuditView

COLUMNS: Final = (
    Column("No.", 6, right=True, least=66),
    Column("When", 11),
    Column("Who", 8, flex=1),
    Column("What", 23),
    Column("Details", 6, flex=5),
)

_BEFORE: Final = "before"
_AFTER: Final = "after"
_INDENT: Final = "  "
_STYLES: Final = {"-": "$text-error", "+": "$text-success"}


def cells(one: AuditView, zone: tzinfo, now: datetime) -> Sequence[Cell]:
    """What stands in its columns."""
    about = [] if one.broadcast_id is None else [f"#{one.broadcast_id}"]
    about += [f"{key} {words(value)}" for key, value in _plain(one).items() if value]
    about += [f"changed {', '.join(names)}"] if (names := _changed(one)) else []
    return (
        Cell(str(one.id), "muted"),
        Cell(moment(one.at, zone, now), "muted"),
        Cell(one.actor),
        Cell(one.action, "busy"),
        Cell(" · ".join(about)),
    )


def told(one: AuditView, zone: tzinfo) -> Content:
    """What it says, as short as it can be said whole."""
    details = ((key, words(value)) for key, value in _plain(one).items() if value is not None)
    lines = [*_head(one, zone), *([said] if (said := named(details)) else []), *_drawn_changes(one)]
    return Content("\n").join(lines)


def in_full(one: AuditView, zone: tzinfo) -> Content:
    """What it says, a detail a line."""
    lines = [*_head(one, zone), Content("")]
    lines += [_line(*row) for row in _tree(_plain(one), 0)]
    changes = [*_drawn_changes(one)]
    lines += [Content(""), *changes] if changes else []
    return Content("\n").join(lines)


def words(value: object) -> str:
    """A detail as it is read: lists with commas."""
    if isinstance(value, list):
        return ", ".join(words(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {words(one)}" for key, one in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def changes(before: object, after: object) -> Iterator[tuple[str, str]]:
    """What is no longer so (``-``) and what is so now (``+``), line by line."""
    was, now = _fields(before), _fields(after)
    for name in [*was, *(name for name in now if name not in was)]:
        old, new = (words(one[name]) if name in one else "" for one in (was, now))
        if old == new:
            continue
        prefix = f"{name}: " if name else ""
        steps = difflib.ndiff(old.splitlines(), new.splitlines())
        yield from ((step[0], prefix + step[2:]) for step in steps if step[0] in _STYLES)


def _plain(one: AuditView) -> dict[str, object]:
    """The details beside those that tell of a change."""
    return {key: value for key, value in one.details.items() if key not in {_BEFORE, _AFTER}}


def _changed(one: AuditView) -> list[str]:
    was, now = _fields(one.details.get(_BEFORE)), _fields(one.details.get(_AFTER))
    return [name for name in {**was, **now} if name and was.get(name) != now.get(name)]


def _fields(value: object) -> Mapping[str, object]:
    if isinstance(value, dict):
        return {str(key): one for key, one in value.items()}
    return {} if value is None else {"": value}


def _drawn_changes(one: AuditView) -> Iterator[Content]:
    for sign, said in changes(one.details.get(_BEFORE), one.details.get(_AFTER)):
        yield Content.styled(f"{sign} {terminal_text(said)}", _STYLES[sign])


def _head(one: AuditView, zone: tzinfo) -> Sequence[Content]:
    about = "" if one.broadcast_id is None else f"  broadcast {one.broadcast_id}"
    by = f"{full_moment(one.at, zone)} · by {terminal_text(one.actor)}"
    return [
        Content.assemble((terminal_text(one.action), "bold"), about),
        Content.styled(by, "$text-muted"),
    ]


def _tree(value: object, depth: int) -> Iterator[tuple[int, str, str]]:
    """Depth, name and what is said of it; lists are numbered."""
    if isinstance(value, dict):
        pairs = [(str(name), one) for name, one in value.items()]
    elif isinstance(value, list):
        pairs = [(f"{at}.", one) for at, one in enumerate(value, start=1)]
    else:
        pairs = []
    for name, one in pairs:
        if one and isinstance(one, dict | list):
            yield depth, name, ""
            yield from _tree(one, depth + 1)
        else:
            yield depth, name, words(one)


def _line(depth: int, name: str, said: str) -> Content:
    indent = _INDENT * depth
    shown = terminal_text(said, newlines=True).replace("\n", f"\n{indent}{_INDENT}")
    return Content.assemble((f"{indent}{terminal_text(name)}  ", "$text-muted"), shown)
