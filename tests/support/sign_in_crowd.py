"""Sign-ins that come all at once, each from a network of its own: a process that a chaos test starts.

Says "ready", waits for a line, and prints how many were answered what, as JSON. With seconds, each of them
tries again as soon as he is answered, for that long.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter


async def crowd(
    host: str, port: int, kind: int, count: int, origin: str = "", seconds: float = 0.0
) -> Counter[int]:
    """Return what sign-ins with a wrong password were answered; with an origin they come from that site."""
    answers = Counter[int]()
    until = time.monotonic() + seconds

    async def one(number: int) -> None:
        await knock(number)
        while time.monotonic() < until:
            await knock(number)

    async def knock(number: int) -> None:
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
        answers[int(line.split()[1])] += 1

    await asyncio.gather(*(one(number) for number in range(count)))
    return answers


if __name__ == "__main__":
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    place, port, kind, count, origin, seconds = sys.argv[1:]
    answers = asyncio.run(crowd(place, int(port), int(kind), int(count), origin, float(seconds)))
    sys.stdout.write(json.dumps(answers))
