"""A credential's proxy lies sealed in the store, and one that does not open is never taken for none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grok2api.kit.secretbox import KeyRing, SealBroken, SecretBox, is_sealed
from grok2api.pool.importing import new_credential
from grok2api.pool.proxy_seal import open_proxy, seal_proxy, with_sealed_proxy
from grok2api.storage.records import Credential

URL = "http://user:canary@proxy.test:3128"
BOX = SecretBox(KeyRing("a secret key of more than thirty-two characters"))


def credential(number: int = 1) -> Credential:
    return new_credential(f"xai-canary-{number:08d}", box=BOX, pepper=b"pepper", now=1.0)


def test_it_opens_where_it_belongs_and_nowhere_else() -> None:
    one, other = credential(1), credential(2)
    stored = seal_proxy(URL, one.id, BOX)
    assert is_sealed(stored)
    assert "canary" not in stored
    assert open_proxy(replace(one, proxy=stored), BOX) == URL
    with pytest.raises(SealBroken):
        open_proxy(replace(other, proxy=stored), BOX)
    with pytest.raises(SealBroken):
        open_proxy(replace(one, proxy=stored), SecretBox(KeyRing("another key of more than thirty-two")))


def test_what_was_kept_in_the_clear_still_reads_and_none_is_none() -> None:
    assert open_proxy(replace(credential(), proxy=URL), BOX) == URL
    assert (open_proxy(credential(), BOX), seal_proxy("", "cred_1", BOX)) == ("", "")


def test_only_a_proxy_among_changes_is_sealed() -> None:
    assert with_sealed_proxy({"name": "one"}, "cred_1", BOX) == {"name": "one"}
    assert with_sealed_proxy({"proxy": ""}, "cred_1", BOX) == {"proxy": ""}
    assert is_sealed(with_sealed_proxy({"proxy": URL}, "cred_1", BOX)["proxy"])
