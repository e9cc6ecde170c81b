"""Reading the audit log."""

from __future__ import annotations

from hsl_tui.services.context import Context
from tests.console.scene import console, notices, press, queue, shown, take_people


async def test_entries_newest_first_with_their_details(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    queue(sqlite_context, "Hello", "tag:news", "!tag:vip")
    async with console(sqlite_context) as pilot:
        await press(pilot, "4")
        assert "broadcast.queued  broadcast 1" in shown(pilot)
        assert "by tester" in shown(pilot)
        assert "to tag:news, !tag:vip" in shown(pilot)
        assert "recipients 2" in shown(pilot)


async def test_an_empty_log_says_what_will_be_there(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "4")
        assert "Nothing is on record yet." in shown(pilot)


async def test_paging_and_kinds(sqlite_context: Context) -> None:
    with sqlite_context.database.write() as session:
        for at in range(250):
            sqlite_context.record(session, "worker.lost" if at == 7 else "broadcast.test", at=at)
    async with console(sqlite_context) as pilot:
        await press(pilot, "4", "end", "end", "end", "end")
        assert "     1  12:00" in shown(pilot)
        await press(pilot, "f", "f", "f")
        assert "[worker]" in shown(pilot)
        assert "worker.lost" in shown(pilot)
        assert "broadcast.test" not in shown(pilot)


async def test_verifying_the_chain(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    queue(sqlite_context, "Hello")
    async with console(sqlite_context) as pilot:
        await press(pilot, "4", "v")
        assert notices(pilot) == ["The log is whole: 1 entry in an unbroken chain."]
