"""Decides about a wish for a video: which models may carry it out, and which of our videos it is made from.

Must never let a wish through that every model would refuse, nor name a model of text where a video is wanted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import msgspec

from grok2api.accounting.settlement import Settlement
from grok2api.canonical.body import Body
from grok2api.canonical.call import Call, Caller
from grok2api.canonical.plan import ModelKind, Plan
from grok2api.config.settings import Settings
from grok2api.dialects.videos.ids import open_video
from grok2api.dialects.videos.rules import refusal_of
from grok2api.dialects.videos.wish import VideoWish
from grok2api.errors import InvalidRequest, NotFound
from grok2api.gateway.models import Models
from grok2api.gateway.orders import demand_of
from grok2api.gateway.own_media import OwnMedia
from grok2api.gateway.videos.clips import KeptClip
from grok2api.gateway.videos.order import VideoOrder
from grok2api.gateway.videos.own_links import OwnLinks
from grok2api.kit.multipart import Source
from grok2api.kit.sealedid import SealedIds
from grok2api.media.library import MediaLibrary
from grok2api.pool.pool import Pool
from grok2api.routing.media import plan_media
from grok2api.storage.records import Asset
from grok2api.storage.videos import VideoJob, VideoStore

_LONGEST_EDITED: Final = 8.7
_EXTENDED: Final = (2.0, 15.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is known of a request beside its wish.

    Attributes:
        request_id: Unique; the key of its row in the ledger.
        received_at: Monotonic seconds.
        idempotency_key: The client's own, or empty.
        sent: The clip that came along, and its hash.
    """

    request_id: str
    caller: Caller
    received_at: float
    settlement: Settlement
    settings: Settings
    idempotency_key: str = ""
    sent: SentClip | None = None


class SentClip(NamedTuple):
    """A clip that came along with a request."""

    content: Source
    digest: str


class FoundVideo(NamedTuple):
    """A video of ours that is over and kept."""

    job: VideoJob
    asset: Asset


class Ordering:
    """Makes orders out of wishes."""

    def __init__(
        self,
        *,
        models: Models,
        pool: Pool,
        store: VideoStore,
        library: MediaLibrary,
        own: OwnMedia,
        ids: SealedIds,
    ) -> None:
        self._models = models
        self._pool = pool
        self._store = store
        self._library = library
        self._links = OwnLinks(own)
        self._ids = ids

    async def order(self, wish: VideoWish, asked: Asked) -> VideoOrder:
        """Return the order for a wish.

        Raises:
            ModelNotFound: there is no such model of videos for this caller and this pool.
            Unsupported: the model cannot do what is wished.
            NotFound, InvalidRequest: the video that it is made from is not there, or not fit.
        """
        asked.settlement.asked(wish.model, stream=False)
        call = Call(
            request_id=asked.request_id,
            dialect="videos",
            model=wish.model,
            stream=False,
            body=Body({}),
            caller=asked.caller,
            received_at=asked.received_at,
            dropped=wish.dropped,
            account_pin=wish.pin,
            pinned_by=wish.pinned_by,
        )
        decided = self._plan(call, wish)
        clip, digest = asked.sent or (None, "")
        if wish.clip_job:
            found = await self.source(wish.clip_job, asked.caller)
            wish, clip = _made_from(wish, found), KeptClip(self._library, found.asset)
        wish = await self._links.pictures(wish)
        linked = await self._links.clip(wish)
        if linked is not None:
            wish, clip, digest = replace(wish, clip=None), KeptClip(self._library, linked), linked.id
        asked.settlement.demanded(demand_of(call, decided, decided.targets[0]))
        return VideoOrder(
            wish=wish,
            call=call,
            plan=decided,
            settlement=asked.settlement,
            settings=asked.settings,
            clip=clip,
            source_id=wish.clip_job,
            idempotency=_idempotency(asked.caller, asked.idempotency_key),
            request_hash=_hash(wish, digest),
        )

    async def source(self, public_id: str, caller: Caller) -> FoundVideo:
        """Return a finished video of the caller's own, to make another one from it.

        Raises:
            NotFound: there is none, or its result is not kept any more.
            InvalidRequest: it is not finished, or has failed.
        """
        opened = open_video(self._ids, public_id, caller)
        job = None if opened is None else await self._store.get(opened.job_id)
        if job is None or job.key_id != caller.key_id or job.forgotten:
            raise no_video(public_id)
        return FoundVideo(job, await self.result(job, public_id))

    async def result(self, job: VideoJob, public_id: str) -> Asset:
        """Return what is known of a job's result. Raises as `source`."""
        if job.open:
            raise InvalidRequest(
                f"The video '{public_id[:256]}' is not finished yet ({job.progress} %). Ask for it until its "
                "'status' is 'completed'.",
                code="video_not_ready",
            )
        asset = await self._library.find(job.asset_id) if job.asset_id else None
        if job.state == "failed" or (asset is None and not job.asset_id):
            raise NotFound(
                f"The video '{public_id[:256]}' has failed, so it has no content: {job.error_message}"
            )
        if asset is None:
            raise NotFound(
                f"The content of video '{public_id[:256]}' is not kept any more: the media store was "
                "cleaned. Ask for the video anew."
            )
        return asset

    def _plan(self, call: Call, wish: VideoWish) -> Plan:
        """Return the plan of those targets that can do what is wished."""
        servable = self._models.servable_in(call.caller.scope)
        decided = plan_media(
            call,
            ModelKind.VIDEO,
            self._models.catalogue,
            servable=servable,
            pool_empty=self._pool.empty_for(call.caller.scope),
        )
        refusals = {target: refusal_of(wish, target.upstream_id) for target in decided.targets}
        refused = refusals[decided.targets[0]]
        if refused is not None:
            raise refused
        return replace(decided, targets=tuple(each for each in decided.targets if refusals[each] is None))


def no_video(public_id: str) -> NotFound:
    """Return the error for a video that is not there for this caller."""
    return NotFound(f"No video found with id '{public_id[:256]}'.")


def _made_from(wish: VideoWish, found: FoundVideo) -> VideoWish:
    """Return the wish as it is shown, now that its source is known.

    Raises:
        InvalidRequest: the source is too long or too short.
    """
    job = found.job
    length = job.duration if job.duration is not None else float(job.seconds)
    if wish.operation == "edits" and length > _LONGEST_EDITED:
        raise InvalidRequest(
            f"The video is {length:g} seconds long; Grok edits {_LONGEST_EDITED:g} seconds at most.",
            param="video",
        )
    if wish.operation == "extensions" and not _EXTENDED[0] <= length <= _EXTENDED[1]:
        raise InvalidRequest(
            f"The video is {length:g} seconds long; Grok extends videos of {_EXTENDED[0]:g} to "
            f"{_EXTENDED[1]:g} seconds.",
            param="video",
        )
    whole = round(length)
    shown = whole + wish.shown_seconds if wish.operation == "extensions" else whole
    return replace(wish, shown_size=job.size, shown_seconds=max(1, shown))


def _idempotency(caller: Caller, key: str) -> str | None:
    if not key:
        return None
    text = f"{caller.key_id}\n{key}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()


def _hash(wish: VideoWish, digest: str) -> str:
    """Return the hash of all that was asked for."""
    return hashlib.sha256(msgspec.json.encode(wish) + digest.encode()).hexdigest()
