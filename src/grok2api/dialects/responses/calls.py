"""Tells the calls of a stream: the arguments of functions, and the free-form input of custom tools.

Arguments travel as bytes. Only the calls of custom tools are read, which upstream writes as a function's:
their input has to be taken out of the JSON around it. Must never tell a call without at least one delta, nor
deltas that do not join to the whole.
Source: openai-python `response.function_call_arguments.*`, `response.custom_tool_call_input.*`.
"""

from __future__ import annotations

import msgspec

from grok2api.dialects.responses.eventlog import EventLog
from grok2api.dialects.responses.free_form import free_form_input
from grok2api.dialects.responses.progress import Item

ARGUMENTS_DELTA = "response.function_call_arguments.delta"
ARGUMENTS_DONE = "response.function_call_arguments.done"
INPUT_DELTA = "response.custom_tool_call_input.delta"
INPUT_DONE = "response.custom_tool_call_input.done"


class _Delta(msgspec.Struct):
    delta: str = ""


_decode_delta = msgspec.json.Decoder(_Delta).decode


class Calls:
    """Writes the events of calls."""

    __slots__ = ("_log",)

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def arguments_told(self, item: Item, arguments: str) -> None:
        """Tell the whole arguments of a call; empty if upstream has told them already, or has none."""
        if item.told:
            return
        if item.reader is not None:
            self.input_told(item, free_form_input(arguments) if arguments else item.reader.text)
            return
        whole = arguments or "{}"
        if not item.spoken or not arguments:
            self._log.event(ARGUMENTS_DELTA, {**item.where, "delta": whole})
        self._log.event(ARGUMENTS_DONE, {**item.where, "name": item.name, "arguments": whole})
        item.spoken = item.told = True

    def input_delta(self, item: Item, data: bytes) -> None:
        """Tell what a delta of the arguments adds to the input.

        Raises:
            ValueError: it cannot be read.
        """
        if item.reader is None or item.told:
            return
        text = item.reader.feed(_decode_delta(data).delta)
        if text:
            self._log.event(INPUT_DELTA, {**item.where, "delta": text})
            item.spoken = True

    def input_told(self, item: Item, whole: str) -> str:
        """Tell the whole input of a call, once; return it as it was told."""
        reader = item.reader
        if reader is None or item.told:
            return whole if reader is None else reader.text
        rest = whole.removeprefix(reader.text)
        if not whole.startswith(reader.text):
            rest = ""
        if rest or not item.spoken:
            self._log.event(INPUT_DELTA, {**item.where, "delta": rest})
        reader.text += rest
        self._log.event(INPUT_DONE, {**item.where, "input": reader.text})
        item.spoken = item.told = True
        return reader.text
