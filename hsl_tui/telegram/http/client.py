"""Keep-alive connections to one server, each used by one call at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from hsl_tui.telegram.http.connection import Answer, Connection
from hsl_tui.telegram.http.errors import HttpError, reason_of
from hsl_tui.telegram.http.route import Route


class HttpClient:
    """Makes calls to one server, through the environment's proxy if there is one.

    A proxy is taken from ``HTTPS_PROXY``, ``NO_PROXY`` and so on, but never for a loopback address.
    Redirects are not followed. It belongs to the event loop that uses it; close it there.

    Args:
        url: root of the server. User and password in it are sent as basic authentication.
        connections: most calls on the way at the same time; further ones wait.
    """

    def __init__(self, url: str, *, connections: int) -> None:
        self._url = url
        self._places = asyncio.Semaphore(connections)
        self._free: deque[Connection] = deque()
        self._is_closed = False
        self._route: Route | None = None

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: Sequence[bytes | memoryview] = (),
        content_type: str | None = None,
        within: float,
        before_write: Callable[[], None] = lambda: None,
    ) -> Answer:
        """Make one call.

        Args:
            method: of HTTP.
            path: below the root, with a slash at its beginning.
            body: in pieces.
            content_type: of the body.
            within: seconds for all of it, the wait for a free connection included.
            before_write: told when a connection stands, from where on the request may have left.

        Raises:
            HttpError: there is no whole answer.
        """
        connection: Connection | None = None
        try:
            async with asyncio.timeout(within), self._places:
                route = self._find_route()
                head = route.head(method, path, content_type, sum(map(len, body)))
                connection = self._take() or await route.open()
                before_write()
                answer = await connection.ask(head, body, only_head=method == "HEAD")
                # What a HEAD's answer says of a body that never comes would be waited for.
                if method == "HEAD" or self._is_closed:
                    connection.abort()
                else:
                    self._free.append(connection)
                return answer
        except HttpError as failed:
            reason, status = str(failed), failed.status
        except OSError as failed:
            reason, status = reason_of(failed), connection.status if connection else None
            # What raised it may hold it, and with it all that is on the way: the request too.
            failed.__traceback__ = None
        # Outside of the handlers: what was met on the way may know the address.
        raise HttpError(reason, status)

    async def close(self) -> None:
        """Close the connections that are free; the others close when their calls end."""
        self._is_closed = True
        for connection in self._free:
            connection.abort()
        while self._free:
            await self._free.pop().wait_closed()

    def _find_route(self) -> Route:
        if self._route is None:
            try:
                self._route = Route(self._url)
            except ValueError as error:
                raise HttpError(str(error)) from None
        return self._route

    def _take(self) -> Connection | None:
        """A free connection: the one that was used last, for the others to grow old."""
        while self._free:
            connection = self._free.pop()
            if connection.is_usable():
                self._abort_old()
                return connection
            connection.abort()
        return None

    def _abort_old(self) -> None:
        while self._free and not self._free[0].is_usable():
            self._free.popleft().abort()
