"""A server of the standard library around a handler of a test's own, on a port that is free.

Must never leave a thread or a socket behind.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

_BETWEEN_LOOKS: Final = 0.02
"""Seconds after which it looks whether it is to end."""


@contextmanager
def plain_server(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve for as long as the block runs; give the address, without a path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(_BETWEEN_LOOKS,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
