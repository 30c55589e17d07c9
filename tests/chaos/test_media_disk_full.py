"""A disk without room: the server goes on, media is refused by name, and room is all that helps."""

from __future__ import annotations

import pytest

from support.media_bench import MEBIBYTE
from support.processes import Sandbox
from support.small_disk import SPARE, Seen, can_mount, see

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif(not can_mount(), reason="NOT RUN: no small disk can be mounted here without rights"),
]

REFUSED = "507 media_store_full"
WELL = {"models": 200, "ready": 200, "picture": 200, "half files": 0}


@pytest.fixture(scope="module")
def seen(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return see(tmp_path_factory.mktemp("small_disk"), shared_sandbox.base_url)


def test_media_leaves_room_for_the_database(seen: Seen) -> None:
    assert seen["kept"] > 3
    assert seen["refused for the database"] == REFUSED
    assert seen["with room for the database"].items() >= WELL.items()
    assert seen["with room for the database"]["free"] >= SPARE


def test_a_file_that_fills_the_disk_in_the_middle_is_gone_again(seen: Seen) -> None:
    assert seen["refused in the middle"] == REFUSED
    assert seen["after a half file"].items() >= WELL.items()
    assert seen["after a half file"]["free"] >= SPARE


def test_a_disk_without_a_byte_costs_media_alone(seen: Seen) -> None:
    assert seen["refused without a byte"] == REFUSED
    assert seen["without a byte"].items() >= WELL.items()
    assert seen["without a byte"]["free"] < MEBIBYTE


def test_room_is_all_it_takes_to_go_on(seen: Seen) -> None:
    assert seen["served again"] is True
