"""Lists of deliveries are read by their indexes, wherever one looks at them."""

from __future__ import annotations

from functools import partial
from itertools import product

import pytest
import sqlalchemy as sa

from hsl_tui.models.delivery_criteria import Cause, DeliveryCriteria, DeliveryPlace
from hsl_tui.models.enums import DeliveryStatus, ErrorKind
from hsl_tui.store import deliveries
from hsl_tui.store.database import Database
from tests.builders import add_worker, claim
from tests.conftest import NOON
from tests.store.test_claim_plans import Full
from tests.store.test_history_plans import explained

EXCEPTIONAL = "ix_message_recipients_exceptional"
PENDING = "ix_message_recipients_pending"
SENDING = "ix_message_recipients_sending"
OWN_KEY = "pk_message_recipients"
REFUSED = Cause(ErrorKind.OTHER, "refused")

LISTS = {
    "all": (DeliveryCriteria(), OWN_KEY),
    "pending": (DeliveryCriteria(DeliveryStatus.PENDING), PENDING),
    "sending": (DeliveryCriteria(DeliveryStatus.SENDING), SENDING),
    "sent": (DeliveryCriteria(DeliveryStatus.SENT), OWN_KEY),
    "failed": (DeliveryCriteria(DeliveryStatus.FAILED), EXCEPTIONAL),
    "uncertain": (DeliveryCriteria(DeliveryStatus.UNCERTAIN), EXCEPTIONAL),
    "failed for one reason": (DeliveryCriteria(DeliveryStatus.FAILED, REFUSED), EXCEPTIONAL),
}


@pytest.fixture(params=[False, True], ids=["no statistics", "statistics"])
def full(request: pytest.FixtureRequest, database: Database) -> Full:
    """Twenty thousand sent, a few failed among them, a few waiting, a few on the way."""
    full = Full(database, 20_000, 5_000)
    with database.write() as session:
        session.execute(
            sa.text(
                "UPDATE message_recipients SET status = 3 WHERE seq % 1000 = 7 AND status = 2"
                " AND broadcast_id = :of"
            ),
            {"of": full.broadcast},
        )
        session.execute(
            sa.text("UPDATE message_history SET sent = sent - 20, failed = 20 WHERE id = :of"),
            {"of": full.broadcast},
        )
    claim(database, full.broadcast, add_worker(database), 5)
    if request.param:
        engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
        database.dispose()
    return full


def _named(database: Database, name: str) -> str:
    return "PRIMARY KEY" if database.is_sqlite and name == OWN_KEY else name


def test_each_list_is_read_by_its_index_and_no_other_list_is_gone_through(full: Full) -> None:
    places = (None, DeliveryPlace(NOON, 9000))
    for (name, (criteria, index)), beyond, backwards in product(LISTS.items(), places, (0, 1)):
        plan = explained(
            full.database,
            partial(
                deliveries.window,
                broadcast_id=full.broadcast,
                criteria=criteria,
                limit=100,
                beyond=beyond,
                backwards=bool(backwards),
            ),
        )
        assert _named(full.database, index) in plan, plan
        assert "SCAN message_recipients" not in plan, plan
        assert "Seq Scan on message_recipients" not in plan, plan
        if full.database.is_sqlite and name != "sending":
            assert "TEMP B-TREE" not in plan, plan
    reasons_are_counted_from_the_index_alone(full)
    a_search_looks_up_whom_it_finds(full)


def reasons_are_counted_from_the_index_alone(full: Full) -> None:
    plan = explained(
        full.database, lambda session: deliveries.top_reasons(session, full.broadcast, limit=5)
    )
    assert EXCEPTIONAL in plan
    if full.database.is_sqlite:
        assert f"COVERING INDEX {EXCEPTIONAL}" in plan


def a_search_looks_up_whom_it_finds(full: Full) -> None:
    criteria = DeliveryCriteria(search="zoe")
    plan = explained(
        full.database,
        lambda session: deliveries.window(session, full.broadcast, criteria, limit=100),
    )
    assert "ix_recipients_name_key" in plan
    assert "SCAN message_recipients" not in plan
    assert "Seq Scan on message_recipients" not in plan
