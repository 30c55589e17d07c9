"""`POST /v1/responses` and what is stored of it: every object belongs to the team that made it."""

from __future__ import annotations

from typing import Any

from grok2api.sandbox import (
    fields,
    folding,
    inference,
    mint,
    refusals,
    response_events,
    response_items,
    responses_request,
)
from grok2api.sandbox.accounts import Account
from grok2api.sandbox.models import TextModel
from grok2api.sandbox.response_items import Manner
from grok2api.sandbox.responses_request import ResponsesRequest
from grok2api.sandbox.shelf import StoredResponse
from grok2api.sandbox.usage import responses_usage
from grok2api.sandbox.wire import EVENT_STREAM_TYPE, Answer, Json, Request, answer_json
from grok2api.sandbox.world import World


def create(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer a response, streamed or whole. Raises: Refusal."""
    account = world.account(request)
    body = request.mapping()
    model = world.text_model(account, responses_request.read_model(body), "responses")
    previous = fields.string(body, "previous_response_id")
    history = _stored(world, account, previous).history if previous else []
    asked = responses_request.read(body, model, history, world.reader(account, request))
    for sealed in responses_request.sealed_reasoning(asked.items):
        if not mint.opens(sealed, account.team_id, model.family):
            raise refusals.foreign_reasoning()
    folding.check(asked.items, account.team_id, model.family)
    where = inference.affinity(request, body)
    done = inference.run(world, account, model, asked.question, where, asked.limit)
    identifier = world.mint.new_uuid()
    now = int(world.clock.now())
    store = asked.store and "zdr" not in account.traits
    opened = response_items.opened(body, identifier, now, model.id, asked.effort_shown, store)
    manner = _manner(account, model, asked, done, older_search=request.manner == "older_search")
    reply, truncated = done.replies[0], done.truncated[0]
    output = response_items.output_items(identifier, reply, truncated, manner, world.mint)
    usage = responses_usage(model, done.spent)
    finished = response_items.finished(opened, output, usage, truncated, now)
    if store:
        world.shelf.keep_response(account.team_id, finished, _named(world, asked.items), history)
    if asked.stream:
        events = response_events.stream(opened, finished)
        return Answer(content_type=EVENT_STREAM_TYPE, events=events, usage=usage)
    return answer_json(finished, usage=usage)


def fetch(world: World, request: Request, parameters: Json) -> Answer:
    """Answer with a stored response of the caller's team, or 404."""
    return answer_json(_stored(world, world.account(request), parameters["id"]).response)


def delete(world: World, request: Request, parameters: Json) -> Answer:
    """Delete a stored response of the caller's team, or 404."""
    account = world.account(request)
    identifier = parameters["id"]
    _stored(world, account, identifier)
    world.shelf.delete_response(account.team_id, identifier)
    return answer_json({"id": identifier, "object": "response", "deleted": True})


def list_input_items(world: World, request: Request, parameters: Json) -> Answer:
    """Answer with a page of the items a stored response was asked with, newest first unless `order=asc`."""
    items = list(_stored(world, world.account(request), parameters["id"]).input_items)
    if request.query.get("order") != "asc":
        items.reverse()
    after = request.query.get("after")
    position = next((index + 1 for index, item in enumerate(items) if item["id"] == after), 0)
    limit = request.query.get("limit", "20")
    if not limit.isdigit() or not 1 <= int(limit) <= 100:
        raise refusals.invalid("limit must be between 1 and 100.")
    page = items[position : position + int(limit)]
    return answer_json(
        {
            "object": "list",
            "data": page,
            "first_id": page[0]["id"] if page else None,
            "last_id": page[-1]["id"] if page else None,
            "has_more": position + len(page) < len(items),
        }
    )


def _stored(world: World, account: Account, identifier: str) -> StoredResponse:
    stored = world.shelf.response(account.team_id, identifier)
    if stored is None:
        raise refusals.unknown_object("Response", identifier)
    return stored


def _manner(
    account: Account, model: TextModel, asked: ResponsesRequest, done: inference.Run, *, older_search: bool
) -> Manner:
    sealed = None
    if responses_request.ENCRYPTED in asked.include:
        sealed = mint.seal(account.team_id, model.family, done.replies[0].reasoning)
    return Manner(sealed, responses_request.SOURCES in asked.include, older_search, asked.include)


def _named(world: World, items: list[Json]) -> list[Json]:
    return [_with_id(world, item) for item in items]


def _with_id(world: World, item: Json) -> Json:
    kind = item.get("type", "message")
    prefix = {"message": "msg", "reasoning": "rs", "function_call": "fc", "function_call_output": "fco"}.get(
        kind, "item"
    )
    named: dict[str, Any] = {
        "id": f"{prefix}_{world.mint.new_uuid()}",
        "type": kind,
        "status": "completed",
    } | item
    if kind == "message" and isinstance(item.get("content"), str):
        form = "output_text" if item.get("role") == "assistant" else "input_text"
        named["content"] = [{"type": form, "text": item["content"]}]
    return named
