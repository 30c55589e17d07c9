"""S12: guessing a password is slow on all workers together, and no header makes it faster."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from support.operator import PASSWORD, Operator
from support.processes import Gateway, request

GOOD, WRONG = "a-password-of-somebody", "wrong"


def guess(
    house: Gateway, name: str, password: str = WRONG, **headers: str
) -> tuple[int, dict[str, str], Any]:
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


def test_five_guesses_are_all_on_both_workers_together(house: Gateway, owner: Operator) -> None:
    owner.send("POST", "/operators", {"name": "Guessed", "role": "viewer", "password": GOOD})
    told = [guess(house, "guessed", **from_elsewhere(number)) for number in range(14)]
    assert [status for status, _, _ in told] == [401] * 5 + [429] * 9
    assert all(1 <= int(headers["retry-after"]) <= 2 for _, headers, _ in told[5:])
    right = guess(house, "guessed", GOOD)
    assert right[0] == 429, "the right password gets no further than a wrong one"
    assert right[2] == told[-1][2]
    assert guess(house, "somebody else")[0] == 401
    assert Operator(house).get("/session")["role"] == "owner", "the owner signs in all the while"


def test_a_name_that_nobody_has_is_told_as_one_that_somebody_has(house: Gateway, owner: Operator) -> None:
    owner.send("POST", "/operators", {"name": "Known", "role": "viewer", "password": GOOD})
    told = [[guess(house, name) for _ in range(6)] for name in ("known", "unknown", "\u212anown")]
    known, unknown, _ = [[(status, body) for status, _, body in each] for each in told]
    assert known == unknown
    assert [status for status, _ in known] == [401] * 5 + [429]


def test_guesses_at_once_are_no_way_around(house: Gateway) -> None:
    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(lambda number: guess(house, "at once", **from_elsewhere(number))[0], range(40)))
    assert told.count(401) <= 5
    assert set(told) <= {401, 429}


def test_what_was_typed_is_told_to_nobody(house: Gateway, owner: Operator) -> None:
    typed = "a-password-typed-into-the-name"
    guess(house, typed, "and-this-is-the-other-field")
    log, audit = house.log.read_text(encoding="utf-8"), json.dumps(owner.get("/audit?limit=50"))
    for secret in (typed, "and-this-is-the-other-field", PASSWORD):
        assert secret not in log
        assert secret not in audit
