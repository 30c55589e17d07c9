"""Reading the body of a chat completion: what it asks, and what xAI turns down in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grok2api.sandbox import arguments, fields, images, refusals, tools
from grok2api.sandbox.attachments import Reader
from grok2api.sandbox.dialogue import Attachment, Content, Question, ToolCall, Turn
from grok2api.sandbox.models import TextModel
from grok2api.sandbox.wire import Json

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
MAX_STOPS = 4
PARTS = ("text", "image_url", "file", "text_file", "input_text", "input_image")


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One chat completion as asked; `limit` counts visible tokens."""

    question: Question
    stream: bool
    deferred: bool
    choices: int
    limit: int | None
    service_tier: str | None


def read_model(body: Json) -> str:
    """Return the model named in the body, having checked that there are messages."""
    model = fields.required_string(body, "model")
    if fields.sequence(body, "messages") is None:
        raise refusals.malformed("", "missing field `messages`")
    return model


def read(body: Json, model: TextModel, reader: Reader) -> ChatRequest:
    """Return the request in `body`. Raises: Refusal."""
    if model.multi_agent:
        raise refusals.multi_agent_on_chat()
    turns = _turns(body["messages"], reader)
    if body.get("search_parameters") is not None:
        raise refusals.live_search_gone()
    toolbox = tools.read(body, nested=True)
    arguments.refuse_unsupported(body, model)
    arguments.check_sampling(body)
    stream = fields.boolean(body, "stream", default=False)
    deferred = fields.boolean(body, "deferred", default=False)
    if stream and deferred:
        raise refusals.stream_and_deferred()
    fields.mapping(body, "stream_options")
    schema, json_object = _response_format(body)
    limit = fields.integer(body, "max_completion_tokens", 1, arguments.MAX_TOKENS)
    older = fields.integer(body, "max_tokens", 1, arguments.MAX_TOKENS)
    question = Question(
        turns=turns,
        toolbox=toolbox,
        schema=schema,
        json_object=json_object,
        effort=arguments.effort(body.get("reasoning_effort"), "reasoning_effort", model),
        stop=_stop(body.get("stop")),
    )
    arguments.refuse_files(question, model)
    choices = fields.integer(body, "n", 1, 128) or 1
    return ChatRequest(
        question, stream, deferred, choices, limit or older, fields.string(body, "service_tier")
    )


def _stop(value: Any) -> tuple[str, ...]:
    wanted = [value] if isinstance(value, str) else value or []
    if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
        raise refusals.malformed("stop", "expected a string or a sequence of strings")
    if len(wanted) > MAX_STOPS:
        raise refusals.invalid(f"stop may have at most {MAX_STOPS} sequences.")
    return tuple(wanted)


def _response_format(body: Json) -> tuple[Json | bool | None, bool]:
    wanted = fields.mapping(body, "response_format")
    if wanted is None:
        return None, False
    kind = fields.variant(wanted.get("type"), "response_format.type", ("text", "json_object", "json_schema"))
    if kind != "json_schema":
        return None, kind == "json_object"
    holder = fields.mapping(wanted, "json_schema", "response_format.")
    if holder is None:
        raise refusals.malformed("response_format", "missing field `json_schema`")
    return arguments.schema_of(holder, "response_format.json_schema"), False


def _turns(messages: list[Any], reader: Reader) -> tuple[Turn, ...]:
    if not messages:
        raise refusals.invalid("The messages array must have at least one message.")
    return tuple(
        _turn(fields.item_mapping(value, f"messages[{at}]"), f"messages[{at}]", reader)
        for at, value in enumerate(messages)
    )


def _turn(message: Json, where: str, reader: Reader) -> Turn:
    role = fields.variant(message.get("role"), f"{where}.role", ROLES)
    calls = _calls(fields.sequence(message, "tool_calls", f"{where}.") or [], where)
    said = _content(message.get("content"), f"{where}.content", reader)
    if said.empty and not (role == "assistant" and calls):
        raise refusals.empty_content()
    if role in ("tool", "function"):
        call_id = fields.string(message, "tool_call_id", f"{where}.")
        return Turn("tool", said.text, said.images, call_id=call_id, files=said.files)
    return Turn("system" if role == "developer" else role, said.text, said.images, calls, files=said.files)


def _content(content: Any, where: str, reader: Reader) -> Content:
    if content is None or isinstance(content, str):
        return Content(content or "", empty=not content)
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
        if kind in ("text", "input_text"):
            texts.append(fields.required_string(part, "text", f"{place}."))
        elif kind in ("image_url", "input_image"):
            _check_picture(part, place)
            pictures += 1
        else:
            files.append(_file(part, kind, place, reader))
    empty = not content or texts == [""] * len(content)
    return Content("\n".join(texts), pictures, tuple(files), empty)


def _file(part: Json, kind: str, where: str, reader: Reader) -> Attachment:
    holder = fields.mapping(part, kind, f"{where}.")
    if holder is None:
        raise refusals.malformed(where, f"missing field `{kind}`")
    if holder.get("url") is not None:
        holder = holder | {"file_url": holder["url"]}
    return reader.read(holder, f"{where}.{kind}")


def _check_picture(part: Json, where: str) -> None:
    holder = part.get("image_url")
    if isinstance(holder, str) and part.get("type") == "input_image":
        images.check(holder)
        return
    image = fields.mapping(part, "image_url", f"{where}.")
    if image is None:
        raise refusals.malformed(where, "missing field `image_url`")
    images.check(fields.required_string(image, "url", f"{where}.image_url."))


def _calls(values: list[Any], where: str) -> tuple[ToolCall, ...]:
    calls = []
    for index, value in enumerate(values):
        place = f"{where}.tool_calls[{index}]"
        call = fields.item_mapping(value, place)
        function = fields.mapping(call, "function", f"{place}.")
        if function is None:
            raise refusals.malformed(place, "missing field `function`")
        name = fields.required_string(function, "name", f"{place}.function.")
        written = fields.required_string(function, "arguments", f"{place}.function.")
        calls.append(ToolCall(fields.required_string(call, "id", f"{place}."), name, written))
    return tuple(calls)
