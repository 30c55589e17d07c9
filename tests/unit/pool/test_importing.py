"""A pasted key becomes a record that never shows it."""

from __future__ import annotations

import pytest

from grok2api.errors import InvalidRequest
from grok2api.kit.secretbox import SecretBox
from grok2api.pool.importing import hint, new_credential, secret_context

KEY = "xai-0123456789abcdefghijklmnopqrstuv"


def test_the_record_of_a_key(box: SecretBox) -> None:
    record = new_credential(f" {KEY}\n", box=box, pepper=b"p", now=5.0, tags=("team",))
    assert (record.kind, record.tier, record.status, record.created_at) == ("api_key", "super", "active", 5.0)
    assert record.name == record.hint == "xai-…stuv"
    assert record.account_id == f"acct_{record.fingerprint[:16]}"
    assert box.open(record.secret, secret_context(record.id)) == KEY
    assert KEY not in repr(record)


def test_the_same_key_is_recognised_under_the_same_pepper(box: SecretBox) -> None:
    first, again = (new_credential(KEY, box=box, pepper=b"p", now=0.0) for _ in range(2))
    assert first.fingerprint == again.fingerprint
    assert first.id != again.id
    assert new_credential(KEY, box=box, pepper=b"q", now=0.0).fingerprint != first.fingerprint


@pytest.mark.parametrize("key", ["", "  ", "xai-a b", "xai-a\nb", "xai-ключ", "xai-a\x00b", "x" * 513])
def test_what_cannot_be_a_key_is_refused_without_being_repeated(box: SecretBox, key: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        new_credential(key, box=box, pepper=b"p", now=0.0)
    assert caught.value.param == "key"
    assert not key.strip() or key not in caught.value.public_message


@pytest.mark.parametrize(("key", "shown"), [(KEY, "xai-…stuv"), ("sk-123", "…"), ("xai-12", "xai-…")])
def test_a_short_secret_is_not_shown_by_its_hint(key: str, shown: str) -> None:
    assert hint(key) == shown
