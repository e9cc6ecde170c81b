"""Putting tags around a part of a text, and taking them away again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Final

from hsl_tui.console.highlighting import pieces, tags, variables
from hsl_tui.errors import InvalidInputError
from hsl_tui.services.composing import is_link

_SCHEMES: Final = frozenset({"http", "https", "tg"})


@dataclass(frozen=True, slots=True)
class Format:
    """A way in which Telegram shows text.

    Attributes:
        name: as in the ids of keys.
        key: its letter in the menu of formats.
        opening: the tag in front; for a link, the address is yet to come.
        names: the tag's names that mean the same.
    """

    name: str
    key: str
    said: str
    opening: str
    names: tuple[str, ...]

    @property
    def closing(self) -> str:
        """The tag behind."""
        return f"</{self.names[0]}>"


FORMATS: Final = (
    Format("bold", "b", "Bold", "<b>", ("b", "strong")),
    Format("italic", "i", "Italic", "<i>", ("i", "em")),
    Format("underline", "u", "Underline", "<u>", ("u", "ins")),
    Format("strike", "s", "Strike through", "<s>", ("s", "strike", "del")),
    Format("code", "c", "Code", "<code>", ("code",)),
    Format("pre", "p", "Block of code", "<pre>", ("pre",)),
    Format("link", "l", "Link…", "<a>", ("a",)),
    Format("quote", "q", "Quote", "<blockquote>", ("blockquote",)),
    Format("long-quote", "e", "Quote that unfolds", "<blockquote expandable>", ("blockquote",)),
    Format("spoiler", "o", "Spoiler", "<tg-spoiler>", ("tg-spoiler", "span")),
)


@dataclass(frozen=True, slots=True)
class Change:
    """What a part of a text becomes; indices of characters.

    Attributes:
        start: of what is replaced, to before ``end``.
        select: what is selected afterwards; nothing, but for the caret, where both are the same.
    """

    start: int
    end: int
    instead: str
    select: tuple[int, int]


def toggle(text: str, start: int, end: int, of: Format, opening: str | None = None) -> Change:
    """Put tags around a selection, or take them away where they are there already.

    Where nothing is selected the caret gets between two new tags; there it takes them away again
    while nothing stands between them, and otherwise goes on behind the end tag.

    Args:
        opening: the tag in front, where it is not the format's own.

    Raises:
        InvalidInputError: the selection cuts through something that belongs together.
    """
    if start != end:
        start, end = _without_margins(text, start, end)
    if (found := _taken_away(text, start, end, of)) is not None:
        return found
    if start == end and (behind := _end_tag_at(text, start, of)) is not None:
        return Change(behind, behind, "", (behind, behind))
    _require_whole(text, start, end)
    opening = opening or of.opening
    inside = start + len(opening)
    instead = f"{opening}{text[start:end]}{of.closing}"
    return Change(start, end, instead, (inside, inside + end - start))


def is_around(text: str, start: int, end: int, of: Format) -> bool:
    """Whether :func:`toggle` would put nothing around the selection, but take away or go on."""
    if start != end:
        start, end = _without_margins(text, start, end)
    return _taken_away(text, start, end, of) is not None or (
        start == end and _end_tag_at(text, start, of) is not None
    )


def link_tag(address: str) -> str:
    """The tag in front of a link's text.

    Raises:
        InvalidInputError: Telegram makes no link of the address.
    """
    address = address.strip()
    filled = variables(address)
    plain = address
    for one in reversed(filled):
        plain = f"{plain[: one.start]}x{plain[one.end :]}"
    if not is_link(plain, _SCHEMES):
        msg = "That is no link that Telegram takes; write it like https://example.org/news."
        raise InvalidInputError(msg)
    if any('"' in address[one.start : one.end] for one in filled):
        msg = "A variable in an address takes ' in place of \"."
        raise InvalidInputError(msg)
    parts: list[str] = []
    at = 0
    for one in filled:
        parts += [escape(address[at : one.start]), address[one.start : one.end]]
        at = one.end
    return f'<a href="{"".join(parts)}{escape(address[at:])}">'


def _without_margins(text: str, start: int, end: int) -> tuple[int, int]:
    """Blanks at either end stay outside of the tags."""
    chosen = text[start:end]
    if not chosen.strip():
        return start, end
    return start + len(chosen) - len(chosen.lstrip()), end - len(chosen) + len(chosen.rstrip())


def _taken_away(text: str, start: int, end: int, of: Format) -> Change | None:
    """The selection without its tags, where they stand around it or are a part of it."""
    before, behind = _start_tag_before(text, start, of), _end_tag_at(text, end, of)
    if before is not None and behind is not None:
        return Change(before, behind, text[start:end], (before, before + end - start))
    chosen = text[start:end]
    found = tags(chosen)
    if len(found) < 2:  # noqa: PLR2004 - a pair
        return None
    first, last = found[0], found[-1]
    is_pair = first.name in of.names and last.name == first.name and last.is_end
    if not (is_pair and not first.is_end and first.start == 0 and last.end == len(chosen)):
        return None
    inner = chosen[first.end : last.start]
    if not _is_balanced(inner):  # two pairs side by side
        return None
    return Change(start, end, inner, (start, start + len(inner)))


def _start_tag_before(text: str, at: int, of: Format) -> int | None:
    last = next((one for one in reversed(tags(text[:at])) if one.end == at), None)
    return None if last is None or last.is_end or last.name not in of.names else last.start


def _end_tag_at(text: str, at: int, of: Format) -> int | None:
    match = re.compile(r"</([A-Za-z-]+)>").match(text, at)
    return match.end() if match and match[1].lower() in of.names else None


def _is_balanced(text: str) -> bool:
    opened: list[str] = []
    for one in tags(text):
        if not one.is_end:
            opened.append(one.name)
        elif not opened or opened.pop() != one.name:
            return False
    return not opened


def _require_whole(text: str, start: int, end: int) -> None:
    """Raises: InvalidInputError."""
    cut = any(one.start < at < one.end for one in pieces(text) for at in (start, end))
    if cut or not _is_balanced(text[start:end]):
        msg = "The selection cuts through a tag or a variable; select all of it, or none."
        raise InvalidInputError(msg)
