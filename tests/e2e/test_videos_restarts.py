"""Videos through the end of the server that makes them: one job, one result, one charge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from support.processes import Sandbox
from support.video_kills import Drill

ROUNDS = 4


@pytest.fixture
def own_sandbox() -> Iterator[Sandbox]:
    """A sandbox whose jobs are those of one test."""
    sandbox = Sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.mark.timeout(300)
def test_a_video_outlives_the_server_that_makes_it(own_sandbox: Sandbox, tmp_path: Path) -> None:
    drill = Drill(tmp_path, own_sandbox, Random(7))  # noqa: S311  a run that can be repeated
    for number in range(ROUNDS):
        drill.after_its_answer(number)
        if number % 2:
            drill.before_its_answer(number)
    drill.check()
