"""How far one and the same failure may spread."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grok2api.canonical.fault import FaultKind, FaultScope
from grok2api.canonical.plan import Demand
from grok2api.kit.clock import ManualClock
from grok2api.pool.blast import BlastRadius
from grok2api.pool.health import BOUNDED
from support.faults import make_fault
from support.pool_bench import Bench


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 15), st.sampled_from([0.0, 1.0, 20.0, 61.0])),
        max_size=80,
    ),
    st.floats(0.0, 1.0),
    st.integers(1, 16),
)
def test_a_minute_never_holds_more_than_the_share(
    failures: list[tuple[str, int, float]], share: float, size: int
) -> None:
    clock = ManualClock()
    blast, hits = BlastRadius(clock), list[tuple[float, str, int]]()
    for signature, number, pause in failures:
        clock.advance(pause)
        if blast.admits(signature, f"c{number}", share=share, size=size):
            hits.append((clock.monotonic(), signature, number))
        recent = {who for at, what, who in hits if what == signature and at > clock.monotonic() - 60}
        assert len(recent) <= max(1, int(share * size))


def test_one_may_always_rest_and_the_same_one_again() -> None:
    blast = BlastRadius(ManualClock())
    assert all(blast.admits("x", "c1", share=0.0, size=1000) for _ in range(5))
    assert not blast.admits("x", "c2", share=0.0, size=1000)
    assert blast.admits("y", "c2", share=0.0, size=1000)


def test_a_minute_later_others_may_rest() -> None:
    clock = ManualClock()
    blast = BlastRadius(clock)
    assert blast.admits("x", "c1", share=0.0, size=10)
    clock.advance(59.9)
    assert not blast.admits("x", "c2", share=0.0, size=10)
    clock.advance(0.1)
    assert blast.admits("x", "c2", share=0.0, size=10)


def test_it_remembers_no_more_than_it_must() -> None:
    clock = ManualClock()
    blast = BlastRadius(clock)
    for number in range(2000):
        assert blast.admits(f"signature {number}", "c1", share=0.5, size=10)
    for _ in range(2000):
        assert blast.admits("the same", "c1", share=0.5, size=10)
    assert len(blast._hit) <= 257
    assert len(blast._hit["the same"]) == 1


async def test_one_failure_never_takes_out_more_than_its_share_of_a_pool(
    bench: Bench, demand: Demand
) -> None:
    """26 credentials, each request fails alike on all of them: 35 % rest, the others serve on."""
    for number in range(26):
        await bench.add(f"xai-{number}")
    for turn in range(200):
        lease = await bench.pool.lease(demand)
        fault = make_fault(FaultKind.UNREADABLE, upstream_status=403, detail=f"no reason {turn}")
        bench.pool.report(lease, fault, request_id=f"r{turn}")
        bench.pool.release(lease, ok=False)
    assert bench.pool.usable() == 26 - 9


async def test_what_is_unmistakable_is_not_bounded(bench: Bench, demand: Demand) -> None:
    for number in range(6):
        await bench.add(f"xai-{number}")
    for turn in range(6):
        lease = await bench.pool.lease(demand)
        bench.pool.report(lease, make_fault(FaultKind.BAD_KEY, detail="unknown key"), request_id=f"r{turn}")
        bench.pool.release(lease, ok=False)
    assert bench.pool.usable() == 0
    assert FaultKind.BAD_KEY not in BOUNDED


async def test_an_outage_leaves_most_of_a_pool_untouched(bench: Bench, demand: Demand) -> None:
    """Figures in a body (a request id, a time) make no other failure of it."""
    for number in range(20):
        await bench.add(f"xai-{number}")
    for turn in range(400):
        lease = await bench.pool.lease(demand)
        fault = make_fault(
            FaultKind.UNAVAILABLE, scope=FaultScope.UPSTREAM, upstream_status=503, detail=f"down, id {turn}"
        )
        bench.pool.report(lease, fault, request_id=f"r{turn}")
        bench.pool.release(lease, ok=False)
    assert bench.pool.usable() >= 13
