"""Reading the body of a video request: what it asks, and what xAI turns down in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from grok2api.sandbox import fields, refusals
from grok2api.sandbox.media import stored
from grok2api.sandbox.models import MediaModel
from grok2api.sandbox.wire import Json

FIRST_LINE = "grok-imagine-video"
LITE = "grok-imagine-video-1.5-lite"
RATIOS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "16:9": (16, 9),
        "9:16": (9, 16),
        "1:1": (1, 1),
        "4:3": (4, 3),
        "3:4": (3, 4),
        "3:2": (3, 2),
        "2:3": (2, 3),
        "21:9": (7, 3),
        "5:2": (5, 2),
    }
)
RESOLUTIONS = ("480p", "720p", "1080p")
LONGEST, USUAL = 15, 8
LONGEST_BY_REFERENCE = 10
EXTENSIONS, USUAL_EXTENSION = (2, 10), 6
LONGEST_EDITED = 8.7
EXTENDED = (2.0, 15.0)
MAX_REFERENCES, MAX_KEYFRAMES, MAX_AUDIOS = 7, 4, 3
MAX_PROMPT = 4_096
ABSENT = ("n", "fps", "seed", "size", "negative_prompt")
CENT = 100_000_000
PRICES: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {FIRST_LINE: (5, 7, 7), "grok-imagine-video-1.5": (8, 14, 25), LITE: (2, 3, 14)}
)
"""US cents for a second at each resolution."""

_NUMERIC = re.compile(r"\d{1,3}(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """One order for a film as asked; sources are still as they were named.

    `ratio` is None where it follows from a source.
    """

    prompt: str
    seconds: float
    ratio: str | None
    resolution: str
    image: Any
    references: tuple[Any, ...]
    others: tuple[tuple[str, Any], ...]
    storage: Json | None
    upload: bool


def read(body: Json, model: MediaModel) -> VideoRequest:
    """Return the order for a new film. Raises: Refusal 400 or 422."""
    _refuse_absent(body, ABSENT)
    image = _image(body)
    references = tuple(fields.sequence(body, "reference_images") or ())
    prompt = _prompt(body, needed=image is None)
    if len(references) > MAX_REFERENCES:
        raise refusals.invalid(f"reference_images may have at most {MAX_REFERENCES} images.")
    if references and image is not None:
        raise refusals.invalid("image and reference_images cannot be used together.")
    if references and model.id == LITE:
        raise refusals.parameter_unsupported(model.id, "referenceImages")
    seconds = _seconds(body, 1, LONGEST_BY_REFERENCE if references else LONGEST, USUAL)
    ratio = fields.string(body, "aspect_ratio")
    if ratio is not None:
        fields.variant(ratio, "aspect_ratio", tuple(RATIOS))
    fields.boolean(body, "generate_audio", default=True)
    fields.string(body, "user")
    return VideoRequest(
        prompt=prompt,
        seconds=seconds,
        ratio=ratio or (None if image is not None else "16:9"),
        resolution=_resolution(body, model),
        image=image,
        references=references,
        others=_later_inputs(body, model),
        storage=stored.options(body),
        upload=upload_url(body) is not None,
    )


def read_edit(body: Json, model: MediaModel) -> str:
    """Return the prompt of an edit. Raises: Refusal 400 or 422."""
    _refuse_absent(body, (*ABSENT, "duration", "seconds", "aspect_ratio", "resolution"))
    _refuse_later_models(model, "Video editing")
    return _prompt(body, needed=True)


def read_extension(body: Json, model: MediaModel) -> tuple[str, float]:
    """Return prompt and seconds of an extension. Raises: Refusal 400 or 422."""
    _refuse_absent(body, (*ABSENT, "aspect_ratio", "resolution"))
    _refuse_later_models(model, "Video extension")
    return _prompt(body, needed=True), _seconds(body, *EXTENSIONS, USUAL_EXTENSION)


def upload_url(body: Json) -> str | None:
    """Return where the film is to be put instead of a link."""
    output = fields.mapping(body, "output")
    return None if output is None else fields.string(output, "upload_url", "output.")


def price(model: MediaModel, resolution: str, seconds: float) -> int:
    """Return what a film costs, in ticks."""
    return round(PRICES[model.id][RESOLUTIONS.index(resolution)] * CENT * seconds)


def _refuse_absent(body: Json, names: tuple[str, ...]) -> None:
    for name in names:
        if body.get(name) is not None:
            raise refusals.invalid(f"Argument not supported: {name}")


def _refuse_later_models(model: MediaModel, what: str) -> None:
    if model.id != FIRST_LINE:
        raise refusals.invalid(f"{what} is not supported by model {model.id}.")


def _prompt(body: Json, *, needed: bool) -> str:
    prompt = fields.string(body, "prompt") or ""
    if needed and not prompt.strip():
        raise refusals.invalid("A prompt is required unless an image is given.")
    if len(prompt) > MAX_PROMPT:
        raise refusals.invalid(
            f"The prompt is too long: {len(prompt)} characters, the limit is {MAX_PROMPT}."
        )
    return prompt


def _image(body: Json) -> Any:
    given = [name for name in ("image", "input_reference") if body.get(name) is not None]
    if len(given) > 1:
        raise refusals.malformed("", "duplicate field `image`")
    return body[given[0]] if given else None


def _seconds(body: Json, low: int, high: int, usual: int) -> float:
    given = [name for name in ("duration", "seconds") if body.get(name) is not None]
    if len(given) > 1:
        raise refusals.malformed("", "duplicate field `duration`")
    if not given:
        return usual
    value = body[given[0]]
    if isinstance(value, str) and _NUMERIC.fullmatch(value):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refusals.malformed(given[0], "expected a number or a numeric string")
    if not low <= value <= high:
        raise refusals.invalid(f"Invalid value for duration: {value:g}. It must be between {low} and {high}.")
    return value


def _resolution(body: Json, model: MediaModel) -> str:
    value = body.get("resolution")
    resolution = "480p" if value is None else fields.variant(value, "resolution", RESOLUTIONS)
    if resolution == "1080p" and model.id == FIRST_LINE:
        raise refusals.invalid(f"1080p video resolution is not supported by model {model.id}.")
    return resolution


def _later_inputs(body: Json, model: MediaModel) -> tuple[tuple[str, Any], ...]:
    """Return the pictures that only later models take: the last frame and keyframes, by name."""
    keyframes = fields.sequence(body, "keyframes") or []
    audios = fields.sequence(body, "reference_audios") or []
    last = body.get("last_frame")
    for name, shown, there in (
        ("last_frame", "lastFrame", last is not None),
        ("keyframes", "keyframes", bool(keyframes)),
        ("reference_audios", "referenceAudios", bool(audios)),
    ):
        if there and (model.id == FIRST_LINE or (name == "last_frame" and model.id == LITE)):
            raise refusals.parameter_unsupported(model.id, shown)
    if len(keyframes) > MAX_KEYFRAMES:
        raise refusals.invalid(f"keyframes may have at most {MAX_KEYFRAMES} frames.")
    if len(audios) > MAX_AUDIOS:
        raise refusals.invalid(f"reference_audios may have at most {MAX_AUDIOS} voices.")
    found = [("last_frame", last)] if last is not None else []
    for at, value in enumerate(keyframes):
        frame = fields.item_mapping(value, f"keyframes[{at}]")
        fields.number(frame, "timestamp_s", 0, LONGEST)
        found.append((f"keyframes[{at}].image", frame.get("image")))
    for at, value in enumerate(audios):
        voice = fields.item_mapping(value, f"reference_audios[{at}]")
        if (voice.get("voice_id") is None) == (voice.get("url") is None):
            raise refusals.invalid(f"reference_audios[{at}] must have exactly one of voice_id and url.")
    return tuple(found)
