"""Two ways to keep a simulated Telegram running: beside other code, and on its own."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self, TypeVar

from hsl_tui.errors import RefusedError
from hsl_tui.telegram.simulator.config import SimulatorConfig
from hsl_tui.telegram.simulator.faults import FaultRule
from hsl_tui.telegram.simulator.record import AcceptedMessage, Stats
from hsl_tui.telegram.simulator.server import Simulator

ResultT = TypeVar("ResultT")


class SimulatorThread:
    """A simulator with a thread and an event loop of its own, for as long as the context lasts.

    Every method may be called from any thread.
    """

    def __init__(self, config: SimulatorConfig | None = None, *, port: int = 0) -> None:
        self._config = config
        self._port = port
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._simulator: Simulator | None = None
        self._failure: RefusedError | None = None
        self.url = ""

    def __enter__(self) -> Self:
        """Start it.

        Raises:
            RefusedError: See :meth:`Simulator.start`.
        """
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def simulator(self) -> Simulator:
        """The simulator itself; other threads reach it through :meth:`call`."""
        if self._simulator is None:
            raise RefusedError("The simulated Telegram is not started.")
        return self._simulator

    def call(self, act: Callable[[Simulator], ResultT]) -> ResultT:
        """Run ``act`` in the simulator's thread and return what it returns."""
        if self._loop is None:
            raise RefusedError("The simulated Telegram is not started.")

        async def run() -> ResultT:
            return act(self.simulator)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def accepted(self, chat_id: int | None = None) -> tuple[AcceptedMessage, ...]:
        """The messages that were accepted; readable after the end, too."""
        return self.simulator.accepted(chat_id)

    def chat_messages(self, chat_id: int) -> list[dict[str, Any]]:
        """What is to be seen in a chat now."""
        return self.call(lambda simulator: simulator.chat_messages(chat_id))

    @property
    def stats(self) -> Stats:
        """Counts; readable after the end, too."""
        return self.simulator.stats

    def remember(self, bot_id: int, chat_ids: Iterable[int]) -> list[int]:
        """See :meth:`Simulator.remember`."""
        return self.call(lambda simulator: simulator.remember(bot_id, chat_ids))

    def configure(self, **changes: Any) -> None:
        """See :meth:`Simulator.configure`."""
        self.call(lambda simulator: simulator.configure(**changes))

    def add_faults(self, *rules: FaultRule) -> None:
        """See :meth:`Simulator.add_faults`."""
        self.call(lambda simulator: simulator.add_faults(*rules))

    def clear_faults(self) -> None:
        self.call(Simulator.clear_faults)

    def queue_update(self, update: dict[str, Any]) -> int:
        """See :meth:`Simulator.queue_update`."""
        return self.call(lambda simulator: simulator.queue_update(update))

    def reset(self) -> None:
        """See :meth:`Simulator.reset`."""
        self.call(Simulator.reset)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except RefusedError as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._simulator = Simulator(self._config)
        await self._simulator.start(self._port)
        self.url = self._simulator.url
        self._ready.set()
        try:
            await self._stop.wait()
        finally:
            await self._simulator.stop()


def run_simulator(
    config: SimulatorConfig, port: int = 0, on_ready: Callable[[str], None] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM; ``on_ready`` is told the URL once calls are answered.

    Must run in the main thread.

    Raises:
        RefusedError: See :meth:`Simulator.start`.
    """
    asyncio.run(_serve_until_signal(config, port, on_ready))


async def _serve_until_signal(
    config: SimulatorConfig, port: int, on_ready: Callable[[str], None] | None
) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    previous = {
        number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    simulator = Simulator(config)
    try:
        await simulator.start(port)
        if on_ready is not None:
            on_ready(simulator.url)
        await stop.wait()
    finally:
        await simulator.stop()
        for number, handler in previous.items():
            signal.signal(number, handler)
