"""The sandbox's own routes under `/sandbox`: health, journal, scenario, accounts, clock, and the issuer's.

They ask for no key, are not in the journal, and no fault ever touches them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from grok2api.sandbox.oauth import control as oauth_control
from grok2api.sandbox.wire import Answer, Request, answer_json
from grok2api.sandbox.world import World


class Step(msgspec.Struct, forbid_unknown_fields=True):
    """A step of the clock in seconds: both clocks forward, or the wall clock alone to where it is put."""

    advance: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    set_wall_offset: float | None = None


class Finish(msgspec.Struct, forbid_unknown_fields=True):
    """An order to end jobs now: one, or all that are under way; as they were to end, or otherwise."""

    request_id: str | None = None
    outcome: Literal["done", "failed", "expired"] | None = None
    error: dict[str, str] | None = None


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
        ("GET", "/sandbox/jobs"): _show_jobs,
        ("POST", "/sandbox/jobs"): _finish_jobs,
        ("DELETE", "/sandbox/links"): _kill_links,
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


def _show_jobs(world: World, _request: Request) -> Answer:
    return answer_json({"jobs": world.jobs.rows()})


def _finish_jobs(world: World, request: Request) -> Answer:
    try:
        order = msgspec.convert(request.body or {}, Finish)
    except msgspec.ValidationError as error:
        return answer_json({"error": str(error)}, 400)
    wanted = world.jobs.pending() if order.request_id is None else [order.request_id]
    finished = [each for each in wanted if world.jobs.finish(each, order.outcome, order.error)]
    if order.request_id is not None and not finished:
        return answer_json({"error": f"no job {order.request_id} is under way"}, 404)
    return answer_json({"finished": finished})


def _kill_links(world: World, _request: Request) -> Answer:
    return answer_json({"killed": world.links.kill()})
