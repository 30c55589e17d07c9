"""What was answered, put together from the events of a stream, whichever dialect they are in.

A stream that broke off says what had gone out. An event that cannot be read is passed over: this is for
people, long after the client got it. Must never be part of what a client waits for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from grok2api.dialects.words.bodies import Said, said_of_output

JsonObject = dict[str, Any]

_ENDS: Final = frozenset({"response.completed", "response.incomplete", "response.failed"})
_decode = msgspec.json.Decoder(JsonObject).decode


def said_in(stream: bytes) -> tuple[list[Said], Any]:
    """Return the answers that a stream of events holds, and the error that it ended with, if it did."""
    teller = _Teller()
    for event in _events(stream):
        teller.take(event)
    return teller.said(), teller.error


def _events(stream: bytes) -> Iterator[JsonObject]:
    for block in stream.replace(b"\r\n", b"\n").split(b"\n\n"):
        data = b"\n".join(line[5:].lstrip() for line in block.split(b"\n") if line.startswith(b"data:"))
        if not data.startswith(b"{"):
            continue
        try:
            yield _decode(data)
        except ValueError:  # the last event of a stream that was cut
            continue


class _Teller:
    """Listens to events."""

    def __init__(self) -> None:
        self.error: Any = None
        self._parts: dict[int, Said] = {}
        self._calls: dict[tuple[int, Any], JsonObject] = {}
        self._final: JsonObject | None = None

    def said(self) -> list[Said]:
        """Return the answers so far."""
        if self._final is not None and self._final.get("output"):
            return [said_of_output(self._final["output"])]
        return [self._parts[number] for number in sorted(self._parts)]

    def take(self, event: JsonObject) -> None:
        """Take down what an event adds."""
        kind = str(event.get("type", ""))
        if event.get("error"):
            self.error = event["error"]
        if isinstance(event.get("choices"), list):
            for choice in event["choices"]:
                self._chat(choice)
        elif kind in _ENDS:
            self._final = event.get("response") or {}
            self.error = self._final.get("error") or self.error
        elif kind.startswith("response."):
            self._response(kind, event)
        elif kind.startswith("content_block"):
            self._message(kind, event)
        elif kind.endswith(".completed"):  # of a picture
            self._part(len(self._parts)).media.append(str(event.get("url") or "[picture]"))

    def _part(self, number: int) -> Said:
        return self._parts.setdefault(number, Said())

    def _call(self, number: int, index: Any) -> JsonObject:
        key = (number, index)
        if key not in self._calls:
            self._calls[key] = {"name": "", "arguments": ""}
            self._part(number).tool_calls.append(self._calls[key])
        return self._calls[key]

    def _chat(self, choice: Mapping[str, Any]) -> None:
        number, delta = int(choice.get("index") or 0), choice.get("delta") or {}
        part = self._part(number)
        part.text += delta.get("content") or ""
        part.reasoning += delta.get("reasoning_content") or ""
        for each in delta.get("tool_calls") or ():
            told, call = each.get("function") or {}, self._call(number, each.get("index"))
            call["name"] += told.get("name") or ""
            call["arguments"] += told.get("arguments") or ""
        part.finish = choice.get("finish_reason") or part.finish

    def _response(self, kind: str, event: Mapping[str, Any]) -> None:
        delta = event.get("delta")
        if kind == "response.output_text.delta":
            self._part(0).text += str(delta or "")
        elif kind.startswith("response.reasoning") and kind.endswith(".delta"):
            self._part(0).reasoning += str(delta or "")
        elif kind.endswith(("arguments.delta", "input.delta")):
            self._call(0, event.get("output_index"))["arguments"] += str(delta or "")
        elif kind == "response.output_item.added" and (event.get("item") or {}).get("name"):
            self._call(0, event.get("output_index"))["name"] = event["item"]["name"]

    def _message(self, kind: str, event: Mapping[str, Any]) -> None:
        block, delta = event.get("content_block") or {}, event.get("delta") or {}
        if kind == "content_block_start" and block.get("name"):
            self._call(0, event.get("index"))["name"] = block["name"]
        self._part(0).text += delta.get("text") or ""
        self._part(0).reasoning += delta.get("thinking") or ""
        if delta.get("partial_json"):
            self._call(0, event.get("index"))["arguments"] += delta["partial_json"]
