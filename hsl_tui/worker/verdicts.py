"""From what a call turned out to mean to what the ledger is told."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from hsl_tui.models.enums import Act, DeliveryStatus, ErrorKind, RecipientState, UncertainPolicy
from hsl_tui.models.forgotten import is_tombstone
from hsl_tui.models.types import EPOCH
from hsl_tui.models.views import Claim
from hsl_tui.store.reasons import Reason
from hsl_tui.store.recording import Result
from hsl_tui.telegram.limits import DELETABLE_FOR
from hsl_tui.telegram.outcomes import Outcome, Verdict

FIRST_BACKOFF: Final = 5.0
"""Seconds before the second attempt; each further wait is three times as long."""

LONGEST_BACKOFF: Final = 900.0
"""Seconds, but no longer than this: what is tried for hours must notice when it would work."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How passing and uncertain outcomes of one broadcast are dealt with."""

    on_uncertain: UncertainPolicy
    max_attempts: int
    recalls: int | None = None
    """The broadcast whose messages this one deletes."""


def result_of(outcome: Outcome, claim: Claim, policy: Policy, *, at: datetime) -> Result:
    """What to record for a claim after its call.

    Args:
        at: when the outcome became known.
    """
    if outcome.verdict is Verdict.MIGRATED and claim.original is not None:
        # It stays in the old chat. In the new one the same number may be anyone's message.
        outcome = replace(outcome, verdict=Verdict.REFUSED, kind=ErrorKind.MESSAGE_GONE)
    status, counted, wait = _move(outcome, claim, policy)
    if policy.recalls is not None and status is DeliveryStatus.SENT:
        status = DeliveryStatus.DELETED
    return Result(
        broadcast_id=claim.broadcast_id,
        seq=claim.seq,
        token=claim.token,
        status=status,
        at=at,
        counted=counted,
        in_doubt=outcome.verdict is Verdict.UNCERTAIN,
        not_before=EPOCH if wait is None else at + timedelta(seconds=wait),
        message_id=_message_id(outcome, claim),
        further_message_ids=outcome.further_message_ids,
        reason=_reason(outcome),
        target_id=policy.recalls,
    )


def unsent(claim: Claim, kind: ErrorKind, description: str, *, at: datetime) -> Result:
    """What to record for a claim that never became a call: its text or its recipient forbids it."""
    gone = kind is ErrorKind.RECIPIENT_INACTIVE
    return Result(
        broadcast_id=claim.broadcast_id,
        seq=claim.seq,
        token=claim.token,
        status=DeliveryStatus.CANCELLED if gone else DeliveryStatus.FAILED,
        at=at,
        counted=False,
        reason=Reason(kind, None, description),
    )


def why_unsent(act: Act, claim: Claim, now: datetime) -> tuple[ErrorKind, str] | None:
    """Why no call is made for a claim: a kind and a sentence; None where one is.

    A message is edited and recalled in the chats of those too who are not active any more: what
    they have been sent is put right, and nothing new comes to them.
    """
    if is_tombstone(claim.person.chat_id):
        return ErrorKind.RECIPIENT_INACTIVE, "The recipient was forgotten."
    if act is Act.SEND:
        if claim.recipient_state is not RecipientState.ACTIVE:
            return ErrorKind.RECIPIENT_INACTIVE, f"The recipient is {claim.recipient_state}."
        return None
    original = claim.original
    if original is None or not original.message_ids:
        return ErrorKind.MESSAGE_GONE, "The message's number is not on record."
    # Where the bot is an administrator of a group it may delete at any time.
    is_private = claim.person.chat_id > 0
    too_old = original.sent_at is not None and now - original.sent_at > DELETABLE_FOR
    if act is Act.RECALL and is_private and too_old:
        return ErrorKind.NOT_DELETABLE, "It was sent more than 48 hours ago: it stays."
    return None


def put_back(broadcast_id: int, seq: int, token: int, *, at: datetime) -> Result:
    """What to record for a claim whose call was not begun."""
    return Result(
        broadcast_id=broadcast_id,
        seq=seq,
        token=token,
        status=DeliveryStatus.PENDING,
        at=at,
        counted=False,
    )


def _move(
    outcome: Outcome, claim: Claim, policy: Policy
) -> tuple[DeliveryStatus, bool, float | None]:
    """The status, whether the attempt counts, and for how many seconds to wait."""
    match outcome.verdict:
        case Verdict.SENT:
            return DeliveryStatus.SENT, True, None
        case Verdict.RATE_LIMITED:
            # At the end of the queue: where only this chat is limited, the others go first.
            return DeliveryStatus.PENDING, False, outcome.retry_after
        case Verdict.BOT_REFUSED:
            return DeliveryStatus.PENDING, False, None
        case Verdict.MIGRATED | Verdict.NOT_SENT | Verdict.UNCERTAIN:
            return _try_again(outcome, claim, policy)
        case Verdict.RECIPIENT_GONE | Verdict.REFUSED | Verdict.CONTENT_REFUSED:
            return DeliveryStatus.FAILED, True, None


def _try_again(
    outcome: Outcome, claim: Claim, policy: Policy
) -> tuple[DeliveryStatus, bool, float | None]:
    uncertain = outcome.verdict is Verdict.UNCERTAIN
    held = uncertain and policy.on_uncertain is UncertainPolicy.HOLD
    migrated = outcome.verdict is Verdict.MIGRATED
    # A migration that leads to the next one must end somewhere, but not with the first.
    limit = max(policy.max_attempts, 2) if migrated else policy.max_attempts
    if held or claim.attempts + 1 >= limit:
        end = DeliveryStatus.UNCERTAIN if uncertain else DeliveryStatus.FAILED
        return end, True, None
    wait = None if migrated else _backoff(claim)
    return DeliveryStatus.PENDING, True, wait


def _backoff(claim: Claim) -> float:
    # Jitter, so that those who failed together do not come back together.
    jitter = random.uniform(0.5, 1.5)  # noqa: S311 - no secret
    # 3**8 is beyond the longest anyway; with many attempts the power would leave a float.
    wait: float = min(FIRST_BACKOFF * 3 ** min(claim.attempts, 8), LONGEST_BACKOFF)
    return wait * jitter


def _message_id(outcome: Outcome, claim: Claim) -> int | None:
    original = claim.original
    if outcome.message_id is None and original is not None and original.message_ids:
        return original.message_ids[0]
    return outcome.message_id


def _reason(outcome: Outcome) -> Reason | None:
    if outcome.kind is None or outcome.verdict is Verdict.SENT:
        return None
    return Reason(outcome.kind, outcome.code, outcome.description or outcome.kind.value)
