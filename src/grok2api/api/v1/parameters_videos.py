"""What the parameter pages say of videos, in both languages.

Must hold a translation of every note of the tables of videos, and a text for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from grok2api.dialects.fields import FieldTable
from grok2api.dialects.videos.fields import (
    EDIT_FIELDS,
    EXTENSION_FIELDS,
    GENERATION_FIELDS,
    REMIX_FIELDS,
    VIDEO_FIELDS,
)

VIDEO_SURFACES: tuple[tuple[str, FieldTable], ...] = (
    ("POST /v1/videos", VIDEO_FIELDS),
    ("POST /v1/videos/{id}/remix", REMIX_FIELDS),
    ("POST /v1/videos/generations", GENERATION_FIELDS),
    ("POST /v1/videos/edits", EDIT_FIELDS),
    ("POST /v1/videos/extensions", EXTENSION_FIELDS),
)

_IGNORED = "A field that is not in the table is ignored and never sent."

VIDEO_REST: Mapping[str, str] = MappingProxyType(
    {
        VIDEO_FIELDS.surface: f"""\
{_IGNORED} The body may be JSON or a form; in a form a picture is a file, and
`input_reference[image_url]` names an address. Sizes and models: see [videos](videos.md).""",
        REMIX_FIELDS.surface: f"{_IGNORED} A remix is an edit of a finished video.",
        GENERATION_FIELDS.surface: f"{_IGNORED} The rules of each model are in [videos](videos.md#models).",
        EDIT_FIELDS.surface: f"{_IGNORED} A form, or a video's `id`, is answered in OpenAI's form.",
        EXTENSION_FIELDS.surface: f"{_IGNORED} The result is the source and what was added to it.",
    }
)

VIDEO_REST_CHINESE: Mapping[str, str] = MappingProxyType(
    {
        VIDEO_FIELDS.surface: """\
表中没有的字段会被忽略，绝不转发。请求体可以是 JSON 或表单；表单中图片以文件发送，
`input_reference[image_url]` 则给出地址。尺寸以及各模型的能力见[视频](videos.zh-CN.md)。""",
        REMIX_FIELDS.surface: "表中没有的字段会被忽略，绝不转发。remix 是对已完成视频的编辑。",
        GENERATION_FIELDS.surface: (
            "表中没有的字段会被忽略，绝不转发。各模型的规则见[视频](videos.zh-CN.md#模型)。"
        ),
        EDIT_FIELDS.surface: ("表中没有的字段会被忽略，绝不转发。表单或视频 `id` 按 OpenAI 的格式回答。"),
        EXTENSION_FIELDS.surface: "表中没有的字段会被忽略，绝不转发。结果由原视频与新增部分组成。",
    }
)

VIDEO_NOTES: Mapping[str, str] = MappingProxyType(
    {
        "`grok-imagine-1.0-video` if it is left out.": "省略时为 `grok-imagine-1.0-video`。",
        "A job makes one video.": "每个任务只生成一个视频。",
        "The gateway keeps the result itself.": "结果由网关自行保存。",
        "16:9, 9:16, 1:1, 4:3, 3:4, 3:2, 2:3, 21:9 or 5:2.": (
            "16:9、9:16、1:1、4:3、3:4、3:2、2:3、21:9 或 5:2。"
        ),
        "480p, 720p or 1080p; 1080p not on `grok-imagine-video`.": (
            "480p、720p 或 1080p；`grok-imagine-video` 不支持 1080p。"
        ),
        "Pictures whose contents appear; not together with a first frame.": (
            "其内容会出现在视频中的图片；不能与首帧同用。"
        ),
        "`grok-imagine-video-1.5` only.": "仅限 `grok-imagine-video-1.5`。",
        "`image` and `timestamp_s` each; not on `grok-imagine-video`.": (
            "每项含 `image` 与 `timestamp_s`；`grok-imagine-video` 不支持。"
        ),
        "`voice_id` or `url` each; not on `grok-imagine-video`.": (
            "每项含 `voice_id` 或 `url`；`grok-imagine-video` 不支持。"
        ),
        "The first frame: an address, a data URL, or the `file_id` of an uploaded picture.": (
            "首帧：地址、data URL，或已上传图片的 `file_id`。"
        ),
        "1 to 15, as a text or a number; 4 if left out.": "1 到 15，文本或数字；省略时为 4。",
        "See [sizes](videos.md#sizes); 720x1280 if left out.": (
            "见[尺寸](videos.zh-CN.md#尺寸)；省略时为 720x1280。"
        ),
        "The first frame: a file, `image_url` or `file_id`; several become `reference_images`.": (
            "首帧：文件、`image_url` 或 `file_id`；多个则成为 `reference_images`。"
        ),
        "xAI's name of `input_reference`.": "`input_reference` 在 xAI 的名称。",
        "xAI's name of `seconds`.": "`seconds` 在 xAI 的名称。",
        "May be left out where there is a first frame.": "有首帧时可省略。",
        "1 to 15; 8 if left out; 10 at most with references.": "1 到 15；省略时为 8；带参考图片时最多 10。",
        "The same as `duration`.": "同 `duration`。",
        "The same as `image`.": "同 `image`。",
        "An address, a data URL, the `file_id` of an uploaded clip, or the `id` of a video made here. "
        "8.7 seconds at most.": "地址、data URL、已上传视频的 `file_id`，或本站视频的 `id`。最长 8.7 秒。",
        "An address, a data URL, the `file_id` of an uploaded clip, or the `id` of a video made here. "
        "2 to 15 seconds.": "地址、data URL、已上传视频的 `file_id`，或本站视频的 `id`。2 到 15 秒。",
        "An edit is as long as its source.": "编辑后的时长与原视频相同。",
        "An edit has the sides of its source.": "编辑后的画幅与原视频相同。",
        "2 to 10 seconds that are added; 6 if left out.": "新增的秒数，2 到 10；省略时为 6。",
        "An extension has the sides of its source.": "延长后的画幅与原视频相同。",
    }
)
