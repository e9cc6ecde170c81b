"""`hsl-tui db adopt`: coming from an hsl-dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hsl_tui.cli.composition import open_context
from hsl_tui.cli.output import JsonOption, print_json, say
from hsl_tui.cli.progress import progress_bar
from hsl_tui.cli.streams import note

if TYPE_CHECKING:
    from hsl_tui.services.adoption import Adoption, Tally


def adopt(
    url: Annotated[
        str,
        typer.Argument(metavar="URL", help="postgresql://USER@HOST/NAME of the dashboard."),
    ],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be taken over.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take over the people and the broadcasts of an hsl-dashboard.

    Its database is only read, and a user who may only read it suffices. The
    password is best left to PGPASSWORD or ~/.pgpass, as with psql. Broadcasts
    that are still to come there become drafts: nothing is sent. Run it as
    often as you like: it adds what is new there. Who was forgotten here is
    left out, with what was sent to them.
    """
    from hsl_tui.services import adopting

    with open_context() as context, progress_bar("Taking over") as on_progress:
        report = adopting.adopt(context, url, dry_run=dry_run, on_progress=on_progress)
    if as_json:
        print_json(_document(report))
        return
    for line in _lines(report):
        say(line)
    for one in report.notes:
        note(one)
    for skipped in report.skipped:
        note(f"Left out: {skipped.what}: {skipped.reason}")
    more = report.left_out - len(report.skipped)
    if more:
        note(f"Left out: {more:,} more.")


def _lines(report: Adoption) -> list[str]:
    would = "Would take over" if report.dry_run else "Took over"
    drafts = f" (drafts: {report.drafts:,})" if report.drafts else ""
    return [
        f"{would} from {report.source}:",
        f"Recipients: {_sentence(report.recipients)}",
        f"Broadcasts: {_sentence(report.broadcasts)}{drafts}",
        f"Deliveries: {_sentence(report.deliveries)}",
    ]


def _sentence(tally: Tally) -> str:
    return f"{tally.imported:,} new, {tally.updated:,} updated, {tally.unchanged:,} unchanged"


def _document(report: Adoption) -> dict[str, Any]:
    return {
        "source": report.source,
        "dry_run": report.dry_run,
        **report.counts(),
        "skipped": [{"what": one.what, "reason": one.reason} for one in report.skipped],
        "notes": report.notes,
    }
