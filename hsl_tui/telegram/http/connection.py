"""One connection: a request at a time, whose answer llhttp reads (the parser of Node.js)."""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, cast

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade
from httptools import HttpResponseParser as Parser

from hsl_tui.telegram.http.errors import HttpError, reason_of

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of an answer with its head, beyond which it is given up; a hundred updates are 1 MB."""
_KEPT: Final = 15.0
"""Seconds without use after which a connection is not used again; servers keep them longer."""


@dataclass(slots=True)
class Answer:
    """What a server said.

    Attributes:
        status: None until its head has come.
        headers: by name in small letters; of several with one name the last.
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Connection(asyncio.Protocol):
    """A connection to a server or to a proxy, in the running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._parser = Parser(self)
        self._answer = Answer()
        self._body: list[bytes] = []
        """Its pieces."""
        self._end: asyncio.Future[str | None] | None = None
        """Of the answer that is waited for, or was last: what went wrong with it, in words."""
        self._received = 0
        """Bytes of it so far."""
        self._only_head = False
        self._reusable = True
        self._go_on = asyncio.Event()
        """Clear while the server takes nothing more of a request."""
        self._go_on.set()
        self._closed = asyncio.Event()
        self._free_since = self._loop.time()

    # --- what its user does ---------------------------------------------------------------------

    @property
    def status(self) -> int | None:
        """The status of the last answer, once it has come."""
        return self._answer.status

    async def ask(
        self, head: bytes, body: Sequence[bytes | memoryview] = (), *, only_head: bool = False
    ) -> Answer:
        """Send a request and give the answer to it; all but a whole one closes the connection.

        Args:
            head: with the empty line at its end.
            body: in pieces, of which the next leaves when the server has taken what is before.
            only_head: no body follows the answer's head, whatever that says.

        Raises:
            HttpError: the answer did not come, or not as a whole.
        """
        self._answer = Answer()
        self._body = []
        self._received = 0
        self._only_head = only_head
        self._end = end = self._loop.create_future()
        is_whole = False
        try:
            # One piece with the head leaves in one packet, as nearly every message does.
            self._transport.write(b"".join((head, *body[:1])))
            for piece in body[1:]:
                # The loop's turn, in which it tells that the connection is gone.
                await asyncio.sleep(0)
                await self._go_on.wait()
                if end.done():
                    # The server has seen enough, or is gone.
                    self._reusable = False
                    break
                self._transport.write(piece)
            reason = await end
            if reason is not None:
                raise HttpError(reason, self._answer.status)
            is_whole = True
        finally:
            end.cancel()
            self._free_since = self._loop.time()
            # A rest of the request that the server no longer takes would hold the next one back.
            is_free = is_whole and not self._transport.get_write_buffer_size()
            self._reusable = self._reusable and is_free
            if not self._reusable:
                self.abort()
        self._answer.body = b"".join(self._body)
        return self._answer

    @property
    def is_open(self) -> bool:
        """Whether it stands, by all that the event loop has told."""
        return self._reusable and not self._closed.is_set() and not self._transport.is_closing()

    def is_usable(self) -> bool:
        """Whether another request may be sent, as far as can be known here."""
        free = self._loop.time() - self._free_since
        return self.is_open and free < _KEPT and not self._has_news()

    def _has_news(self) -> bool:
        """Whether the server sent something while nothing was asked: most often, that it closes.

        The event loop may not have come to it yet; and what became of a request that is sent then
        would never be known.
        """
        socket = self._transport.get_extra_info("socket")
        # TLS within TLS hears of the end a turn of the loop later.
        if socket is None or socket.fileno() < 0:
            return True
        news = select.poll()
        news.register(socket, select.POLLIN)
        return bool(news.poll(0))

    def abort(self) -> None:
        """Close it at once; the event loop lets go of it in its next turns."""
        self._reusable = False
        # asyncio trips over a second end of a connection that ended while it was written to.
        if not self._closed.is_set():
            self._transport.abort()

    async def wait_closed(self) -> None:
        """Wait until the event loop has let go of it."""
        await self._closed.wait()

    async def begin_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Speak to the server at the end of a tunnel from here on.

        Raises:
            OSError: that does not speak TLS, or is not this host.
        """
        transport: asyncio.Transport | None = None
        try:
            transport = await self._loop.start_tls(
                self._transport, self, context, server_hostname=host
            )
        except TypeError:
            # What it makes of every failure of TLS within TLS, before Python 3.11.8 and 3.12.2.
            raise ssl.SSLError from None
        finally:
            if transport is None:
                # asyncio itself would wait for all that is written to leave.
                self.abort()
        if transport is None:
            # asyncio's answer where the connection ended under the handshake.
            raise ConnectionResetError
        self._transport = transport
        self._parser = Parser(self)

    # --- what the event loop tells --------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to send by."""
        self._transport = cast("asyncio.Transport", transport)

    def pause_writing(self) -> None:
        """Hold the next piece of a request back."""
        self._go_on.clear()

    def resume_writing(self) -> None:
        """Let the next piece of a request go."""
        self._go_on.set()

    def data_received(self, data: bytes) -> None:
        """Read a part of the answer."""
        if self._is_over():
            # Nothing was asked. What came may not be taken for the next answer.
            self.abort()
            return
        self._received += len(data)
        if self._received > LARGEST:
            self._finish("the answer is too large")
            return
        try:
            self._parser.feed_data(data)
        except HttpParserCallbackError:
            raise
        except (HttpParserError, HttpParserUpgrade):
            self._reusable = False
            self._finish("the answer is not HTTP")

    def eof_received(self) -> None:
        """Take what has come for all; the event loop closes the connection."""
        self._reusable = False
        self._end_answer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits for an answer that there is none."""
        self._closed.set()
        if isinstance(exc, OSError) and exc.errno:
            self._finish(reason_of(exc))
        else:
            self._end_answer()

    def _end_answer(self) -> None:
        """Nothing more will come."""
        answer = self._answer
        if answer.status is None:
            self._finish("connection closed before an answer")
        elif answer.headers.keys() & {"content-length", "transfer-encoding"}:
            self._finish("connection closed within the answer")
        else:
            # Without a length it ends with the connection (RFC 9112, 6.3).
            self._finish()

    def _finish(self, reason: str | None = None) -> None:
        self._go_on.set()
        if not self._is_over() and self._end is not None:
            self._end.set_result(reason)

    def _is_over(self) -> bool:
        return self._end is None or self._end.done()

    # --- what the parser tells ------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A second answer to one request belongs to nothing, nor does what comes after it."""
        if self._is_over():
            self._reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        if not self._is_over():
            self._answer.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Note the status; of "100 Continue" and the like (RFC 9110, 15.2) there is no need."""
        if self._is_over():
            return
        status = self._parser.get_status_code()
        if status < HTTPStatus.OK:
            self._answer.headers.clear()
            return
        self._answer.status = status
        if self._only_head:
            self._finish()

    def on_body(self, body: bytes) -> None:
        """Take in a part of the body."""
        if not self._is_over():
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Hand the answer over."""
        if self._answer.status is not None and not self._is_over():
            self._reusable = self._reusable and self._parser.should_keep_alive()
            self._finish()
