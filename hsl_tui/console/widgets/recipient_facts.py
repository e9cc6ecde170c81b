"""What there is to say of one recipient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from rich.cells import cell_len
from textual.content import Content

from hsl_tui.console.terminal_text import named, terminal_text
from hsl_tui.console.widgets.columns import Cell, Column, fit
from hsl_tui.console.wording import RECIPIENT_SIGNS, TONE_STYLES, full_moment, full_name, handle
from hsl_tui.models.criteria import Found
from hsl_tui.models.moves import MoveView
from hsl_tui.models.views import RecipientView

COLUMNS: Final = (
    Column("Chat", 14),
    Column("Name", 12, flex=3),
    Column("Username", 10, flex=2),
    Column("Lang", 4, least=76),
    Column("State", 14),
    Column("Tags", 8, flex=2, least=66),
)
"""In a list."""

_NAME: Final = 20
"""Cells of an attribute's name."""


def cells(found: Found) -> Sequence[Cell]:
    """A row of the list, by :data:`COLUMNS`."""
    one = found.recipient
    sign = RECIPIENT_SIGNS[one.state]
    return (
        Cell(str(one.chat_id), "muted"),
        Cell(full_name(one.first_name, one.last_name)),
        Cell(handle(one.username)),
        Cell(one.language_code or "", "muted"),
        Cell(f"{sign.glyph} {one.state}", sign.tone),
        Cell(" ".join(one.tags), "muted"),
    )


def headline(one: RecipientView) -> Content:
    """Name, state, user name, chat id and language, on one line."""
    sign = RECIPIENT_SIGNS[one.state]
    name = full_name(one.first_name, one.last_name)
    facts = [handle(one.username), f"chat {one.chat_id}", one.language_code or ""]
    return Content.assemble(
        (f"{name}  " if name else "", "bold"),
        (f"{sign.glyph} {one.state}", TONE_STYLES[sign.tone]),
        (f"  {terminal_text(' · '.join(fact for fact in facts if fact))}", "$text-muted"),
    )


def since(one: RecipientView, zone: tzinfo) -> Content | None:
    """When and why the state is what it is; None where it was never moved."""
    if one.state_changed_at is None:
        return None
    why = f": {terminal_text(one.state_reason)}" if one.state_reason else ""
    said = f"since {full_moment(one.state_changed_at, zone)}{why}"
    return Content.styled(said, "$text-muted")


def brief(one: RecipientView, zone: tzinfo) -> Content:
    """All of it in a few lines."""
    said = [("tags", " ".join(one.tags)), *one.attributes.items()]
    lines = [headline(one), since(one, zone), named(said)]
    return Content("\n").join(line for line in lines if line)


def full(one: RecipientView, moves: Sequence[MoveView], zone: tzinfo) -> Content:
    """All of it, each attribute on a line of its own; and each move, where there was more than one.

    Args:
        moves: from state to state, the newest first.
    """
    said = [("tags", ", ".join(one.tags) or "none"), *one.attributes.items()]
    names = [terminal_text(name) for name, _ in said]
    width = min(_NAME, max(map(cell_len, names)))
    lines = [headline(one), since(one, zone)]
    lines += [
        Content.assemble((f"{fit(name, width)}  ", "$text-muted"), terminal_text(value))
        for name, (_, value) in zip(names, said, strict=True)
    ]
    if len(moves) > 1:
        lines += [Content(""), Content.styled("Moves", "bold")]
        lines += [_move(move, zone) for move in moves]
    return Content("\n").join(line for line in lines if line is not None)


def _move(move: MoveView, zone: tzinfo) -> Content:
    sign = RECIPIENT_SIGNS[move.after]
    return Content.assemble(
        (f"{full_moment(move.at, zone)}  {move.before} → ", "$text-muted"),
        (f"{sign.glyph} {move.after}", TONE_STYLES[sign.tone]),
        (f"  {terminal_text(move.reason)}", "$text-muted"),
    )
