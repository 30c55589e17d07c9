"""Sealed text opens under its own key and in its own place, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.kit.secretbox import KeyRing, SealBroken, SecretBox, UnknownSealKey, is_sealed

FIRST = "the first secret key of this store, long enough"
SECOND = "the second secret key, made after the first one"
CONTEXT = "credentials/cred_1/secret"


@pytest.fixture(scope="module")
def box() -> SecretBox:
    return SecretBox(KeyRing(FIRST))


@given(
    plaintext=st.text(st.characters(exclude_categories=["Cs"])), context=st.text(st.characters(codec="utf-8"))
)
def test_what_was_sealed_opens(box: SecretBox, plaintext: str, context: str) -> None:
    assert box.open(box.seal(plaintext, context), context) == plaintext


def test_the_format_names_version_and_key(box: SecretBox) -> None:
    version, key_id, nonce, ciphertext = box.seal("xai-secret", CONTEXT).split(":")
    assert version == "v1"
    assert len(key_id) == 8
    assert len(nonce) == 16
    assert "xai" not in ciphertext


def test_sealing_twice_gives_two_texts(box: SecretBox) -> None:
    assert box.seal("same", CONTEXT) != box.seal("same", CONTEXT)


def test_another_context_does_not_open_it(box: SecretBox) -> None:
    with pytest.raises(SealBroken) as caught:
        box.open(box.seal("xai-secret", CONTEXT), "credentials/cred_2/secret")
    assert not isinstance(caught.value, UnknownSealKey)


def test_a_key_that_is_not_on_the_ring_is_told_apart(box: SecretBox) -> None:
    sealed = box.seal("xai-secret", CONTEXT)
    with pytest.raises(UnknownSealKey) as caught:
        SecretBox(KeyRing(SECOND)).open(sealed, CONTEXT)
    assert caught.value.key_id == sealed.split(":")[1]


@given(data=st.data())
def test_any_changed_character_is_noticed(box: SecretBox, data: st.DataObject) -> None:
    sealed = box.seal("xai-secret", CONTEXT)
    place = data.draw(st.integers(0, len(sealed) - 1))
    character = data.draw(st.characters(codec="utf-8").filter(lambda drawn: drawn != sealed[place]))
    with pytest.raises(SealBroken):
        box.open(sealed[:place] + character + sealed[place + 1 :], CONTEXT)


@given(junk=st.text())
def test_junk_is_no_sealed_text(box: SecretBox, junk: str) -> None:
    with pytest.raises(SealBroken):
        box.open(junk, CONTEXT)


def test_a_new_secret_opens_old_texts_and_wants_them_sealed_again(box: SecretBox) -> None:
    old = box.seal("xai-secret", CONTEXT)
    rotated = SecretBox(KeyRing(SECOND, [FIRST]))
    new = rotated.seal(rotated.open(old, CONTEXT), CONTEXT)
    assert rotated.needs_rotation(old)
    assert not rotated.needs_rotation(new)
    assert SecretBox(KeyRing(SECOND)).open(new, CONTEXT) == "xai-secret"


def test_keys_differ_by_purpose_and_by_secret() -> None:
    ring = KeyRing(FIRST, [SECOND])
    assert ring.derive("sealed id") == KeyRing(FIRST).derive("sealed id")
    assert ring.derive("sealed id") != ring.derive("media link")
    assert ring.derive_all("sealed id") == (ring.derive("sealed id"), KeyRing(SECOND).derive("sealed id"))
    assert len(ring.derive("sealed id", 64)) == 64


@pytest.mark.parametrize("previous", [[], [FIRST]])
def test_a_short_secret_is_refused_without_being_shown(previous: list[str]) -> None:
    with pytest.raises(ValueError, match="32 or more") as caught:
        KeyRing("hunter2", previous)
    assert "hunter2" not in str(caught.value)


def test_no_repr_shows_a_key(box: SecretBox) -> None:
    ring = KeyRing(FIRST)
    shown = repr(ring) + repr(box)
    assert FIRST not in shown
    assert ring.derive("grok2api secretbox v1").hex() not in shown


def test_what_names_things_follows_the_root_and_not_the_key_that_seals() -> None:
    first, second = "first " * 6, "second " * 6
    old, new = KeyRing(first), KeyRing(second, (first,))
    assert old.root == first
    assert new.derive("ids") != old.derive("ids")
    rooted = new.rooted(first)
    assert rooted.derive("ids") == old.derive("ids")
    assert rooted.derive_all("links") == new.derive_all("links")
    sealed = SecretBox(rooted).seal("text", "place")
    assert new.maker(sealed) == second
    assert new.maker(SecretBox(old).seal("text", "place")) == first
    with pytest.raises(UnknownSealKey):
        old.maker(sealed)
    assert is_sealed(sealed)
    assert not is_sealed("v2 of the text")
