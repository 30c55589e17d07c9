"""What an edit changes: what was said, and nothing besides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok2api.errors import InvalidRequest
from grok2api.operations.editing import Edit
from support.operator_pool import RECORD


def test_only_what_was_said_is_changed() -> None:
    told = Edit(priority=7, note=" n ", models=("a", "a", " b")).checked()
    assert told.changes(RECORD) == {"priority": 7, "note": "n", "models": ("a", "b")}
    assert Edit(name=RECORD.name, tier="super").checked().changes(RECORD) == {}
    assert Edit().empty
    assert not Edit(tags=()).empty


@pytest.mark.parametrize(
    ("edit", "tags"),
    [
        (Edit(tags=()), ()),
        (Edit(tags=("b", "a", "b")), ("b", "a")),
        (Edit(add_tags=("eu", "new")), ("eu", "night", "new")),
        (Edit(remove_tags=("eu", "none")), ("night",)),
        (Edit(add_tags=("new",), remove_tags=("night",)), ("eu", "new")),
    ],
)
def test_tags_are_replaced_added_and_removed(edit: Edit, tags: tuple[str, ...]) -> None:
    assert edit.checked().changes(RECORD) == {"tags": tags}


def test_an_empty_name_becomes_the_hint() -> None:
    assert Edit(name=" ").checked().changes(RECORD) == {"name": "…abcd"}


@pytest.mark.parametrize("proxy", ["http://h:1", "https://user:secret@h", "socks5://h:1080", ""])
def test_a_proxy_may_be_http_https_or_socks5(proxy: str) -> None:
    assert Edit(proxy=f" {proxy} ").checked().proxy == proxy


@pytest.mark.parametrize(
    ("edit", "param"),
    [
        (Edit(proxy="ftp://user:canary@h"), "proxy"),
        (Edit(proxy="http://" + "canary" * 400), "proxy"),
        (Edit(weight=0), "weight"),
        (Edit(priority=1_000_001), "priority"),
        (Edit(max_concurrency=-1), "max_concurrency"),
        (Edit(tier="heavy"), "tier"),  # type: ignore[arg-type]
        (Edit(name="n" * 201), "name"),
        (Edit(tags=("t" * 65,)), "tags"),
        (Edit(add_tags=("a\x1bb",)), "add_tags"),
        (Edit(tags=("a",), add_tags=("b",)), "tags"),
        (Edit(models=tuple(map(str, range(101)))), "models"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(edit: Edit, param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        edit.checked()
    assert refused.value.param == param
    assert "canary" not in refused.value.public_message


def test_more_tags_than_fit_are_refused() -> None:
    full = replace(RECORD, tags=tuple(map(str, range(100))))
    with pytest.raises(InvalidRequest):
        Edit(add_tags=("more",)).checked().changes(full)


@pytest.mark.parametrize(
    ("fields", "changes"),
    [
        ({"enabled": False}, {"enabled": True}),
        ({"status": "blocked", "reason": "r"}, {"status": "active", "reason": ""}),
        ({"status": "cooling", "reason": "r", "cooldown_until": 9e9, "enabled": False}, {"enabled": True}),
        ({"status": "expired", "refresh_dead": True}, {}),
    ],
)
def test_enabling_ends_what_only_a_person_ends(fields: dict[str, object], changes: dict[str, object]) -> None:
    record = replace(RECORD, **fields)  # type: ignore[arg-type]
    assert Edit(enabled=True).checked().changes(record) == changes
