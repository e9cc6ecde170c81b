"""What there is to say of one recipient."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from rich.cells import cell_len
from textual.content import Content

from hsl_tui.console.terminal_text import named, terminal_text
from hsl_tui.console.widgets.columns import fit
from hsl_tui.console.wording import RECIPIENT_SIGNS, TONE_STYLES, full_moment, full_name, handle
from hsl_tui.models.views import RecipientView

_NAME: Final = 20
"""Cells of an attribute's name."""


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


def full(one: RecipientView, zone: tzinfo) -> Content:
    """All of it, each attribute on a line of its own."""
    said = [("tags", ", ".join(one.tags) or "none"), *one.attributes.items()]
    names = [terminal_text(name) for name, _ in said]
    width = min(_NAME, max(map(cell_len, names)))
    lines = [headline(one), since(one, zone)]
    lines += [
        Content.assemble((f"{fit(name, width)}  ", "$text-muted"), terminal_text(value))
        for name, (_, value) in zip(names, said, strict=True)
    ]
    return Content("\n").join(line for line in lines if line)
