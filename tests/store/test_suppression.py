"""What is kept of chats that were forgotten, and what is not."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlmodel import select

from hsl_tui.models.forgotten_tables import ForgottenChat, ForgottenKey
from hsl_tui.store import suppression
from hsl_tui.store.database import Database

CHAT = 123456789


def kept(database: Database) -> list[bytes]:
    with database.read() as session:
        return list(session.exec(select(ForgottenChat.digest)))


def test_a_chat_that_was_forgotten_is_known_again_and_no_other(database: Database) -> None:
    with database.write() as session:
        assert suppression.among(session, [CHAT]) == set()
        suppression.note(session, CHAT)
        suppression.note(session, -1002345678901)
        suppression.note(session, CHAT)
    with database.read() as session:
        asked = [CHAT, CHAT + 1, -CHAT, -1002345678901]
        assert suppression.among(session, asked) == {CHAT, -1002345678901}
        assert suppression.among(session, []) == set()
    assert len(kept(database)) == 2


def test_without_the_secret_no_chat_can_be_told_from_its_digest(database: Database) -> None:
    with database.write() as session:
        suppression.note(session, CHAT)
        (secret,) = session.exec(select(ForgottenKey.secret))
    (digest,) = kept(database)
    assert (len(secret), len(digest)) == (32, 16)
    assert digest != hashlib.sha256(str(CHAT).encode()).digest()[:16]
    with database.write() as session:
        session.execute(sa.update(ForgottenKey).values(secret=bytes(32)))
        assert suppression.among(session, [CHAT]) == set()
