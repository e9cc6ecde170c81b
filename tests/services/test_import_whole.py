"""Imports that meet trouble half way: nothing is taken twice, and no more than is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hsl_tui.errors import HslTuiError, RefusedError
from hsl_tui.services import imports, recipients
from hsl_tui.services.context import Context
from hsl_tui.services.import_ways import Trial
from hsl_tui.services.imports import ImportReport, Progress, import_file
from hsl_tui.store import audit
from hsl_tui.store.database import Database

ROWS = 9_000
UNWANTED = 7_000


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "BATCH", 1000)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A file of nine batches or so."""
    path = tmp_path / "people.csv"
    path.write_text("chat_id\n" + "".join(f"{number}\n" for number in range(1, ROWS + 1)))
    return path


def records(context: Context) -> list[dict[str, object]]:
    with context.database.read() as session:
        return [one.details for one in audit.latest(session, limit=100)]


def imported(context: Context) -> int:
    """How many recipients were added, as the records have it."""
    return sum(int(str(one["imported"])) for one in records(context))


def runs(context: Context) -> list[tuple[int, bool]]:
    """Imports in the journal: the line that each came to, and whether that was its end."""
    query = sa.text("SELECT last_line, finished_at IS NOT NULL FROM imports ORDER BY id")
    with context.database.read() as session:
        return [(line, bool(at_end)) for line, at_end in session.connection().execute(query)]


def once_taken(context: Context, act: Callable[[], object]) -> Callable[[Progress], None]:
    """Has something happen between two batches of an import: once, when it took some in."""
    done: list[object] = []

    def told(at: Progress) -> None:
        if at.taken and not done:
            assert recipients.count(context) == at.taken
            done.append(True)
            act()

    return told


def refuse_one(session: Session) -> None:
    """Have the database refuse a certain chat, as a limit or a fault of its own would."""
    if session.get_bind().dialect.name == "sqlite":
        statement = (
            "CREATE TRIGGER unwanted BEFORE INSERT ON recipients"
            f" WHEN new.chat_id = {UNWANTED} BEGIN SELECT RAISE(ABORT, 'unwanted'); END"
        )
    else:
        statement = f"ALTER TABLE recipients ADD CHECK (chat_id <> {UNWANTED})"
    session.connection().execute(sa.text(statement))


# --- all or nothing, and trials ---------------------------------------------------------------


def test_one_bad_line_far_down_holds_all_back(context: Context, people: Path) -> None:
    with people.open("a") as stream:
        stream.write("x\n")
    report = import_file(context, people, atomic=True, tags=["june"])
    assert report.held_back
    assert (report.accepted, [one.line for one in report.rejected]) == (0, [ROWS + 2])
    assert (recipients.count(context), recipients.tags(context)) == (0, [])
    assert (records(context), runs(context)) == ([], [])


@pytest.mark.parametrize("atomic", [True, False])
def test_what_the_database_refuses_half_way_costs_all_or_its_batch(
    context: Context, people: Path, *, atomic: bool
) -> None:
    with context.database.write() as session:
        refuse_one(session)
    with pytest.raises(sa.exc.IntegrityError):
        import_file(context, people, atomic=atomic)
    taken = recipients.count(context)
    assert imported(context) == taken
    if atomic:
        assert (taken, records(context), runs(context)) == (0, [], [])
    else:
        assert 0 < taken < UNWANTED
        assert runs(context) == [(taken + 1, False)]


def test_all_at_once_is_one_record_of_the_whole(context: Context, people: Path) -> None:
    with people.open("a") as stream:
        stream.write("5\n")
    report = import_file(context, people, atomic=True)
    assert (report.imported, report.unchanged, report.duplicates) == (ROWS, 1, 1)
    (record,) = records(context)
    assert (record["first_line"], record["last_line"]) == (2, ROWS + 2)
    assert (record["imported"], record["duplicates"]) == (ROWS, 1)


def test_a_trial_over_batches_tells_what_the_import_then_does(
    context: Context, people: Path, tmp_path: Path
) -> None:
    earlier = tmp_path / "earlier.csv"
    earlier.write_text("chat_id,first_name,tags\n2,Bo,old\n3,Cy,\n")
    import_file(context, earlier)
    before = recipients.every(context), records(context), runs(context)
    people.write_text(
        "chat_id,first_name,tags,city\n"
        + "".join(f"{number},,,\n" for number in range(1, ROWS + 1))
        + "2,Bob,new,Riga\n3,Cy,old,\nx,,,\n"
    )
    trial = import_file(context, people, dry_run=True)
    after = recipients.every(context), records(context), runs(context)
    assert list(after[0]) == list(before[0])
    assert after[1:] == before[1:]
    assert trial.trial == Trial(("new",), ("city",))
    real = import_file(context, people)
    assert told(real) == told(trial) == (ROWS - 2, 2, 2, 1, 2)


def told(report: ImportReport) -> tuple[int, int, int, int, int]:
    return (
        report.imported,
        report.updated,
        report.unchanged,
        len(report.rejected),
        report.duplicates,
    )


# --- files that change ------------------------------------------------------------------------


def cut_short(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.truncate(path.stat().st_size // 2)


def append(path: Path) -> None:
    with path.open("a") as stream:
        stream.write(f"{ROWS + 1}\n")


@pytest.mark.parametrize("change", [cut_short, append])
@pytest.mark.parametrize("atomic", [True, False])
def test_a_file_that_changes_while_it_is_read_is_told(
    context: Context, people: Path, change: Callable[[Path], None], *, atomic: bool
) -> None:
    seen: list[Progress] = []

    def on_progress(at: Progress) -> None:
        seen.append(at)
        if len(seen) == 4:
            change(people)

    with pytest.raises(HslTuiError, match="cannot be read on: it was changed meanwhile") as lost:
        import_file(context, people, atomic=atomic, on_progress=on_progress)
    assert "begin again with the whole file" in str(lost.value)
    assert imported(context) == recipients.count(context)
    assert (recipients.count(context) == 0) is atomic


@pytest.mark.parametrize("change", [cut_short, append])
def test_a_file_that_changed_since_its_import_was_cut_off_begins_anew(
    context: Context, people: Path, change: Callable[[Path], None]
) -> None:
    seen: list[Progress] = []
    first = import_file(
        context, people, on_progress=seen.append, stopped=lambda: seen[-1].taken > 0
    )
    assert first.stopped_after is not None
    change(people)
    report = import_file(context, people)
    assert report.resumed_after is None
    assert report.unchanged >= first.imported
    assert imported(context) == recipients.count(context) == first.imported + report.imported


# --- two at once ------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(context: Context, database_url: str) -> Iterator[Context]:
    """The same operator in another process."""
    database = Database(database_url)
    yield replace(context, database=database)
    database.dispose()


def test_who_is_overtaken_by_the_same_import_leaves_it(
    context: Context, elsewhere: Context, people: Path
) -> None:
    overtake = once_taken(context, lambda: import_file(elsewhere, people))
    with pytest.raises(RefusedError, match=r"people\.csv is being taken in by somebody else"):
        import_file(context, people, on_progress=overtake)
    assert imported(context) == recipients.count(context) == ROWS
    assert runs(context) == [(ROWS + 1, True)]


def test_two_that_begin_the_same_import_at_once_do_not_both_go_on(
    context: Context, elsewhere: Context, people: Path
) -> None:
    others: list[ImportReport] = []

    def on_progress(_: Progress) -> None:
        if not others:
            seen: list[Progress] = []
            others.append(
                import_file(
                    elsewhere, people, on_progress=seen.append, stopped=lambda: seen[-1].taken > 0
                )
            )

    with pytest.raises(RefusedError, match="leave it to them, or begin again"):
        import_file(context, people, on_progress=on_progress)
    (other,) = others
    assert imported(context) == recipients.count(context) == other.imported < ROWS
    assert runs(context) == [(other.stopped_after, False)]
    assert import_file(context, people).resumed_after == other.stopped_after
    assert imported(context) == recipients.count(context) == ROWS
