"""Sound that carries text: as samples, in WAV files, and in MP3 files."""

from __future__ import annotations

import io
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.sandbox.media import mp3, sound
from grok2api.sandbox.media.timing import timed

FORMS = st.sampled_from(["pcm", "mulaw", "alaw"])
RATES = st.sampled_from([8_000, 24_000, 48_000])


@given(st.text(max_size=200), FORMS, RATES)
def test_samples_carry_any_text(text: str, form: str, rate: int) -> None:
    samples = sound.speak(text, form, rate, 0.1)
    assert samples.seconds() >= 0.099
    assert sound.listen(samples) == text
    assert sound.unwave(sound.wave(samples)) == samples


@given(st.text(max_size=200), st.sampled_from(sorted(mp3.RATES)), st.sampled_from([32_000, 128_000, 192_000]))
def test_mp3_files_carry_any_text(text: str, rate: int, bit_rate: int) -> None:
    found = mp3.read(mp3.write(text, rate, bit_rate, 1.0))
    assert found is not None
    assert found[0] == text
    assert found[1] == pytest.approx(1.0, abs=0.1)


@given(st.binary(max_size=400))
def test_any_bytes_are_met_without_harm(content: bytes) -> None:
    mp3.read(content)
    mp3.read(b"ID3" + content)
    sound.unwave(b"RIFF\x00\x00\x00\x00WAVE" + content)
    assert sound.listen(sound.Samples("pcm", 8_000, content)) is None


def test_two_channels_are_understood() -> None:
    samples = sound.speak("hello", "pcm", 16_000, 0.5)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(16_000)
        pairs = zip(samples.data[::2], samples.data[1::2], strict=True)
        file.writeframes(b"".join(bytes((low, high)) * 2 for low, high in pairs))
    found = sound.unwave(out.getvalue())
    assert found is not None
    assert (sound.listen(found), found.seconds()) == ("hello", 0.5)


def test_words_take_the_time_their_letters_need() -> None:
    words = timed("be quick 你好。", 10)
    assert [word["text"] for word in words] == ["be", "quick", "你", "好。"]
    assert words[0] == {"text": "be", "start": 0.0, "end": 2.0}
    assert [word["start"] for word in words[1:]] == [word["end"] for word in words[:-1]]
    assert words[-1]["end"] == 10
