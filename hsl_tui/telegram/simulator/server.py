"""The HTTP server of the simulated Telegram, on loopback only."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler

from hsl_tui.errors import RefusedError
from hsl_tui.telegram.simulator.albums import album_size
from hsl_tui.telegram.simulator.answers import cut, faulty, refusal, success
from hsl_tui.telegram.simulator.calls import BODY_LIMIT, Call, Refusal, read_parameters
from hsl_tui.telegram.simulator.config import SimulatorConfig
from hsl_tui.telegram.simulator.control import control
from hsl_tui.telegram.simulator.faults import Fault, FaultBook, FaultRule
from hsl_tui.telegram.simulator.limits import FloodControl
from hsl_tui.telegram.simulator.methods import SENDS, BotApi
from hsl_tui.telegram.simulator.record import AcceptedMessage, Record, Stats
from hsl_tui.telegram.simulator.updates import UpdateQueue

HOST = "127.0.0.1"
_TOKEN = re.compile(r"(\d+):[A-Za-z0-9_-]+")
_SECONDS_TO_FINISH = 1.0


class Simulator:
    """The Bot API at ``url`` while it is started; to be used in one event loop."""

    def __init__(self, config: SimulatorConfig | None = None) -> None:
        self._config = config or SimulatorConfig()
        self._record = Record(self._config.record_path)
        self._updates = UpdateQueue()
        self._api = BotApi(self._record, self._updates)
        self._api.config = self._config
        self._faults = FaultBook(self._config.faults)
        self._flood = FloodControl()
        self._runner: web.ServerRunner | None = None
        self._stopping = asyncio.Event()

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one.

        Raises:
            RefusedError: The port cannot be had, or the record's file cannot be written.
        """
        try:
            self._record.open()
        except OSError as error:
            raise RefusedError(f"The record cannot be written: {error.strerror}.") from None
        self._stopping.clear()
        server = web.Server(self._handle, request_factory=_new_request, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=_SECONDS_TO_FINISH)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, port, backlog=1024).start()
        except OSError as error:
            await self.stop()
            raise RefusedError(
                f"Port {port} on {HOST} cannot be had ({error.strerror}); choose another."
            ) from None

    async def stop(self) -> None:
        """Close every connection, those that wait for an answer too, and the record."""
        self._stopping.set()
        self._updates.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self._record.close()

    @property
    def url(self) -> str:
        """Root of the Bot API server, as ``HSL_TUI_API_URL`` takes it."""
        if self._runner is None:
            raise RefusedError("The simulated Telegram is not started.")
        return f"http://{HOST}:{self._runner.addresses[0][1]}"

    @property
    def config(self) -> SimulatorConfig:
        return self._config

    @property
    def stats(self) -> Stats:
        return self._record.stats

    def accepted(self, chat_id: int | None = None) -> tuple[AcceptedMessage, ...]:
        """The messages that were accepted, in this order; with a chat, those for it."""
        messages = tuple(self._record.messages)
        if chat_id is None:
            return messages
        return tuple(each for each in messages if each.chat_id == chat_id)

    def chat_messages(self, chat_id: int) -> list[dict[str, Any]]:
        """What is to be seen in a chat now, as the Bot API's Messages."""
        return self._api.chat_messages(chat_id)

    def remember(self, bot_id: int, chat_ids: Iterable[int]) -> list[int]:
        """Let a message be in each of these chats that was sent before the start; their ids.

        They can be edited and deleted, and are not on the record.
        """
        return self._api.remember(bot_id, chat_ids)

    def configure(self, **changes: Any) -> None:
        """Change fields of the config from now on; the record's path stays as it was."""
        self._config = self._api.config = replace(self._config, **changes)

    @property
    def faults(self) -> tuple[FaultRule, ...]:
        """The rules in force, in their order."""
        return self._faults.rules

    def add_faults(self, *rules: FaultRule) -> None:
        """Put rules behind those in force; the first that matches a call decides."""
        self._faults.add(*rules)

    def clear_faults(self) -> None:
        self._faults.clear()

    def queue_update(self, update: dict[str, Any]) -> int:
        """Queue an update for getUpdates; returns its ``update_id``."""
        self._api.learn_update(update)
        return self._updates.add(update)

    def reset(self) -> None:
        """Forget messages, files, counts, faults, updates and limits; settings stay."""
        self._record.clear()
        self._api.clear()
        self._faults.clear()
        self._updates.clear()
        self._flood.clear()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith("/bot"):
            return await self._answer(request, path[len("/bot") :])
        if path.startswith("/control/"):
            return await control(self, request)
        return refusal(404, "Not Found")

    async def _answer(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        self._record.stats.requests += 1
        if self._config.down == "close":
            return cut(request)
        if self._config.down == "bad_gateway":
            return refusal(502, "Bad Gateway")
        token, _, method = path.partition("/")
        try:
            parameters, uploads = await read_parameters(request)
            call = Call(self._bot_id(token), method, parameters, uploads)
            fault = self._admit(call)
        except Refusal as no:
            answer, fault = refusal(no.code, no.description, no.parameters), None
        else:
            answer, fault = await self._carry_out(call, fault)
        if self._config.latency:
            await asyncio.sleep(self._config.latency)
        if fault is not None:
            return await faulty(request, fault, answer, self._stopping)
        return answer

    def _bot_id(self, token: str) -> int:
        shape = _TOKEN.fullmatch(token)
        known = self._config.tokens
        if shape is None or (known is not None and token not in known):
            raise Refusal("Unauthorized", 401)
        return int(shape[1])

    def _admit(self, call: Call) -> Fault | None:
        """Hold the call against the limits, then draw the fault that it meets, if any."""
        name = call.method.lower()
        if name not in self._api.methods:
            raise Refusal("Not Found", 404)
        chat_id = call.chat_id
        if name in SENDS:
            paid = call.flag("allow_paid_broadcast")
            wait = self._flood.check(
                call.bot_id,
                chat_id or 0,
                time.monotonic(),
                self._config,
                paid=paid,
                messages=album_size(call) if name == "sendmediagroup" else 1,
            )
            if wait is not None:
                self._record.stats.refused_429 += 1
                raise Refusal(f"Too Many Requests: retry after {wait}", 429, {"retry_after": wait})
        fault = self._faults.draw(name, chat_id)
        if fault is not None and "migrate_to_chat_id" in fault.parameters:
            self._api.learn_chat(fault.parameters["migrate_to_chat_id"])
        return fault

    async def _carry_out(
        self, call: Call, fault: Fault | None
    ) -> tuple[web.Response, Fault | None]:
        """The answer that is due; a call that is refused anyway meets no fault."""
        if fault is not None and not fault.accepted:
            return success(result=True), fault
        try:
            result = await self._api.methods[call.method.lower()](call)
        except Refusal as no:
            return refusal(no.code, no.description, no.parameters), None
        return success(result), fault


def _new_request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(
        message, payload, protocol, writer, task, loop, client_max_size=BODY_LIMIT
    )
