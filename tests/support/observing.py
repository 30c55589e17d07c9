"""What a client sees on the wire, what the ledger holds, and waiting for it a bounded number of times."""

from __future__ import annotations

import http.client
import json
import re
import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from typing_extensions import override

from support.processes import Gateway
from support.witness import judge

TRIES = 1200
PAUSE = 0.025
_IDS = re.compile(r'"((?:chatcmpl-|resp_|msg_|rs_|fc_|ws_|call_)[^"]+)"')
_TIMES = re.compile(r'"(created|created_at|completed_at)":\d+')


def eventually(found: Callable[[], Any], what: str = "it", tries: int = TRIES) -> Any:
    """Return the first true value that `found` returns; fail after so many tries."""
    for _ in range(tries):
        if value := found():
            return value
        time.sleep(PAUSE)
    raise AssertionError(f"{what} did not happen within {tries} looks")


@dataclass(frozen=True, slots=True)
class Said:
    """One server-sent event; `data` is decoded, or the text itself where it is no JSON."""

    name: str
    data: Any


def events_of(body: bytes) -> list[Said]:
    """Return the events of a finished stream; it must hold whole frames with LF line ends only."""
    assert b"\r" not in body
    text = body.decode()
    assert not text or text.endswith("\n\n"), text[-200:]
    return [_event(frame) for frame in text.split("\n\n")[:-1] if not frame.startswith(":")]


def _event(frame: str) -> Said:
    lines = dict(line.split(": ", 1) for line in frame.split("\n"))
    data = lines["data"]
    return Said(lines.get("event", ""), data if data == "[DONE]" else json.loads(data))


def chat_text(events: list[Said]) -> str:
    """Return the answer's text of a chat stream."""
    deltas = [choice["delta"] for event in events for choice in _choices(event)]
    return "".join(delta.get("content") or "" for delta in deltas)


def finish_reasons(events: list[Said]) -> list[str]:
    """Return every finish reason that a chat stream told."""
    return [
        choice["finish_reason"] for event in events for choice in _choices(event) if choice["finish_reason"]
    ]


def _choices(event: Said) -> list[dict[str, Any]]:
    choices: list[dict[str, Any]] = event.data.get("choices", []) if isinstance(event.data, dict) else []
    return choices


def responses_text(events: list[Said]) -> str:
    """Return the answer's text of a responses stream."""
    return "".join(event.data["delta"] for event in events if event.name == "response.output_text.delta")


def impersonal(body: bytes) -> str:
    """Return what was said without what differs between two equal answers: ids are numbered, times are 0."""
    known: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        return f'"{known.setdefault(found[1], f"id-{len(known)}")}"'

    return _TIMES.sub(r'"\1":0', _IDS.sub(numbered, body.decode()))


class _KeptAnswer(http.client.HTTPResponse):
    """An answer that keeps what was read of it."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.kept = bytearray()

    @override
    def read(self, amt: int | None = None) -> bytes:
        piece = super().read(amt)
        self.kept += piece
        return piece

    @override
    def read1(self, n: int = -1) -> bytes:
        piece = super().read1(n)
        self.kept += piece
        return piece


class Caller:
    """One request over a socket of its own, which can be left at any moment."""

    def __init__(
        self,
        gateway: Gateway,
        path: str,
        body: object,
        *,
        announced: int = 0,
        seconds: float = 30,
        method: str = "POST",
    ) -> None:
        """Send a request; with `announced`, one that says it is longer than it is."""
        address = urlsplit(gateway.url)
        content = json.dumps(body).encode()
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=seconds)
        self._connection.response_class = _KeptAnswer
        self._asked = ("/v1" + path, method)
        length = {"Content-Type": "application/json", "Content-Length": str(announced or len(content))}
        self._connection.request(method, "/v1" + path, content, gateway.headers | length)
        self._socket = self._connection.sock
        self._answer: http.client.HTTPResponse | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    @property
    def answer(self) -> http.client.HTTPResponse:
        """The answer, once its headers are there."""
        if self._answer is None:
            self._answer = self._connection.getresponse()
        return self._answer

    def read_until(self, words: bytes) -> bytes:
        """Return what came, up to the read that completed `words`."""
        got = b""
        while words not in got:
            piece = self.answer.read1(65536)
            assert piece, got
            got += piece
        return got

    def leave(self) -> None:
        """Hang up; what was read is judged."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        answer, self._answer = self._answer, None
        if isinstance(answer, _KeptAnswer):
            headers = {name.lower(): value for name, value in answer.getheaders()}
            if answer.isclosed() or "event-stream" in headers.get("content-type", ""):
                judge(*self._asked, answer.status, headers, bytes(answer.kept))
            answer.close()
        self._connection.close()
        self._socket = None


def database(directory: Path) -> Path:
    """Return where a gateway of this directory keeps its records."""
    return directory / "data" / "grok2api.db"


def ledger(directory: Path) -> list[dict[str, Any]]:
    """Return the ledger's rows in the order in which the requests came."""
    with closing(sqlite3.connect(f"file:{database(directory)}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM usage_records ORDER BY started_at")]


def ledger_of(directory: Path, rows: int) -> list[dict[str, Any]]:
    """Return the ledger once it holds at least so many rows."""
    eventually(lambda: len(ledger(directory)) >= rows, f"a ledger of {rows} rows")
    return ledger(directory)


def row_of(gateway: Gateway, request_id: str) -> dict[str, Any]:
    """Return the one row that the ledger holds of a request, once it is there."""

    def look() -> list[dict[str, Any]]:
        return [row for row in ledger(gateway.directory) if row["request_id"] == request_id]

    (row,) = eventually(look, f"the ledger's row of {request_id}")
    found: dict[str, Any] = row
    return found


def ledger_since(directory: Path, moment: float, rows: int = 1) -> list[dict[str, Any]]:
    """Return the rows of requests that came since a time (Unix seconds), once there are so many."""

    def look() -> list[dict[str, Any]] | None:
        found = [row for row in ledger(directory) if row["started_at"] >= moment]
        return found if len(found) >= rows else None

    found: list[dict[str, Any]] = eventually(look, f"{rows} new rows in the ledger")
    return found


def open_sockets(process_id: int) -> int:
    """Return how many sockets a process holds open (Linux only)."""
    return sum(name.startswith("socket:") for name in open_files(process_id))


def open_files(process_id: int) -> list[str]:
    """Return the names of all that a process holds open (Linux only)."""
    names = []
    for descriptor in Path(f"/proc/{process_id}/fd").iterdir():
        with suppress(FileNotFoundError):
            names.append(str(descriptor.readlink()))
    return names


def children(process_id: int) -> list[int]:
    """Return the children of a process that still run (Linux only)."""
    listed = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    return [int(child) for child in listed if _runs(int(child))]


def threads(process_id: int) -> int:
    """Return how many threads a process has (Linux only)."""
    return len(list(Path(f"/proc/{process_id}/task").iterdir()))


def workers_of(supervisor: int) -> list[int]:
    """Return the workers of a server: forks of its main process, hence with its command line (Linux only)."""
    command = _command_line(supervisor)
    return [child for child in children(supervisor) if _command_line(child) == command]


def _command_line(process_id: int) -> str:
    try:
        return Path(f"/proc/{process_id}/cmdline").read_text()
    except OSError:
        return ""


def _runs(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
