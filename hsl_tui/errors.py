"""What can go wrong in words an operator can act on.

Every exception that may reach a person derives from :class:`HslTuiError`. Its message is
one sentence that says what is wrong and what to do; its ``exit_status`` is the one that
the command line ends with.

    HslTuiError                     1
    +-- InvalidInputError           2  bad input, nothing was changed
    |   +-- NotFoundError           2  an id that is not there
    |   +-- SelectorError           2  selectors that cannot be read
    |   +-- TextRefusedError        2  text that Telegram would refuse
    |   |   +-- TextEmptyError      2
    |   |   +-- TextTooLongError    2
    |   +-- SettingsError           2  a setting with a wrong value or an unknown name
    +-- RefusedError                1  the act does not fit the state of things
    +-- BotApiError                 1
    |   +-- TokenMissingError       1  no bot token is set
    |   +-- TokenRefusedError       1  Telegram does not know the token
    |   +-- TelegramUnreachableError 1 the Bot API did not answer
    +-- DatabaseError               1
        +-- DatabaseUnavailableError 1 not there, or the connection was lost
        +-- DatabaseReadOnlyError   1
        +-- DatabaseFullError       1  the disk (or the quota) is full
        +-- DatabaseBusyError       1  another process holds the write lock
        +-- SchemaOutdatedError     1  `db upgrade` is due
        +-- SchemaTooNewError       1  written by a newer hsl-tui
"""

from __future__ import annotations

from typing import ClassVar


class HslTuiError(Exception):
    """Base of all errors whose message is meant for the operator."""

    exit_status: ClassVar[int] = 1


class InvalidInputError(HslTuiError):
    """The input cannot be used; nothing was changed."""

    exit_status: ClassVar[int] = 2


class NotFoundError(InvalidInputError):
    """No row has the id that was asked for."""


class SelectorError(InvalidInputError):
    """Selectors cannot be read.

    Attributes:
        text: what was written.
        offset: where in it the fault begins, in characters from 0.
        length: how many characters it is, at least one unless nothing was written.
    """

    def __init__(self, message: str, text: str, offset: int, length: int) -> None:
        super().__init__(message)
        self.text = text
        self.offset = offset
        self.length = length


class TextRefusedError(InvalidInputError):
    """Telegram would refuse this text.

    Attributes:
        line: 1-based line of the place in what was typed, where it is known.
        column: 1-based column, in characters, likewise.
    """

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class TextEmptyError(TextRefusedError):
    """Nothing is left of the text that could be seen."""


class TextTooLongError(TextRefusedError):
    """The text is longer than Telegram takes."""


class SettingsError(InvalidInputError):
    """A setting has a wrong value or an unknown name."""


class RefusedError(HslTuiError):
    """The act does not fit the state of what it is meant for."""


class BotApiError(HslTuiError):
    """The Bot API could not be used."""


class TokenMissingError(BotApiError):
    """No bot token is set."""


class TokenRefusedError(BotApiError):
    """The Bot API does not know the token (HTTP 401 or 404)."""


class TelegramUnreachableError(BotApiError):
    """The Bot API server gave no usable answer."""


class DatabaseError(HslTuiError):
    """The database could not do what was asked."""


class DatabaseUnavailableError(DatabaseError):
    """The database is not there, or the connection was lost."""


class DatabaseReadOnlyError(DatabaseError):
    """The database takes no writes."""


class DatabaseFullError(DatabaseError):
    """The database has no room left."""


class DatabaseBusyError(DatabaseError):
    """Another process held the write lock for longer than the busy timeout."""


class SchemaOutdatedError(DatabaseError):
    """The schema is older than this program; `hsl-tui db upgrade` is due."""


class SchemaTooNewError(DatabaseError):
    """The schema was written by a newer version of this program."""
