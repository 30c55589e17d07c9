"""`grok2api credentials`: what an operator gets, and that no key ever shows."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from support.command_line import KEY, OTHER_KEY, PROXY_PASSWORD, CommandLine

PROXY = f"http://user:{PROXY_PASSWORD}@proxy.example:8080"
PutHealth = Callable[[str, str, str, float | None], None]
FIELDS = {
    "id", "name", "kind", "tier", "hint", "login", "status", "reason", "cooldown_until", "enabled", "tags",
    "priority", "weight", "max_concurrency", "proxy", "models", "note", "account_id", "team_id", "user_id",
    "acls", "probed_at", "expires_at", "refreshed_at", "generation", "refresh_error", "needs_sign_in",
    "quota", "usage", "created_at", "updated_at",
}  # fmt: skip


@pytest.mark.parametrize("way", ["argument", "standard input"])
def test_an_added_key_is_told_by_id_and_hint(run: CommandLine, way: str) -> None:
    words = (KEY,) if way == "argument" else ("-",)
    result = run("credentials", "add", *words, input=f"  {KEY}\n")
    identifier, hint = result.stdout.split()
    assert identifier.startswith("cred_")
    assert hint == "xai-…9a1c"
    (row,) = run.json("credentials", "list")
    assert row.keys() == FIELDS
    assert (row["id"], row["name"], row["kind"], row["tier"]) == (identifier, hint, "api_key", "super")
    assert (row["status"], row["reason"], row["cooldown_until"]) == ("active", "", None)


def test_options_describe_the_credential(run: CommandLine) -> None:
    options = [
        "--name",
        "work",
        "--tier",
        "basic",
        "--tag",
        "a",
        "--tag",
        "b",
        "--tag",
        "a",
        "--priority",
        "-3",
    ]
    options += [
        "--weight",
        "4",
        "--max-concurrency",
        "2",
        "--proxy",
        PROXY,
        "--model",
        "grok-4.3",
        "--note",
        "n",
    ]
    run.add(KEY, *options)
    row = run.json("credentials", "show", "work")
    assert row["tags"] == ["a", "b"]
    assert row["models"] == ["grok-4.3"]
    assert row["proxy"] == "http://***@proxy.example:8080"
    found = (row["tier"], row["priority"], row["weight"], row["max_concurrency"], row["note"])
    assert found == ("basic", -3, 4, 2, "n")
    assert "***@proxy.example" in run("credentials", "show", "work").stdout


def test_the_same_key_twice_names_the_first(run: CommandLine) -> None:
    first = run.add(KEY, "--name", "work")
    assert run.error("credentials", "add", "-", input=KEY) == (
        f"error: this key is already in the pool: {first} (work)\n"
    )


@pytest.mark.parametrize(
    ("words", "given", "exits"),
    [
        (("add",), "", 2),
        (("add", KEY, OTHER_KEY), None, 2),
        (("add", "-"), "", 1),
        (("add", "-"), f"{KEY} {OTHER_KEY}", 1),
        (("add", "-", "--tier", "heavy"), KEY, 2),
        (("add", "-", "--weight", "0"), KEY, 2),
        (("add", "-", "--proxy", f"ftp://u:{PROXY_PASSWORD}@h"), KEY, 2),
        (("edit", "x"), None, 2),
        (("test",), None, 2),
        (("clear-cooldown",), None, 2),
        (("clear-cooldown", "x", "--all"), None, 2),
        (("enable",), None, 2),
    ],
)
def test_wrong_use_is_refused_and_changes_nothing(
    run: CommandLine, words: tuple[str, ...], given: str | None, exits: int
) -> None:
    result = run("credentials", *words, exits=exits, input=given)
    assert result.stdout == ""
    assert result.stderr
    assert run.json("credentials", "list") == []


def test_an_empty_pool_says_what_to_do(run: CommandLine) -> None:
    result = run("credentials", "list")
    assert result.stdout == ""
    assert "grok2api credentials add" in result.stderr


def test_the_table_is_plain_text_where_nobody_looks(run: CommandLine) -> None:
    run.add(KEY, "--name", "a name [red] that is rather long " + "x" * 120, "--note", "\x1b[31mred")
    output = run("credentials", "list").stdout
    head, row = output.splitlines()
    columns = "id name kind tier hint login team_id status reason cooldown_until tags"
    assert head.split() == columns.split()
    assert "a name [red] that is rather long " + "x" * 120 in row
    assert (
        "\x1b"
        not in output + run("credentials", "show", "a name [red] that is rather long " + "x" * 120).stdout
    )


@pytest.mark.parametrize("cut", [0, 5, 12, -4])
def test_a_credential_is_found_by_a_part_of_its_id(run: CommandLine, cut: int) -> None:
    identifier = run.add()
    reference = {0: identifier, 5: identifier[5:], 12: identifier[:12], -4: identifier[:-4]}[cut]
    assert run.json("credentials", "show", reference)["id"] == identifier


def test_what_fits_two_is_refused(run: CommandLine) -> None:
    both = [run.add(KEY, "--name", "twin"), run.add(OTHER_KEY, "--name", "twin")]
    for reference in ("twin", "cred_"):
        message = run.error("credentials", "show", reference)
        assert "fits several credentials" in message
        assert all(identifier in message for identifier in both)


@pytest.mark.parametrize("verb", ["show", "enable", "disable", "clear-cooldown", "test"])
def test_a_missing_id_is_named(run: CommandLine, verb: str) -> None:
    said = "error: no credential 'nobody'; see: grok2api credentials list\n"
    assert run.error("credentials", verb, "nobody") == said


def test_a_key_in_place_of_an_id_is_not_repeated(run: CommandLine) -> None:
    said = "error: no credential 'xai-…9a1c'; see: grok2api credentials list\n"
    assert run.error("credentials", "show", KEY) == said


def test_edit_changes_what_is_given_and_empties_what_is_empty(run: CommandLine) -> None:
    run.add(KEY, "--name", "work", "--tag", "a", "--note", "old", "--proxy", PROXY, "--priority", "7")
    run("credentials", "edit", "work", "--name", "", "--tag", "", "--proxy", "", "--weight", "3")
    (row,) = run.json("credentials", "list")
    assert (row["name"], row["tags"], row["proxy"], row["weight"]) == (row["hint"], [], "", 3)
    assert (row["note"], row["priority"]) == ("old", 7)


def test_disable_and_enable(run: CommandLine) -> None:
    first, second = run.add(KEY, "--name", "one"), run.add(OTHER_KEY, "--name", "two")
    assert run("credentials", "disable", "one", second).stdout.splitlines() == [
        f"disabled {first} (one)",
        f"disabled {second} (two)",
    ]
    rows = run.json("credentials", "list")
    assert [(row["status"], row["reason"]) for row in rows] == [("disabled", "switched off")] * 2
    run("credentials", "enable", "one")
    assert [row["status"] for row in run.json("credentials", "list")] == ["active", "disabled"]


def test_one_slip_in_several_changes_nothing(run: CommandLine) -> None:
    run.add(KEY, "--name", "one")
    run.error("credentials", "disable", "one", "nobody")
    assert run.json("credentials", "show", "one")["status"] == "active"


@pytest.mark.parametrize(
    ("status", "rest", "shown"),
    [("cooling", 600.0, "cooling"), ("cooling", -5.0, "active"), ("exhausted", 600.0, "exhausted")],
)
def test_clear_cooldown_ends_a_rest(
    run: CommandLine, put_health: PutHealth, status: str, rest: float, shown: str
) -> None:
    identifier = run.add(KEY, "--name", "one")
    put_health(identifier, status, "rate limit", time.time() + rest)
    before = run.json("credentials", "show", "one")
    assert (before["status"], before["cooldown_until"] is not None) == (shown, shown != "active")
    run("credentials", "clear-cooldown", "--all")
    after = run.json("credentials", "show", "one")
    assert (after["status"], after["reason"], after["cooldown_until"]) == ("active", "", None)


def test_enable_undoes_a_block_and_leaves_a_rest(run: CommandLine, put_health: PutHealth) -> None:
    blocked, cooling = run.add(KEY), run.add(OTHER_KEY)
    put_health(blocked, "blocked", "xAI does not know this key", None)
    put_health(cooling, "cooling", "rate limit", time.time() + 600)
    run("credentials", "enable", blocked, cooling)
    assert run.json("credentials", "show", blocked)["status"] == "active"
    assert run.json("credentials", "show", cooling)["status"] == "cooling"


@pytest.mark.parametrize(("answer", "exits", "left"), [("y\n", 0, 0), ("n\n", 1, 1), ("", 1, 1)])
def test_delete_asks_first(run: CommandLine, answer: str, exits: int, left: int) -> None:
    run.add(KEY, "--name", "one")
    run("credentials", "delete", "one", exits=exits, input=answer)
    assert len(run.json("credentials", "list")) == left


def test_delete_with_yes_does_not_ask(run: CommandLine) -> None:
    identifier = run.add(KEY, "--name", "one")
    assert run("credentials", "delete", "one", "--yes").stdout == f"deleted {identifier} (one)\n"
    assert run.json("credentials", "list") == []


@pytest.mark.usefixtures("upstream")
def test_a_credential_that_works(run: CommandLine) -> None:
    identifier = run.add(KEY, "--name", "one")
    (row,) = run.json("credentials", "test", "one")
    assert (row["id"], row["name"], row["ok"]) == (identifier, "one", True)
    assert row["message"].endswith(" models")


@pytest.mark.usefixtures("upstream")
@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("xai-not-of-the-sandbox-4f9a1c", "xAI does not know this key"),
        ("xai-sandbox-canary-blocked", "blocked"),
    ],
)
def test_a_credential_that_does_not_work(run: CommandLine, key: str, said: str) -> None:
    run.secrets.append(key)
    run.add(KEY, "--name", "good")
    run.add(key, "--name", "bad")
    rows = run.json("credentials", "test", "--all", exits=1)
    assert {row["name"]: row["ok"] for row in rows} == {"good": True, "bad": False}
    assert said in next(row["message"] for row in rows if row["name"] == "bad")
    assert said in run("credentials", "test", "bad", exits=1).stdout
    assert run.json("credentials", "show", "bad")["status"] == "active"


def test_an_upstream_that_cannot_be_reached(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROK2API_GROK__BASE_URL", "http://127.0.0.1:9/v1")
    run.add(KEY, "--name", "one")
    assert "cannot be reached" in run("credentials", "test", "one", exits=1).stdout


def test_wrong_settings_are_told_in_one_line(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROK2API_GROK__TIMEOUT", "soon")
    assert "grok.timeout" in run.error("credentials", "list", exits=2)


def test_a_store_of_another_secret_key_is_left_alone(run: CommandLine) -> None:
    run.add()
    (run.data / "secret.key").write_text("another secret key of more than thirty-two characters\n")
    assert "another secret key" in run.error("credentials", "list", exits=2)


def test_another_config_file_can_be_named(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATA_DIR")
    (run.directory / "other.toml").write_text('[storage]\ndata_dir = "elsewhere"\n')
    run("credentials", "add", "-", "--config", "other.toml", input=KEY)
    assert (run.directory / "elsewhere" / "grok2api.db").is_file()
    assert len(run.json("credentials", "list", "--config", "other.toml")) == 1
