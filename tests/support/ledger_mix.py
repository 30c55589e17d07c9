"""Requests of every kind, in every kind of trouble, and what the ledger has to say of each of them.

Every request has a tag, which is its id, stands in its prompt, and so is in upstream's journal too: what was
told of one request is compared with what is written of the same one, and with nothing else.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from grok2api.storage.records import UsageRecord
from grok2api.storage.stores import Records
from support.fleet import Ground
from support.load import CHAT, RESPONSES, Ask, Outcome, content_of, tool_prompt
from support.observing import eventually
from support.processes import Sandbox, request

MESSAGES, PICTURES, FILMS, SPEECH = "/messages", "/images/generations", "/videos", "/audio/speech"
_KINDS = {"text": 52, "tool": 10, "picture": 4, "film": 2, "speech": 4, "wrong": 5, "left": 10, "broken": 13}
_BREAKS = ("cut=5", "reset=5", "stream_error=4", "response_failed=4", "no_done=5", "malformed=4")
_TROUBLES: tuple[tuple[str, int, dict[str, object]], ...] = (
    ("status", 6, {"status": 429, "retry_after": 1}),
    ("status", 8, {"status": 500}),
    ("status", 6, {"status": 503}),
    ("drop", 3, {}),
    ("slow_first_byte", 4, {"delay": 0.5}),
)
_TAG = re.compile(r"mix-\d{6}")
_PAGE = 1_000
_REST = 3.0
"""Seconds without a new row after which nobody writes any more."""
Figures = tuple[int, int, int]


def of_every_kind(first: int, count: int, seed: int) -> Iterator[Ask]:
    """Yield requests from a fixed seed: all dialects, tools, pictures, films, speech; some are broken."""
    chance = Random(seed)  # noqa: S311  a run that can be repeated
    kinds, weights = list(_KINDS), list(_KINDS.values())
    for number in range(first, first + count):
        tag = f"mix-{number:06d}"
        yield _ask(tag, chance.choices(kinds, weights)[0], chance)


def trouble(sandbox: Sandbox) -> None:
    """Let some of the next calls be refused, fail, get lost or take long."""
    for fault, times, more in _TROUBLES:
        sandbox.scenario(fault, match={"path": RESPONSES}, times=times, **more)


def _ask(tag: str, kind: str, chance: Random) -> Ask:
    path = chance.choice((CHAT, RESPONSES, MESSAGES))
    stream, leave = chance.random() < 0.5, chance.uniform(0, 0.4)
    if kind in {"picture", "film", "speech"}:
        return _media(tag, kind)
    if kind == "tool":
        path = CHAT if path == MESSAGES else path
        return Ask(
            tag=tag, path=path, content=content_of(path, tool_prompt(tag), stream, True), stream=stream
        )
    if kind == "wrong":
        content = json.dumps({"model": "no-such-model", "input": tag, "messages": [], "max_tokens": 5})
        return Ask(tag=tag, path=path, content=content.encode(), stream=False, wrong=True)
    text = f"{tag} count to {chance.randrange(5, 60)}"
    if kind == "broken":
        return _text(tag, path, f"{text} !sandbox:{chance.choice(_BREAKS)}", stream=True)
    if kind == "left":
        stream = chance.random() < 0.7
        text = f"{tag} count to 400 !sandbox:{'trickle=0.02' if stream else 'slow_first_byte=3'}"
        return _text(tag, path, text, stream=stream, leave_after=leave)
    return _text(tag, path, text, stream=stream)


def _text(tag: str, path: str, text: str, *, stream: bool, leave_after: float | None = None) -> Ask:
    content = content_of(path, text, stream)
    if path == MESSAGES:
        messages = [{"role": "user", "content": text}]
        body = {"model": "grok-3", "max_tokens": 4_096, "stream": stream, "messages": messages}
        content = json.dumps(body).encode()
    return Ask(tag=tag, path=path, content=content, stream=stream, leave_after=leave_after)


def _media(tag: str, kind: str) -> Ask:
    path, body = {
        "picture": (PICTURES, {"model": "grok-imagine-1.0", "prompt": f"a fox, {tag}"}),
        "film": (FILMS, {"model": "grok-imagine-1.0-video", "prompt": f"{tag} !sandbox:seconds=0"}),
        "speech": (SPEECH, {"model": "tts-1", "voice": "alloy", "input": f"I am {tag}."}),
    }[kind]
    return Ask(tag=tag, path=path, content=json.dumps(body).encode(), stream=False)


@dataclass(slots=True)
class Evidence:
    """What clients saw, what upstream carried out, and when workers were killed."""

    asked: dict[str, Ask] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    """When a request was over for its client, in wall time, whatever had come by then."""
    reached: dict[str, float] = field(default_factory=dict)
    """When upstream first heard of a request."""
    answered: set[str] = field(default_factory=set)
    """The requests whose clients were told a status, also one of ours."""
    taken: set[str] = field(default_factory=set)
    """The films whose clients were told they are made. No kill excuses these: whoever is left goes on."""
    told: dict[str, list[Figures]] = field(default_factory=dict)
    """What upstream wrote down of every call that it carried out to its end or in part."""
    kills: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def seen(self, outcome: Outcome) -> bool:
        """Note what a client saw."""
        self.asked[outcome.ask.tag] = outcome.ask
        self.ended[outcome.ask.tag] = time.time()
        self.statuses[outcome.status] += 1
        if outcome.status:
            self.answered.add(outcome.ask.tag)
        if outcome.status == 200 and outcome.ask.path == FILMS:
            self.taken.add(outcome.ask.tag)
        return True

    def harvest(self, sandbox: Sandbox) -> None:
        """Take over what upstream's journal holds, and let it begin anew: it does not keep everything."""
        for call in sandbox.calls():
            if not (found := _TAG.search(json.dumps(call["body"]))):
                continue
            self.reached.setdefault(found[0], call["time"])
            if call["usage"]:
                self.told.setdefault(found[0], []).append(_figures(call["usage"]))
        sandbox.clear()

    def harvest_films(self, sandbox: Sandbox) -> None:
        """Take over what upstream's jobs cost."""
        _, _, answer = request("GET", sandbox.control_url + "/jobs")
        for job in json.loads(answer)["jobs"]:
            if found := _TAG.search(json.dumps(job["body"])):
                self.told.setdefault(found[0], []).append((0, 0, job["cost_in_usd_ticks"] or 0))

    def lost(self, rows: Sequence[UsageRecord]) -> dict[str, float]:
        """Return the requests that should have a row and have none, however they ended.

        Those are all that upstream heard of, or whose client was told a status; with the seconds between the
        time in which each was under way and the nearest kill: 0 for a kill within it, and without end if no
        kill excuses it.
        """
        missing = (self.reached.keys() | self.answered) - {_tag(row) for row in rows}
        return {tag: self._from_a_kill(tag) for tag in missing}

    def _from_a_kill(self, tag: str) -> float:
        if tag in self.taken:
            return float("inf")
        end = self.ended[tag]
        start = min(self.reached.get(tag, end), end)
        return min((max(start - kill, kill - end, 0.0) for kill in self.kills), default=float("inf"))


def _figures(usage: dict[str, Any]) -> Figures:
    return usage.get("input_tokens", 0), usage.get("output_tokens", 0), usage.get("cost_in_usd_ticks", 0)


def _tag(row: UsageRecord) -> str:
    return row.request_id.partition("#")[0]


def rows_at_rest(ground: Ground, evidence: Evidence) -> list[UsageRecord]:
    """Return all rows of the ledger, once those of the living are there and nobody writes any more."""

    def at_rest() -> list[UsageRecord]:
        before = len(rows_of(ground))
        time.sleep(_REST)
        if ground.look(open_films):
            return []
        rows = rows_of(ground)
        whole = len(rows) == before and float("inf") not in evidence.lost(rows).values()
        return rows if whole else []

    found: list[UsageRecord] = eventually(at_rest, "an end of new rows", tries=60)
    return found


async def open_films(records: Records) -> int:
    """Return how many films are still made, or wait for somebody who goes on with them."""
    return await records.videos.count_open()


def rows_of(ground: Ground) -> list[UsageRecord]:
    """Return all rows of the ledger."""

    async def read(records: Records) -> list[UsageRecord]:
        found, before = list[UsageRecord](), None
        while page := await records.usage.recent(_PAGE, before):
            found += page
            before = page[-1].cursor
        return found

    return [row for row in ground.look(read) if _TAG.fullmatch(_tag(row))]


def check_sums(ground: Ground, rows: Sequence[UsageRecord]) -> None:
    """Compare what is kept beside the rows with the rows."""

    async def read(records: Records) -> tuple[int, int, int, int]:
        sums = (await records.usage.summarise(0, 2**31))[0].counts
        return sums.requests, sums.input_tokens, sums.output_tokens, sums.cost_ticks

    def sum_of(each: Callable[[UsageRecord], int]) -> int:
        return sum(map(each, rows))

    assert ground.look(read) == (
        len(rows),
        sum_of(lambda row: row.input_tokens),
        sum_of(lambda row: row.output_tokens),
        sum_of(lambda row: row.cost_ticks),
    )


def check_rows(rows: Sequence[UsageRecord], evidence: Evidence) -> None:
    """Check what every row says of its request against what upstream wrote down of the same one."""
    assert not [tag for tag, count in Counter(map(_tag, rows)).items() if count > 1], "one request, one row"
    for row in rows:
        told, figures = (
            evidence.told.get(_tag(row), []),
            (row.input_tokens, row.output_tokens, row.cost_ticks),
        )
        if row.usage_source == "upstream":
            assert figures in told, (row, told)
            assert row.cost_source == "upstream", row
        elif row.usage_source == "estimated":
            assert row.cost_source == "list", row
            assert row.cost_ticks > 0, row
        else:
            assert figures == (0, 0, 0), row
        if row.end == "completed":
            spoken = evidence.asked[_tag(row)].path == SPEECH
            assert row.usage_source == ("estimated" if spoken else "upstream"), row
        if row.end in {"cut", "client_gone"} and row.first_byte_ms is not None:
            assert row.usage_source != "none", row


def tally(rows: Sequence[UsageRecord]) -> dict[str, float]:
    """Return how many rows ended in which way with figures from whom, and what upstream's come to."""
    kinds = Counter(f"{row.end}_{row.usage_source}" for row in rows)
    for source in ("upstream", "estimated"):
        kinds[f"ticks_{source}"] = sum(row.cost_ticks for row in rows if row.usage_source == source)
    return dict(sorted(kinds.items()))
