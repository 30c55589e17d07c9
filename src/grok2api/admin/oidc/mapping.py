"""Which role somebody gets, by what the provider says of him and what the settings say of that. Pure.

Nobody gets a role that no setting names, and an e-mail address counts only if the provider has verified it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from grok2api.admin.oidc.refusal import SignOnRefused
from grok2api.admin.roles import RANKS
from grok2api.storage.access import Role

if TYPE_CHECKING:
    from grok2api.config.sections.entering import Oidc

MAIL: Final = "email"
_LONGEST_NAME: Final = 64
_NAMES: Final = ("preferred_username", "name", MAIL)


def earned_role(claims: Mapping[str, Any], settings: Oidc, *, subject: str) -> Role:
    """Return the role that somebody has by the settings.

    Args:
        claims: What the provider says of him.
        settings: What that is worth.
        subject: What the provider calls him.

    Raises:
        SignOnRefused: he has none.
    """
    if not is_in_domains(claims, settings.email_domains):
        raise SignOnRefused("wrong_domain", "no verified address in oidc.email_domains", subject=subject)
    role = role_of(claims, settings.groups_claim, settings.roles)
    if role is None:
        count = len(values_of(claims, settings.groups_claim))
        raise SignOnRefused(
            "no_role",
            f"none of the {count} values of the claim {settings.groups_claim!r} is in oidc.roles",
            subject=subject,
        )
    return role


def values_of(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the texts of a claim; a name with dots also leads into objects."""
    if name == MAIL:
        address = verified_mail(claims)
        return (address,) if address else ()
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    listed = found if isinstance(found, list) else [found]
    return tuple(each for each in listed if isinstance(each, str) and each)


def role_of(claims: Mapping[str, Any], claim: str, rules: Sequence[str]) -> Role | None:
    """Return the highest role that a rule gives to one of the values of a claim; None if none does.

    Args:
        claims: What the provider says.
        claim: The name of the claim that counts.
        rules: `value=role`; addresses are compared without regard to case.
    """
    values, roles = values_of(claims, claim), set[Role]()
    for rule in rules:
        value, _, role = rule.rpartition("=")
        wanted = value.strip().lower() if claim == MAIL else value.strip()
        known = _role(role)
        if known is not None and wanted in values:
            roles.add(known)
    return max(roles, key=RANKS.index, default=None)


def is_in_domains(claims: Mapping[str, Any], domains: Sequence[str]) -> bool:
    """Tell whether somebody's verified address lies in one of the domains; without domains all do."""
    return not domains or verified_mail(claims).rpartition("@")[2] in domains


def verified_mail(claims: Mapping[str, Any]) -> str:
    """Return the address that the provider has verified, in lower case; empty if there is none."""
    address = claims.get(MAIL)
    verified = claims.get("email_verified") in {True, "true"}
    return address.lower() if isinstance(address, str) and verified and "@" in address else ""


def name_of(claims: Mapping[str, Any]) -> str:
    """Return what people may call somebody: a text of 1 to 64 characters that says nothing of a right."""
    for each in (*_NAMES, "sub"):
        told = claims.get(each)
        if isinstance(told, str):
            visible = "".join(char if char.isprintable() else " " for char in told).strip()
            if visible:
                return visible[:_LONGEST_NAME].strip()
    return "somebody"


def _role(name: str) -> Role | None:
    roles: tuple[Role, ...] = ("viewer", "operator", "owner")
    return next((each for each in roles if each == name), None)
