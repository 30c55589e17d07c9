"""The sandbox's own routes under `/sandbox`: health, journal, scenario and clock.

They ask for no key, are not in the journal, and no fault ever touches them.
"""

from __future__ import annotations

from collections.abc import Callable

from grok2api.sandbox.wire import Answer, Request, answer_json
from grok2api.sandbox.world import World


def answer(world: World, request: Request) -> Answer:
    """Answer a request under `/sandbox`."""
    routes: dict[tuple[str, str], Callable[[World, Request], Answer]] = {
        ("GET", "/sandbox/health"): _health,
        ("GET", "/sandbox/journal"): _show_journal,
        ("DELETE", "/sandbox/journal"): _clear_journal,
        ("GET", "/sandbox/scenario"): _show_scenario,
        ("POST", "/sandbox/scenario"): _add_rule,
        ("DELETE", "/sandbox/scenario"): _clear_scenario,
        ("POST", "/sandbox/clock"): _advance,
    }
    handler = routes.get((request.method, request.path))
    return (
        answer_json({"error": "no such sandbox route"}, 404) if handler is None else handler(world, request)
    )


def _health(world: World, _request: Request) -> Answer:
    return answer_json({"status": "ok", "seed": world.seed, "now": world.clock.now()})


def _show_journal(world: World, _request: Request) -> Answer:
    return answer_json({"requests": world.journal.rows()})


def _clear_journal(world: World, _request: Request) -> Answer:
    return answer_json({"cleared": world.journal.clear()})


def _show_scenario(world: World, _request: Request) -> Answer:
    return answer_json({"scenarios": world.scenario.rows()})


def _add_rule(world: World, request: Request) -> Answer:
    try:
        return answer_json({"id": world.scenario.add(request.body)})
    except ValueError as error:
        return answer_json({"error": str(error)}, 400)


def _clear_scenario(world: World, _request: Request) -> Answer:
    return answer_json({"cleared": world.scenario.clear()})


def _advance(world: World, request: Request) -> Answer:
    seconds = request.body.get("advance") if isinstance(request.body, dict) else None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        return answer_json({"error": "advance must be a number of seconds, 0 or more"}, 400)
    world.clock.advance(seconds)
    return answer_json({"now": world.clock.now()})
