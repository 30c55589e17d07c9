"""The fields by which conversations say how pictures and clips shall be made, the same in every dialect.

What stands in them is read by the gateway, in the words of /v1/images and /v1/videos. Must never reach Grok
as they are.
"""

from __future__ import annotations

from typing import Any, Final

from grok2api.dialects.fields import Field, Policy

IMAGE_CONFIG: Final = Field(
    "image_config",
    Policy.LOCAL,
    dict[str, Any],
    neutral=({},),
    note="With a model of pictures, see docs/multimodal.md; with others dropped and named.",
)
VIDEO_CONFIG: Final = Field(
    "video_config",
    Policy.LOCAL,
    dict[str, Any],
    neutral=({},),
    note="With a model of clips, see docs/multimodal.md; with others dropped and named.",
)
