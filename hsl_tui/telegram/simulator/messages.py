"""Messages as the Bot API shows them, and what their text, buttons and media must be like."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from hsl_tui.errors import TextRefusedError
from hsl_tui.telegram.markup import (
    CAPTION_LIMIT,
    TEXT_LIMIT,
    ParsedText,
    parse_html,
    trimmed,
    utf16_length,
)
from hsl_tui.telegram.simulator.calls import Call, Refusal
from hsl_tui.telegram.simulator.files import MediaFile

_MARKUP_LIMIT = 10_000
_CALLBACK_DATA_LIMIT = 64
_STYLES = {"danger", "success", "primary"}
_SHOWN = {"photo", "video", "animation"}
_SUPERGROUPS_BELOW = -(10**12)


@dataclass(slots=True)
class SentMessage:
    """What is in a chat now; changed by edits."""

    bot_id: int
    chat_id: int
    message_id: int
    text: ParsedText
    date: int
    """Seconds since the epoch."""
    media: MediaFile | None
    reply_markup: str
    protected: bool
    look: dict[str, Any] = field(default_factory=dict)
    """Further fields of the Bot API's Message."""
    edit_date: int | None = None
    deleted: bool = False


def read_text(call: Call, name: str, *, caption: bool = False) -> ParsedText:
    """The text or caption of a call, parsed and trimmed.

    Only ``parse_mode`` HTML and none are known here.

    Raises:
        Refusal: As Telegram refuses it.
    """
    source = call.text(name)
    if not source and not caption:
        raise Refusal("Bad Request: message text is empty")
    match call.text("parse_mode").lower():
        case "html":
            try:
                parsed = parse_html(source)
            except TextRefusedError as error:
                sentence = str(error)
                raise Refusal(f"Bad Request: {sentence[0].lower()}{sentence[1:]}") from None
        case "":
            parsed = ParsedText(source, (), utf16_length(source))
        case _:
            raise Refusal("Bad Request: unsupported parse_mode")
    parsed = trimmed(parsed)
    if caption:
        if parsed.length > CAPTION_LIMIT:
            raise Refusal("Bad Request: message caption is too long")
    elif not parsed.length:
        raise Refusal("Bad Request: text must be non-empty")
    elif parsed.length > TEXT_LIMIT:
        raise Refusal("Bad Request: message is too long")
    return parsed


def read_reply_markup(call: Call) -> str:
    """The inline keyboard of a call as JSON, or an empty string.

    Raises:
        Refusal: A button is not as Telegram wants it.
    """
    try:
        markup = call.json("reply_markup")
    except ValueError:
        raise Refusal("Bad Request: can't parse reply keyboard markup JSON object") from None
    if markup is None:
        return ""
    if not isinstance(markup, dict):
        raise Refusal("Bad Request: object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is None:
        return ""
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Refusal('Bad Request: field "inline_keyboard" must be of type Array')
    for row in rows:
        for button in row:
            _check_button(button)
    if len(call.text("reply_markup").encode()) > _MARKUP_LIMIT:
        raise Refusal("Bad Request: reply markup is too long")
    return json.dumps({"inline_keyboard": rows}) if any(rows) else ""


def read_look(call: Call, kind: str | None) -> dict[str, Any]:
    """What the options of a call add to its Message; ``kind`` is that of its media.

    Raises:
        Refusal: As Telegram refuses one.
    """
    look: dict[str, Any] = {}
    if call.text("message_thread_id"):
        topic = call.integer("message_thread_id")
        if topic < 1:
            raise Refusal("Bad Request: message thread not found")
        look |= {"message_thread_id": topic, "is_topic_message": True}
    if effect := call.text("message_effect_id"):
        if not effect.isdecimal():
            raise Refusal("Bad Request: EFFECT_ID_INVALID")
        look["effect_id"] = effect
    if kind is None and (options := _link_preview_options(call)):
        look["link_preview_options"] = options
    if kind in _SHOWN:
        if call.flag("has_spoiler"):
            look["has_media_spoiler"] = True
        if call.flag("show_caption_above_media"):
            look["show_caption_above_media"] = True
    return look


def _link_preview_options(call: Call) -> dict[str, Any]:
    try:
        options = call.json("link_preview_options")
    except ValueError:
        raise Refusal("Bad Request: can't parse link preview options JSON object") from None
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise Refusal("Bad Request: object expected as link preview options")
    return options


def _check_button(button: Any) -> None:
    broken = "Bad Request: can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise Refusal(broken + "InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str):
        raise Refusal(broken + 'Field "text" must be of type String')
    if not button["text"].strip():
        raise Refusal("Bad Request: BUTTON_TEXT_INVALID")
    if button.get("style", "danger") not in _STYLES:
        raise Refusal(broken + "invalid button style specified")
    if "url" in button:
        if not _is_button_url(str(button["url"])):
            raise Refusal("Bad Request: BUTTON_URL_INVALID")
    elif "callback_data" in button:
        if not 1 <= len(str(button["callback_data"]).encode()) <= _CALLBACK_DATA_LIMIT:
            raise Refusal("Bad Request: BUTTON_DATA_INVALID")
    elif button.keys() <= {"text", "style", "icon_custom_emoji_id"}:
        raise Refusal(broken + "Text buttons are unallowed in the inline keyboard")


def _is_button_url(url: str) -> bool:
    if any(character.isspace() for character in url):
        return False
    if url.startswith(("tg://", "ton://")):
        return True
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and "." in host.strip(".")


def bot_user(bot_id: int) -> dict[str, Any]:
    """The bot as the ``from`` of its messages."""
    return {
        "id": bot_id,
        "is_bot": True,
        "first_name": "Simulated bot",
        "username": f"simulated_{bot_id}_bot",
    }


def chat(chat_id: int) -> dict[str, Any]:
    """A chat as far as its id tells."""
    if chat_id > 0:
        return {"id": chat_id, "type": "private", "first_name": f"Recipient {chat_id}"}
    kind = "supergroup" if chat_id < _SUPERGROUPS_BELOW else "group"
    return {"id": chat_id, "type": kind, "title": f"Group {chat_id}"}


def message_json(message: SentMessage) -> dict[str, Any]:
    """The Bot API's Message."""
    shape: dict[str, Any] = {
        "message_id": message.message_id,
        "from": bot_user(message.bot_id),
        "chat": chat(message.chat_id),
        "date": message.date,
    }
    if message.edit_date is not None:
        shape["edit_date"] = message.edit_date
    text_name, entities_name = "text", "entities"
    if message.media is not None:
        shape |= message.media.to_json()
        text_name, entities_name = "caption", "caption_entities"
    if message.text.text:
        shape[text_name] = message.text.text
    if message.text.entities:
        shape[entities_name] = [entity.to_json() for entity in message.text.entities]
    if message.reply_markup:
        shape["reply_markup"] = json.loads(message.reply_markup)
    if message.protected:
        shape["has_protected_content"] = True
    return shape | message.look
