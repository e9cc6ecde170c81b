"""Albums, media of every kind, and the options that a Message shows."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from hsl_tui.telegram.simulator import SimulatorConfig, SimulatorThread
from tests.simulator.conftest import TOKEN, Client
from tests.simulator.test_methods import keyboard

ADDRESS = "https://example.org/"


def item(kind: str = "photo", number: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": kind, "media": f"{ADDRESS}{number}", **more}


async def send_album(client: Client, *items: Any, **more: Any) -> dict[str, Any]:
    return await client.call("sendMediaGroup", chat_id="5", media=json.dumps(items), **more)


@pytest.mark.parametrize("kind", ["photo", "video", "animation", "audio", "document"])
async def test_a_file_of_each_kind_can_be_sent_again_by_its_id(client: Client, kind: str) -> None:
    method = f"send{kind.capitalize()}"
    first = await client.call(method, chat_id="5", caption="c", **{kind: f"{ADDRESS}a.bin"})
    shown = first["result"][kind]
    file_id = (shown[-1] if kind == "photo" else shown)["file_id"]
    again = await client.call(method, chat_id="5", **{kind: file_id})
    assert again["result"][kind] == shown
    assert first["result"]["caption"] == "c"
    # Under both names, as the Bot API promises.
    assert ("document" in first["result"]) is (kind in {"animation", "document"})


async def test_an_album_is_consecutive_messages_of_one_group(
    client: Client, simulator: SimulatorThread
) -> None:
    captioned = item(caption="<b>c</b>", parse_mode="HTML", has_spoiler=True)
    items = (captioned, item("video", 1), item(number=2))
    body = await send_album(client, *items, protect_content="true", message_thread_id="7")
    messages = body["result"]
    assert [message["message_id"] for message in messages] == [1, 2, 3]
    assert len({message["media_group_id"] for message in messages}) == 1
    assert [("photo" in one, "video" in one) for one in messages] == [
        (True, False),
        (False, True),
        (True, False),
    ]
    assert [one.get("caption") for one in messages] == ["c", None, None]
    assert messages[0]["caption_entities"] == [{"type": "bold", "offset": 0, "length": 1}]
    assert [one.get("has_media_spoiler") for one in messages] == [True, None, None]
    assert {one["message_thread_id"] for one in messages} == {7}
    assert all(one["has_protected_content"] for one in messages)
    assert [one.text for one in simulator.accepted()] == ["<b>c</b>", "", ""]
    assert {one.method for one in simulator.accepted()} == {"sendMediaGroup"}


async def test_an_album_takes_uploads_and_shows_no_buttons(client: Client) -> None:
    items = [{"type": "document", "media": f"attach://file{number}"} for number in (1, 2)]
    form = aiohttp.FormData()
    form.add_field("chat_id", "5")
    form.add_field("media", json.dumps(items))
    form.add_field("reply_markup", keyboard({"text": "Open", "url": ADDRESS}))
    for number in (1, 2):
        form.add_field(f"file{number}", b"x" * number, filename=f"{number}.txt")
    async with client.session.post(f"{client.url}/bot{TOKEN}/sendMediaGroup", data=form) as answer:
        messages = (await answer.json())["result"]
    assert [one["document"]["file_name"] for one in messages] == ["1.txt", "2.txt"]
    assert [one["document"]["file_size"] for one in messages] == [1, 2]
    assert not any("reply_markup" in one for one in messages)


async def test_a_single_item_is_no_album(client: Client) -> None:
    (message,) = (await send_album(client, item()))["result"]
    assert "media_group_id" not in message


REFUSED_ALBUMS = [
    ("[]", "there are no messages to send"),
    ("{", "can't parse media JSON object"),
    ('"x"', "expected an Array of InputMedia"),
    (json.dumps([item()] * 11), "too many messages to send as an album"),
    (json.dumps([item(), item("document")]), "document can't be mixed with other media types"),
    (json.dumps([item("audio"), item()]), "audio can't be mixed with other media types"),
    (json.dumps([item(), item("animation")]), "type is not one of those that an album holds"),
    (json.dumps([item(), {"type": "photo"}]), "can't parse InputMedia: media not found"),
    (
        json.dumps([item(), item(show_caption_above_media=True)]),
        "parameter show_caption_above_media must be the same for all messages",
    ),
    (
        json.dumps([item(), {"type": "photo", "media": "unknown"}]),
        "wrong file identifier/HTTP URL specified",
    ),
    (json.dumps([item(caption="x" * 1025), item()]), "message caption is too long"),
]


@pytest.mark.parametrize(("media", "sentence"), REFUSED_ALBUMS)
async def test_an_album_that_is_refused_leaves_nothing(
    client: Client, simulator: SimulatorThread, media: str, sentence: str
) -> None:
    body = await client.call("sendMediaGroup", chat_id="5", media=media)
    assert body["error_code"] == 400
    assert sentence in body["description"]
    assert simulator.chat_messages(5) == []
    assert simulator.accepted() == ()


async def test_every_message_of_an_album_counts_for_the_rate() -> None:
    with SimulatorThread(SimulatorConfig(rate=5)) as simulator:
        async with aiohttp.ClientSession() as session:
            client = Client(session, simulator.url)
            assert (await send_album(client, *[item()] * 3))["ok"]
            assert (await send_album(client, *[item()] * 3))["error_code"] == 429
        assert simulator.stats.max_per_second == 3


async def test_an_album_larger_than_the_rate_passes_alone() -> None:
    with SimulatorThread(SimulatorConfig(rate=5)) as simulator:
        async with aiohttp.ClientSession() as session:
            client = Client(session, simulator.url)
            assert (await send_album(client, *[item()] * 10))["ok"]
            assert (await client.send())["error_code"] == 429


async def test_options_are_shown_where_telegram_shows_them(client: Client) -> None:
    preview = {"url": ADDRESS, "prefer_small_media": True, "show_above_text": True}
    text = await client.send(
        message_thread_id="3",
        message_effect_id="5104841245755180586",
        link_preview_options=json.dumps(preview),
        reply_markup=keyboard({"text": "Open", "url": ADDRESS, "style": "danger"}),
    )
    message = text["result"]
    assert (message["message_thread_id"], message["is_topic_message"]) == (3, True)
    assert message["effect_id"] == "5104841245755180586"
    assert message["link_preview_options"] == preview
    assert message["reply_markup"]["inline_keyboard"][0][0]["style"] == "danger"
    options = {"has_spoiler": "true", "show_caption_above_media": "true"}
    photo = await client.call("sendPhoto", chat_id="5", photo=ADDRESS, caption="c", **options)
    assert photo["result"]["has_media_spoiler"] is True
    assert photo["result"]["show_caption_above_media"] is True
    audio = await client.call("sendAudio", chat_id="5", audio=ADDRESS, **options)
    assert not {"has_media_spoiler", "show_caption_above_media"} & audio["result"].keys()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"message_thread_id": "x"}, "message thread not found"),
        ({"message_effect_id": "fire"}, "EFFECT_ID_INVALID"),
        ({"link_preview_options": "{"}, "can't parse link preview options"),
        ({"link_preview_options": "[1]"}, "object expected as link preview options"),
        (
            {"reply_markup": keyboard({"text": "x", "url": ADDRESS, "style": "pink"})},
            "invalid button style",
        ),
    ],
)
async def test_wrong_options_are_refused(
    client: Client, more: dict[str, Any], sentence: str
) -> None:
    assert sentence in (await client.send(**more))["description"]


async def test_an_edit_says_anew_how_the_message_looks(client: Client) -> None:
    sent = await client.call(
        "sendPhoto", chat_id="5", photo=ADDRESS, has_spoiler="true", show_caption_above_media="true"
    )
    edited = await client.call(
        "editMessageCaption",
        chat_id="5",
        message_id=str(sent["result"]["message_id"]),
        caption="c",
    )
    assert edited["result"]["has_media_spoiler"] is True
    assert "show_caption_above_media" not in edited["result"]
