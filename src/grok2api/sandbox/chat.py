"""`POST /v1/chat/completions` and its deferred form: objects and chunks as xAI sends them.

The first chunk carries data, a tool call comes whole in one delta, and the usage chunk always comes.
"""

from __future__ import annotations

from collections.abc import Iterator

from grok2api.sandbox import chat_request, inference, refusals, tokens
from grok2api.sandbox.dialogue import Reply
from grok2api.sandbox.models import TextModel, fingerprint
from grok2api.sandbox.usage import chat_usage
from grok2api.sandbox.wire import EVENT_STREAM_TYPE, Answer, Event, Json, Request, answer_json
from grok2api.sandbox.world import World


def create(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer a chat completion, streamed, whole or deferred. Raises: Refusal."""
    account = world.account(request)
    body = request.mapping()
    name = chat_request.read_model(body)
    if "nochat" in account.traits:
        raise refusals.chat_denied()
    model = world.text_model(account, name, "chat")
    asked = chat_request.read(body, model, world.reader(account, request))
    where = inference.affinity(request, body)
    done = inference.run(world, account, model, asked.question, where, asked.limit, asked.choices)
    frame = _frame(world, model, asked.service_tier)
    usage = chat_usage(model, done.spent)
    if asked.stream:
        events = list(_chunks(world, frame, done, usage))
        return Answer(content_type=EVENT_STREAM_TYPE, events=events, usage=usage)
    completion = _completion(world, frame, done, usage)
    if asked.deferred:
        identifier = world.mint.new_uuid()
        world.shelf.defer(account.team_id, identifier, completion)
        return answer_json({"request_id": identifier}, usage=usage)
    return answer_json(completion, usage=usage)


def fetch_deferred(world: World, request: Request, parameters: Json) -> Answer:
    """Answer a poll for a deferred completion: 202, then 200 once, else 404."""
    account = world.account(request)
    identifier = parameters["id"]
    kept = world.shelf.deferred(account.team_id, identifier)
    if kept is None:
        raise refusals.unknown_object("Deferred completion", identifier)
    if not world.shelf.is_ready(kept):
        return Answer(202, b"", None)
    world.shelf.forget_deferred(account.team_id, identifier)
    return answer_json(kept.completion)


def _frame(world: World, model: TextModel, service_tier: str | None) -> Json:
    frame: Json = {
        "id": world.mint.new_uuid(),
        "created": int(world.clock.now()),
        "model": model.id,
        "system_fingerprint": fingerprint(model.id),
    }
    return (
        frame | {"service_tier": "default" if service_tier == "auto" else service_tier}
        if service_tier
        else frame
    )


def _finish(reply: Reply, truncated: bool) -> str:
    return "tool_calls" if reply.calls else "length" if truncated else "stop"


def _tool_calls(world: World, reply: Reply) -> list[Json]:
    return [
        {"id": world.mint.call_id(), "function": {"name": name, "arguments": written}, "type": "function"}
        for name, written in reply.calls
    ]


def _completion(world: World, frame: Json, done: inference.Run, usage: Json) -> Json:
    choices = []
    for index, (reply, truncated) in enumerate(zip(done.replies, done.truncated, strict=True)):
        message: Json = {"role": "assistant", "content": reply.text}
        if reply.reasoning:
            message["reasoning_content"] = reply.reasoning
        if reply.calls:
            message["tool_calls"] = _tool_calls(world, reply)
        message["refusal"] = None
        choices.append({"index": index, "message": message, "finish_reason": _finish(reply, truncated)})
    head = {
        "id": frame["id"],
        "object": "chat.completion",
        "created": frame["created"],
        "model": frame["model"],
    }
    tail = {key: value for key, value in frame.items() if key not in head}
    return head | {"choices": choices, "usage": usage} | tail


def _chunks(world: World, frame: Json, done: inference.Run, usage: Json) -> Iterator[Event]:
    head = {
        "id": frame["id"],
        "object": "chat.completion.chunk",
        "created": frame["created"],
        "model": frame["model"],
    }
    tail = {key: value for key, value in frame.items() if key not in head}
    for index, (reply, truncated) in enumerate(zip(done.replies, done.truncated, strict=True)):
        for position, delta in enumerate(_deltas(world, reply)):
            spoken = delta if position else delta | {"role": "assistant"}
            yield Event(head | {"choices": [{"index": index, "delta": spoken}]} | tail)
        end = {"index": index, "delta": {}, "finish_reason": _finish(reply, truncated)}
        yield Event(head | {"choices": [end]} | tail)
    yield Event(head | {"choices": [], "usage": usage} | tail)
    yield Event("[DONE]")


def _deltas(world: World, reply: Reply) -> Iterator[Json]:
    for piece in tokens.split(reply.reasoning):
        yield {"reasoning_content": piece}
    for piece in tokens.split(reply.text):
        yield {"content": piece}
    for index, call in enumerate(_tool_calls(world, reply)):
        ordered = {"id": call["id"], "function": call["function"], "index": index, "type": "function"}
        yield {"tool_calls": [ordered]}
