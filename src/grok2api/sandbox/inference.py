"""One run of a model: from a question to a reply cut to its limit, and what it used."""

from __future__ import annotations

from dataclasses import dataclass, replace

from grok2api.sandbox import refusals, tokens, usage
from grok2api.sandbox.accounts import Account
from grok2api.sandbox.conversation import compose
from grok2api.sandbox.dialogue import Question, Reply
from grok2api.sandbox.models import TextModel
from grok2api.sandbox.usage import Spent
from grok2api.sandbox.wire import Json, Request
from grok2api.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Run:
    """The replies of one request (one per choice), which of them were cut, and what it all used."""

    replies: tuple[Reply, ...]
    truncated: tuple[bool, ...]
    spent: Spent


def affinity(request: Request, body: Json) -> str:
    """Return what decides the server of a request: its conversation id or its cache key."""
    return request.header("x-grok-conv-id") or str(body.get("prompt_cache_key") or "")


def run(
    world: World,
    account: Account,
    model: TextModel,
    question: Question,
    where: str,
    limit: int | None,
    choices: int = 1,
) -> Run:
    """Answer `question`; `where` is the affinity, `limit` the visible tokens of each choice.

    Raises: Refusal 400 when the prompt is longer than the model's context.
    """
    prompt = usage.measure(question, model)
    if prompt.size > model.context:
        raise refusals.context_overflow(prompt.size, model.context)
    cached = world.cache.look_up(account.team_id, model.id, where, prompt)
    replies, truncated, visible, reasoning = [], [], 0, 0
    for choice in range(choices):
        reply, cut = _limited(_stopped(compose(question, world.seed + choice), question.stop), limit)
        sizes = usage.reply_sizes(reply, reply.text)
        visible, reasoning = visible + sizes[0], reasoning + sizes[1]
        replies.append(reply)
        truncated.append(cut)
    searches = tuple(used.tool for reply in replies for used in (*reply.searches, *reply.hosted))
    spent = Spent(prompt.size, cached, prompt.image_tokens, visible, reasoning, searches)
    world.directory.charge(account, usage.cost_in_ticks(model, spent))
    return Run(tuple(replies), tuple(truncated), spent)


def _stopped(reply: Reply, stops: tuple[str, ...]) -> Reply:
    found = [at for stop in stops if stop and (at := reply.text.find(stop)) >= 0]
    return replace(reply, text=reply.text[: min(found)]) if found else reply


def _limited(reply: Reply, limit: int | None) -> tuple[Reply, bool]:
    pieces = tokens.split(reply.text)
    if limit is None or len(pieces) <= limit:
        return reply, False
    text = "".join(pieces[:limit])
    kept = tuple(each for each in reply.citations if each.end is None or each.end <= len(text))
    return replace(reply, text=text, citations=kept), True
