"""What reaches the terminal shows there what Textual drew, in fewer bytes."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import pyte
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hsl_tui.console.terminal.difference import Painter
from hsl_tui.console.terminal.driver import Canvas
from hsl_tui.console.terminal.grid import Grid

KNOWN = re.compile(
    "\x1b\\[[0-9;]*[mHCKXJ]|\x1b\\[[?<>=][0-9;]*(?:[hlu]|\\$p)|\r\n"
    "|\x1b\\](?:22|52;c);[A-Za-z0-9+/=-]*(?:\x07|\x1b\\\\)|\x07"
)
SYNCHRONISED = re.compile("2026[hl]")
INJECTIONS = (
    "\x1b]0;title\x07",
    "\x1b[6n",
    "\x1b[5i",
    "\x1bP+q544e\x1b\\",
    "\x9b31m",
    "\x90q\x9c",
    "\u202e",
    "\x1bc",
    "\x1b[3J",
    "\x0e",
    "\x08\x7f",
)
LINES, COLUMNS = 4, 40
SIZE = (COLUMNS, LINES)

STYLES = st.sampled_from(
    ["0", "1", "4", "7", "38;5;188", "1;38;5;188;48;5;16", "38;2;1;2;3", "48;5;16", "4;31;42", "97"]
)
# Two cells each, so that nothing two cells wide is ever half covered.
PAIRS = st.sampled_from(["ab", "  ", "x ", "漢", "😀", "é,", "█▏", "я!"])
TEXTS = st.lists(PAIRS, min_size=1, max_size=20).map("".join)


@st.composite
def updates(draw: st.DrawFn) -> str:
    """What Textual writes for one frame: moves, styled texts, and where the cursor goes."""
    drawn = []
    for _ in range(draw(st.integers(1, 4))):
        line, pair = draw(st.integers(1, LINES)), draw(st.integers(0, COLUMNS // 2 - 1))
        drawn.append(f"\x1b[{line};{2 * pair + 1}H")
        room = COLUMNS - 2 * pair
        for style, text in draw(st.lists(st.tuples(STYLES, TEXTS), min_size=1, max_size=3)):
            width = 2 * len(_pairs(text))
            if width > room:
                break
            room -= width
            drawn.append(f"\x1b[{style}m{text}\x1b[0m")
        if line < LINES:
            # Textual goes on to the next line, and then to where it draws there.
            drawn.append("\n")
    drawn.append(f"\x1b[{draw(st.integers(1, LINES))};{draw(st.integers(1, COLUMNS))}H")
    return "".join(drawn)


def _pairs(text: str) -> list[str]:
    pairs = []
    while text:
        length = 1 if text[0] in "漢😀" else 2
        pairs.append(text[:length])
        text = text[length:]
    return pairs


class Seen:
    """What a terminal shows of the bytes it gets."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, LINES)
        self.screen.reset_mode(7 << 5)  # as Textual has it: nothing wraps
        self.stream = pyte.Stream(self.screen)

    def get(self, sequences: str) -> None:
        self.stream.feed(sequences.replace("\n", "\r\n") if "\r" not in sequences else sequences)

    def cells(self) -> list[list[Any]]:
        return [
            [_look(self.screen.buffer[line][column]) for column in range(COLUMNS)]
            for line in range(LINES)
        ]


def _look(cell: Any) -> Any:
    if cell.data == " " and not (cell.underscore or cell.reverse):
        return " ", cell.bg
    return cell


@given(
    frames=st.lists(st.tuples(updates(), st.booleans()), min_size=1, max_size=8),
    erases_in_colour=st.booleans(),
)
def test_the_terminal_shows_what_was_drawn(
    *, frames: Sequence[tuple[str, bool]], erases_in_colour: bool
) -> None:
    plain, thrifty = Seen(), Seen()
    wanted, shown = Grid(LINES, COLUMNS), Grid(LINES, COLUMNS)
    painter, touched = Painter(erases_in_colour=erases_in_colour), set[int]()
    for frame, skipped in [*frames, ("", False)]:
        plain.get(frame)
        assert wanted.draw(frame, 0, touched) == len(frame)
        if not skipped:
            thrifty.get(painter.paint(shown, wanted, touched))
            touched.clear()
            assert thrifty.cells() == plain.cells()
    cursor = thrifty.screen.cursor
    assert (cursor.y, cursor.x) == wanted.cursor


def test_nothing_is_left_where_a_terminal_draws_a_text_narrower_than_it_is_counted() -> None:
    seen, painter = Seen(), Painter(erases_in_colour=True)
    wanted, shown, touched = Grid(LINES, COLUMNS), Grid(LINES, COLUMNS), set[int]()
    for text in ("│" * COLUMNS, f"{'गीता नमस्ते':<{COLUMNS}}"):
        wanted.draw(f"\x1b[1;1H\x1b[1m{text}\x1b[0m", 0, touched)
        seen.get(painter.paint(shown, wanted, touched))
    assert "│" not in seen.screen.display[0]


class Line:
    """A slow line: what is written waits until somebody reads."""

    def __init__(self) -> None:
        self._end, end = os.pipe()
        self.terminal = os.fdopen(end, "w", encoding="utf-8")
        self.canvas = Canvas(self.terminal)
        self.came = ""

    def read_until(self, text: str) -> None:
        while text not in self.came:
            self.came += os.read(self._end, 100_000).decode()

    def hang_up(self) -> None:
        os.close(self._end)

    def close(self) -> None:
        self.canvas.end()
        with contextlib.suppress(OSError):  # what it still holds goes nowhere
            self.terminal.close()


@pytest.fixture
def line() -> Iterator[Line]:
    opened = Line()
    yield opened
    opened.close()


def frame(text: str, line: int = 1) -> str:
    return f"\x1b[{line};1H\x1b[1m{text:<{COLUMNS}}\x1b[0m\x1b[1;1H"


def test_what_is_drawn_over_while_the_line_is_busy_is_never_sent(line: Line) -> None:
    # More than a pipe holds, so that the next frame waits for a reader.
    line.canvas.take("\x1b]52;c;" + "A" * 200_000 + "\x07", SIZE)
    for count in range(1000):
        line.canvas.take(frame(f"frame {count} "), SIZE)
    line.canvas.take(frame("the end", line=2), SIZE)
    line.read_until("the end")

    seen = Seen()
    seen.get(line.came)
    assert "frame 999" in seen.screen.display[0]
    assert len(line.came) < 201_000


def test_a_frame_like_the_one_before_sends_nothing(line: Line) -> None:
    line.canvas.take(frame("the same"), SIZE)
    line.canvas.take(frame("the same"), SIZE)
    line.canvas.take(frame("the end", line=2), SIZE)
    line.read_until("the end")

    assert line.came.count("the same") == 1


@pytest.mark.parametrize(
    "control", ["\x1b[?25l", "\x1b[?2026$p", "\x1b[>1u", "\x1b[<u", "\x1b]52;c;QQ==\x07", "\x07"]
)
def test_what_is_no_drawing_passes_in_its_order(line: Line, control: str) -> None:
    line.canvas.take(frame("before") + control + frame("after"), SIZE)
    line.read_until("after")

    assert line.came.index("before") < line.came.index(control) < line.came.index("after")


def test_all_is_drawn_again_on_the_alternate_screen(line: Line) -> None:
    line.canvas.take(frame("text"), SIZE)
    line.read_until("text")
    line.canvas.take("\x1b[?1049h" + frame("text") + frame("the end", line=2), SIZE)
    line.read_until("the end")

    assert line.came.count("text") == 2


@given(st.lists(st.text() | st.sampled_from(INJECTIONS), max_size=10).map("".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_reaches_the_terminal_as_anything_but_text(line: Line, text: str) -> None:
    """The last door: widgets are given text that was made safe."""
    assume(not SYNCHRONISED.search(text))
    line.came = ""
    line.canvas.take(f"\x1b[2;1H{text}\x1b[0m" + frame("the end" + "\x00"), SIZE)
    line.canvas.take("\x1b[?25l", SIZE)
    line.read_until("\x1b[?25l")

    drawn = KNOWN.sub("", line.came)
    assert not [one for one in drawn if unicodedata.category(one) == "Cc"]
    assert not set(drawn) & set("\u200e\u200f\u202a\u202e\u2066\u2069")


def test_all_is_drawn_again_in_another_size_and_when_that_is_asked(line: Line) -> None:
    line.canvas.take(frame("text"), SIZE)
    line.read_until("text")
    line.came = ""
    line.canvas.take(frame("text"), (COLUMNS, LINES + 1))
    line.read_until("text")
    line.came = ""
    line.canvas.forget()
    line.read_until("text")


def test_frames_are_held_together_where_the_terminal_can(line: Line) -> None:
    line.canvas.take("\x1b[?2026h" + frame("text") + "\x1b[?2026l", SIZE)
    line.read_until("\x1b[?2026l")

    assert line.came.startswith("\x1b[?2026h\x1b[H")


def test_a_line_that_is_gone_keeps_nobody_waiting(line: Line) -> None:
    line.hang_up()
    for count in range(100):
        line.canvas.take(frame(f"frame {count}"), SIZE)
    line.canvas.end()
