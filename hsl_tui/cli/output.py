"""What commands print: one JSON document for programs, sentences and tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from itertools import islice
from typing import Annotated, Any, Final, TypeVar

import typer

from hsl_tui.cli.streams import give_up
from hsl_tui.errors import HslTuiError
from hsl_tui.safety import safe_text

SHOWN: Final = 100
"""How many rows people are shown who do not say how many they want."""

RowT = TypeVar("RowT")

_HIGHEST: Final = 2**63 - 1
_BATCH: Final = 500
_BRIEF: Final = 60
"""Characters."""
_SIGPIPE_STATUS: Final = 141
"""What a shell reports of a program whose reader went away."""


def whole_number(written: str) -> int:
    """A number of rows or of a row: from 1 to what a database can count.

    Raises:
        typer.BadParameter: it is none.
    """
    digits = written.isascii() and written.isdecimal() and len(written) <= len(str(_HIGHEST))
    if not (digits and 1 <= int(written) <= _HIGHEST):
        raise typer.BadParameter(f"{written!r} is not a whole number of at least 1.")
    return int(written)


JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
LimitOption = Annotated[
    int | None,
    typer.Option("--limit", parser=whole_number, metavar="N", help="Show so many at most."),
]


def example(*commands: str) -> str:
    """The end of a command's help: how it is called."""
    lines = "\n\n".join(f"[dim]$[/dim] [cyan]{command}[/cyan]" for command in commands)
    return f"[dim]Example:[/dim]\n\n{lines}"


def print_json(document: Any) -> None:
    """Write one JSON document, in ASCII, so that nothing in it acts on a terminal."""
    write_out(json.dumps(document, indent=2).replace("\x7f", "\\u007f") + "\n")


def print_json_list(documents: Iterable[Any]) -> None:
    """Write one JSON document that is a list, however long, without holding it in memory."""
    remaining = iter(documents)
    separator = "["
    while batch := list(islice(remaining, _BATCH)):
        lines = (json.dumps(document).replace("\x7f", "\\u007f") for document in batch)
        write_out(separator + ",".join(f"\n  {line}" for line in lines))
        separator = ","
    write_out("[]\n" if separator == "[" else "\n]\n")


def print_json_ending_in_list(document: dict[str, Any], key: str, items: Iterable[Any]) -> None:
    """Write one JSON document whose last value is a list, however long, under this key."""
    head = json.dumps(document, indent=2)[: -len("}")].rstrip()
    write_out(f"{head}{',' if document else ''}\n  {json.dumps(key)}: ".replace("\x7f", "\\u007f"))
    print_json_list(items)
    write_out("}\n")


def say(text: str, *, newlines: bool = False) -> None:
    """Write a line for people to standard output."""
    write_out(safe_text(text, newlines=newlines) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table for people: one line a row; what is None stays blank.

    On a terminal the last columns are cut to fit; in a pipe nothing is, but what is :func:`brief`.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    on_terminal = sys.stdout.isatty()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(Text("" if cell is None else safe_text(str(cell))) for cell in row))
    console = Console(width=None if on_terminal else 10_000)
    with console.capture() as captured:
        console.print(table)
    write_out("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def brief(text: str) -> str:
    """What people wrote, as a cell of a table shows it: no more than its beginning.

    JSON, and the commands that show or export the thing itself, have all of it.
    """
    return text if len(text) <= _BRIEF else f"{text[: _BRIEF - 1]}…"


def cut_off(rows: Iterable[RowT], limit: int | None) -> tuple[list[RowT], bool]:
    """As many rows as people are shown, and whether they are told that there are more."""
    shown = list(islice(rows, SHOWN + 1 if limit is None else limit))
    return (shown, False) if limit is not None else (shown[:SHOWN], len(shown) > SHOWN)


@contextmanager
def working(on: str) -> Iterator[None]:
    """Show on standard error, if that is a terminal, that something takes its time."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(on):
        yield


def unwritten(error: OSError) -> typer.Exit | HslTuiError:
    """How a command ends whose output could not be written: quietly where its reader went away."""
    give_up(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return typer.Exit(_SIGPIPE_STATUS)
    reason = (error.strerror or type(error).__name__).lower()
    return HslTuiError(
        f"Standard output cannot be written: {reason}. What the command changed stays so; send its"
        " output to where it can be written."
    )


def in_utc(moment: datetime | None) -> str | None:
    """A time as programs read it: ISO 8601 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat()


def in_zone(moment: datetime | None, zone: tzinfo) -> str | None:
    """A time as people read it, in their zone; ``--at`` takes it back."""
    return None if moment is None else moment.astimezone(zone).isoformat(" ", "seconds")


def write_out(text: str) -> None:
    """Write to standard output at once, as it is: for what was made safe already.

    Raises:
        typer.Exit: whoever read it has gone; there is nobody to tell.
        HslTuiError: it cannot be written, such as to a full disk.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        raise unwritten(error) from None
