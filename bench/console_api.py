"""Times of the admin API over one kept connection, and of requests under /v1 that go on beside them."""

from __future__ import annotations

import http.client
import json
import re
import statistics
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

PASSWORD: Final = "the console's password"  # noqa: S105  of a server that lives as long as the measurement
_IDLE: Final = 2.0
_CHAT: Final = {"model": "grok-3", "messages": [{"role": "user", "content": "say exactly: hello"}]}


METRICS_TOKEN: Final = "metrics-of-the-bench"  # noqa: S105
_LATENESS: Final = re.compile(r'grok2api_event_loop_lag_seconds_bucket\{.*?le="([^"]+)".*?\} (\S+)')


def lateness(url: str) -> dict[float, float]:
    """Return how often the event loops of all workers were no later than so many seconds."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request("GET", "/metrics", headers={"authorization": f"Bearer {METRICS_TOKEN}"})
    text = connection.getresponse().read().decode()
    connection.close()
    counts: dict[float, float] = {}
    for bound, count in _LATENESS.findall(text):
        counts[float(bound)] = counts.get(float(bound), 0.0) + float(count)
    return counts


def late_by(before: dict[float, float], after: dict[float, float], share: float) -> float:
    """Return the milliseconds that so large a share of the looks in between did not exceed."""
    counts = {bound: after[bound] - before.get(bound, 0.0) for bound in sorted(after)}
    return next(bound * 1000 for bound, count in counts.items() if count >= share * max(counts.values()))


def shares(seconds: list[float]) -> tuple[float, float]:
    """Return the median and the 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    return statistics.median(ordered) * 1000, ordered[max(0, -(-len(ordered) * 95 // 100) - 1)] * 1000


class Api:
    """The admin API, signed in."""

    def __init__(self, url: str, *, seconds: float = 120) -> None:
        host = urlsplit(url).netloc
        self._connection = http.client.HTTPConnection(host, timeout=seconds)
        self._headers = {"content-type": "application/json"}
        self._used_at = 0.0
        token = self.call("POST", "/session", {"password": PASSWORD})["token"]
        self._headers["authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, body: object = None, *, raw: bytes | None = None) -> Any:
        """Return the answer's JSON; AssertionError for anything but a success."""
        content = raw if raw is not None else (None if body is None else json.dumps(body).encode())
        headers = self._headers if raw is None else {**self._headers, "content-type": "text/csv"}
        if time.monotonic() - self._used_at > _IDLE:
            self._connection.close()  # the server may have closed it, and a request is never sent twice
        self._connection.request(method, f"/admin/api{path}", content, headers)
        response = self._connection.getresponse()
        answer = response.read()
        self._used_at = time.monotonic()
        assert response.status < 300, (path, response.status, answer[:300])
        return json.loads(answer) if answer else None

    def first_byte(self, path: str) -> float:
        """Return seconds until the first byte of an answer's body; the rest is not read."""
        begun = time.monotonic()
        self._connection.request("GET", f"/admin/api{path}", headers=self._headers)
        response = self._connection.getresponse()
        response.read(1)
        taken = time.monotonic() - begun
        self._connection.close()
        return taken

    def times(self, path: str, *, rounds: int) -> list[float]:
        """Return the seconds of each of some equal reads, the first one included."""
        found = []
        for _ in range(rounds):
            begun = time.monotonic()
            self.call("GET", path)
            found.append(time.monotonic() - begun)
        return found

    def walk(self, path: str) -> list[float]:
        """Return the seconds of each page up to the last one."""
        found, cursor = list[float](), ""
        while True:
            begun = time.monotonic()
            page = self.call("GET", f"{path}&cursor={cursor}")
            found.append(time.monotonic() - begun)
            cursor = page["next_cursor"] or ""
            if not cursor:
                return found

    def work(self, path: str, body: object = None, *, raw: bytes | None = None) -> float:
        """Return the seconds that an action takes to its end, as a job or at once."""
        begun = time.monotonic()
        told = self.call("POST", path, body, raw=raw)
        job = told.get("job")
        while job is not None and job["state"] in {"waiting", "running"}:
            time.sleep(0.1)
            job = self.call("GET", f"/jobs/{job['id']}")
        assert job is None or job["state"] == "done", job
        return time.monotonic() - begun


@dataclass
class Traffic:
    """Chat requests at an even pace on a thread of its own, each timed."""

    url: str
    key: str
    per_second: float = 20.0
    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    _stopped: threading.Event = field(default_factory=threading.Event)

    def during(self, work: Callable[[], None]) -> tuple[float, float]:
        """Return the median and the 95th percentile in milliseconds while some work is done."""
        self.seconds, self.failed = [], 0
        self._stopped.clear()
        thread = threading.Thread(target=self._send)
        thread.start()
        try:
            work()
        finally:
            self._stopped.set()
            thread.join()
        return shares(self.seconds or [0.0])

    def _send(self) -> None:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.key}"}
        body, due = json.dumps(_CHAT), time.monotonic()
        while not self._stopped.is_set():
            begun = time.monotonic()
            connection.request("POST", "/v1/chat/completions", body, headers)
            response = connection.getresponse()
            response.read()
            self.seconds.append(time.monotonic() - begun)
            self.failed += response.status != 200
            due = max(due + 1 / self.per_second, time.monotonic())
            self._stopped.wait(due - time.monotonic())
