"""Logging that shows no secret and that nobody's text can forge a line in."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterable
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Literal, TextIO
from urllib.parse import quote

from pydantic import SecretStr

from hsl_tui.paths import make_private
from hsl_tui.safety import safe_text

_MASK = "[secret]"
_SHORTEST_SECRET = 4
"""Replacing a shorter one wherever it stands would make the log unreadable."""

_TOKEN_IN_URL = re.compile(r"\b(bot)\d+(?::|%3[Aa])[A-Za-z0-9_-]+")
_TOKEN = re.compile(r"\b\d{6,}(?::|%3[Aa])[A-Za-z0-9_-]{30,}")
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^\s/:@]*):\S+(?=@)")
_PASSWORD_OPTION = re.compile(r"\b((?:ssl)?password=)('(?:[^'\\]|\\.)*'|[^\s&'\"]+)", re.IGNORECASE)

_TALKATIVE = ("aiohttp", "httpcore", "httpx", "telegram")
_FILE_BYTES = 5_000_000
_OLD_FILES = 3


def redact(text: str, secrets: Iterable[SecretStr] = ()) -> str:
    """The text with every secret in it masked.

    Masked are the ``secrets`` as they are, quoted and escaped, and whatever looks like a bot token
    or like a password in an address.
    """
    return _mask(text, _forms(secrets))


def configure_logging(
    *,
    log_format: Literal["text", "json"],
    destination: TextIO | Path,
    level: int = logging.INFO,
    secrets: Iterable[SecretStr] = (),
) -> logging.Handler:
    """Send the records of every logger to one destination, and stop sending them elsewhere.

    Args:
        log_format: ``text``: a line for a person. ``json``: an object a line, with ``at``,
            ``level``, ``logger``, ``message``, and ``exception`` and ``stack`` where there are any.
        destination: A stream, such as ``sys.stderr``, or a file, which is made with mode 0600 and
            rotated at 5 MB, three old ones kept.
        level: The least level that is written.
        secrets: Masked wherever they stand, tracebacks included.

    Returns:
        The handler, already installed.

    Raises:
        HslTuiError: The file cannot be made.
    """
    handler: logging.Handler = (
        _PrivateFileHandler(destination)
        if isinstance(destination, Path)
        else _StreamHandler(destination)
    )
    forms = _forms(secrets)
    handler.setFormatter(_TextFormatter(forms) if log_format == "text" else _JsonFormatter(forms))
    root = logging.getLogger()
    for former in root.handlers[:]:
        root.removeHandler(former)
        if isinstance(former, _Discreet):
            former.close()
    root.addHandler(handler)
    root.setLevel(level)
    for name in _TALKATIVE:
        # httpx writes whole URLs at INFO, and with them the token.
        logging.getLogger(name).setLevel(logging.WARNING)
    return handler


def _mask(text: str, forms: Iterable[str]) -> str:
    for form in forms:
        text = text.replace(form, _MASK)
    text = _TOKEN_IN_URL.sub(rf"\1{_MASK}", text)
    text = _TOKEN.sub(_MASK, text)
    text = _PASSWORD_IN_URL.sub(rf"\1:{_MASK}", text)
    return _PASSWORD_OPTION.sub(rf"\1{_MASK}", text)


def _forms(secrets: Iterable[SecretStr]) -> tuple[str, ...]:
    """The shapes in which secrets may turn up, longest first, so that none leaves a rest behind."""
    found: set[str] = set()
    for secret in secrets:
        plain = secret.get_secret_value()
        found |= {plain, quote(plain, safe=""), repr(plain)[1:-1]}
        if _TOKEN.fullmatch(plain):
            found.add(plain.partition(":")[2])
    return tuple(sorted((f for f in found if len(f) >= _SHORTEST_SECRET), key=len, reverse=True))


class _RedactingFormatter(logging.Formatter):
    """Masks secrets in the message, the traceback and the stack of a record."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self, forms: tuple[str, ...]) -> None:
        super().__init__()
        self._forms = forms

    def _parts(self, record: logging.LogRecord) -> tuple[str, str, str]:
        """Message, traceback and stack."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            # A slip in the call must not cost the record, nor print its arguments unmasked.
            message = f"{record.msg} {record.args!r}"
        traceback = record.exc_text or ""
        if record.exc_info and not traceback:
            traceback = self.formatException(record.exc_info)
        stack = self.formatStack(record.stack_info) if record.stack_info else ""
        return (
            _mask(message, self._forms),
            _mask(traceback, self._forms),
            _mask(stack, self._forms),
        )


class _TextFormatter(_RedactingFormatter):
    """``2025-01-31T12:00:00.000Z INFO    hsl_tui.worker: message``, tracebacks indented below."""

    def format(self, record: logging.LogRecord) -> str:
        message, traceback, stack = self._parts(record)
        head = f"{self.formatTime(record)} {record.levelname:<7} {record.name}: "
        lines = [head + safe_text(message)]
        for block in (traceback, stack):
            # Indented, so that no line of an exception's own text can pass for a record.
            lines.extend(f"    {safe_text(line)}" for line in block.split("\n") if line)
        return "\n".join(lines)


class _JsonFormatter(_RedactingFormatter):
    """One JSON object a line, in ASCII, so that nothing in it acts on a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        message, traceback, stack = self._parts(record)
        entry = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": message,
        }
        if traceback:
            entry["exception"] = traceback
        if stack:
            entry["stack"] = stack
        return json.dumps(entry).replace("\x7f", "\\u007f")


class _Discreet(logging.Handler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Let the record go: logging's own report prints its arguments, and over the console."""


class _StreamHandler(_Discreet, logging.StreamHandler[TextIO]):
    pass


class _PrivateFileHandler(_Discreet, RotatingFileHandler):
    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_FILE_BYTES, backupCount=_OLD_FILES, encoding="utf-8")

    def _open(self) -> TextIOWrapper:
        make_private(Path(self.baseFilename))
        return super()._open()
