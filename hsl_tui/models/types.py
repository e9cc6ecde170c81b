"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, DateTime, Integer, SmallInteger, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

BigInt = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits. SQLite's INTEGER is that already, and only under this name can it be a rowid."""

SearchKey = String(32).with_variant(String(32, collation="C"), "postgresql")
"""A text that is compared byte by byte, so that all with one beginning are a range of an index."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: timezone-aware UTC in Python, microseconds since 1970 on SQLite.

    SQLite has no type for moments; the 26 characters of its customary text would be a fifth of a
    row of the ledger. PostgreSQL has ``timestamptz``.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"{value!r} has no time zone: which moment is meant?"
            raise ValueError(msg)
        if dialect.name == "sqlite":
            return (value - EPOCH) // _MICROSECOND
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return EPOCH + int(value) * _MICROSECOND
        moment: datetime = value
        return moment.astimezone(UTC)


EnumT = TypeVar("EnumT", bound=StrEnum)


class EnumCode(TypeDecorator[EnumT], Generic[EnumT]):
    """A word of a closed list, stored as its position in it (one byte instead of up to ten).

    The position is the order in which the enum declares its members, so members may only ever be
    added at the end.
    """

    impl = SmallInteger
    cache_ok = True

    def __init__(self, enum: type[EnumT]) -> None:
        super().__init__()
        self.enum = enum
        self._members = tuple(enum)
        self._codes = {member: code for code, member in enumerate(self._members)}

    def code(self, member: EnumT) -> int:
        """The number that stands for a member in the database."""
        return self._codes[member]

    def process_bind_param(self, value: EnumT | None, dialect: Dialect) -> int | None:
        return None if value is None else self._codes[self.enum(value)]

    def process_result_value(self, value: int | None, dialect: Dialect) -> EnumT | None:
        return None if value is None else self._members[value]

    def process_literal_param(self, value: EnumT | None, dialect: Dialect) -> str:
        return "NULL" if value is None else str(self._codes[self.enum(value)])


class EnumWord(TypeDecorator[EnumT], Generic[EnumT]):
    """A word of a closed list, stored as the word."""

    impl = String(24)
    cache_ok = True

    def __init__(self, enum: type[EnumT]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: EnumT | None, dialect: Dialect) -> str | None:
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> EnumT | None:
        return None if value is None else self.enum(value)
