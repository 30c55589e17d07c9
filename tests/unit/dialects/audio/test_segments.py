"""What was heard is cut where a reader expects it, and the pieces hold the whole text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.dialects.audio.segments import LONGEST, PAUSE, WIDEST, segments_of
from grok2api.dialects.audio.transcript import Transcript, Word


def said(text: str, *, pace: float = 0.4, gaps: dict[int, float] | None = None) -> list[Word]:
    """Return the words of a text at an even pace; `gaps` are silences before some of them."""
    words, at = [], 0.0
    for number, word in enumerate(text.split()):
        at += (gaps or {}).get(number, 0.0)
        words.append(Word(word, round(at, 3), round(at + pace, 3)))
        at += pace
    return words


def heard(text: str, words: list[Word]) -> Transcript:
    return Transcript(text=text, duration=words[-1].end if words else 0.0, words=tuple(words))


def cut(text: str, words: list[Word] | None = None) -> list[str]:
    return [piece.text for piece in segments_of(heard(text, said(text) if words is None else words))]


@pytest.mark.parametrize(
    ("text", "gaps", "pieces"),
    [
        ("One two three.", {}, ["One two three."]),
        ("One two three. Four five.", {}, ["One two three.", " Four five."]),
        ("Yes. That is it.", {}, ["Yes. That is it."]),  # an end within the first second ends nothing
        ("Is it so? “It is!” He left.", {}, ["Is it so?", " “It is!” He left."]),
        ("one two three", {1: PAUSE}, ["one", " two three"]),
        ("one two three", {1: PAUSE - 0.01}, ["one two three"]),
        ("He said 'go now.' Then he went.", {}, ["He said 'go now.'", " Then he went."]),
    ],
)
def test_sentences_and_pauses_end_a_piece(text: str, gaps: dict[int, float], pieces: list[str]) -> None:
    assert cut(text, said(text, gaps=gaps)) == pieces


def test_a_long_sentence_is_cut_at_the_last_comma_of_its_second_half() -> None:
    text = "a " * 10 + "b " * 4 + "c, " + "d " * 8
    pieces = cut(text.strip())
    assert pieces[0].endswith("c,")
    assert "".join(pieces) == text.strip()


def test_a_long_sentence_without_a_comma_is_cut_before_the_word_that_is_too_much() -> None:
    text = " ".join(["word"] * 60)
    pieces = segments_of(heard(text, said(text)))
    assert all(piece.end - piece.start <= LONGEST for piece in pieces)
    assert all(len(piece.text.strip()) <= WIDEST for piece in pieces)
    assert [len(piece.words) for piece in pieces[:-1]] == [17, 17, 17]  # 17 x 0.4 s = 6.8 s, and 84 columns


def test_wide_characters_take_two_columns() -> None:
    words = [Word("字", at * 0.01, at * 0.01 + 0.01) for at in range(100)]
    pieces = segments_of(heard("字" * 100, words))
    assert [len(piece.words) for piece in pieces] == [28, 28, 28, 16]
    assert "".join(piece.text for piece in pieces) == "字" * 100


def test_another_speaker_begins_another_piece() -> None:
    words = [
        Word("Hi", 0.0, 0.2, speaker="0"),
        Word("there", 0.2, 0.4, speaker="0"),
        Word("hello", 0.4, 0.6, speaker="1"),
    ]
    pieces = segments_of(heard("Hi there hello", words))
    assert [(piece.text, piece.speaker) for piece in pieces] == [("Hi there", "0"), (" hello", "1")]


def test_marks_that_are_in_the_text_only_go_with_the_word_before() -> None:
    bare = [Word(text, at, at + 1.0) for at, text in enumerate(["hello", "world", "again"])]
    assert cut("hello, world! (again)", bare) == ["hello, world! (again)"]
    apart = [Word("hello", 0.0, 0.5), Word("world", 2.0, 3.0)]
    assert cut("hello! (world)", apart) == ["hello!", " (world)"]


def test_words_that_the_text_does_not_hold_are_joined_instead() -> None:
    words = [Word("ten", 0.0, 0.5), Word("o'clock", 2.0, 2.5)]
    assert cut("10:00", words) == ["ten", " o'clock"]
    lost = [Word("a", 0.0, 0.5), Word("c", 2.0, 2.5)]
    assert cut("a b c", lost) == ["a", " c"]


def test_a_text_without_words_is_one_piece_as_long_as_the_sound() -> None:
    (piece,) = segments_of(Transcript(text="Hello.", duration=2.5))
    assert (piece.text, piece.start, piece.end, piece.words) == ("Hello.", 0.0, 2.5, ())
    assert segments_of(Transcript(text="", duration=2.5)) == []


spoken = st.lists(
    st.tuples(
        st.text(st.sampled_from("ab字,.!?’“ö"), min_size=1, max_size=30), st.floats(0, 2), st.floats(0, 3)
    ),
    min_size=1,
    max_size=60,
)


@given(spoken, st.sampled_from([" ", ""]))
def test_the_pieces_are_the_whole_in_order(content: list[tuple[str, float, float]], joint: str) -> None:
    words, at = [], 0.0
    for text, gap, length in content:
        begin = at + gap
        at = begin + length
        words.append(Word(text, begin, at))
    whole = joint.join(text for text, _, _ in content)
    pieces = segments_of(heard(whole, words))
    assert "".join(piece.text for piece in pieces) == whole
    assert [word for piece in pieces for word in piece.words] == words
    assert all(one.end <= other.start for one, other in pairwise(pieces))
