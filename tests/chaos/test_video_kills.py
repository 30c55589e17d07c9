"""Fifty times ended while a video is made, fifty times one job, one result and one charge."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from support.measured import measured
from support.processes import Sandbox
from support.video_kills import Drill

ROUNDS = 50


@pytest.mark.chaos
@pytest.mark.timeout(1800)
def test_fifty_ends_cost_no_video_and_double_none(tmp_path: Path) -> None:
    sandbox = Sandbox.start()
    try:
        drill = Drill(tmp_path, sandbox, Random(50))  # noqa: S311  a run that can be repeated
        for number in range(ROUNDS):
            drill.after_its_answer(number)
        for number in range(ROUNDS // 5):
            drill.before_its_answer(number)
        drill.check()
        measured("ends while a video is made", videos=len(drill.known), cut_requests=len(drill.doubtful))
    finally:
        sandbox.stop()
