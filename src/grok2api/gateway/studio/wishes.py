"""From a sitting and its configuration to a wish, in the words of /v1/images and /v1/videos.

The endpoints' own readers read the fields, so a conversation can ask for exactly what they can. Pure. Must
never tell of a fault without the field of the conversation that it lies in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from grok2api.canonical.body import Body
from grok2api.canonical.call import Call
from grok2api.config.settings import Settings
from grok2api.dialects.images.request import read_generation as read_picture
from grok2api.dialects.images.wish import MOST_GIVEN, ImageWish
from grok2api.dialects.videos.request import read_generation as read_clip
from grok2api.dialects.videos.wish import VideoWish
from grok2api.errors import ClientError, InvalidRequest
from grok2api.gateway.studio.sitting import Sitting
from grok2api.kit.sealedid import SealedIds

IMAGE: Final = "image_config"
VIDEO: Final = "video_config"
_PICTURE_FORMATS: Final[Mapping[str, str]] = {
    "url": "url",
    "markdown": "url",
    "link": "link",
    "base64": "base64",
    "b64_json": "base64",
}
_CLIP_FORMATS: Final = ("html", "markdown", "url")
_OWN: Final = frozenset({"prompt", "model", "stream", "image", "images", "input_reference"})
"""What a conversation says by itself."""
_ALIASES: Final[Mapping[str, str]] = {
    "video_length": "seconds",
    "length": "seconds",
    "resolution_name": "resolution",
    "size": "resolution",
}
"""Names under which clients of the Python era know fields of clips."""
_WITHOUT_MEANING: Final = frozenset({"preset", "fps", "seed", "negative_prompt", "n"})


def picture_wish(sitting: Sitting, call: Call, where: str) -> ImageWish:
    """Return what is to be drawn.

    Raises:
        InvalidRequest: there are no words, too many pictures, or a field of the configuration is malformed.
        Unsupported: a field asks for what Grok lacks, or (of a strict key) would be dropped.
    """
    if not sitting.prompt:
        raise InvalidRequest(
            f"The last message of the user in '{where}' must say what to draw.",
            param=where,
            code="missing_required_parameter",
        )
    if len(sitting.pictures) > MOST_GIVEN:
        raise InvalidRequest(
            f"At most {MOST_GIVEN} pictures can be edited together; the last message holds "
            f"{len(sitting.pictures)}.",
            param=where,
        )
    config = _config(call, IMAGE)
    config.pop("response_format", None)
    body = _body(config, call, sitting)
    try:
        wish = read_picture(body, strict=call.caller.strict)
    except ClientError as error:
        raise _placed(error, IMAGE, where) from None
    return replace(wish, given=sitting.pictures, dropped=_below(IMAGE, wish.dropped))


def picture_format(call: Call, settings: Settings) -> str:
    """Return how pictures are given: `url` (Markdown with a link), `link`, or `base64`.

    Raises:
        InvalidRequest: the request asks for another form.
    """
    return _format(call, IMAGE, _PICTURE_FORMATS) or settings.app.image_format


def clip_wish(sitting: Sitting, call: Call, where: str, ids: SealedIds) -> VideoWish:
    """Return what is to be filmed: from one picture on, or with several as references.

    Raises:
        InvalidRequest: there is nothing to film, or a field of the configuration is malformed.
        Unsupported: a field asks for what Grok lacks, or (of a strict key) would be dropped.
    """
    config = _config(call, VIDEO)
    config.pop("response_format", None)
    ignored = sorted(name for name in config if name in _WITHOUT_MEANING)
    for name in ignored:
        del config[name]
    for alias, name in _ALIASES.items():
        if alias in config:
            config.setdefault(name, config.pop(alias))
    pictures = [_source(picture.url, picture.file_id) for picture in sitting.pictures]
    if len(pictures) == 1:
        config["image"] = pictures[0]
    elif pictures:
        config["reference_images"] = pictures
    body = _body(config, call, sitting)
    try:
        wish = read_clip(body, call.caller, ids)
    except ClientError as error:
        raise _placed(error, VIDEO, where) from None
    return replace(wish, form="openai", dropped=_below(VIDEO, (*wish.dropped, *ignored)))


def clip_format(call: Call, settings: Settings) -> str:
    """Return how clips are given: `html`, `markdown` or `url`.

    Raises:
        InvalidRequest: the request asks for another form.
    """
    known = {name: name for name in _CLIP_FORMATS}
    return _format(call, VIDEO, known) or settings.app.video_format


def _config(call: Call, field: str) -> dict[str, Any]:
    """Return a configuration without what says nothing, and without what the conversation itself says."""
    given = call.body.peek(field)
    if not isinstance(given, dict):
        return {}
    return {name: value for name, value in given.items() if value is not None and name not in _OWN}


def _format(call: Call, field: str, known: Mapping[str, str]) -> str | None:
    given = _config(call, field).get("response_format")
    if given is None:
        return None
    found = known.get(given) if isinstance(given, str) else None
    if found is None:
        param = f"{field}.response_format"
        raise InvalidRequest(f"'{param}' must be one of {', '.join(known)}.", param=param)
    return found


def _body(config: Mapping[str, Any], call: Call, sitting: Sitting) -> Body:
    fields = {**config, "model": call.model, **({"prompt": sitting.prompt} if sitting.prompt else {})}
    return Body({name: msgspec.Raw(msgspec.json.encode(value)) for name, value in fields.items()})


def _source(url: str, file_id: str) -> dict[str, str]:
    return {"file_id": file_id} if file_id else {"url": url}


def _below(field: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(f"{field}.{name}" for name in names))


def _placed(error: ClientError, field: str, where: str) -> ClientError:
    """Return an error of an endpoint's reader as one of the conversation."""
    param = error.param or ""
    named = param.partition("[")[0].partition(".")[0]
    place = where if named in {"", "prompt", "image", "reference_images"} else f"{field}.{param}"
    message = error.public_message.replace(f"'{param}'", f"'{place}'") if param else error.public_message
    return type(error)(message, param=place, code=error.code)
