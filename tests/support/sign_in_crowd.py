"""Sign-ins that come all at once, each from a network of its own: a process that a chaos test starts.

Says "ready", waits for a line, and prints how many were answered what, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter


async def crowd(host: str, port: int, kind: int, count: int, origin: str = "") -> Counter[int]:
    """Return what sign-ins with a wrong password were answered; with an origin they come from that site."""

    async def one(number: int) -> int:
        reader, writer = await asyncio.open_connection(host, port)
        body = json.dumps({"name": f"nobody-{number}", "password": "wrong"})
        lines = (
            "POST /admin/api/session HTTP/1.1",
            f"Host: {host}:{port}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            f"X-Forwarded-For: 10.{kind}.{number}.1",
            *([f"Origin: {origin}"] if origin else []),
        )
        writer.write("\r\n".join((*lines, "", body)).encode())
        line = await reader.readline()
        writer.close()
        return int(line.split()[1])

    return Counter(await asyncio.gather(*(one(number) for number in range(count))))


if __name__ == "__main__":
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    place, port, kind, count, *origin = sys.argv[1:]
    answers = asyncio.run(crowd(place, int(port), int(kind), int(count), *origin))
    sys.stdout.write(json.dumps(answers))
