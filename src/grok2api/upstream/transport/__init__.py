"""The only HTTP client of the product, and the way through proxies. Choice of aiohttp: ADR-0003.

What is public stands here. No other package may import aiohttp or yarl.
"""

from grok2api.upstream.transport.client import MAX_ERROR_BYTES, OpenReply, Timeouts, Transport
from grok2api.upstream.transport.failure import TransportError, Where
from grok2api.upstream.transport.fetching import Fetched, Fetcher, FetchFailed, FetchRefused, Policy
from grok2api.upstream.transport.proxy import read_proxy
from grok2api.upstream.transport.reachability import reachable, reachable_directly
from grok2api.upstream.transport.resolving import Resolver, SystemResolver

__all__ = [
    "MAX_ERROR_BYTES",
    "FetchFailed",
    "FetchRefused",
    "Fetched",
    "Fetcher",
    "OpenReply",
    "Policy",
    "Resolver",
    "SystemResolver",
    "Timeouts",
    "Transport",
    "TransportError",
    "Where",
    "reachable",
    "reachable_directly",
    "read_proxy",
]
