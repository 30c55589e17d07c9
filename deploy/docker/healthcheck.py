"""Exit with 0 if the server of this container answers `GET /health`, else with 1.

It says whether the process serves, not whether it can reach its store (`GET /ready` does): a container must
not be ended because its database is away.
"""

from __future__ import annotations

import http.client
import os
import sys
from typing import Final

SECONDS: Final = 4.0
"""Less than the time that the Dockerfile gives to a check."""


def healthy(port: int) -> bool:
    """Tell whether a server on this port answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not healthy(int(os.environ.get("SERVER_PORT") or 8000)))
