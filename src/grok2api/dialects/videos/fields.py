"""The fields of the requests for videos, and what becomes of each.

OpenAI's route takes xAI's own fields too, so that nothing of Grok is out of reach of an OpenAI client.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta

from grok2api.dialects.fields import Field, FieldTable, Policy

_Prompt = Annotated[str, Meta(max_length=4096)]
_Seconds = int | float | str
MOST_REFERENCES: Final = 7
_MOST_KEYFRAMES: Final = 4
_MOST_AUDIOS: Final = 3

_MODEL = Field("model", Policy.TRANSLATED, str, note="`grok-imagine-1.0-video` if it is left out.")
_USER = Field("user", Policy.PASSED, str)
_KNOBS = (
    Field("n", Policy.REFUSED, int, neutral=(1,), note="A job makes one video."),
    Field("seed", Policy.DROPPED, int),
    Field("fps", Policy.DROPPED, Any),
    Field("negative_prompt", Policy.DROPPED, str, neutral=("",)),
    Field(
        "storage_options",
        Policy.REFUSED,
        dict[str, Any],
        note="The gateway keeps the result itself.",
    ),
    Field("output", Policy.REFUSED, dict[str, Any], note="The gateway keeps the result itself."),
    Field("metadata", Policy.IGNORED, Any),
)
_ONLY_NEWER = "`grok-imagine-video-1.5` only."
_OF_GROK = (
    Field("aspect_ratio", Policy.PASSED, str, note="16:9, 9:16, 1:1, 4:3, 3:4, 3:2, 2:3, 21:9 or 5:2."),
    Field("resolution", Policy.PASSED, str, note="480p, 720p or 1080p; 1080p not on `grok-imagine-video`."),
    Field(
        "reference_images",
        Policy.PASSED,
        Annotated[list[Any], Meta(max_length=MOST_REFERENCES)],
        neutral=([],),
        note="Pictures whose contents appear; not together with a first frame.",
    ),
    Field("last_frame", Policy.PASSED, Any, note=_ONLY_NEWER),
    Field(
        "keyframes",
        Policy.PASSED,
        Annotated[list[dict[str, Any]], Meta(max_length=_MOST_KEYFRAMES)],
        neutral=([],),
        note="`image` and `timestamp_s` each; not on `grok-imagine-video`.",
    ),
    Field(
        "reference_audios",
        Policy.PASSED,
        Annotated[list[dict[str, Any]], Meta(max_length=_MOST_AUDIOS)],
        neutral=([],),
        note="`voice_id` or `url` each; not on `grok-imagine-video`.",
    ),
    Field("generate_audio", Policy.PASSED, bool | str),
)
_FIRST_FRAME = "The first frame: an address, a data URL, or the `file_id` of an uploaded picture."

VIDEO_FIELDS = FieldTable(
    "video",
    (
        Field("prompt", Policy.PASSED, _Prompt, required=True),
        _MODEL,
        Field("seconds", Policy.TRANSLATED, _Seconds, note="1 to 15, as a text or a number; 4 if left out."),
        Field("size", Policy.TRANSLATED, str, note="See [sizes](videos.md#sizes); 720x1280 if left out."),
        Field(
            "input_reference",
            Policy.TRANSLATED,
            Any,
            note="The first frame: a file, `image_url` or `file_id`; several become `reference_images`.",
        ),
        Field("image", Policy.TRANSLATED, Any, note="xAI's name of `input_reference`."),
        Field("duration", Policy.TRANSLATED, _Seconds, note="xAI's name of `seconds`."),
        *_OF_GROK,
        _USER,
        *_KNOBS,
    ),
)

REMIX_FIELDS = FieldTable(
    "video_remix",
    (Field("prompt", Policy.PASSED, _Prompt, required=True), _MODEL, _USER, *_KNOBS),
)

GENERATION_FIELDS = FieldTable(
    "video_generation",
    (
        Field("prompt", Policy.PASSED, _Prompt, note="May be left out where there is a first frame."),
        _MODEL,
        Field(
            "duration", Policy.PASSED, _Seconds, note="1 to 15; 8 if left out; 10 at most with references."
        ),
        Field("seconds", Policy.TRANSLATED, _Seconds, note="The same as `duration`."),
        Field("image", Policy.PASSED, Any, note=_FIRST_FRAME),
        Field("input_reference", Policy.TRANSLATED, Any, note="The same as `image`."),
        *_OF_GROK,
        _USER,
        *_KNOBS,
    ),
)

_CLIP = "An address, a data URL, the `file_id` of an uploaded clip, or the `id` of a video made here."

EDIT_FIELDS = FieldTable(
    "video_edit",
    (
        Field("prompt", Policy.PASSED, _Prompt, required=True),
        _MODEL,
        Field("video", Policy.TRANSLATED, Any, required=True, note=f"{_CLIP} 8.7 seconds at most."),
        Field("duration", Policy.REFUSED, Any, note="An edit is as long as its source."),
        Field("seconds", Policy.REFUSED, Any, note="An edit is as long as its source."),
        Field("aspect_ratio", Policy.REFUSED, Any, note="An edit has the sides of its source."),
        Field("resolution", Policy.REFUSED, Any, note="An edit has the sides of its source."),
        Field("size", Policy.REFUSED, Any, note="An edit has the sides of its source."),
        _USER,
        *_KNOBS,
    ),
)

EXTENSION_FIELDS = FieldTable(
    "video_extension",
    (
        Field("prompt", Policy.PASSED, _Prompt, required=True),
        _MODEL,
        Field("video", Policy.TRANSLATED, Any, required=True, note=f"{_CLIP} 2 to 15 seconds."),
        Field("duration", Policy.PASSED, _Seconds, note="2 to 10 seconds that are added; 6 if left out."),
        Field("seconds", Policy.TRANSLATED, _Seconds, note="The same as `duration`."),
        Field("aspect_ratio", Policy.REFUSED, Any, note="An extension has the sides of its source."),
        Field("resolution", Policy.REFUSED, Any, note="An extension has the sides of its source."),
        Field("size", Policy.REFUSED, Any, note="An extension has the sides of its source."),
        _USER,
        *_KNOBS,
    ),
)
