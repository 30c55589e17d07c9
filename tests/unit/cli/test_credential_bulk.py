"""Many credentials at once: chosen by ids or by what they are, never by accident."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from support.command_line import KEY, OTHER_KEY, CommandLine

THIRD_KEY = "xai-sandbox-canary-31c5d8"
PutHealth = Callable[[str, str, str, float | None], None]


@pytest.fixture
def three(run: CommandLine) -> dict[str, str]:
    """Return the ids of three credentials by name."""
    run.secrets.append(THIRD_KEY)
    return {
        "one": run.add(KEY, "--name", "one", "--tag", "eu", "--tag", "night"),
        "two": run.add(OTHER_KEY, "--name", "two", "--tag", "us", "--tier", "basic"),
        "three": run.add(THIRD_KEY, "--name", "three", "--tag", "eu"),
    }


def names(run: CommandLine, *words: str) -> list[str]:
    return [row["name"] for row in run.json("credentials", "list", *words)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), ["one", "two", "three"]),
        (("--all",), ["one", "two", "three"]),
        (("--tag", "eu"), ["one", "three"]),
        (("--tag", "us", "--tag", "night"), ["one", "two"]),
        (("--tier", "super", "--tag", "night"), ["one"]),
        (("--kind", "oauth"), []),
        (("--kind", "api_key"), ["one", "two", "three"]),
        (("--status", "active"), ["one", "three"]),
        (("--status", "disabled"), ["two"]),
        (("--text", "THRE"), ["three"]),
        (("--account", "team_none"), []),
    ],
)
def test_a_list_can_be_narrowed(
    run: CommandLine, three: dict[str, str], words: tuple[str, ...], expected: list[str]
) -> None:
    run("credentials", "disable", three["two"])
    assert names(run, *words) == expected


def test_a_description_that_fits_nobody_says_so(run: CommandLine, three: dict[str, str]) -> None:
    assert len(three) == 3
    assert run("credentials", "list", "--tag", "none").stderr == "no credential fits\n"
    assert run.error("credentials", "disable", "--tag", "none").startswith("error: no credential fits")


def test_disable_and_enable_by_description(run: CommandLine, three: dict[str, str]) -> None:
    result = run("credentials", "disable", "--tag", "eu")
    assert result.stdout.splitlines() == [
        f"disabled {three['one']} (one)",
        f"disabled {three['three']} (three)",
    ]
    assert names(run, "--status", "active") == ["two"]
    run("credentials", "enable", "--all")
    assert len(names(run, "--status", "active")) == 3


@pytest.mark.parametrize(
    "words",
    [
        ("disable",),
        ("enable", "one", "--tag", "eu"),
        ("delete", "--yes"),
        ("edit", "--note", "n"),
        ("edit", "one", "--all", "--note", "n"),
        ("edit", "--all", "--name", "same"),
        ("edit", "one"),
        ("edit", "one", "--tag", "a", "--add-tag", "b"),
        ("disable", "--status", "tired"),
        ("refresh",),
    ],
)
def test_what_is_not_clearly_meant_changes_nothing(
    run: CommandLine, three: dict[str, str], words: tuple[str, ...]
) -> None:
    before = run.json("credentials", "list")
    assert len(before) == len(three)
    assert run("credentials", *words, exits=2).stdout == ""
    assert run.json("credentials", "list") == before


def test_tags_are_added_and_removed_by_description(run: CommandLine, three: dict[str, str]) -> None:
    assert len(three) == 3
    run("credentials", "edit", "--where-tag", "eu", "--add-tag", "new", "--remove-tag", "night")
    rows = {row["name"]: row["tags"] for row in run.json("credentials", "list")}
    assert rows == {"one": ["eu", "new"], "two": ["us"], "three": ["eu", "new"]}


def test_edit_sets_the_tier_of_those_of_a_tier(run: CommandLine, three: dict[str, str]) -> None:
    assert len(three) == 3
    run("credentials", "edit", "--where-tier", "basic", "--tier", "super", "--proxy", "socks5://h:1080")
    row = run.json("credentials", "show", "two")
    assert (row["tier"], row["proxy"]) == ("super", "socks5://h:1080")
    assert run.json("credentials", "show", "one")["proxy"] == ""


def test_clear_cooldown_by_state(run: CommandLine, three: dict[str, str], put_health: PutHealth) -> None:
    put_health(three["one"], "cooling", "rate limit", time.time() + 600)
    put_health(three["two"], "blocked", "unknown", None)
    result = run("credentials", "clear-cooldown", "--status", "cooling")
    assert result.stdout == f"cleared {three['one']} (one)\n"
    assert names(run, "--status", "blocked") == ["two"]


def test_delete_by_description_asks_with_names(run: CommandLine, three: dict[str, str]) -> None:
    result = run("credentials", "delete", "--tag", "eu", input="n\n", exits=1)
    assert f"one ({three['one']}), three ({three['three']})" in result.stderr
    run("credentials", "delete", "--tag", "eu", "--yes")
    assert names(run) == ["two"]


def test_many_are_told_as_a_count(run: CommandLine) -> None:
    keys = "\n".join(f"xai-sandbox-canary-{number:06d}" for number in range(30))
    run("credentials", "import", "-", input=keys)
    assert run("credentials", "disable", "--all").stdout == "disabled 30 credentials\n"
    assert run("credentials", "delete", "--all", "--yes").stdout == "deleted 30 credentials\n"


@pytest.mark.usefixtures("upstream")
def test_a_description_says_whom_to_test(run: CommandLine, three: dict[str, str]) -> None:
    rows = run.json("credentials", "test", "--tag", "eu")
    assert [row["id"] for row in rows] == [three["one"], three["three"]]
