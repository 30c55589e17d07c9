"""What becomes of each field of `POST /v1/images/generations` and `/v1/images/edits`.

The one list that validates, translates, names what was dropped, and is printed in the documentation. Both
OpenAI's and xAI's own fields stand in it. Fields that are not in it are ignored and never sent.
Source: openai-python's `ImageGenerateParams` and `ImageEditParams`; xai-api.md §2.5.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from grok2api.dialects.fields import Field, FieldTable, Policy

_Count = Annotated[int, Meta(ge=1, le=10)] | Annotated[float, Meta(ge=1, le=10)]
_Previews = Annotated[int, Meta(ge=0, le=3)]
_Prompt = Annotated[str, Meta(min_length=1)]
_NO_ADDRESS = "Pictures are given in the answer, or kept by the gateway."


class PictureAddress(msgspec.Struct, frozen=True):
    """`image_url` as an object, as chat writes it."""

    url: str


class PictureReference(msgspec.Struct, frozen=True):
    """One picture in JSON, in OpenAI's words (`image_url`, `file_id`) or xAI's (`url`, `file_id`)."""

    url: str | None = None
    image_url: str | PictureAddress | None = None
    file_id: str | None = None
    type: str | None = None


Picture = PictureReference | str
Pictures = list[Picture]

_ASKED: Final = (
    Field("prompt", Policy.PASSED, _Prompt, required=True),
    Field("model", Policy.TRANSLATED, str, neutral=("",), note="Absent, `grok-imagine-1.0` draws."),
    Field("n", Policy.TRANSLATED, _Count, note="1 to 10 pictures."),
)
_LOOKS: Final = (
    Field(
        "size",
        Policy.TRANSLATED,
        str,
        neutral=("", "auto"),
        note="Becomes the nearest ratio and a resolution; see docs/images.md for the sizes.",
    ),
    Field("aspect_ratio", Policy.PASSED, str, neutral=("", "auto"), note="Wins over the ratio of `size`."),
    Field(
        "resolution",
        Policy.PASSED,
        Literal["1k", "1.5k", "2k"],
        note="Wins over the resolution of `size`.",
    ),
    Field(
        "quality",
        Policy.TRANSLATED,
        str,
        neutral=("", "auto"),
        note="Where the model has it (2.0): `standard` is medium; `hd`, `xhigh` and `max` are high; else "
        "dropped and named.",
    ),
)
_FORM: Final = (
    Field("response_format", Policy.LOCAL, Literal["url", "b64_json"], note="`url` if absent."),
    Field(
        "output_format",
        Policy.LOCAL,
        Literal["png", "jpeg", "jpg", "webp"],
        note="Written anew by the gateway if Grok draws in another format; absent, as Grok draws.",
    ),
    Field(
        "output_compression",
        Policy.LOCAL,
        Annotated[int, Meta(ge=0, le=100)],
        note="With `output_format` jpeg or webp; else dropped and named.",
    ),
    Field("stream", Policy.LOCAL, bool, neutral=(False,), note="Streams only when exactly true."),
    Field(
        "partial_images",
        Policy.LOCAL,
        _Previews,
        neutral=(0,),
        note="Grok draws in one go: any number gives one small preview of each finished picture. Without "
        "`stream`, dropped and named.",
    ),
    Field("user", Policy.PASSED, str, neutral=("",)),
    Field("safety_identifier", Policy.TRANSLATED, str, neutral=("",), note="Sent as `user`."),
)
_LOST: Final = (
    Field(
        "background",
        Policy.REFUSED,
        str,
        neutral=("", "auto", "opaque"),
        note="Grok draws no transparent pictures.",
    ),
    Field("mask", Policy.REFUSED, Any, note="Grok edits whole pictures; say in the prompt what to change."),
    Field("markup", Policy.REFUSED, Any, note="Grok edits whole pictures; say in the prompt what to change."),
    Field("svg", Policy.REFUSED, dict[str, Any], note="Grok draws in pixels."),
    Field("frame_count", Policy.REFUSED, int, note="Grok's pictures stand still; see /v1/videos."),
    Field("frame_duration_ms", Policy.REFUSED, int, note="Grok's pictures stand still; see /v1/videos."),
    Field("deferred", Policy.REFUSED, bool, neutral=(False,), note="Answers come at once."),
    Field("output", Policy.REFUSED, dict[str, Any], note=_NO_ADDRESS),
    Field("storage_options", Policy.REFUSED, dict[str, Any], note=_NO_ADDRESS),
    Field("moderation", Policy.DROPPED, str, neutral=("", "auto"), note="xAI's own rules hold."),
    Field("style", Policy.DROPPED, str, neutral=("",)),
    Field("seed", Policy.DROPPED, int),
    Field("negative_prompt", Policy.DROPPED, str, neutral=("",)),
    Field("guidance_scale", Policy.DROPPED, float),
    Field("steps", Policy.DROPPED, int),
    Field("complexity", Policy.DROPPED, str, neutral=("",)),
    Field("input_fidelity", Policy.DROPPED, str, neutral=("",)),
    Field("prompt_rewriter", Policy.DROPPED, Any),
)

GENERATION_FIELDS = FieldTable("image_generations", (*_ASKED, *_LOOKS, *_FORM, *_LOST))

EDIT_FIELDS = FieldTable(
    "image_edits",
    (
        *_ASKED,
        Field(
            "image",
            Policy.TRANSLATED,
            Picture | Pictures,
            neutral=([],),
            note="The picture to edit: a file of the form, or `{url}` or `{file_id}`; several are a list.",
        ),
        Field(
            "images",
            Policy.TRANSLATED,
            Pictures,
            neutral=([],),
            note="Up to 5: `{image_url}`, `{url}` or `{file_id}`.",
        ),
        *_LOOKS,
        *_FORM,
        *_LOST,
    ),
)
