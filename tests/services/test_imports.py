"""Importing recipients: what is taken, what is skipped and why, what is refused as a whole."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.views import Person, RecipientView
from hsl_tui.services import exports, imports, recipients
from hsl_tui.services.context import Context
from hsl_tui.services.import_previews import preview
from hsl_tui.services.imports import (
    ImportReport,
    Progress,
    Reject,
    import_file,
)
from hsl_tui.store import audit, matching
from hsl_tui.store import recipients as stored
from hsl_tui.telegram.rendering import compile_template
from tests.conftest import NOON


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    """Rows that were imported, updated, unchanged and rejected."""
    return report.imported, report.updated, report.unchanged, len(report.rejected)


class Intake:
    """Imports what a test writes into a file."""

    def __init__(self, context: Context, folder: Path) -> None:
        self.context = context
        self.path = folder / "people.csv"

    def take(self, content: str | bytes, *, tags: tuple[str, ...] = ()) -> ImportReport:
        data = content if isinstance(content, bytes) else content.encode()
        self.path.write_bytes(data)
        return import_file(self.context, self.path, tags=tags)

    def refuse(self, content: str | bytes) -> str:
        """The message with which a file is refused as a whole, without a trace."""
        with pytest.raises(InvalidInputError) as refused:
            self.take(content)
        assert recipients.count(self.context) == 0
        assert self.records() == []
        message = str(refused.value)
        assert "\n" not in message
        return message

    def reject(self, row: str, *, header: str = "chat_id,first_name,tags,course") -> str:
        """The reason for which a row is skipped; the one after it is taken."""
        report = self.take(f"{header}\n{row}\n77\n")
        assert (report.imported, len(report.rejected)) == (1, 1)
        assert report.rejected[0].line == 2
        return report.rejected[0].reason

    def people(self) -> dict[int, RecipientView]:
        return {one.chat_id: one for one in recipients.every(self.context)}

    def records(self) -> list[dict[str, object]]:
        with self.context.database.read() as session:
            found = audit.latest(session, limit=100, action="recipients.imported")
        return [entry.details for entry in found]


@pytest.fixture
def intake(sqlite_context: Context, tmp_path: Path) -> Intake:
    return Intake(sqlite_context, tmp_path)


# --- what is taken ----------------------------------------------------------------------------


def test_all_columns_are_taken(intake: Intake) -> None:
    report = intake.take(
        " Chat_ID ,USERNAME,first_name,Last_Name,language_code,tags,course,state\n"
        ' 5 , @anna ,Ann,"O\'Neil, ""Dr""",de,students; staff ;;,Physics,blocked\n'
        "-1001234567890,,A group,,,,,\n",
        tags=("june",),
    )
    assert counts(report) == (2, 0, 0, 0)
    ann, group = intake.people().values()
    assert (ann.chat_id, ann.username, ann.first_name) == (5, "anna", "Ann")
    assert (ann.last_name, ann.language_code) == ('O\'Neil, "Dr"', "de")
    assert set(ann.tags) == {"june", "staff", "students"}
    assert ann.attributes == {"course": "Physics"}
    assert ann.state is RecipientState.ACTIVE
    assert (group.chat_id, group.username, group.tags) == (-1001234567890, None, ("june",))
    assert group.attributes == {}


def test_user_id_stands_in_for_chat_id(intake: Intake) -> None:
    intake.take("first_name,user_id\nAnn,5\n")
    assert intake.people()[5].attributes == {}
    intake.take("user_id,chat_id\n9,5\n")
    assert intake.people()[5].attributes == {"user_id": "9"}


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16", "utf-16 big-endian"],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_separators_and_line_ends(
    intake: Intake, encode: object, separator: str, end: str
) -> None:
    assert callable(encode)
    rows = ["chat_id,first_name,course", "5,Zoë 👩🏽‍🚀,Kλ", "x,,", "6,李,"]
    report = intake.take(encode(end.join(rows).replace(",", separator)))
    assert (report.imported, [one.line for one in report.rejected]) == (2, [3])
    assert intake.people()[5].first_name == "Zoë 👩🏽‍🚀"
    assert intake.people()[5].attributes == {"course": "Kλ"}
    assert intake.people()[6].first_name == "李"


def test_a_cell_may_go_over_lines(intake: Intake) -> None:
    report = intake.take('\nchat_id,note\n1,"a\n\nb"\nx,\n2,"c ""d"""\n')
    assert report.rejected[0].line == 6
    assert intake.people()[1].attributes["note"] == "a\n\nb"
    assert intake.people()[2].attributes["note"] == 'c "d"'


def test_blank_rows_are_no_rows(intake: Intake) -> None:
    report = intake.take("chat_id,first_name\n\n ,\n,\n5,Ann,,,\n\n")
    assert counts(report) == (1, 0, 0, 0)


def test_again_updates_and_never_erases(intake: Intake) -> None:
    intake.take("chat_id,first_name,tags,course\n1,Ann,a,x\n2,Bob,,\n3,Cy,,\n")
    report = intake.take("chat_id,first_name,tags,course\n1,,b,\n2,Bob,,\n3,Cyd,,y\n4,Di,,\n")
    assert counts(report) == (1, 2, 1, 0)
    people = intake.people()
    assert (people[1].first_name, people[1].tags) == ("Ann", ("a", "b"))
    assert people[1].attributes == {"course": "x"}
    assert people[3].first_name == "Cyd"


def test_the_last_row_of_a_chat_has_the_last_word(intake: Intake) -> None:
    rows = "1,Ann,anna\n1,,annb\n+01,Anna,\n1,Anna,\n2,,\n"
    report = intake.take(f"chat_id,first_name,username\n{rows}")
    assert counts(report) == (2, 2, 1, 0)
    assert report.duplicates == 3
    assert (intake.people()[1].first_name, intake.people()[1].username) == ("Anna", "annb")


def test_who_blocked_the_bot_stays_blocked(intake: Intake) -> None:
    intake.take("chat_id\n5\n")
    with intake.context.database.write() as session:
        stored.set_state(
            session, intake.people()[5].id, RecipientState.BLOCKED, reason="", now=NOON
        )
    intake.take("chat_id,first_name,state\n5,Ann,active\n")
    assert intake.people()[5].state is RecipientState.BLOCKED


def test_ten_thousand_with_bad_lines_go_in_batches_on_record(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH", 5000)
    rows = ["chat_id,first_name,tags,course"]
    rows += [f"{n},Name {n},all;odd,Course {n % 7}" for n in range(1, 10_001)]
    rows[100] = "zero,,,"
    rows.append("none")
    path = tmp_path / "many.csv"
    path.write_text("\n".join(rows))
    told: list[Progress] = []
    report = import_file(context, path, on_progress=told.append)
    assert (report.imported, [one.line for one in report.rejected]) == (9999, [101, 10_002])
    size = path.stat().st_size
    assert [one.bytes_read for one in told] == sorted(one.bytes_read for one in told)
    assert {one.taken for one in told[:-1]} == {0, first_batch(told)}
    assert told[-1] == Progress(10_001, 9999, 2, size, size)
    with context.database.read() as session:
        last, first = (one.details for one in audit.latest(session, limit=9))
        assert matching.count(session) == 9999
    assert first == {
        "file": "many.csv",
        "first_line": 2,
        "last_line": last["first_line"] - 1,  # type: ignore[operator] # it is a number
        "imported": first_batch(told),
        "updated": 0,
        "unchanged": 0,
        "duplicates": 0,
        "rejected": 1,
    }
    assert last["imported"] == 9999 - first_batch(told)
    assert (last["last_line"], last["rejected"]) == (10_002, 1)
    assert import_file(context, path).unchanged == 9999


def first_batch(told: list[Progress]) -> int:
    """How many the first batch took in: 5000 and what came with the last of them."""
    taken = next(one.taken for one in told if one.taken)
    assert 5000 <= taken < 6000
    return taken


def test_an_import_that_is_stopped_keeps_whole_batches_and_goes_on(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH", 1000)
    path = tmp_path / "many.csv"
    path.write_text("chat_id\n0\n" + "\n".join(map(str, range(1, 9_001))) + "\n5\nnone\n")
    told: list[Progress] = []
    report = import_file(context, path, on_progress=told.append, stopped=lambda: len(told) > 4)
    assert counts(report) == (recipients.count(context), 0, 0, 1)
    assert 1000 <= report.imported < 9000
    assert report.stopped_after == report.imported + 2
    again = import_file(context, path)
    assert again.resumed_after == report.stopped_after
    assert counts(again) == (9000, 0, 1, 2)
    assert (again.duplicates, again.stopped_after) == (1, None)
    assert [one.line for one in again.rejected] == [2, 9004]
    once_more = import_file(context, path)
    assert (once_more.resumed_after, counts(once_more)) == (None, (0, 0, 9001, 2))


def test_an_import_that_is_stopped_at_once_changes_nothing(intake: Intake) -> None:
    intake.path.write_text("chat_id\n" + "\n".join(map(str, range(1, 3000))))
    report = import_file(intake.context, intake.path, stopped=lambda: True)
    assert (counts(report), report.stopped_after) == ((0, 0, 0, 0), 0)
    assert intake.records() == []


def test_a_look_at_a_file_says_what_its_columns_become(intake: Intake) -> None:
    intake.path.write_text("chat_id;first_name;course;state\n5;Ann;Physics;x\n6;Bo\n7\n8\n")
    seen = preview(intake.path)
    assert seen.header == ("chat_id", "first_name", "course", "state")
    assert seen.columns is not None
    assert list(seen.columns.fields) == ["first_name"]
    assert list(seen.columns.attributes) == ["course"]
    assert seen.first_rows == (("5", "Ann", "Physics", "x"), ("6", "Bo"), ("7",))
    assert seen.size == intake.path.stat().st_size
    assert recipients.count(intake.context) == 0


@pytest.mark.parametrize(
    ("content", "header"),
    [
        ("id;Vorname\n5;Ann\n", ("id", "Vorname")),
        ("id\tVorname\n5\tAnn\n", ("id", "Vorname")),
        ('{"id": 5, "Vorname": "Ann"}\n', ("id", "Vorname")),
        ("id,Vorname,Vorname;x\n5,Ann,\n", ("id", "Vorname", "Vorname;x")),
    ],
)
def test_what_columns_are_can_be_said_of_a_file_that_calls_them_otherwise(
    intake: Intake, content: str, header: tuple[str, ...]
) -> None:
    intake.path.write_text(content)
    seen = preview(intake.path)
    assert (seen.header, seen.columns) == (header, None)
    assert "no column chat_id or user_id" in str(seen.trouble)
    said = {"id": "chat_id", "Vorname": "first_name", **dict.fromkeys(header[2:], "")}
    called = seen.called(said)
    assert called.columns is not None
    assert called.trouble is None
    assert list(called.columns.fields) == ["first_name"]
    assert list(called.columns.attributes) == []
    report = import_file(intake.context, intake.path, renamed=said)
    assert counts(report) == (1, 0, 0, 0)
    assert "two columns 'chat_id'" in str(
        seen.called({"id": "chat_id", "Vorname": "chat_id"}).trouble
    ) or content.startswith("{")


def test_a_look_takes_nothing_out_of_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInputError, match="is a pipe"):
        preview(tmp_path / "pipe")


def test_a_pipe_is_read_like_a_file(intake: Intake, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("chat_id\n5\n",))
    writer.start()
    assert import_file(intake.context, pipe).imported == 1
    writer.join()


# --- what is skipped --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",Ann,,", "no chat id"),
        ("  ,Ann,,", "no chat id"),
        ("abc,,,", "'abc' is not a chat id"),
        ("1.5,,,", "'1.5' is not a chat id"),
        ("1.23457E+11,,,", "is not a chat id"),
        ("1_000,,,", "is not a chat id"),
        ("٣,,,", "is not a chat id"),
        ("\x1b[2J\u202e,,,", r"'\\x1b\[2J\\u202e' is not a chat id"),
        ("0,,,", "0 is not a chat id"),
        ("-0,,,", "0 is not a chat id"),
        ("9223372036854775808,,,", "beyond 64 bits"),
        ("-9223372036854775809,,,", "beyond 64 bits"),
        ("9" * 5000 + ",,,", "beyond 64 bits"),
        ("5,Ann,,,,x", "too many fields: 6, and 4 columns"),
        ("5," + "x" * 257, "first_name is longer than 256"),
        ("5,,,," + "x" * 100_001, "longer than 100000"),
        ("5,,," + "x" * 4097, "course is longer than 4096"),
        ("5,A\0nn,,", "NUL"),
        ("5,,a\x07b,", "control character"),
        ("5,," + "x" * 65 + ",", "tag .* longer than 64"),
        ("5,," + ";".join(map(str, range(101))) + ",", "more than 100 tags"),
        ('5,"Ann,,', "quotation mark"),
        ('5,"Ann"x,,', "quotation mark"),
    ],
)
def test_rows_that_are_skipped(intake: Intake, row: str, reason: str) -> None:
    found = intake.reject(row)
    assert pytest.raises(AssertionError, match=reason).matches(AssertionError(found)), found
    assert len(found) < 200
    assert list(intake.people()) == [77]


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        ("chat_id,username", "5,@" + "x" * 65, "username is longer than 64"),
        ("chat_id,language_code", "5," + "x" * 17, "language_code is longer than 16"),
        ("chat_id,last_name", "5," + "x" * 257, "last_name is longer than 256"),
        ("chat_id,", "5,unnamed", "column 2, which has no name"),
    ],
)
def test_rows_of_other_columns(intake: Intake, header: str, row: str, reason: str) -> None:
    assert reason in intake.reject(row, header=header)


def test_limits_are_what_still_fits(intake: Intake) -> None:
    row = f"5,{'ü' * 256},{'t' * 64},{'x' * 4096}\n-9223372036854775808\n9223372036854775807"
    report = intake.take(f"chat_id,first_name,tags,course\n{row}")
    assert (report.imported, len(report.rejected)) == (3, 0)


def test_a_stray_quotation_mark_costs_its_own_row_only(intake: Intake) -> None:
    lines = ["chat_id,first_name", '1,"Ann', *(f'{n},Bob "{n}"' for n in range(2, 500)), '500,"Z']
    report = intake.take("\n".join(lines))
    assert report.imported == 498
    assert [one.line for one in report.rejected] == [2, 501]


def test_nothing_accepted_changes_nothing(intake: Intake) -> None:
    report = intake.take("chat_id\nabc\n0\n", tags=("june",))
    assert report.accepted == 0
    assert list(report.rejected) == [
        Reject(2, "'abc' is not a chat id; it is a whole number such as 123456789", ("abc",)),
        Reject(3, "0 is not a chat id; Telegram numbers chats from 1, groups from -1", ("0",)),
    ]
    assert intake.records() == []
    assert recipients.tags(intake.context) == []
    assert counts(intake.take("chat_id\n")) == (0, 0, 0, 0)


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n \n", "is empty"),
        (b"name,age\nAnn,5\n", "no column chat_id or user_id"),
        (b'[{"chat_id": 5}]\n', "is one JSON list; write an object a line"),
        (b"chat_id\n5\n" + b"\xe9t\xe9 entre nous\n", "line 3 looks like Windows-1252"),
        ("chat_id,name\r\n5,Анна\r\n".encode("cp1251"), "line 2 looks like Windows-1251"),
        ("chat_id,name\n5,привет\n".encode("koi8-r"), "line 2 looks like KOI8-R"),
        ("chat_id,name\n5,Ann\n".encode("utf-16-le"), "looks like UTF-16 without"),
        ("chat_id,name\n5,Ann\n".encode("utf-16-be"), "looks like UTF-16 without"),
        ("chat_id,name\n5,Ann\n".encode("utf-32"), "looks like UTF-32"),
        ("chat_id\n5\n".encode("utf-16")[:-1], "line 2 is not UTF-16"),
        (b"PK\x03\x04 and so on", "a spreadsheet"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not a CSV file"),
        (b"\x7fELF\x02\x01\x01\0", "is not a CSV file"),
        (b"chat_id\n" + bytes(range(256)) * 9, "is not a CSV file"),
        (b"chat_id,course,course\n5,a,b\n", "two columns 'course'"),
        (b"chat_id,Tags,tags\n5,a,b\n", "two columns 'tags'"),
        (b"chat_id,a b,a_b\n5,a,b\n", "two columns 'a_b'"),
        (b"chat_id,first_name,First name\n5,a,b\n", "two columns 'first_name'"),
        (b"chat_id," + b"x" * 65 + b"\n5,a\n", "longer than 64"),
        (b"chat_id," + b"x" * 200_000, "no column chat_id"),
        (b"chat_id," + b",".join(b"c%d" % n for n in range(200)), "201 columns"),
    ],
)
def test_files_that_are_refused(intake: Intake, content: bytes, message: str) -> None:
    refused = intake.refuse(content)
    assert message in refused
    assert refused.isprintable()
    assert len(refused) < 400


def test_columns_are_called_so_that_texts_can_use_them(intake: Intake) -> None:
    header = "chat_id,e-mail,Phone number (home),1st,class,self,x\x1b[2J,#,First name,přítel"
    report = intake.take(f"{header}\n5,a,b,c,d,e,f,g,h,i\n".encode())
    assert report.repaired == {
        "e-mail": "e_mail",
        "Phone number (home)": "Phone_number_home",
        "1st": "_1st",
        "class": "class_",
        "self": "self_",
        "x\x1b[2J": "x_2J",
        "#": "_",
        "First name": "first_name",
    }
    found = intake.people()[5]
    assert found.first_name == "h"
    assert found.attributes == {
        "e_mail": "a",
        "Phone_number_home": "b",
        "_1st": "c",
        "class_": "d",
        "self_": "e",
        "x_2J": "f",
        "_": "g",
        "přítel": "i",
    }
    text = "{{ " + " }}{{ ".join(found.attributes) + " }}"
    assert (
        compile_template(text, found.attributes).render(Person(5, attributes=found.attributes))
        == "abcdefgi"
    )


def test_a_wrong_encoding_far_down_leaves_no_trace(intake: Intake) -> None:
    rows = b"".join(b"%d,Ann\r\n" % n for n in range(1, 60_001))
    refused = intake.refuse(b"chat_id,first_name\r\n" + rows + b"70000,Zo\xeb\r\n" + rows)
    assert "line 60002 looks like Windows-1252" in refused


@pytest.mark.parametrize("name", ["missing.csv", ".", "people.csv/x", "a\0b", "/dev/null"])
def test_what_is_no_file(intake: Intake, tmp_path: Path, name: str) -> None:
    intake.path.write_text("chat_id\n5\n")
    with pytest.raises(InvalidInputError):
        import_file(intake.context, tmp_path / name)


def test_a_bad_label_is_refused(intake: Intake) -> None:
    with pytest.raises(InvalidInputError, match="semicolon"):
        intake.take("chat_id\n5\n", tags=("a;b",))
    assert recipients.count(intake.context) == 0


# --- whatever comes ---------------------------------------------------------------------------


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(content=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_no_file_breaks_it(intake: Intake, content: bytes) -> None:
    with suppress(InvalidInputError):
        intake.take(b"chat_id,name\n" + content)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
SAYS = TEXT.map(str.strip)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(first=SAYS, note=SAYS, start=st.sampled_from(["", "=", "+", "-", "@", "'", "'=", "''"]))
def test_what_is_exported_is_imported_the_same(
    intake: Intake, tmp_path: Path, first: str, note: str, start: str
) -> None:
    header, row = "chat_id,first_name,note\n", '5,"{}","{}"\n'
    quoted = [f"{start}{text}".replace('"', '""') for text in (first, note)]
    intake.take(header + row.format(*quoted))
    before = intake.people()
    path = tmp_path / "export.csv"
    exports.export_recipients(intake.context, path)
    assert import_file(intake.context, path).unchanged == len(before)
    assert intake.people() == before
