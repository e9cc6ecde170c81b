"""Which chats were forgotten here: so that what others have on record does not bring them back.

Kept of a chat is a digest of its id (HMAC-SHA-256, its first 128 bits) under a secret of this
database, and nothing else. That is a suppression list as the field keeps them, and no more than a
pseudonym: chat ids are few enough to try them all, so whoever holds this database, or a backup of
it, can tell of each chat whether it was forgotten here. Without the secret nobody can. It lies in
the database, not beside it: where it was lost, or another machine had another, those who were
forgotten would come back without a word. Slower digests would protect against nobody who has the
database, and would make an adoption of a million people take hours.

A digest stays when its person comes back by themselves or by hand: what other programs know of the
time before is not wanted any more even so.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from hsl_tui.models.forgotten_tables import ForgottenChat, ForgottenKey
from hsl_tui.store import rows

_SECRET: Final = 32
_DIGEST: Final = 16
"""Bytes. Two chats of a million million million have the same by chance."""
_AT_A_TIME: Final = 1000


def note(session: Session, chat_id: int) -> None:
    """Remember that a chat was forgotten; the caller holds the intake (``rows.hold_intake``)."""
    secret = _secret(session)
    if secret is None:
        secret = secrets.token_bytes(_SECRET)
        rows.add_missing(session, ForgottenKey, {"id": 1, "secret": secret})
    rows.add_missing(session, ForgottenChat, {"digest": _digest(secret, chat_id)})


def among(session: Session, chat_ids: Collection[int]) -> set[int]:
    """Those of these chats that were forgotten, whether or not they are on record again."""
    secret = _secret(session)
    if secret is None:
        return set()
    of = {_digest(secret, chat): chat for chat in chat_ids}
    digests = list(of)
    found: set[int] = set()
    for start in range(0, len(digests), _AT_A_TIME):
        some = col(ForgottenChat.digest).in_(digests[start : start + _AT_A_TIME])
        known = session.execute(sa.select(col(ForgottenChat.digest)).where(some))
        found.update(of[digest] for digest in known.scalars())
    return found


def _secret(session: Session) -> bytes | None:
    return session.execute(sa.select(col(ForgottenKey.secret))).scalar_one_or_none()


def _digest(secret: bytes, chat_id: int) -> bytes:
    return hmac.digest(secret, str(chat_id).encode(), "sha256")[:_DIGEST]
