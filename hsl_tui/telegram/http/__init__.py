"""An HTTP/1.1 client for one server, which knows of every request how far it got.

That is what tells a message that was never sent from one that may have been. And it takes about
half of a general client's processor time for a call, of which a worker makes up to a thousand a
second, and a fraction of its memory (``python -m benchmarks calls``).
"""

from hsl_tui.telegram.http.client import HttpClient
from hsl_tui.telegram.http.connection import Answer
from hsl_tui.telegram.http.errors import HttpError

__all__ = ["Answer", "HttpClient", "HttpError"]
