"""Settings that older releases had: what became of each, so that an old file is understood, not ignored.

Only names and sentences; it must never decide a value beyond handing it to the setting that took it over.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Retired:
    """What became of a setting.

    Args:
        advice: A sentence without its subject: "has no effect: ...".
        chinese: The same in Chinese.
        moved_to: The dotted path that takes the value over, if one does.
    """

    advice: str
    chinese: str
    moved_to: str = ""


def _moved(path: str) -> Retired:
    return Retired(f"is now {path}", f"现为 {path}", path)


_STREAM = Retired(
    'is deprecated and has no effect: only a request with "stream": true is streamed',
    '已弃用且不起作用：只有请求中写明 "stream": true 才会流式返回',
)
_WEB = Retired(
    "has no effect: this gateway uses xAI's official API, which needs no browser cookies, "
    "browser headers or web chat switches",
    "不起作用：本网关使用 xAI 官方 API，不需要浏览器 Cookie、浏览器请求头或网页聊天开关",
)
_MARKUP = Retired(
    "has no effect: the official API sends no markup that would have to be removed",
    "不起作用：官方 API 不会返回需要清除的标记",
)
_SILENCE = Retired(
    "has no effect: grok.timeout is the limit for silence of every kind of request",
    "不起作用：各类请求的静默时限统一为 grok.timeout",
)
_IMAGE_SOCKET = Retired(
    "has no effect: pictures are made through the official image API",
    "不起作用：图片由官方图像 API 生成",
)
_REFRESH = Retired(
    "has no effect: sign-ins are refreshed ahead of their own expiry (token.auto_refresh)",
    "不起作用：登录凭据会在各自过期前刷新（token.auto_refresh）",
)
_STATE = Retired(
    "has no effect: changes are stored at once; other workers see them after pool.poll_seconds",
    "不起作用：改动立即保存，其他进程在 pool.poll_seconds 后看到",
)
_BATCH = Retired(
    "has no effect: the program chooses batch sizes; performance.*_max_concurrent limits the work",
    "不起作用：批量大小由程序决定，并发由 performance.*_max_concurrent 限制",
)
_LOG_FILE = Retired(
    "has no effect: the log goes to the standard streams; let the service manager keep it",
    "不起作用：日志写到标准流，由服务管理器保存",
)
_PUBLIC = Retired(
    "has no effect: nothing is open without a key; app.auth is the setting for access",
    "不起作用：没有密钥就不开放任何内容；访问方式由 app.auth 设置",
)
_PER_KIND = Retired(
    "has no effect: performance.* limits concurrency, grok.timeout and grok.deadline limit time",
    "不起作用：并发由 performance.* 限制，时间由 grok.timeout 与 grok.deadline 限制",
)
_ASSET_PROXY = Retired(
    "has no effect: grok.proxy_url serves files and media too",
    "不起作用：grok.proxy_url 同样用于文件与媒体",
)

RETIRED = MappingProxyType(
    {
        "grok.stream": _STREAM,
        "app.stream": _STREAM,
        "grok.temporary": _WEB,
        "grok.disable_memory": _WEB,
        "grok.dynamic_statsig": _WEB,
        "grok.cf_clearance": _WEB,
        "grok.browser": _WEB,
        "grok.user_agent": _WEB,
        "app.temporary": _WEB,
        "app.disable_memory": _WEB,
        "app.dynamic_statsig": _WEB,
        "app.custom_instruction": Retired(
            "has no effect: send instructions or a system message",
            "不起作用：请在请求中发送 instructions 或系统消息",
        ),
        "grok.filter_tags": _MARKUP,
        "app.filter_tags": _MARKUP,
        "app.thinking": _moved("grok.thinking"),
        "app.public_key": _PUBLIC,
        "app.public_enabled": _PUBLIC,
        "grok.base_proxy_url": _moved("grok.proxy_url"),
        "proxy.base_proxy_url": _moved("grok.proxy_url"),
        "grok.asset_proxy_url": _ASSET_PROXY,
        "proxy.asset_proxy_url": _ASSET_PROXY,
        "grok.stream_idle_timeout": _SILENCE,
        "grok.video_idle_timeout": _SILENCE,
        "grok.image_ws": _IMAGE_SOCKET,
        "grok.image_ws_blocked_seconds": _IMAGE_SOCKET,
        "grok.image_ws_final_min_bytes": _IMAGE_SOCKET,
        "grok.image_ws_nsfw": _IMAGE_SOCKET,
        "retry.max_retry": _moved("grok.max_retry"),
        "retry.retry_status_codes": _moved("grok.retry_status_codes"),
        "retry.retry_backoff_base": _moved("grok.retry_backoff_base"),
        "retry.retry_backoff_factor": _moved("grok.retry_backoff_factor"),
        "retry.retry_backoff_max": _moved("grok.retry_backoff_max"),
        "token.refresh_interval_hours": _REFRESH,
        "token.super_refresh_interval_hours": _REFRESH,
        "token.save_delay_ms": _STATE,
        "token.reload_interval_sec": _STATE,
        "token.usage_flush_interval_sec": Retired(
            "has no effect: ledger.flush_ms, in milliseconds, is the setting for it now",
            "不起作用：现由 ledger.flush_ms（毫秒）设置",
        ),
        "performance.assets_batch_size": _BATCH,
        "performance.assets_delete_batch_size": _BATCH,
        "performance.assets_max_tokens": _BATCH,
        "performance.usage_batch_size": _BATCH,
        "performance.usage_max_tokens": _BATCH,
        "performance.nsfw_batch_size": _BATCH,
        "performance.nsfw_max_concurrent": _BATCH,
        "performance.nsfw_max_tokens": _BATCH,
        "log.max_file_size_mb": _LOG_FILE,
        "log.max_files": _LOG_FILE,
        "cache.local": Retired(
            "has no effect: cache.limit_mb is the size of the whole media cache",
            "不起作用：整个媒体缓存的大小由 cache.limit_mb 设置",
        ),
    }
)
"""Old setting -> what became of it."""

RETIRED_SECTIONS = MappingProxyType(
    {
        "proxy": _WEB,
        "retry": Retired(
            "has no effect: retries are set by grok.max_retry, grok.retry_* and grok.retry_budget",
            "不起作用：重试由 grok.max_retry、grok.retry_* 与 grok.retry_budget 设置",
        ),
        "chat": _PER_KIND,
        "image": _PER_KIND,
        "video": _PER_KIND,
        "voice": _PER_KIND,
        "asset": _PER_KIND,
        "usage": _PER_KIND,
        "nsfw": _WEB,
        "features": Retired(
            "has no effect: see grok.thinking, app.image_format and app.video_format",
            "不起作用：参见 grok.thinking、app.image_format 与 app.video_format",
        ),
        "account": Retired(
            "has no effect: see the sections pool and token", "不起作用：参见 pool 与 token 两节"
        ),
    }
)
"""Old section -> what became of its settings, where no entry of `RETIRED` says more."""

LARGEST_SHARE = 10
OLD_BUDGET_ADVICE = (
    "counted seconds in older releases and is a share of extra calls now (0 to 10); the old value was ignored"
)
OLD_CONSOLE_PASSWORD = "grok2api"  # noqa: S105 - older releases published it, so whoever keeps it is warned


def retired(path: str) -> Retired | None:
    """Return what became of an old setting, or None if the name was never one."""
    return RETIRED.get(path) or RETIRED_SECTIONS.get(path.partition(".")[0])


def changed_meaning(path: str, value: object) -> str:
    """Return why an old file's value no longer counts although its name does; empty if it counts."""
    if path == "grok.retry_budget" and isinstance(value, (int, float)) and value > LARGEST_SHARE:
        return OLD_BUDGET_ADVICE
    return ""
