"""How a file of text is encoded: told from its first bytes, and proved before a line is used."""

from __future__ import annotations

import codecs
import hashlib
import io
from dataclasses import dataclass
from typing import BinaryIO, Final

from hsl_tui.errors import InvalidInputError

_CHUNK: Final = 1 << 20
_SAMPLE: Final = 4096

# UTF-32's little-endian mark begins with UTF-16's.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, None),
    (codecs.BOM_UTF32_BE, None),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FORMATS: Final = (
    (b"PK\x03\x04", "a spreadsheet or archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "compressed twice"),
    (b"SQLite format 3\0", "an SQLite database"),
)
_CONTROL: Final = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1a\x1b")


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known of a file of text once all of it was read.

    Attributes:
        encoding: its Python name: UTF-8 with or without mark, or UTF-16 with one.
        digest: SHA-256 over its bytes, in hexadecimal.
    """

    encoding: str
    digest: str


def prove(file: BinaryIO, name: str) -> Proof:
    """Read all of a file of text, and say how.

    The whole file is decoded once, so that a slip in its last line is known before the first line
    is used. Afterwards the file stands at its beginning.

    Args:
        file: must be seekable.
        name: what to call it in messages.

    Raises:
        InvalidInputError: it is empty, no text, or in another encoding; naming what it looks like
            and the line.
    """
    head = file.read(_SAMPLE)
    if not head:
        raise InvalidInputError(f"{name} is empty.")
    for start, what in _FORMATS:
        if head.startswith(start):
            msg = f"{name} is not a CSV file but {what}; save it as CSV in UTF-8."
            raise InvalidInputError(msg)
    encoding = _marked(head, name)
    if encoding is None:
        _refuse_nul(head, name)
        encoding = "utf-8"
    file.seek(0)
    digest = _decode(file, encoding, name)
    file.seek(0)
    return Proof(encoding, digest)


def _marked(head: bytes, name: str) -> str | None:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            if encoding is None:
                raise InvalidInputError(_wrong(name, 1, "UTF-32"))
            return encoding
    return None


def _refuse_nul(head: bytes, name: str) -> None:
    """Refuse what has too many zeros to be text; a single one spoils its line only."""
    zeros = head.count(0)
    if zeros * 3 >= len(head) and (head[::2].count(0) == 0 or head[1::2].count(0) == 0):
        raise InvalidInputError(_wrong(name, 1, "UTF-16 without a byte order mark"))
    if zeros * 10 >= len(head) or 0 in head.partition(b"\n")[0]:
        raise InvalidInputError(_binary(name))


def _decode(file: BinaryIO, encoding: str, name: str) -> str:
    """Decode all of a file, and return its digest."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder(encoding)()
    start = 0
    while True:
        chunk = file.read(_CHUNK)
        digest.update(chunk)
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise _explain(file, encoding, start - held + error.start, name) from None
        if not chunk:
            return digest.hexdigest()
        start += len(chunk)


def _explain(file: BinaryIO, encoding: str, offset: int, name: str) -> InvalidInputError:
    line = _line_at(file, encoding, offset)
    if encoding == "utf-16":
        return InvalidInputError(f"{name} is not whole: line {line} is not UTF-16.")
    file.seek(max(0, offset - _SAMPLE))
    before = file.read(min(offset, _SAMPLE)).rpartition(b"\n")[2]
    sample = before + file.read(_SAMPLE).partition(b"\n")[0]
    if any(byte in _CONTROL for byte in sample):
        return InvalidInputError(_binary(name))
    return InvalidInputError(_wrong(name, line, _looks_like(sample)))


def _line_at(file: BinaryIO, encoding: str, offset: int) -> int:
    """The number, from 1, of the line in which a byte stands."""
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(encoding)("replace"), translate=True
    )
    file.seek(0)
    line = 1
    while offset > 0:
        chunk = file.read(min(offset, _CHUNK))
        line += decoder.decode(chunk).count("\n")
        offset -= len(chunk)
    return line


def _looks_like(sample: bytes) -> str:
    """A guess at an encoding of single bytes, for people to try first."""
    high = [byte for byte in sample if byte >= 0x80]  # noqa: PLR2004 - beyond ASCII
    letters = len(high) + sum(chr(byte).isalpha() for byte in sample if byte < 0x80)  # noqa: PLR2004
    if len(high) * 2 < letters:
        return "Windows-1252 or Latin-1"
    # In Cyrillic nearly every letter is high; which ones are small tells the two apart.
    if sum(byte >= 0xE0 for byte in high) * 2 > len(high):  # noqa: PLR2004 - its small letters
        return "Windows-1251"
    if sum(0xC0 <= byte < 0xE0 for byte in high) * 2 > len(high):  # noqa: PLR2004 - likewise
        return "KOI8-R"
    return "an older encoding"


def _binary(name: str) -> str:
    return f"{name} is not a CSV file: it holds bytes that are no text."


def _wrong(name: str, line: int, encoding: str) -> str:
    return f"{name} is not UTF-8: line {line} looks like {encoding}; save it as CSV in UTF-8."
