"""What Telegram adds to a text on its own: links it finds, and which of them it previews."""

from __future__ import annotations

from typing import Final

from hsl_tui.telegram import tdlib
from hsl_tui.telegram.markup import Entity, ParsedText

_TYPE_NAMES: Final = {
    "textEntityTypeUrl": "url",
    "textEntityTypeEmailAddress": "email",
    "textEntityTypeMention": "mention",
    "textEntityTypeHashtag": "hashtag",
    "textEntityTypeCashtag": "cashtag",
    "textEntityTypeBotCommand": "bot_command",
    "textEntityTypePhoneNumber": "phone_number",
}
_CLOSED: Final = {"code", "pre", "text_link", "text_mention", "custom_emoji", "date_time"}
"""In these nothing is looked for."""
_NOT_PREVIEWED: Final = ("ton:", "tg:", "ftp:", "tonsite:")


def found_in(parsed: ParsedText) -> tuple[Entity, ...]:
    """What becomes a link without any markup: addresses, mentions, hashtags and the like."""
    closed = [one for one in parsed.entities if one.type in _CLOSED]
    found = [
        Entity(_TYPE_NAMES[one["type"]["@type"]], one["offset"], one["length"])
        for one in tdlib.find_entities(parsed.text)
        if one["type"]["@type"] in _TYPE_NAMES
    ]
    return tuple(
        one
        for one in found
        if not any(
            one.offset < other.offset + other.length and other.offset < one.offset + one.length
            for other in closed
        )
    )


def previewed_link(parsed: ParsedText) -> str | None:
    """The address of which Telegram shows a preview: the first one, by TDLib's own rules."""
    units = parsed.text.encode("utf-16-le", "surrogatepass")
    links = [(one.offset, one.url or "") for one in parsed.entities if one.type == "text_link"] + [
        (one.offset, units[2 * one.offset : 2 * (one.offset + one.length)].decode("utf-16-le"))
        for one in found_in(parsed)
        # A bare domain is no reason for a preview.
        if one.type == "url"
    ]
    for _, address in sorted(links):
        written = any(address.startswith(one) for one in ("http://", "https://"))
        if address.lower().startswith(_NOT_PREVIEWED):
            continue
        if written or any(sign in address for sign in "/?#"):
            return address
    return None
