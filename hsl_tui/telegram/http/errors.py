"""Why there is no answer, in words without the address."""

from __future__ import annotations

import os
import socket
import ssl


class HttpError(Exception):
    """There is no whole answer. The text says why in a few words, without the address.

    Attributes:
        status: of the answer that was cut short; None where none had come.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


def reason_of(error: OSError) -> str:
    """Say in a few words why a server cannot be reached; the error's own text may hold its name."""
    words: tuple[tuple[type[OSError], str], ...] = (
        (TimeoutError, "timed out"),
        (socket.gaierror, "host name not found"),
        (ssl.SSLCertVerificationError, "TLS certificate not accepted"),
        (ssl.SSLError, "TLS failed"),
    )
    for kind, reason in words:
        if isinstance(error, kind):
            return reason
    if error.errno:
        return os.strerror(error.errno).lower()
    if isinstance(error, ConnectionError):
        return "connection closed in the TLS handshake"
    # They may have failed in different ways.
    return "none of its addresses answers"
