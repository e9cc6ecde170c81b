"""TDLib, Telegram's own client library, in this process: what it makes of a text, offline."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# Letters of the same width, so that nothing in the text itself is taken for markup.
_PLAIN: Final = dict.fromkeys(map(ord, "*_~`|[]()!\\"), "x")


def load() -> None:
    """Load it now, rather than with the first question."""
    _execute()


def parse(source: str) -> dict[str, Any]:
    """Telegram HTML as TDLib reads it: a ``formattedText``, or an ``error``."""
    return _ask("parseTextEntities", text=source, parse_mode={"@type": "textParseModeHTML"})


def settle(source: str) -> tuple[str, list[dict[str, Any]]] | None:
    """The text and the entities that are left of Telegram HTML when it is sent.

    Parsing keeps every tag. On sending, TDLib drops what cannot be shown (bold in code, a quote in
    a quote), joins what touches, and splits what overlaps.

    Returns:
        None for what cannot be parsed.
    """
    parsed = parse(source)
    if parsed["@type"] == "error":
        return None
    # The only one of TDLib's synchronous calls that settles entities is one that looks for
    # Markdown as well; it finds none.
    plain = {**parsed, "text": parsed["text"].translate(_PLAIN)}
    left = _ask("parseMarkdown", text=plain)
    return parsed["text"], left.get("entities", [])


def find_entities(text: str) -> list[dict[str, Any]]:
    """What Telegram finds in a plain text by itself: addresses, mentions, hashtags and the like."""
    found: list[dict[str, Any]] = _ask("getTextEntities", text=text).get("entities", [])
    return found


def find_addresses(text: str) -> list[str]:
    """What Telegram takes for addresses of the web in a plain text."""
    units = text.encode("utf-16-le", "surrogatepass")
    return [
        units[2 * one["offset"] : 2 * (one["offset"] + one["length"])].decode("utf-16-le")
        for one in find_entities(text)
        if one["type"]["@type"] == "textEntityTypeUrl"
    ]


@cache
def _execute() -> Callable[[bytes], bytes | None]:
    from tdjson import td_execute  # noqa: PLC0415 — 50 MB, 50 ms: only for who parses

    td_execute(b'{"@type":"setLogVerbosityLevel","new_verbosity_level":0}')
    return td_execute


def _ask(function: str, **of: Any) -> dict[str, Any]:
    request = json.dumps({"@type": function, **of}).encode()
    answer: dict[str, Any] = json.loads(_execute()(request) or b"{}")
    return answer
