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
_LOG_REQUESTS = Retired(
    "has no effect: every request is one line of the log at level info; log.level is the setting for it",
    "不起作用：每个请求在 info 级别记录一行，由 log.level 控制",
)
_PROXY_POOL = Retired(
    "has no effect: grok.proxy_url is one proxy for all; a credential can have its own "
    "(grok2api credentials edit --proxy)",
    "不起作用：grok.proxy_url 是全局代理；每个凭据可有自己的代理（grok2api credentials edit --proxy）",
)
_WEB_PAGES = Retired(
    "has no effect: there are no public pages; make a client key for each person (grok2api keys create)",
    "不起作用：没有公开页面；请为每个人创建客户端密钥（grok2api keys create）",
)
_INSTRUCTIONS = Retired(
    "has no effect: send instructions or a system message",
    "不起作用：请在请求中发送 instructions 或系统消息",
)
_CACHE_PARTS = Retired(
    "has no effect: cache.limit_mb is the size of the whole media cache",
    "不起作用：整个媒体缓存的大小由 cache.limit_mb 设置",
)
_FORMATS = Retired(
    "has no effect: see grok.thinking, app.image_format and app.video_format",
    "不起作用：参见 grok.thinking、app.image_format 与 app.video_format",
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
        "app.custom_instruction": _INSTRUCTIONS,
        "features.custom_instruction": _INSTRUCTIONS,
        "features.temporary": _WEB,
        "features.memory": _WEB,
        "features.dynamic_statsig": _WEB,
        "features.enable_nsfw": _WEB,
        "grok.filter_tags": _MARKUP,
        "app.filter_tags": _MARKUP,
        "app.thinking": _moved("grok.thinking"),
        "chat.thinking": _moved("grok.thinking"),
        "features.thinking": _moved("grok.thinking"),
        "grok.show_thinking": _moved("grok.thinking"),
        "chat.stream": _STREAM,
        "features.stream": _STREAM,
        "app.public_key": _PUBLIC,
        "app.public_enabled": _PUBLIC,
        "app.webui_key": _WEB_PAGES,
        "app.webui_enabled": _WEB_PAGES,
        "app.function_key": _WEB_PAGES,
        "app.function_enabled": _WEB_PAGES,
        "grok.api_key": _moved("app.api_key"),
        "global.base_url": _moved("app.app_url"),
        "global.admin_password": _moved("app.app_key"),
        "global.log_level": _moved("log.level"),
        "logging.file_level": _moved("log.level"),
        "network.timeout": _moved("grok.timeout"),
        "network.base_proxy_url": _moved("grok.proxy_url"),
        "network.asset_proxy_url": _ASSET_PROXY,
        "grok.cache_proxy_url": _ASSET_PROXY,
        "proxy.egress.proxy_url": _moved("grok.proxy_url"),
        "proxy.egress.mode": Retired(
            "has no effect: an empty grok.proxy_url means no proxy", "不起作用：grok.proxy_url 留空即不用代理"
        ),
        "proxy.egress.proxy_pool": _PROXY_POOL,
        "proxy.egress.resource_proxy_url": _ASSET_PROXY,
        "proxy.egress.resource_proxy_pool": _ASSET_PROXY,
        "grok.proxy_pool_url": _PROXY_POOL,
        "grok.proxy_pool_interval": _PROXY_POOL,
        "grok.x_statsig_id": _WEB,
        "grok.custom_ua": _WEB,
        "grok.filtered_tags": _MARKUP,
        "chat.filter_tags": _MARKUP,
        "grok.stream_chunk_timeout": _SILENCE,
        "grok.stream_first_response_timeout": Retired(
            "has no effect: grok.first_byte_timeout is the setting for it now",
            "不起作用：现由 grok.first_byte_timeout 设置",
        ),
        "grok.stream_total_timeout": Retired(
            "has no effect: grok.deadline is the setting for it now",
            "不起作用：现由 grok.deadline 设置",
        ),
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
        "retry.max_retries": _moved("grok.max_retry"),
        "retry.retry_status_codes": _moved("grok.retry_status_codes"),
        "retry.on_codes": Retired(
            "has no effect: grok.retry_status_codes, a list of numbers, is the setting for it now",
            "不起作用：现由 grok.retry_status_codes（数字列表）设置",
        ),
        "retry.retry_budget": Retired(
            "has no effect: it counted seconds; grok.deadline limits the time of a request, and "
            "grok.retry_budget is a share of extra calls now",
            "不起作用：它曾以秒计；请求的总时限由 grok.deadline 设置，grok.retry_budget 现为额外调用的比例",
        ),
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
        "log.log_health_requests": _LOG_REQUESTS,
        "log.log_all_requests": _LOG_REQUESTS,
        "log.request_slow_ms": _LOG_REQUESTS,
        "token.on_demand_refresh_enabled": _REFRESH,
        "token.on_demand_refresh_min_interval_sec": _REFRESH,
        "token.on_demand_refresh_max_tokens": _REFRESH,
        "account.selection.max_inflight": Retired(
            "has no effect: each credential has its own limit (grok2api credentials edit --max-concurrency)",
            "不起作用：每个凭据有自己的上限（grok2api credentials edit --max-concurrency）",
        ),
        "cache.local": _CACHE_PARTS,
        "cache.local.image_max_mb": _CACHE_PARTS,
        "cache.local.video_max_mb": _CACHE_PARTS,
        "global.image_cache_max_size_mb": _CACHE_PARTS,
        "global.video_cache_max_size_mb": _CACHE_PARTS,
        "global.image_mode": _FORMATS,
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
        "imagine_fast": _PER_KIND,
        "timeout": _SILENCE,
        "batch": _BATCH,
        "logging": _LOG_FILE,
        "network": _SILENCE,
        "security": _WEB,
        "global": Retired(
            "has no effect: see the sections app, log and performance",
            "不起作用：参见 app、log 与 performance 三节",
        ),
        "features": _FORMATS,
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
