"""What is typed is what arrives: each kind and option from `broadcasts send` to the chat."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hsl_tui.models.enums import MediaKind
from hsl_tui.telegram.markup import check_text
from hsl_tui.telegram.simulator import SimulatorThread
from tests.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("recipients")

NAMES = {
    "photo": "a.png",
    "video": "a.mp4",
    "animation": "a.gif",
    "audio": "a.mp3",
    "document": "a b.pdf",
}
CHAT = 11
TEXT = "<b>Hi 👍 {{ first_name }}</b> &amp; <tg-spoiler>you</tg-spoiler> @all #tag"
READ = TEXT.replace("{{ first_name }}", "Ada")
EFFECT = "5104841245755180586"


@pytest.fixture
def arrive(cli: Run, deliver: Callable[[], None], telegram: SimulatorThread) -> Any:
    """Queues a broadcast to one chat, sends it, and gives the messages that are there then."""

    def send(*options: object) -> list[dict[str, Any]]:
        result = cli("broadcasts", "send", "--to", f"chat:{CHAT}", *options)
        assert (result.status, result.stderr) == (0, "")
        deliver()
        (delivery,) = cli("broadcasts", "deliveries", 1, "--json").json
        messages = telegram.chat_messages(CHAT)
        assert delivery["status"] == "sent", delivery
        assert delivery["telegram_message_id"] == messages[0]["message_id"]
        return messages

    return send


Arrive = Callable[..., list[dict[str, Any]]]


def file_of(folder: Path, kind: str) -> Path:
    path = folder / NAMES[kind]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + kind.encode())
    return path


def assert_reads(message: dict[str, Any], name: str) -> None:
    """What arrived reads as the check of the same text says."""
    parsed = check_text(READ, caption=name == "caption")
    prefix = "caption_" if name == "caption" else ""
    assert message[name] == parsed.text
    assert message[f"{prefix}entities"] == [entity.to_json() for entity in parsed.entities]


def test_a_text_with_all_its_options(arrive: Arrive) -> None:
    (message,) = arrive(
        *("--text", TEXT, "--silent", "--protect", "--topic", 3, "--effect", EFFECT),
        *("--preview-size", "large", "--preview-above", "--preview-url", "https://example.org"),
        *("--button", "[primary] Go=https://example.org/1|Stay=https://example.org/2"),
    )
    assert_reads(message, "text")
    assert message["has_protected_content"] is True
    assert message["message_thread_id"] == 3
    assert message["effect_id"] == EFFECT
    assert message["link_preview_options"] == {
        "url": "https://example.org",
        "prefer_large_media": True,
        "show_above_text": True,
    }
    assert message["reply_markup"]["inline_keyboard"] == [
        [
            {"text": "Go", "url": "https://example.org/1", "style": "primary"},
            {"text": "Stay", "url": "https://example.org/2"},
        ]
    ]


@pytest.mark.parametrize("kind", list(MediaKind))
@pytest.mark.parametrize("by", ["file", "address"])
def test_one_item_of_each_kind(arrive: Arrive, tmp_path: Path, kind: str, by: str) -> None:
    source = file_of(tmp_path, kind) if by == "file" else "https://example.org/a.bin"
    shown = kind in {"photo", "video", "animation"}
    (message,) = arrive(
        *(f"--{kind}", source, "--text", TEXT, "--button", "Go=https://example.org"),
        *(("--spoiler", "--caption-above") if shown else ()),
    )
    assert_reads(message, "caption")
    media = message[kind][-1] if kind == "photo" else message[kind]
    assert media["file_size"] == (8 + len(kind) if by == "file" else 1)
    if kind != "photo" and by == "file":
        assert media["file_name"] == NAMES[kind]
    assert message["reply_markup"]["inline_keyboard"][0][0]["text"] == "Go"
    assert message.get("has_media_spoiler", False) is shown
    assert message.get("show_caption_above_media", False) is shown


@pytest.mark.parametrize(
    "kinds",
    [
        ["video", "photo", "video", "photo"],
        ["document", "document"],
        ["audio"] * 10,
    ],
    ids=["photos and videos", "documents", "audio"],
)
def test_an_album_in_the_order_in_which_it_was_typed(
    arrive: Arrive, tmp_path: Path, kinds: list[str]
) -> None:
    options: list[object] = []
    for kind in kinds:
        options += [f"--{kind}", file_of(tmp_path, kind)]
    messages = arrive(*options, "--text", TEXT, "--protect")
    assert [next(kind for kind in NAMES if kind in one) for one in messages] == kinds
    assert len({one["media_group_id"] for one in messages}) == 1
    assert_reads(messages[0], "caption")
    assert not any("caption" in one for one in messages[1:])
    assert all(one["has_protected_content"] for one in messages)


def test_a_test_sends_an_album_with_its_options_too(
    cli: Run, telegram: SimulatorThread, tmp_path: Path
) -> None:
    photo = file_of(tmp_path, "photo")
    album = ("--video", "https://example.org/1", "--photo", photo, "--spoiler", "--text", TEXT)
    result = cli("broadcasts", "test", *album, "--chat", CHAT, "--chat", 12, "--json")
    assert (result.status, result.stderr) == (0, "")
    for chat in (CHAT, 12):
        messages = telegram.chat_messages(chat)
        assert [next(kind for kind in NAMES if kind in one) for one in messages] == [
            "video",
            "photo",
        ]
        assert all(one["has_media_spoiler"] for one in messages)
    photos = {telegram.chat_messages(chat)[1]["photo"][-1]["file_id"] for chat in (CHAT, 12)}
    assert len(photos) == 1
    assert_reads(telegram.chat_messages(CHAT)[0], "caption")
