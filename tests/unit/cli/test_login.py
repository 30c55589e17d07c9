"""`grok2api login`: off by default; one line on stdout; an account in the pool in the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from typing_extensions import override

import grok2api
from support.command_line import CommandLine
from support.sandbox_issuer import Issuer

PROGRAM = (sys.executable, "-m", "grok2api")
SOURCE = Path(grok2api.__file__).parents[1]


@contextmanager
def program(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Run the real program beside the test."""
    with subprocess.Popen(
        (*PROGRAM, *words),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A browser that tells where it was sent instead of going there."""

    @override
    def redirect_request(self, *_: Any) -> None:
        return None


def redirected(url: str, account: str) -> str:
    """Approve at the authorization page; return where the browser is sent."""
    page, _, query = url.partition("?")
    form = urlencode({**dict(parse_qsl(query)), "decision": "approve", "account": account})
    try:
        urllib.request.build_opener(NoRedirect).open(page, form.encode(), timeout=30)
    except urllib.error.HTTPError as answer:
        return answer.headers["Location"]
    raise AssertionError("the page sent nobody anywhere")


def test_it_is_off_by_default_and_says_what_it_means(run: CommandLine) -> None:
    result = run("login", exits=2)
    assert result.stdout == ""
    assert "You carry the risk" in result.stderr
    assert "oauth.enabled = true" in result.stderr
    assert not run.data.exists()


def test_a_confirmed_code_becomes_a_credential(run: CommandLine, issuer: Issuer) -> None:
    with program("login", "--name", "ann", "--tag", "a", "--tier", "basic") as process:
        url, code = first_line(process).split(" ")
        assert url.startswith(issuer.url)
        assert code
        issuer.post("/approve", user_code=code, account="ann", team="team-ann", tier="supergrok")
        rest, said = process.communicate(timeout=60)
    assert (process.returncode, rest) == (0, ""), said
    (row,) = run.json("credentials", "list")
    assert row["id"] in said
    assert (row["name"], row["kind"], row["tags"], row["tier"]) == ("ann", "oauth", ["a"], "basic")
    assert (row["status"], row["needs_sign_in"], row["generation"]) == ("active", False, 1)


def test_a_code_that_was_denied_fails(run: CommandLine, issuer: Issuer) -> None:
    with program("login") as process:
        code = first_line(process).split(" ")[1]
        issuer.post("/deny", user_code=code)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "refused" in said
    assert run.json("credentials", "list") == []


def test_ctrl_c_gives_up(run: CommandLine, issuer: Issuer) -> None:
    with program("login") as process:
        assert first_line(process).startswith(issuer.url)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in said
    assert run.json("credentials", "list") == []


def test_a_pasted_address_becomes_a_credential(run: CommandLine, issuer: Issuer) -> None:
    with program("login", "--paste") as process:
        url = first_line(process)
        assert url.startswith(issuer.url)
        _, said = process.communicate(redirected(url, "bob") + "\n", timeout=60)
    assert process.returncode == 0, said
    (row,) = run.json("credentials", "list")
    assert row["kind"] == "oauth"


def test_another_sign_ins_address_is_refused(run: CommandLine, issuer: Issuer) -> None:
    with program("login", "--paste") as process:
        url = first_line(process)
        state = parse_qs(urlsplit(url).query)["state"][0]
        _, said = process.communicate(
            redirected(url, "bob").replace(state, "of-somebody-else") + "\n", timeout=60
        )
    assert process.returncode == 1
    assert "another sign-in" in said
    assert run.json("credentials", "list") == []


@pytest.mark.usefixtures("run")
def test_a_service_that_is_away_is_one_line(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROK2API_OAUTH__ENABLED", "true")
    monkeypatch.setenv("GROK2API_OAUTH__ISSUER", "http://127.0.0.1:9")
    assert "cannot be reached" in run.error("login")
