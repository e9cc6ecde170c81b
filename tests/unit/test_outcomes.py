from __future__ import annotations

import json
from typing import Any

import pytest

from hsl_tui.models.enums import ErrorKind, MediaKind, RecipientState
from hsl_tui.telegram.outcomes import (
    DEFAULT_RETRY_AFTER,
    DESCRIPTION_LIMIT,
    Exchange,
    Outcome,
    Verdict,
    classify,
)


def answered(status: int, body: bytes | dict[str, Any] | None, *kinds: MediaKind) -> Outcome:
    raw = json.dumps(body).encode() if isinstance(body, dict) else body
    return classify(Exchange(written=True, status=status, body=raw, kinds=kinds))


def refused(code: int, description: str, **parameters: Any) -> Outcome:
    answer = {"ok": False, "error_code": code, "description": description}
    if parameters:
        answer["parameters"] = parameters
    return answered(code, answer)


GONE = Verdict.RECIPIENT_GONE
CONTENT = Verdict.CONTENT_REFUSED
INVALID = RecipientState.INVALID
LOST = RecipientState.BLOCKED


@pytest.mark.parametrize(
    ("code", "description", "verdict", "kind", "state"),
    [
        (403, "Forbidden: bot was blocked by the user", GONE, ErrorKind.BLOCKED, LOST),
        (
            403,
            "Forbidden: user is deactivated",
            GONE,
            ErrorKind.DEACTIVATED,
            RecipientState.DEACTIVATED,
        ),
        (
            403,
            "Forbidden: bot can't initiate conversation with a user",
            GONE,
            ErrorKind.NEVER_STARTED,
            INVALID,
        ),
        (
            403,
            "Forbidden: the bot can't send messages to the bot",
            GONE,
            ErrorKind.IS_A_BOT,
            INVALID,
        ),
        (403, "Forbidden: bot can't send messages to bots", GONE, ErrorKind.IS_A_BOT, INVALID),
        (403, "Forbidden: bot was kicked from the group chat", GONE, ErrorKind.CHAT_LOST, LOST),
        (
            403,
            "Forbidden: bot is not a member of the channel chat",
            GONE,
            ErrorKind.CHAT_LOST,
            LOST,
        ),
        (403, "Forbidden: the group chat was deleted", GONE, ErrorKind.CHAT_LOST, LOST),
        (400, "Bad Request: chat not found", GONE, ErrorKind.CHAT_NOT_FOUND, INVALID),
        (400, "Bad Request: PEER_ID_INVALID", GONE, ErrorKind.CHAT_NOT_FOUND, INVALID),
        (
            400,
            "Bad Request: not enough rights to send text messages to the chat",
            Verdict.REFUSED,
            ErrorKind.NO_RIGHTS,
            None,
        ),
        (
            400,
            "Bad Request: have no write access to the chat",
            Verdict.REFUSED,
            ErrorKind.NO_RIGHTS,
            None,
        ),
        (
            400,
            "Bad Request: need administrator rights in the channel chat",
            Verdict.REFUSED,
            ErrorKind.NO_RIGHTS,
            None,
        ),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", Verdict.REFUSED, ErrorKind.NO_RIGHTS, None),
        (403, "Forbidden: CHAT_WRITE_FORBIDDEN", Verdict.REFUSED, ErrorKind.NO_RIGHTS, None),
        (
            400,
            "Bad Request: message thread not found",
            Verdict.REFUSED,
            ErrorKind.TOPIC_GONE,
            None,
        ),
        (
            400,
            "Bad Request: can't parse entities: Unsupported start tag",
            CONTENT,
            ErrorKind.CONTENT,
            None,
        ),
        (400, "Bad Request: message text is empty", CONTENT, ErrorKind.CONTENT, None),
        (400, "Bad Request: text must be non-empty", CONTENT, ErrorKind.CONTENT, None),
        (400, "Bad Request: message is too long", CONTENT, ErrorKind.CONTENT, None),
        (400, "Bad Request: message caption is too long", CONTENT, ErrorKind.CONTENT, None),
        (400, "Bad Request: BUTTON_URL_INVALID", CONTENT, ErrorKind.CONTENT, None),
        (400, "Bad Request: reply markup is too long", CONTENT, ErrorKind.CONTENT, None),
        (
            400,
            "Bad Request: wrong file identifier/HTTP URL specified",
            CONTENT,
            ErrorKind.MEDIA,
            None,
        ),
        (400, "Bad Request: failed to get HTTP URL content", CONTENT, ErrorKind.MEDIA, None),
        (400, "Bad Request: wrong type of the web page content", CONTENT, ErrorKind.MEDIA, None),
        (413, "Request Entity Too Large", CONTENT, ErrorKind.MEDIA, None),
        (401, "Unauthorized", Verdict.BOT_REFUSED, ErrorKind.TOKEN, None),
        (404, "Not Found", Verdict.BOT_REFUSED, ErrorKind.TOKEN, None),
        (421, "Misdirected Request", Verdict.BOT_REFUSED, ErrorKind.TOKEN, None),
        (429, "Too Many Requests", Verdict.RATE_LIMITED, ErrorKind.RATE_LIMITED, None),
        (500, "Internal Server Error", Verdict.UNCERTAIN, ErrorKind.SERVER_ERROR, None),
        (502, "Bad Gateway", Verdict.UNCERTAIN, ErrorKind.SERVER_ERROR, None),
        (504, "Gateway Timeout", Verdict.UNCERTAIN, ErrorKind.SERVER_ERROR, None),
        (
            500,
            "Internal Server Error: sent message was immediately deleted",
            Verdict.SENT,
            None,
            None,
        ),
        (400, "Bad Request: something new", Verdict.REFUSED, ErrorKind.OTHER, None),
        (403, "Forbidden: something new", Verdict.REFUSED, ErrorKind.OTHER, None),
    ],
)
def test_each_error_of_telegram_has_its_meaning(
    code: int,
    description: str,
    verdict: Verdict,
    kind: ErrorKind | None,
    state: RecipientState | None,
) -> None:
    for spelled in (description, description.upper()):
        assert refused(code, spelled) == Outcome(
            verdict,
            kind,
            code=code,
            description=spelled,
            retry_after=DEFAULT_RETRY_AFTER if code == 429 else None,
            recipient_state=state,
        )


def test_the_same_words_under_another_code_are_not_taken_for_permanent() -> None:
    outcome = refused(500, "Internal Server Error: bot was blocked by the user")
    assert outcome.verdict is Verdict.UNCERTAIN
    assert outcome.recipient_state is None


def test_a_migrated_group_brings_its_new_id() -> None:
    description = "Bad Request: group chat was upgraded to a supergroup chat"
    outcome = refused(400, description, migrate_to_chat_id=-1001234567890)
    assert outcome.verdict is Verdict.MIGRATED
    assert outcome.kind is ErrorKind.MIGRATED
    assert outcome.migrate_to_chat_id == -1001234567890
    assert refused(400, description).verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (7, 7.0),
        (10072, 10072.0),
        (0.5, 0.5),
        (None, DEFAULT_RETRY_AFTER),
        (True, DEFAULT_RETRY_AFTER),
        ("soon", DEFAULT_RETRY_AFTER),
        (-3, DEFAULT_RETRY_AFTER),
        (float("nan"), DEFAULT_RETRY_AFTER),
        (10**400, DEFAULT_RETRY_AFTER),
    ],
)
def test_a_rate_limit_always_says_how_long_to_wait(given: Any, seconds: float) -> None:
    assert refused(429, "Too Many Requests", retry_after=given).retry_after == seconds


def test_a_rate_limit_without_a_readable_body_still_waits() -> None:
    outcome = answered(429, b"<html>slow down</html>")
    assert outcome.verdict is Verdict.RATE_LIMITED
    assert outcome.retry_after == DEFAULT_RETRY_AFTER


def test_a_success_gives_the_message_id_and_no_error() -> None:
    outcome = answered(200, {"ok": True, "result": {"message_id": 81}})
    assert outcome == Outcome(Verdict.SENT, message_id=81)


def test_a_message_that_is_still_processed_counts_as_sent_but_has_no_id() -> None:
    outcome = answered(200, {"ok": True, "result": {"message_id": 0}})
    assert outcome == Outcome(Verdict.SENT)


@pytest.mark.parametrize(
    "media",
    [
        {
            "photo": [
                {"file_id": "small", "width": 90, "height": 60},
                {"file_id": "wanted", "width": 1280, "height": 853},
                {"file_id": "middle", "width": 320, "height": 213},
            ]
        },
        {"video": {"file_id": "wanted"}},
        {"audio": {"file_id": "wanted"}},
        # The Bot API gives an animation under both names.
        {"animation": {"file_id": "wanted"}, "document": {"file_id": "other"}},
        {"document": {"file_id": "wanted"}},
    ],
)
def test_the_file_id_of_sent_media_is_learnt(media: dict[str, Any]) -> None:
    kind = MediaKind(next(iter(media)))
    answer = {"ok": True, "result": {"message_id": 1, **media}}
    assert answered(200, answer, kind).file_ids == ("wanted",)


def test_an_id_of_another_kind_is_of_no_use() -> None:
    answer = {"ok": True, "result": {"message_id": 1, "document": {"file_id": "made of it"}}}
    outcome = answered(200, answer, MediaKind.VIDEO)
    assert (outcome.verdict, outcome.file_ids) == (Verdict.SENT, (None,))


def test_an_album_gives_the_ids_of_all_its_messages_and_files() -> None:
    kinds = (MediaKind.PHOTO, MediaKind.VIDEO, MediaKind.PHOTO)
    result = [
        {"message_id": 7, "photo": [{"file_id": "a", "width": 9, "height": 9}]},
        {"message_id": 8, "video": {"file_id": "b"}},
        {"message_id": 9, "photo": []},
    ]
    outcome = answered(200, {"ok": True, "result": result}, *kinds)
    assert (outcome.message_id, outcome.further_message_ids) == (7, (8, 9))
    assert outcome.file_ids == ("a", "b", None)


@pytest.mark.parametrize("result", [[], [{"message_id": 7}, {}], [{"message_id": 7}, 8], ["x"]])
def test_an_album_whose_ids_cannot_be_read_is_uncertain(result: list[Any]) -> None:
    assert answered(200, {"ok": True, "result": result}).verdict is Verdict.UNCERTAIN


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        b"<html>hello</html>",
        b'{"ok": true, "result": {"message',
        b"[1, 2]",
        b"[" * 100_000,
        b'{"ok": true}',
        b'{"ok": true, "result": true}',
        b'{"ok": true, "result": {"text": "x"}}',
        b'{"ok": true, "result": {"message_id": "9"}}',
        b'{"ok": false}',
        b'{"ok": false, "description": "no code"}',
    ],
)
def test_a_success_that_cannot_be_read_may_have_been_delivered(body: bytes | None) -> None:
    outcome = answered(200, body)
    assert outcome.verdict is Verdict.UNCERTAIN
    assert outcome.kind is ErrorKind.UNREADABLE


def test_an_error_inside_a_success_counts_by_its_own_code() -> None:
    body = {"ok": False, "error_code": 403, "description": "Forbidden: user is deactivated"}
    assert answered(200, body).kind is ErrorKind.DEACTIVATED


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_means_that_the_address_is_wrong(status: int) -> None:
    assert answered(status, b"").verdict is Verdict.BOT_REFUSED


@pytest.mark.parametrize("body", [b"<html>Forbidden</html>", None])
def test_a_refusal_that_is_not_telegrams_is_not_the_recipients_fault(body: bytes | None) -> None:
    outcome = answered(403, body)
    assert outcome.verdict is Verdict.NOT_SENT
    assert outcome.recipient_state is None


def test_a_gateway_error_without_a_bot_api_body_is_uncertain() -> None:
    outcome = answered(502, b"<html>Bad Gateway</html>")
    assert outcome.verdict is Verdict.UNCERTAIN
    assert outcome.kind is ErrorKind.SERVER_ERROR
    assert outcome.code == 502
    assert outcome.description == "HTTP 502 Bad Gateway"


def test_without_an_answer_it_matters_whether_the_request_had_left() -> None:
    error = "timed out"
    kept = classify(Exchange(written=False, error=error))
    assert (kept.verdict, kept.kind) == (Verdict.NOT_SENT, ErrorKind.NOT_CONNECTED)
    left = classify(Exchange(written=True, error=error))
    assert (left.verdict, left.kind) == (Verdict.UNCERTAIN, ErrorKind.NO_ANSWER)
    assert kept.code is left.code is None
    assert left.description is not None
    assert error in left.description


def test_a_description_is_kept_within_bounds() -> None:
    outcome = refused(400, "Bad Request: " + "x" * 10_000)
    assert outcome.description is not None
    assert len(outcome.description) == DESCRIPTION_LIMIT
