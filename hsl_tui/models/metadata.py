"""What all tables share: how their keys and indexes are called, and where they are on record."""

from __future__ import annotations

from sqlalchemy import MetaData, Table
from sqlmodel import SQLModel

metadata: MetaData = SQLModel.metadata
metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
}


class Row(SQLModel):
    """What the rows of every table are; their classes are made with these names in force."""


def table(model: type[SQLModel]) -> Table:
    """The table under a model, for statements that are built once and run beside the ORM."""
    return metadata.tables[str(model.__tablename__)]
