"""`POST /v1/responses/compact`: a conversation folded into one opaque item. Nothing is stored."""

from __future__ import annotations

from grok2api.sandbox import folding, inference, refusals, responses_request, usage
from grok2api.sandbox.dialogue import Question
from grok2api.sandbox.usage import Spent, responses_usage
from grok2api.sandbox.wire import Answer, Json, Request, answer_json
from grok2api.sandbox.world import World

SUMMARY_SHARE = 8
"""A folded conversation counts as one in so many of its tokens."""


def create(world: World, request: Request, _parameters: Json) -> Answer:
    """Fold a conversation. Raises: Refusal."""
    account = world.account(request)
    body = request.mapping()
    model = world.text_model(account, responses_request.read_model(body), "responses")
    items = responses_request.input_items(body)
    folding.check(items, account.team_id, model.family)
    turns = responses_request.turns_of(items, world.reader(account, request))
    prompt = usage.measure(Question(turns=turns), model)
    if prompt.size > model.context:
        raise refusals.context_overflow(prompt.size, model.context)
    cached = world.cache.look_up(account.team_id, model.id, inference.affinity(request, body), prompt)
    spent = Spent(prompt.size, cached, prompt.image_tokens, 1 + prompt.size // SUMMARY_SHARE, 0)
    world.directory.charge(account, usage.cost_in_ticks(model, spent))
    told = responses_usage(model, spent)
    item = {
        "type": "compaction",
        "id": f"cmp_{world.mint.new_uuid()}",
        "encrypted_content": folding.fold(turns, account.team_id, model.family),
    }
    answer = {
        "object": "response.compaction",
        "id": f"cmp_{world.mint.new_uuid()}",
        "output": [item],
        "usage": told | {"dropped_message_count": len(turns)},
    }
    return answer_json(answer, usage=told)
