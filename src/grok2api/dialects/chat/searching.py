"""Turns the search options of chat clients into tools that xAI runs itself.

xAI's Live Search is retired, and its options live on in clients; OpenAI has options of its own. Both become
`web_search` and `x_search`, which decide for themselves whether and how often they search. Must never widen a
search beyond the sites or accounts that were allowed; what has no counterpart is named.
Source: xai-api.md §2.2, §2.3, §8 row 10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grok2api.dialects.chat.shapes import SearchParameters, SearchSource
from grok2api.dialects.fields import Dropped
from grok2api.dialects.server_tools import ServerTool
from grok2api.errors import InvalidRequest, Unsupported

_USUAL = (SearchSource("web"), SearchSource("x"))
"""What is searched when nothing is said, as Live Search did."""
_KINDS = ("web", "x", "news", "rss")


def parameters_tools(parameters: SearchParameters, path: str, dropped: Dropped) -> list[ServerTool]:
    """Return the tools that stand for Live Search's options.

    Raises:
        InvalidRequest: a source twice, or sites both allowed and excluded.
        Unsupported: a source that Grok does not search.
    """
    if parameters.mode == "off":
        return []
    if parameters.mode == "on":
        dropped.note(f"{path}.mode")
    if parameters.max_search_results is not None:
        dropped.note(f"{path}.max_search_results")
    sources = tuple(parameters.sources or _USUAL)
    kinds = [_kind(source, f"{path}.sources[{place}]") for place, source in enumerate(sources)]
    if len(set(kinds)) < len(kinds):
        raise InvalidRequest(f"'{path}.sources' names a source twice.", param=f"{path}.sources")
    if set(kinds) == {"rss"}:
        raise Unsupported("Grok does not read feeds: use a source of type 'web'.", param=f"{path}.sources")
    tools = []
    for place, source in enumerate(sources):
        tool = _tool(source, f"{path}.sources[{place}]", dropped, beside_web="web" in kinds)
        if tool is not None:
            tools.append(tool)
    _date(parameters, tools, path, dropped)
    return tools


def options_tools(options: Mapping[str, Any], path: str, dropped: Dropped) -> list[ServerTool]:
    """Return the tool that stands for OpenAI's `web_search_options`; Grok takes none of its settings."""
    for name, value in options.items():
        if value is not None:
            dropped.note(f"{path}.{name}")
    return [{"type": "web_search"}]


def _kind(source: SearchSource, path: str) -> str:
    if source.type not in _KINDS:
        raise Unsupported(
            f"Grok does not search sources of type '{source.type[:64]}'; use 'web', 'x' or 'news'.",
            param=f"{path}.type",
        )
    return source.type


def _tool(source: SearchSource, path: str, dropped: Dropped, *, beside_web: bool) -> ServerTool | None:
    if source.type == "x":
        return _x_search(source, path, dropped)
    if source.type == "web":
        return _web_search(source, path, dropped)
    if source.type == "rss" or beside_web:
        dropped.note(path)
        return None
    dropped.note(f"{path}.type")
    return _web_search(source, path, dropped)


def _web_search(source: SearchSource, path: str, dropped: Dropped) -> ServerTool:
    if source.country is not None:
        dropped.note(f"{path}.country")
    if source.safe_search is False:
        dropped.note(f"{path}.safe_search")
    allowed, excluded = source.allowed_websites, source.excluded_websites
    sites = _either(("allowed_domains", allowed), ("excluded_domains", excluded), path, "websites")
    return {"type": "web_search", "filters": sites} if sites else {"type": "web_search"}


def _x_search(source: SearchSource, path: str, dropped: Dropped) -> ServerTool:
    for name in ("post_favorite_count", "post_view_count"):
        if getattr(source, name) is not None:
            dropped.note(f"{path}.{name}")
    allowed = source.included_x_handles or source.x_handles
    excluded = source.excluded_x_handles
    accounts = _either(("allowed_x_handles", allowed), ("excluded_x_handles", excluded), path, "accounts")
    return {"type": "x_search", **accounts}


def _either(
    allowed: tuple[str, Sequence[str] | None],
    excluded: tuple[str, Sequence[str] | None],
    path: str,
    what: str,
) -> dict[str, Any]:
    """Return the one restriction that is given: xAI takes only one."""
    given = {name: value for name, value in (allowed, excluded) if value}
    if len(given) > 1:
        raise InvalidRequest(f"'{path}' can allow {what} or exclude some, not both.", param=path)
    return given


def _date(parameters: SearchParameters, tools: Sequence[ServerTool], path: str, dropped: Dropped) -> None:
    """Put the dates where they count: searches on X; a search of the web knows none, which is said."""
    dates = {"from_date": parameters.from_date, "to_date": parameters.to_date}
    given = {name: value for name, value in dates.items() if value is not None}
    for tool in tools:
        if tool["type"] == "x_search":
            tool.update(given)
    if any(tool["type"] == "web_search" for tool in tools):
        for name in given:
            dropped.note(f"{path}.{name}")
