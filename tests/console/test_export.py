"""Writing a broadcast's deliveries to a file from its list."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hsl_tui.services import audit
from hsl_tui.services.context import Context
from hsl_tui.store import deliveries
from tests.console.scene import console, deliver, notices, press, queue, settle, shown, take_people


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `~` is."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_it_asks_where_and_says_what_it_wrote(sqlite_context: Context, home: Path) -> None:
    take_people(sqlite_context, count=5)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=3, blocked=2)
    async with console(sqlite_context) as pilot:
        await press(pilot, "w")
        assert "5 deliveries, a line each" in shown(pilot)
        assert "~/broadcast-1.csv" in shown(pilot)
        assert "✓ a new file" in shown(pilot)
        await press(pilot, "enter")
        written = home / "broadcast-1.csv"
        assert notices(pilot) == [f"5 deliveries of broadcast 1 are in {written}."]
        assert "exported" in shown(pilot)
    assert len(written.read_text(encoding="utf-8").splitlines()) == 6
    assert audit.latest(sqlite_context, limit=1)[0].action == "broadcast.exported"


async def test_it_says_what_it_would_replace(sqlite_context: Context, home: Path) -> None:
    take_people(sqlite_context, count=2)
    queue(sqlite_context, "Hello")
    there = home / "broadcast-1.csv"
    there.write_text("precious", encoding="utf-8")
    async with console(sqlite_context) as pilot:
        await press(pilot, "w")
        assert "! replaces the 8 bytes that were written there at" in shown(pilot)
        assert "Replace it" in shown(pilot)
        await press(pilot, "escape")
        assert there.read_text(encoding="utf-8") == "precious"
        await press(pilot, "w")
        # Another one came meanwhile.
        there.write_text("more precious", encoding="utf-8")
        await press(pilot, "enter")
        assert "Another file lies at" in notices(pilot)[0]
        assert there.read_text(encoding="utf-8") == "more precious"
        await press(pilot, "w", "enter")
        assert there.read_text(encoding="utf-8").startswith("chat_id")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Where to?"),
        ("~", "is a folder; name a file to write."),
        ("/nowhere/at/all.csv", "There is no folder /nowhere/at"),
        ("~nobody-of-this-name/a.csv", "Nobody's home folder is ~nobody-of-this-name."),
    ],
)
async def test_where_nothing_can_be_written_nothing_begins(
    sqlite_context: Context, typed: str, said: str
) -> None:
    take_people(sqlite_context, count=2)
    queue(sqlite_context, "Hello")
    async with console(sqlite_context) as pilot:
        await press(pilot, "w", "ctrl+a", "ctrl+k", "ctrl+u", *typed)
        assert said in " ".join(shown(pilot).replace("│", " ").split())
        await press(pilot, "enter")
        assert len(pilot.app.screen_stack) == 2


async def test_a_draft_has_nothing_to_write(sqlite_context: Context) -> None:
    queue(sqlite_context, "Hello", draft=True)
    async with console(sqlite_context) as pilot:
        await press(pilot, "w")
        assert len(pilot.app.screen_stack) == 1
        pilot.app.act_on("broadcasts", "propose", "export")  # type: ignore[attr-defined] # as the palette does
        await settle(pilot)
        assert notices(pilot) == ["Broadcast 1 has no deliveries yet."]


async def test_it_can_be_stopped_and_leaves_nothing(
    sqlite_context: Context, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_people(sqlite_context, count=1500)
    queue(sqlite_context, "Hello")
    begun, go_on = threading.Event(), threading.Event()
    every = deliveries.every

    def slowly(*asked: object) -> Iterator[object]:
        begun.set()
        go_on.wait()
        yield from every(*asked)  # type: ignore[arg-type] # as they came

    monkeypatch.setattr(deliveries, "every", slowly)
    async with console(sqlite_context) as pilot:
        await press(pilot, "w")
        await pilot.press("enter")
        while not begun.is_set():
            await pilot.pause()
        assert "0 of 1,500" in shown(pilot)
        await pilot.press("escape")
        go_on.set()
        await settle(pilot)
        assert notices(pilot) == ["The export was stopped; nothing was written."]
        assert len(pilot.app.screen_stack) == 1
    assert files_in(home) == []
    assert audit.latest(sqlite_context, limit=1)[0].action == "broadcast.queued"
