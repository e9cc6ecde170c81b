"""Intake: the bot's updates, taken in by one worker among all on the database.

Polls, applies and answers go on as long as the lease of ``store/bot_intake.py`` is held; the others
stand by, and look once a second. An update is applied in the transaction that moves the place up to
which updates were taken in, so that none is lost or handled twice over a crash.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from typing import Any, Final, TypeVar

from hsl_tui.errors import DatabaseError, TelegramUnreachableError, TokenRefusedError
from hsl_tui.failpoints import IntakePoint, reach
from hsl_tui.services.context import Context
from hsl_tui.store.bot_intake import Lease, Place
from hsl_tui.telegram.gateway import Gateway
from hsl_tui.telegram.intake import IntakeRefusedError, RateLimitedError, Update
from hsl_tui.worker.answers import Answers
from hsl_tui.worker.heartbeat import Heartbeat
from hsl_tui.worker.intake_record import IntakeRecord

logger = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

LOOK: Final = 1.0
"""Seconds between looks at whether the lease is free, and while nothing may be asked."""

POLL: Final = 10.0
"""Seconds that Telegram waits for an update before it answers with none; then the lease is
renewed."""

_LONGEST_CALL: Final = 10.0
"""Seconds beyond that for which an answer is waited for at most: one that hangs must end before the
lease does."""

FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 60.0
"""Seconds before Telegram is asked again after it gave no answer, or gave the updates to another
program; each wait is twice as long as the last."""

_CONNECTIONS: Final = 6
"""The poll's, and those of answers. None of them is one of the deliveries'."""

_IN_THE_WAY: Final = (
    "A webhook is set for this bot: another program has its updates. It is left alone; where nobody"
    " needs it any more, remove it with deleteWebhook."
)


class Intake:
    """Takes updates in until it is stopped.

    Args:
        heartbeat: knows the worker's number, and whether it may act under it.
    """

    def __init__(self, context: Context, heartbeat: Heartbeat) -> None:
        settings = context.settings
        self._gateway = Gateway(
            context.token,
            settings.api_url,
            request_timeout=min(settings.request_timeout, _LONGEST_CALL),
            connections=_CONNECTIONS,
        )
        self._record = IntakeRecord(context, self._gateway.bot_id, heartbeat)
        self._answers = Answers(context, self._gateway, self._record, lambda: self._lease)
        self._stopping = asyncio.Event()
        self._lease: Lease | None = None
        self._username: str | None = None
        self._webhook_asked = False
        self._asked_not_before = 0.0
        self._failures = 0
        self._well_since: float | None = None
        self._is_database_away = False

    def stop(self) -> None:
        """Ask for nothing more; the poll that waits is broken off."""
        self._stopping.set()
        self._answers.stop()

    async def run(self) -> None:
        """Take updates in until stopped, then give the lease up."""
        async with self._gateway:
            answering = asyncio.create_task(self._answers.run())
            while not self._stopping.is_set():
                (error,) = await asyncio.gather(self._step(), return_exceptions=True)
                if isinstance(error, DatabaseError):
                    self._note_database(error)
                    await self._idle(LOOK)
                elif error is not None:
                    logger.error("The intake met an unexpected error.", exc_info=error)
                    await self._idle(LOOK)
                else:
                    self._note_database(None)
            await answering
            if self._lease is not None:
                # Where that cannot be, the lease runs out.
                release = asyncio.to_thread(self._record.release, self._lease)
                await asyncio.gather(release, return_exceptions=True)

    async def _step(self) -> None:
        """Do what there is to do next."""
        if self._lease is None:
            self._lease = await asyncio.to_thread(self._record.take)
            if self._lease is None:
                await self._idle(LOOK)
                return
            logger.info("This worker takes the bot's updates in.")
            self._webhook_asked = False
        place = await asyncio.to_thread(self._record.renew, self._lease)
        if place is None:
            self._lose()
        elif await asyncio.to_thread(self._record.is_stopped):
            await self._idle(LOOK)
        elif (wait := self._asked_not_before - time.monotonic()) > 0:
            await self._idle(min(wait, POLL))
        else:
            await self._ask(self._lease, place)

    async def _ask(self, lease: Lease, place: Place) -> None:
        """Ask Telegram for updates, and apply what it gives; what it says otherwise is heeded."""
        try:
            updates = await self._poll(place)
        except RateLimitedError as error:
            self._asked_not_before = time.monotonic() + error.retry_after
            logger.warning("Updates are not taken in for now: %s.", error)
        except IntakeRefusedError as error:
            await self._give_way(lease, f"{error}.")
        except TokenRefusedError as error:
            await asyncio.to_thread(self._record.stop_bot, str(error))
        except TelegramUnreachableError as error:
            self._back_off()
            if self._failures == 1:
                logger.warning("Updates are not taken in for now: %s", error)
        else:
            if updates:
                await self._take_in(lease, updates)
            if updates is not None:
                await self._go_on(lease, place)

    async def _poll(self, place: Place) -> Sequence[Update] | None:
        """Wait for updates; None when stopped meanwhile."""
        if self._username is None:
            self._username = (await self._gateway.get_me()).username
        if not self._webhook_asked:
            if await self._gateway.has_webhook():
                raise IntakeRefusedError(_IN_THE_WAY.removesuffix("."))
            self._webhook_asked = True
        asked = self._gateway.get_updates(place.last_update_id, self._username, wait=POLL)
        return await self._unless_stopped(asked)

    async def _take_in(self, lease: Lease, updates: Sequence[Update]) -> None:
        reach(IntakePoint.UPDATES_RECEIVED)
        number = await self._apply(lease, updates)
        reach(IntakePoint.UPDATES_APPLIED)
        if number is None:
            self._lose()
        elif number:
            self._answers.wake()
        else:
            # What was taken in long ago: whoever answers so would do it again at once.
            self._back_off()
            logger.warning("Telegram gave only updates that had been taken in before.")

    async def _apply(self, lease: Lease, updates: Sequence[Update]) -> int | None:
        """Apply updates; how many were new, None where the lease was lost.

        One that cannot be applied is logged and passed over, so that it does not stand before the
        rest for ever.
        """
        applying = asyncio.to_thread(self._record.apply, lease, updates)
        (found,) = await asyncio.gather(applying, return_exceptions=True)
        if isinstance(found, DatabaseError):
            raise found
        if not isinstance(found, BaseException):
            return found
        if len(updates) == 1:
            (update,) = updates
            logger.error("An update cannot be applied: it is passed over.", exc_info=found)
            return await asyncio.to_thread(self._record.apply, lease, [Update(update.id)])
        numbers = [await self._apply(lease, [update]) for update in updates]
        return None if None in numbers else sum(number or 0 for number in numbers)

    async def _give_way(self, lease: Lease, reason: str) -> None:
        """Leave the updates to another program, and ask again later."""
        self._webhook_asked = False
        self._well_since = None
        # A worker of ours, to which the lease was lost, is no other program.
        if await asyncio.to_thread(self._record.renew, lease) is None:
            self._lose()
            return
        self._back_off()
        news = await asyncio.to_thread(self._record.note_trouble, lease, reason)
        if news or self._failures == 1:
            logger.warning("No updates are taken in; sending goes on. %s", reason)

    async def _go_on(self, lease: Lease, place: Place) -> None:
        """Note that updates come, once they have for as long as another program would not let."""
        now = time.monotonic()
        if self._asked_not_before > now:
            return
        if self._well_since is None:
            self._well_since = now
        if place.trouble is not None and now - self._well_since < POLL:
            return
        if self._failures and place.trouble is None:
            logger.info("Telegram answers again: updates are taken in.")
        self._failures = 0
        if place.trouble is not None and await asyncio.to_thread(
            self._record.note_trouble, lease, None
        ):
            logger.info("Updates are taken in again.")

    def _back_off(self) -> None:
        self._asked_not_before = time.monotonic() + min(
            FIRST_WAIT * 2.0 ** min(self._failures, 10), LONGEST_WAIT
        )
        self._failures += 1
        self._well_since = None

    def _lose(self) -> None:
        logger.warning("Another worker takes the bot's updates in by now; this one stands by.")
        self._lease = None

    def _note_database(self, error: DatabaseError | None) -> None:
        if error is not None and not self._is_database_away:
            logger.warning("Updates have to wait: %s", error)
        self._is_database_away = error is not None

    async def _unless_stopped(self, call: Coroutine[Any, Any, ResultT]) -> ResultT | None:
        """What a call gives; None where it was broken off since this is to end."""
        calling = asyncio.create_task(call)
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({calling, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if calling.done():
            return calling.result()
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
        return None

    async def _idle(self, seconds: float) -> None:
        """Wait so long, or until stopped."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
