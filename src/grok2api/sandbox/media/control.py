"""The sandbox's own routes for media: jobs are listed and ended, links die, files appear."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from grok2api.sandbox.accounts import team_of
from grok2api.sandbox.blobs import Blob
from grok2api.sandbox.kept.files import StoredFile
from grok2api.sandbox.mint import derived_uuid
from grok2api.sandbox.wire import Answer, Request, answer_json
from grok2api.sandbox.world import World


class Finish(msgspec.Struct, forbid_unknown_fields=True):
    """An order to end jobs now: one, or all that are under way; as they were to end, or otherwise."""

    request_id: str | None = None
    outcome: Literal["done", "failed", "expired"] | None = None
    error: dict[str, str] | None = None


class Placed(msgspec.Struct, forbid_unknown_fields=True):
    """A file that is to be there, under an id of one's choice, for the team of an account."""

    id: str
    account: str
    filename: str = "file.txt"
    text: str = "A file of the sandbox."
    content_type: str = "text/plain"


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


def _place_file(world: World, request: Request) -> Answer:
    try:
        order = msgspec.convert(request.body, Placed)
    except msgspec.ValidationError as error:
        return answer_json({"error": str(error)}, 400)
    team_id = derived_uuid("team", team_of(order.account))
    content = Blob(order.text.encode())
    now = world.clock.now()
    file = StoredFile(order.id, team_id, order.filename, "", order.content_type, content, now, None)
    world.files.keep(file)
    return answer_json(file.shown())


ROUTES: Mapping[tuple[str, str], Callable[[World, Request], Answer]] = MappingProxyType(
    {
        ("GET", "/sandbox/jobs"): _show_jobs,
        ("POST", "/sandbox/jobs"): _finish_jobs,
        ("DELETE", "/sandbox/links"): _kill_links,
        ("POST", "/sandbox/files"): _place_file,
    }
)
