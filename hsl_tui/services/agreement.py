"""What somebody agreed to is what is done: to as many as they were told of, or to nobody."""

from __future__ import annotations

from hsl_tui.errors import RefusedError


def hold_to(expected: int | None, count: int) -> None:
    """Undo what reaches others than were counted when somebody was asked.

    Called in the transaction that does it, when it is known how many it reaches.

    Args:
        expected: how many were agreed to; None where nobody was asked.

    Raises:
        RefusedError: it reaches more, or fewer.
    """
    if expected is not None and count != expected:
        msg = f"Meanwhile it is {count} and not {expected}: look again, nothing was changed."
        raise RefusedError(msg)
