"""Taking over what an hsl-dashboard has on record: its people, its broadcasts, what became of them.

Only read there, all of it as it was at one moment; added here batch by batch, each on record. A run
that ends early is made up for by the next one, which adds only what is not here yet.
"""

from __future__ import annotations

from hsl_tui.errors import InvalidInputError
from hsl_tui.services.adopted_history import take_history
from hsl_tui.services.adopted_people import take_people
from hsl_tui.services.adoption import Adoption, OnProgress, Run
from hsl_tui.services.context import Context
from hsl_tui.store import dashboard_rows
from hsl_tui.store.dashboard import Dashboard, Snapshot


def adopt(
    context: Context,
    url: str,
    *,
    dry_run: bool = False,
    on_progress: OnProgress = lambda _done, _total: None,
) -> Adoption:
    """Take over what is in an hsl-dashboard's database and not here yet.

    Broadcasts that are still to come there become drafts: nothing is sent. Nothing comes of people
    who were forgotten here, even if they have come back since.

    Args:
        url: of its database, on PostgreSQL.
        dry_run: only count what would come of it.
        on_progress: told after each batch.

    Raises:
        SettingsError: the URL cannot be read, or names another kind of database.
        InvalidInputError: the database holds no such tables.
        DatabaseError: one of the databases cannot be used.
    """
    dashboard = Dashboard(url)
    with dashboard.snapshot() as snapshot:
        if not dashboard_rows.has_people(snapshot.shape):
            msg = (
                f"{dashboard.label} holds no table of hsl-dashboard that names people (users with"
                " user_id) and that you may read; check the URL and the rights."
            )
            raise InvalidInputError(msg)
        report = Adoption(dashboard.label, dry_run)
        _tell_shape(report, snapshot)
        total = _rows(snapshot)
        run = Run(context, snapshot, report, total=total, on_progress=on_progress)
        take_people(run)
        if dashboard_rows.has_messages(snapshot.shape):
            take_history(run)
        # Rows that speak of the same were one.
        on_progress(total, total)
    if not dry_run:
        with context.database.write() as session:
            context.record(session, "db.adopted", source=report.source, **report.counts())
    return report


def _rows(snapshot: Snapshot) -> int:
    rows = dashboard_rows.count_people(snapshot)
    if dashboard_rows.has_messages(snapshot.shape):
        rows += dashboard_rows.count_messages(snapshot)
    if dashboard_rows.has_fates(snapshot.shape):
        rows += dashboard_rows.count_fates(snapshot)
    return rows


def _tell_shape(report: Adoption, snapshot: Snapshot) -> None:
    shape = snapshot.shape
    report.note(f"Not there: {', '.join(shape.missing)}.", when=shape.missing)
    report.note(
        f"Times without a zone were read as UTC: {', '.join(shape.without_zone)}.",
        when=shape.without_zone,
    )
