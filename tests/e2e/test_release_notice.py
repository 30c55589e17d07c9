"""A newer version is told to operators, once somebody is named who is asked for it; until then nobody is."""

from __future__ import annotations

from pathlib import Path

from support.observing import eventually
from support.operator import SIGNED, Operator
from support.processes import Gateway, Sandbox
from support.release_feed import PAGE, release_feed


def test_it_is_off_until_an_address_is_set_and_off_without_one(sandbox: Sandbox, tmp_path: Path) -> None:
    with release_feed() as feed:
        gateway = Gateway.start(
            tmp_path,
            upstream=sandbox.base_url,
            keys=("xai-sandbox-alice",),
            arguments=("--workers", "2"),
            environment={**SIGNED, "GROK2API_FETCH__ALLOW_HOSTS": feed.host},
        )
        try:
            owner = Operator(gateway)
            assert owner.send("GET", "/release")[1]["asks"] is False
            assert feed.asked == []
            owner.send("PATCH", "/settings", {"set": {"releases.feed_url": feed.url}})
            told = eventually(lambda: newest(owner), "the newest version")
            assert (told["newest"], told["newer"], told["url"], told["failure"]) == ("99.1.0", True, PAGE, "")
            assert len(feed.asked) == 1, "one worker asks for all"
            owner.send("PATCH", "/settings", {"unset": ["releases.feed_url"]})
            eventually(lambda: all(owner.send("GET", "/release")[1]["newest"] is None for _ in range(12)))
        finally:
            gateway.stop()


def newest(owner: Operator) -> dict[str, object] | None:
    """Return what any worker tells, once it knows."""
    told: dict[str, object] = owner.send("GET", "/release")[1]
    return told if told["newest"] else None
