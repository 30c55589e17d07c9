"""Request bodies that nobody should send: valid ones with something wrong, and JSON that means nothing.

The choices are hypothesis's, so that a body that breaks something is made as small as it can be.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

WORDS: Sequence[str] = (
    "", " ", "a", "grok-3", "grok-4", "no-such-model", "user", "assistant", "system", "developer", "tool",
    "function", "text", "input_text", "output_text", "input_image", "image_url", "input_file", "file",
    "reasoning", "message", "function_call", "function_call_output", "item_reference", "web_search",
    "x_search", "mcp", "auto", "none", "required", "json_object", "json_schema", "low", "high", "minimal",
    "resp_x", "msg_x", "call_1", "{}", "[", "null", "true", "https://example.com/a.png",
    "file:///etc/passwd", "http://127.0.0.1/", "data:image/png;base64,AA", "data:,", "\x00", "\u2028",
    "\ud800", "😀", "模型", "é", "x" * 300, "../..", "%00", "'; --", "${x}", "<b>", "\r\n\r\n",
    "event: x\ndata: y\n\n", "[DONE]", "__proto__", "constructor",
)  # fmt: skip
NUMBERS: Sequence[float] = (
    0, 1, -1, 2, 3, 100, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63), 10**40, 0.0, -0.0, 0.5, 1.5, 1e-320,
    1e308, 32000.0,
)  # fmt: skip
Json = dict[str, Any]


class Fuzzer:
    """Makes bodies out of valid requests and the field names of a surface."""

    def __init__(self, random: Random, valid: Sequence[Json], names: Sequence[str]) -> None:
        self._random = random
        self._valid = valid
        self._names = names

    def value(self, depth: int = 0) -> Any:
        """Return any JSON value."""
        kind = self._random.random()
        if depth > 3 or kind < 0.35:
            return self._random.choice(WORDS)
        if kind < 0.55:
            return self._random.choice(NUMBERS)
        if kind < 0.7:
            return self._random.choice((None, True, False))
        size = self._random.choice((0, 1, 1, 2, 5))
        if kind < 0.85:
            return [self.value(depth + 1) for _ in range(size)]
        return {self._key(): self.value(depth + 1) for _ in range(size)}

    def _key(self) -> str:
        return self._random.choice(
            (*self._names, "type", "role", "content", "text", "name", "id", "tools", "url")
        )

    def body(self) -> bytes:
        """Return one body."""
        kind = self._random.random()
        if kind < 0.05:
            return self._text(self.value())
        if kind < 0.15:
            return self._text({self._key(): self.value() for _ in range(self._random.randrange(8))})
        request = copy.deepcopy(self._random.choice(self._valid))
        for _ in range(self._random.choice((1, 1, 1, 2, 3))):
            self._mutate(request)
        text = self._text(request)
        return self._damaged(text) if kind > 0.95 else text

    def _text(self, value: Any) -> bytes:
        plain = self._random.random() < 0.5
        try:
            return json.dumps(value, ensure_ascii=not plain).encode()
        except UnicodeEncodeError:
            return json.dumps(value).encode()

    def _damaged(self, text: bytes) -> bytes:
        at = self._random.randrange(len(text))
        if self._random.random() < 0.5:
            return text[:at]
        return text[:at] + self._random.randbytes(self._random.choice((1, 2, 8))) + text[at + 1 :]

    def _mutate(self, request: Json) -> None:
        """Change one thing somewhere in a request."""
        kind, places = self._random.random(), list(_places(request))
        if not places or kind > 0.8:
            request[self._random.choice(self._names)] = self.value()
            return
        holder, key = self._random.choice(places)
        if kind < 0.5:
            holder[key] = self.value()
        elif kind < 0.65:
            del holder[key]
        elif kind < 0.75:
            holder[key] = [holder[key]] * self._random.choice((1, 2, 20))
        else:
            holder[key] = {self._key(): holder[key]}


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every (container, key) of a JSON value."""
    entries: Any = ()
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list):
        entries = list(enumerate(value))
    for key, inner in entries:
        yield value, key
        yield from _places(inner)
