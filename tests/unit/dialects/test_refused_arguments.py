"""What a model does not take is found in the body under either surface's name, and told by the client's."""

from __future__ import annotations

import pytest

from grok2api.canonical.amendments import Amendments
from grok2api.canonical.plan import Surface, Target
from grok2api.dialects.chat.dialect import ChatDialect
from grok2api.dialects.refused_arguments import without_refused
from support.chat_turns import IDS, LEASE, parsed

BODY = {"model": "m", "reasoning": {"effort": "high"}, "max_output_tokens": 5, "top_p": 1}


@pytest.mark.parametrize(
    ("refused", "gone", "told"),
    [
        ({"reasoning_effort"}, {"reasoning"}, ("effort",)),
        ({"reasoning"}, {"reasoning"}, ("effort",)),
        ({"max_completion_tokens", "top_p"}, {"max_output_tokens", "top_p"}, ("limit", "top_p")),
        ({"stop"}, set(), ()),
    ],
)
def test_a_refused_argument_is_found(refused: set[str], gone: set[str], told: tuple[str, ...]) -> None:
    kept, names = without_refused(BODY, refused, {"reasoning": "effort", "max_output_tokens": "limit"})
    assert (BODY.keys() - kept.keys(), names) == (gone, told)


@pytest.mark.parametrize("surface", ["responses", "chat"])
@pytest.mark.parametrize(
    ("refused", "asked", "told"),
    [
        ("reasoning_effort", {"reasoning_effort": "high"}, "reasoning_effort"),
        ("max_output_tokens", {"max_tokens": 5}, "max_tokens"),
        ("max_completion_tokens", {"max_completion_tokens": 5}, "max_completion_tokens"),
        ("top_p", {"top_p": 0.5}, "top_p"),
    ],
)
def test_chat_tells_it_in_the_words_of_its_client(
    surface: Surface, refused: str, asked: dict[str, object], told: str
) -> None:
    amendments = Amendments(arguments=frozenset({refused}))
    target = Target("grok-4.7", "high" if "effort" in refused else None, surface=surface)
    dispatch = ChatDialect(IDS).translate(parsed(asked), target, LEASE, amendments)
    assert dispatch.dropped == (told,)
    content = dispatch.content or b""
    assert not any(f'"{name}"'.encode() in content for name in ("reasoning", "top_p", refused))
