"""Settings of what is kept: the store, the sealing keys, media and the usage ledger."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote

from grok2api.config import checks, schema


class Storage(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Where records and shared state live."""

    type: Annotated[
        Literal["local", "redis", "mysql", "pgsql"],
        schema.setting(
            "Store of the records: local (SQLite in the data directory), redis, mysql or pgsql. "
            "When it is not set, storage.url decides.",
            "记录的存储：local（数据目录中的 SQLite）、redis、mysql 或 pgsql。未设置时由 storage.url 决定。",
            reload="restart",
            names=("SERVER_STORAGE_TYPE",),
        ),
    ] = "local"
    url: Annotated[
        str,
        schema.setting(
            "Address of the database; see docs/stores.md. Empty with local: a file in the data directory.",
            "数据库地址，参见 docs/stores.md。local 时留空表示使用数据目录中的文件。",
            reload="restart",
            secret=True,
            names=("DATABASE_URL", "SERVER_STORAGE_URL"),
            check=checks.database_url,
            allowed=(
                "must be a URL such as postgresql://, postgres://, mysql://, mariadb://, sqlite:/// or redis://",
                "postgresql://、postgres://、mysql://、mariadb://、sqlite:/// 或 redis:// 地址",
            ),
            fix="write it as mysql://user:password@host/database (or postgresql://..., sqlite:///file).",
        ),
    ] = ""
    redis_url: Annotated[
        str,
        schema.setting(
            "Address of Redis; it takes the place of redis_host, redis_port, redis_db and redis_password. "
            "Whatever storage.type is, Redis then holds what all workers and hosts share by the moment: "
            "exact limits, and word of who rests.",
            "Redis 地址；设置后取代 redis_host、redis_port、redis_db 与 redis_password。"
            "无论 storage.type 为何，所有进程和主机即时共享的内容都在 Redis 中：精确的并发上限、冷却消息。",
            reload="restart",
            secret=True,
            names=("REDIS_URL",),
            check=checks.redis_url,
            allowed=("must be a redis:// or rediss:// URL", "redis:// 或 rediss:// 地址"),
            fix="write it as redis://:password@host:6379/0.",
        ),
    ] = ""
    redis_host: Annotated[
        str,
        schema.setting(
            "Host of Redis. Empty: no Redis, unless storage.type is redis, which then means localhost.",
            "Redis 主机。留空表示不用 Redis；但 storage.type 为 redis 时表示 localhost。",
            reload="restart",
            names=("REDIS_HOST",),
            pattern=r"^\S*$",
            allowed=("must be a host name or an IP address", "主机名或 IP 地址"),
        ),
    ] = ""
    redis_port: Annotated[
        int,
        schema.setting(
            "Port of Redis.", "Redis 端口。", reload="restart", names=("REDIS_PORT",), ge=1, le=65535
        ),
    ] = 6379
    redis_db: Annotated[
        int,
        schema.setting(
            "Number of the Redis database.",
            "Redis 数据库编号。",
            reload="restart",
            names=("REDIS_DB",),
            ge=0,
            le=65535,
        ),
    ] = 0
    redis_password: Annotated[
        str,
        schema.setting(
            "Password of Redis.", "Redis 密码。", reload="restart", secret=True, names=("REDIS_PASSWORD",)
        ),
    ] = ""
    redis_prefix: Annotated[
        str,
        schema.setting(
            "What the name of every key in Redis begins with; gateways that are no fleet can share one, "
            "each with a prefix of its own.",
            "Redis 中每个键名的前缀；多个互不相关的网关可各用自己的前缀共用一个 Redis。",
            reload="restart",
            pattern=r"^[A-Za-z0-9_.:/{}-]{1,64}$",
            allowed=(
                "must be 1 to 64 letters, digits or characters of _ . : / { } -",
                "1 到 64 个字母、数字或 _ . : / { } - 字符",
            ),
            fix="write it as grok2api: or leave it out.",
        ),
    ] = "grok2api:"
    redis_timeout_ms: Annotated[
        int,
        schema.setting(
            "Milliseconds after which Redis counts as away; until it answers again, each worker goes by its "
            "share of every shared limit.",
            "Redis 超过多少毫秒未响应即视为不可用；恢复之前，各进程按各自的份额执行共享上限。",
            reload="restart",
            ge=10,
            le=5000,
        ),
    ] = 100
    data_dir: Annotated[
        str,
        schema.setting(
            "Directory of the SQLite file, the sealing key and the media cache.",
            "存放 SQLite 文件、封存密钥与媒体缓存的目录。",
            reload="restart",
            names=("DATA_DIR",),
            pattern=r"^[^\x00]+$",
            allowed=("must be the path of a directory", "目录路径"),
        ),
    ] = "./data"
    temp_dir: Annotated[
        str,
        schema.setting(
            "Directory for files on their way between client and upstream; they have no name there and are "
            "gone with their request. Empty: tmp in the data directory.",
            "客户端与上游之间传输文件时使用的目录；文件在其中没有名字，随请求结束而消失。"
            "留空则使用数据目录中的 tmp。",
            reload="restart",
            pattern=r"^[^\x00]*$",
            allowed=("must be empty or the path of a directory", "留空，或目录路径"),
        ),
    ] = ""
    wait_seconds: Annotated[
        float,
        schema.setting(
            "Seconds for which a start waits for a store that cannot be reached, asking again and saying so "
            "in the log; meanwhile /health is 200 and everything else 503. 0: the start fails at once.",
            "启动时若无法连接存储，最多等待的秒数；期间不断重试并写入日志，/health 返回 200，其余均返回 503。"
            "0 表示立即失败退出。",
            reload="restart",
            ge=0,
            le=86_400,
        ),
    ] = 600.0
    auto_upgrade: Annotated[
        bool,
        schema.setting(
            "Bring the database's tables up to date at the start. false: run `grok2api db upgrade` yourself.",
            "启动时自动升级数据库表结构。设为 false 时请自行运行 `grok2api db upgrade`。",
            reload="restart",
        ),
    ] = True

    def redis_location(self) -> str:
        """Return the address of Redis, password included, or an empty text where Redis is not configured."""
        if self.redis_url:
            return self.redis_url
        if not self.redis_host and self.type != "redis":
            return ""
        host = self.redis_host or "localhost"
        host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        user = f":{quote(self.redis_password, safe='')}@" if self.redis_password else ""
        return f"redis://{user}{host}:{self.redis_port}/{self.redis_db}"


class Secrets(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What seals secrets at rest, ids given to clients, and media links."""

    key: Annotated[
        str,
        schema.setting(
            "Sealing key, shared by all hosts of one fleet. Empty: secret.key in the data directory, made at "
            "the first start.",
            "封存密钥，同一集群的所有主机共用。留空时使用数据目录中的 secret.key，首次启动时生成。",
            reload="restart",
            secret=True,
            names=("GROK2API_SECRET_KEY",),
            check=checks.secret_key,
            allowed=("must have 32 or more characters", "32 个或更多字符"),
            fix="make one with `openssl rand -hex 32`.",
        ),
    ] = ""
    previous_keys: Annotated[
        tuple[str, ...],
        schema.setting(
            "Earlier sealing keys that can still open what they sealed, while keys are being rotated.",
            "轮换期间仍可用于解封旧内容的先前封存密钥。",
            reload="restart",
            secret=True,
            check=checks.secret_keys,
            allowed=(
                "must be a list of keys of 32 or more characters each",
                "每个 32 个或更多字符的密钥列表",
            ),
        ),
    ] = ()


class Responses(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What is kept of responses in the background."""

    background_keep: Annotated[
        float,
        schema.setting(
            "Seconds after its end for which a background response can be streamed again; it lies sealed, "
            "and is deleted then.",
            "后台响应结束后，其事件流可重新读取的秒数；内容加密保存，到期删除。",
            ge=1,
            le=600,
        ),
    ] = 600.0
    background_runs: Annotated[
        int,
        schema.setting(
            "Background responses that may be kept at once, running ones among them; more are answered with "
            "429.",
            "可同时保留的后台响应数（含进行中的）；超过则返回 429。",
            ge=1,
            le=100_000,
        ),
    ] = 1000
    background_mb: Annotated[
        int,
        schema.setting(
            "MiB that are kept of one background response's stream. A larger response goes on and can be "
            "retrieved, but its stream cannot be resumed.",
            "每个后台响应的事件流最多保留的 MiB 数。更大的响应会继续生成并可查询，但无法续传事件流。",
            ge=1,
            le=1024,
        ),
    ] = 16


class Media(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Where pictures, clips and sounds are kept, and how clients reach them."""

    store_url: Annotated[
        str,
        schema.setting(
            "Object storage for media: s3://bucket/prefix, gs://bucket/prefix or az://container/prefix, with "
            "credentials from the environment. Empty: the data directory of each host.",
            "媒体的对象存储：s3://bucket/prefix、gs://bucket/prefix 或 az://container/prefix，凭据取自环境变量。"
            "留空则保存在各主机的数据目录中。",
            reload="restart",
            check=checks.media_store_url,
            allowed=("must be empty or an s3://, gs:// or az:// URL", "留空，或 s3://、gs://、az:// 地址"),
            fix="write it as s3://bucket/prefix, or leave it out.",
        ),
    ] = ""
    links: Annotated[
        Literal["ours", "upstream"],
        schema.setting(
            "ours keeps what is made and gives signed links to it; upstream gives xAI's own links, which end "
            "when xAI says.",
            "ours：保存生成的内容并提供带签名的链接；upstream：直接提供 xAI 自己的链接，"
            "何时失效由 xAI 决定。",
        ),
    ] = "ours"
    link_hours: Annotated[
        float,
        schema.setting(
            "Hours for which a link to media works; a link works for at least seven eighths of that.",
            "媒体链接的有效小时数；每个链接至少在其八分之七的时间内有效。",
            ge=0.01,
            le=8760,
        ),
    ] = 24.0
    max_mb: Annotated[
        int,
        schema.setting(
            "Largest picture, clip or sound that is kept, in MiB.",
            "可保存的单个图片、视频或声音的上限（MiB）。",
            ge=1,
            le=65_536,
        ),
    ] = 1024
    min_free_mb: Annotated[
        int,
        schema.setting(
            "MiB that stay free on the disk of the data directory: media that would take them is refused, so "
            "that the database goes on.",
            "数据目录所在磁盘保留的空闲空间（MiB）：会占用这部分空间的媒体将被拒绝保存，使数据库得以继续工作。",
            ge=0,
            le=1_000_000,
        ),
    ] = 256


class Cache(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How long media is kept."""

    enable_auto_clean: Annotated[
        bool,
        schema.setting(
            "Remove media by itself: the longest unused when there is more than cache.limit_mb, and what is "
            "older than cache.max_age_hours.",
            "自动清理媒体：超过 cache.limit_mb 时先删除最久未用的，并删除早于 cache.max_age_hours 的。",
        ),
    ] = True
    limit_mb: Annotated[
        int,
        schema.setting(
            "MiB of media on one host, or in object storage, above which it is cleaned down to four fifths; "
            "0 = no limit.",
            "单个主机（或对象存储）中媒体的上限（MiB），超过后清理到五分之四；0 表示不限。",
            ge=0,
            le=10_000_000,
        ),
    ] = 1024
    max_age_hours: Annotated[
        float,
        schema.setting(
            "Hours after its last use for which media is kept, but never fewer than media.link_hours; 0 = no "
            "limit.",
            "媒体在最后一次使用之后保留的小时数，但不少于 media.link_hours；0 表示不限。",
            ge=0,
            le=876_000,
        ),
    ] = 168.0


class Ledger(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How usage reaches the store."""

    flush_ms: Annotated[
        int,
        schema.setting(
            "Milliseconds between two writes of collected usage.",
            "两次写入用量记录之间的毫秒数。",
            reload="restart",
            ge=10,
            le=60_000,
        ),
    ] = 250
    max_queue: Annotated[
        int,
        schema.setting(
            "Usage records that may wait in one worker while the store does not answer.",
            "存储无响应时，单个进程中可等待写入的用量记录数。",
            reload="restart",
            ge=100,
            le=1_000_000,
        ),
    ] = 10_000
    spool_mb: Annotated[
        int,
        schema.setting(
            "Megabytes on disk for the usage records that wait while the store does not answer; 0 keeps them "
            "in memory only, where a restart loses them.",
            "存储无响应时，用于暂存用量记录的磁盘空间（MB）；0 表示只保存在内存中，重启即丢失。",
            reload="restart",
            ge=0,
            le=100_000,
        ),
    ] = 256
    strict: Annotated[
        bool,
        schema.setting(
            "Answer nothing that cannot be recorded: while usage records find room neither in the store nor "
            "on disk (ledger.spool_mb), new requests get 503 ledger_unavailable. false: they are answered, "
            "and what finds no room is lost.",
            "不应答任何无法记账的请求：当用量记录既无法写入存储、也无法暂存到磁盘（ledger.spool_mb）时，"
            "新请求返回 503 ledger_unavailable。设为 false 时照常应答，无处保存的记录会丢失。",
        ),
    ] = False
    trace_days: Annotated[
        float,
        schema.setting(
            "Days for which it is kept how each request came to its credential (`grok2api explain`); "
            "0 keeps nothing.",
            "保留每个请求如何选中凭据的记录（`grok2api explain`）的天数；0 表示不保留。",
            ge=0,
            le=3650,
        ),
    ] = 7.0
    keep_days: Annotated[
        float,
        schema.setting(
            "Days for which the record of each request is kept; 0 keeps them for ever. Sums by the hour "
            "outlive them.",
            "保留每个请求记录的天数；0 表示永久保留。按小时的汇总保留得更久。",
            ge=0,
            le=36_500,
        ),
    ] = 90.0
    keep_rollups_days: Annotated[
        float,
        schema.setting(
            "Days for which the sums of usage are kept at least; 0 keeps them for ever. They go thirty days "
            "at a time.",
            "用量汇总至少保留的天数；0 表示永久保留。汇总按每三十天一批清除。",
            ge=0,
            le=36_500,
        ),
    ] = 400.0
    keep_audit_days: Annotated[
        float,
        schema.setting(
            "Days for which the audit is kept, 30 at least; 0 keeps it for ever. An entry tells of what was "
            "forgotten, so that the rest can still be verified.",
            "审计记录的保留天数，至少 30 天；0 表示永久保留。删除会留下一条记录，其余部分仍可校验。",
            check=checks.days_of_audit,
            allowed=("must be 0, or 30 to 36500 days", "0，或 30 至 36500 天"),
            ge=0,
            le=36_500,
        ),
    ] = 400.0
    content_hours: Annotated[
        int,
        schema.setting(
            "Hours for which prompts and answers are kept, sealed, of client keys that an operator turned "
            "that on for and gave no time of their own. Of all other keys they never are.",
            "对操作员已开启“保留内容”且未单独指定时长的客户端密钥，加密保留其提示词与回答的小时数；"
            "其他密钥的内容从不保留。",
            ge=1,
            le=8760,
        ),
    ] = 24
    content_max_hours: Annotated[
        int,
        schema.setting(
            "Most hours for which prompts and answers are kept, whatever a client key says; 0 keeps those of "
            "no key.",
            "保留提示词与回答的最长小时数，优先于各客户端密钥的设置；0 表示任何密钥的内容都不保留。",
            ge=0,
            le=8760,
        ),
    ] = 720
    content_max_kb: Annotated[
        int,
        schema.setting(
            "Kilobytes that are kept of one prompt, and of one answer; what is longer is cut in its middle.",
            "单个提示词、单个回答各自最多保留的大小（KB）；超出部分从中间截去。",
            ge=1,
            le=8192,
        ),
    ] = 256
    prices: Annotated[
        tuple[str, ...],
        schema.setting(
            "Prices of models in place of the shipped list: an upstream model, then USD per million tokens "
            "of input, cached input and output, such as 'grok-4.7 2 0.5 6'. Used where upstream does not say "
            "what a request cost, and held against what it says.",
            "取代内置价目表的模型价格：上游模型，然后依次为每百万输入、缓存输入、输出 token 的美元价格，"
            "例如 'grok-4.7 2 0.5 6'。上游未给出费用时使用，并与上游给出的费用对照。",
            check=checks.price_lines,
            allowed=(
                "must be a list of texts such as 'grok-4.7 2 0.5 6'",
                "形如 'grok-4.7 2 0.5 6' 的字符串列表",
            ),
            fix="write each as 'MODEL INPUT CACHED OUTPUT', in USD per million tokens.",
        ),
    ] = ()
    media_prices: Annotated[
        tuple[str, ...],
        schema.setting(
            "Prices of pictures, clips and sounds in place of the shipped list: a thing, then USD for one of "
            "it. Things are pictures/MODEL/QUALITY/RESOLUTION (QUALITY is any for a model without them), "
            "pictures/MODEL/given (each picture that an edit builds on), videos/MODEL/RESOLUTION (a second), "
            "sound/million-characters (spoken) and sound/hour (heard). Used where upstream does not say what "
            "a request cost.",
            "取代内置价目表的图片、视频与声音价格：先写计价项，再写其美元单价。计价项有 "
            "pictures/MODEL/QUALITY/RESOLUTION（不分质量的模型，QUALITY 写 any）、"
            "pictures/MODEL/given（编辑所依据的每张图片）、"
            "videos/MODEL/RESOLUTION（每秒）、sound/million-characters（合成语音每百万字符）"
            "与 sound/hour（转写每小时）。"
            "上游未给出费用时使用。",
            check=checks.media_price_lines,
            allowed=(
                "must be a list of texts such as 'videos/grok-imagine-video/720p 0.07'",
                "形如 'videos/grok-imagine-video/720p 0.07' 的字符串列表",
            ),
            fix="write each as 'THING PRICE', in USD.",
        ),
    ] = ()
