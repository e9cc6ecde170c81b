"""Taking recipients in: added where new, changed where they differ, nothing else touched."""

from __future__ import annotations

import threading
from datetime import timedelta

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.views import RecipientView
from hsl_tui.store import recipients
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, Taken, take_in
from tests.conftest import NOON


def take(database: Database, *arrivals: Arrival) -> Taken:
    with database.write() as session:
        return take_in(session, arrivals, now=NOON)


def everyone(database: Database) -> dict[int, RecipientView]:
    with database.read() as session:
        return {one.chat_id: one for one in recipients.every(session)}


def test_a_newcomer_is_kept_with_all_that_is_said_of_them(database: Database) -> None:
    arrival = Arrival(
        2**63 - 1,
        username="zoë",
        first_name="Зоя 👩🏽‍🚀",
        last_name="O'Neil\n[/b]",
        language_code="pt-br",
        tags=frozenset({"students", "día 1"}),
        attributes={"course": "Kλ", "größe": "XL"},
    )
    assert take(database, arrival) == Taken(added=1, changed=0, same=0)
    (kept,) = everyone(database).values()
    assert (kept.chat_id, kept.username) == (arrival.chat_id, arrival.username)
    assert (kept.first_name, kept.last_name) == (arrival.first_name, arrival.last_name)
    assert kept.language_code == "pt-br"
    assert set(kept.tags) == arrival.tags
    assert kept.attributes == arrival.attributes
    assert kept.state is RecipientState.ACTIVE
    with database.read() as session:
        assert recipients.attribute_names(session) == {"course", "größe"}


def test_what_is_not_said_is_not_erased(database: Database) -> None:
    take(
        database,
        Arrival(
            5, username="a", first_name="Ann", tags=frozenset("x"), attributes={"k": "1", "l": "2"}
        ),
    )
    assert take(database, Arrival(5, last_name="Lee", attributes={"l": "3"})) == Taken(0, 1, 0)
    kept = everyone(database)[5]
    assert (kept.username, kept.first_name, kept.last_name) == ("a", "Ann", "Lee")
    assert kept.attributes == {"k": "1", "l": "3"}
    assert kept.tags == ("x",)


def test_the_same_again_changes_nothing(database: Database) -> None:
    arrivals = [
        Arrival(n, first_name="N", tags=frozenset({"a", "b"}), attributes={"k": "v"})
        for n in range(1, 4)
    ]
    take(database, *arrivals)
    before = everyone(database)
    assert take(database, *arrivals) == Taken(0, 0, 3)
    assert everyone(database) == before


def test_a_new_tag_alone_is_a_change(database: Database) -> None:
    take(database, Arrival(1, tags=frozenset("a")), Arrival(2, tags=frozenset("a")))
    taken = take(database, Arrival(1, tags=frozenset("ab")), Arrival(2, tags=frozenset("a")))
    assert taken == Taken(0, 1, 1)
    assert everyone(database)[1].tags == ("a", "b")


def test_the_last_of_several_wins(database: Database) -> None:
    assert take(database, Arrival(1, first_name="old"), Arrival(1, first_name="new")).added == 1
    assert everyone(database)[1].first_name == "new"


def test_who_blocked_the_bot_stays_blocked(database: Database) -> None:
    take(database, Arrival(1))
    recipient_id = everyone(database)[1].id
    with database.write() as session:
        recipients.set_state(
            session, recipient_id, RecipientState.BLOCKED, reason="said so", now=NOON
        )
    with database.write() as session:
        take_in(session, [Arrival(1, first_name="Ann")], now=NOON + timedelta(days=1))
    kept = everyone(database)[1]
    assert kept.first_name == "Ann"
    assert (kept.state, kept.state_reason) == (RecipientState.BLOCKED, "said so")


def test_a_large_batch_stays_within_what_databases_take(database: Database) -> None:
    batch = [
        Arrival(number, tags=frozenset({"all", f"only {number}"}), attributes={"n": str(number)})
        for number in range(1, 5001)
    ]
    assert take(database, *batch) == Taken(5000, 0, 0)
    assert take(database, *batch) == Taken(0, 0, 5000)
    renamed = [Arrival(one.chat_id, first_name="M") for one in batch]
    assert take(database, *renamed) == Taken(0, 5000, 0)


def test_imports_side_by_side_do_not_collide(database: Database) -> None:
    batch = [Arrival(n, first_name="N", tags=frozenset({"t"})) for n in range(1, 301)]
    start = threading.Barrier(4)
    taken: list[Taken] = []

    def run() -> None:
        start.wait()
        taken.append(take(database, *batch))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.added for one in taken) == [0, 0, 0, 300]
    assert len(everyone(database)) == 300
