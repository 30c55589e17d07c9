"""Each setting that is said to take effect at once is read anew once it was changed, by all who read it.

A worker runs here with settings that note who reads them, and is asked for all that it does, before a change
and after it (`support.settings_walk`). Whoever read a hot setting before has to read it again, from the
settings in force; what was copied when the worker was built, or when it was first needed, shows as a reader
that is gone. A new setting that nobody reads on the way shows as well: the walk has to be led past it.

What this cannot see: whether a value is used rightly; a copy that is made behind the reader, except for the
rules of pool and refresher, whose old ones nobody may hold; and a reader that the walk does not pass, if
another one reads the same setting. Nor that other workers follow: each does so by itself, as this one.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

import pytest

from support.live_settings import override
from support.processes import Sandbox
from support.settings_walk import Walk
from support.watched_settings import Watch, hot_settings, number_of
from support.worker_here import WorkerHere


def rules_in_use(worker: WorkerHere) -> list[object]:
    """Return what is made of settings when they change, and kept until the next change."""
    pool = worker.services.pool.rules
    return [pool, pool.cooldown, worker.services.refresher.rules]


def holders(found: Iterable[object], *, beside: list[object]) -> list[object]:
    """Return what still refers to one of these, other than they themselves and who asks."""
    known: list[object] = [*beside, beside]
    known.append(known)
    return [
        each
        for one in found
        for each in gc.get_referrers(one)
        if not isinstance(each, FrameType) and all(each is not other for other in known)
    ]


@pytest.mark.timeout(300)
async def test_whoever_reads_a_hot_setting_reads_the_one_in_force(sandbox: Sandbox, tmp_path: Path) -> None:
    watch = Watch()
    async with Walk.open(sandbox, tmp_path, watch) as (walk, worker):
        live, old_rules = worker.services.live, rules_in_use(worker)
        await walk.go()
        before, first = number_of(live.current), watch.readers()
        await worker.services.records.settings.put(override("grok.max_retry", 4))
        await worker.until(lambda: number_of(live.current) > before, "the change")
        assert not holders(old_rules, beside=old_rules)
        now = watch.forget_all_before(number_of(live.current))
        await walk.go()
        late = {read for read in watch.reads if read.number < now}
        second = watch.readers()
    assert not late, "read from settings that are not in force any more"
    assert not first - second, "read once, and never again"
    assert {path for path, _ in second} == set(hot_settings()), "is there a setting that nobody reads?"
