"""Videos with several gateways over one store: told by each, made by one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.observing import eventually
from support.processes import Gateway, Sandbox
from support.videos import (
    LOOKS,
    QUICK,
    VIDEOS,
    Stage,
    created,
    finish,
    jobs_about,
    over,
    shown,
    start,
)

LONG = "!sandbox:seconds=600"
Pair = tuple[Gateway, Gateway]


@pytest.fixture(scope="module")
def pair(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two gateways that share one store; the last test ends one of them."""
    directory = tmp_path_factory.mktemp("pair")
    both = start(directory, shared_sandbox), start(directory, shared_sandbox)
    yield both
    for each in both:
        if each.process.poll() is None:
            each.stop()


def test_each_tells_of_what_the_other_makes(pair: Pair, sandbox: Sandbox) -> None:
    here, there = pair
    made = created(here, f"shared {QUICK}")
    done = over(there, made["id"])
    assert done["status"] == "completed"
    assert done == shown(here, made["id"])
    content = there.get(f"{VIDEOS}/{made['id']}/content")[2]
    assert content == here.get(f"{VIDEOS}/{made['id']}/content")[2]
    assert there.send("DELETE", f"{VIDEOS}/{made['id']}")[0] == 200
    assert here.get(f"{VIDEOS}/{made['id']}")[0] == 404


def test_one_of_both_follows_a_video(pair: Pair, sandbox: Sandbox) -> None:
    here, there = pair
    stage = Stage(here, sandbox, time.time())
    for gateway in (here, there, here, there):
        created(gateway, f"followed {LONG}")
    before = {row["id"]: (row["holder"], row["fence"]) for row in stage.kept()}
    assert len(set(before.values())) == 2
    made = jobs_about(sandbox, f"followed {LONG}")
    assert len(made) == 4
    eventually(
        lambda: all(job["polls"] > 2 for job in jobs_about(sandbox, f"followed {LONG}")), "questions", LOOKS
    )
    assert {row["id"]: (row["holder"], row["fence"]) for row in stage.kept()} == before
    stage.clear()
    assert [row["end"] for row in stage.charges()] == ["completed"] * 4
    assert len(stage.assets()) == 4


def test_one_key_stands_for_one_video_everywhere(pair: Pair, sandbox: Sandbox) -> None:
    sandbox.scenario("slow_first_byte", delay=0.5, match={"path": "/videos/generations"})
    body = {"prompt": f"twice {QUICK}"}

    def ask(number: int) -> str:
        status, _, answer = pair[number % 2].post(VIDEOS, body, **{"Idempotency-Key": "everywhere"})
        assert status == 200, answer
        identifier: str = json.loads(answer)["id"]
        return identifier

    with ThreadPoolExecutor(6) as pool:
        (identifier,) = set(pool.map(ask, range(6)))
    assert over(pair[1], identifier)["status"] == "completed"
    assert len(jobs_about(sandbox, f"twice {QUICK}")) == 1


def test_the_other_goes_on_where_one_has_ended(pair: Pair, sandbox: Sandbox) -> None:
    """Stopped in order, it lets go at once; killed, its hold runs out (see the restarts)."""
    here, there = pair
    stage = Stage(there, sandbox, time.time())
    words = f"inherited {LONG}"
    made = created(here, words)
    (before,) = stage.kept()
    assert here.stop() == 0
    (after,) = eventually(
        lambda: [row for row in stage.kept() if row["holder"] not in {"", before["holder"]}], "taken", LOOKS
    )
    assert after["fence"] > before["fence"]
    finish(sandbox)
    assert over(there, made["id"])["status"] == "completed"
    assert len(jobs_about(sandbox, words)) == 1
    assert len(stage.charges()) == len(stage.assets()) == 1
