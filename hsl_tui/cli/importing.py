"""`hsl-tui recipients import`: many recipients at once, from a file or a pipe."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hsl_tui.cli.composition import open_context
from hsl_tui.cli.output import JsonOption, print_json_ending_in_list, say
from hsl_tui.cli.progress import counting_bar
from hsl_tui.cli.running import on_signals
from hsl_tui.cli.streams import note
from hsl_tui.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from hsl_tui.services.imports import ImportReport, Progress

EXAMPLES: Final = (
    "hsl-tui recipients import people.csv --tag june",
    "zcat people.jsonl.gz | hsl-tui recipients import - --atomic",
    "hsl-tui recipients import crm.csv --map id=chat_id --map notes= --dry-run",
)

_NAMED: Final = 10
"""Skipped lines that people are shown; `--json` and `--rejects` have them all."""


FileArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="CSV with a header, TSV or JSON lines; - reads standard input."
    ),
]
TagOption = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="T", help="Label all of the file so. Repeatable."),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="SOURCE=TARGET",
        help="Take the file's column SOURCE for TARGET, a known column or an attribute;"
        " SOURCE= leaves it out. Repeatable.",
    ),
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="csv, tsv or jsonl, where the file itself does not tell.",
    ),
]
AtomicOption = Annotated[
    bool,
    typer.Option(
        "--atomic",
        help="All or nothing: one bad line, and nothing is changed. Others who change"
        " something wait while it is taken in.",
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Change nothing; say what would change.")
]
RejectsOption = Annotated[
    Path | None,
    typer.Option(
        "--rejects",
        metavar="FILE",
        help="Write skipped lines to this CSV file, each with its reason.",
    ),
]


def import_recipients(
    file: FileArgument,
    *,
    tags: TagOption = None,
    columns: MapOption = None,
    file_format: FormatOption = None,
    atomic: AtomicOption = False,
    dry_run: DryRunOption = False,
    rejects: RejectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add the recipients of a file, or update those already there.

    Columns: chat_id (or user_id), username, first_name, last_name,
    language_code, and tags, separated by semicolons. The column state is
    ignored; any other becomes an attribute for texts, e-mail as e_mail.
    An empty cell changes nothing. Bad lines are skipped and named; of
    lines about one chat the last has the last word. JSON lines have an
    object a line, with the same names. gzip is unpacked.

    An import that is cut off goes on where it ended when the same file
    is imported again, with the same options.
    """
    from hsl_tui.services import imports, output_files

    renamed = _renamed(columns or ())
    wanted = _format(file_format)
    if rejects is not None:
        output_files.earlier(rejects)  # which refuses a place that cannot be written
    begun, stop = threading.Event(), threading.Event()

    def tell(at: Progress) -> None:
        begun.set()
        draw(at.bytes_read, at.size, at.rows)

    def end() -> None:
        if not begun.is_set():
            # It is still being read, perhaps from somebody who writes no more.
            raise KeyboardInterrupt
        stop.set()

    with (
        _without_garbage_collector(),
        open_context() as context,
        counting_bar("Importing", "lines") as draw,
        on_signals(end, signal.SIGINT),
    ):
        report = imports.import_file(
            context,
            file,
            tags=tags or (),
            renamed=renamed,
            file_format=wanted,
            atomic=atomic,
            dry_run=dry_run,
            on_progress=tell,
            stopped=stop.is_set,
        )
    _report(report, file, rejects=rejects, as_json=as_json)


@contextmanager
def _without_garbage_collector() -> Iterator[None]:
    """Leave out its rounds: a batch is tens of thousands of objects, without a cycle."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _report(report: ImportReport, file: Path, *, rejects: Path | None, as_json: bool) -> None:
    """Tell what became of a file, and end as a command that failed where not all of it is done."""
    from hsl_tui.services import exports

    unwritten = None
    if rejects is not None:
        try:
            exports.write_rejects(report.rejected, rejects, report.header)
        except InvalidInputError as error:
            # What was taken in is to be told all the same.
            unwritten, rejects = str(error), None
    if as_json:
        print_json_ending_in_list(
            _document(report),
            "rejected",
            ({"line": one.line, "reason": one.reason} for one in report.rejected),
        )
    else:
        _tell(report, everything_in=rejects)
    if unwritten is not None:
        note(unwritten)
    _refuse(report, file)
    if unwritten is not None:
        raise RefusedError("All but that file is done; import again with another --rejects.")


def _refuse(report: ImportReport, file: Path) -> None:
    """End as a command that failed, where nothing or not all was taken in."""
    if report.stopped_after is not None:
        taken = f"line {report.stopped_after}" if report.stopped_after else "the first line"
        msg = (
            f"Stopped: nothing behind {taken} of {file} was taken in; the same command goes on"
            " from there."
        )
        raise RefusedError(msg)
    if report.held_back:
        msg = (
            f"{_lines(len(report.rejected))} of {file} cannot be used; with --atomic nothing was"
            " changed."
        )
        raise InvalidInputError(msg)
    if not report.accepted:
        why = "No line could be used" if report.rejected else "There is no line below the header"
        raise InvalidInputError(f"{why} in {file}; nothing was changed.")


def _renamed(written: Iterable[str]) -> dict[str, str]:
    renamed: dict[str, str] = {}
    for one in written:
        source, equals, target = one.partition("=")
        if not source.strip() or not equals:
            raise InvalidInputError(f"{one!r} maps nothing; write --map SOURCE=TARGET.")
        if source.strip().lower() in {name.lower() for name in renamed}:
            raise InvalidInputError(f"The column {source.strip()!r} is mapped twice.")
        renamed[source.strip()] = target
    return renamed


def _format(written: str | None) -> Any:
    from hsl_tui.services.imports import FileFormat

    if written is None:
        return None
    try:
        return FileFormat(written.lower())
    except ValueError:
        msg = f"{written!r} is no format of recipients; use {', '.join(FileFormat)}."
        raise InvalidInputError(msg) from None


def _document(report: ImportReport) -> dict[str, Any]:
    document: dict[str, Any] = {
        "imported": report.imported,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "duplicates": report.duplicates,
        "usernames_left_out": report.no_usernames,
        "resumed_after_line": report.resumed_after,
        "renamed_columns": dict(report.repaired),
    }
    if report.trial is not None:
        document |= {
            "dry_run": True,
            "new_tags": list(report.trial.tags),
            "new_attributes": list(report.trial.attributes),
        }
    return document


def _tell(report: ImportReport, *, everything_in: Path | None) -> None:
    from hsl_tui.services.recipient_rows import LONGEST_NAME

    if report.resumed_after:
        note(f"This import had been cut off; it went on behind line {report.resumed_after}.")
    if report.accepted:
        would = "Nothing is changed. It would be: " if report.trial is not None else ""
        repeated = f" ({_duplicates(report.duplicates)})" if report.duplicates else ""
        say(
            f"{would}{report.imported} imported, {report.updated} updated,"
            f" {report.unchanged} unchanged, {len(report.rejected)} skipped{repeated}."
        )
    if report.trial is not None:
        for what, names in (("tags", report.trial.tags), ("attributes", report.trial.attributes)):
            if names:
                say(f"New {what}: {', '.join(names)}.")
    for written, name in report.repaired.items():
        column = written[:LONGEST_NAME]
        note(f"The column {column!r} is called {name} here; --map chooses another name.")
    if report.no_usernames:
        were = _counted(report.no_usernames, "user name was", "user names were")
        note(f"{were} left out: Telegram's are 4 to 32 of A-Z, a-z, 0-9 and _.")
    for one in report.rejected[:_NAMED]:
        note(f"line {one.line} skipped: {one.reason}")
    more = len(report.rejected) - _NAMED
    if more > 0:
        where = f"{everything_in} names them all" if everything_in else "--rejects names them all"
        note(f"and {_counted(more, 'more line', 'more lines')}; {where}.")


def _duplicates(count: int) -> str:
    return f"{_lines(count)} about a chat of an earlier one"


def _lines(count: int) -> str:
    return _counted(count, "line", "lines")


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"
