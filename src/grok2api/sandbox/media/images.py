"""`POST /v1/images/generations` and `/edits`, and `GET /v1/images/{id}` for those that were deferred."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace

from PIL import Image

from grok2api.sandbox import fields, mint, quotas, refusals
from grok2api.sandbox.accounts import Account
from grok2api.sandbox.blobs import Blob, Content, Padded
from grok2api.sandbox.kept.jobs import Job
from grok2api.sandbox.media import images_request, orders, pictures, sources, stored
from grok2api.sandbox.media.images_request import ImageRequest
from grok2api.sandbox.media.orders import Orders
from grok2api.sandbox.models import MediaModel
from grok2api.sandbox.wire import Answer, Json, Request, answer_json
from grok2api.sandbox.world import World

SECONDS = 1.0
ENDINGS = {"image/png": "png", "image/jpeg": "jpeg"}


@dataclass(frozen=True, slots=True)
class Commission:
    """One order for pictures, with all that is needed to draw them, now or later."""

    world: World
    account: Account
    origin: str
    body: Json
    model: MediaModel
    asked: ImageRequest
    orders: Orders
    below: tuple[Image.Image | None, ...]

    def results(self) -> Json:
        """Draw the pictures and return the answer's body."""
        asked = self.asked
        data = [self._entry(index) for index in range(asked.count)]
        made = sum(1 for entry in data if "url" in entry or "b64_json" in entry or asked.uploads)
        ticks = images_request.price(self.model, asked, made, len(self.below))
        self.world.directory.charge(self.account, ticks)
        return {"data": data, "usage": {"cost_in_usd_ticks": ticks}}

    def _entry(self, index: int) -> Json:
        mime_type = "image/png" if self.model.id == images_request.QUALITY_MODEL else "image/jpeg"
        entry: Json = {"mime_type": mime_type, "revised_prompt": self.asked.prompt}
        if self.orders.missing(index):
            return entry
        if self.orders.moderated(index):
            return entry | {"respect_moderation": False}
        entry["respect_moderation"] = True
        if self.asked.uploads:
            return entry
        content = self._picture(index, mime_type)
        if self.asked.storage is not None:
            entry |= stored.keep(
                self.world, self.account, self.origin, self.asked.storage, content, mime_type
            )
        if self.asked.inline:
            return entry | {"b64_json": base64.b64encode(content.whole()).decode()}
        path = f"/imgen/{self.world.mint.new_uuid()}.{ENDINGS[mime_type]}"
        shown: Content = Padded(content, self.orders.size()) if self.orders.size() else content
        self.world.links.publish(path, shown, mime_type, self.orders.lifetime())
        return entry | {"url": self.origin + path}

    def _picture(self, index: int, mime_type: str) -> Blob:
        asked = self.asked
        below = self.below[0] if self.below else None
        if asked.ratio is None and below is not None:
            size = pictures.bounded(below.size)
        else:
            size = pictures.size_of(pictures.RATIOS[asked.ratio or _fitting(asked.prompt)], asked.resolution)
        key = f"{self.world.seed}|{self.model.id}|{asked.prompt}|{index}|{asked.ratio}|{asked.resolution}"
        drawn = pictures.draw(asked.prompt, key, size, below)
        return Blob(pictures.encode(drawn, mime_type, asked.prompt))


def generate(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer an image generation. Raises: Refusal."""
    account = world.account(request)
    body = request.mapping()
    model = world.media_model(account, fields.required_string(body, "model"), "image")
    for name in ("image", "images"):
        if body.get(name) is not None:
            raise refusals.invalid(f"Argument not supported: {name}")
    asked = images_request.read(body, model, editing=False)
    wanted = orders.read(request, asked.prompt)
    return _carried_out(Commission(world, account, request.origin(), body, model, asked, wanted, ()))


def edit(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer an image edit; the body is JSON. Raises: Refusal."""
    account = world.account(request)
    body = request.mapping()
    model = world.media_model(account, fields.required_string(body, "model"), "image")
    asked = images_request.read(body, model, editing=True)
    below = _sources(world, account, request, body)
    if len(below) == 1:
        asked = replace(asked, ratio=None)
    wanted = orders.read(request, asked.prompt)
    return _carried_out(Commission(world, account, request.origin(), body, model, asked, wanted, below))


def fetch(world: World, request: Request, parameters: Json) -> Answer:
    """Answer a poll for deferred pictures: 202, 200, or 404."""
    account = world.account(request)
    quotas.refuse_blocked(account)
    job = world.jobs.find(account.team_id, "image", parameters["id"])
    if job is None:
        raise refusals.unknown_object("Image request", parameters["id"])
    job.polls += 1
    status = job.status(world.clock.monotonic())
    if status == "pending":
        return Answer(202, b"", None)
    if status != "done":
        error = job.error or {"code": "internal_error", "message": "Image generation failed."}
        return answer_json({"status": "failed", "error": error})
    if job.result is None:
        job.result = job.make()
    return answer_json({"status": "done"} | job.result, usage=job.result["usage"])


def _carried_out(commission: Commission) -> Answer:
    if not commission.asked.deferred:
        result = commission.results()
        return answer_json(result, usage=result["usage"])
    world, wanted = commission.world, commission.orders
    job = Job(
        id=world.mint.new_uuid(),
        team_id=commission.account.team_id,
        kind="image",
        model=commission.model.id,
        started=world.clock.monotonic(),
        seconds=wanted.seconds(SECONDS),
        outcome="done" if wanted.outcome() == "done" else "failed",
        make=commission.results,
        ticks=images_request.price(
            commission.model, commission.asked, commission.asked.count, len(commission.below)
        ),
        error=wanted.error() if wanted.outcome() != "done" else None,
        body=commission.body,
    )
    world.jobs.add(job)
    return answer_json({"request_id": job.id})


def _sources(world: World, account: Account, request: Request, body: Json) -> tuple[Image.Image | None, ...]:
    image, several = body.get("image"), fields.sequence(body, "images")
    if (image is None) == (several is None):
        raise refusals.invalid("An edit needs exactly one of image and images.")
    named = (
        [("image", image)]
        if several is None
        else [(f"images[{at}]", each) for at, each in enumerate(several)]
    )
    if not 1 <= len(named) <= images_request.MAX_SOURCES:
        raise refusals.invalid(f"images must have 1 to {images_request.MAX_SOURCES} elements.")
    return tuple(
        sources.picture(sources.find(world, account, request, value, where), where) for where, value in named
    )


def _fitting(prompt: str) -> str:
    return ("1:1", "3:2", "2:3")[mint.pick(0, prompt, 3)]
