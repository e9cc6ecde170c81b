"""What a message looks like that has everything a message can have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal, VerticalScroll

from hsl_tui.console.preview.message import Message, message_of
from hsl_tui.console.themes import DARK, LIGHT
from hsl_tui.console.widgets.message_preview import MessagePreview
from hsl_tui.models.content import Button
from hsl_tui.models.enums import ButtonStyle, MediaKind
from hsl_tui.services.composing import Attachment, Composition
from hsl_tui.services.previewing import appearance
from hsl_tui.telegram.markup import check_text

AT: Final = datetime(2030, 6, 1, 9, 30, tzinfo=UTC)
TEXT: Final = """\
<b>The new timetable is <i>here</i>.</b> 🚆
Trains leave <u>ten minutes earlier</u>, not <s>five</s>: see \
<a href="https://example.org/timetable?line=7">all times</a>. #timetable

<blockquote>Tickets <b>stay valid</b>, and so does <a href="https://example.org/pass">your pass</a>\
.</blockquote>
The code is <tg-spoiler>swordfish 🐟 or <b>tuna</b></tg-spoiler>, for <code>/redeem</code>.

<pre><code class="language-python">def fare(zones: int) -> int:
    return 290 + 80 * zones  # cents</code></pre>
<blockquote expandable>One. This quote is long, as terms are.
Two. It goes on for a while.
Three. And then some more.
Four. Nobody reads that.</blockquote>
יש רכבת בעוד שעה
From <tg-time unix="1906620000" format="wDt">Monday</tg-time> on!"""

FIND: Final = Button(text="Find my train", url="https://example.org/find")
RULES: Final = Button(text="Rules", url="https://example.org/rules")
KEYBOARD: Final = (
    (FIND, RULES),
    (
        Button(text="Buy", url="https://example.org/buy", style=ButtonStyle.PRIMARY),
        Button(text="Keep", url="https://example.org/keep", style=ButtonStyle.SUCCESS),
        Button(text="Stop", url="https://example.org/stop", style=ButtonStyle.DANGER),
    ),
    (Button(text="A button whose label is longer than its row", url="https://example.org/find"),),
)


def message(text: str, *attachments: Attachment, **more: Any) -> Message:
    composition = Composition(text, attachments, **more)
    read = check_text(text, caption=bool(attachments))
    return message_of(appearance(read, composition), composition, AT)


def kept(kind: MediaKind, name: str, size: int, *, spoiler: bool = False) -> Attachment:
    return Attachment(kind, name, spoiler, media_file_id=1, size=size)


def messages() -> list[Message]:
    photo = kept(MediaKind.PHOTO, "timetable-2030.jpg", 245_000)
    album = [
        kept(MediaKind.PHOTO, "platform.jpg", 1),
        kept(MediaKind.PHOTO, "hall.jpg", 1, spoiler=True),
        kept(MediaKind.VIDEO, "departure.mp4", 1),
    ]
    pdf = Attachment(MediaKind.DOCUMENT, "https://example.org/files/timetable-of-2030.pdf")
    return [
        message(TEXT, photo, buttons=KEYBOARD),
        message("Hello <b>Ada</b>, all is on https://example.org/new now.", buttons=((FIND,),)),
        message("From the opening", *album),
        message("", pdf),
        message("Above its film", kept(MediaKind.VIDEO, "a.mp4", 9_900_000), caption_above=True),
    ]


class Gallery(App[None]):
    """The messages in two columns."""

    CSS = """
    Screen { background: $background; }
    MessagePreview { margin: 0 1 1 1; }
    VerticalScroll { scrollbar-size-vertical: 0; }
    """

    def __init__(self, theme: str, *, revealed: bool) -> None:
        super().__init__()
        for one in (DARK, LIGHT):
            self.register_theme(one)
        self.theme = theme
        self._revealed = revealed

    def compose(self) -> ComposeResult:
        first, *others = messages()
        with Horizontal():
            with VerticalScroll():
                yield MessagePreview(first)
            with VerticalScroll():
                for one in others:
                    yield MessagePreview(one)

    def on_mount(self) -> None:
        for one in self.query(MessagePreview):
            one.revealed = self._revealed


Looks = Callable[..., bool]


@pytest.fixture
def looks(snap_compare: Any, monkeypatch: pytest.MonkeyPatch) -> Looks:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")

    def compare(size: tuple[int, int], theme: str = DARK.name, *, revealed: bool = False) -> bool:
        same: bool = snap_compare(Gallery(theme, revealed=revealed), terminal_size=size)
        return same

    return compare


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["small", "large"])
def test_gallery(looks: Looks, size: tuple[int, int]) -> None:
    assert looks(size)


def test_gallery_in_the_light(looks: Looks) -> None:
    assert looks((120, 36), LIGHT.name)


def test_gallery_revealed(looks: Looks) -> None:
    assert looks((120, 36), revealed=True)


def test_gallery_without_colours(looks: Looks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert looks((120, 36))
