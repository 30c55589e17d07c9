"""A disk that takes nothing: requests go on, changes are refused by name, nothing crashes (F13, F16)."""

from __future__ import annotations

import pytest

from support.processes import Sandbox
from support.readonly_disk import TURNS, Seen, see
from support.small_disk import can_mount

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(not can_mount(), reason="NOT RUN: no disk can be mounted here without rights"),
]


@pytest.fixture(scope="module")
def seen(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return see(tmp_path_factory.mktemp("readonly"), shared_sandbox.base_url)


def test_requests_go_on_and_no_process_dies(seen: Seen) -> None:
    served = {"200": TURNS}
    assert [seen[when] for when in ("well", "without a byte", "still without", "mended")] == [served] * 4
    assert seen["ready"] == 200
    assert seen["processes stay"]
    assert seen["tracebacks"] == 0


def test_a_change_is_refused_by_name(seen: Seen) -> None:
    assert seen["a change"] == [503, "store_unavailable"]


def test_what_was_served_meanwhile_is_in_the_ledger_afterwards(seen: Seen) -> None:
    assert seen["rows"] >= 4 * TURNS


def test_a_start_says_in_one_line_what_is_wrong(seen: Seen) -> None:
    code, said = seen["a start"]
    assert code == 2
    assert len(said.splitlines()) == 1
    assert "read-only" in said or "readonly" in said or "Read-only" in said
