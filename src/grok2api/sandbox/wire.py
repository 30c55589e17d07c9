"""What arrives and what leaves, as plain values.

A handler turns a `Request` into an `Answer` and never touches a socket: only so can any answer be
delayed, cut or bent afterwards by a fault that knows nothing of its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from grok2api.sandbox import refusals
from grok2api.sandbox.blobs import Blob, Content

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
MULTIPART_TYPE = "multipart/form-data"
EVENT_STREAM_TYPE = "text/event-stream"

MAX_FIELDS = 100

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event: JSON or bare text, with the name of its `event:` line if it has one."""

    data: Json | str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body, in the order of arrival; `filename` is None for a plain field."""

    name: str
    filename: str | None
    content_type: str | None
    content: Blob

    def text(self) -> str:
        """Return the value of a plain field."""
        return self.content.whole().decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, wholly read.

    `body` is the decoded JSON, or None when there is none; `problem` says why it could not be decoded.
    `parts` are those of a multipart body, or None; `body` then only tells their names and sizes.
    `manner` is the name of the fault in force, for the few that change how an answer is written, with its
    number `amount` and its `detail`, if it has any.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Sequence[tuple[str, str]]
    raw: bytes = b""
    body: Any = None
    problem: str | None = None
    oversize: bool = False
    manner: str = ""
    parts: Sequence[Part] | None = None
    amount: float | None = None
    detail: Any = None

    def header(self, name: str) -> str | None:
        """Return the first header called `name` (lower case), or None."""
        return next((value for key, value in self.headers if key == name), None)

    def token(self) -> str | None:
        """Return the bearer token, or None when there is none in a usable form."""
        scheme, _, token = (self.header("authorization") or "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None

    def form(self) -> dict[str, str] | None:
        """Return the body as a form, or None when it is none or says something twice."""
        if (self.header("content-type") or "").partition(";")[0].strip().lower() != FORM_TYPE:
            return None
        try:
            pairs = parse_qsl(self.raw.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
        except ValueError:
            return None
        form = dict(pairs)
        return form if len(form) == len(pairs) else None

    def origin(self) -> str:
        """Return the address of the sandbox as this client knows it, without a path."""
        return f"http://{self.header('host') or 'localhost'}"

    def mapping(self) -> Json:
        """Return the body as an object, after the checks xAI makes of any JSON request.

        Raises: Refusal 415, 413, 400 (not JSON) or 422 (not an object).
        """
        types = [value for key, value in self.headers if key == "content-type"]
        if len(types) != 1 or types[0].partition(";")[0].strip().lower() != JSON_TYPE:
            raise refusals.wrong_content_type()
        if self.oversize:
            raise refusals.too_large()
        if self.problem is not None:
            raise refusals.not_json(self.problem)
        if not isinstance(self.body, dict):
            raise refusals.malformed("", "invalid type, expected a map")
        return self.body


@dataclass(slots=True)
class Answer:
    """One HTTP answer: a body, a content that is sent piece by piece, or the events of a stream.

    It is held back for `delay` seconds; with `drop` the connection closes in its place. `account` and `note`
    are for the journal.
    """

    status: int = 200
    body: bytes = b""
    content_type: str | None = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    events: list[Event] | None = None
    usage: Json | None = None
    delay: float = 0.0
    drop: bool = False
    account: str | None = None
    note: Json | None = None
    content: Content | None = None


def is_multipart(content_type: str | None) -> bool:
    """Tell whether a Content-Type header announces a multipart form."""
    return (content_type or "").partition(";")[0].strip().lower() == MULTIPART_TYPE


def answer_json(content: object, status: int = 200, usage: Json | None = None) -> Answer:
    """Return an answer whose body is `content` as compact JSON."""
    return Answer(status=status, body=msgspec.json.encode(content), usage=usage)


def answer_refusal(refusal: refusals.Refusal) -> Answer:
    """Return the answer that carries a refusal."""
    if refusal.body is None:
        return Answer(refusal.status, b"", None, dict(refusal.headers))
    return Answer(refusal.status, msgspec.json.encode(refusal.body), JSON_TYPE, dict(refusal.headers))
