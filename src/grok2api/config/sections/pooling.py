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
    upstream_error_cap_seconds: Annotated[
        float,
        schema.setting(
            "Longest rest after repeated server errors; each further one doubles the rest up to here.",
            "连续服务端错误后的最长休息秒数；每多一次休息时间加倍，直至此值。",
            ge=0,
            le=3600,
        ),
    ] = 60.0
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
    quota_cap_seconds: Annotated[
        float,
        schema.setting(
            "Longest time that a used-up allowance keeps a sign-in out, whatever xAI says.",
            "额度用尽时最多停用的秒数，无论 xAI 给出多长时间。",
            ge=1,
            le=2592000,
        ),
    ] = 86_400.0
    denied_seconds: Annotated[
        float,
        schema.setting(
            "Time until a credential is tried again with a model or surface that xAI denied it.",
            "xAI 拒绝某凭据使用某模型或接口后，多少秒后再试。",
            ge=1,
            le=2592000,
        ),
    ] = 3600.0
    model_missing_seconds: Annotated[
        float,
        schema.setting(
            "Time until a credential is tried again with a model that xAI did not find for it.",
            "xAI 对某凭据找不到某模型后，多少秒后再试。",
            ge=0,
            le=2592000,
        ),
    ] = 300.0
    proxy_seconds: Annotated[
        float,
        schema.setting(
            "Rest of a proxy that cannot be reached; each further failure doubles it.",
            "代理无法连接时的休息秒数；每再失败一次加倍。",
            ge=0.1,
            le=3600,
        ),
    ] = 5.0
    proxy_cap_seconds: Annotated[
        float,
        schema.setting(
            "Longest rest of a proxy that cannot be reached.",
            "代理无法连接时的最长休息秒数。",
            ge=0.1,
            le=3600,
        ),
    ] = 60.0
    blast_share: Annotated[
        float,
        schema.setting(
            "Share of the pool that one and the same failure may make rest within a minute, for failures "
            "that may not be the credentials' own. One credential may always rest.",
            "同一种故障（可能并非凭据自身所致）一分钟内最多可使凭据池休息的比例；至少允许一个凭据休息。",
            ge=0.0,
            le=1.0,
        ),
    ] = 0.35
    last_usable_seconds: Annotated[
        float,
        schema.setting(
            "Longest rest of the last usable credential after faults that may be xAI's own.",
            "最后一个可用凭据在可能由 xAI 引起的故障后最多休息的秒数。",
            ge=0,
            le=3600,
        ),
    ] = 5.0
    queue_rest_seconds: Annotated[
        float,
        schema.setting(
            "Longest rest of a credential that a request waits for in the queue; for a longer one it gets "
            "429 at once. For a busy credential it waits up to performance.queue_wait.",
            "请求在队列中等待凭据结束冷却的最长秒数；冷却更久则立即返回 429。"
            "凭据忙碌时最多等待 performance.queue_wait。",
            ge=0,
            le=3600,
        ),
    ] = 3.0
    probe_hours: Annotated[
        float,
        schema.setting(
            "Hours after which xAI is asked anew whose a credential is and what it may do; it costs nothing.",
            "每隔多少小时重新向 xAI 查询凭据的归属与权限。此查询不产生费用。",
            ge=0.1,
            le=720,
        ),
    ] = 12.0
    checks_per_second: Annotated[
        float,
        schema.setting(
            "Most questions about credentials (identity, model list) in a second, of all workers together.",
            "所有进程每秒最多发出的凭据查询（身份、模型列表）次数。",
            reload="restart",
            ge=0.1,
            le=100,
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
    refresh_lead_seconds: Annotated[
        float,
        schema.setting(
            "Seconds before the end of an access token at which it is refreshed, give or take a tenth; "
            "a short-lived one is refreshed in the last fifth of its life.",
            "在访问令牌到期前多少秒刷新（上下浮动一成）；短寿命令牌在其寿命的最后五分之一刷新。",
            ge=0,
            le=86400,
        ),
    ] = 300.0
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
    ] = 10_000
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
            "Requests that may wait in one worker for a free place or credential; one more gets 429.",
            "单个进程中可排队等待空位或凭据的请求数；再多则返回 429。",
            ge=0,
            le=100_000,
        ),
    ] = 256
    queue_wait: Annotated[
        float,
        schema.setting(
            "Longest wait for a free place or credential, in seconds.",
            "排队等待空位或凭据的最长秒数。",
            ge=0,
            le=3600,
        ),
    ] = 30.0
