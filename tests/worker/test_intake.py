"""Updates are taken in by the headless worker: who joins, stops, blocks, moves, is called anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hsl_tui.telegram.simulator.updates import command_update
from hsl_tui.worker import Worker
from tests.worker.scene import Scene, until


@contextmanager
def taking_in(scene: Scene) -> Iterator[Worker]:
    with scene.running(Worker(scene.context, takes_in=True)) as worker:
        yield worker


def people(scene: Scene) -> dict[int, str]:
    from hsl_tui.services import recipients

    return {one.chat_id: one.state.value for one in recipients.every(scene.context)}


def test_a_start_adds_a_recipient_who_is_answered(scene: Scene) -> None:
    scene.simulator.queue_update(command_update(5, "/start june", username="ann"))
    with taking_in(scene):
        until(lambda: scene.received() == {5: 1})
    assert people(scene) == {5: "active"}
    assert scene.recipient(5).tags == ("june",)
