"""Tools that xAI lacks: what stands for them, and that it is known again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.dialects.responses.tool_names import ToolNames, client_tools
from grok2api.errors import InvalidRequest, Unsupported
from support.responses_api import Json, parse, sent

GRAMMAR: Json = {"type": "grammar", "syntax": "regex", "definition": "a|b\n\nc [x of the namespace y]"}
SCHEMA: Json = {"type": "object", "properties": {"city": {"type": "string"}}}


def custom(name: str, **more: Any) -> Json:
    return {"type": "custom", "name": name, **more}


def function(name: str, **more: Any) -> Json:
    return {"type": "function", "name": name, "parameters": SCHEMA, **more}


def namespace(name: str, *tools: Json, **more: Any) -> Json:
    return {"type": "namespace", "name": name, "tools": list(tools), **more}


def names_sent(*tools: Json) -> list[str]:
    return [tool["name"] for tool in sent({"tools": list(tools)})["tools"]]


def test_a_custom_tool_becomes_a_function_of_one_text() -> None:
    (tool,) = sent({"tools": [custom("patch", description="Changes files.", format=GRAMMAR)]})["tools"]
    assert (tool["type"], tool["name"], tool["description"]) == ("function", "patch", "Changes files.")
    assert tool["parameters"]["required"] == ["input"]
    (argument,) = tool["parameters"]["properties"].values()
    assert argument["type"] == "string"
    assert GRAMMAR["definition"] in argument["description"]


def test_tools_of_a_namespace_become_functions_that_say_where_they_belong() -> None:
    tools = sent(
        {
            "tools": [
                namespace(
                    "crm", function("find", description="Finds."), custom("note"), description="Customers."
                )
            ]
        }
    )["tools"]
    assert [tool["name"] for tool in tools] == ["crm__find", "crm__note"]
    assert tools[0]["description"] == "Finds.\n\n[find of the namespace crm] Customers."
    assert tools[1]["description"] == "[note of the namespace crm]"


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        ((namespace("a__", function("b")),), ["a__b"]),
        ((function("a__b"), namespace("a", function("b"))), ["a__b", "a_b_f5a1b5d2a6"]),
        ((namespace("a", function("b__c")), namespace("a__b", function("c"))), None),
        ((namespace("a", function("x" * 60)),), None),
        ((namespace("böse", function("b")),), None),
        ((custom("a__b"), namespace("a", custom("b"))), None),
    ],
)
def test_no_two_tools_have_one_name_nor_an_illegal_one(
    tools: tuple[Json, ...], expected: list[str] | None
) -> None:
    names = names_sent(*tools)
    assert len(set(names)) == len(names)
    assert all(len(name) <= 64 and name.isascii() for name in names)
    assert names == names_sent(*tools)
    if expected is not None:
        assert names[0] == expected[0]
        assert [name[:4] for name in names] == [name[:4] for name in expected]


@pytest.mark.parametrize(
    ("tools", "path"),
    [
        ([custom("a"), custom("a")], "tools[1].name"),
        ([function("a"), custom("a")], "tools[1].name"),
        ([namespace("n", function("a"), custom("a"))], "tools[0].tools[1].name"),
        ([namespace("n", function("a")), namespace("n", function("a"))], "tools[1].tools[0].name"),
        ([namespace("n", {"type": "function"})], "tools[0].tools[0].name"),
        ([{"type": "namespace", "tools": []}], "tools[0].name"),
        ([{"type": "namespace", "name": "n"}], "tools[0].tools"),
        ([custom("")], "tools[0].name"),
        ([{"type": [], "name": "a"}], "tools[0].type"),
        ([{"type": "namespace", "name": [], "tools": []}], "tools[0].name"),
        ([custom("a", format={"type": {}})], "tools[0].format.type"),
        ([custom("a", format={"type": "yaml"})], "tools[0].format.type"),
        ([custom("a", format={"type": "grammar", "syntax": "lark"})], "tools[0].format.definition"),
        ([namespace("n", *(function(f"f{n}") for n in range(351)))], "tools"),
    ],
)
def test_tools_that_cannot_be_read_are_answered_by_path(tools: list[Json], path: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse({"tools": tools})
    assert caught.value.param == path


def test_what_only_programs_would_call_is_refused_and_what_they_add_is_named() -> None:
    call = parse({"tools": [custom("a", allowed_callers=["direct", "programmatic"], output_schema={})]})
    assert call.dropped == ("tools[0].allowed_callers", "tools[0].output_schema")
    plain = function("a", allowed_callers=["direct"], strict=True, **{"async": False})
    assert parse({"tools": [plain]}).dropped == ()
    assert sent({"tools": [plain]})["tools"] == [function("a", strict=True)]
    with pytest.raises(Unsupported) as caught:
        parse({"tools": [function("a", allowed_callers=["programmatic"])]})
    assert caught.value.param == "tools[0].allowed_callers"


NAMES = st.text(st.sampled_from("ab_-é"), min_size=1, max_size=40)
FORMS = st.sampled_from([{"type": "text"}, GRAMMAR])


@st.composite
def tool_lists(draw: st.DrawFn) -> list[Json]:
    """Return tools of every kind that a client executes, no two of one name."""
    described = st.sampled_from([{}, {"description": "Does it."}, {"description": "a\n\n[b] c"}])

    def one(name: str) -> Json:
        more = draw(described)
        return custom(name, format=draw(FORMS), **more) if draw(st.booleans()) else function(name, **more)

    tools = [one(name) for name in draw(st.lists(NAMES, unique=True, max_size=3))]
    for name in draw(st.lists(NAMES, unique=True, max_size=3)):
        inner = draw(st.lists(NAMES, unique=True, min_size=1, max_size=3))
        told = draw(st.sampled_from(["", "Of customers.\n\nAnd more."]))
        tools.append(namespace(name, *map(one, inner), description=told))
    return tools


@given(tool_lists())
def test_what_upstream_echoes_tells_the_clients_tools(tools: list[Json]) -> None:
    """Nothing is kept: the way back is the same from the request and from the stored response."""
    echoed = sent({"tools": tools}).get("tools", [])
    shown = client_tools(echoed)
    assert [{name: value for name, value in tool.items() if name != "tools"} for tool in shown] == [
        {name: value for name, value in tool.items() if name != "tools"} for tool in tools
    ]
    for tool, original in zip(shown, tools, strict=True):
        inner = [{n: v for n, v in one.items() if v is not None} for one in tool.get("tools", [])]
        assert inner == original.get("tools", [])
    live, stored = ToolNames.of_request(tools), ToolNames.recognised(echoed)
    for function_sent in echoed:
        item = {"type": "function_call", "name": function_sent["name"], "arguments": '{"input":"x"}'}
        assert live.client_item(item) == stored.client_item(item)


@pytest.mark.parametrize("form", [{"type": "text"}, GRAMMAR])
def test_a_custom_tool_is_known_again_where_its_schema_comes_back_without_a_title(form: Json) -> None:
    (echoed,) = sent({"tools": [custom("patch", format=form)]})["tools"]
    del echoed["parameters"]["title"]
    assert client_tools([echoed]) == [custom("patch", format=form)]
    item = {"type": "function_call", "name": "patch", "arguments": '{"input":"x"}'}
    assert ToolNames.recognised([echoed]).client_item(item)["type"] == "custom_tool_call"
    own = function("patch", parameters={"type": "object", "properties": {"input": {"type": "string"}}})
    assert client_tools([own]) == [own]
    assert ToolNames.recognised([own]).client_item(item) == item
