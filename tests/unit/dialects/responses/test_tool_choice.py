"""Which tools are sent, and with which choice, so that the model may do what the client wants and no more."""

from __future__ import annotations

import pytest

from grok2api.errors import Grok2ApiError
from support.responses_api import Json, parse, sent

FIND: Json = {"type": "function", "name": "find", "parameters": {"type": "object", "properties": {}}}
PATCH: Json = {"type": "custom", "name": "patch"}
CRM: Json = {
    "type": "namespace",
    "name": "crm",
    "tools": [FIND | {"name": "look"}, {"type": "custom", "name": "note"}],
}
MCP: Json = {"type": "mcp", "server_label": "s", "server_url": "https://s.invalid"}
TOOLS = [FIND, PATCH, CRM, {"type": "web_search_preview"}, {"type": "x_search"}, MCP]
ALL = ["find", "patch", "crm__look", "crm__note", "web_search", "x_search", "s"]


def allowed(*tools: Json, mode: str = "auto") -> Json:
    return {"type": "allowed_tools", "mode": mode, "tools": list(tools)}


def outcome(choice: object) -> tuple[list[str], object]:
    body = sent({"tools": TOOLS, "tool_choice": choice})
    return [str(t.get("name") or t.get("server_label") or t["type"]) for t in body["tools"]], body.get(
        "tool_choice"
    )


@pytest.mark.parametrize(
    ("choice", "tools", "upstream"),
    [
        ("auto", ALL, "auto"),
        ("none", ALL, "none"),
        ("required", ALL, "required"),
        ({"type": "function", "name": "find"}, ALL, {"type": "function", "name": "find"}),
        ({"type": "custom", "name": "patch"}, ALL, {"type": "function", "name": "patch"}),
        ({"type": "function", "name": "look"}, ALL, {"type": "function", "name": "crm__look"}),
        (
            {"type": "custom", "name": "note", "namespace": "crm"},
            ALL,
            {"type": "function", "name": "crm__note"},
        ),
        ({"type": "web_search"}, ["web_search"], "required"),
        ({"type": "web_search_preview_2025_03_11"}, ["web_search"], "required"),
        ({"type": "mcp", "server_label": "s"}, ["s"], "required"),
        ({"type": "namespace", "name": "crm"}, ["crm__look", "crm__note"], "required"),
        (allowed(PATCH, FIND), ["find", "patch"], "auto"),
        (allowed({"type": "x_search"}, mode="required"), ["x_search"], "required"),
        (allowed({"type": "namespace", "name": "crm"}, FIND), ["find", "crm__look", "crm__note"], "auto"),
    ],
)
def test_a_choice_in_the_words_of_upstream(choice: object, tools: list[str], upstream: object) -> None:
    assert outcome(choice) == (tools, upstream)


@pytest.mark.parametrize(
    ("entries", "kept"),
    [
        ([{"name": "a"}], ["a"]),
        ([{"name": "a"}, {"name": "b"}], ["a", "b"]),
        ([{}, {"name": "b"}], None),
        ([{"name": "a"}, {}], None),
        ([{"name": "a"}, {"name": "a"}, {"name": ["b"]}], ["a", ["b"]]),
    ],
)
def test_tools_of_a_server_can_be_allowed_one_by_one(entries: list[Json], kept: list[str] | None) -> None:
    choice = allowed(*({"type": "mcp", "server_label": "s", **entry} for entry in entries))
    (tool,) = sent({"tools": TOOLS, "tool_choice": choice})["tools"]
    assert tool.get("allowed_tools") == kept


@pytest.mark.parametrize(
    ("choice", "code", "param"),
    [
        ({"type": "function", "name": "nobody"}, "invalid_value", "tool_choice"),
        ({"type": "function", "name": "look", "namespace": "erp"}, "invalid_value", "tool_choice"),
        ({"type": "function"}, "missing_required_parameter", "tool_choice.name"),
        ({"name": "find"}, "missing_required_parameter", "tool_choice.type"),
        ({"type": "file_search"}, "invalid_value", "tool_choice"),
        ({"type": "mcp", "server_label": "other"}, "invalid_value", "tool_choice"),
        ({"type": "computer_use_preview"}, "unsupported_parameter", "tool_choice"),
        (allowed(), "invalid_value", "tool_choice.tools"),
        (allowed(FIND, mode="maybe"), "invalid_value", "tool_choice.mode"),
        (allowed(FIND) | {"mode": []}, "invalid_value", "tool_choice.mode"),
        ({"type": "mcp", "server_label": {}}, "invalid_value", "tool_choice"),
        (allowed(FIND, {"type": "function", "name": "x"}), "invalid_value", "tool_choice.tools[1]"),
        (allowed({"name": "find"}), "missing_required_parameter", "tool_choice.tools[0].type"),
    ],
)
def test_a_choice_that_cannot_be_kept_is_refused(choice: Json, code: str, param: str) -> None:
    with pytest.raises(Grok2ApiError) as caught:
        parse({"tools": TOOLS, "tool_choice": choice})
    assert (caught.value.code, caught.value.param) == (code, param)
