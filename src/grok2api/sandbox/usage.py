"""Token counts and their price, with xAI's own arithmetic.

On chat completions `completion_tokens` leaves reasoning out and the total has it; on Responses
`output_tokens` includes reasoning. Must stay deterministic: the same requests cost the same.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

import msgspec

from grok2api.sandbox import tokens
from grok2api.sandbox.dialogue import Question, Reply
from grok2api.sandbox.models import LONG_CONTEXT, TextModel
from grok2api.sandbox.wire import Json

PER_IMAGE = 256
PER_MESSAGE = 4
PER_CALL = 12
AGENT_FLOOR = 3_900
HIDDEN_REASONING = 2
SEARCH_TICKS = 50_000_000
MAX_PREFIXES = 50_000


@dataclass(frozen=True, slots=True)
class Prompt:
    """The size of a prompt in tokens; `segments` are the serialised parts a cache may share, with sizes."""

    segments: tuple[tuple[str, int], ...]
    image_tokens: int

    @property
    def size(self) -> int:
        """Return all tokens of the prompt."""
        return sum(size for _, size in self.segments)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one request used."""

    prompt: int
    cached: int
    images: int
    visible: int
    reasoning: int
    searches: tuple[str, ...] = ()


def measure(question: Question, model: TextModel) -> Prompt:
    """Return the size of a question's prompt."""
    segments: list[tuple[str, int]] = []
    functions = [(tool.name, tool.description, tool.parameters) for tool in question.toolbox.functions]
    if functions:
        text = msgspec.json.encode(functions).decode()
        segments.append((text, tokens.count(text) + PER_MESSAGE))
    if model.multi_agent:
        segments.append(("agents", AGENT_FLOOR))
    images = 0
    for turn in question.turns:
        calls = "".join(call.name + call.arguments for call in turn.calls)
        size = tokens.count(turn.text) + tokens.count(calls) + turn.images * PER_IMAGE + PER_MESSAGE
        documents = "".join(f"{file.name}\x00{file.text or file.size}" for file in turn.files)
        size += tokens.count(documents)
        segments.append((f"{turn.role}\x00{turn.text}\x00{calls}\x00{turn.images}{documents}", size))
        images += turn.images * PER_IMAGE
    return Prompt(tuple(segments), images)


def reply_sizes(reply: Reply, text: str) -> tuple[int, int]:
    """Return (visible, reasoning) tokens of a reply whose text was cut to `text`."""
    calls = sum(tokens.count(name + written) + PER_CALL for name, written in reply.calls)
    return tokens.count(text) + calls, tokens.count(reply.reasoning) * HIDDEN_REASONING


class PromptCache:
    """Remembers the prompts of each team's servers, to say how much of the next one was seen before.

    A request goes to the server its conversation id or cache key chooses; without one, to a common server.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def look_up(self, team_id: str, model_id: str, affinity: str, prompt: Prompt) -> int:
        """Return how many tokens of `prompt` are cached, and remember all of it."""
        digest = hashlib.blake2b(f"{team_id}|{model_id}|{affinity}".encode(), digest_size=16)
        cached = total = 0
        for segment, size in prompt.segments:
            digest.update(segment.encode() + b"\xff")
            total += size
            key = digest.digest()
            if key in self._seen:
                cached = total
            self._seen[key] = None
            self._seen.move_to_end(key)
        while len(self._seen) > MAX_PREFIXES:
            self._seen.popitem(last=False)
        return min(cached, prompt.size - 1)


def cost_in_ticks(model: TextModel, spent: Spent) -> int:
    """Return the price of a request in ticks (1 US dollar = 10^10)."""
    fresh, cached, output = model.prices
    total = (spent.prompt - spent.cached) * fresh + spent.cached * cached
    total += (spent.visible + spent.reasoning) * output
    if spent.prompt >= LONG_CONTEXT:
        total *= 2
    return total + len(spent.searches) * SEARCH_TICKS


def chat_usage(model: TextModel, spent: Spent) -> Json:
    """Return the `usage` of a chat completion."""
    return {
        "prompt_tokens": spent.prompt,
        "completion_tokens": spent.visible,
        "total_tokens": spent.prompt + spent.visible + spent.reasoning,
        "prompt_tokens_details": {
            "text_tokens": spent.prompt - spent.images,
            "audio_tokens": 0,
            "image_tokens": spent.images,
            "cached_tokens": spent.cached,
        },
        "completion_tokens_details": {
            "reasoning_tokens": spent.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
        "num_sources_used": 0,
        "cost_in_usd_ticks": cost_in_ticks(model, spent),
    }


def responses_usage(model: TextModel, spent: Spent) -> Json:
    """Return the `usage` of a response."""
    output = spent.visible + spent.reasoning
    return {
        "input_tokens": spent.prompt,
        "input_tokens_details": {"cached_tokens": spent.cached},
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": spent.reasoning},
        "total_tokens": spent.prompt + output,
        "num_sources_used": 0,
        "num_server_side_tools_used": len(spent.searches),
        "cost_in_usd_ticks": cost_in_ticks(model, spent),
        "server_side_tool_usage_details": {
            "web_search_calls": spent.searches.count("web_search"),
            "x_search_calls": spent.searches.count("x_search"),
            "x_posts_fetched": 3 * spent.searches.count("x_search"),
            "x_users_fetched": 0,
            "code_interpreter_calls": spent.searches.count("code_interpreter"),
            "file_search_calls": spent.searches.count("file_search"),
            "mcp_calls": spent.searches.count("mcp"),
            "document_search_calls": 0,
            "image_generation_calls": spent.searches.count("image_generation"),
        },
        "context_details": {"input_tokens": spent.prompt, "output_tokens": output},
    }
