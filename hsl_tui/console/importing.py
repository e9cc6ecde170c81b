"""What is said of an import: of the file, of how far it is, and of what became of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from typing import Final

from textual.content import Content

from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.wording import duration, number, plural
from hsl_tui.services.import_previews import Preview
from hsl_tui.services.imports import ImportReport, Progress
from hsl_tui.services.recipient_rows import LONGEST_NAME

_BAR: Final = 30
_SOON: Final = 1.0
"""Seconds before there is a rate to speak of."""
_KILO: Final = 1000
_SHOWN: Final = 12
"""Columns that are named."""


def told_of_file(preview: Preview) -> Content:
    """What is in a file: its size, what its columns become, and its first rows."""
    if preview.columns is None:
        further = Content.styled("  ctrl+n says what the columns are.", "$text-muted")
        return Content("\n").join([told_of_columns(preview), further])
    lines = [told_of_columns(preview, f"{_size(preview.size)}: ")]
    for row in preview.first_rows[:2]:
        said = " · ".join(cell.strip() for cell in row if cell.strip())
        lines.append(Content.styled(f"  {terminal_text(said)[:200]}", "$text-muted"))
    if not preview.first_rows:
        lines.append(Content.styled("  There is no line below the header.", "$text-warning"))
    return Content("\n").join(lines)


def told_of_columns(preview: Preview, before: str = "") -> Content:
    """What the columns of a file become, or why they cannot be taken in so."""
    columns = preview.columns
    if columns is None:
        return Content.styled(f"✗ {terminal_text(preview.trouble or '')}", "$text-error")
    known = ["chat id", *columns.fields, *(["tags"] if columns.tags is not None else [])]
    told = Content.assemble(
        ("✓ ", "$text-success"), before, ", ".join(name.replace("_", " ") for name in known)
    )
    if not columns.attributes:
        return told
    names = list(columns.attributes)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    said = f"attributes for texts: {', '.join(names[:_SHOWN])}{more}"
    return Content("\n").join([told, Content.styled(f"  {terminal_text(said)}", "$text-muted")])


def told_of_report(report: ImportReport, *, atomic: bool = False) -> Content:
    """What became of all rows.

    Args:
        atomic: all were to be taken in, or none.
    """
    counts = (
        f"{number(report.imported)} new",
        f"{number(report.updated)} changed",
        f"{number(report.unchanged)} as they were",
        f"{number(len(report.rejected))} skipped",
    )
    if report.stopped_after is None and atomic and report.rejected:
        would = "would be" if report.trial is not None else "is"
        lines = plural(len(report.rejected), "line")
        why = f"{lines} cannot be used, and it is to be all or nothing"
        return Content.styled(f"✗ Nothing {would} taken in: {why}.", "$text-error")
    if report.stopped_after is None:
        good = report.accepted > 0
        sign = Content.styled("✓ " if good else "✗ ", "$text-success" if good else "$text-error")
        lines = plural(report.accepted, "line")
        done = "would be taken in" if report.trial is not None else "taken in"
        told = Content.assemble(sign, f"{lines} {done}: {', '.join(counts)}")
        notes = [Content.styled(terminal_text(note), "$text-muted") for note in _notes(report)]
        return Content("\n").join([told, *notes])
    if report.trial is not None or atomic:
        return Content.assemble(("‖ Stopped. ", "$text-warning"), "Nothing is changed.")
    kept = f"{plural(report.accepted, 'line')} taken in stay: {', '.join(counts)}"
    where = f"behind line {number(report.stopped_after)}" if report.stopped_after else "of it"
    rest = f"Nothing {where} was taken in. Begin again with the whole file to go on."
    return Content.assemble(("‖ Stopped. ", "$text-warning"), f"{kept}.\n{rest}")


def _notes(report: ImportReport) -> Iterator[str]:
    if report.trial is not None:
        yield "Nothing is changed yet."
        for noun, names in (("tags", report.trial.tags), ("attributes", report.trial.attributes)):
            if names:
                more = f" and {number(len(names) - _SHOWN)} more" if len(names) > _SHOWN else ""
                yield f"New {noun}: {', '.join(names[:_SHOWN])}{more}"
    for written, name in islice(report.repaired.items(), _SHOWN):
        yield f"The column “{written[:LONGEST_NAME]}” is called {name} here"
    if report.duplicates:
        again = plural(report.duplicates, "line")
        yield f"{again} about a chat that was there before: the last one counts"
    if report.no_usernames:
        yield f"{plural(report.no_usernames, 'user name')} left out: Telegram gives none such"
    if report.resumed_after is not None:
        yield f"Gone on behind line {number(report.resumed_after)}, where it had been cut off"


class Course:
    """How an import goes on: noted in its thread, told among the widgets.

    Args:
        keeps: whether what was taken in stays when it is stopped.
    """

    def __init__(self, *, keeps: bool = True) -> None:
        self._keeps = keeps
        self._begun = time.monotonic()
        self._at: Progress | None = None

    def note(self, progress: Progress) -> None:
        """Take what the import says of itself."""
        self._at = progress

    @property
    def taken(self) -> int:
        """Lines that are in for good."""
        return 0 if self._at is None else self._at.taken

    def told(self, *, stopping: bool) -> Content:
        """A bar, and below it numbers."""
        at, spent = self._at, time.monotonic() - self._begun
        share = 0.0 if at is None else at.bytes_read / max(1, at.size)
        full = int(_BAR * share)
        bar = Content.assemble(
            ("━" * full, "$accent"),
            ("─" * (_BAR - full), "$text-disabled"),
            f" {int(100 * share)} %",
        )
        if at is None:
            said = "The file is read once before anything is taken in…"
        else:
            said = f"{plural(at.rows, 'line')}, {number(at.rejected)} skipped"
            if spent >= _SOON:
                said += f" · {number(int(at.rows / spent))} a second"
            if spent >= _SOON and share > 0:
                said += f" · about {duration(spent * (1 - share) / share)} left"
        lines = [bar, Content.styled(said, "$text-muted")]
        if stopping:
            stays = "what is taken in stays" if self._keeps else "nothing is changed"
            lines.append(Content.styled(f"‖ Stopping: {stays}…", "$text-warning"))
        return Content("\n").join(lines)


def _size(count: int) -> str:
    for unit in ("bytes", "KB", "MB"):
        if count < 10 * _KILO:
            return f"{number(count)} {unit}"
        count //= _KILO
    return f"{number(count)} GB"
