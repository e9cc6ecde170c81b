"""Taking over an hsl-dashboard, from real PostgreSQL into either database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import select

from hsl_tui.errors import DatabaseError, InvalidInputError
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, ErrorKind, RecipientState
from hsl_tui.models.tables import Recipient
from hsl_tui.models.views import BroadcastView, RecipientView
from hsl_tui.services import audit, broadcasts, forgetting, queueing, recipients, steering
from hsl_tui.services.adopting import adopt
from hsl_tui.services.adoption import Adoption, Tally
from hsl_tui.services.context import Context
from hsl_tui.store import schema, suppression
from hsl_tui.store.dashboard import Dashboard
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, take_in
from tests import dashboard
from tests.builders import ledger_of
from tests.conftest import NOON, FrozenClock

SENT, FAILED, UNCERTAIN = DeliveryStatus.SENT, DeliveryStatus.FAILED, DeliveryStatus.UNCERTAIN


@pytest.fixture
def there(empty_postgresql: str) -> str:
    """A database of hsl-dashboard's; its URL."""
    dashboard.run(empty_postgresql, dashboard.SCHEMA, dashboard.ROWS)
    return empty_postgresql


def people(context: Context) -> dict[int, RecipientView]:
    return {one.chat_id: one for one in recipients.every(context)}


def history(context: Context) -> dict[str, BroadcastView]:
    return {one.content.text: one for one in broadcasts.every(context)}


def numbers(tally: Tally) -> tuple[int, int, int]:
    return tally.imported, tally.updated, tally.unchanged


def told(report: Adoption, part: str) -> bool:
    return any(part in note for note in report.notes)


def test_people_come_with_their_names_and_confirmed_courses(context: Context, there: str) -> None:
    report = adopt(context, there)

    assert numbers(report.recipients) == (5, 0, 0)
    found = people(context)
    assert set(found) == {1, 2, 3, 4, 99}
    ada = found[1]
    assert (ada.username, ada.first_name, ada.last_name) == ("ada_l", "Ada", "Lovelace")
    assert (ada.language_code, ada.tags, ada.state) == (
        "en",
        ("autumn", "spring"),
        RecipientState.ACTIVE,
    )
    # What the dashboard's users lack is known from registrations; what they say counts.
    assert (found[2].username, found[2].first_name) == ("grace_h", "Grace")
    # Not confirmed, and a stream that no tag can be called.
    assert (found[2].tags, found[3].tags) == ((), ())
    assert any("a;b" in skipped.what for skipped in report.skipped)
    assert (found[4].first_name, found[99].username) == ("Linus", "gone")
    assert told(report, "1 people occur only among those who were written to")
    assert told(report, "read as UTC: users.first_seen_at, message_history.sent_at")


def test_they_are_on_record_since_they_were_first_seen(context: Context, there: str) -> None:
    adopt(context, there)

    with context.database.read() as session:
        since = dict(session.execute(select(Recipient.chat_id, Recipient.created_at)).all())
    assert since[1] == datetime(2024, 2, 1, 10, tzinfo=UTC)
    assert since[3] == NOON


def test_past_broadcasts_come_with_what_became_of_them(context: Context, there: str) -> None:
    report = adopt(context, there)

    assert numbers(report.broadcasts) == (4, 0, 0)
    assert numbers(report.deliveries) == (5, 0, 0)
    welcome = history(context)["Welcome *all*"]
    assert welcome.state is BroadcastState.FINISHED
    assert welcome.finished_at == datetime(2024, 3, 1, 9, 0, 5, tzinfo=UTC)
    assert welcome.created_at == datetime(2024, 3, 1, 9, tzinfo=UTC)
    assert welcome.created_by == "hsl-dashboard"
    # The rows count, not the totals there: of two for one person, the one that arrived.
    assert welcome.total_recipients == 5
    assert {s: n for s, n in welcome.counts.items() if n} == {SENT: 3, FAILED: 1, UNCERTAIN: 1}
    rows = {one.chat_id: one for one in ledger_of(context.database, welcome.id)}
    assert (rows[1].status, rows[1].telegram_message_id) == (SENT, 501)
    assert rows[1].sent_at == datetime(2024, 3, 1, 9, 0, 1, tzinfo=UTC)
    assert (rows[3].status, rows[3].error_kind) == (FAILED, ErrorKind.BLOCKED)
    assert (rows[4].status, rows[4].error) == (UNCERTAIN, "hsl-dashboard says: pending")
    assert (rows[99].status, rows[99].telegram_message_id) == (SENT, 503)


def test_old_totals_without_recipients_are_told_and_not_counted(
    context: Context, there: str
) -> None:
    adopt(context, there)

    old = history(context)["Long ago"]
    assert (old.state, old.total_recipients) == (BroadcastState.FINISHED, 0)
    assert old.state_reason is not None
    assert "80 of 90" in old.state_reason
    (entry,) = [one for one in audit.latest(context, limit=50) if one.broadcast_id == old.id]
    assert entry.details["there"] == {
        "id": "2",
        "total_recipients": "90",
        "successful_deliveries": "80",
        "recipients_on_record": 0,
    }


def test_what_is_to_come_is_a_draft_and_sends_nothing(
    context: Context, there: str, clock: FrozenClock
) -> None:
    report = adopt(context, there)

    assert report.drafts == 2
    to_come, forgotten = history(context)["To come"], history(context)["Forgotten"]
    assert (to_come.state, to_come.audience) == (BroadcastState.DRAFT, ("tag:spring",))
    assert to_come.scheduled_at == datetime(2030, 6, 2, 7, tzinfo=UTC)
    # Its time has passed there, and nothing says that it was sent.
    assert (forgotten.state, forgotten.audience) == (BroadcastState.DRAFT, ("chat:1",))
    clock.advance(days=30)
    adopt(context, there)
    assert history(context)["To come"].state is BroadcastState.DRAFT
    assert queueing.queue_draft(context, to_come.id, at_once=True).total_recipients == 1


def test_a_second_run_changes_nothing(context: Context, there: str, clock: FrozenClock) -> None:
    adopt(context, there)
    before = people(context), history(context)
    clock.advance(hours=1)

    again = adopt(context, there)

    assert numbers(again.recipients) == (0, 0, 5)
    assert numbers(again.broadcasts) == (0, 0, 4)
    assert numbers(again.deliveries) == (0, 0, 5)
    assert (people(context), history(context)) == before


def test_a_second_run_brings_what_changed_there(
    context: Context, there: str, clock: FrozenClock
) -> None:
    adopt(context, there)
    dashboard.run(
        there,
        "UPDATE users SET first_name = 'Augusta' WHERE user_id = 1",
        "INSERT INTO users (user_id, first_name) VALUES (5, 'Barbara')",
        "UPDATE bookings SET confirmed = 2 WHERE user_id = 2",
        "INSERT INTO message_recipients (message_id, user_id, delivery_status)"
        " VALUES (2, 5, 'sent')",
        "UPDATE message_recipients SET delivery_status = 'sent', telegram_message_id = 9"
        " WHERE message_id = 1 AND user_id = 4",
        "INSERT INTO message_history (message_text, sent_at) VALUES ('News', '2025-01-01 00:00')",
    )
    clock.advance(hours=1)

    again = adopt(context, there)

    assert numbers(again.recipients) == (1, 2, 3)
    assert people(context)[1].first_name == "Augusta"
    assert people(context)[2].tags == ("spring",)
    assert numbers(again.broadcasts) == (1, 2, 2)
    assert numbers(again.deliveries) == (1, 1, 4)
    found = history(context)
    assert found["Welcome *all*"].counts[SENT] == 4
    assert found["Welcome *all*"].counts[UNCERTAIN] == 0
    old = found["Long ago"]
    assert (old.total_recipients, old.counts[SENT], old.state_reason) == (1, 1, None)


def test_what_was_settled_here_stays(context: Context, there: str) -> None:
    adopt(context, there)
    welcome = history(context)["Welcome *all*"]
    steering.resolve(context, welcome.id, resend=False)
    dashboard.run(
        there, "UPDATE message_recipients SET delivery_status = 'failed' WHERE message_id = 1"
    )

    again = adopt(context, there)

    assert numbers(again.deliveries) == (0, 0, 5)
    assert history(context)["Welcome *all*"].counts[SENT] == 4


def test_a_draft_that_was_sent_there_since_stays_beside_what_was_sent(
    context: Context, there: str
) -> None:
    adopt(context, there)
    draft = history(context)["To come"]
    dashboard.run(
        there,
        "UPDATE message_history SET sent_at = '2030-06-01 11:00', scheduled_at = NULL WHERE id = 3",
        "INSERT INTO message_recipients (message_id, user_id, delivery_status)"
        " VALUES (3, 1, 'sent')",
    )

    again = adopt(context, there)

    assert numbers(again.broadcasts) == (1, 0, 3)
    assert told(again, f"stay here as they are: {draft.id}.")
    assert broadcasts.show(context, draft.id).state is BroadcastState.DRAFT
    (sent,) = [one for one in broadcasts.every(context) if one.content.text == "To come"][:1]
    assert (sent.state, sent.counts[SENT]) == (BroadcastState.FINISHED, 1)


def test_a_dry_run_counts_alike_and_changes_nothing(context: Context, there: str) -> None:
    rehearsed = adopt(context, there, dry_run=True)

    assert (people(context), history(context)) == ({}, {})
    assert not list(audit.latest(context, limit=5))
    done = adopt(context, there)
    assert rehearsed.counts() == done.counts()
    dashboard.run(there, "INSERT INTO message_recipients (message_id, user_id) VALUES (2, 123)")
    rehearsed = adopt(context, there, dry_run=True)
    assert rehearsed.counts() == adopt(context, there).counts()


def test_every_batch_is_on_record_and_the_chain_holds(context: Context, there: str) -> None:
    adopt(context, there)

    entries = list(audit.latest(context, limit=50))
    actions = [one.action for one in entries]
    assert actions.count("broadcast.adopted") == 4
    assert {"db.adopted", "recipients.adopted", "deliveries.adopted"} <= set(actions)
    assert entries[0].action == "db.adopted"
    assert entries[0].details["recipients"] == {"imported": 5, "updated": 0, "unchanged": 0}
    assert audit.verify(context) == len(entries)


def test_nothing_there_changes_and_nothing_can(context: Context, there: str) -> None:
    before = dashboard.contents(there)

    adopt(context, there)

    assert dashboard.contents(there) == before
    with (
        pytest.raises(DatabaseError, match="takes no writes"),
        Dashboard(there).snapshot() as snapshot,
    ):
        snapshot.connection.exec_driver_sql("DELETE FROM public.users")
    assert dashboard.contents(there) == before


def test_a_role_that_may_only_read_suffices(sqlite_context: Context, there: str) -> None:
    dashboard.run(
        there,
        "DROP ROLE IF EXISTS reader",
        "CREATE ROLE reader LOGIN",
        "GRANT SELECT ON users, message_history, message_recipients TO reader",
        "GRANT INSERT ON bookings TO reader",
    )
    reader = sa.make_url(there).set(username="reader").render_as_string(hide_password=False)

    try:
        report = adopt(sqlite_context, reader)
    finally:
        dashboard.run(there, "DROP OWNED BY reader", "DROP ROLE reader")

    assert numbers(report.recipients) == (5, 0, 0)
    found = people(sqlite_context)
    assert (found[1].tags, found[4].first_name) == ((), None)
    assert told(report, "Not there: free_lesson_registrations, bookings.")


def test_the_same_database_may_be_ours_too(there: str, sqlite_context: Context) -> None:
    before = dashboard.contents(there)
    ours = Database(there)
    try:
        schema.upgrade(ours, "tester")
        report = adopt(replace(sqlite_context, database=ours), there)
        again = adopt(replace(sqlite_context, database=ours), there)
    finally:
        ours.dispose()

    assert numbers(report.recipients) == (5, 0, 0)
    assert numbers(again.broadcasts) == (0, 0, 4)
    assert dashboard.contents(there) == before
    assert len(dashboard.contents(there, "hsl_tui")["message_recipients"]) == 5


def test_columns_and_tables_may_be_missing(sqlite_context: Context, empty_postgresql: str) -> None:
    dashboard.run(
        empty_postgresql,
        "CREATE TABLE users (user_id text)",
        "INSERT INTO users VALUES ('7'), (' 007 '), ('-100123'), ('0'), (NULL), ('x'),"
        " ('99999999999999999999'), ('')",
        "CREATE TABLE message_history (id uuid, message_text text)",
        "INSERT INTO message_history VALUES (gen_random_uuid(), 'Unknown fate')",
    )

    report = adopt(sqlite_context, empty_postgresql)

    assert set(people(sqlite_context)) == {7, -100123}
    assert report.left_out == 5
    assert told(report, "Not there: users.username")
    assert told(report, "message_recipients")
    # Nothing says that it was sent.
    assert history(sqlite_context)["Unknown fate"].state is BroadcastState.DRAFT
    assert numbers(adopt(sqlite_context, empty_postgresql).broadcasts) == (0, 0, 1)


def test_hostile_values_are_kept_cut_or_left_out(context: Context, there: str) -> None:
    hostile = "</b>{{ chat_id }}%s\x1b[31m\u202e"
    long, markup = f"'{'x' * 300}'", f"'{hostile}'"
    dashboard.run(
        there,
        f"INSERT INTO users VALUES (6, 'not a name', {long}, {markup}, {long}, 'infinity')",  # noqa: S608 - above
        "INSERT INTO bookings (user_id, course_stream, confirmed) VALUES"  # noqa: S608 - above
        f" (6, {long}, 2), (6, E'\\x01', 2), (6, 'c++ \"x\"', 2)",
        f"INSERT INTO message_history (message_text, sent_at) VALUES ({markup}, '2020-01-01')",  # noqa: S608 - above
        "INSERT INTO message_recipients (message_id, user_id, delivery_status,"  # noqa: S608 - above
        f" telegram_message_id) VALUES (11, 6, {long}, -4), (11, 0, 'sent', 1),"
        " (11, NULL, 'sent', 2), (11, -5, 'sent', 3), (NULL, 1, 'sent', 4)",
    )

    report = adopt(context, there)

    found = people(context)[6]
    assert (found.first_name, found.last_name) == ("x" * 256, hostile)
    assert (found.username, found.language_code, found.tags) == (None, None, ('c++ "x"',))
    assert told(report, "Of 1 people a name is longer")
    odd = history(context)[hostile]
    assert {s: n for s, n in odd.counts.items() if n} == {SENT: 1, UNCERTAIN: 1}
    assert {one.chat_id for one in ledger_of(context.database, odd.id)} == {6, -5}
    assert numbers(adopt(context, there).recipients)[:2] == (0, 0)


def test_more_than_one_batch(context: Context, there: str) -> None:
    dashboard.run(
        there,
        "INSERT INTO users (user_id, first_name)"
        " SELECT n, 'N' || n FROM generate_series(1000, 6000) n",
        "INSERT INTO message_recipients (message_id, user_id, delivery_status, telegram_message_id)"
        " SELECT 2, n, CASE WHEN n % 10 = 0 THEN 'failed' ELSE 'sent' END, n"
        " FROM generate_series(1000, 6000) n",
    )
    steps: list[tuple[int, int]] = []

    report = adopt(context, there, on_progress=lambda *step: steps.append(step))

    assert numbers(report.deliveries) == (5006, 0, 0)
    old = history(context)["Long ago"]
    assert {s: n for s, n in old.counts.items() if n} == {SENT: 4500, FAILED: 501}
    assert [one.seq for one in ledger_of(context.database, old.id)] == list(range(1, 5002))
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]


def test_two_dashboards_are_two(context: Context, there: str, postgresql_url: str) -> None:
    dashboard.run(postgresql_url, dashboard.SCHEMA, dashboard.ROWS)

    adopt(context, there)
    other = adopt(context, postgresql_url)

    assert numbers(other.broadcasts) == (4, 0, 0)
    assert numbers(other.recipients) == (0, 0, 5)


def test_a_pruned_broadcast_does_not_come_back(context: Context, there: str) -> None:
    adopt(context, there)
    with context.database.write() as session:
        session.execute(sa.text("DELETE FROM message_recipients"))
        session.execute(sa.text("UPDATE message_history SET pruned_at = created_at"))

    again = adopt(context, there)

    assert numbers(again.deliveries) == (0, 0, 0)
    assert history(context)["Welcome *all*"].total_recipients == 5


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("SELECT 1", "holds no table of hsl-dashboard"),
        ("CREATE TABLE users (name text)", "holds no table of hsl-dashboard"),
    ],
)
def test_a_database_of_something_else(
    sqlite_context: Context, empty_postgresql: str, statement: str, says: str
) -> None:
    dashboard.run(empty_postgresql, statement)

    with pytest.raises(InvalidInputError, match=says):
        adopt(sqlite_context, empty_postgresql)


def test_our_own_tables_are_not_taken_for_the_dashboards(
    sqlite_context: Context, postgresql_url: str
) -> None:
    name = sa.make_url(postgresql_url).database
    dashboard.run(postgresql_url, f"ALTER DATABASE {name} SET search_path = hsl_tui")

    with pytest.raises(InvalidInputError, match="holds no table"):
        adopt(sqlite_context, postgresql_url)


def test_who_was_forgotten_here_does_not_come_back(context: Context, there: str) -> None:
    adopt(context, there)
    forgetting.forget(context, "1")
    before = {text: one.counts for text, one in history(context).items()}

    rehearsed = adopt(context, there, dry_run=True)
    again = adopt(context, there)

    assert set(people(context)) == {2, 3, 4, 99}
    assert rehearsed.counts() == again.counts()
    assert again.forgotten == 1
    assert numbers(again.recipients) == (0, 0, 4)
    assert numbers(again.deliveries) == (0, 0, 4)
    assert told(again, "1 people were forgotten here")
    assert {text: one.counts for text, one in history(context).items()} == before


def test_who_was_forgotten_before_the_first_run_does_not_come_at_all(
    context: Context, there: str
) -> None:
    with context.database.write() as session:
        take_in(session, [Arrival(1, "ada_l", "Ada")], now=NOON)
    forgetting.forget(context, "1")

    report = adopt(context, there)

    assert set(people(context)) == {2, 3, 4, 99}
    assert (report.forgotten, numbers(report.deliveries)) == (1, (4, 0, 0))
    found = history(context)
    assert found["Welcome *all*"].total_recipients == 4
    # Whom a broadcast to come names one by one: nobody is left.
    assert found["Forgotten"].audience == ()


def test_who_came_back_is_who_they_are_now(context: Context, there: str) -> None:
    adopt(context, there)
    forgetting.forget(context, "1")
    with context.database.write() as session:
        take_in(session, [Arrival(1, first_name="A.")], now=NOON)

    again = adopt(context, there)

    assert numbers(again.recipients) == (0, 0, 4)
    assert numbers(again.deliveries) == (0, 0, 4)
    ada = people(context)[1]
    assert (ada.first_name, ada.username, ada.tags) == ("A.", None, ())
    assert history(context)["Welcome *all*"].total_recipients == 5


def test_more_who_were_forgotten_than_are_asked_for_at_a_time(
    sqlite_context: Context, there: str
) -> None:
    dashboard.run(there, "INSERT INTO users (user_id) SELECT generate_series(1000, 2500)")
    with sqlite_context.database.write() as session:
        for chat in range(1000, 2400):
            suppression.note(session, chat)

    assert adopt(sqlite_context, there).forgotten == 1400
    assert set(people(sqlite_context)) == {1, 2, 3, 4, 99, *range(2400, 2501)}
