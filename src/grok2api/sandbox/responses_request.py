"""Reading the body of a Responses request: what it asks, and what xAI turns down in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from grok2api.sandbox import arguments, fields, folding, images, refusals, tools
from grok2api.sandbox.attachments import Reader
from grok2api.sandbox.dialogue import Attachment, Content, Question, ToolCall, Turn
from grok2api.sandbox.models import TextModel
from grok2api.sandbox.wire import Json

ABSENT = ("stop", "stream_options", "prompt_cache_retention")
ROLES = ("system", "developer", "user", "assistant")
PARTS = ("input_text", "output_text", "input_image", "input_file", "refusal")
ENCRYPTED = "reasoning.encrypted_content"
NO_INLINE = "no_inline_citations"
SOURCES = "web_search_call.action.sources"
SILENT_ITEMS = (
    "web_search_call",
    "x_search_call",
    "custom_tool_call",
    "code_interpreter_call",
    "file_search_call",
    "mcp_call",
    "mcp_list_tools",
    "image_generation_call",
    "shell_call",
    "tool_search_call",
    "compaction",
)


@dataclass(frozen=True, slots=True)
class ResponsesRequest:
    """One Responses request as asked; `items` is its input as a list, `limit` counts visible tokens."""

    question: Question
    items: list[Json]
    stream: bool
    store: bool
    limit: int | None
    include: frozenset[str]
    effort_shown: str | None


def read_model(body: Json) -> str:
    """Return the model named in the body, having checked that there is an input."""
    model = fields.required_string(body, "model")
    if not isinstance(body.get("input"), str | list):
        problem = "data did not match any variant of untagged enum ModelInput"
        raise refusals.malformed("input", problem if "input" in body else "missing field `input`")
    return model


def input_items(body: Json) -> list[Json]:
    """Return the input as a list of items."""
    given = body["input"]
    if isinstance(given, str):
        if not given:
            raise refusals.empty_content()
        return [{"role": "user", "content": [{"type": "input_text", "text": given}], "type": "message"}]
    if not given:
        raise refusals.invalid("The input array must have at least one item.")
    return [fields.item_mapping(item, f"input[{index}]") for index, item in enumerate(given)]


def read(body: Json, model: TextModel, history: list[Json], reader: Reader) -> ResponsesRequest:
    """Return the request in `body`, continuing the items of `history`. Raises: Refusal."""
    for name in ABSENT:
        if body.get(name) is not None:
            raise refusals.invalid(f"Argument not supported: {name}")
    arguments.refuse_unsupported(body, model)
    arguments.check_sampling(body)
    if model.multi_agent and tools.has_client_tools(body):
        raise refusals.multi_agent_client_tools()
    include = frozenset(each for each in fields.sequence(body, "include") or [] if isinstance(each, str))
    items = input_items(body)
    schema, json_object = _text_format(body)
    effort, shown = _effort(body, model)
    question = Question(
        turns=_turns(fields.string(body, "instructions"), history, items, reader),
        toolbox=tools.read(body, nested=False),
        schema=schema,
        json_object=json_object,
        effort=effort,
        inline_citations=NO_INLINE not in include,
    )
    arguments.refuse_files(question, model)
    return ResponsesRequest(
        question=question,
        items=items,
        stream=fields.boolean(body, "stream", default=False),
        store=fields.boolean(body, "store", default=True),
        limit=fields.integer(body, "max_output_tokens", 1, arguments.MAX_TOKENS),
        include=include,
        effort_shown=shown,
    )


def _effort(body: Json, model: TextModel) -> tuple[str | None, str | None]:
    reasoning = fields.mapping(body, "reasoning") or {}
    given = reasoning.get("effort")
    where = "reasoning.effort"
    if given is None:
        given, where = body.get("reasoning_effort"), "reasoning_effort"
    effort = arguments.effort(given, where, model)
    return effort, given or model.default_effort


def _text_format(body: Json) -> tuple[Json | bool | None, bool]:
    wanted = fields.mapping(fields.mapping(body, "text") or {}, "format", "text.")
    if wanted is None:
        return None, False
    kind = fields.variant(wanted.get("type"), "text.format.type", ("text", "json_object", "json_schema"))
    if kind != "json_schema":
        return None, kind == "json_object"
    return arguments.schema_of(wanted, "text.format"), False


def turns_of(items: list[Json], reader: Reader) -> tuple[Turn, ...]:
    """Return the turns of a list of items. Raises: Refusal."""
    return _turns(None, [], items, reader)


def _turns(
    instructions: str | None, history: list[Json], items: list[Json], reader: Reader
) -> tuple[Turn, ...]:
    turns = [Turn("system", instructions)] if instructions else []
    for index, item in enumerate(history + items):
        if item.get("type") == "compaction":
            turns += folding.unfold(item)
            continue
        known = replace(reader, strict=index >= len(history))
        turn = _turn(item, f"input[{max(0, index - len(history))}]", known)
        if turn is not None:
            turns.append(turn)
    return tuple(turns)


def _turn(item: Json, where: str, reader: Reader) -> Turn | None:
    kind = item.get("type", "message")
    if kind == "message":
        return _message(item, where, reader)
    if kind == "function_call":
        name = fields.required_string(item, "name", f"{where}.")
        written = fields.required_string(item, "arguments", f"{where}.")
        call = ToolCall(fields.required_string(item, "call_id", f"{where}."), name, written)
        return Turn("assistant", "", calls=(call,))
    if kind == "function_call_output":
        said = _content(item.get("output"), f"{where}.output", reader)
        call_id = fields.required_string(item, "call_id", f"{where}.")
        return Turn("tool", said.text, said.images, call_id=call_id, files=said.files)
    if kind == "shell_call_output":
        return Turn("tool", _shell_output(item), call_id=fields.required_string(item, "call_id", f"{where}."))
    if kind != "reasoning" and kind not in SILENT_ITEMS:
        raise refusals.malformed(where, "data did not match any variant of untagged enum ModelInputItem")
    return None


def _shell_output(item: Json) -> str:
    """Return what a command printed."""
    output = item.get("output")
    if isinstance(output, str):
        return output
    return "".join(str(each.get("stdout", "")) for each in output or () if isinstance(each, dict))


def _message(item: Json, where: str, reader: Reader) -> Turn:
    role = fields.variant(item.get("role"), f"{where}.role", ROLES)
    said = _content(item.get("content"), f"{where}.content", reader)
    if said.empty:
        raise refusals.empty_content()
    return Turn("system" if role == "developer" else role, said.text, said.images, files=said.files)


def _content(content: Any, where: str, reader: Reader) -> Content:
    if isinstance(content, str):
        return Content(content, empty=not content)
    if not isinstance(content, list):
        raise refusals.malformed(
            where, f"invalid type: {fields.kind_of(content)}, expected a string or a sequence"
        )
    texts: list[str] = []
    files: list[Attachment] = []
    pictures = 0
    for index, value in enumerate(content):
        place = f"{where}[{index}]"
        part = fields.item_mapping(value, place)
        kind = fields.variant(part.get("type"), f"{place}.type", PARTS)
        if kind in ("input_text", "output_text", "refusal"):
            texts.append(
                fields.required_string(part, "refusal" if kind == "refusal" else "text", f"{place}.")
            )
        elif kind == "input_image":
            _check_picture(part, place, reader)
            pictures += 1
        else:
            files.append(reader.read(part, place))
    empty = not content or texts == [""] * len(content)
    return Content("\n".join(texts), pictures, tuple(files), empty)


def _check_picture(part: Json, where: str, reader: Reader) -> None:
    url = fields.string(part, "image_url", f"{where}.")
    if url is not None:
        images.check(url)
        return
    identifier = fields.string(part, "file_id", f"{where}.")
    if identifier is None:
        raise refusals.malformed(where, "missing field `image_url`")
    reader.require(identifier)


def sealed_reasoning(items: list[Json]) -> list[str]:
    """Return the encrypted contents of the reasoning items among `items`."""
    return [
        item["encrypted_content"]
        for item in items
        if item.get("type") == "reasoning" and isinstance(item.get("encrypted_content"), str)
    ]
