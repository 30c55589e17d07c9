"""Settings of the credential pool and of how much work is taken on at once."""

from __future__ import annotations

from typing import Annotated, Literal

from grok2api.config import schema


class Pool(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How credentials are chosen, and how long they rest after a failure."""

    strategy: Annotated[
        Literal["least_busy", "weighted", "round_robin", "most_quota"],
        schema.setting(
            "How a credential is chosen among those of equal priority.",
            "同等优先级的凭据之间如何选择。",
        ),
    ] = "least_busy"
    poll_seconds: Annotated[
        float,
        schema.setting(
            "Seconds between two looks for changes that other workers and hosts made.",
            "每隔多少秒查看其他进程和主机的改动。",
            reload="restart",
            ge=0.1,
            le=60,
        ),
    ] = 1.0
    rate_limit_seconds: Annotated[
        float,
        schema.setting(
            "Rest after a rate limit that names no time of its own.",
            "触发限速且对方未给出时间时的休息秒数。",
            ge=0,
            le=3600,
        ),
    ] = 2.0
    upstream_error_seconds: Annotated[
        float,
        schema.setting(
            "Rest after repeated server errors of xAI on one credential.",
            "同一凭据连续遇到 xAI 服务端错误后的休息秒数。",
            ge=0,
            le=3600,
        ),
    ] = 10.0
    unreadable_seconds: Annotated[
        float,
        schema.setting(
            "Rest after an error that could not be understood; one credential per request at most.",
            "遇到无法识别的错误后的休息秒数；每个请求最多影响一个凭据。",
            ge=0,
            le=3600,
        ),
    ] = 30.0
    no_credit_seconds: Annotated[
        float,
        schema.setting(
            "Time until a credential without credit is tried again.",
            "余额用尽的凭据多少秒后再试。",
            ge=1,
            le=2_592_000,
        ),
    ] = 3600.0
    quota_seconds: Annotated[
        float,
        schema.setting(
            "Time until a sign-in whose allowance is used up is tried again, when xAI names no time.",
            "登录账号的额度用尽且 xAI 未给出时间时，多少秒后再试。",
            ge=1,
            le=2_592_000,
        ),
    ] = 21_600.0
    last_usable_seconds: Annotated[
        float,
        schema.setting(
            "Longest rest of the last usable credential after faults that may be xAI's own.",
            "最后一个可用凭据在可能由 xAI 引起的故障后最多休息的秒数。",
            ge=0,
            le=3600,
        ),
    ] = 5.0


class Token(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Care of sign-ins and keys."""

    auto_refresh: Annotated[
        bool,
        schema.setting(
            "Refresh sign-ins ahead of their expiry.",
            "在登录凭据过期之前自动刷新。",
        ),
    ] = True
    fail_threshold: Annotated[
        int,
        schema.setting(
            "Unclassified 401 or 403 answers in a row after which a credential is taken out.",
            "连续收到多少次无法归类的 401 或 403 后停用该凭据。",
            ge=1,
            le=1000,
        ),
    ] = 5


class Performance(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How much work one worker takes on at once; 0 means no limit."""

    max_concurrent: Annotated[
        int,
        schema.setting(
            "Text requests that one worker serves at once; 0 = no limit.",
            "单个进程同时处理的文本请求数；0 表示不限。",
            ge=0,
            le=100_000,
        ),
    ] = 512
    media_max_concurrent: Annotated[
        int,
        schema.setting(
            "Picture, clip and speech requests that one worker serves at once; 0 = no limit.",
            "单个进程同时处理的图片、视频与语音请求数；0 表示不限。",
            ge=0,
            le=100_000,
        ),
    ] = 50
    assets_max_concurrent: Annotated[
        int,
        schema.setting(
            "Uploads and downloads of files and media that one worker does at once; 0 = no limit.",
            "单个进程同时进行的文件与媒体上传下载数；0 表示不限。",
            ge=0,
            le=100_000,
        ),
    ] = 25
    usage_max_concurrent: Annotated[
        int,
        schema.setting(
            "Checks of credentials (identity, allowance) that one worker does at once; 0 = no limit.",
            "单个进程同时进行的凭据检查（身份、额度）数；0 表示不限。",
            ge=0,
            le=100_000,
        ),
    ] = 25
    queue_length: Annotated[
        int,
        schema.setting(
            "Requests that may wait in one worker for a free place; one more is answered with 429.",
            "单个进程中可排队等待的请求数；再多则返回 429。",
            ge=0,
            le=100_000,
        ),
    ] = 256
    queue_wait: Annotated[
        float,
        schema.setting(
            "Longest wait for a free place, in seconds.",
            "排队等待的最长秒数。",
            ge=0,
            le=3600,
        ),
    ] = 30.0
