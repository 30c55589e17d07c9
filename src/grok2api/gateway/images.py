"""Has pictures drawn: for the images endpoints, and for conversations that name a model of pictures.

An answer that is one body is one call for all of its pictures; where they are shown as they come, each is a
call of its own. What comes back is looked at before anybody gets it: bytes that are no picture are none, and
what moderation withheld is counted. Must never have drawn twice what upstream may have drawn already, nor
let a picture that was paid for get lost because another one failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from grok2api.accounting.pricing import Prices
from grok2api.accounting.settlement import Settlement
from grok2api.canonical.amendments import UNAMENDED, Amendments
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.plan import ModelKind, Target
from grok2api.canonical.usage import Usage
from grok2api.config.settings import Settings
from grok2api.dialects.images.answer import ImageUsage, Reading, Sent, read_answer
from grok2api.dialects.images.outgoing import Draft, check_strict, image_dispatch, quality_of
from grok2api.dialects.images.wish import ImageWish
from grok2api.errors import ContentRefused, Grok2ApiError, UpstreamError
from grok2api.gateway.given_pictures import GivenPictures
from grok2api.gateway.media_calls import Made, MediaCalls, MediaErrand
from grok2api.gateway.models import Models
from grok2api.gateway.orders import demand_of
from grok2api.kit.netguard import origin_of
from grok2api.media.redrawing import Look, look
from grok2api.observability.logging import get_logger
from grok2api.pool.pool import Pool
from grok2api.routing.media import plan_media
from grok2api.upstream.transport.fetching import Fetcher, FetchFailed

_log = get_logger("grok2api.images")

_AT_ONCE: Final = 4
"""Calls of one request that are under way at a time; the others wait for one of these to end."""
_LARGEST: Final = 64 * 1_048_576
"""Bytes of one picture that is fetched from upstream."""
_FETCH_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageOrder:
    """One request for pictures, decided."""

    wish: ImageWish
    errand: MediaErrand
    """The call for all of them."""
    draft: Draft

    @property
    def settlement(self) -> Settlement:
        """Return the request's account."""
        return self.errand.settlement


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was looked at, or (where nobody was to look) upstream's link to it."""

    content: bytes = field(default=b"", repr=False)
    seen: Look | None = None
    """None where there is a link only."""
    url: str = ""
    """Upstream's own link, which may end soon; empty if it gave none."""
    revised_prompt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What one call gave."""

    pictures: tuple[Picture, ...]
    withheld: int
    """Pictures that moderation kept back."""
    lost: int
    """Pictures that came, but cannot be read or had."""
    usage: ImageUsage
    made: Made
    quality: str | None
    """The quality that was sent upstream."""

    @property
    def error(self) -> Grok2ApiError | None:
        """Return why something is missing; None if nothing is."""
        return missing_error(self.withheld, self.lost, len(self.pictures))


Show = Callable[[Drawing], Awaitable[None]]
"""Hands on one picture; the next one is handed on when that is done."""


class ImageMaker:
    """Has pictures drawn.

    Args:
        calls: Sends the calls.
        models: Knows the models.
        pool: Tells whether there is anybody to serve.
        given: Prepares the pictures that are built on.
        fetcher: Fetches what upstream only links to.
        prices: Tells the cost where upstream does not.
    """

    def __init__(
        self,
        *,
        calls: MediaCalls,
        models: Models,
        pool: Pool,
        given: GivenPictures,
        fetcher: Fetcher,
        prices: Prices,
    ) -> None:
        self._calls = calls
        self._models = models
        self._pool = pool
        self._given = given
        self._fetcher = fetcher
        self._prices = prices

    def order(
        self, call: Call, wish: ImageWish, settlement: Settlement, settings: Settings, *, links: bool = False
    ) -> ImageOrder:
        """Decide how a request is served.

        Args:
            call: The request; its model is the wish's.
            wish: What is to be drawn.
            settlement: Its account.
            settings: The snapshot that it lives with.
            links: Whether upstream's own links are to be handed on unseen.

        Raises:
            ModelNotFound: there is no such model of pictures for this key and this pool.
            InvalidRequest: a file to build on is not there for this key.
        """
        settlement.asked(call.model, stream=call.stream)
        call = self._given.pinned(call, wish)
        plan = plan_media(
            call,
            ModelKind.IMAGE,
            self._models.catalogue,
            servable=self._models.servable_in(call.caller.scope),
            pool_empty=self._pool.empty_for(call.caller.scope),
        )
        settlement.demanded(demand_of(call, plan, plan.targets[0]))
        draft = Draft(wish=wish, count=wish.count, as_url=links)
        errand = MediaErrand(
            call=call,
            plan=plan,
            settlement=settlement,
            settings=settings,
            write=partial(self._attempt, draft),
        )
        return ImageOrder(wish=wish, errand=errand, draft=draft)

    async def make(self, order: ImageOrder) -> Drawing:
        """Return all pictures of a request, at least one; what they used is noted.

        Raises:
            InvalidRequest: a picture to build on cannot be used.
            Unsupported: the key is strict, and the model cannot do what is asked.
            Grok2ApiError: there is none; in any case the request is not settled yet.
        """
        ready = await self._ready(order)
        drawing = await self._draw(ready.draft, ready.errand)
        if not drawing.pictures and drawing.error is not None:
            raise drawing.error
        return drawing

    async def make_each(self, order: ImageOrder, show: Show) -> Grok2ApiError | None:
        """Show each picture of a request as it comes; return why some are missing, None if none is.

        After a failure that is not about the content no further call is begun, but those that are under way
        are waited for: they are paid. What was used is noted.

        Raises:
            Grok2ApiError: as `make` before anything was begun, or whatever `show` raised.
        """
        ready = await self._ready(order)
        draft = replace(ready.draft, count=1)
        write = partial(self._attempt, draft)
        errands = [
            replace(ready.errand, settlement=order.settlement.part(), write=write)
            for _ in range(order.wish.count)
        ]
        easel = _Easel(partial(self._draw, draft), show)
        try:
            async with asyncio.TaskGroup() as group:
                for errand in errands:
                    group.create_task(easel.draw(errand))
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        finally:
            for errand in errands:
                errand.settlement.close(end="client_gone", status=499)
        return easel.error(order.wish.count)

    async def _ready(self, order: ImageOrder) -> ImageOrder:
        """Return the order with the pictures that it builds on."""
        call, wish, draft = order.errand.call, order.wish, order.draft
        if wish.given:
            ready = await self._given.ready(wish, call.caller)
            draft = replace(draft, pictures=ready.pictures, ratio_kept=ready.keeps(wish.shape))
        if call.caller.strict:
            check_strict(self._write(draft, order.errand.plan.targets[0]))
        errand = replace(order.errand, write=partial(self._attempt, draft))
        return replace(order, errand=errand, draft=draft)

    async def _draw(self, draft: Draft, errand: MediaErrand) -> Drawing:
        """Return what one call gives, whatever that is.

        Raises:
            Grok2ApiError: there is no answer.
        """
        sent = _Sent()

        def write(target: Target, lease: Lease, amendments: Amendments) -> Dispatch:
            sent.target = target
            return errand.write(target, lease, amendments)

        try:
            made = await self._calls.whole(replace(errand, write=write))
        except asyncio.CancelledError:
            if sent.target is not None:
                errand.settlement.used(self._estimate(draft, sent.target.upstream_id, draft.count))
            raise
        reading = await _read(made.reply.content, draft.count)
        quality = quality_of(draft.wish, self._qualities(made.target.upstream_id))
        usage = reading.usage
        own = usage.cost_ticks is None
        if own:
            guess = self._estimate(draft, made.target.upstream_id, len(reading.pictures))
            usage = replace(usage, cost_ticks=guess.cost_ticks)
        errand.settlement.used(replace(usage.for_ledger(), by_list=own))
        pictures, lost = await self._looked_at(reading, made.lease, draft)
        return Drawing(
            pictures=pictures,
            withheld=reading.withheld,
            lost=lost,
            usage=reading.usage,
            made=made,
            quality=quality,
        )

    async def _looked_at(
        self, reading: Reading, lease: Lease, draft: Draft
    ) -> tuple[tuple[Picture, ...], int]:
        """Return the pictures that are some, and how many are none."""
        found: list[Picture] = []
        for sent in reading.pictures:
            if draft.as_url and sent.url:
                found.append(Picture(url=sent.url, revised_prompt=sent.revised_prompt))
                continue
            picture = await self._one(sent, lease, linked=draft.wish.answer_as == "url")
            if picture is not None:
                found.append(picture)
        return tuple(found), len(reading.pictures) - len(found)

    async def _one(self, sent: Sent, lease: Lease, *, linked: bool) -> Picture | None:
        """Return one picture as it was looked at; upstream's link where that is wanted and all there is."""
        try:
            content = sent.content or await self._fetched(sent.url, lease)
            seen = look(content)
        except FetchFailed as error:
            _log.warning("a picture could not be fetched from upstream", reason=error.reason)
            return Picture(url=sent.url, revised_prompt=sent.revised_prompt) if linked else None
        except ValueError as error:
            _log.warning("what upstream sent is no picture", reason=str(error)[:200])
            return None
        return Picture(content, seen, sent.url, sent.revised_prompt)

    async def _fetched(self, url: str, lease: Lease) -> bytes:
        trusted = (origin_of(lease.base_url),)
        return await self._fetcher.read(url, limit=_LARGEST, seconds=_FETCH_SECONDS, trusted_origins=trusted)

    def _attempt(self, draft: Draft, target: Target, _lease: Lease, amendments: Amendments) -> Dispatch:
        return self._write(draft, target, amendments)

    def _write(self, draft: Draft, target: Target, amendments: Amendments = UNAMENDED) -> Dispatch:
        return image_dispatch(draft, target.upstream_id, self._qualities(target.upstream_id), amendments)

    def _qualities(self, model: str) -> Sequence[str]:
        return self._models.catalogue.model(model).qualities

    def _estimate(self, draft: Draft, model: str, count: int) -> Usage:
        """Return what so many pictures cost by our price list."""
        price = self._prices.of_pictures(model)
        if price is None:
            return Usage(estimated=True)
        quality = quality_of(draft.wish, self._qualities(model))
        ticks = price.cost(
            count, quality=quality, resolution=draft.wish.shape.resolution, given=len(draft.pictures)
        )
        return Usage(cost_ticks=ticks, estimated=True)


@dataclass(slots=True)
class _Sent:
    """Whether a call may be under way, and for which model."""

    target: Target | None = None


class _Easel:
    """The calls of one request whose pictures are shown one by one."""

    def __init__(self, draw: Callable[[MediaErrand], Awaitable[Drawing]], show: Show) -> None:
        self._draw = draw
        self._show = show
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._hand = asyncio.Lock()
        self._shown = self._withheld = self._lost = 0
        self._failure: Grok2ApiError | None = None

    async def draw(self, errand: MediaErrand) -> None:
        """Have one picture drawn and show it."""
        async with self._room:
            if self._failure is not None and not isinstance(self._failure, ContentRefused):
                errand.settlement.close(end="refused", status=self._failure.status)
                return
            try:
                drawing = await self._draw(errand)
            except Grok2ApiError as error:
                self._failed(error)
                errand.settlement.close(end="failed", status=error.status, error_code=error.code)
                return
        self._withheld += drawing.withheld
        self._lost += drawing.lost
        errand.settlement.close(end="completed", status=200)
        if drawing.pictures:
            async with self._hand:
                self._shown += 1
                await self._show(drawing)

    def error(self, wanted: int) -> Grok2ApiError | None:
        """Return why some of so many pictures are missing; None if none is."""
        refused = self._withheld
        if isinstance(self._failure, ContentRefused):
            refused = wanted - self._shown - self._lost
        elif self._failure is not None:
            return self._failure
        return missing_error(refused, self._lost, self._shown)

    def _failed(self, error: Grok2ApiError) -> None:
        """Remember a failure; one that is not about the content says more."""
        if self._failure is None or isinstance(self._failure, ContentRefused):
            self._failure = error


def missing_error(withheld: int, lost: int, there: int) -> Grok2ApiError | None:
    """Return why pictures are missing; None if none is."""
    wanted = withheld + lost + there
    if withheld:
        every = "The picture was" if wanted == 1 else f"{withheld} of {wanted} pictures were"
        return ContentRefused(f"{every} withheld by Grok's content policy. Change the prompt.")
    if lost:
        every = "The picture" if wanted == 1 else f"{lost} of {wanted} pictures"
        return UpstreamError(f"{every} that Grok sent cannot be read.")
    return None


async def _read(content: bytes, wanted: int) -> Reading:
    """Return what an answer holds; in a thread, for it may be large.

    Raises:
        UpstreamError: it cannot be read. Nobody else is asked: another account would be paid, too.
    """
    try:
        return await asyncio.to_thread(read_answer, content, wanted)
    except (ValueError, RecursionError) as error:
        _log.warning("an answer with pictures cannot be read", reason=str(error)[:200])
        raise UpstreamError("Grok drew, but its answer cannot be read.") from None
