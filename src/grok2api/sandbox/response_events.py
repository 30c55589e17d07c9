"""The events of a streamed response, made from its finished items, in the order xAI sends them."""

from __future__ import annotations

from typing import Any

from grok2api.sandbox import hosted_events, tokens
from grok2api.sandbox.wire import Event, Json


class EventLog:
    """Collects events and numbers them."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, kind: str, **fields: Any) -> None:
        """Add an event of type `kind`."""
        self.events.append(Event({"sequence_number": len(self.events), "type": kind} | fields, kind))


def stream(opened: Json, finished: Json) -> list[Event]:
    """Return every event of a response, `[DONE]` included."""
    log = EventLog()
    log.add("response.created", response=opened)
    log.add("response.in_progress", response=opened)
    writers = {
        "reasoning": _reasoning,
        "message": _message,
        "function_call": _function_call,
        "web_search_call": _web_search,
        "custom_tool_call": _custom_tool_call,
        "code_interpreter_call": hosted_events.code_interpreter,
        "mcp_call": hosted_events.mcp_call,
    }
    for index, item in enumerate(finished["output"]):
        writers.get(item["type"], hosted_events.plain)(log, item, index)
    log.add(f"response.{finished['status']}", response=finished)
    log.events.append(Event("[DONE]"))
    return log.events


def _reasoning(log: EventLog, item: Json, index: int) -> None:
    shared: Json = {"item_id": item["id"], "output_index": index}
    added = {"id": item["id"], "summary": [], "type": "reasoning", "status": "in_progress"}
    log.add("response.output_item.added", item=added, output_index=index)
    part = item["summary"][0]
    log.add("response.reasoning_summary_part.added", **shared, part=part | {"text": ""}, summary_index=0)
    for piece in tokens.split(part["text"]):
        log.add("response.reasoning_summary_text.delta", delta=piece, **shared, summary_index=0)
    log.add("response.reasoning_summary_text.done", **shared, summary_index=0, text=part["text"])
    log.add("response.reasoning_summary_part.done", **shared, part=part, summary_index=0)
    log.add("response.output_item.done", item=item, output_index=index)


def _message(log: EventLog, item: Json, index: int) -> None:
    part = item["content"][0]
    shared: Json = {"content_index": 0, "item_id": item["id"], "output_index": index}
    log.add(
        "response.output_item.added", item=item | {"content": [], "status": "in_progress"}, output_index=index
    )
    log.add("response.content_part.added", **shared, part=part | {"text": "", "annotations": []})
    for piece in tokens.split(part["text"]):
        log.add(
            "response.output_text.delta",
            content_index=0,
            delta=piece,
            item_id=item["id"],
            output_index=index,
            logprobs=[],
        )
    for position, annotation in enumerate(part["annotations"]):
        log.add(
            "response.output_text.annotation.added",
            annotation=annotation,
            annotation_index=position,
            **shared,
        )
    log.add("response.output_text.done", **shared, text=part["text"])
    log.add("response.content_part.done", **shared, part=part)
    log.add("response.output_item.done", item=item, output_index=index)


def _function_call(log: EventLog, item: Json, index: int) -> None:
    added = item | {"arguments": "", "status": "in_progress"}
    log.add("response.output_item.added", item=added, output_index=index)
    shared: Json = {"item_id": item["id"], "output_index": index}
    log.add("response.function_call_arguments.delta", delta=item["arguments"], **shared)
    log.add("response.function_call_arguments.done", arguments=item["arguments"], **shared)
    log.add("response.output_item.done", item=item, output_index=index)


def _web_search(log: EventLog, item: Json, index: int) -> None:
    if "action" not in item:
        log.add("response.output_item.added", item=item, output_index=index)
        log.add("response.output_item.done", item=item, output_index=index)
        return
    action = item["action"] | {"query": "", "sources": []}
    added = item | {"action": action, "status": "in_progress"}
    log.add("response.output_item.added", item=added, output_index=index)
    for step in ("in_progress", "searching", "completed"):
        log.add(f"response.web_search_call.{step}", item_id=item["id"], output_index=index)
    log.add("response.output_item.done", item=item, output_index=index)


def _custom_tool_call(log: EventLog, item: Json, index: int) -> None:
    added = item | {"input": "", "status": "in_progress"}
    log.add("response.output_item.added", item=added, output_index=index)
    shared: Json = {"item_id": item["id"], "output_index": index}
    log.add("response.custom_tool_call_input.delta", delta=item["input"], **shared)
    log.add("response.custom_tool_call_input.done", input=item["input"], **shared)
    log.add("response.output_item.done", item=item, output_index=index)
