"""People of an hsl-dashboard as recipients of ours: what is kept of them, and what is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from hsl_tui.errors import InvalidInputError
from hsl_tui.services import recipient_cells
from hsl_tui.services.adoption import MOST_TOLD, Run
from hsl_tui.services.recipient_cells import LIMITS, RowRefusedError
from hsl_tui.services.recipients import check_tag
from hsl_tui.store import adopted, dashboard_rows, rows, suppression
from hsl_tui.store.dashboard_rows import Person
from hsl_tui.store.intake import Arrival, take_in
from hsl_tui.store.texts import storable

_BATCH: Final = 5000
_ONLY_LISTED: Final = 4
"""The source of people who only occur among those who were written to."""


class Read(NamedTuple):
    """A person as a recipient, and what was lost on the way."""

    arrival: Arrival
    first_seen: datetime | None
    cut: bool
    """A name is longer than names are kept."""
    refused_tags: Mapping[str, str]
    """Why a stream cannot be a tag."""


def read(person: Person) -> Read:
    """A person as a recipient.

    Raises:
        RowRefusedError: the chat id is none.
    """
    chat_id = recipient_cells.chat_id((person.chat or "").strip())
    names = {"first_name": _name(person.first_name), "last_name": _name(person.last_name)}
    kept = {key: name and storable(name, LIMITS[key]) for key, name in names.items()}
    tags, refused = _tags(person.streams)
    arrival = Arrival(
        chat_id,
        recipient_cells.username(person.username.strip()) if person.username else None,
        kept["first_name"],
        kept["last_name"],
        _language(person.language_code),
        tags=tags,
    )
    return Read(arrival, moment(person.first_seen_at), kept != names, refused)


def moment(written: str | None) -> datetime | None:
    """A time as PostgreSQL writes it, of UTC where it names no zone; None where it is none."""
    if not written:
        return None
    try:
        read = datetime.fromisoformat(written.strip())
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):  # infinity, years before the first
        return None


def _name(written: str | None) -> str | None:
    return (written or "").strip() or None


def _language(written: str | None) -> str | None:
    """A language's code; a part of one would be another language."""
    code = (written or "").strip()
    return code if code and len(code) <= LIMITS["language_code"] else None


def _tags(streams: Iterable[str]) -> tuple[frozenset[str], Mapping[str, str]]:
    tags: set[str] = set()
    refused: dict[str, str] = {}
    for stream in streams:
        tag, why = _tag(stream)
        if tag is None:
            refused[stream] = why
        else:
            tags.add(tag)
    return frozenset(tags), refused


@lru_cache(maxsize=1000)
def _tag(stream: str) -> tuple[str | None, str]:
    """A stream as a tag, or None and why it is none; there are few, and many people in each."""
    try:
        return check_tag(stream), ""
    except InvalidInputError as error:
        return None, str(error)


def take_people(run: Run) -> None:
    """Take in everybody who occurs there, batch by batch."""
    cut = only_listed = 0
    refused_tags: dict[str, str] = {}
    for batch in run.batches(dashboard_rows.people(run.snapshot), _BATCH):
        reads: list[Read] = []
        for person in batch:
            try:
                one = read(person)
            except RowRefusedError as error:
                run.report.skip(f"user_id {person.chat or 'null'}", f"{error}")
                continue
            reads.append(one)
            cut += one.cut
            only_listed += person.source == _ONLY_LISTED
            if len(refused_tags) < MOST_TOLD:
                refused_tags |= one.refused_tags
        run.report.recipients.add(*_take_in(run, reads))
    for stream, reason in refused_tags.items():
        run.report.skip(f"course_stream {stream}", reason)
    run.report.note(
        f"Of {cut} people a name is longer than {LIMITS['first_name']} characters, and its"
        " beginning alone is kept.",
        when=cut,
    )
    run.report.note(
        f"{only_listed} people occur only among those who were written to; they count as active"
        " until Telegram says otherwise.",
        when=only_listed,
    )
    forgotten = run.report.forgotten
    run.report.note(
        f"{forgotten} people were forgotten here: they are left out, and what became of messages to"
        " them. The dashboard still has them on record.",
        when=forgotten,
    )


def _take_in(run: Run, reads: Sequence[Read]) -> tuple[int, int, int]:
    now = run.context.clock.now()
    with run.write() as session:
        # Whoever forgets somebody waits, or has done so already.
        rows.hold_intake(session)
        forgotten = suppression.among(session, {one.arrival.chat_id for one in reads})
        run.report.forgotten += len(forgotten)
        reads = [one for one in reads if one.arrival.chat_id not in forgotten]
        taken = take_in(session, [one.arrival for one in reads], now=now)
        seen = {one.arrival.chat_id: one.first_seen for one in reads}
        earlier = {chat: at for chat, at in seen.items() if at is not None and at < now}
        adopted.date_back(session, earlier, since=now)
        if taken.added or taken.changed:
            run.context.record(
                session,
                "recipients.adopted",
                source=run.report.source,
                imported=taken.added,
                updated=taken.changed,
                unchanged=taken.same,
            )
    return taken.added, taken.changed, taken.same
