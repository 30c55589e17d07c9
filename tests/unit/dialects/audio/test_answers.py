"""A transcript in each of the forms that OpenAI's clients read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grok2api.dialects.audio.answers import TranscriptFormat, content_type, events, failure, written
from grok2api.dialects.audio.languages import language_name
from grok2api.dialects.audio.transcript import Transcript, Word, read_transcript
from grok2api.errors import UpstreamError

WORDS = (
    Word("Good", 0.0, 0.5, 0.9, "7"),
    Word("morning.", 0.5, 1.25, 0.8, "7"),
    Word("Hello!", 3.0, 3.5, None, "2"),
)
HEARD = Transcript(text="Good morning. Hello!", language="en", duration=4.0, words=WORDS)


def told(form: TranscriptFormat, **how: Any) -> Any:
    return json.loads(written(HEARD, form, **how))


def test_json_has_the_text_and_the_seconds() -> None:
    assert told("json") == {
        "text": "Good morning. Hello!",
        "usage": {"type": "duration", "seconds": 4.0},
    }


def test_text_is_the_text() -> None:
    assert written(HEARD, "text") == b"Good morning. Hello!\n"


def test_verbose_json_has_every_key_of_a_segment() -> None:
    body = told("verbose_json")
    assert body["task"] == "transcribe"
    assert (body["language"], body["duration"]) == ("english", 4.0)
    assert "words" not in body
    first, second = body["segments"]
    assert first == {
        "id": 0,
        "seek": 0,
        "start": 0.0,
        "end": 1.25,
        "text": "Good morning.",
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": pytest.approx(-0.164252),
        "compression_ratio": pytest.approx(0.619, abs=0.001),
        "no_speech_prob": 0.0,
    }
    assert (second["id"], second["seek"], second["text"]) == (1, 300, " Hello!")
    assert second["avg_logprob"] == 0.0


def test_verbose_json_has_the_words_that_are_asked_for() -> None:
    body = told("verbose_json", words=True, segments=False)
    assert "segments" not in body
    assert body["words"][1] == {"word": "morning.", "start": 0.5, "end": 1.25}


def test_speakers_are_named_in_the_order_in_which_they_begin() -> None:
    body = told("diarized_json")
    assert [(piece["id"], piece["speaker"], piece["text"]) for piece in body["segments"]] == [
        ("seg_000", "A", "Good morning."),
        ("seg_001", "B", "Hello!"),
    ]


def test_there_are_names_for_any_number_of_speakers() -> None:
    words = tuple(Word("x", at, at + 0.5, speaker=str(at)) for at in range(28))
    many = Transcript(text=" ".join(["x"] * 28), words=words)
    names = [piece["speaker"] for piece in json.loads(written(many, "diarized_json"))["segments"]]
    assert names[:2] == ["A", "B"]
    assert names[25:] == ["Z", "AA", "AB"]


def test_content_types() -> None:
    assert content_type("json") == content_type("verbose_json") == "application/json"
    assert content_type("text").startswith("text/plain")
    assert content_type("vtt").startswith("text/vtt")
    assert content_type("srt").startswith("application/x-subrip")


def stream(form: TranscriptFormat) -> list[Any]:
    content = b"".join(events(HEARD, form)).decode()
    return [json.loads(frame.removeprefix("data: ")) for frame in content.split("\n\n")[:-1]]


def test_a_stream_tells_piece_by_piece_and_then_the_whole() -> None:
    *deltas, done = stream("json")
    assert {event["type"] for event in deltas} == {"transcript.text.delta"}
    assert "".join(event["delta"] for event in deltas) == done["text"] == HEARD.text
    assert done["type"] == "transcript.text.done"
    usage = done["usage"]
    assert usage["input_tokens"] == 40
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["seconds"] == 4.0


def test_a_stream_of_speakers_tells_each_segment() -> None:
    kinds = [event["type"].rpartition(".")[2] for event in stream("diarized_json")]
    assert kinds == ["delta", "segment", "delta", "segment", "done"]
    delta, segment, *_ = stream("diarized_json")
    assert delta["segment_id"] == segment["id"]


def test_a_stream_of_silence_has_its_end() -> None:
    (only,) = events(Transcript(text=""), "json")
    assert b'"transcript.text.done","text":""' in only


def test_an_error_in_a_stream_is_one_that_the_sdk_raises() -> None:
    assert json.loads(failure(UpstreamError("No.")).removeprefix(b"data: "))["error"]["message"] == "No."


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("en", "english"),
        ("en-US", "english"),
        ("zh_CN", "chinese"),
        ("English", "English"),
        ("xx", "xx"),
        ("", ""),
    ],
)
def test_languages_have_their_english_names(told: str, name: str) -> None:
    assert language_name(told) == name


def test_the_language_that_the_client_named_stands_in() -> None:
    silent = Transcript(text="Guten Tag", duration=1.0)
    assert json.loads(written(silent, "verbose_json", hint="de"))["language"] == "german"


def test_what_upstream_leaves_out_is_no_failure() -> None:
    bare = read_transcript(b'{"text":" Hi "}')
    assert (bare.text, bare.language, bare.duration, bare.words, bare.cost_ticks) == ("Hi", "", 0.0, (), None)
    odd = read_transcript(
        b'{"text":"a b","language":null,"duration":null,"usage":{"cost_in_usd_ticks":5},'
        b'"words":[{"text":"b","start":2,"end":1,"speaker":1},{"text":"a","start":null,"end":0.5},'
        b'{"text":" "}]}'
    )
    assert [(word.text, word.start, word.end, word.speaker) for word in odd.words] == [
        ("a", 0.0, 0.5, None),
        ("b", 2.0, 2.0, "1"),
    ]
    assert (odd.duration, odd.cost_ticks) == (2.0, 5)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"text":1}', b'{"text":"a","words":{}}', b"\xff"])
def test_what_is_no_transcript_is_told(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_transcript(content)
