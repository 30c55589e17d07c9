"""S12: guessing a password is slow on all workers together, and no header makes it faster."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from support.observing import eventually
from support.operator import PASSWORD, Operator
from support.processes import Gateway, Sandbox, request, run_command

GOOD, WRONG = "a-password-of-somebody", "wrong"
Answer = tuple[int, dict[str, str], Any]
LOOKS = 1200
"""At a door that opens after seconds; there are forty in a second at most."""


def guess(house: Gateway, name: str, password: str = WRONG, **headers: str) -> Answer:
    sent = {each.replace("_", "-"): value for each, value in headers.items()}
    body = {"name": name, "password": password}
    status, told, answer = request("POST", house.url + "/admin/api/session", body, headers=sent)
    return status, told, json.loads(answer)


def from_elsewhere(number: int) -> dict[str, str]:
    address = f"198.51.{number}.7"
    return {
        "X_Forwarded_For": address,
        "Forwarded": f"for={address}",
        "X_Real_IP": address,
        "CF_Connecting_IP": address,
        "True_Client_IP": address,
    }


def guess_on(send: Callable[[int], Answer]) -> list[Answer]:
    """Guess until nobody is heard for four seconds, however slow the machine is; return what was told.

    After five the waits double, so that the time that went tells how many more can have been heard.
    """
    began = time.monotonic()
    told = [send(number) for number in range(6)]
    while told[-1][0] == 401 or int(told[-1][1]["retry-after"]) < 4:
        time.sleep(0.05)
        told.append(send(len(told) % 200))
    heard = int(math.log2(time.monotonic() - began + 1))
    statuses = [status for status, _, _ in told]
    assert statuses[:5] == [401] * 5
    assert set(statuses[5:]) <= {401, 429}
    assert statuses.count(401) <= 5 + heard
    return told


def test_five_guesses_are_all_on_both_workers_together(house: Gateway, owner: Operator) -> None:
    owner.send("POST", "/operators", {"name": "Guessed", "role": "viewer", "password": GOOD})
    told = guess_on(lambda number: guess(house, "guessed", **from_elsewhere(number)))
    right = guess(house, "guessed", GOOD)
    assert right[0] == 429, "the right password gets no further than a wrong one"
    assert right[2] == told[-1][2]
    assert guess(house, "somebody else")[0] == 401
    assert Operator(house).get("/session")["role"] == "owner", "the owner signs in all the while"


def test_a_name_that_nobody_has_is_told_as_one_that_somebody_has(house: Gateway, owner: Operator) -> None:
    owner.send("POST", "/operators", {"name": "Known", "role": "viewer", "password": GOOD})
    known, unknown = until_held(house, "known"), until_held(house, "unknown")
    assert [told[:5] for told in (known, unknown)] == [[known[0]] * 5] * 2
    assert known[-1] == unknown[-1]
    assert known[0][0] == 401
    assert guess(house, "\u212anown")[0] in {401, 429}


def until_held(house: Gateway, name: str) -> list[tuple[int, Any]]:
    """What guesses are told, up to the one that comes too early: the sixth, or later on a slow machine."""
    told: list[tuple[int, Any]] = []
    while not told or told[-1][0] != 429:
        status, _, body = guess(house, name)
        told.append((status, body))
    assert len(told) > 5
    return told


def test_guesses_at_once_are_no_way_around(house: Gateway) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(lambda number: guess(house, "at once", **from_elsewhere(number))[0], range(40)))
    waited = int(math.log2(time.monotonic() - began + 1))  # the waits are 1, 2, 4 seconds and so on
    assert told.count(401) <= 5 + waited
    assert set(told) <= {401, 429}


@pytest.fixture(scope="module")
def behind(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that believes its proxy, and whose owner has the password that was made for him."""
    directory = tmp_path_factory.mktemp("behind")
    trusting = {"GROK2API_SERVER__TRUSTED_PROXIES": "127.0.0.1"}
    started = Gateway.start(directory, upstream=shared_sandbox.base_url, environment=trusting)
    yield started
    started.stop()


@pytest.mark.parametrize(
    ("network", "neighbour", "name"),
    [("203.0.113.{}", "203.0.114.1", "four"), ("2001:db8:0:1::{}", "2001:db8:0:2::1", "six")],
)
def test_behind_a_trusted_proxy_a_network_counts_as_one(
    behind: Gateway, network: str, neighbour: str, name: str
) -> None:
    """A /24, and a /64; what a client writes before the proxy's own word does not count."""

    def tried(address: str) -> int:
        return guess(behind, name, X_Forwarded_For=address)[0]

    guess_on(lambda number: guess(behind, name, X_Forwarded_For=network.format(number + 1)))
    assert tried("198.51.100.9, " + network.format(99)) == 429
    assert tried(neighbour) == 401
    assert tried("198.51.100.9, " + neighbour) == 401


def test_whoever_shuts_the_door_does_not_shut_the_owner_out_of_his_machine(behind: Gateway) -> None:
    """Commands work, and the password that one of them makes opens the door for the very network."""
    shut = {"X_Forwarded_For": "203.0.115.7"}
    told = [guess(behind, "", **shut) for _ in range(8)]
    assert told[-1][0] == 429
    assert run_command(behind.directory, "keys", "create", "--name", "mine")
    assert run_command(behind.directory, "credentials", "list", "--json").strip() == "[]"
    made = run_command(behind.directory, "admin", "reset-password").strip()
    answered = eventually(
        lambda: seen if (seen := guess(behind, "", made, **shut))[0] == 200 else None, "the door", LOOKS
    )
    assert answered[2]["role"] == "owner"


def test_what_was_typed_is_told_to_nobody(house: Gateway, owner: Operator) -> None:
    typed = "a-password-typed-into-the-name"
    guess(house, typed, "and-this-is-the-other-field")
    log, audit = house.log.read_text(encoding="utf-8"), json.dumps(owner.get("/audit?limit=50"))
    for secret in (typed, "and-this-is-the-other-field", PASSWORD):
        assert secret not in log
        assert secret not in audit
