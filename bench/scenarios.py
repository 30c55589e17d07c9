"""What is asked of every target: the two surfaces, the loads, and the request each of them sends.

The stub reads its orders from the prompt (`bench events=... delay_ms=... size=...`), since a gateway carries
the prompt to the upstream and little else. This module never starts or measures anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

CLIENT_KEY = "sk-bench"
MODEL = "grok-3"
PADDING = "Please answer in plain words, briefly, and say where you are not sure. "


@dataclass(frozen=True, slots=True)
class Surface:
    """One public endpoint; `terminal` is the text a whole stream must end with."""

    name: str
    path: str
    terminal: str


RESPONSES = Surface("responses", "/v1/responses", "response.completed")
CHAT = Surface("chat", "/v1/chat/completions", "[DONE]")
SURFACES = (RESPONSES, CHAT)


@dataclass(frozen=True, slots=True)
class Load:
    """How long a measurement lasts: seconds of a closed loop, or `each` streams of `events` a connection."""

    duration_s: float = 0.0
    each: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One load; `delay_ms` is the stub's pause between two deltas."""

    name: str
    about: str
    connections: int
    full: Load
    quick: Load
    delay_ms: int = 0

    @property
    def streaming(self) -> bool:
        """Tell whether the answers are event streams."""
        return self.full.events > 0


SCENARIOS = (
    Scenario("json1", "one JSON request at a time", 1, Load(1.2), Load(0.6)),
    Scenario("json64", "64 JSON requests at a time", 64, Load(2.0), Load(1.0)),
    Scenario("sse32", "32 streams of 200 events, unpaced", 32, Load(2.0, events=200), Load(1.0, events=200)),
    Scenario(
        name="paced200",
        about="200 streams, an event every 20 ms",
        connections=200,
        full=Load(each=2, events=125),
        quick=Load(each=1, events=75),
        delay_ms=20,
    ),
    Scenario(
        name="hold1k",
        about="1,000 streams, an event every 20 ms, all begun at once",
        connections=1000,
        full=Load(each=1, events=100),
        quick=Load(each=1, events=40),
        delay_ms=20,
    ),
)
HOLD5K = Scenario(
    name="hold5k",
    about="5,000 streams, an event a second, all begun at once",
    connections=5000,
    full=Load(each=1, events=5),
    quick=Load(each=1, events=3),
    delay_ms=1000,
)


def request_body(surface: Surface, events: int, delay_ms: int, *, stream: bool) -> bytes:
    """Return the JSON a client sends, about 330 bytes."""
    prompt = f"bench events={events} delay_ms={delay_ms} size={0 if stream else 100} . " + PADDING * 2
    body: dict[str, object] = {"model": MODEL}
    if surface is CHAT:
        body["messages"] = [{"role": "user", "content": prompt}]
    else:
        body["input"] = [{"role": "user", "content": prompt}]
    if stream:
        body["stream"] = True
    return msgspec.json.encode(body)
