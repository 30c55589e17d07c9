"""Settings of work that takes its time at xAI: videos."""

from __future__ import annotations

from typing import Annotated

from grok2api.config import schema


class Video(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Video jobs."""

    poll_seconds: Annotated[
        float,
        schema.setting(
            "Seconds between the first two questions to xAI about a video; later ones come up to two and a "
            "half times less often.",
            "向 xAI 查询视频进度的最初间隔（秒）；之后逐渐放慢，最多为其 2.5 倍。",
            ge=0.05,
            le=60,
        ),
    ] = 2.0
    give_up_hours: Annotated[
        float,
        schema.setting(
            "Hours after which a video that is not made, or cannot be fetched, has failed.",
            "视频在这么多小时内仍未生成或无法取回，即视为失败。",
            ge=0.001,
            le=168,
        ),
    ] = 3.0
    open_jobs: Annotated[
        int,
        schema.setting(
            "Videos of one client key that may be in the making at once; more are answered with 429. "
            "0 = no limit.",
            "每个客户端密钥可同时制作的视频数；超过则返回 429。0 表示不限。",
            ge=0,
            le=100_000,
        ),
    ] = 100
    keep_days: Annotated[
        float,
        schema.setting(
            "Days for which finished and failed videos are listed. Their content may be cleaned away earlier "
            "(cache.max_age_hours, cache.limit_mb).",
            "已完成或失败的视频在列表中保留的天数。其内容可能更早被清理（cache.max_age_hours、cache.limit_mb）。",
            ge=0.01,
            le=3650,
        ),
    ] = 30.0
