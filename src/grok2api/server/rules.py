"""From the settings of a snapshot to the rules that each part goes by. Must never keep a setting itself."""

from __future__ import annotations

from grok2api.config.settings import Settings
from grok2api.media.janitor import CleaningRules
from grok2api.media.library import MediaRules
from grok2api.pool.health import CooldownRules
from grok2api.pool.pool import PoolRules
from grok2api.pool.refresh.rules import RefreshRules

_MEBIBYTE = 1_048_576
_HOUR = 3600.0


def pool_rules(settings: Settings) -> PoolRules:
    """Return the pool's settings of a snapshot."""
    pool = settings.pool
    return PoolRules(
        strategy=pool.strategy,
        queue_length=settings.performance.queue_length,
        queue_wait=settings.performance.queue_wait,
        queue_rest=pool.queue_rest_seconds,
        cooldown=CooldownRules(
            rate_limit=pool.rate_limit_seconds,
            retry_after_cap=settings.grok.retry_after_cap,
            upstream_error=pool.upstream_error_seconds,
            upstream_error_cap=pool.upstream_error_cap_seconds,
            unreadable=pool.unreadable_seconds,
            no_credit=pool.no_credit_seconds,
            quota=pool.quota_seconds,
            quota_cap=pool.quota_cap_seconds,
            denied=pool.denied_seconds,
            model_missing=pool.model_missing_seconds,
            proxy=pool.proxy_seconds,
            proxy_cap=pool.proxy_cap_seconds,
            blast_share=pool.blast_share,
            last_usable=pool.last_usable_seconds,
            fail_threshold=settings.token.fail_threshold,
        ),
    )


def refresh_rules(settings: Settings) -> RefreshRules:
    """Return how sign-ins are refreshed."""
    return RefreshRules(
        lead=settings.token.refresh_lead_seconds, retry_after_cap=settings.grok.retry_after_cap
    )


def media_rules(settings: Settings) -> MediaRules:
    """Return what media is taken in."""
    return MediaRules(limit=settings.media.max_mb * _MEBIBYTE, spare=settings.media.min_free_mb * _MEBIBYTE)


def cleaning_rules(settings: Settings) -> CleaningRules:
    """Return what media goes by itself; by its age not before the links to it have ended."""
    cache, hours = settings.cache, settings.cache.max_age_hours
    return CleaningRules(
        enabled=cache.enable_auto_clean,
        capacity=cache.limit_mb * _MEBIBYTE,
        keep=max(hours, settings.media.link_hours) * _HOUR if hours else 0.0,
    )
