"""Text that people wrote, as it is shown: safe, and as wide on every terminal as it is counted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from textual.content import Content

from hsl_tui.safety import safe_text

_EMOJI: Final = "[\u2600-\u27bf\u2b00-\u2bff\U0001f1e6-\U0001faff]"

UNEVEN: Final = re.compile(
    "[\ufe00-\ufe0f\U000e0100-\U000e01ef]"  # selectors of variants
    f"|\u200d(?=[\u2640\u2642]|{_EMOJI})"  # the joiner in families and professions
    f"|(?<={_EMOJI})[\U0001f3fb-\U0001f3ff]"  # tones of skin
)
"""What makes some terminals draw an emoji wider or narrower than others.

Cells that are counted wrongly move all that stands to the right of them, and what is drawn later
lands beside its place.
"""


def terminal_text(text: str, *, newlines: bool = False) -> str:
    """The text made safe, with emoji in their plainest form.

    A family becomes its members side by side, a waving hand loses its tone of skin. What is sent is
    not touched by that.
    """
    if text.isascii():
        return safe_text(text, newlines=newlines)
    return safe_text(UNEVEN.sub("", text), newlines=newlines)


def named(details: Iterable[tuple[str, str]]) -> Content:
    """Details side by side, each behind its name; those that say nothing are left out."""
    return Content("   ").join(
        Content.assemble((f"{terminal_text(name)} ", "$text-muted"), terminal_text(said))
        for name, said in details
        if said
    )
