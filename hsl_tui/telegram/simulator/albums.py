"""Albums: what sendMediaGroup takes, item by item."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from hsl_tui.telegram.simulator.calls import Call, Refusal

_MOST: Final = 10
_BROKEN: Final = "Bad Request: can't parse InputMedia: "
_TOGETHER: Final = ({"photo", "video"}, {"document"}, {"audio"})


def album_size(call: Call) -> int:
    """How many messages a call to sendMediaGroup makes; at least 1, also where it is broken."""
    try:
        items = call.json("media")
    except ValueError:
        return 1
    return max(1, len(items)) if isinstance(items, list) else 1


def read_items(call: Call) -> list[tuple[str, Call]]:
    """The kind of each item, and the item as a call of its own, whose file is in ``media``.

    Raises:
        Refusal: They make no album.
    """
    try:
        items = call.json("media")
    except ValueError:
        raise Refusal("Bad Request: can't parse media JSON object") from None
    if not items:
        raise Refusal("Bad Request: there are no messages to send")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Refusal("Bad Request: expected an Array of InputMedia")
    if len(items) > _MOST:
        raise Refusal("Bad Request: too many messages to send as an album")
    kinds = [item.get("type") for item in items]
    if not set(kinds) <= set.union(*_TOGETHER):
        raise Refusal(_BROKEN + "type is not one of those that an album holds")
    for apart in ("document", "audio"):
        if apart in kinds and set(kinds) != {apart}:
            raise Refusal(f"Bad Request: {apart} can't be mixed with other media types")
    if any(not item.get("media") for item in items):
        raise Refusal(_BROKEN + "media not found")
    if len({bool(item.get("show_caption_above_media")) for item in items}) > 1:
        raise Refusal(
            "Bad Request: parameter show_caption_above_media must be the same for all messages"
        )
    return [(kind, _call_of(call, item)) for kind, item in zip(kinds, items, strict=True)]


def _call_of(call: Call, item: dict[str, Any]) -> Call:
    own = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in item.items()
    }
    shared = {
        name: value
        for name, value in call.parameters.items()
        # An album has no buttons: the Bot API passes them over.
        if name not in {"media", "reply_markup"}
    }
    return replace(call, parameters={**shared, **own})
