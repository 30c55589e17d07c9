"""Search options of all generations, and the tools that xAI runs for them."""

from __future__ import annotations

from typing import Any

import pytest

from grok2api.errors import InvalidRequest, Unsupported
from support.chat_turns import parsed, sent

WEB, X = {"type": "web_search"}, {"type": "x_search"}
FUNCTION = {"type": "function", "function": {"name": "f"}}
FLAT = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}


def live(**parameters: Any) -> dict[str, Any]:
    return {"search_parameters": parameters}


def sources(*kinds: dict[str, Any], **more: Any) -> dict[str, Any]:
    return live(sources=list(kinds), **more)


@pytest.mark.parametrize(
    ("body", "tools", "dropped"),
    [
        (live(mode="auto", return_citations=True), [WEB, X], ()),
        (live(), [WEB, X], ()),
        (live(mode="on"), [WEB, X], ("search_parameters.mode",)),
        (live(sources=[], max_search_results=5), [WEB, X], ("search_parameters.max_search_results",)),
        (sources({"type": "web"}), [WEB], ()),
        (
            sources({"type": "web", "allowed_websites": ["x.ai"], "safe_search": True}),
            [{"type": "web_search", "filters": {"allowed_domains": ["x.ai"]}}],
            (),
        ),
        (
            sources({"type": "web", "excluded_websites": ["a.b"], "country": "CH", "safe_search": False}),
            [{"type": "web_search", "filters": {"excluded_domains": ["a.b"]}}],
            ("search_parameters.sources[0].country", "search_parameters.sources[0].safe_search"),
        ),
        (
            sources({"type": "x", "x_handles": ["a"], "post_favorite_count": 5, "post_view_count": 9}),
            [{"type": "x_search", "allowed_x_handles": ["a"]}],
            (
                "search_parameters.sources[0].post_favorite_count",
                "search_parameters.sources[0].post_view_count",
            ),
        ),
        (
            sources({"type": "x", "included_x_handles": ["a"]}, from_date="2026-01-01", to_date="2026-02-01"),
            [
                {
                    "type": "x_search",
                    "allowed_x_handles": ["a"],
                    "from_date": "2026-01-01",
                    "to_date": "2026-02-01",
                }
            ],
            (),
        ),
        (
            live(from_date="2026-01-01"),
            [WEB, {"type": "x_search", "from_date": "2026-01-01"}],
            ("search_parameters.from_date",),
        ),
        (
            sources({"type": "web"}, to_date="2026-01-01"),
            [WEB],
            ("search_parameters.to_date",),
        ),
        (sources({"type": "news"}), [WEB], ("search_parameters.sources[0].type",)),
        (sources({"type": "web"}, {"type": "news"}), [WEB], ("search_parameters.sources[1]",)),
        (
            sources({"type": "rss", "links": ["https://a.b"]}, {"type": "x"}),
            [X],
            ("search_parameters.sources[0]",),
        ),
        ({"web_search_options": {}}, [WEB], ()),
        (
            {"web_search_options": {"search_context_size": "high", "user_location": {"type": "approximate"}}},
            [WEB],
            ("web_search_options.search_context_size", "web_search_options.user_location"),
        ),
        ({"web_search_options": {}, **live()}, [WEB, X], ()),
        ({"tools": [FUNCTION, {"type": "web_search"}]}, [FLAT, WEB], ()),
        (
            {"tools": [{"type": "web_search_preview", "search_context_size": "low", "user_location": None}]},
            [WEB],
            ("tools[0].search_context_size",),
        ),
        ({"tools": [{"type": "web_search", "external_web_access": False}, FUNCTION]}, [FLAT], ()),
        (
            {"tools": [{"type": "x_search", "allowed_x_handles": ["a"], "enable_video_understanding": True}]},
            [{"type": "x_search", "allowed_x_handles": ["a"], "enable_video_understanding": True}],
            (),
        ),
        (
            {"tools": [{"type": "code_execution"}, {"type": "x_search"}]},
            [{"type": "code_interpreter"}, X],
            (),
        ),
        (
            {"tools": [{"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["f"]}}]},
            [{"type": "code_interpreter"}],
            ("tools[0].container",),
        ),
        (
            {"tools": [{"type": "live_search", "sources": [{"type": "x"}], "max_search_results": 3}]},
            [X],
            ("tools[0].max_search_results",),
        ),
    ],
)
def test_every_wish_to_search_becomes_a_server_tool(
    body: dict[str, Any], tools: list[dict[str, Any]], dropped: tuple[str, ...]
) -> None:
    call = parsed(body)
    assert call.dropped == dropped
    assert call.needs_responses is any(tool["type"] != "function" for tool in tools)
    assert call.has_client_tools is any(tool["type"] == "function" for tool in tools)
    assert sent(body)["tools"] == tools
    if dropped:
        with pytest.raises(Unsupported):
            parsed(body, strict=True)


@pytest.mark.parametrize("body", [live(mode="off"), live(mode="off", sources=[{"type": "web"}]), {}])
def test_a_search_that_is_off_is_nothing(body: dict[str, Any]) -> None:
    assert not parsed(body, strict=True).needs_responses
    assert "tools" not in sent(body)


@pytest.mark.parametrize(
    ("body", "error", "param"),
    [
        (live(mode="perhaps"), InvalidRequest, "search_parameters.mode"),
        (live(from_date="yesterday"), InvalidRequest, "search_parameters.from_date"),
        (live(sources="web"), InvalidRequest, "search_parameters.sources"),
        (sources({"type": "radio"}), Unsupported, "search_parameters.sources[0].type"),
        (sources({"type": "rss", "links": []}), Unsupported, "search_parameters.sources"),
        (sources({"type": "x"}, {"type": "x"}), InvalidRequest, "search_parameters.sources"),
        (
            sources({"type": "web", "allowed_websites": ["a"], "excluded_websites": ["b"]}),
            InvalidRequest,
            "search_parameters.sources[0]",
        ),
        (
            sources({"type": "x", "x_handles": ["a"], "excluded_x_handles": ["b"]}),
            InvalidRequest,
            "search_parameters.sources[0]",
        ),
        (
            sources({"type": "web", "allowed_websites": list("abcdef")}),
            InvalidRequest,
            "search_parameters.sources[0].allowed_websites",
        ),
        ({"web_search_options": "yes"}, InvalidRequest, "web_search_options"),
        ({"tools": [{"type": "web_search"}], **live()}, InvalidRequest, "tools"),
        ({"tools": [{"type": "live_search", "sources": [{}]}]}, InvalidRequest, "tools[0].sources[0].type"),
        ({"tools": [{"type": "telepathy"}]}, Unsupported, "tools[0].type"),
        ({"tools": [{"type": "web_search"}] * 351}, InvalidRequest, "tools"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_its_path(
    body: dict[str, Any], error: type[Exception], param: str
) -> None:
    with pytest.raises(error) as caught:
        parsed(body)
    assert getattr(caught.value, "param") == param  # noqa: B009


def test_a_choice_can_rest_on_server_tools_alone() -> None:
    body = {"tools": [{"type": "web_search"}], "tool_choice": "required", "parallel_tool_calls": False}
    assert sent(body)["tool_choice"] == "required"
    assert sent(body)["parallel_tool_calls"] is False


@pytest.mark.parametrize(
    ("wanted", "included"), [(False, ["no_inline_citations"]), (True, None), (None, None)]
)
def test_sources_are_kept_out_of_the_text_where_nobody_wants_them(
    wanted: bool | None, included: list[str] | None
) -> None:
    assert sent(live(return_citations=wanted)).get("include") == included
