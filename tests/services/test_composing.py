"""From what an operator typed to what Telegram will take."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.content import Button, Media, MessageContent
from hsl_tui.models.enums import ButtonStyle, MediaKind, PreviewSize
from hsl_tui.services import composing, reviewing
from hsl_tui.services.attachments import read_attachments
from hsl_tui.services.composing import Attachment, Composition, check_parts, parse_buttons
from hsl_tui.services.context import Context
from hsl_tui.services.queueing import Order
from hsl_tui.store import media
from hsl_tui.store.database import Database
from tests.builders import add_recipients, at_once

FILE_ID = "AgACAgIAAxkBAAIBY2Zr_x8AAT-xyz"


# --- buttons ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "text", "url"),
    [
        ("Read more=https://example.org", "Read more", "https://example.org"),
        ("  A = https://example.org/?a=b&c=d#e ", "A", "https://example.org/?a=b&c=d#e"),
        ("[/b] <i> 🎟=http://example.org", "[/b] <i> 🎟", "http://example.org"),
        ("Write=tg://user?id=5", "Write", "tg://user?id=5"),
        ("UP=HTTPS://EXAMPLE.ORG", "UP", "HTTPS://EXAMPLE.ORG"),
        ("Zoë=https://münchen.example/straße", "Zoë", "https://münchen.example/straße"),
        ("IPv6=https://[::1]:8443/x", "IPv6", "https://[::1]:8443/x"),
    ],
)
def test_a_button_is_its_text_and_address(written: str, text: str, url: str) -> None:
    assert composing.parse_buttons([written]) == ((Button(text=text, url=url),),)


@pytest.mark.parametrize("style", list(ButtonStyle))
def test_a_button_may_have_a_style(style: ButtonStyle) -> None:
    ((button,),) = parse_buttons([f" [{style}] Delete=https://example.org"])
    assert button == Button(text="Delete", url="https://example.org", style=style)
    with pytest.raises(InvalidInputError, match="not a button"):
        parse_buttons([f"[{style}]=https://example.org"])


def test_buttons_stand_in_rows() -> None:
    rows = composing.parse_buttons(["A=https://a.org|B=https://b.org", "C=https://c.org"])
    assert [[button.text for button in row] for row in rows] == [["A", "B"], ["C"]]
    assert composing.parse_buttons([]) == ()


@pytest.mark.parametrize(
    "written",
    [
        "",
        "|",
        "Read more",
        "=https://example.org",
        "Read=",
        "Read=example.org",
        "Read=javascript:alert(1)",
        "Read=file:///etc/passwd",
        "Read=https://",
        "Read=https:example.org",
        "Read=https://exa mple.org",
        "Read=https://example.org/\nx",
        "Read=https://[::1",
        "A=https://a.org|",
        "A=https://a.org||B=https://b.org",
    ],
)
def test_what_is_no_button_is_refused(written: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        composing.parse_buttons([written])
    assert "\n" not in str(caught.value)


@given(st.text())
def test_anything_is_a_button_or_refused(written: str) -> None:
    with suppress(InvalidInputError):
        for row in composing.parse_buttons([written]):
            assert all(button.text and "://" in button.url for button in row)


# --- attachments ------------------------------------------------------------------------------


PNG = b"\x89PNG\r\n\x1a\n picture"


def read(kind: MediaKind, source: object) -> tuple[str, bytes] | None:
    (file,) = read_attachments(Composition("", (Attachment(kind, str(source)),)))
    return file


def test_a_file_is_read_and_what_lies_elsewhere_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a b.png"
    path.write_bytes(PNG)
    assert read(MediaKind.PHOTO, path) == ("a b.png", PNG)
    for elsewhere in ("https://example.org/a.png", "HTTP://example.org/a.png", FILE_ID):
        assert read(MediaKind.PHOTO, elsewhere) is None
    assert read_attachments(Composition("Hi")) == ()


@pytest.mark.parametrize("source", ["", "no-such.png", "/no/such/folder/a.png", ".", "x" * 300])
def test_a_file_that_cannot_be_read_is_refused(source: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read") as caught:
        read(MediaKind.PHOTO, tmp_path / source)
    assert "\n" not in str(caught.value)


def test_what_is_no_file_and_too_short_for_a_file_id_is_called_neither() -> None:
    with pytest.raises(InvalidInputError) as caught:
        read(MediaKind.PHOTO, FILE_ID[:16])
    said = f"The photo '{FILE_ID[:16]}' is neither a file here nor a file_id of Telegram's."
    assert str(caught.value) == said
    with pytest.raises(InvalidInputError, match=r"'a\.jpg' cannot be read: No such file"):
        read(MediaKind.PHOTO, "a.jpg")


def test_a_file_of_the_wrong_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.touch()
    with pytest.raises(InvalidInputError, match="is empty"):
        read(MediaKind.VIDEO, path)
    with path.open("wb") as file:
        file.truncate(10 * 1024**2 + 1)  # a hole, not ten megabytes
    with pytest.raises(InvalidInputError, match="larger than 10 MB"):
        read(MediaKind.PHOTO, path)
    assert read(MediaKind.DOCUMENT, path) is not None


WRONG_FILES = [
    (MediaKind.PHOTO, "page.png", b"<html>"),
    (MediaKind.PHOTO, "sound.webp", b"RIFF\0\0\0\0WAVE"),
    (MediaKind.VIDEO, "film.avi", b"film"),
    (MediaKind.ANIMATION, "moving.webp", b"moving"),
    (MediaKind.AUDIO, "song.wav", b"song"),
    (MediaKind.AUDIO, "song", b"song"),
]


@pytest.mark.parametrize(("kind", "name", "data"), WRONG_FILES)
def test_a_file_of_another_kind_is_refused(
    kind: MediaKind, name: str, data: bytes, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InvalidInputError, match="Telegram would not take it"):
        read(kind, path)
    assert read(MediaKind.DOCUMENT, path) == (name, data)


RIGHT_FILES = [
    (MediaKind.PHOTO, "a", b"\xff\xd8\xff\xe0"),
    (MediaKind.PHOTO, "a", b"RIFF\0\0\0\0WEBPVP8"),
    (MediaKind.VIDEO, "film.MP4", b"film"),
    (MediaKind.ANIMATION, "moving.gif", b"moving"),
    (MediaKind.ANIMATION, "moving.mp4", b"moving"),
    (MediaKind.AUDIO, "song.mp3", b"song"),
    (MediaKind.AUDIO, "song.M4A", b"song"),
]


@pytest.mark.parametrize(("kind", "name", "data"), RIGHT_FILES)
def test_a_file_of_each_kind_is_taken(
    kind: MediaKind, name: str, data: bytes, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert read(kind, path) == (name, data)


@pytest.mark.parametrize("address", ["https://example.org/a b.png", "http:///a.png", "https://"])
def test_an_address_that_is_no_link_is_refused(address: str) -> None:
    with pytest.raises(InvalidInputError, match="no https:// or http:// link"):
        check_parts(Composition("", (Attachment(MediaKind.PHOTO, address),)))


def test_a_file_without_end_does_not_fill_the_memory() -> None:
    with pytest.raises(InvalidInputError, match="larger than 50 MB"):
        read(MediaKind.DOCUMENT, "/dev/zero")


def test_the_files_of_an_album_leave_in_one_request_and_so_have_one_limit(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        file.truncate(26 * 1024**2)
    film = Attachment(MediaKind.VIDEO, str(path))
    with pytest.raises(InvalidInputError, match="larger than 50 MB together"):
        read_attachments(Composition("", (film, film)))


# --- what goes together -----------------------------------------------------------------------


def of(*kinds: str, spoiler: bool = False) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(MediaKind(kind), f"https://example.org/{number}", spoiler)
        for number, kind in enumerate(kinds)
    )


BUTTONS = parse_buttons(["Read=https://example.org"])
ONE_MESSAGE = [
    Composition("", of("photo"), BUTTONS, caption_above=True),
    Composition("", of("photo", "video", "photo"), caption_above=True),
    Composition("", of("document", "document")),
    Composition("", of(*["audio"] * 10)),
    Composition("", of("animation", spoiler=True), BUTTONS),
    Composition(
        "x", preview_size=PreviewSize.SMALL, preview_above=True, preview_url="http://a.org"
    ),
    Composition(
        "x", link_preview=False, message_thread_id=1, message_effect_id="5104841245755180586"
    ),
]
NO_MESSAGE = {
    "10 items at most": Composition("", of(*["photo"] * 11)),
    "no part of an album": Composition("", of("animation", "photo")),
    "documents alone": Composition("", of("document", "photo")),
    "or audio alone": Composition("", of("audio", "document")),
    "no buttons under an album": Composition("", of("photo", "photo"), BUTTONS),
    "covered by a spoiler": Composition("", of("document", spoiler=True)),
    "above photos": Composition("", of("audio"), caption_above=True),
    "and animations only": Composition("x", caption_above=True),
    "has no link preview": Composition("x", of("photo"), preview_above=True),
    "preview that is off": Composition("x", link_preview=False, preview_size=PreviewSize.LARGE),
    "https:// or http:// link": Composition("x", preview_url="javascript:alert(1)"),
    "number of a topic": Composition("x", message_thread_id=0),
    "id of a message effect": Composition("x", message_effect_id="fire"),
}


@pytest.mark.parametrize("composition", ONE_MESSAGE)
def test_what_makes_one_message_is_taken(composition: Composition) -> None:
    read_attachments(composition)


@pytest.mark.parametrize("said", NO_MESSAGE)
def test_what_makes_no_message_is_refused_with_the_reason(said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as caught:
        read_attachments(NO_MESSAGE[said])
    assert "\n" not in str(caught.value)


def test_a_review_counts_each_message_of_an_album_and_refuses_what_makes_none(
    sqlite_context: Context,
) -> None:
    add_recipients(sqlite_context.database, 60)
    alone, album = (
        reviewing.review(sqlite_context, Order(Composition("x", of(*kinds)), ["all"]))
        for kinds in (["photo"], ["photo"] * 10)
    )
    assert album.lasts == 10 * alone.lasts
    with pytest.raises(InvalidInputError, match="documents alone"):
        reviewing.review(sqlite_context, Order(Composition("x", of("photo", "audio")), ["all"]))


# --- what is kept -----------------------------------------------------------------------------


def test_a_file_is_kept_once_however_often_and_however_it_is_called(database: Database) -> None:
    with database.write() as session:
        one = media.keep(session, "a.png", b"\0image\xff")
        assert media.keep(session, "b.png", b"\0image\xff") == one
        assert media.keep(session, "a.png", b"other") != one
    with database.read() as session:
        assert media.read(session, one) == ("a.png", b"\0image\xff")


def test_a_file_that_several_keep_at_once_is_kept_once(database: Database) -> None:
    def keep(_: int) -> int:
        with database.write() as session:
            return media.keep(session, "a.png", b"image")

    assert len(set(at_once(4, keep))) == 1


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "na\udcffme.png", "new\nline.png"])
def test_a_file_of_any_name_can_be_kept(database: Database, name: str) -> None:
    with database.write() as session:
        number = media.keep(session, name, b"image")
        assert media.read(session, number)[0].endswith(".png")


def test_telegrams_id_of_a_file_belongs_to_one_bot_and_one_kind(database: Database) -> None:
    with database.write() as session:
        number = media.keep(session, "a.png", b"image")
        media.note_upload(session, number, 1, MediaKind.PHOTO, "photo-of-1")
        media.note_upload(session, number, 1, MediaKind.PHOTO, "again")
        media.note_upload(session, number, 1, MediaKind.DOCUMENT, "document-of-1")
        found = {
            (bot, kind): media.uploaded(session, number, bot, kind)
            for bot in (1, 2)
            for kind in (MediaKind.PHOTO, MediaKind.DOCUMENT)
        }
    assert found == {
        (1, MediaKind.PHOTO): "photo-of-1",
        (1, MediaKind.DOCUMENT): "document-of-1",
        (2, MediaKind.PHOTO): None,
        (2, MediaKind.DOCUMENT): None,
    }


def test_what_is_kept_says_where_the_media_lies(database: Database) -> None:
    kinds = {
        "https://example.org/a.png": Media(kind=MediaKind.PHOTO, url="https://example.org/a.png"),
        FILE_ID: Media(kind=MediaKind.PHOTO, file_id=FILE_ID),
    }
    for source, expected in kinds.items():
        composition = Composition("Hi", (Attachment(MediaKind.PHOTO, source),))
        with database.write() as session:
            assert composing.keep(session, composition, (None,)).media == (expected,)


def test_what_was_kept_before_there_were_albums_and_styles_is_still_read() -> None:
    kept = {
        "text": "Hi",
        "media": [{"kind": "photo", "media_file_id": 1, "url": None, "file_id": None}],
        "buttons": [[{"text": "Read", "url": "https://example.org"}]],
        "silent": True,
        "protect": False,
        "link_preview": True,
    }
    read = MessageContent.model_validate(kept)
    assert read == MessageContent(
        text="Hi",
        media=(Media(kind=MediaKind.PHOTO, media_file_id=1),),
        buttons=parse_buttons(["Read=https://example.org"]),
        silent=True,
    )
