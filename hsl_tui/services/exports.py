"""Writing files: recipients, and what became of each of a broadcast.

CSV in UTF-8, with commas and a header; cells that spreadsheets would run are guarded (see
``spreadsheets.py``). Recipients are written as JSON lines or with tabs where the file's name says
so, and in gzip where that says so.
A file is readable by its owner alone, and is there as a whole or not at all.
"""

from __future__ import annotations

import csv
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, TextIO

from hsl_tui.models.forgotten import shown_chat
from hsl_tui.models.selector import Selector, parse_selectors
from hsl_tui.models.views import DeliveryView, RecipientView
from hsl_tui.services.audience_check import OnProgress, ignore_progress
from hsl_tui.services.broadcasts import found, require_deliveries
from hsl_tui.services.context import Context
from hsl_tui.services.output_files import draft_beside, sayable, written
from hsl_tui.services.recipient_files import FileFormat, format_of
from hsl_tui.services.recipients import require_known
from hsl_tui.services.rejects import Reject
from hsl_tui.services.spreadsheets import guard
from hsl_tui.store import deliveries, recipients

_RECIPIENT_COLUMNS: Final = (
    "chat_id",
    "username",
    "first_name",
    "last_name",
    "language_code",
    "state",
    "tags",
)
_DELIVERY_COLUMNS: Final = (
    "chat_id",
    "username",
    "first_name",
    "last_name",
    "status",
    "attempts",
    "telegram_message_id",
    "error_code",
    "error",
    "sent_at",
)

_TOLD_EVERY: Final = 1000
"""Rows."""

_Cells = Sequence[str | int | None]


def export_recipients(context: Context, to: Path | TextIO, picked: Sequence[str] = ()) -> int:
    """Write recipients, whatever their state, each attribute in a column of its own.

    An import takes the file in again.

    Args:
        to: a path, whose file is replaced and whose ending says how it is written, or a stream
            that was opened with ``newline=""``.
        picked: selectors of those who are meant; everyone where there are none.

    Returns:
        How many there are.

    Raises:
        InvalidInputError: the file cannot be written, or a selector is wrong or names what is not
            on record.
    """
    selectors = parse_selectors(picked) if picked else ()
    file_format = format_of(to) if isinstance(to, Path) else FileFormat.CSV

    def fill(stream: TextIO) -> int:
        with context.database.read() as session:
            require_known(session, selectors)
            everyone = recipients.every(session, selectors)
            if file_format is FileFormat.JSONL:
                return _write_objects(stream, map(_document, everyone))
            names = sorted(recipients.attribute_names(session))
            rows = (_recipient(one, names) for one in everyone)
            tabs = file_format is FileFormat.TSV
            return _write(stream, (*_RECIPIENT_COLUMNS, *names), rows, "\t" if tabs else ",")

    return _export(context, to, fill, "recipients.exported", picked=selectors)


def export_deliveries(
    context: Context,
    broadcast_id: int,
    to: Path | TextIO,
    *,
    on_progress: OnProgress = ignore_progress,
) -> int:
    """Write every delivery of a broadcast, in their order; times are ISO 8601 in UTC.

    Args:
        to: as in :func:`export_recipients`.
        on_progress: told how many are written; what it raises ends the export, and leaves neither
            a file nor a record.

    Returns:
        How many there are.

    Raises:
        NotFoundError: there is no such broadcast.
        RefusedError: its deliveries were removed.
        InvalidInputError: the file cannot be written.
    """

    def fill(stream: TextIO) -> int:
        with context.database.read() as session:
            rows = map(_delivery, deliveries.every(session, broadcast_id))
            return _write(stream, _DELIVERY_COLUMNS, _told(rows, total, on_progress))

    with context.database.read() as session:
        broadcast = found(session, broadcast_id)
        require_deliveries(broadcast)
        total = broadcast.total_recipients
    return _export(context, to, fill, "broadcast.exported", broadcast_id)


def export_rejects(rejects: Iterable[Reject], imported: Path, header: Sequence[str] = ()) -> Path:
    """Write the lines that an import skipped beside its file, and return where.

    No file is replaced: a name that is taken gets a number.

    Args:
        header: names of the file's columns.

    Raises:
        InvalidInputError: nothing can be written there.
    """
    names = (f".{number}" if number else "" for number in itertools.count())
    free = (imported.with_name(f"{imported.stem}.rejected{name}.csv") for name in names)
    with sayable(imported):
        to = next(path for path in free if not os.path.lexists(path))
    write_rejects(rejects, to, header)
    return to


def write_rejects(rejects: Iterable[Reject], to: Path, header: Sequence[str] = ()) -> None:
    """Write the lines that an import skipped: number, reason, and their cells below the header.

    A line that could not be told apart into cells is in the first of them.

    Raises:
        InvalidInputError: nothing can be written there.
    """
    rows: Iterable[_Cells] = ((one.line, one.reason, *one.cells) for one in rejects)
    with draft_beside(to) as draft:
        with written(draft, to) as stream:
            _write(stream, ("line", "reason", *header), rows)
        draft.replace(to.resolve())


def _export(
    context: Context,
    to: Path | TextIO,
    fill: Callable[[TextIO], int],
    action: str,
    broadcast_id: int | None = None,
    *,
    picked: Sequence[Selector] = (),
) -> int:
    said = {"picked": list(map(str, picked))} if picked else {}
    if not isinstance(to, Path):
        count = fill(to)
        with context.database.write() as session:
            context.record(session, action, broadcast_id, file="-", rows=count, **said)
        return count
    shown = to.name.encode(errors="replace").decode()
    with draft_beside(to) as draft:
        with written(draft, to) as stream:
            count = fill(stream)
        with context.database.write() as session:
            context.record(session, action, broadcast_id, file=shown, rows=count, **said)
            # Within the transaction: a file that cannot be put there leaves no record either.
            draft.replace(to.resolve())
    return count


def _told(rows: Iterable[_Cells], total: int, on_progress: OnProgress) -> Iterator[_Cells]:
    for number, row in enumerate(rows):
        if number % _TOLD_EVERY == 0:
            on_progress(number, total)
        yield row


def _write_objects(stream: TextIO, documents: Iterable[dict[str, object]]) -> int:
    count = 0
    for document in documents:
        stream.write(json.dumps(document) + "\n")
        count += 1
    return count


def _write(
    stream: TextIO, header: Sequence[str], rows: Iterable[_Cells], separator: str = ","
) -> int:
    writer = csv.writer(stream, delimiter=separator)
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow([guard(cell) if isinstance(cell, str) else cell for cell in row])
        count += 1
    return count


def _recipient(one: RecipientView, attribute_names: Sequence[str]) -> _Cells:
    return (
        one.chat_id,
        one.username,
        one.first_name,
        one.last_name,
        one.language_code,
        one.state,
        ";".join(one.tags),
        *(one.attributes.get(name) for name in attribute_names),
    )


def _document(one: RecipientView) -> dict[str, object]:
    cells = zip(_RECIPIENT_COLUMNS, _recipient(one, ()), strict=True)
    return {**dict(cells), "tags": list(one.tags), "attributes": one.attributes}


def _delivery(one: DeliveryView) -> _Cells:
    return (
        shown_chat(one.chat_id),
        one.username,
        one.first_name,
        one.last_name,
        one.status,
        one.attempts,
        one.telegram_message_id,
        one.error_code,
        one.error,
        None if one.sent_at is None else one.sent_at.isoformat(),
    )
