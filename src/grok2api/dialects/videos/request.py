"""Reading requests for videos: OpenAI's and xAI's, by their tables.

Both come to the same wish. What OpenAI's clients leave out gets OpenAI's defaults; what xAI's leave out is
left to xAI. Must never send or fetch anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from grok2api.canonical.body import Body
from grok2api.canonical.call import Caller
from grok2api.dialects.fields import Checked, FieldTable, refusal
from grok2api.dialects.videos.fields import (
    EDIT_FIELDS,
    EXTENSION_FIELDS,
    GENERATION_FIELDS,
    MOST_REFERENCES,
    REMIX_FIELDS,
    VIDEO_FIELDS,
)
from grok2api.dialects.videos.ids import OPENAI_ID, XAI_ID
from grok2api.dialects.videos.rules import EXTENSION, LONGEST, LONGEST_BY_REFERENCE, check_length
from grok2api.dialects.videos.sizes import (
    RATIOS,
    RESOLUTIONS,
    UNKNOWN_SIZE,
    USUAL_RATIO,
    USUAL_RESOLUTION,
    USUAL_SIZE,
    pixels,
    size_of,
)
from grok2api.dialects.videos.sources import SourceReader
from grok2api.dialects.videos.wish import (
    USUAL_EXTENSION,
    USUAL_SECONDS,
    Form,
    Keyframe,
    Operation,
    Source,
    VideoWish,
)
from grok2api.errors import InvalidRequest
from grok2api.kit.sealedid import SealedIds

DEFAULT_MODEL: Final = "grok-imagine-1.0-video"
SENT_CLIP: Final = {"sent": True}
"""Stands in a form's fields for a clip that came as a file."""
_USUAL_OPENAI_SECONDS: Final = 4
_SWITCH: Final[Mapping[str, bool]] = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a video of ours that another one is made from."""

    public_id: str
    seconds: int
    size: str


def read_video(body: Body, caller: Caller, ids: SealedIds) -> VideoWish:
    """Read POST /v1/videos. Raises: InvalidRequest, Unsupported."""
    checked = VIDEO_FIELDS.check(body, strict=caller.strict)
    values = checked.values
    sources = SourceReader(ids, caller)
    seconds = _length(values, "seconds", "duration")
    image, references = _pictures(values, sources)
    check_length(seconds, "seconds", longest=LONGEST_BY_REFERENCE if references else LONGEST)
    dropped = list(checked.dropped)
    ratio, resolution, shown = _asked_size(values, dropped, strict=caller.strict, pictured=image is not None)
    return VideoWish(
        form="openai",
        model=_model(values),
        prompt=str(values["prompt"]),
        seconds=_USUAL_OPENAI_SECONDS if seconds is None else seconds,
        aspect_ratio=ratio,
        resolution=resolution,
        image=image,
        references=references,
        **_extras(values, sources),
        shown_seconds=_USUAL_OPENAI_SECONDS if seconds is None else seconds,
        shown_size=shown,
        pin=sources.pin,
        pinned_by=sources.pinned_by,
        dropped=tuple(sorted(dropped)),
    )


def read_generation(body: Body, caller: Caller, ids: SealedIds) -> VideoWish:
    """Read POST /v1/videos/generations. Raises: InvalidRequest, Unsupported."""
    checked = GENERATION_FIELDS.check(body, strict=caller.strict)
    values, sources = checked.values, SourceReader(ids, caller)
    seconds = _length(values, "duration", "seconds")
    image, references = _pictures(values, sources)
    check_length(seconds, "duration", longest=LONGEST_BY_REFERENCE if references else LONGEST)
    if not values.get("prompt") and image is None:
        raise InvalidRequest(
            "Missing required parameter: 'prompt'. It may be left out only where 'image' is given.",
            param="prompt",
            code="missing_required_parameter",
        )
    ratio, resolution = _choice(values, "aspect_ratio", RATIOS), _choice(values, "resolution", RESOLUTIONS)
    return VideoWish(
        form="xai",
        model=_model(values),
        prompt=str(values.get("prompt") or ""),
        seconds=seconds,
        aspect_ratio=ratio,
        resolution=resolution,
        image=image,
        references=references,
        **_extras(values, sources),
        shown_seconds=USUAL_SECONDS if seconds is None else seconds,
        shown_size=pixels(ratio or USUAL_RATIO, resolution or USUAL_RESOLUTION),
        pin=sources.pin,
        pinned_by=sources.pinned_by,
        dropped=checked.dropped,
    )


def read_change(
    body: Body, operation: Operation, caller: Caller, ids: SealedIds, *, form: Form | None = None
) -> VideoWish:
    """Read POST /v1/videos/edits or /extensions. Raises: InvalidRequest, Unsupported.

    Args:
        body: The request.
        operation: What is done to the clip.
        caller: Who asks.
        ids: Opens the ids of files.
        form: Whose answer is wanted; told by the clip if not given: OpenAI's names a video by its `id`.
    """
    extends = operation == "extensions"
    table = EXTENSION_FIELDS if extends else EDIT_FIELDS
    checked = table.check(body, strict=caller.strict)
    values, sources = checked.values, SourceReader(ids, caller)
    seconds = None
    if extends:
        seconds = _length(values, "duration", "seconds")
        param = "seconds" if "seconds" in values else "duration"
        check_length(seconds, param, shortest=EXTENSION[0], longest=EXTENSION[1])
    clip, job, sent = _clip(values["video"], sources)
    return VideoWish(
        operation=operation,
        form=form or ("openai" if job.startswith(OPENAI_ID) else "xai"),
        clip=clip,
        clip_job=job,
        clip_sent=sent,
        seconds=seconds,
        shown_seconds=USUAL_EXTENSION if extends and seconds is None else seconds or USUAL_SECONDS,
        shown_size=UNKNOWN_SIZE,
        **_common(checked, values, sources),
    )


def read_remix(body: Body, source: Known, caller: Caller, ids: SealedIds) -> VideoWish:
    """Read POST /v1/videos/{id}/remix. Raises: InvalidRequest, Unsupported."""
    checked = REMIX_FIELDS.check(body, strict=caller.strict)
    return VideoWish(
        operation="edits",
        form="openai",
        clip_job=source.public_id,
        shown_seconds=source.seconds,
        shown_size=source.size,
        **_common(checked, checked.values, SourceReader(ids, caller)),
    )


def form_body(fields: Mapping[str, list[str]], files: Mapping[str, list[object]], table: FieldTable) -> Body:
    """Return the body that a form stands for; `name[key]` is a key of an object, `name[]` one of several.

    Args:
        fields: The texts, by name.
        files: What stands for each file, by name.
        table: Tells which names are fields; what else a form holds is left out, as of a JSON body.

    Raises:
        InvalidRequest: a field stands twice.
    """
    values: dict[str, Any] = {}
    for name, texts in fields.items():
        plain, _, key = name.partition("[")
        key = key.rstrip("]")
        if plain not in table:
            continue
        if key and not key.isdigit():
            holder = values.setdefault(plain, {})
            if isinstance(holder, dict):
                holder[key] = texts[-1]
            continue
        read = [_read_text(text) for text in texts]
        if len(read) > 1 or name != plain:
            values[plain] = [*(values[plain] if isinstance(values.get(plain), list) else []), *read]
        else:
            values[plain] = read[0]
    for name, found in files.items():
        values[name.partition("[")[0]] = found[0] if len(found) == 1 else found
    return Body({name: msgspec.Raw(msgspec.json.encode(value)) for name, value in values.items()})


def _read_text(text: str) -> object:
    """Return what a text of a form stands for: JSON where it is an object or a list, else itself."""
    if text[:1] in {"{", "["}:
        try:
            value: object = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
        return value
    return text


def _common(checked: Checked, values: Mapping[str, object], sources: SourceReader) -> dict[str, Any]:
    user = values.get("user")
    return {
        "model": _model(values),
        "prompt": str(values["prompt"]),
        "user": user if isinstance(user, str) else None,
        "pin": sources.pin,
        "pinned_by": sources.pinned_by,
        "dropped": checked.dropped,
    }


def _model(values: Mapping[str, object]) -> str:
    return str(values.get("model") or DEFAULT_MODEL)


def _length(values: Mapping[str, object], *names: str) -> int | None:
    """Return a whole number of seconds, which may be written as a text; None if there is none."""
    given = [name for name in names if name in values]
    if len(given) > 1:
        raise InvalidRequest(f"Send either '{given[0]}' or '{given[1]}'.", param=given[1])
    if not given:
        return None
    name, value = given[0], values[given[0]]
    try:
        number = float(value)  # type: ignore[arg-type]
        whole = int(number)
    except (TypeError, ValueError, OverflowError):
        number, whole = 0.5, 0
    if number != whole:
        raise InvalidRequest(f"'{name}' must be a whole number of seconds.", param=name)
    return whole


def _choice(values: Mapping[str, object], name: str, choices: tuple[str, ...]) -> str | None:
    value = values.get(name)
    if value is None or value in {"", "auto"}:
        return None
    if value not in choices:
        raise InvalidRequest(f"'{name}' must be one of {', '.join(choices)}.", param=name)
    return str(value)


def _asked_size(
    values: Mapping[str, object], dropped: list[str], *, strict: bool, pictured: bool
) -> tuple[str | None, str | None, str]:
    """Return ratio, resolution, and the size that is told."""
    ratio, resolution = _choice(values, "aspect_ratio", RATIOS), _choice(values, "resolution", RESOLUTIONS)
    asked = values.get("size")
    if asked is None and (ratio or resolution):
        return ratio, resolution, pixels(ratio or USUAL_RATIO, resolution or USUAL_RESOLUTION)
    for name, given in (("aspect_ratio", ratio), ("resolution", resolution)):
        if given and asked is not None:
            raise InvalidRequest(f"Send either 'size' or '{name}'.", param=name)
    name = str(asked or USUAL_SIZE)
    size = size_of(name, "size")
    if size.near:
        if strict:
            raise refusal("size", f"The nearest is {pixels(size.aspect_ratio, size.resolution)}.")
        dropped.append("size")
    if asked is None and pictured:
        return None, size.resolution, name
    return size.aspect_ratio, size.resolution, name


def _pictures(
    values: Mapping[str, object], sources: SourceReader
) -> tuple[Source | None, tuple[Source, ...]]:
    """Return the first frame, and the pictures whose contents appear."""
    given = [name for name in ("input_reference", "image") if values.get(name) not in (None, "", [])]
    if len(given) > 1:
        raise InvalidRequest("Send either 'image' or 'input_reference'.", param=given[1])
    listed = values.get("reference_images") or []
    references = [sources.picture(each, f"reference_images[{at}]") for at, each in enumerate(_items(listed))]
    image = None
    if given:
        value, name = values[given[0]], given[0]
        found = [
            sources.picture(each, f"{name}[{at}]" if isinstance(value, list) else name)
            for at, each in enumerate(_items(value))
        ]
        if len(found) == 1:
            image = found[0]
        else:
            references = [*found, *references]
    if len(references) > MOST_REFERENCES:
        raise InvalidRequest(
            f"At most {MOST_REFERENCES} reference pictures can be sent.", param="reference_images"
        )
    if image is not None and references:
        raise InvalidRequest(
            "A first frame and 'reference_images' cannot be sent together. Send the first frame alone, or "
            "all of them as 'reference_images'.",
            param="reference_images",
        )
    return image, tuple(references)


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _extras(values: Mapping[str, object], sources: SourceReader) -> dict[str, Any]:
    """Return what only Grok knows."""
    last, user = values.get("last_frame"), values.get("user")
    keyframes = [
        Keyframe(sources.picture(each.get("image"), f"keyframes[{at}].image"), _moment(each, at))
        for at, each in enumerate(_objects(values.get("keyframes")))
    ]
    audios = [
        sources.voice(each, f"reference_audios[{at}]")
        for at, each in enumerate(_objects(values.get("reference_audios")))
    ]
    return {
        "last_frame": None if last is None else sources.picture(last, "last_frame"),
        "keyframes": tuple(keyframes),
        "audios": tuple(audios),
        "generate_audio": _switch(values.get("generate_audio")),
        "user": user if isinstance(user, str) else None,
    }


def _objects(value: object) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else []


def _moment(keyframe: Mapping[str, Any], at: int) -> float:
    moment = keyframe.get("timestamp_s")
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not 0 <= moment <= LONGEST:
        raise InvalidRequest(
            f"'keyframes[{at}].timestamp_s' must be a number of seconds from 0 to {LONGEST}.",
            param=f"keyframes[{at}].timestamp_s",
        )
    return float(moment)


def _switch(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    found = _SWITCH.get(str(value).strip().lower())
    if found is None:
        raise InvalidRequest("'generate_audio' must be true or false.", param="generate_audio")
    return found


def _clip(value: object, sources: SourceReader) -> tuple[Source | None, str, bool]:
    """Return the clip that a request names: by address or file, by a video's id, or as sent."""
    if value == SENT_CLIP:
        return None, "", True
    job = value.get("id") if isinstance(value, Mapping) else value
    if isinstance(job, str) and job.startswith((OPENAI_ID, XAI_ID)):
        return None, job, False
    if isinstance(value, Mapping) and isinstance(job, str):
        raise InvalidRequest(f"No video found with id '{job[:256]}'.", param="video.id")
    return sources.clip(value, "video"), "", False
