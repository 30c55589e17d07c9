"""`POST /v1/videos/generations`, `/edits` and `/extensions`, and `GET /v1/videos/{id}` to poll them."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from grok2api.sandbox import fields, quotas, refusals
from grok2api.sandbox.accounts import Account
from grok2api.sandbox.blobs import Blob, Content, Padded
from grok2api.sandbox.kept.jobs import Job
from grok2api.sandbox.media import clips, mp4, orders, pictures, sources, stored, videos_request
from grok2api.sandbox.media.orders import Orders
from grok2api.sandbox.models import MediaModel
from grok2api.sandbox.wire import Answer, Json, Request, answer_json
from grok2api.sandbox.world import World

SECONDS = 2.0
QUIET = 10
SMALLEST_BOX = 16
MP4 = "video/mp4"
INTERNAL_ERROR = {"code": "internal_error", "message": "Video generation failed. Please try again."}


@dataclass(frozen=True, slots=True)
class Film:
    """A film that is changed: its size, and how many seconds it lasts."""

    size: tuple[int, int]
    seconds: float


FOREIGN = Film((256, 144), 5.0)
"""What is taken to lie behind an address that is never looked behind."""


@dataclass(frozen=True, slots=True)
class Commission:
    """One order for a film, with all that is needed to make it later; `shown` is in seconds."""

    world: World
    account: Account
    origin: str
    body: Json
    model: MediaModel
    prompt: str
    orders: Orders
    size: tuple[int, int]
    shown: float
    ticks: int
    first: Image.Image | None = None

    def result(self) -> Json:
        """Make the film and return what a poll tells of it."""
        video: Json = {"duration": self.shown, "respect_moderation": True}
        if self.orders.moderated(0):
            video |= {"url": "", "respect_moderation": False}
        elif self.orders.missing(0):
            video["url"] = ""
        elif videos_request.upload_url(self.body) is None:
            video |= self._published()
        usage = {"cost_in_usd_ticks": self.ticks}
        return {"status": "done", "video": video, "model": self.model.id, "progress": 100, "usage": usage}

    def _published(self) -> Json:
        key = f"{self.world.seed}|{self.model.id}|{self.prompt}"
        content = Blob(clips.film(self.prompt, key, self.size, self.shown, self.first))
        path = f"/vidgen/{self.world.mint.new_uuid()}/video.mp4"
        self.world.links.publish(path, self._swollen(content), MP4, self.orders.lifetime())
        told: Json = {"url": self.origin + path}
        storage = stored.options(self.body)
        if storage is not None:
            told |= stored.keep(self.world, self.account, self.origin, storage, content, MP4)
        return told

    def _swollen(self, content: Blob) -> Content:
        """Return the film with a box of zeros behind it, where a large one was ordered."""
        missing = self.orders.size() - content.length
        if missing < SMALLEST_BOX:
            return content
        film = content.whole()
        return Padded(Blob(film + mp4.free(missing)), len(film) + missing)


def generate(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer an order for a new film. Raises: Refusal."""
    account, body, model = _opened(world, request)
    asked = videos_request.read(body, model)
    if asked.resolution == "1080p" and "sd" in account.traits:
        raise refusals.no_full_hd()
    _refuse_zdr(account, body)
    first = None
    if asked.image is not None:
        holder = sources.as_holder(asked.image)
        first = sources.picture(sources.find(world, account, request, holder, "image"), "image")
    for at, value in enumerate(asked.references):
        where = f"reference_images[{at}]"
        sources.picture(sources.find(world, account, request, value, where), where)
    for where, value in asked.others:
        sources.picture(sources.find(world, account, request, value, where), where)
    ratio = videos_request.RATIOS[asked.ratio] if asked.ratio else first.size if first else (16, 9)
    commission = Commission(
        world=world,
        account=account,
        origin=request.origin(),
        body=body,
        model=model,
        prompt=asked.prompt,
        orders=orders.read(request, asked.prompt),
        size=clips.size_of(ratio, asked.resolution),
        shown=asked.seconds,
        ticks=videos_request.price(model, asked.resolution, asked.seconds),
        first=first,
    )
    return _begun(commission)


def edit(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer an order to change a film; it keeps its length and its form. Raises: Refusal."""
    account, body, model = _opened(world, request)
    prompt = videos_request.read_edit(body, model)
    _refuse_zdr(account, body)
    film = _film(world, account, request, body)
    if film.seconds > videos_request.LONGEST_EDITED:
        longest = videos_request.LONGEST_EDITED
        raise refusals.invalid(
            f"The video is too long to edit: {film.seconds:g} s, the limit is {longest} s."
        )
    return _changed(world, account, request, model, prompt, film, film.seconds)


def extend(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer an order to go on with a film; the result is source and extension. Raises: Refusal."""
    account, body, model = _opened(world, request)
    prompt, more = videos_request.read_extension(body, model)
    _refuse_zdr(account, body)
    film = _film(world, account, request, body)
    shortest, longest = videos_request.EXTENDED
    if not shortest <= film.seconds <= longest:
        raise refusals.invalid(f"The video must last {shortest:g} to {longest:g} s to be extended.")
    whole = Film(film.size, film.seconds + more)
    return _changed(world, account, request, model, prompt, whole, more)


def fetch(world: World, request: Request, parameters: Json) -> Answer:
    """Answer a poll: 202 while the film is made, 200 however it ended, 404."""
    account = world.account(request)
    quotas.refuse_blocked(account)
    job = world.jobs.find(account.team_id, "video", parameters["id"])
    if job is None:
        raise refusals.unknown_object("Video request", parameters["id"])
    job.polls += 1
    now = world.clock.monotonic()
    status = job.status(now)
    if status == "pending":
        progress = job.progress(now)
        if progress < QUIET:
            return Answer(202, b"", None)
        return answer_json({"status": "pending", "progress": progress}, 202)
    if status == "failed":
        return answer_json({"status": "failed", "error": job.error or INTERNAL_ERROR})
    if status == "expired":
        return answer_json({"status": "expired"})
    if job.result is None:
        job.result = job.make()
    return answer_json(job.result, usage=job.result["usage"])


def _opened(world: World, request: Request) -> tuple[Account, Json, MediaModel]:
    account = world.account(request)
    body = request.mapping()
    return account, body, world.media_model(account, fields.required_string(body, "model"), "video")


def _refuse_zdr(account: Account, body: Json) -> None:
    if "zdr" in account.traits and videos_request.upload_url(body) is None:
        raise refusals.upload_url_needed()


def _film(world: World, account: Account, request: Request, body: Json) -> Film:
    """Return the film that is to be changed."""
    holder = sources.as_holder(body.get("video"))
    source = sources.find(world, account, request, holder, "video")
    if source.content is None:
        return FOREIGN
    seconds, size = mp4.duration(source.content), mp4.size(source.content)
    if seconds is None or size is None:
        raise refusals.invalid("Failed to decode video. It must be an MP4 file.")
    wide, high = pictures.bounded(size)
    return Film((wide + wide % 2, high + high % 2), seconds)


def _changed(
    world: World,
    account: Account,
    request: Request,
    model: MediaModel,
    prompt: str,
    film: Film,
    billed: float,
) -> Answer:
    """Take on the order for a film that follows from another; `billed` is in seconds."""
    body = request.mapping()
    stored.options(body)
    wanted = orders.read(request, prompt)
    ticks = videos_request.price(model, "720p", billed)
    return _begun(
        Commission(
            world, account, request.origin(), body, model, prompt, wanted, film.size, film.seconds, ticks
        )
    )


def _begun(commission: Commission) -> Answer:
    world, wanted = commission.world, commission.orders
    outcome = wanted.outcome()
    job = Job(
        id=world.mint.new_uuid(),
        team_id=commission.account.team_id,
        kind="video",
        model=commission.model.id,
        started=world.clock.monotonic(),
        seconds=wanted.seconds(SECONDS),
        outcome=outcome,
        make=commission.result,
        ticks=commission.ticks,
        error=wanted.error() if outcome == "failed" else None,
        body=commission.body,
    )
    world.jobs.add(job)
    if outcome == "done":
        world.directory.charge(commission.account, commission.ticks)
    return answer_json({"request_id": job.id})
