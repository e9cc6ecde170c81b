"""The languages that recipients have."""

from __future__ import annotations

from hsl_tui.store import languages
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, take_in
from tests.conftest import NOON


def test_each_code_is_counted_by_itself(database: Database) -> None:
    codes = ["de", "en", "en-GB", "de", None, "zh"]
    people = [Arrival(1 + at, language_code=code) for at, code in enumerate(codes)]
    with database.write() as session:
        take_in(session, people, now=NOON)
    with database.read() as session:
        assert languages.counts(session) == [("de", 2), ("en", 1), ("en-GB", 1), ("zh", 1)]
