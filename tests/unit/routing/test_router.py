"""The model a client names becomes the plan that the product's table promises."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from grok2api.canonical.call import Call, Caller, Thinking
from grok2api.canonical.plan import ModelKind, Plan, Surface, Tier
from grok2api.errors import InvalidRequest, ModelNotFound, Unsupported
from grok2api.routing import router
from grok2api.routing.catalogue import Catalogue, DiscoveredModel
from support.calls import MakeCall


def everything(_upstream_id: str, _tier: Tier | None) -> bool:
    return True


def nothing(_upstream_id: str, _tier: Tier | None) -> bool:
    return False


def plan(catalogue: Catalogue, call: Call, chat_surface: Surface = "responses") -> Plan:
    return router.plan(call, catalogue, chat_surface=chat_surface, servable=everything, pool_empty=False)


def targets(plan: Plan) -> list[tuple[str, str | None]]:
    return [(target.upstream_id, target.effort) for target in plan.targets]


NON_REASONING = ("grok-4.20-0309-non-reasoning", None)
REASONING = ("grok-4.20-0309-reasoning", None)


@pytest.mark.parametrize(
    ("model", "effort", "expected"),
    [
        ("grok-3", None, [("grok-4.3", "none"), NON_REASONING]),
        ("grok-3", "high", [("grok-4.3", "none"), NON_REASONING]),
        ("grok-3-fast", None, [NON_REASONING, ("grok-4.3", "none")]),
        ("grok-4", None, [("grok-4.7", None), ("grok-4.6", None), ("grok-4.5", None), ("grok-4.3", None)]),
        (
            "grok-4",
            "max",
            [("grok-4.7", "xhigh"), ("grok-4.6", "xhigh"), ("grok-4.5", "high"), ("grok-4.3", "high")],
        ),
        (
            "grok-4",
            "none",
            [("grok-4.7", "low"), ("grok-4.6", "low"), ("grok-4.5", "low"), ("grok-4.3", "none")],
        ),
        ("grok-4-mini", None, [("grok-4.3", "medium"), REASONING]),
        ("grok-4-fast", None, [("grok-4.3", "none"), NON_REASONING]),
        ("grok-4-heavy", None, [("grok-4.20-multi-agent-0309", "high"), ("grok-4.7", "xhigh")]),
        ("grok-4.1-fast", None, [("grok-4.3", "none"), NON_REASONING]),
        ("grok-4.1-fast", "minimal", [("grok-4.3", "none"), NON_REASONING]),
        ("grok-4.1-fast", "high", [("grok-4.3", "low"), NON_REASONING]),
        ("grok-4.1-expert", None, [("grok-4.7", "high"), ("grok-4.6", "high"), ("grok-4.5", "high")]),
        ("grok-4.1-thinking", None, [("grok-4.3", "high"), REASONING, ("grok-4.7", "high")]),
        ("grok-4.3", "xhigh", [("grok-4.3", "high")]),
        ("grok-4.20", "low", [REASONING]),
        ("grok-build-0.1", "low", [("grok-build-0.1", None)]),
    ],
)
def test_the_model_table(
    catalogue: Catalogue,
    call: MakeCall,
    model: str,
    effort: str | None,
    expected: list[tuple[str, str | None]],
) -> None:
    decided = plan(catalogue, call(model, effort=effort))
    assert targets(decided) == expected
    assert decided.public_id == model


@pytest.mark.parametrize(
    ("model", "effort", "thinking", "sent"),
    [
        ("grok-4.1-fast", None, "reasoning_content", "low"),
        ("grok-4.1-fast", None, "think_tags", "low"),
        ("grok-4.1-fast", None, "off", "none"),
        ("grok-4.1-fast", "none", "reasoning_content", "none"),
        ("grok-4.1-fast", "low", "off", "low"),
        ("grok-4-fast", None, "reasoning_content", "none"),
        ("grok-4", None, "reasoning_content", None),
    ],
)
def test_who_wants_to_be_shown_reasoning_asks_for_it(
    catalogue: Catalogue,
    call: MakeCall,
    model: str,
    effort: str | None,
    thinking: Thinking,
    sent: str | None,
) -> None:
    decided = plan(catalogue, replace(call(model, effort=effort), thinking=thinking))
    assert decided.targets[0].effort == sent
    assert decided.dropped == ()


@pytest.mark.parametrize(
    ("model", "shown", "tier"),
    [
        ("grok-3", False, None),
        ("grok-4", False, None),
        ("grok-4-mini", True, None),
        ("grok-4-heavy", False, "super"),
        ("grok-4.1-expert", False, None),
        ("grok-4.1-thinking", True, None),
    ],
)
def test_what_a_row_promises_beside_its_model(
    catalogue: Catalogue, call: MakeCall, model: str, shown: bool, tier: Tier | None
) -> None:
    decided = plan(catalogue, call(model))
    assert (decided.reasoning_shown, decided.tier) == (shown, tier)


@pytest.mark.parametrize(
    ("model", "effort", "named"),
    [
        ("grok-3", "high", True),
        ("grok-3", "none", False),
        ("grok-3-fast", "low", True),
        ("grok-3-fast", "none", False),
        ("grok-4", "minimal", False),
        ("grok-4-heavy", "high", False),
        ("grok-4-heavy", "low", True),
        ("grok-4.1-fast", "low", False),
        ("grok-4.1-fast", "high", True),
        ("grok-4.1-fast", "none", False),
        ("grok-4.1-thinking", "high", False),
        ("grok-4.20", "low", True),
        ("grok-4.20", "none", True),
    ],
)
@pytest.mark.parametrize(
    ("dialect", "field"), [("chat", "reasoning_effort"), ("responses", "reasoning.effort")]
)
def test_an_effort_without_a_say_is_named(
    catalogue: Catalogue,
    call: MakeCall,
    model: str,
    effort: str,
    named: bool,
    dialect: Literal["chat", "responses"],
    field: str,
) -> None:
    decided = plan(catalogue, call(model, dialect=dialect, effort=effort))
    assert decided.dropped == ((field,) if named else ())


def test_a_strict_key_is_refused_what_others_have_dropped(catalogue: Catalogue, call: MakeCall) -> None:
    strict = Caller("key_1", "strict", strict=True)
    with pytest.raises(Unsupported) as caught:
        plan(catalogue, call("grok-3", effort="high", caller=strict))
    assert caught.value.param == "reasoning_effort"
    assert plan(catalogue, call("grok-4", effort="high", caller=strict)).dropped == ()


def test_a_word_that_is_no_effort_is_refused(catalogue: Catalogue, call: MakeCall) -> None:
    with pytest.raises(InvalidRequest) as caught:
        plan(catalogue, call("grok-4", dialect="responses", effort="turbo"))
    assert caught.value.param == "reasoning.effort"


@pytest.mark.parametrize(
    ("dialect", "setting", "model", "mode", "surfaces"),
    [
        ("responses", "chat", "grok-4.1-expert", "forward", ["responses"] * 3),
        ("chat", "responses", "grok-4.1-expert", "turn", ["responses"] * 3),
        ("chat", "chat", "grok-4.1-expert", "turn", ["chat"] * 3),
        ("chat", "chat", "grok-4-heavy", "turn", ["responses", "chat"]),
        ("responses", "responses", "grok-4-heavy", "forward", ["responses", "responses"]),
    ],
)
def test_mode_and_surface(
    catalogue: Catalogue,
    call: MakeCall,
    dialect: Literal["chat", "responses"],
    setting: Surface,
    model: str,
    mode: str,
    surfaces: list[str],
) -> None:
    decided = plan(catalogue, call(model, dialect=dialect), setting)
    assert decided.mode == mode
    assert [target.surface for target in decided.targets] == surfaces


def test_agents_are_not_given_tools_of_the_client(catalogue: Catalogue, call: MakeCall) -> None:
    with pytest.raises(Unsupported) as caught:
        plan(catalogue, call("grok-4-heavy", tools=True))
    assert caught.value.param == "tools"


def test_what_upstream_lists_decides_what_is_sent(catalogue: Catalogue, call: MakeCall) -> None:
    grown = catalogue.with_discovered("acct_1", [DiscoveredModel("grok-4.3", efforts=("low", "xhigh"))])
    assert targets(plan(grown, call("grok-4.3", effort="max"))) == [("grok-4.3", "xhigh")]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("claude-opus-4-8", "GROK2API_ROUTING__CLAUDE_ALIASES=true"),
        ("grok-4-0709", "use 'grok-4'"),
        ("grok-3-mini", "use 'grok-4-mini'"),
        ("grok-code-fast-1", "use 'grok-build-0.1'"),
        ("grok-4.1-thinkin", "'grok-4.1-thinking'"),
        ("gpt-9", "/v1/models"),
        ("grok-imagine-1.0", "makes image"),
        ("grok-imagine-video", "makes video"),
        ("x" * 5000, "…"),
        ("", "/v1/models"),
    ],
)
def test_a_model_that_is_not_served_is_404_with_advice(
    catalogue: Catalogue, call: MakeCall, model: str, said: str
) -> None:
    with pytest.raises(ModelNotFound) as caught:
        plan(catalogue, call(model))
    assert said in caught.value.public_message
    assert len(caught.value.public_message) < 400
    assert (caught.value.status, caught.value.code, caught.value.param) == (404, "model_not_found", "model")


def test_a_key_with_a_list_sees_nothing_else(catalogue: Catalogue, call: MakeCall) -> None:
    caller = Caller("key_1", "narrow", models=frozenset({"grok-4", "grok-4.3"}))
    assert plan(catalogue, call("grok-4", caller=caller)).targets[0].upstream_id == "grok-4.7"
    assert plan(catalogue, call("grok-4.3-latest", caller=caller)).targets[0].upstream_id == "grok-4.3"
    with pytest.raises(ModelNotFound) as caught:
        plan(catalogue, call("grok-3", caller=caller))
    assert "grok-3-fast" not in caught.value.public_message
    listed = [name for name, _ in router.public_models(catalogue, caller, everything)]
    assert listed == ["grok-4", "grok-4.3", "grok-4.3-latest", "grok-latest"]


def test_targets_that_no_credential_may_serve_are_left_out(catalogue: Catalogue, call: MakeCall) -> None:
    def servable(upstream_id: str, tier: Tier | None) -> bool:
        return upstream_id in {"grok-4.5", "grok-4.3"} and tier is None

    decided = router.plan(
        call("grok-4"), catalogue, chat_surface="responses", servable=servable, pool_empty=False
    )
    assert [target.upstream_id for target in decided.targets] == ["grok-4.5", "grok-4.3"]
    listed = [name for name, _ in router.public_models(catalogue, Caller("k", "k"), servable)]
    assert "grok-4" in listed
    assert "grok-4-heavy" not in listed
    assert "grok-4.7" not in listed


def test_nobody_may_serve_it(catalogue: Catalogue, call: MakeCall) -> None:
    with pytest.raises(ModelNotFound):
        router.plan(call("grok-4"), catalogue, chat_surface="chat", servable=nothing, pool_empty=False)


def test_an_empty_pool_lets_the_plan_pass(catalogue: Catalogue, call: MakeCall) -> None:
    decided = router.plan(call("grok-4"), catalogue, chat_surface="chat", servable=nothing, pool_empty=True)
    assert len(decided.targets) == 4
    with pytest.raises(ModelNotFound):
        router.plan(call("grok-99"), catalogue, chat_surface="chat", servable=nothing, pool_empty=True)


def test_the_list_holds_each_model_once_with_a_fixed_time(catalogue: Catalogue) -> None:
    listed = router.public_models(catalogue, Caller("k", "k"), everything)
    names = [name for name, _ in listed]
    assert len(names) == len(set(names))
    assert dict(listed)["grok-4"] == 1_752_019_200
    assert {"grok-3", "grok-4-heavy", "grok-4.7", "grok-4.20"} <= set(names)
    assert {"grok-imagine-1.0", "grok-imagine-1.0-video", "grok-imagine-image-2.0"} <= set(names)
    text = router.public_models(catalogue, Caller("k", "k"), everything, kinds={ModelKind.TEXT})
    assert not any("imagine" in name for name, _ in text)


def test_one_model_is_found_by_its_name(catalogue: Catalogue) -> None:
    caller = Caller("k", "k")
    assert router.public_model(catalogue, caller, everything, "grok-4") == ("grok-4", 1_752_019_200)
    with pytest.raises(ModelNotFound):
        router.public_model(catalogue, caller, everything, "grok-9")


@pytest.mark.parametrize("setting", ["chat", "responses"])
def test_what_xai_runs_itself_is_on_the_responses_surface_only(
    catalogue: Catalogue, call: MakeCall, setting: Surface
) -> None:
    decided = plan(catalogue, replace(call("grok-4"), needs_responses=True), setting)
    assert {target.surface for target in decided.targets} == {"responses"}
    assert decided.other_surfaces == {}


def test_a_model_without_that_surface_refuses_what_xai_runs_itself(
    catalogue: Catalogue, call: MakeCall
) -> None:
    shipped = dict(catalogue.shipped)
    shipped["grok-4.3"] = replace(shipped["grok-4.3"], surfaces=("chat",))
    narrow = replace(catalogue, shipped=shipped)
    assert targets(plan(narrow, call("grok-4.3"))) == [("grok-4.3", None)]
    with pytest.raises(Unsupported) as caught:
        plan(narrow, replace(call("grok-4.3"), needs_responses=True))
    assert caught.value.param == "tools"
    meant = plan(narrow, replace(call("grok-4"), needs_responses=True))
    assert "grok-4.3" not in [target.upstream_id for target in meant.targets]
