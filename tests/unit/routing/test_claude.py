"""Names of Claude, where an operator wants them served, and where not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok2api.canonical.call import Caller
from grok2api.canonical.plan import Tier
from grok2api.errors import InvalidRequest, ModelNotFound
from grok2api.routing import claude, router
from grok2api.routing.catalogue import Catalogue
from support.calls import MakeCall


def everything(upstream_id: str, tier: Tier | None) -> bool:
    return True


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("claude-opus-4-8", "grok-4"),
        ("claude-sonnet-5", "grok-4"),
        ("claude-3-5-haiku-latest", "grok-4-fast"),
        ("claude-haiku-4-5-20251001", "grok-4-fast"),
        ("claude-anything", "grok-4"),
        ("claude", None),
        ("grok-4", None),
        ("anthropic/claude-opus-4-8", None),
        ("gpt-9", None),
    ],
)
def test_a_name_stands_for_a_model(name: str, row: str | None) -> None:
    assert claude.stands_for(name) == row


def plan(catalogue: Catalogue, call: MakeCall, caller: Caller | None = None, *, on: bool = True) -> str:
    decided = router.plan(
        call("claude-opus-4-8", caller=caller),
        catalogue,
        chat_surface="responses",
        servable=everything,
        pool_empty=False,
        claude_aliases=on,
    )
    assert decided.public_id == "claude-opus-4-8"
    return decided.targets[0].upstream_id


def test_the_preset_has_to_be_turned_on(catalogue: Catalogue, call: MakeCall) -> None:
    assert plan(catalogue, call) == "grok-4.7"
    with pytest.raises(ModelNotFound) as caught:
        plan(catalogue, call, on=False)
    assert "routing.claude_aliases" in caught.value.public_message


@pytest.mark.parametrize(
    ("models", "allowed"), [({"grok-4"}, True), ({"claude-opus-4-8"}, True), ({"grok-3"}, False)]
)
def test_a_key_may_use_a_name_if_it_may_use_the_model(
    catalogue: Catalogue, call: MakeCall, models: set[str], allowed: bool
) -> None:
    caller = Caller("key_1", "test", models=frozenset(models))
    if allowed:
        assert plan(catalogue, call, caller) == "grok-4.7"
    else:
        with pytest.raises(ModelNotFound):
            plan(catalogue, call, caller)


def test_one_model_is_found_by_such_a_name_and_none_is_listed(catalogue: Catalogue) -> None:
    caller = Caller("key_1", "test")
    found = router.public_model(catalogue, caller, everything, "claude-haiku-4-5", claude_aliases=True)
    assert found[0] == "claude-haiku-4-5"
    assert not [name for name, _ in router.public_models(catalogue, caller, everything) if "claude" in name]
    with pytest.raises(ModelNotFound):
        router.public_model(catalogue, caller, everything, "claude-haiku-4-5")


@pytest.mark.parametrize(
    ("field", "told"), [("", "output_config.effort"), ("thinking.budget_tokens", "thinking.budget_tokens")]
)
def test_a_wish_that_has_no_say_is_named_by_where_it_came_from(
    catalogue: Catalogue, call: MakeCall, field: str, told: str
) -> None:
    asked = replace(call("grok-4-fast", effort="high"), dialect="messages", effort_field=field)
    decided = router.plan(asked, catalogue, chat_surface="responses", servable=everything, pool_empty=False)
    assert decided.dropped == (told,)
    with pytest.raises(InvalidRequest) as caught:
        router.plan(
            replace(asked, effort="huge"),
            catalogue,
            chat_surface="responses",
            servable=everything,
            pool_empty=False,
        )
    assert caught.value.param == told
