"""From what an operator typed to what Telegram will take."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.content import Button, Media
from hsl_tui.models.enums import MediaKind
from hsl_tui.services import composing
from hsl_tui.services.composing import Attachment, Composition
from hsl_tui.store import media
from hsl_tui.store.database import Database
from tests.builders import at_once

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


def test_a_file_is_read_and_what_lies_elsewhere_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a b.png"
    path.write_bytes(b"image")
    read = composing.read_attachment(Attachment(MediaKind.PHOTO, str(path)))
    assert read == ("a b.png", b"image")
    for elsewhere in ("https://example.org/a.png", "HTTP://example.org/a.png", FILE_ID):
        assert composing.read_attachment(Attachment(MediaKind.PHOTO, elsewhere)) is None
    assert composing.read_attachment(None) is None


@pytest.mark.parametrize("source", ["", "no-such.png", "/no/such/folder/a.png", ".", "x" * 300])
def test_a_file_that_cannot_be_read_is_refused(source: str, tmp_path: Path) -> None:
    source = str(tmp_path / source)
    with pytest.raises(InvalidInputError, match="cannot be read") as caught:
        composing.read_attachment(Attachment(MediaKind.PHOTO, source))
    assert "\n" not in str(caught.value)


def test_a_file_that_telegram_would_not_take_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.touch()
    with pytest.raises(InvalidInputError, match="is empty"):
        composing.read_attachment(Attachment(MediaKind.VIDEO, str(path)))
    with path.open("wb") as file:
        file.truncate(10 * 1024**2 + 1)  # a hole, not ten megabytes
    with pytest.raises(InvalidInputError, match="larger than 10 MB"):
        composing.read_attachment(Attachment(MediaKind.PHOTO, str(path)))
    assert composing.read_attachment(Attachment(MediaKind.DOCUMENT, str(path))) is not None


def test_a_file_without_end_does_not_fill_the_memory() -> None:
    with pytest.raises(InvalidInputError, match="larger than 50 MB"):
        composing.read_attachment(Attachment(MediaKind.DOCUMENT, "/dev/zero"))


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
        composition = Composition("Hi", attachment=Attachment(MediaKind.PHOTO, source))
        with database.write() as session:
            assert composing.keep(session, composition, None).media == (expected,)
