"""Brings three accounts of a load together: what clients saw, what the ledger says, what upstream noted."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from support.load import Outcome

_TAG = re.compile(r"[a-z]+\d*-\d{5}")
ENDS_OF_THE_GONE = {"client_gone", "completed"}
"""A client may hang up on an answer that was just complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A load that is over."""

    outcomes: Sequence[Outcome]
    rows: Sequence[dict[str, Any]]
    calls: Sequence[dict[str, Any]]

    @property
    def success(self) -> float:
        """The share of valid requests that got all of the right answer."""
        valid = [outcome for outcome in self.outcomes if outcome.ask.valid]
        return sum(outcome.whole for outcome in valid) / len(valid)

    @property
    def calls_per_request(self) -> float:
        return len(self.calls) / len(self.outcomes)

    def check(self) -> None:
        """Check that every request has one row, of the right end, with upstream's own figures."""
        rows = {tag_of_row(row): row for row in self.rows}
        assert Counter(map(tag_of_row, self.rows)) == Counter(outcome.ask.tag for outcome in self.outcomes)
        for outcome in self.outcomes:
            row = rows[outcome.ask.tag]
            if outcome.ask.wrong:
                assert (row["end"], row["status"], row["attempts"]) == ("refused", outcome.status, 0), row
                assert outcome.status in {400, 404}, outcome
            elif outcome.ask.leave_after is not None:
                assert row["end"] in ENDS_OF_THE_GONE, row
            else:
                assert (row["end"] == "completed") is outcome.whole, (row, outcome)
        self._check_ticks()

    def _check_ticks(self) -> None:
        answered = {tag: call["usage"] for call in self.calls for tag in [tag_of_call(call)] if call["usage"]}
        paid = {
            tag_of_row(row): row["cost_ticks"]
            for row in self.rows
            if row["usage_source"] == "upstream" and row["end"] == "completed"
        }
        assert paid
        assert paid == {tag: answered[tag]["cost_in_usd_ticks"] for tag in paid}
        assert all(row["usage_source"] == "upstream" for row in self.rows if row["end"] == "completed")


def tag_of_row(row: dict[str, Any]) -> str:
    """Return the tag of the request that a row is about; the ledger adds to it what makes it unique."""
    return str(row["request_id"]).partition("#")[0]


def tag_of_call(call: dict[str, Any]) -> str:
    """Return the tag of the request for which upstream was called."""
    found = _TAG.search(json.dumps(call["body"]))
    assert found, call
    return found[0]


def tags(calls: Iterable[dict[str, Any]]) -> list[str]:
    """Return the tags of calls, in their order."""
    return [tag_of_call(call) for call in calls]
