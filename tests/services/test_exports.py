"""Exports: whole or not at all, on record, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from hsl_tui.errors import InvalidInputError, NotFoundError
from hsl_tui.models.enums import RecipientState
from hsl_tui.services import exports, queueing, recipients
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.services.queueing import Order
from hsl_tui.store import audit
from hsl_tui.store import recipients as stored
from hsl_tui.store.intake import Arrival, take_in
from tests.conftest import NOON


def fill(context: Context, *arrivals: Arrival) -> None:
    with context.database.write() as session:
        take_in(session, arrivals, now=NOON)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def records(context: Context) -> Sequence[tuple[str, int | None, dict[str, object]]]:
    with context.database.read() as session:
        entries = audit.latest(session, limit=10, action="*")
    return [
        (one.action, one.broadcast_id, one.details)
        for one in entries
        if one.action.endswith(".exported")
    ]


def test_all_that_is_known_of_everyone_is_written(context: Context, tmp_path: Path) -> None:
    fill(
        context,
        Arrival(5, "ann", "Zoë", 'O\'Neil, "Dr"\n', "de", frozenset("ab"), {"course": "Kλ"}),
        Arrival(-1001, first_name="A group", attributes={"größe": "XL"}),
    )
    with context.database.write() as session:
        stored.set_state(session, 1, RecipientState.BLOCKED, reason="", now=NOON)
    path = tmp_path / "people.csv"
    assert exports.export_recipients(context, path) == 2
    assert read(path) == [
        {
            "chat_id": "5",
            "username": "ann",
            "first_name": "Zoë",
            "last_name": 'O\'Neil, "Dr"\n',
            "language_code": "de",
            "state": "blocked",
            "tags": "a;b",
            "course": "Kλ",
            "größe": "",
        },
        {
            "chat_id": "-1001",
            "username": "",
            "first_name": "A group",
            "last_name": "",
            "language_code": "",
            "state": "active",
            "tags": "",
            "course": "",
            "größe": "XL",
        },
    ]
    assert records(context) == [("recipients.exported", None, {"file": "people.csv", "rows": 2})]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+49 170", "'+49 170"),
        ("+49", "'+49"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("'=x", "''=x"),
        ("-12.50", "-12.50"),
        ("'tis", "'tis"),
        ("a=b", "a=b"),
    ],
)
def test_cells_that_spreadsheets_would_run(
    sqlite_context: Context, tmp_path: Path, name: str, written: str
) -> None:
    fill(sqlite_context, Arrival(5, first_name=name, attributes={"note": name}))
    exports.export_recipients(sqlite_context, tmp_path / "x.csv")
    (row,) = read(tmp_path / "x.csv")
    assert (row["first_name"], row["note"]) == (written, written)


def test_a_file_is_replaced_as_a_whole_and_private(sqlite_context: Context, tmp_path: Path) -> None:
    fill(sqlite_context, Arrival(5))
    path = tmp_path / "x.csv"
    path.write_text("older and longer " * 100)
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    exports.export_recipients(sqlite_context, link)
    assert link.is_symlink()
    assert read(path)[0]["chat_id"] == "5"
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(one.name for one in tmp_path.glob("*.csv*")) == ["link.csv", "x.csv"]


def test_an_export_that_fails_leaves_what_was_there(
    sqlite_context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_context, Arrival(5))
    path = tmp_path / "sub" / "x.csv"
    path.parent.mkdir()
    path.write_text("kept")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InvalidInputError, match="No space left on device"):
        exports.export_recipients(sqlite_context, path)
    assert [one.read_text() for one in path.parent.iterdir()] == ["kept"]
    assert records(sqlite_context) == []


@pytest.mark.parametrize("name", [".", "missing/x.csv", "x\0y", "/dev/full"])
def test_places_that_cannot_be_written(sqlite_context: Context, tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError):
        exports.export_recipients(sqlite_context, tmp_path / name)
    assert records(sqlite_context) == []


def test_a_stream_is_written_like_a_file(sqlite_context: Context) -> None:
    fill(sqlite_context, Arrival(5, first_name="Ann"))
    stream = io.StringIO(newline="")
    assert exports.export_recipients(sqlite_context, stream) == 1
    assert stream.getvalue().splitlines() == [
        "chat_id,username,first_name,last_name,language_code,state,tags",
        "5,,Ann,,,active,",
    ]
    assert records(sqlite_context) == [("recipients.exported", None, {"file": "-", "rows": 1})]


def test_every_delivery_of_a_broadcast_is_written(context: Context, tmp_path: Path) -> None:
    fill(context, *(Arrival(n, first_name=f"=N{n}") for n in range(1, 2003)))
    broadcast = queueing.queue(context, Order(Composition("Hello"), to=["all", "!chat:7"]))
    path = tmp_path / "deliveries.csv"
    assert exports.export_deliveries(context, broadcast.id, path) == 2001
    rows = read(path)
    assert len(rows) == 2001
    assert {row["chat_id"] for row in rows} == {str(n) for n in range(1, 2003)} - {"7"}
    assert rows[0] == {
        "chat_id": "1",
        "username": "",
        "first_name": "'=N1",
        "last_name": "",
        "status": "pending",
        "attempts": "0",
        "telegram_message_id": "",
        "error_code": "",
        "error": "",
        "sent_at": "",
    }
    details = {"file": "deliveries.csv", "rows": 2001}
    assert records(context) == [("broadcast.exported", broadcast.id, details)]


def test_an_unknown_broadcast_is_not_exported(sqlite_context: Context, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        exports.export_deliveries(sqlite_context, 7, tmp_path / "x.csv")
    assert list(tmp_path.glob("x*")) == []
    assert recipients.count(sqlite_context) == 0
