from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hsl_tui.models.enums import DeliveryStatus, ErrorKind, RecipientState, UncertainPolicy
from hsl_tui.models.types import EPOCH
from hsl_tui.models.views import Claim, Person
from hsl_tui.store.reasons import Reason
from hsl_tui.telegram.outcomes import Outcome, Verdict
from hsl_tui.worker.verdicts import (
    FIRST_BACKOFF,
    LONGEST_BACKOFF,
    Policy,
    put_back,
    result_of,
    unsent,
)

AT = datetime(2030, 6, 1, 12, tzinfo=UTC)
HOLD, RESEND = UncertainPolicy.HOLD, UncertainPolicy.RESEND


def claim(attempts: int = 0) -> Claim:
    return Claim(4, 7, 2, attempts, 9, RecipientState.ACTIVE, Person(chat_id=1))


SENT = ("sent", True, False)
FAILED = ("failed", True, False)
UNCERTAIN = ("uncertain", True, False)
AGAIN_LATER = ("pending", True, True)
AGAIN_AT_ONCE = ("pending", True, False)
NO_ATTEMPT_LATER = ("pending", False, True)
NO_ATTEMPT = ("pending", False, False)

# Status, whether the attempt counts, whether it waits: after the first, second and last of three.
TABLE = {
    (Verdict.SENT, HOLD): (SENT, SENT, SENT),
    (Verdict.SENT, RESEND): (SENT, SENT, SENT),
    (Verdict.RECIPIENT_GONE, HOLD): (FAILED, FAILED, FAILED),
    (Verdict.RECIPIENT_GONE, RESEND): (FAILED, FAILED, FAILED),
    (Verdict.REFUSED, HOLD): (FAILED, FAILED, FAILED),
    (Verdict.REFUSED, RESEND): (FAILED, FAILED, FAILED),
    (Verdict.CONTENT_REFUSED, HOLD): (FAILED, FAILED, FAILED),
    (Verdict.CONTENT_REFUSED, RESEND): (FAILED, FAILED, FAILED),
    (Verdict.MIGRATED, HOLD): (AGAIN_AT_ONCE, AGAIN_AT_ONCE, FAILED),
    (Verdict.MIGRATED, RESEND): (AGAIN_AT_ONCE, AGAIN_AT_ONCE, FAILED),
    (Verdict.RATE_LIMITED, HOLD): (NO_ATTEMPT_LATER, NO_ATTEMPT_LATER, NO_ATTEMPT_LATER),
    (Verdict.RATE_LIMITED, RESEND): (NO_ATTEMPT_LATER, NO_ATTEMPT_LATER, NO_ATTEMPT_LATER),
    (Verdict.BOT_REFUSED, HOLD): (NO_ATTEMPT, NO_ATTEMPT, NO_ATTEMPT),
    (Verdict.BOT_REFUSED, RESEND): (NO_ATTEMPT, NO_ATTEMPT, NO_ATTEMPT),
    (Verdict.NOT_SENT, HOLD): (AGAIN_LATER, AGAIN_LATER, FAILED),
    (Verdict.NOT_SENT, RESEND): (AGAIN_LATER, AGAIN_LATER, FAILED),
    (Verdict.UNCERTAIN, HOLD): (UNCERTAIN, UNCERTAIN, UNCERTAIN),
    (Verdict.UNCERTAIN, RESEND): (AGAIN_LATER, AGAIN_LATER, UNCERTAIN),
}


@pytest.mark.parametrize("attempts", [0, 1, 2])
@pytest.mark.parametrize("policy", list(UncertainPolicy))
@pytest.mark.parametrize("verdict", list(Verdict))
def test_what_is_recorded(verdict: Verdict, policy: UncertainPolicy, attempts: int) -> None:
    status, counted, waits = TABLE[verdict, policy][attempts]
    outcome = Outcome(verdict, retry_after=3.0 if verdict is Verdict.RATE_LIMITED else None)
    result = result_of(outcome, claim(attempts), Policy(policy, 3), at=AT)
    assert (result.broadcast_id, result.seq, result.token, result.at) == (4, 7, 2, AT)
    assert (result.status, result.counted) == (status, counted)
    assert result.in_doubt is (verdict is Verdict.UNCERTAIN)
    assert (result.not_before > AT) == waits
    assert waits or result.not_before == EPOCH


def test_a_group_that_moved_gets_it_in_its_new_chat_even_with_a_single_attempt() -> None:
    moved = Outcome(Verdict.MIGRATED, ErrorKind.MIGRATED, 400, "moved", migrate_to_chat_id=-5)
    once = Policy(HOLD, 1)
    assert result_of(moved, claim(0), once, at=AT).status is DeliveryStatus.PENDING
    assert result_of(moved, claim(1), once, at=AT).status is DeliveryStatus.FAILED


def test_after_a_429_the_wait_is_what_telegram_said() -> None:
    outcome = Outcome(Verdict.RATE_LIMITED, ErrorKind.RATE_LIMITED, 429, "x", retry_after=17)
    result = result_of(outcome, claim(), Policy(HOLD, 5), at=AT)
    assert result.not_before == AT + timedelta(seconds=17)


@pytest.mark.parametrize("attempts", [0, 1, 2, 5, 50, 10_000])
def test_waits_grow_up_to_a_limit(attempts: int) -> None:
    patient = Policy(HOLD, 10**6)
    failed = Outcome(Verdict.NOT_SENT)
    results = [result_of(failed, claim(attempts), patient, at=AT) for _ in range(20)]
    waits = {result.not_before - AT for result in results}
    nominal = LONGEST_BACKOFF if attempts >= 5 else FIRST_BACKOFF * 3**attempts
    assert len(waits) > 1, "those that failed together must not come back together"
    assert min(waits) >= timedelta(seconds=nominal * 0.49)
    assert max(waits) <= timedelta(seconds=nominal * 1.51)


def test_the_reason_is_kept_unless_it_was_sent() -> None:
    refused = Outcome(Verdict.REFUSED, ErrorKind.NO_RIGHTS, 400, "Bad Request: no")
    wordless = Outcome(Verdict.REFUSED, ErrorKind.OTHER, 418)
    sent = Outcome(Verdict.SENT, message_id=5)
    policy = Policy(HOLD, 5)
    assert result_of(refused, claim(), policy, at=AT).reason == Reason(
        ErrorKind.NO_RIGHTS, 400, "Bad Request: no"
    )
    assert result_of(wordless, claim(), policy, at=AT).reason == Reason(
        ErrorKind.OTHER, 418, "other"
    )
    recorded = result_of(sent, claim(), policy, at=AT)
    assert (recorded.reason, recorded.message_id) == (None, 5)


def test_what_was_never_called_costs_no_attempt() -> None:
    text = unsent(claim(), ErrorKind.RENDERING, "no name", at=AT)
    gone = unsent(claim(), ErrorKind.RECIPIENT_INACTIVE, "blocked", at=AT)
    back = put_back(4, 7, 2, at=AT)
    assert [one.status for one in (text, gone, back)] == [
        DeliveryStatus.FAILED,
        DeliveryStatus.CANCELLED,
        DeliveryStatus.PENDING,
    ]
    assert not any(one.counted for one in (text, gone, back))
    assert back.not_before == EPOCH
