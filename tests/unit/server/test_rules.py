"""From settings to rules: what media goes by itself."""

from __future__ import annotations

import msgspec
import pytest

from grok2api.config.settings import Settings
from grok2api.media.janitor import CleaningRules
from grok2api.server.rules import cleaning_rules, media_rules

DEFAULT = Settings()
HOUR = 3600.0


def rules(*, link_hours: float = 24.0, **cache: object) -> CleaningRules:
    replace = msgspec.structs.replace
    media, kept = replace(DEFAULT.media, link_hours=link_hours), replace(DEFAULT.cache, **cache)
    return cleaning_rules(replace(DEFAULT, media=media, cache=kept))


def test_by_default_a_gibibyte_is_kept_for_a_week() -> None:
    assert rules() == CleaningRules(enabled=True, capacity=2**30, keep=168 * HOUR)
    assert media_rules(DEFAULT).limit == 2**30


@pytest.mark.parametrize(("hours", "links", "kept"), [(48, 24, 48), (1, 24, 24), (0, 24, 0), (24, 720, 720)])
def test_media_lasts_as_long_as_links_to_it(hours: float, links: float, kept: float) -> None:
    assert rules(max_age_hours=float(hours), link_hours=float(links)).keep == kept * HOUR


def test_nothing_is_no_limit() -> None:
    assert rules(limit_mb=0).capacity == 0
    assert rules(enable_auto_clean=False).enabled is False
