from __future__ import annotations

import asyncio
import logging
import socket
import traceback
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from hsl_tui.bot_token import bot_id_of
from hsl_tui.errors import SettingsError, TelegramUnreachableError, TokenRefusedError
from hsl_tui.models.content import Button, Media, MessageContent
from hsl_tui.models.enums import ErrorKind, MediaKind, RecipientState
from hsl_tui.telegram.bot_api import BotApi
from hsl_tui.telegram.gateway import Gateway
from hsl_tui.telegram.intake import BotIdentity
from hsl_tui.telegram.outcomes import Exchange, Outcome, Verdict
from hsl_tui.telegram.simulator import FAULTS, Ending, FaultRule, Match, SimulatorThread
from hsl_tui.telegram.uploads import Upload
from tests.telegram.servers import raw, serving, speaking

SECRET = "AAHk-Zq3_x9LwVbN7TtYcPd2mRfGsUoEj4i"
TOKEN = SecretStr(f"4242:{SECRET}")
HELLO = MessageContent(text="Hello")
ACCEPTED = (
    b'{"ok": true, "result": {"message_id": 7, "date": 0, "chat": {"id": 5, "type": "private"}}}'
)


def gateway_to(url: str, **options: Any) -> Gateway:
    return Gateway(TOKEN, url, **{"request_timeout": 10.0, "connections": 4, **options})


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    with SimulatorThread() as running:
        yield running


async def fields_of(message: MessageContent, **options: Any) -> tuple[str, dict[str, Any]]:
    """Send a message and give what arrived: the method and its parameters."""
    arrived: list[tuple[str, dict[str, Any]]] = []
    uploads = options.pop("uploads", {})

    async def answer(request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            fields = await request.json()
        else:
            form = await request.post()
            fields = {
                name: (value.filename, value.file.read())
                if isinstance(value, web.FileField)
                else value
                for name, value in form.items()
            }
        arrived.append((request.path.rpartition("/")[2], fields))
        return web.Response(body=ACCEPTED)

    async with serving(answer) as url, gateway_to(url, **options) as gateway:
        outcome = await gateway.send(5, message.text, message, uploads=uploads)
    assert outcome.verdict is Verdict.SENT
    assert outcome.message_id == 7
    return arrived[0]


async def test_a_plain_message_says_only_what_it_must() -> None:
    method, fields = await fields_of(MessageContent(text="<b>Grüße</b> & 😀"))
    assert method == "sendMessage"
    assert fields == {"chat_id": 5, "text": "<b>Grüße</b> & 😀", "parse_mode": "HTML"}


async def test_all_options_reach_telegram() -> None:
    message = MessageContent(
        text="x",
        buttons=(
            (Button(text="A", url="https://a.example"), Button(text="B", url="https://b.example")),
            (Button(text="C", url="https://c.example"),),
        ),
        silent=True,
        protect=True,
        link_preview=False,
    )
    _, fields = await fields_of(message, paid_broadcast=True)
    assert fields["disable_notification"] is True
    assert fields["protect_content"] is True
    assert fields["allow_paid_broadcast"] is True
    assert fields["link_preview_options"] == {"is_disabled": True}
    a, b, c = ({"text": name, "url": f"https://{name.lower()}.example"} for name in "ABC")
    assert fields["reply_markup"] == {"inline_keyboard": [[a, b], [c]]}


@pytest.mark.parametrize("kind", list(MediaKind))
@pytest.mark.parametrize("source", ["file_id", "url"])
async def test_media_is_sent_by_reference_with_the_text_as_caption(
    kind: MediaKind, source: str
) -> None:
    # A reference that names a file of this machine is still only a reference.
    reference = __file__ if source == "file_id" else "https://example.org/a.bin"
    media = Media.model_validate({"kind": kind, source: reference})
    message = MessageContent(text="<i>c</i>", media=(media,))
    method, fields = await fields_of(message)
    assert method == f"send{kind.capitalize()}"
    assert fields[kind.value] == reference
    assert fields["caption"] == "<i>c</i>"
    assert fields["parse_mode"] == "HTML"


@pytest.mark.parametrize("kind", list(MediaKind))
async def test_an_upload_arrives_whole_with_its_name(kind: MediaKind) -> None:
    data = bytes(range(256)) * 8_192
    message = MessageContent(text="Grüße", media=(Media(kind=kind, media_file_id=1),))
    _, fields = await fields_of(message, uploads={0: Upload("Prüfung 1.pdf", data)})
    assert fields[kind.value] == ("Prüfung 1.pdf", data)
    assert fields["caption"] == "Grüße"


async def test_a_hostile_file_name_adds_no_header() -> None:
    message = MessageContent(text="", media=(Media(kind=MediaKind.DOCUMENT, media_file_id=1),))
    upload = Upload('a"\r\nX-Evil: 1\r\n\r\n/b', b"data")
    _, fields = await fields_of(message, uploads={0: upload})
    assert fields["document"] == ("a___X-Evil: 1_____b", b"data")
    assert set(fields) == {"chat_id", "document", "parse_mode"}


async def test_an_uploaded_file_can_be_sent_again_by_its_id(simulator: SimulatorThread) -> None:
    message = MessageContent(text="", media=(Media(kind=MediaKind.PHOTO, media_file_id=1),))
    async with gateway_to(simulator.url) as gateway:
        first = await gateway.send(5, "", message, uploads={0: Upload("a.png", b"\x89PNG")})
        (file_id,) = first.file_ids
        again = MessageContent(text="", media=(Media(kind=MediaKind.PHOTO, file_id=file_id),))
        second = await gateway.send(6, "", again)
    assert second.verdict is Verdict.SENT


async def test_a_sent_message_has_the_id_that_telegram_gave_it(simulator: SimulatorThread) -> None:
    async with gateway_to(simulator.url) as gateway:
        outcome = await gateway.send(5, HELLO.text, HELLO)
    (message,) = simulator.accepted()
    assert outcome.verdict is Verdict.SENT
    assert outcome.message_id == message.message_id


_ENDINGS = {
    Ending.CUT: ErrorKind.NO_ANSWER,
    Ending.SILENCE: ErrorKind.NO_ANSWER,
    Ending.HALF: ErrorKind.UNREADABLE,
    Ending.UNREADABLE: ErrorKind.UNREADABLE,
}


@pytest.mark.parametrize("name", sorted(FAULTS))
async def test_no_fault_of_telegrams_is_taken_for_less_or_more_than_it_is(
    simulator: SimulatorThread, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fault = FAULTS[name]
    simulator.add_faults(FaultRule(name, Match(chats=frozenset({5}))))
    silent = fault.ending is Ending.SILENCE
    async with gateway_to(simulator.url, request_timeout=0.3 if silent else 10.0) as gateway:
        outcome = await gateway.send(5, HELLO.text, HELLO)
        untouched = await gateway.send(6, HELLO.text, HELLO)
    if fault.ending in _ENDINGS:
        assert outcome.verdict is Verdict.UNCERTAIN
        assert outcome.kind is _ENDINGS[fault.ending]
    else:
        assert outcome.code == fault.code
        assert outcome.description == fault.description
    if fault.accepted:
        assert outcome.verdict in {Verdict.SENT, Verdict.UNCERTAIN}
    assert untouched.verdict is Verdict.SENT
    assert SECRET not in caplog.text + repr(outcome)


async def test_a_rate_limit_and_a_migration_bring_their_numbers(
    simulator: SimulatorThread,
) -> None:
    simulator.add_faults(
        FaultRule("flood", Match(chats=frozenset({5})), parameters={"retry_after": 17}),
        FaultRule(
            "migrated", Match(chats=frozenset({6})), parameters={"migrate_to_chat_id": -1009}
        ),
        FaultRule("blocked", Match(chats=frozenset({7}))),
    )
    async with gateway_to(simulator.url) as gateway:
        assert (await gateway.send(5, HELLO.text, HELLO)).retry_after == 17
        assert (await gateway.send(6, HELLO.text, HELLO)).migrate_to_chat_id == -1009
        assert (await gateway.send(7, HELLO.text, HELLO)).recipient_state is RecipientState.BLOCKED


async def test_a_refused_connection_is_certain_not_to_have_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with gateway_to(f"http://127.0.0.1:{taken.getsockname()[1]}") as gateway:
            outcome = await gateway.send(5, HELLO.text, HELLO)
    assert (outcome.verdict, outcome.kind) == (Verdict.NOT_SENT, ErrorKind.NOT_CONNECTED)
    assert outcome.description == "Not connected: connection refused"
    assert outcome.code is None


async def test_a_failed_tls_handshake_is_certain_not_to_have_sent() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(5)
        writer.write(b"this is not TLS")
        await writer.drain()

    async with speaking(talk) as url, gateway_to(url.replace("http:", "https:")) as gateway:
        outcome = await gateway.send(5, HELLO.text, HELLO)
    assert (outcome.verdict, outcome.kind) == (Verdict.NOT_SENT, ErrorKind.NOT_CONNECTED)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"", ErrorKind.NO_ANSWER),
        (b"HTTP/1.1 2", ErrorKind.NO_ANSWER),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", ErrorKind.NO_ANSWER),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n", ErrorKind.UNREADABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n" + ACCEPTED[:20], ErrorKind.UNREADABLE),
        (raw("200 OK", b""), ErrorKind.UNREADABLE),
        (raw("200 OK", b"<html>"), ErrorKind.UNREADABLE),
        (raw("200 OK", b'{"ok": true, "result": {"message": 1}}'), ErrorKind.UNREADABLE),
        (raw("502 Bad Gateway", b"<html>"), ErrorKind.SERVER_ERROR),
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 9\r\n\r\n", ErrorKind.SERVER_ERROR),
    ],
)
async def test_whatever_ends_a_written_request_leaves_it_uncertain(
    said: bytes, kind: ErrorKind
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b'"HTML"')
        writer.write(said)
        await writer.drain()

    async with speaking(talk) as url, gateway_to(url) as gateway:
        outcome = await gateway.send(5, HELLO.text, HELLO)
    assert (outcome.verdict, outcome.kind) == (Verdict.UNCERTAIN, kind)


async def test_a_connection_cut_before_the_body_is_read_is_uncertain() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.abort()

    message = MessageContent(text="", media=(Media(kind=MediaKind.DOCUMENT, media_file_id=1),))
    async with speaking(talk) as url, gateway_to(url) as gateway:
        outcome = await gateway.send(5, "", message, uploads={0: Upload("a", bytes(3_000_000))})
    assert (outcome.verdict, outcome.kind) == (Verdict.UNCERTAIN, ErrorKind.NO_ANSWER)


async def test_an_answer_that_only_python_telegram_bot_cannot_read_counts_as_sent() -> None:
    body = b'{"ok": true, "result": {"message_id": 7, "chat": "?", "date": "?", "entities": 3}}'

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body)

    async with serving(answer) as url, gateway_to(url) as gateway:
        outcome = await gateway.send(5, HELLO.text, HELLO)
    assert (outcome.verdict, outcome.message_id) == (Verdict.SENT, 7)


async def test_a_redirect_is_not_followed_with_the_token() -> None:
    paths: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        paths.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async with serving(answer) as url, gateway_to(url) as gateway:
        outcome = await gateway.send(5, HELLO.text, HELLO)
    assert outcome.verdict is Verdict.BOT_REFUSED
    assert paths == [f"/bot{TOKEN.get_secret_value()}/sendMessage"]


@pytest.mark.parametrize("colon", [":", "%3A", "%3a", "&#58;"])
async def test_a_server_that_repeats_the_token_gives_none_of_it_away(
    caplog: pytest.LogCaptureFixture, colon: str
) -> None:
    caplog.set_level(logging.DEBUG)

    async def answer(request: web.Request) -> web.Response:
        repeated = request.path.replace(":", colon)
        description = f"Bad Request: {'x' * 460} {repeated}"
        return web.json_response(
            {"ok": False, "error_code": 400, "description": description}, status=400
        )

    async with serving(answer) as url, gateway_to(url) as gateway:
        outcome = await gateway.send(5, HELLO.text, HELLO)
        assert SECRET not in repr(gateway)
    assert SECRET[:6] not in caplog.text + repr(outcome)


async def test_the_loopback_is_reached_past_a_proxy(
    simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with gateway_to(simulator.url) as gateway:
        assert (await gateway.send(5, HELLO.text, HELLO)).verdict is Verdict.SENT


async def test_any_other_server_is_reached_through_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_PROXY")
    asked: list[tuple[str, str | None]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.host, request.headers.get("Proxy-Authorization")))
        return web.Response(body=ACCEPTED)

    async with serving(answer) as proxy:
        monkeypatch.setenv("http_proxy", proxy.replace("//", "//user:password@"))
        async with gateway_to("http://bot-api.invalid") as gateway:
            assert (await gateway.send(5, HELLO.text, HELLO)).verdict is Verdict.SENT
    assert asked == [("bot-api.invalid", "Basic dXNlcjpwYXNzd29yZA==")]


async def test_a_proxy_that_refuses_the_tunnel_is_certain_not_to_have_sent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw("407 Proxy Authentication Required", b""))
        await writer.drain()

    monkeypatch.delenv("NO_PROXY")
    async with speaking(talk) as proxy:
        monkeypatch.setenv("https_proxy", proxy)
        async with gateway_to("https://bot-api.invalid") as gateway:
            outcome = await gateway.send(5, HELLO.text, HELLO)
    assert (outcome.verdict, outcome.kind) == (Verdict.NOT_SENT, ErrorKind.NOT_CONNECTED)
    assert SECRET not in caplog.text + repr(outcome)


async def test_a_cancelled_call_ends_at_once_and_knows_whether_it_had_left() -> None:
    arrived = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(1)
        arrived.set()
        await reader.read()

    async with speaking(talk) as url:
        api = BotApi(TOKEN, url, timeout=60, connections=1)
        on_the_way, in_the_queue = Exchange(), Exchange()
        first = asyncio.create_task(api.call(on_the_way, "getMe", None, ()))
        await arrived.wait()
        second = asyncio.create_task(api.call(in_the_queue, "getMe", None, ()))
        for _ in range(10):
            await asyncio.sleep(0)
        for task in (second, first):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    assert on_the_way.written
    assert not in_the_queue.written


async def test_a_bot_knows_its_name(simulator: SimulatorThread) -> None:
    async with gateway_to(simulator.url) as gateway:
        identity = await gateway.get_me()
        assert gateway.bot_id == 4242
    assert isinstance(identity, BotIdentity)
    assert identity.id == 4242
    assert identity.username


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (
            raw("401 Unauthorized", b'{"description": "Unauthorized"}'),
            TokenRefusedError,
            "BOT_TOKEN",
        ),
        (raw("404 Not Found", b"<html>"), TokenRefusedError, "HSL_TUI_API_URL"),
        (raw("502 Bad Gateway", b"<html>"), TelegramUnreachableError, "502 Bad Gateway"),
        (raw("200 OK", b"<html>"), TelegramUnreachableError, "could not be read"),
        (raw("200 OK", b'{"ok": true, "result": {"id": 1}}'), TelegramUnreachableError, "read"),
        (raw("200 OK", ACCEPTED), TelegramUnreachableError, "could not be read"),
        (b"", TelegramUnreachableError, "connection closed before an answer"),
    ],
)
async def test_a_bot_that_cannot_be_asked_is_one_clear_sentence(
    said: bytes, error: type[Exception], words: str
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await writer.drain()

    async with speaking(talk) as url, gateway_to(url) as gateway:
        with pytest.raises(error, match=words) as caught:
            await gateway.get_me()
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "text", ["", "4242", "4242:", ":abc", "x:abc", "4242:a b", "0:abc", " 4:a"]
)
def test_what_is_no_token_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(SettingsError, match="BOT_TOKEN") as caught:
        bot_id_of(SecretStr(text))
    assert not text.strip() or text not in str(caught.value)


# --- after sending ------------------------------------------------------------------------------


async def test_an_edit_says_what_changes_and_keeps_the_buttons() -> None:
    message = MessageContent(
        text="template",
        buttons=((Button(text="A", url="https://a.example"),),),
        link_preview=False,
    )
    arrived = await calls_of(lambda gateway: gateway.edit(5, "<b>new</b>", message, message_id=7))
    button = {"text": "A", "url": "https://a.example"}
    assert arrived == [
        (
            "editMessageText",
            {
                "chat_id": 5,
                "message_id": 7,
                "text": "<b>new</b>",
                "parse_mode": "HTML",
                "link_preview_options": {"is_disabled": True},
                "reply_markup": {"inline_keyboard": [[button]]},
            },
        )
    ]


async def test_the_text_of_media_is_its_caption() -> None:
    photo = Media(kind=MediaKind.PHOTO, file_id="x")
    message = MessageContent(text="template", media=(photo,))
    arrived = await calls_of(lambda gateway: gateway.edit(5, "new", message, message_id=7))
    assert arrived == [
        (
            "editMessageCaption",
            {"chat_id": 5, "message_id": 7, "caption": "new", "parse_mode": "HTML"},
        )
    ]


async def test_one_message_is_deleted_alone_and_several_at_once() -> None:
    one = await calls_of(lambda gateway: gateway.delete(5, [7]))
    assert one == [("deleteMessage", {"chat_id": 5, "message_id": 7})]
    several = await calls_of(lambda gateway: gateway.delete(5, [7, 8]))
    assert several == [("deleteMessages", {"chat_id": 5, "message_ids": [7, 8]})]


async def test_one_message_that_stays_does_not_keep_the_others(simulator: SimulatorThread) -> None:
    async with gateway_to(simulator.url) as gateway:
        sent = [await gateway.send(5, text, HELLO) for text in ("a", "b", "c")]
        ids = [outcome.message_id or 0 for outcome in sent]
        simulator.configure(undeletable=frozenset({ids[1]}))
        outcome = await gateway.delete(5, ids)
    assert (outcome.verdict, outcome.kind) == (Verdict.REFUSED, ErrorKind.NOT_DELETABLE)
    assert [one["text"] for one in simulator.chat_messages(5)] == ["b"]


async def test_a_deletion_that_is_halted_halfway_is_not_taken_for_refused(
    simulator: SimulatorThread,
) -> None:
    async with gateway_to(simulator.url) as gateway:
        sent = [await gateway.send(5, text, HELLO) for text in ("a", "b", "c")]
        ids = [outcome.message_id or 0 for outcome in sent]
        simulator.configure(undeletable=frozenset({ids[0]}))
        alone = Match(method="deleteMessage")
        simulator.add_faults(FaultRule("delete_too_late", alone, 1), FaultRule("flood", alone, 1))
        halted = await gateway.delete(5, ids)
        assert (halted.verdict, halted.retry_after) == (Verdict.RATE_LIMITED, 1)
        # Telegram has asked for silence.
        assert [one["text"] for one in simulator.chat_messages(5)] == ["a", "b", "c"]
        outcome = await gateway.delete(5, ids)
    assert outcome.kind == ErrorKind.NOT_DELETABLE
    assert [one["text"] for one in simulator.chat_messages(5)] == ["a"]


async def test_what_is_so_already_counts_as_done(simulator: SimulatorThread) -> None:
    async with gateway_to(simulator.url) as gateway:
        sent = await gateway.send(5, "a", HELLO)
        number = sent.message_id or 0
        same = await gateway.edit(5, "a", HELLO, message_id=number)
        first, second = [await gateway.delete(5, [number]) for _ in range(2)]
        gone = await gateway.edit(5, "b", HELLO, message_id=number)
    assert [one.verdict for one in (same, first, second)] == [Verdict.SENT] * 3
    assert (gone.verdict, gone.kind) == (Verdict.REFUSED, ErrorKind.MESSAGE_GONE)


async def test_a_lost_answer_to_a_deletion_is_uncertain(simulator: SimulatorThread) -> None:
    simulator.add_faults(FaultRule("cut_after", Match(method="deleteMessages")))
    async with gateway_to(simulator.url) as gateway:
        outcome = await gateway.delete(5, [1, 2])
    assert outcome.verdict is Verdict.UNCERTAIN


async def calls_of(act: Callable[[Gateway], Awaitable[Outcome]]) -> list[tuple[str, Any]]:
    """What arrives when a gateway does this, from a Telegram that answers as to a deletion."""
    arrived: list[tuple[str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        method = request.path.rpartition("/")[2]
        arrived.append((method, await request.json()))
        deletes = method.startswith("delete")
        return web.Response(body=b'{"ok": true, "result": true}' if deletes else ACCEPTED)

    async with serving(answer) as url, gateway_to(url) as gateway:
        assert (await act(gateway)).verdict is Verdict.SENT
    return arrived
