"""The sandbox's own routes under `/sandbox`: health, journal, scenario, accounts, clock, media, issuer.

They ask for no key, are not in the journal, and no fault ever touches them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec

from grok2api.sandbox.media import control as media_control
from grok2api.sandbox.oauth import control as oauth_control
from grok2api.sandbox.wire import Answer, Request, answer_json
from grok2api.sandbox.world import World


class Step(msgspec.Struct, forbid_unknown_fields=True):
    """A step of the clock in seconds: both clocks forward, or the wall clock alone to where it is put."""

    advance: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    set_wall_offset: float | None = None


def answer(world: World, request: Request) -> Answer:
    """Answer a request under `/sandbox`."""
    if request.path == oauth_control.PREFIX or request.path.startswith(f"{oauth_control.PREFIX}/"):
        return oauth_control.answer(world.issuer, request)
    routes: dict[tuple[str, str], Callable[[World, Request], Answer]] = {
        ("GET", "/sandbox/health"): _health,
        ("GET", "/sandbox/journal"): _show_journal,
        ("DELETE", "/sandbox/journal"): _clear_journal,
        ("GET", "/sandbox/scenario"): _show_scenario,
        ("POST", "/sandbox/scenario"): _add_rule,
        ("DELETE", "/sandbox/scenario"): _clear_scenario,
        ("GET", "/sandbox/accounts"): _show_accounts,
        ("POST", "/sandbox/accounts"): _order_account,
        ("DELETE", "/sandbox/accounts"): _clear_accounts,
        ("POST", "/sandbox/clock"): _advance,
        **media_control.ROUTES,
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


def _show_accounts(world: World, _request: Request) -> Answer:
    return answer_json({"accounts": world.directory.rows()})


def _order_account(world: World, request: Request) -> Answer:
    try:
        return answer_json(world.directory.post(request.body))
    except ValueError as error:
        return answer_json({"error": str(error)}, 400)


def _clear_accounts(world: World, _request: Request) -> Answer:
    return answer_json({"cleared": world.directory.clear()})


def _advance(world: World, request: Request) -> Answer:
    try:
        step = msgspec.convert(request.body or None, Step)
    except msgspec.ValidationError as error:
        return answer_json({"error": f"{error}; give seconds as advance or set_wall_offset"}, 400)
    world.clock.advance(step.advance)
    if step.set_wall_offset is not None:
        world.clock.wall_offset = step.set_wall_offset
    return answer_json({"now": world.clock.now()})
