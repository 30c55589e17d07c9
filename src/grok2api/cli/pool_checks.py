"""What `doctor` finds about credentials and client keys. Must never show either."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from grok2api.cli.session import Session
from grok2api.cli.store_checks import Finding
from grok2api.config.settings import Settings
from grok2api.kit.secretbox import SecretBox
from grok2api.operations.client_keys import key_state
from grok2api.operations.views import state_of
from grok2api.storage.records import ClientKey, Credential

_USABLE = ("active", "cooling")


def pool(credentials: Sequence[Credential], box: SecretBox | None, settings: Settings) -> Finding:
    """Tell whether some credential can serve. Without `box` there is nothing to look at."""
    now = time.time()
    states = Counter(state_of(each, box, now)[0] for each in credentials) if box else Counter()
    if any(states[state] for state in _USABLE):
        return Finding("pool", "ok", ", ".join(f"{count} {state}" for state, count in sorted(states.items())))
    if states:
        found = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        return Finding("pool", "mend", f"no usable credential ({found}); see: grok2api credentials list")
    if settings.grok.api_keys:
        return Finding("pool", "ok", f"empty; the start adds {len(settings.grok.api_keys)} from XAI_API_KEY")
    return Finding("pool", "mend", "empty; add an xAI API key: grok2api credentials add")


def client_key(keys: Sequence[ClientKey], settings: Settings) -> Finding:
    """Tell whether some client can get in."""
    if settings.app.auth == "none":
        return Finding("client key", "hint", "none is asked for (app.auth = none)")
    now = time.time()
    valid = sum(key_state(each, now) == "active" for each in keys) + len(settings.app.api_key)
    if valid:
        return Finding("client key", "ok", f"{valid} valid")
    if keys:
        return Finding(
            "client key", "mend", "none is valid any more; make one: grok2api keys create --name NAME"
        )
    return Finding("client key", "hint", "none yet; the next start makes one and prints it")


async def credentials_work(session: Session, credentials: Sequence[Credential]) -> list[Finding]:
    """Ask xAI whether the credentials that are in service work."""
    from grok2api.operations.testing import asking_of, probe_all  # noqa: PLC0415  brings the HTTP client along

    async with asking_of(session.settings, session.box) as asking:
        probes = await probe_all([each for each in credentials if each.enabled], asking)
    return [
        Finding("online", "ok" if probe.ok else "mend", f"{probe.credential.name}: {probe.message}")
        for probe in probes
    ]
