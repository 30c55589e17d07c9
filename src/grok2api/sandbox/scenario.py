"""The list of faults ordered from outside, and which of them meets a request.

Rules are tried in the order in which they were given; a rule with `times` is gone once it is used up.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from grok2api.sandbox.faults import PARAMETERS, Fault
from grok2api.sandbox.wire import Json, Request


class Match(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Which requests a rule is for; what is absent matches everything.

    `key` is a whole key, its account's name, or its last eight characters; `path` is with or without /v1, and
    a trailing `*` stands for any ending.
    """

    key: str | None = None
    method: str | None = None
    model: str | None = None
    path: str | None = None


class Rule(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One order for faults, as posted."""

    fault: str
    match: Match = msgspec.field(default_factory=Match)
    status: int | None = None
    retry_after: float | str | None = None
    body: Any = None
    after_events: int | None = None
    delay: float | None = None
    byte_wise: bool = False
    shape: Literal["a", "b", "c", "d", "e"] | None = None
    amount: float | None = None
    times: int | None = None


class Scenario:
    """The rules in force."""

    def __init__(self) -> None:
        self._rules: dict[str, Rule] = {}
        self._hits: dict[str, int] = {}
        self._made = 0

    def add(self, posted: Any) -> str:
        """Add a rule from decoded JSON and return its id. Raises: ValueError."""
        try:
            rule = msgspec.convert(posted, Rule)
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from error
        if rule.fault not in PARAMETERS:
            raise ValueError(f"unknown fault {rule.fault!r}; known: {', '.join(sorted(PARAMETERS))}")
        self._made += 1
        identifier = f"scenario_{self._made}"
        self._rules[identifier] = rule
        self._hits[identifier] = 0
        return identifier

    def clear(self) -> int:
        """Remove every rule and return how many there were."""
        removed = len(self._rules)
        self._rules.clear()
        self._hits.clear()
        return removed

    def rows(self) -> list[Json]:
        """Return the rules with the number of requests each has met."""
        return [
            {"id": identifier, **msgspec.to_builtins(rule), "hits": self._hits[identifier]}
            for identifier, rule in self._rules.items()
        ]

    def take(self, request: Request, account: str | None = None) -> Fault | None:
        """Return the fault for a request of an account, and count it as used."""
        for identifier, rule in self._rules.items():
            used = self._hits[identifier]
            if (rule.times is None or used < rule.times) and _matches(rule.match, request, account):
                self._hits[identifier] = used + 1
                return _fault(rule)
        return None


def _fault(rule: Rule) -> Fault:
    return Fault(
        name=rule.fault,
        status=rule.status,
        retry_after=rule.retry_after,
        body=rule.body,
        after_events=rule.after_events,
        delay=rule.delay,
        byte_wise=rule.byte_wise,
        shape=rule.shape,
        amount=rule.amount,
    )


def _matches(match: Match, request: Request, account: str | None) -> bool:
    token = request.token() or ""
    known = (token, token.removeprefix("xai-sandbox-"), token[-8:], account)
    if match.key is not None and match.key not in known:
        return False
    if match.method is not None and match.method != request.method:
        return False
    model = request.body.get("model") if isinstance(request.body, dict) else None
    if match.model is not None and match.model != model:
        return False
    return match.path is None or _path_matches(match.path, request.path)


def _path_matches(wanted: str, path: str) -> bool:
    wanted, path = wanted.removeprefix("/v1"), path.removeprefix("/v1")
    return path.startswith(wanted[:-1]) if wanted.endswith("*") else path == wanted
