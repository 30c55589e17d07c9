"""Sounds are known by their first bytes; what upstream does not hear is refused by its name."""

from __future__ import annotations

import pytest

from grok2api.dialects.audio.sounds import checked_sound, sound_of
from grok2api.errors import InvalidRequest, Unsupported

WEBM = bytes.fromhex("1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878104")
MATROSKA = WEBM.replace(b"\x42\x82\x84webm", b"\x42\x82\x88matroska")
HEARD = [
    (b"RIFF\x24\x00\x00\x00WAVEfmt ", "wav"),
    (b"RF64\xff\xff\xff\xffWAVEds64", "wav"),
    (b"ID3\x04\x00", "mp3"),
    (b"\xff\xfb\x90\x64", "mp3"),
    (b"\xff\xf3\x40\xc0", "mp3"),
    (b"\xff\xf1\x50\x80", "aac"),
    (b"\xff\xf9\x50\x80", "aac"),
    (b"ADIF", "aac"),
    (b"OggS\x00\x02", "ogg"),
    (b"fLaC\x00\x00\x00\x22", "flac"),
    (b"\x00\x00\x00\x20ftypM4A ", "mp4"),
    (b"\x00\x00\x00\x18ftypmp42", "mp4"),
    (MATROSKA, "mkv"),
    (b"no sound at all", ""),
    (b"\xff", ""),
    (b"\xff\xff\xff\xff", "mp3"),
]
FOREIGN = [
    (WEBM, "WebM"),
    (b"FORM\x00\x00\x10\x00AIFF", "AIFF"),
    (b"FORM\x00\x00\x10\x00AIFC", "AIFF"),
    (b"#!AMR\n", "AMR"),
    (b"caff\x00\x01", "CAF"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9", "WMA (ASF)"),
    (b"RIFF\x24\x00\x00\x00AVI LIST", "AVI"),
    (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "WebP"),
    (b"%PDF-1.7", "PDF"),
    (b"\x89PNG\r\n", "PNG"),
    (b"\xff\xd8\xff\xe0", "JPEG"),
    (b"PK\x03\x04", "ZIP"),
    (b"<!DOCTYPE html>", "HTML"),
]


@pytest.mark.parametrize(("head", "name"), HEARD)
def test_what_upstream_hears_is_known(head: bytes, name: str) -> None:
    sound = checked_sound(head, "file")
    assert (sound.name, sound.readable) == (name, True)
    assert sound.media_type == ("application/octet-stream" if not name else sound.media_type)
    assert sound.media_type.partition("/")[0] in {"audio", "video", "application"}


@pytest.mark.parametrize(("head", "name"), FOREIGN)
def test_what_it_does_not_hear_is_refused_by_name(head: bytes, name: str) -> None:
    with pytest.raises(Unsupported) as refused:
        checked_sound(head, "messages[0].content[1]")
    assert f"is {name}," in refused.value.public_message
    assert "wav, mp3" in refused.value.public_message
    assert refused.value.param == "messages[0].content[1]"


def test_a_webm_may_be_mended() -> None:
    with pytest.raises(Unsupported, match="put into mkv"):
        checked_sound(WEBM, "file")


def test_nothing_is_no_sound() -> None:
    with pytest.raises(InvalidRequest, match="empty"):
        checked_sound(b"", "file")


@pytest.mark.parametrize("head", [head for head, _ in HEARD + FOREIGN])
def test_a_beginning_that_is_cut_short_is_never_an_error(head: bytes) -> None:
    for length in range(len(head)):
        sound_of(head[:length])
