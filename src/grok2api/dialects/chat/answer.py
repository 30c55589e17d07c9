"""The parts of a chat answer that its stream and its single object share.

Must never leave out a key: strict SDKs refuse an answer for one that is missing.
Source: https://platform.openai.com/docs/api-reference/chat/object
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from grok2api.canonical.events import Citation, ToolCall
from grok2api.canonical.usage import Usage

_NO_USAGE = Usage()


def completion_id(request_id: str) -> str:
    """Return the answer's id: the same for the same request, and as random as that one's."""
    return "chatcmpl-" + hashlib.sha256(request_id.encode()).hexdigest()[:32]


def usage_object(usage: Usage | None) -> dict[str, object]:
    """Return the usage in OpenAI's words; zeros when nobody knows it.

    What it cost and what the prompt cache saved stand beside, in xAI's own unit, where they are known.
    """
    known = usage or _NO_USAGE
    money = {"cost_in_usd_ticks": known.cost_ticks, "cache_savings_in_usd_ticks": known.saved_ticks}
    return {
        "prompt_tokens": known.input,
        "completion_tokens": known.output,
        "total_tokens": known.total,
        "prompt_tokens_details": {"cached_tokens": known.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": known.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
        **{name: ticks for name, ticks in money.items() if ticks is not None},
    }


def tool_call(call: ToolCall) -> dict[str, object]:
    """Return a call as clients read it."""
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": call.call_id, "type": "function", "function": function}


def url_annotations(citations: Sequence[Citation], shift: int) -> list[dict[str, object]]:
    """Return citations as annotations; `shift` characters stand before the text they count in."""
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "url": citation.url,
                "title": citation.title,
                "start_index": citation.start + shift if citation.end else 0,
                "end_index": citation.end + shift if citation.end else 0,
            },
        }
        for citation in citations
    ]


def cited_urls(citations: Sequence[Citation]) -> list[str]:
    """Return each cited address once, in order."""
    return list(dict.fromkeys(citation.url for citation in citations))
