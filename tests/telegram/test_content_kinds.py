"""Each kind of content and each option, field by field as it reaches a Bot API server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import web

from hsl_tui.models.content import Button, Media, MessageContent
from hsl_tui.models.enums import ButtonStyle, MediaKind, PreviewSize
from hsl_tui.telegram.outcomes import Verdict
from hsl_tui.telegram.uploads import Upload
from tests.telegram.servers import serving
from tests.telegram.test_gateway import gateway_to

ALBUM_KINDS = [kind for kind in MediaKind if kind is not MediaKind.ANIMATION]
SHOWN = {MediaKind.PHOTO, MediaKind.VIDEO, MediaKind.ANIMATION}
URL = "https://example.org/a"


async def arrived(
    message: MessageContent, uploads: Mapping[int, Upload] | None = None
) -> tuple[str, dict[str, Any]]:
    """Send a message; the method and all fields that came, those of a form read as JSON."""
    calls: list[tuple[str, dict[str, Any]]] = []

    async def answer(request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            fields = await request.json()
        else:
            fields = {
                name: (value.filename, value.file.read())
                if isinstance(value, web.FileField)
                else _decoded(name, str(value))
                for name, value in (await request.post()).items()
            }
        calls.append((request.path.rpartition("/")[2], fields))
        result: Any = {"message_id": 7}
        if calls[-1][0] == "sendMediaGroup":
            result = [{"message_id": 7 + number} for number in range(len(fields["media"]))]
        return web.json_response({"ok": True, "result": result})

    async with serving(answer) as url, gateway_to(url) as gateway:
        outcome = await gateway.send(5, message.text, message, uploads=uploads or {})
    assert outcome.verdict is Verdict.SENT
    assert outcome.message_id == 7
    assert len(outcome.further_message_ids) == max(0, len(message.media) - 1)
    (call,) = calls
    return call


def _decoded(name: str, value: str) -> Any:
    return value if name in {"caption", "text", "parse_mode"} else json.loads(value)


def content(*media: Media, text: str = "<b>t</b>", **options: Any) -> MessageContent:
    return MessageContent(text=text, media=media, **options)


def media_of(kind: MediaKind, source: str, reference: str, **more: Any) -> Media:
    return Media.model_validate({"kind": kind, source: reference, **more})


# --- options of every message ------------------------------------------------------------------

OPTIONS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"silent": True}, {"disable_notification": True}),
    ({"protect": True}, {"protect_content": True}),
    ({"message_thread_id": 9}, {"message_thread_id": 9}),
    ({"message_effect_id": "5104841245755180586"}, {"message_effect_id": "5104841245755180586"}),
]
BUTTONS = (
    (Button(text="A", url=URL, style=ButtonStyle.DANGER), Button(text="B", url=URL)),
    (Button(text="C", url=URL, style=ButtonStyle.SUCCESS),),
    (Button(text="D", url=URL, style=ButtonStyle.PRIMARY),),
)
KEYBOARD = {
    "inline_keyboard": [
        [{"text": "A", "url": URL, "style": "danger"}, {"text": "B", "url": URL}],
        [{"text": "C", "url": URL, "style": "success"}],
        [{"text": "D", "url": URL, "style": "primary"}],
    ]
}
WITH_BUTTONS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    *OPTIONS,
    ({"buttons": BUTTONS}, {"reply_markup": KEYBOARD}),
]
PREVIEWS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"link_preview": False}, {"is_disabled": True}),
    ({"preview_size": PreviewSize.SMALL}, {"prefer_small_media": True}),
    ({"preview_size": PreviewSize.LARGE}, {"prefer_large_media": True}),
    ({"preview_above": True}, {"show_above_text": True}),
    ({"preview_url": URL}, {"url": URL}),
    (
        {"preview_size": PreviewSize.SMALL, "preview_above": True, "preview_url": URL},
        {"url": URL, "prefer_small_media": True, "show_above_text": True},
    ),
]


@pytest.mark.parametrize(("options", "fields"), WITH_BUTTONS)
async def test_a_text(options: dict[str, Any], fields: dict[str, Any]) -> None:
    plain = {"chat_id": 5, "text": "<b>t</b>", "parse_mode": "HTML"}
    assert await arrived(content(**options)) == ("sendMessage", {**plain, **fields})


@pytest.mark.parametrize(("options", "preview"), PREVIEWS)
async def test_a_link_preview(options: dict[str, Any], preview: dict[str, Any]) -> None:
    _, fields = await arrived(content(**options))
    assert fields == {
        "chat_id": 5,
        "text": "<b>t</b>",
        "parse_mode": "HTML",
        "link_preview_options": preview,
    }


# --- one item of media -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(MediaKind))
@pytest.mark.parametrize(("options", "fields"), WITH_BUTTONS)
async def test_media(kind: MediaKind, options: dict[str, Any], fields: dict[str, Any]) -> None:
    message = content(media_of(kind, "url", URL), **options)
    method, came = await arrived(message)
    assert method == f"send{kind.capitalize()}"
    assert came == {
        "chat_id": 5,
        kind.value: URL,
        "caption": "<b>t</b>",
        "parse_mode": "HTML",
        **fields,
    }


@pytest.mark.parametrize("kind", sorted(SHOWN))
async def test_media_that_is_covered_and_stands_below_its_caption(kind: MediaKind) -> None:
    _, came = await arrived(content(media_of(kind, "url", URL, spoiler=True), caption_above=True))
    assert came["has_spoiler"] is True
    assert came["show_caption_above_media"] is True


@pytest.mark.parametrize("kind", list(MediaKind))
async def test_media_with_an_upload(kind: MediaKind) -> None:
    media = Media(kind=kind, media_file_id=1, spoiler=kind in SHOWN)
    method, came = await arrived(
        content(media, silent=True, buttons=BUTTONS), {0: Upload("Ü 1.bin", b"\0\xff")}
    )
    assert method == f"send{kind.capitalize()}"
    assert came == {
        "chat_id": 5,
        kind.value: ("Ü 1.bin", b"\0\xff"),
        "caption": "<b>t</b>",
        "parse_mode": "HTML",
        "disable_notification": True,
        "reply_markup": KEYBOARD,
        **({"has_spoiler": True} if kind in SHOWN else {}),
    }


# --- albums ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ALBUM_KINDS)
@pytest.mark.parametrize(("options", "fields"), OPTIONS)
async def test_an_album(kind: MediaKind, options: dict[str, Any], fields: dict[str, Any]) -> None:
    # A reference that names a file of this machine is still only a reference.
    items = (media_of(kind, "file_id", __file__), media_of(kind, "url", URL))
    method, came = await arrived(content(*items, **options))
    assert method == "sendMediaGroup"
    first = {"type": kind, "media": __file__, "caption": "<b>t</b>", "parse_mode": "HTML"}
    assert came == {"chat_id": 5, "media": [first, {"type": kind, "media": URL}], **fields}


async def test_an_album_of_photos_and_videos_with_uploads_among_references() -> None:
    items = (
        Media(kind=MediaKind.VIDEO, media_file_id=1, spoiler=True),
        media_of(MediaKind.PHOTO, "url", URL),
        Media(kind=MediaKind.PHOTO, media_file_id=2),
    )
    uploads = {0: Upload("a.mp4", b"film"), 2: Upload('b"\n.png', b"picture")}
    method, came = await arrived(content(*items, text="", caption_above=True), uploads)
    assert method == "sendMediaGroup"
    album = came.pop("media")
    above = {"show_caption_above_media": True}
    names = [item.pop("media") for item in album]
    assert album == [
        {"type": "video", "has_spoiler": True, **above},
        {"type": "photo", **above},
        {"type": "photo", **above},
    ]
    assert names[1] == URL
    files = [came.pop(name.removeprefix("attach://")) for name in (names[0], names[2])]
    assert files == [("a.mp4", b"film"), ("b__.png", b"picture")]
    assert came == {"chat_id": 5}


async def test_an_album_without_its_file_is_a_mistake_that_sends_nothing() -> None:
    items = (Media(kind=MediaKind.PHOTO, media_file_id=1), media_of(MediaKind.PHOTO, "url", URL))
    async with gateway_to("http://127.0.0.1:9") as gateway:
        with pytest.raises(ValueError, match="needs its upload or its file_id"):
            await gateway.send(5, "", content(*items))
