"""Reads text as Telegram does, offline: TDLib's own parser, and the limits that come after it.

Offsets and lengths are in UTF-16 code units, as everywhere in the Bot API.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import Any

from hsl_tui.errors import TextEmptyError, TextRefusedError, TextTooLongError
from hsl_tui.telegram import tdlib
from hsl_tui.telegram.places import line_and_column, place_of_error

TEXT_LIMIT = 4096
"""Most UTF-16 code units in the text of a message, after parsing."""
CAPTION_LIMIT = 1024
"""Most UTF-16 code units in a caption, after parsing."""

_TYPE_NAMES = {
    "textEntityTypeBold": "bold",
    "textEntityTypeItalic": "italic",
    "textEntityTypeUnderline": "underline",
    "textEntityTypeStrikethrough": "strikethrough",
    "textEntityTypeSpoiler": "spoiler",
    "textEntityTypeCode": "code",
    "textEntityTypePre": "pre",
    "textEntityTypePreCode": "pre",
    "textEntityTypeTextUrl": "text_link",
    "textEntityTypeMentionName": "text_mention",
    "textEntityTypeCustomEmoji": "custom_emoji",
    "textEntityTypeBlockQuote": "blockquote",
    "textEntityTypeExpandableBlockQuote": "expandable_blockquote",
    "textEntityTypeDateTime": "date_time",
}

# What Telegram turns into spaces, and what it removes, before it trims.
_CONTROLS = dict.fromkeys([*range(10), 11, 12, *range(14, 32)], " ")
_REMOVED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_INVISIBLE = re.compile(
    "[ \n\u00a0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc"
    "\U000e0000-\U000e007f]*"
)
# Any of that, or a margin: most texts have none and stay as they are.
_TRIMMABLE = re.compile(r"[\x00-\x09\x0b-\x1f\u2028-\u202e\u0333\u033f\u030a]|\A[ \n]|[ \n]\Z")


@dataclass(frozen=True, slots=True)
class Entity:
    """One stretch of formatted text, with the Bot API's type names."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None
    custom_emoji_id: str | None = None
    user_id: int | None = None
    """Whom a ``text_mention`` names."""
    unix_time: int | None = None
    date_time_format: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The entity in the Bot API's shape, without the fields that its type does not have."""
        shape: dict[str, Any] = {"type": self.type, "offset": self.offset, "length": self.length}
        for name in ("url", "language", "custom_emoji_id", "unix_time", "date_time_format"):
            value = getattr(self, name)
            if value is not None:
                shape[name] = value
        if self.user_id is not None:
            shape["user"] = {"id": self.user_id, "is_bot": False, "first_name": ""}
        return shape


@dataclass(frozen=True, slots=True)
class ParsedText:
    """Text without its tags, and what the tags said."""

    text: str
    entities: tuple[Entity, ...]
    length: int
    """UTF-16 code units of ``text``."""


def parse_html(source: str) -> ParsedText:
    """Parse Telegram HTML into plain text and entities; whitespace stays as it is.

    Raises:
        TextRefusedError: With Telegram's own sentence, and the place where one can be told.
    """
    try:
        source.encode()
    except UnicodeEncodeError as error:
        line, column = line_and_column(source, error.start)
        raise TextRefusedError("Text must be encoded in UTF-8", line=line, column=column) from None
    answer = tdlib.parse(source)
    if answer["@type"] == "error":
        message = answer["message"]
        at = place_of_error(message, source)
        if at is None:
            raise TextRefusedError(message)
        line, column = line_and_column(source, at)
        raise TextRefusedError(message, line=line, column=column)
    text = answer["text"]
    return ParsedText(text, tuple(map(_entity, answer["entities"])), utf16_length(text))


def check_text(source: str, *, caption: bool = False) -> ParsedText:
    """Parse, trim as Telegram does on sending, and hold the result against Telegram's limits.

    A message must have 1 to 4096 UTF-16 code units, a caption 0 to 1024.

    Raises:
        TextRefusedError: Telegram would refuse the text.
    """
    parsed = trimmed(parse_html(source))
    if parsed.length == 0 and not caption:
        message = "message text is empty"
        raise TextEmptyError(message)
    require_length(parsed.length, caption=caption)
    return parsed


def require_length(length: int, *, caption: bool) -> None:
    """Let pass what is not longer than Telegram takes.

    Raises:
        TextTooLongError: it is, in UTF-16 code units after parsing.
    """
    limit = CAPTION_LIMIT if caption else TEXT_LIMIT
    if length > limit:
        name = "message caption" if caption else "message"
        message = f"{name} is too long: {length} of {limit} characters"
        raise TextTooLongError(message)


def trimmed(parsed: ParsedText) -> ParsedText:
    """The text as it arrives in a chat: control characters replaced, the margins cut off.

    Leading whitespace is cut only as far as the first entity; text in which nothing can be seen
    becomes empty.
    """
    if arrives_as_it_is(parsed.text):
        return parsed
    text = parsed.text.translate(_CONTROLS)
    # All removed characters are one UTF-16 unit wide.
    removed = [utf16_length(text[: match.start()]) for match in _REMOVED.finditer(text)]
    text = _REMOVED.sub("", text)
    if _INVISIBLE.fullmatch(text):
        return ParsedText("", (), 0)
    text = text.rstrip(" \n")
    end = utf16_length(text)
    kept = []
    for entity in parsed.entities:
        start, stop = (at - bisect_left(removed, at) for at in _bounds(entity))
        if start < min(stop, end):
            kept.append(replace(entity, offset=start, length=min(stop, end) - start))
    cut = len(text) - len(text.lstrip(" \n"))
    cut = min([cut, *(entity.offset for entity in kept)])
    entities = tuple(replace(entity, offset=entity.offset - cut) for entity in kept)
    return ParsedText(text[cut:], entities, end - cut)


def arrives_as_it_is(text: str) -> bool:
    """Whether :func:`trimmed` changes nothing in a text."""
    return not _TRIMMABLE.search(text) and not _INVISIBLE.fullmatch(text)


def utf16_length(text: str) -> int:
    """How long Telegram takes the text to be, in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _bounds(entity: Entity) -> tuple[int, int]:
    return entity.offset, entity.offset + entity.length


def load_parser() -> None:
    """Load TDLib now, rather than with the first text that is parsed."""
    tdlib.load()


def _entity(found: dict[str, Any]) -> Entity:
    kind = found["type"]
    name = kind["@type"]
    return Entity(
        _TYPE_NAMES[name],
        found["offset"],
        found["length"],
        url=kind.get("url"),
        language=kind.get("language"),
        custom_emoji_id=kind.get("custom_emoji_id"),
        user_id=kind.get("user_id"),
        unix_time=kind.get("unix_time"),
        date_time_format=_date_time_format(kind) if name == "textEntityTypeDateTime" else None,
    )


def _date_time_format(kind: dict[str, Any]) -> str:
    """Back to the letters of the ``format`` attribute, which TDLib takes apart."""
    formatting = kind.get("formatting_type")
    if formatting is None:
        return ""
    if formatting["@type"] == "dateTimeFormattingTypeRelative":
        return "r"
    letters = {
        "dateTimePartPrecisionNone": "",
        "dateTimePartPrecisionShort": "dt",
        "dateTimePartPrecisionLong": "DT",
    }
    date = letters[formatting["date_precision"]["@type"]][:1]
    time = letters[formatting["time_precision"]["@type"]][1:]
    return ("w" if formatting["show_day_of_week"] else "") + date + time
