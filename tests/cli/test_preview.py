"""The preview of a message on a terminal, and where there is none."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from hsl_tui.cli.preview import preview
from hsl_tui.services.composing import Composition
from hsl_tui.telegram.markup import check_text

AT = datetime(2030, 6, 1, 9, 30, tzinfo=UTC)
TEXT = (
    "<b>Hello</b> <tg-spoiler>cake</tg-spoiler>"
    ' <pre><code class="language-python">x = 1</code></pre>'
    '<a href="https://example.org/?a=[/b]">here</a> \x1b[31m'
)


def shown(*, revealed: bool = False) -> str:
    return preview(check_text(TEXT), Composition(TEXT), AT, revealed=revealed)


@contextmanager
def terminal(*, no_color: str = "") -> Iterator[None]:
    """Standard output is a terminal, 30 columns wide."""
    primary, secondary = pty.openpty()
    with os.fdopen(secondary, "w") as output, pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "30")
        patch.setenv("NO_COLOR", no_color)
        patch.setattr(sys, "stdout", output)
        yield
    os.close(primary)


def test_a_pipe_gets_plain_text() -> None:
    text = shown()
    assert "\x1b" not in text
    assert "│ Hello ▒▒▒▒" in text
    assert "Hello cake" in shown(revealed=True)
    assert "¹ https://example.org/?a=[/b]" in text


def test_a_terminal_gets_the_same_in_its_own_colours_and_at_its_width() -> None:
    with terminal():
        text = shown()
    assert "\x1b[1mHello\x1b[0m" in text
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert "\x1b" not in plain
    assert {cell_len(line) for line in plain.splitlines() if line.startswith("│")} == {30}
    assert not re.search(r"\x1b\[[0-9;]*[34]8", text)


def test_no_color_gets_plain_text() -> None:
    with terminal(no_color="1"):
        assert "\x1b" not in shown()


def test_commands_that_show_no_message_do_not_wait_for_textual() -> None:
    code = "import sys, hsl_tui.cli, hsl_tui.cli.preview; sys.exit('textual' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
