"""Models of pictures and clips in conversations: who may ask, and what of the request means nothing."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest

from grok2api.canonical.body import Body
from grok2api.canonical.call import Call, Caller
from grok2api.canonical.enclosures import Enclosure
from grok2api.canonical.plan import ModelKind, Plan
from grok2api.errors import InvalidRequest, ModelNotFound, Unsupported
from grok2api.routing.catalogue import load
from grok2api.routing.drawing import idle_configs, plan_drawing
from grok2api.routing.router import plan

CATALOGUE = load()
Dialect = Literal["chat", "responses", "messages"]


def call_of(
    model: str = "grok-imagine-1.0",
    dialect: Dialect = "chat",
    *,
    strict: bool = False,
    models: frozenset[str] | None = None,
    fields: dict[str, Any] | None = None,
    **more: Any,
) -> Call:
    return Call(
        request_id="r",
        dialect=dialect,
        model=model,
        stream=False,
        body=Body.parse(json.dumps(fields or {}).encode()),
        caller=Caller("key_1", "test", strict=strict, models=models),
        received_at=0.0,
        **more,
    )


def drawn(call: Call) -> Plan | None:
    return plan_drawing(call, CATALOGUE, servable=lambda *_: True, pool_empty=False)


@pytest.mark.parametrize(
    ("model", "kind", "targets"),
    [
        ("grok-imagine-1.0", ModelKind.IMAGE, ["grok-imagine-image", "grok-imagine-image-2.0"]),
        ("grok-imagine-image-2.0", ModelKind.IMAGE, ["grok-imagine-image-2.0"]),
        ("grok-imagine-1.0-video", ModelKind.VIDEO, ["grok-imagine-video", "grok-imagine-video-1.5"]),
    ],
)
def test_the_kind_of_the_model_decides(model: str, kind: ModelKind, targets: list[str]) -> None:
    decided = drawn(call_of(model))
    assert decided is not None
    assert (decided.kind, decided.mode) == (kind, "turn")
    assert [target.upstream_id for target in decided.targets] == targets
    forwarded = drawn(call_of(model, "responses"))
    assert forwarded is not None
    assert forwarded.mode == "forward"


@pytest.mark.parametrize("model", ["grok-4", "gpt-9", "grok-voice-latest"])
def test_other_models_are_for_others_to_decide(model: str) -> None:
    assert drawn(call_of(model)) is None


def test_a_model_outside_the_keys_list_is_not_there() -> None:
    with pytest.raises(ModelNotFound):
        drawn(call_of(models=frozenset({"grok-4"})))


@pytest.mark.parametrize(
    ("dialect", "fields", "named"),
    [
        ("chat", {"temperature": 0.2, "tools": [{}], "stop": "x"}, ("temperature", "stop", "tools")),
        ("chat", {"tools": [], "image_config": {"n": 2}, "stream": True, "user": "u"}, ()),
        ("chat", {"video_config": {"seconds": 4}}, ("video_config",)),
        ("responses", {"instructions": "Be kind.", "text": {}, "store": True}, ("instructions",)),
        ("messages", {"system": "Be kind.", "max_tokens": 9, "top_k": 3}, ("top_k", "system")),
    ],
)
def test_what_means_nothing_to_such_a_model_is_named(
    dialect: Dialect, fields: dict[str, Any], named: tuple[str, ...]
) -> None:
    decided = drawn(call_of(dialect=dialect, fields=fields))
    assert decided is not None
    assert decided.dropped == named


def test_strict_keys_see_a_refusal() -> None:
    with pytest.raises(Unsupported) as caught:
        drawn(call_of(strict=True, fields={"temperature": 0.2}))
    assert caught.value.param == "temperature"


DOCUMENT = Enclosure(
    kind="document", form="base64", part=("messages", 0, "content", 0), source=("messages", 0, "content", 0)
)


@pytest.mark.parametrize(
    ("call", "param"),
    [
        (call_of(choices=2), "n"),
        (call_of(dialect="responses", continues="resp_1"), "previous_response_id"),
        (call_of(enclosures=(DOCUMENT,), reads_files=True), "messages[0].content[0]"),
    ],
)
def test_what_such_a_model_cannot_do_is_refused_by_name(call: Call, param: str) -> None:
    with pytest.raises((Unsupported, InvalidRequest)) as caught:
        drawn(call)
    assert caught.value.param == param


def test_configurations_of_others_mean_nothing_to_a_model_of_text() -> None:
    fields = {"image_config": {"n": 2}, "video_config": {}}
    assert idle_configs(call_of("grok-4", fields=fields)) == ("image_config",)
    with pytest.raises(Unsupported):
        idle_configs(call_of("grok-4", fields=fields, strict=True))


def decided_for(model: str) -> list[str]:
    call = call_of(model, enclosures=(DOCUMENT,), reads_files=True, needs_responses=True)
    found = plan(call, CATALOGUE, chat_surface="chat", servable=lambda *_: True, pool_empty=False)
    assert {target.surface for target in found.targets} == {"responses"}
    return [target.upstream_id for target in found.targets]


def test_documents_go_to_models_that_reason() -> None:
    assert decided_for("grok-3-fast") == ["grok-4.3"]
    assert decided_for("grok-4")[0] == "grok-4.7"


def test_a_model_that_never_reasons_reads_no_documents() -> None:
    with pytest.raises(Unsupported, match="cannot read files") as caught:
        decided_for("grok-4.20-0309-non-reasoning")
    assert caught.value.param == DOCUMENT.param
