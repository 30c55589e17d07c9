"""Reading the body of an image request: what it asks, and what xAI turns down in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from grok2api.sandbox import fields, refusals
from grok2api.sandbox.media import stored
from grok2api.sandbox.media.pictures import RATIOS
from grok2api.sandbox.models import MediaModel
from grok2api.sandbox.wire import Json

RESOLUTIONS = ("1k", "1.5k", "2k")
QUALITIES = ("low", "medium", "high", "auto")
FORMATS = ("url", "b64_json")
MAX_PROMPT = 8_000
MAX_IMAGES = 10
MAX_SOURCES = 5
QUALITY_MODEL = "grok-imagine-image-2.0"
ABSENT = (
    "size",
    "style",
    "seed",
    "mask",
    "background",
    "output_format",
    "output_compression",
    "moderation",
    "input_fidelity",
    "partial_images",
    "stream",
)
CENT = 100_000_000
PRICES: Mapping[tuple[str, str], int] = MappingProxyType(
    {
        ("1k", "low"): 4,
        ("1.5k", "low"): 5,
        ("2k", "low"): 6,
        ("1k", "medium"): 6,
        ("1.5k", "medium"): 7,
        ("2k", "medium"): 8,
        ("1k", "high"): 12,
        ("1.5k", "high"): 14,
        ("2k", "high"): 16,
    }
)
"""US cents for one picture of the 2.0 model."""


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """One image request as asked; `ratio` is None where the model chooses."""

    prompt: str
    count: int
    ratio: str | None
    resolution: str
    quality: str
    inline: bool
    deferred: bool
    storage: Json | None
    uploads: int


def read(body: Json, model: MediaModel, *, editing: bool) -> ImageRequest:
    """Return the request in `body`. Raises: Refusal 400 or 422."""
    for name in ABSENT:
        if body.get(name) is not None:
            raise refusals.invalid(f"Argument not supported: {name}")
    prompt = fields.required_string(body, "prompt")
    if not prompt.strip():
        raise refusals.invalid("The prompt must not be empty.")
    if len(prompt) > MAX_PROMPT:
        raise refusals.invalid(
            f"The prompt is too long: {len(prompt)} characters, the limit is {MAX_PROMPT}."
        )
    count = fields.integer(body, "n", 1, MAX_IMAGES) or 1
    ratio = fields.string(body, "aspect_ratio") or "auto"
    fields.string(body, "user")
    if ratio != "auto":
        fields.variant(ratio, "aspect_ratio", (*RATIOS, "auto"))
    inline = _choice(body, "response_format", FORMATS, "url") == "b64_json"
    deferred = fields.boolean(body, "deferred", default=False)
    if deferred and inline:
        raise refusals.invalid("Deferred image requests only support response_format url.")
    return ImageRequest(
        prompt=prompt,
        count=count,
        ratio=None if ratio == "auto" else ratio,
        resolution=_choice(body, "resolution", RESOLUTIONS, "1k"),
        quality=_quality(body, model, editing=editing),
        inline=inline,
        deferred=deferred,
        storage=stored.options(body),
        uploads=_uploads(body, count),
    )


def price(model: MediaModel, asked: ImageRequest, made: int, sources: int) -> int:
    """Return what `made` pictures from `sources` pictures cost, in ticks."""
    if model.id == QUALITY_MODEL:
        return made * PRICES[asked.resolution, asked.quality] * CENT + sources * CENT
    return made * model.cents * CENT + sources * CENT // 5


def _choice(body: Json, name: str, known: tuple[str, ...], usual: str) -> str:
    value = body.get(name)
    return usual if value is None else fields.variant(value, name, known)


def _quality(body: Json, model: MediaModel, *, editing: bool) -> str:
    value = body.get("quality")
    if value is not None and model.id != QUALITY_MODEL:
        raise refusals.unsupported("quality")
    quality = _choice(body, "quality", QUALITIES, "auto")
    return ("medium" if editing else "low") if quality == "auto" else quality


def _uploads(body: Json, count: int) -> int:
    output = fields.mapping(body, "output")
    urls = None if output is None else fields.sequence(output, "upload_urls", "output.")
    if urls is not None and len(urls) != count:
        raise refusals.invalid(f"output.upload_urls must have {count} URLs, one for each image.")
    return len(urls or ())
