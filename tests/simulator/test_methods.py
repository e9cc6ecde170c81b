from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import aiohttp
import pytest

from hsl_tui.telegram.simulator import SimulatorThread
from tests.simulator.conftest import TOKEN, Client, until


def keyboard(*buttons: dict[str, Any]) -> str:
    return json.dumps({"inline_keyboard": [list(buttons)]})


async def test_a_message_is_answered_as_the_bot_api_does(
    client: Client, simulator: SimulatorThread
) -> None:
    markup = keyboard({"text": "Open", "url": "https://example.org"})
    body = await client.send(
        5, " <b>hi</b> 👍 ", parse_mode="HTML", reply_markup=markup, protect_content="true"
    )

    message = body["result"]
    assert message["message_id"] == 1
    assert message["chat"] == {"id": 5, "type": "private", "first_name": "Recipient 5"}
    assert message["from"]["id"] == 42
    assert message["text"] == "hi 👍"
    assert message["entities"] == [{"type": "bold", "offset": 0, "length": 2}]
    assert message["reply_markup"] == json.loads(markup)
    assert message["has_protected_content"] is True
    (accepted,) = simulator.accepted()
    assert (accepted.bot_id, accepted.chat_id, accepted.message_id) == (42, 5, 1)
    assert (accepted.method, accepted.text) == ("sendMessage", " <b>hi</b> 👍 ")


async def test_parameters_come_by_query_form_multipart_and_json(
    client: Client, simulator: SimulatorThread
) -> None:
    url = f"{client.url}/bot{TOKEN}/sendMessage"
    parameters = {"chat_id": "5", "text": "a&b=ü"}
    with aiohttp.MultipartWriter("form-data") as multipart:
        for name, value in parameters.items():
            multipart.append(value).set_content_disposition("form-data", name=name)

    for request in (
        client.session.get(url, params=parameters),
        client.session.post(url, params=parameters),
        client.session.post(url, data=parameters),
        client.session.post(url, data=multipart),
        client.session.post(url, json={"chat_id": 5, "text": "a&b=ü", "parse_mode": None}),
    ):
        async with request as answer:
            assert (await answer.json())["result"]["text"] == "a&b=ü"
    assert [each.text for each in simulator.accepted(5)] == ["a&b=ü"] * 5


@pytest.mark.parametrize("body", [b"[1]", b"{", b"\xff"])
async def test_a_body_that_cannot_be_read_is_refused(client: Client, body: bytes) -> None:
    url = f"{client.url}/bot{TOKEN}/sendMessage"
    headers = {"Content-Type": "application/json"}
    async with client.session.post(url, data=body, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json())["description"].startswith("Bad Request")


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"text": ""}, "Bad Request: message text is empty"),
        ({"text": " \n"}, "Bad Request: text must be non-empty"),
        ({"text": "<b> </b>", "parse_mode": "HTML"}, "Bad Request: text must be non-empty"),
        ({"text": "x" * 4097}, "Bad Request: message is too long"),
        (
            {"text": "a<br>", "parse_mode": "html"},
            'Bad Request: can\'t parse entities: Unsupported start tag "br" at byte offset 1',
        ),
        ({"parse_mode": "Klingon"}, "Bad Request: unsupported parse_mode"),
        ({"chat_id": ""}, "Bad Request: chat_id is empty"),
        ({"chat_id": "-5"}, "Bad Request: chat not found"),
        ({"chat_id": "0"}, "Bad Request: chat not found"),
        ({"chat_id": "@somebody"}, "Bad Request: chat not found"),
        ({"chat_id": "9" * 30}, "Bad Request: chat not found"),
        (
            {"reply_markup": keyboard({"text": "x", "url": "nowhere"})},
            "Bad Request: BUTTON_URL_INVALID",
        ),
        (
            {"reply_markup": keyboard({"text": "x", "url": "javascript://a.b/"})},
            "Bad Request: BUTTON_URL_INVALID",
        ),
        (
            {"reply_markup": keyboard({"text": "x", "url": "https://[a.b"})},
            "Bad Request: BUTTON_URL_INVALID",
        ),
        (
            {"reply_markup": keyboard({"text": "x", "url": "https://a.b/ c"})},
            "Bad Request: BUTTON_URL_INVALID",
        ),
        (
            {"reply_markup": keyboard({"text": "x", "callback_data": "x" * 65})},
            "Bad Request: BUTTON_DATA_INVALID",
        ),
        (
            {"reply_markup": keyboard({"text": " ", "url": "https://a.b"})},
            "Bad Request: BUTTON_TEXT_INVALID",
        ),
        (
            {"reply_markup": keyboard({"text": "x"})},
            (
                "Bad Request: can't parse inline keyboard button: "
                "Text buttons are unallowed in the inline keyboard"
            ),
        ),
        (
            {"reply_markup": keyboard({"url": "https://a.b"})},
            'Bad Request: can\'t parse inline keyboard button: Field "text" must be of type String',
        ),
        (
            {"reply_markup": keyboard(*[{"text": "x" * 90, "url": "https://a.b"}] * 100)},
            "Bad Request: reply markup is too long",
        ),
        (
            {"reply_markup": "{"},
            "Bad Request: can't parse reply keyboard markup JSON object",
        ),
        ({"reply_markup": "[]"}, "Bad Request: object expected as reply markup"),
    ],
)
async def test_what_telegram_refuses_is_refused_and_not_recorded(
    client: Client, simulator: SimulatorThread, parameters: dict[str, str], description: str
) -> None:
    body = await client.call("sendMessage", **{"chat_id": "5", "text": "x", **parameters})

    assert (body["error_code"], body["description"]) == (400, description)
    assert simulator.accepted() == ()


@pytest.mark.parametrize("url", ["https://example.org/x?y#z", "tg://resolve?domain=x", "a.org"])
async def test_good_button_addresses_pass(client: Client, url: str) -> None:
    assert (await client.send(reply_markup=keyboard({"text": "x", "url": url})))["ok"]


async def test_only_known_chats_and_tokens_are_served(
    client: Client, simulator: SimulatorThread
) -> None:
    simulator.configure(known_chats=frozenset({-1001234567890, -7}), tokens=frozenset({TOKEN}))

    assert (await client.send(5))["description"] == "Bad Request: chat not found"
    assert (await client.send(-1001234567890))["result"]["chat"]["type"] == "supergroup"
    assert (await client.send(-7))["result"]["chat"]["type"] == "group"
    other = await client.call("getMe", token="1:other")
    assert (other["error_code"], other["description"]) == (401, "Unauthorized")


@pytest.mark.parametrize("token", ["", "abc", "1:", "x:abc", "1:ab%20c"])
async def test_a_token_of_the_wrong_shape_is_unauthorized(client: Client, token: str) -> None:
    assert (await client.call("getMe", token=token))["error_code"] == 401


async def test_methods_take_any_case_and_unknown_ones_are_not_found(client: Client) -> None:
    assert (await client.call("GETME"))["result"]["id"] == 42
    assert await client.call("banAll") == {
        "ok": False,
        "error_code": 404,
        "description": "Not Found",
    }
    async with client.session.get(client.url + "/elsewhere") as answer:
        assert answer.status == 404


@pytest.mark.parametrize("kind", ["photo", "video", "document"])
async def test_a_file_is_uploaded_once_and_sent_again_by_its_id(
    client: Client, simulator: SimulatorThread, kind: str
) -> None:
    method = f"send{kind.title()}"
    form = aiohttp.FormData({"chat_id": "5", "caption": "<i>x</i>", "parse_mode": "HTML"})
    form.add_field(kind, b"bytes", filename="name.bin")
    async with client.session.post(f"{client.url}/bot{TOKEN}/{method}", data=form) as answer:
        message = (await answer.json())["result"]

    file = message[kind][-1] if kind == "photo" else message[kind]
    assert file["file_size"] == 5
    assert message["caption"] == "x"
    assert message["caption_entities"] == [{"type": "italic", "offset": 0, "length": 1}]
    again = await client.call(method, **{"chat_id": "6", kind: file["file_id"]})
    assert "caption" not in again["result"]
    assert [each.method for each in simulator.accepted()] == [method, method]
    for stranger in (
        await client.call(method, token="43:x", **{"chat_id": "6", kind: file["file_id"]}),
        await client.call(method, **{"chat_id": "6", kind: "no-such-id"}),
    ):
        assert stranger["description"] == ("Bad Request: wrong file identifier/HTTP URL specified")


async def test_media_that_telegram_refuses(client: Client) -> None:
    url = {"chat_id": "5", "document": "https://example.org/a.pdf"}
    document = (await client.call("sendDocument", **url))["result"]["document"]
    too_large = aiohttp.FormData({"chat_id": "5"})
    too_large.add_field("photo", io.BytesIO(bytes(10 * 2**20 + 1)), filename="large.png")
    empty = aiohttp.FormData({"chat_id": "5"})
    empty.add_field("photo", io.BytesIO(), filename="empty.png")

    wrong_kind = await client.call("sendPhoto", chat_id="5", photo=document["file_id"])
    long_caption = await client.call("sendDocument", **url, caption="x" * 1025)
    missing = await client.call("sendPhoto", chat_id="5")

    assert document["file_name"] == "a.pdf"
    assert wrong_kind["description"].endswith("can't use file of type Document as Photo")
    assert long_caption["description"] == "Bad Request: message caption is too long"
    assert missing["description"] == "Bad Request: there is no photo in the request"
    for form, sentence in ((too_large, "file is too big"), (empty, "file must be non-empty")):
        async with client.session.post(f"{client.url}/bot{TOKEN}/sendPhoto", data=form) as answer:
            assert (await answer.json())["description"] == f"Bad Request: {sentence}"


async def test_a_body_over_the_upload_limit_is_413(client: Client) -> None:
    form = aiohttp.FormData({"chat_id": "5"})
    form.add_field("document", io.BytesIO(bytes(50 * 2**20 + 1)), filename="large.bin")
    async with client.session.post(f"{client.url}/bot{TOKEN}/sendDocument", data=form) as answer:
        assert answer.status == 413
        assert (await answer.json())["description"] == "Request Entity Too Large"


async def test_editing_changes_the_message_and_says_when_there_is_nothing_to_change(
    client: Client, simulator: SimulatorThread
) -> None:
    await client.send(5, "before")
    edit = {"chat_id": "5", "message_id": "1", "text": "after"}

    edited = await client.call("editMessageText", **edit)
    again = await client.call("editMessageText", **edit)

    assert edited["result"]["text"] == "after"
    assert "edit_date" in edited["result"]
    assert again["description"].startswith("Bad Request: message is not modified")
    assert [each["text"] for each in simulator.chat_messages(5)] == ["after"]


async def test_editing_keeps_text_and_captions_apart(client: Client) -> None:
    await client.send(5, "text")
    await client.call("sendPhoto", chat_id="5", photo="https://example.org/a.png", caption="old")

    edited = await client.call("editMessageCaption", chat_id="5", message_id="2", caption="new")
    no_caption = await client.call("editMessageCaption", chat_id="5", message_id="1", caption="x")
    no_text = await client.call("editMessageText", chat_id="5", message_id="2", text="x")
    no_message = await client.call("editMessageText", chat_id="5", message_id="9", text="x")
    not_here = await client.call("editMessageText", chat_id="6", message_id="1", text="x")
    no_id = await client.call("editMessageText", chat_id="5", text="x")

    assert edited["result"]["caption"] == "new"
    assert no_caption["description"] == ("Bad Request: there is no caption in the message to edit")
    assert no_text["description"] == "Bad Request: there is no text in the message to edit"
    assert no_message["description"] == "Bad Request: message to edit not found"
    assert not_here["description"] == "Bad Request: message to edit not found"
    assert no_id["description"] == "Bad Request: message identifier is not specified"


async def test_a_deleted_message_is_gone(client: Client, simulator: SimulatorThread) -> None:
    for _ in range(4):
        await client.send(5)
    await client.send(6)

    assert (await client.call("deleteMessage", chat_id="5", message_id="1"))["result"] is True
    again = await client.call("deleteMessage", chat_id="5", message_id="1")
    assert again["description"] == "Bad Request: message to delete not found"
    # Ids that are not there, or lie in another chat, are passed over.
    assert (await client.call("deleteMessages", chat_id="5", message_ids="[1,2,3,5,99]"))["ok"]
    assert [each["message_id"] for each in simulator.chat_messages(5)] == [4]
    assert len(simulator.chat_messages(6)) == 1
    assert len(simulator.accepted()) == 5


@pytest.mark.parametrize(
    ("ids", "sentence"),
    [
        ("", "message identifiers are not specified"),
        ("[", "can't parse message_ids JSON object"),
        ("5", "expected an Array of message identifiers"),
        (json.dumps(list(range(1, 102))), "too many message identifiers specified"),
        ('["x"]', "invalid message identifier specified"),
    ],
)
async def test_bad_lists_of_ids_are_refused(client: Client, ids: str, sentence: str) -> None:
    body = await client.call("deleteMessages", chat_id="5", message_ids=ids)

    assert body["description"] == f"Bad Request: {sentence}"


async def test_updates_stay_until_an_offset_confirms_them(
    client: Client, simulator: SimulatorThread
) -> None:
    for number in range(1, 4):
        simulator.queue_update({"message": {"n": number}})

    async def ids(**parameters: str) -> list[int]:
        return [
            each["update_id"] for each in (await client.call("getUpdates", **parameters))["result"]
        ]

    assert await ids() == [1, 2, 3]
    assert await ids(limit="2") == [1, 2]
    assert await ids(offset="3") == [3]
    assert await ids() == [3]
    assert await ids(offset="4") == []
    for _ in range(3):
        simulator.queue_update({"message": {}})
    assert await ids(offset="-1") == [6]


async def test_a_long_poll_returns_with_the_first_update(
    client: Client, simulator: SimulatorThread
) -> None:
    poll = asyncio.create_task(client.call("getUpdates", timeout="30"))
    await until(lambda: simulator.stats.requests == 1)
    simulator.queue_update({"message": {}})

    assert [each["update_id"] for each in (await poll)["result"]] == [1]


async def test_a_long_poll_without_updates_ends_empty(client: Client) -> None:
    assert (await client.call("getUpdates", timeout="1"))["result"] == []


async def test_a_second_poll_ends_the_first_with_a_conflict(
    client: Client, simulator: SimulatorThread
) -> None:
    first = asyncio.create_task(client.call("getUpdates", timeout="30"))
    await until(lambda: simulator.stats.requests == 1)
    assert (await client.call("getUpdates"))["result"] == []

    body = await first
    assert body["error_code"] == 409
    assert body["description"].startswith("Conflict: terminated by other getUpdates request")


async def test_a_webhook_of_another_program_is_shown_and_forbids_polling(
    client: Client, simulator: SimulatorThread
) -> None:
    assert (await client.call("getWebhookInfo"))["result"]["url"] == ""
    simulator.configure(webhook_url="https://example.org/hook")

    assert (await client.call("getWebhookInfo"))["result"]["url"] == "https://example.org/hook"
    assert (await client.call("getUpdates"))["error_code"] == 409
