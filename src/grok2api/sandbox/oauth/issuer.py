"""The issuer: what it grants, to whom, and what an access token of its own is worth.

All its decisions are made between two awaits of nobody, so two requests never rotate the same token. What is
ordered about an account outside (its tier) goes before what was said at sign-in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from grok2api.kit.clock import Clock
from grok2api.sandbox import refusals
from grok2api.sandbox.accounts import SUBSCRIPTIONS, Account, subscriber, team_of, user_id_of
from grok2api.sandbox.directory import Directory
from grok2api.sandbox.mint import Mint, derived_uuid
from grok2api.sandbox.oauth import errors, jwt
from grok2api.sandbox.oauth.codes import AuthorizationCodes
from grok2api.sandbox.oauth.device import DeviceCode, DeviceCodes, State
from grok2api.sandbox.oauth.families import Families, Family, Holder, Pair
from grok2api.sandbox.oauth.settings import Settings
from grok2api.sandbox.wire import Json

CLIENT_ID = "b1a00492-073a-47ea-816f-4c329264a828"
SCOPE = "openid profile email offline_access grok-cli:access api:access"
ACCOUNT = "subscriber"
TIER = "supergrok"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Issuer:
    """The state of one issuer."""

    def __init__(self, clock: Clock, mint: Mint, seed: int, directory: Directory) -> None:
        self._clock = clock
        self._directory = directory
        self._secret = hashlib.sha256(f"sandbox-issuer:{seed}".encode()).digest()
        self.settings = Settings()
        self.families = Families(clock, mint)
        self.devices = DeviceCodes(clock, mint)
        self.codes = AuthorizationCodes(clock, mint)

    def holder(self, account: str | None = None, team: str | None = None, tier: str | None = None) -> Holder:
        """Return who signs in; what is not told is taken from the orders about the account, or made up.

        Raises: ValueError for a tier that does not exist.
        """
        name = account or ACCOUNT
        chosen = team or team_of(name)
        subscription = tier or self._directory.profile(name, chosen).tier or TIER
        if subscription not in SUBSCRIPTIONS:
            raise ValueError(f"unknown tier {subscription!r}; known: {', '.join(SUBSCRIPTIONS)}")
        return Holder(name, chosen, subscription)

    def check_client(self, client_id: str | None) -> str:
        """Return a client id that is registered. Raises: Refusal invalid_client."""
        if client_id is None or not (client_id == CLIENT_ID or client_id.startswith("sandbox-")):
            raise errors.invalid_client()
        return client_id

    def start_device(self, client_id: str, scope: str | None) -> DeviceCode:
        """Return a new device code."""
        settings = self.settings
        return self.devices.start(
            client_id, scope or SCOPE, settings.device_interval, settings.device_expires
        )

    def exchange(self, form: Mapping[str, str], root: str) -> tuple[Family, Pair]:
        """Return the tokens for a form of the token endpoint; `root` is the issuer's address.

        Raises: Refusal with the error of RFC 6749 or RFC 8628 that fits.
        """
        client_id = self.check_client(form.get("client_id"))
        grant = form.get("grant_type")
        if grant == "refresh_token":
            return self._refresh(form, client_id, root)
        if grant == DEVICE_GRANT:
            code, holder = self.devices.redeem(form.get("device_code", ""), client_id)
            self._check_tier(holder)
            code.state = State.USED
            return self.sign_in(holder, client_id, code.scope, root)
        if grant == "authorization_code":
            kept = self.codes.redeem(form, client_id)
            self._check_tier(kept.holder)
            return self.sign_in(kept.holder, client_id, kept.asked.scope, root, nonce=kept.asked.nonce)
        if grant is None:
            raise errors.invalid_request("Missing parameter: grant_type")
        raise errors.refused("unsupported_grant_type", f"Unsupported grant_type: {grant}")

    def sign_in(
        self,
        holder: Holder,
        client_id: str,
        scope: str,
        root: str,
        *,
        lifetime: float | None = None,
        nonce: str | None = None,
    ) -> tuple[Family, Pair]:
        """Start a grant for `holder` and return it with its first tokens, good for `lifetime` seconds."""
        family = self.families.start(holder, client_id, scope)
        return family, self._issue(family, root, family.refresh_token, lifetime, nonce)

    def _refresh(self, form: Mapping[str, str], client_id: str, root: str) -> tuple[Family, Pair]:
        settings = self.settings
        token = form.get("refresh_token")
        if token is None:
            raise errors.invalid_request("Missing parameter: refresh_token")
        family, repeated = self.families.accept(token, client_id, settings.reuse_grace)
        if repeated is not None:
            return family, repeated
        self._check_tier(family.holder)
        refresh_token = self.families.rotate(family) if settings.rotate else None
        return family, self._issue(family, root, refresh_token)

    def _check_tier(self, holder: Holder) -> None:
        tier = self._tier(holder)
        if tier in self.settings.tier_denied or holder.account in self.settings.tier_denied:
            raise errors.tier_denied(tier)

    def _tier(self, holder: Holder) -> str:
        return self._directory.profile(holder.account, holder.team).tier or holder.tier

    def _issue(
        self,
        family: Family,
        root: str,
        refresh_token: str | None,
        lifetime: float | None = None,
        nonce: str | None = None,
    ) -> Pair:
        family.issued += 1
        now = int(self._clock.now())
        seconds = self.settings.access_token_seconds if lifetime is None else lifetime
        holder, expires = family.holder, int(now + seconds)
        person = user_id_of(holder.account)
        claims: Json = {
            "iss": root,
            "sub": person,
            "aud": family.client_id,
            "client_id": family.client_id,
            "iat": now,
            "exp": expires,
            "jti": f"{family.identifier}.{family.issued}",
            "principal_type": "user",
            "principal_id": person,
            "team_id": derived_uuid("team", holder.team),
            "tier": SUBSCRIPTIONS[self._tier(holder)],
            "scope": family.scope,
        }
        id_token = None
        if "openid" in family.scope.split():
            about = {name: claims[name] for name in ("iss", "sub", "aud", "iat", "exp")} | {
                "email": email_of(holder.account)
            }
            id_token = jwt.encode(about | ({"nonce": nonce} if nonce else {}), self._secret)
        family.last = Pair(jwt.encode(claims, self._secret), refresh_token, expires, id_token)
        return family.last

    def answer_of(self, family: Family, pair: Pair) -> Json:
        """Return the token answer for a pair."""
        told: Json = {
            "access_token": pair.access_token,
            "token_type": "Bearer",
            "expires_in": max(0, pair.expires - int(self._clock.now())),
            "scope": family.scope,
        }
        if pair.refresh_token is not None:
            told["refresh_token"] = pair.refresh_token
        return told if pair.id_token is None else told | {"id_token": pair.id_token}

    def identify(self, token: str) -> Account:
        """Return the account of an access token.

        Raises: Refusal 403, or 401 if so set, for a token that is expired, revoked or not the issuer's.
        """
        family = self._family_of(token)
        if family is None:
            raise refusals.bad_token(self.settings.bad_token_status)
        holder = family.holder
        return subscriber(token, holder.account, holder.team, holder.tier, family.client_id)

    def account_behind(self, token: str) -> str | None:
        """Return the account an access token was made for, be it good or not any more."""
        family = self._origin_of(token)[0]
        return None if family is None else family.holder.account

    def _family_of(self, token: str) -> Family | None:
        family, number, expires = self._origin_of(token)
        if family is None or family.revoked or number <= family.refused_through:
            return None
        return family if expires > self._clock.now() else None

    def _origin_of(self, token: str) -> tuple[Family | None, int, int]:
        claims = jwt.decode(token, self._secret)
        if claims is None or "jti" not in claims:
            return None, 0, 0
        identifier, _, number = claims["jti"].rpartition(".")
        return self.families.find(identifier), int(number), claims["exp"]

    def revoke_token(self, token: str) -> None:
        """Revoke the family that a token of either kind belongs to, if there is one."""
        family = self._family_of(token) if jwt.looks_like_one(token) else self.families.of_token(token)
        if family is not None:
            family.revoked = True

    def revoke_account(self, account: str, *, access_only: bool = False) -> int:
        """Revoke the grants of an account, or only the access tokens they have given out; return how many."""
        found = [family for family in self.families if family.holder.account == account]
        for family in found:
            family.refused_through = family.issued
            family.revoked = family.revoked or not access_only
        return len(found)

    def account_named_in(self, form: Mapping[str, str]) -> str | None:
        """Return the account that a form of the issuer's endpoints is about, or None while nobody knows."""
        family = self.families.of_token(form.get("refresh_token") or form.get("token") or "")
        if family is not None:
            return family.holder.account
        device = self.devices.find(form.get("device_code", ""))
        kept = self.codes.find(form.get("code", ""))
        holder = device.holder if device is not None else kept.holder if kept is not None else None
        return None if holder is None else holder.account

    def reset(self) -> Json:
        """Forget every grant, code and setting; return how many grants and device codes there were."""
        self.settings = Settings()
        self.codes.clear()
        return {"families": self.families.clear(), "device_codes": self.devices.clear()}


def email_of(account: str) -> str:
    """Return the address of an account, which is its name if that is one."""
    return account if "@" in account else f"{account}@sandbox.invalid"
