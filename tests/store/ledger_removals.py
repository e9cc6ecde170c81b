"""What takes rows from under the ledger, as rules: people forgotten, deliveries pruned."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from hsl_tui.errors import NotFoundError
from hsl_tui.services import forgetting, pruning
from tests.builders import FIRST_CHAT, add_recipients
from tests.store.ledger_model import FAILED, PENDING, SENDING, SPANS, UNCERTAIN, Expected
from tests.store.ledger_operators import CHATS, PEOPLE, OperatorRules

ACTS = st.lists(st.sampled_from(["retry", "resend", "believe the marked"]), unique=True)
"""What is done to broadcasts of which something was taken away."""


class CutOffError(Exception):
    """Ends a pruning between two of its batches."""


class RemovalRules(OperatorRules):
    """Whoever has people forgotten and old deliveries removed."""

    @precondition(lambda self: self.any_row(PENDING, FAILED, UNCERTAIN))
    @rule(
        chat=CHATS,
        then=ACTS,
    )
    def forget(self, chat: int, then: list[str]) -> None:
        """Somebody is forgotten, and then something done to what was meant for them."""
        person = self.model.people.get(chat)
        if person is None:
            with pytest.raises(NotFoundError):
                forgetting.forget(self.context, str(chat))
            return
        rows = self.model.those_to(person)
        waiting = sum(row.status is PENDING for row in rows)
        done: list[forgetting.Forgotten] = []
        may = all(row.status is not SENDING for row in rows)
        if self.granted(lambda: done.append(forgetting.forget(self.context, str(chat))), may=may):
            assert [(one.deliveries, one.cancelled) for one in done] == [(len(rows), waiting)]
            self.model.forget(person, self.clock.now())
        for row in rows:
            self.act(then, row.broadcast)

    @precondition(lambda self: self.any_row(FAILED, UNCERTAIN))
    @rule(number=st.integers(0, PEOPLE), then=ACTS)
    def forget_who_is_in_trouble(self, number: int, then: list[str]) -> None:
        """Of those whom something did not reach, or may not have."""
        rows = [row for of in self.model.broadcasts.values() for row in of.those(FAILED, UNCERTAIN)]
        self.forget(rows[number % len(rows)].person.chat_id, then)

    def act(self, then: list[str], of: Expected) -> None:
        """Do what somebody decided on who had looked at the deliveries before they went."""
        everyone = {*range(FIRST_CHAT, FIRST_CHAT + PEOPLE)}
        for one in then:
            if one == "retry":
                self.retry(of)
            elif one == "resend":
                self.resolve(of, resend=True, chats=None)
            else:
                self.resolve(of, resend=False, chats=everyone)

    @precondition(lambda self: len(self.model.people) < PEOPLE)
    @rule(chat=CHATS)
    def come_back(self, chat: int) -> None:
        """Somebody who was forgotten begins anew: to the ledger it is somebody else."""
        if chat not in self.model.people:
            self.model.take_in(add_recipients(self.database, 1, first=chat))

    @precondition(
        lambda self: any(of.ended_at and of.left for of in self.model.broadcasts.values())
    )
    @rule(
        age=st.sampled_from([0, *SPANS]),
        batch=st.sampled_from([1, 1, 2, 3]),
        cut_off=st.sampled_from([1, 1, 2, None]),
        then=ACTS,
    )
    def prune(self, age: int, batch: int, cut_off: int | None, then: list[str]) -> None:
        """Remove what ended so many seconds ago.

        Args:
            batch: how many deliveries at a time.
            cut_off: after so many batches it goes no further.
            then: done to what has lost only some of its deliveries.
        """
        batches = 0

        def count(_done: int, _total: int) -> None:
            nonlocal batches
            batches += 1
            if batches == cut_off:
                raise CutOffError

        expected = []
        for removed in self.model.prune(self.clock.now() - timedelta(seconds=age), batch):
            expected.append(removed)
            if len(expected) == cut_off:
                break
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pruning, "BATCH", batch)
            try:
                pruned = pruning.prune(self.context, timedelta(seconds=age), on_progress=count)
            except CutOffError:
                assert len(expected) == cut_off
            else:
                assert pruned.deliveries == sum(expected)
        assert batches == len(expected)
        for of in self.model.broadcasts.values():
            if of.pruned and of.left:
                self.act(then, of)
