"""Texts that act where they are not shown as text, on every screen, dialog, notice and row.

They are put into the database past every check: older programs, other tools and Telegram itself
write there too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from hsl_tui.models.content import MessageContent
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, ErrorKind, RecipientState
from hsl_tui.models.message_tables import Template
from hsl_tui.models.moves import StateChange
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.services.drafts import Form, save
from hsl_tui.store import audit, broadcasts, moves, segments
from hsl_tui.store.intake import Arrival, take_in
from hsl_tui.store.reasons import Reason
from tests.builders import add_broadcast, add_worker, claim, record, result
from tests.console.scene import console, press

CORPUS = {
    "markup": "[/b] [red on blue]x[/] [link=https://a.example]y[/link] \\[",
    "action": "[@click=app.quit]x[/] [@click='screen.action_x']y[/]",
    "entities": "<b>unclosed & <i>&lt; {{ 7 * 7 }} {% for %}",
    "colours": "\x1b[31mred\x1b[0m \x1b[2J\x1b[1;1Hhome",
    "sequences": "\x1b]0;title\x07 \x1b]52;c;QQ==\x07 \x1bP+q544e\x1b\\ \x1bc \x1b[6n",
    "c1": "\x9b31m \x90q\x9c \x85 \x8d \x84",
    "controls": "bell\x07 back\x08\x08 del\x7f tab\tnul\x00 cr\rlf\nff\x0c so\x0e",
    "bidi": "\u202egnp.exe\u202c \u2066isolate \u200f\u200e\u061c",
    "zero width": "a\u200bb\ufeffc\u2060d\u00ade",
    "wide": "王小明" * 12 + "\uff46\uff55\uff4c\uff4c",
    "right to left": "مرحبا بالعالم שלום עולם",
    "combining": "Z" + "\u0301\u0316\u0334" * 40 + "algo",
    "indic": "नमस्ते கொ ක්‍ෂ ไม่เป็นไร",
    "emoji": "👨‍👩‍👧‍👦 👋🏽 🇩🇪 ❤️ 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "long": "x" * 10_000,
    "long and wide": "😀" * 3000,
    "blank": " \u3164\u2800\xa0 ",
    "separators": "a\u2028b\u2029c\ufff9d\ufffb",
}
EMPTY = ""
EVERY = (*CORPUS.values(), EMPTY)

SMALL, LARGE = (80, 24), (120, 36)

pytestmark = pytest.mark.timeout(240)


def fill(context: Context) -> None:
    """Have each text be a name, a tag, an attribute, a message, a reason, a template, a note."""
    now = context.clock.now()
    people = [
        Arrival(
            chat_id=1001 + at,
            username=text[:60] or None,
            first_name=text,
            last_name=text or None,
            language_code=text[:8] or None,
            tags=frozenset({text[:60]} if text.strip() else ()),
            attributes={text[:60] or "empty": text},
        )
        for at, text in enumerate(EVERY)
    ]
    with context.database.write() as session:
        take_in(session, people, now=now)
        for at, text in enumerate(EVERY):
            if name := text.replace("\x00", "")[:60].strip():
                segments.add(session, name, ["all"], created_by=text, now=now)
            change = StateChange(at + 1, RecipientState.UNSUBSCRIBED, text)
            moves.apply(session, [change], now=now)
        for text in EVERY:
            # The log keeps what JSON can; a null character no database keeps in a text.
            audit.append(
                session,
                at=now,
                actor=text.replace("\x00", "") or "nobody",
                action=text.replace("\x00", "")[:60] or "nothing",
                details={text: text, "list": [text, {text: text}]},
            )
        for at, text in enumerate(EVERY):
            session.add(
                Template(
                    name=f"{at} {text[:50]}",
                    text=text,
                    content={},
                    changed_by=text[:60],
                    created_at=now,
                    changed_at=now,
                )
            )
    for text in EVERY:
        add_broadcast(
            context.database, "all", state=BroadcastState.PAUSED, content=MessageContent(text=text)
        )
    failing = add_broadcast(context.database, "all")
    worker = add_worker(context.database)
    claims = claim(context.database, failing, worker, len(EVERY))
    record(
        context.database,
        *(
            result(one, status, reason=Reason(ErrorKind.CONTENT, 400, text[:500] or "nothing"))
            for one, text, status in zip(claims, EVERY, _alternately(), strict=False)
        ),
    )
    with context.database.write() as session:
        broadcasts.set_state(
            session, failing, BroadcastState.PAUSED, reason=CORPUS["sequences"] + CORPUS["long"]
        )


def _alternately() -> Iterable[DeliveryStatus]:
    while True:
        yield DeliveryStatus.FAILED
        yield DeliveryStatus.UNCERTAIN


@asynccontextmanager
async def filled(context: Context, size: tuple[int, int]) -> AsyncIterator[Pilot[Any]]:
    fill(context)
    async with console(context, size=size) as pilot:
        yield pilot


def assert_harmless(pilot: Pilot[Any]) -> None:
    """Nothing that acts is drawn, and each line is as wide as the terminal."""
    width = pilot.app.size.width
    strips = pilot.app.screen._compositor.render_strips()
    assert len(strips) == pilot.app.size.height
    for strip in strips:
        assert strip.cell_length == width, strip.text
        for one in strip.text:
            assert unicodedata.category(one) not in {"Cc", "Cs", "Zl", "Zp"}, strip.text
            assert one not in "\u061c\u200b\u200e\u200f\u202a\u202c\u202e\u2066\ufeff", strip.text


async def walk(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one by one, and look after each."""
    for key in keys:
        await press(pilot, key)
        assert_harmless(pilot)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x36"])
async def test_broadcasts_and_all_that_opens_over_them(
    sqlite_context: Context, size: tuple[int, int]
) -> None:
    async with filled(sqlite_context, size) as pilot:
        assert_harmless(pilot)
        await walk(pilot, "x", "escape", "u", "escape", "w", "escape", "enter", "escape")
        for _ in EVERY:
            await walk(pilot, "down", "f6")
        for _ in range(4):
            await walk(pilot, "up", "x", "escape", "y")


async def test_deliveries(sqlite_context: Context) -> None:
    async with filled(sqlite_context, SMALL) as pilot:
        await walk(pilot, "enter", "w", "escape", "space", "u", "escape")
        for _ in EVERY:
            await walk(pilot, "down", "enter", "escape")
        await walk(pilot, "y", "slash", "x", "x")


async def test_recipients(sqlite_context: Context) -> None:
    async with filled(sqlite_context, SMALL) as pilot:
        await walk(pilot, "f4", "space", "plus", "escape", "escape", "t", "escape", "i", "escape")
        await walk(pilot, "e", "down", "d", "escape", "c", "E", "escape", "escape", "m", "escape")
        for _ in EVERY:
            await walk(pilot, "down", "enter", "down", "x", "escape", "escape")
        await walk(pilot, "y")


async def test_segments_and_moves(sqlite_context: Context) -> None:
    async with filled(sqlite_context, SMALL) as pilot:
        await walk(pilot, "f4", "e")
        for _ in EVERY:
            await walk(pilot, "down")
        await walk(pilot, "escape", "m", "p", "s", "S")
        for _ in EVERY:
            await walk(pilot, "down")
        await walk(pilot, "escape", "f3", "ctrl+n", *["down"] * 5, "enter", "escape")


async def test_audit(sqlite_context: Context) -> None:
    async with filled(sqlite_context, LARGE) as pilot:
        await walk(pilot, "f5", "v")
        for _ in EVERY:
            await walk(pilot, "down", "enter", "escape")
        await walk(pilot, "y", "slash", "x", "tab", "x")


@pytest.mark.parametrize("name", CORPUS)
async def test_compose(sqlite_context: Context, name: str) -> None:
    text = CORPUS[name]
    fill(sqlite_context)
    save(sqlite_context, Form(Composition(text), to=text[:200], when=text[:200]))
    async with console(sqlite_context, size=SMALL) as pilot:
        await walk(pilot, "f3", "f9", "f6", "ctrl+n", "escape", "ctrl+t", "down", "escape")
        await walk(pilot, "ctrl+o", "escape", "ctrl+r", "escape")


async def test_the_palette(sqlite_context: Context) -> None:
    async with filled(sqlite_context, SMALL) as pilot:
        await walk(pilot, "ctrl+p", *"1", "down", "down", "backspace", *"bro", "escape", "f1")
