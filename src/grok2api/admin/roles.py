"""What each route asks of whoever calls it: one table, and nothing that is not in it is served.

A role may do all that the roles before it may. Whatever changes something has the name under which the audit
tells of it. Must never be more generous than it says: a path that no row fits is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from grok2api.storage.access import Role

Least = Literal["open"] | Role
RANKS: Final[tuple[Least, ...]] = ("open", "viewer", "operator", "owner")


@dataclass(frozen=True, slots=True)
class Rule:
    """One route.

    Attributes:
        method: The HTTP method.
        path: The path below the admin API; a part in braces stands for anything, a last one that ends in
            `:path` also for several parts.
        least: The least role; `open` needs no sign-in.
        action: How the audit calls what it changes, or what it lets see of people's words; empty if neither.
    """

    method: str
    path: str
    least: Least
    action: str = ""

    def target(self, path: str) -> str | None:
        """Return what stands in the places of the braces, `/` between; None if the path does not fit."""
        wanted, given = self.path.split("/"), path.split("/")
        if wanted[-1].endswith(":path}") and len(given) > len(wanted):
            given = [*given[: len(wanted) - 1], "/".join(given[len(wanted) - 1 :])]
        if len(wanted) != len(given):
            return None
        found = []
        for one, other in zip(wanted, given, strict=True):
            if one.startswith("{") and other:
                found.append(other)
            elif one != other:
                return None
        return "/".join(found)


RULES: Final = (
    Rule("GET", "/setup", "open"),
    Rule("POST", "/session", "open"),
    Rule("GET", "/session/sso", "open"),
    Rule("GET", "/session/sso/callback", "open"),
    Rule("GET", "/session/sso/end", "open"),
    Rule("GET", "/session", "viewer"),
    Rule("DELETE", "/session", "viewer", "session.end"),
    Rule("PUT", "/session/password", "viewer", "session.password"),
    Rule("POST", "/session/second-factor", "viewer", "session.second-factor.begin"),
    Rule("PUT", "/session/second-factor", "viewer", "session.second-factor.add"),
    Rule("POST", "/session/second-factor/removal", "viewer", "session.second-factor.remove"),
    Rule("GET", "/sessions", "viewer"),
    Rule("DELETE", "/sessions", "viewer", "sessions.revoke-all"),
    Rule("DELETE", "/sessions/{session_id}", "viewer", "sessions.revoke"),
    Rule("GET", "/operators", "owner"),
    Rule("POST", "/operators", "owner", "operators.create"),
    Rule("GET", "/operators/{operator_id}", "owner"),
    Rule("PATCH", "/operators/{operator_id}", "owner", "operators.edit"),
    Rule("DELETE", "/operators/{operator_id}", "owner", "operators.delete"),
    Rule("DELETE", "/operators/{operator_id}/second-factor", "owner", "operators.second-factor.remove"),
    Rule("GET", "/tokens", "owner"),
    Rule("POST", "/tokens", "owner", "tokens.create"),
    Rule("DELETE", "/tokens/{token_id}", "owner", "tokens.revoke"),
    Rule("GET", "/audit", "operator"),
    Rule("GET", "/audit/export", "operator"),
    Rule("GET", "/audit/verify", "operator"),
    Rule("GET", "/settings", "operator"),
    Rule("PATCH", "/settings", "owner", "settings.edit"),
    Rule("POST", "/settings/check", "operator"),
    Rule("GET", "/settings/export", "operator"),
    Rule("POST", "/settings/read", "operator"),
    Rule("GET", "/settings/history", "operator"),
    Rule("POST", "/settings/rollback", "owner", "settings.rollback"),
    Rule("GET", "/system", "viewer"),
    Rule("GET", "/release", "viewer"),
    Rule("GET", "/pool", "viewer"),
    Rule("GET", "/backups", "owner"),
    Rule("POST", "/backups", "owner", "backups.make"),
    Rule("POST", "/backups/{name}/download", "owner", "backups.download"),
    Rule("DELETE", "/backups/{name}", "owner", "backups.delete"),
    Rule("GET", "/events", "viewer"),
    Rule("GET", "/credentials", "viewer"),
    Rule("POST", "/credentials", "operator", "credentials.add"),
    Rule("POST", "/credentials/bulk", "operator", "credentials.bulk"),
    Rule("POST", "/credentials/import", "operator", "credentials.import"),
    Rule("POST", "/credentials/export", "owner", "credentials.export"),
    Rule("POST", "/credentials/sign-ins", "operator", "sign-ins.begin"),
    Rule("GET", "/credentials/sign-ins/{sign_in_id}", "operator"),
    Rule("DELETE", "/credentials/sign-ins/{sign_in_id}", "operator", "sign-ins.cancel"),
    Rule("POST", "/credentials/sign-ins/{sign_in_id}/redirect", "operator", "sign-ins.finish"),
    Rule("GET", "/credentials/{credential_id}", "viewer"),
    Rule("PATCH", "/credentials/{credential_id}", "operator", "credentials.edit"),
    Rule("DELETE", "/credentials/{credential_id}", "operator", "credentials.delete"),
    Rule("POST", "/credentials/{credential_id}/enable", "operator", "credentials.enable"),
    Rule("POST", "/credentials/{credential_id}/disable", "operator", "credentials.disable"),
    Rule("POST", "/credentials/{credential_id}/clear-cooldown", "operator", "credentials.clear-cooldown"),
    Rule("POST", "/credentials/{credential_id}/test", "operator", "credentials.test"),
    Rule("POST", "/credentials/{credential_id}/refresh", "operator", "credentials.refresh"),
    Rule("GET", "/keys", "viewer"),
    Rule("POST", "/keys", "operator", "keys.create"),
    Rule("GET", "/keys/{key_id}", "viewer"),
    Rule("PATCH", "/keys/{key_id}", "operator", "keys.edit"),
    Rule("DELETE", "/keys/{key_id}", "operator", "keys.revoke"),
    Rule("DELETE", "/keys/{key_id}/contents", "operator", "contents.delete-all"),
    Rule("POST", "/keys/{key_id}/rotate", "operator", "keys.rotate"),
    Rule("POST", "/keys/{key_id}/enable", "operator", "keys.enable"),
    Rule("POST", "/keys/{key_id}/disable", "operator", "keys.disable"),
    Rule("GET", "/models", "viewer"),
    Rule("GET", "/models/{identifier:path}", "viewer"),
    Rule("PUT", "/models/{identifier:path}", "operator", "models.set"),
    Rule("DELETE", "/models/{identifier:path}", "operator", "models.unset"),
    Rule("GET", "/media", "operator"),
    Rule("DELETE", "/media/{media_id}", "operator", "media.delete"),
    Rule("GET", "/network", "viewer"),
    Rule("POST", "/network/{way_id}/test", "operator", "network.test"),
    Rule("POST", "/media/{media_id}/link", "operator", "media.share"),
    Rule("GET", "/prices", "viewer"),
    Rule("PUT", "/prices/{model:path}", "owner", "prices.set"),
    Rule("DELETE", "/prices/{model:path}", "owner", "prices.unset"),
    Rule("PUT", "/media-prices/{thing:path}", "owner", "prices.set"),
    Rule("DELETE", "/media-prices/{thing:path}", "owner", "prices.unset"),
    Rule("GET", "/usage", "viewer"),
    Rule("GET", "/usage/summary", "viewer"),
    Rule("GET", "/alerts", "viewer"),
    Rule("POST", "/alerts/test", "operator", "alerts.test"),
    Rule("GET", "/requests", "viewer"),
    Rule("GET", "/requests/export", "viewer"),
    Rule("GET", "/requests/live", "viewer"),
    Rule("POST", "/requests/live/{request_id}/cancel", "operator", "requests.cancel"),
    Rule("GET", "/requests/{request_id}", "viewer"),
    Rule("GET", "/requests/{request_id}/explain", "viewer"),
    Rule("GET", "/requests/{request_id}/content", "operator", "contents.read"),
    Rule("DELETE", "/requests/{request_id}/content", "operator", "contents.delete"),
    Rule("GET", "/contents", "viewer"),
    Rule("GET", "/jobs", "viewer"),
    Rule("GET", "/jobs/{job_id}", "viewer"),
    Rule("DELETE", "/jobs/{job_id}", "operator", "jobs.cancel"),
    Rule("GET", "/jobs/{job_id}/events", "viewer"),
    Rule("GET", "/openapi.json", "viewer"),
)
"""Of two rows that fit a path the first counts, so that whole names stand before braces."""


def find_rule(method: str, path: str) -> tuple[Rule, str] | None:
    """Return the row of a request and what its braces stand for; None if there is none."""
    for rule in RULES:
        if rule.method == method and (target := rule.target(path)) is not None:
            return rule, target
    return None


def methods_at(path: str) -> Iterator[str]:
    """Yield the methods that are served at a path."""
    yield from sorted({rule.method for rule in RULES if rule.target(path) is not None})


def may(role: Role, least: Least) -> bool:
    """Tell whether a role is enough."""
    return RANKS.index(role) >= RANKS.index(least)
