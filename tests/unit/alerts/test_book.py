"""Each thing is told once when it begins and once when it ends, whatever comes in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grok2api.alerts.alert import Alert, Notice
from grok2api.alerts.book import CALM, HOLD, Book, delivered, look, merged, read, taken_over, write

LAST = Alert("pool.last_usable", facts={"name": "one"})
AWAY = Alert("store.degraded", "store")
GONE = Alert("sign_in.expired", "cred_1", {"name": "two"})


def told(book: Book, due: tuple[Notice, ...]) -> Book:
    for notice in due:
        book = delivered(book, notice)
    return book


def events(due: tuple[Notice, ...]) -> list[tuple[str, str]]:
    return [(each.event, each.alert.key) for each in due]


def test_what_is_gone_within_seconds_is_not_told() -> None:
    first = look({}, [LAST], 100.0)
    assert first.due == ()
    assert look(first.book, [], 100.0 + CALM).book == {}


def test_a_thing_is_told_once_it_has_lasted_and_once_more_when_it_is_over() -> None:
    first = look({}, [LAST], 100.0)
    second = look(first.book, [LAST], 100.0 + HOLD)
    assert events(second.due) == [("raised", "pool.last_usable:")]
    assert second.due[0].since == 100.0
    book = told(second.book, second.due)
    assert look(book, [LAST], 500.0).due == ()
    ended = look(look(book, [LAST], 500.0).book, [], 500.0 + CALM)
    assert events(ended.due) == [("resolved", "pool.last_usable:")]
    assert told(ended.book, ended.due) == {}


def test_what_was_not_delivered_is_due_again() -> None:
    book = look({}, [GONE], 0.0).book
    for now in (20.0, 30.0):
        turn = look(book, [GONE], now)
        assert events(turn.due) == [("raised", "sign_in.expired:cred_1")]
        book = turn.book


def test_what_comes_back_before_it_was_called_off_is_the_same() -> None:
    turn = look(look({}, [GONE], 0.0).book, [GONE], 20.0)
    book = told(turn.book, turn.due)
    assert look(book, [], 20.0 + CALM - 1).due == ()
    assert look(look(book, [], 60.0).book, [GONE], 70.0).due == ()


def test_a_reminder_comes_in_its_time_only() -> None:
    turn = look(look({}, [GONE], 0.0).book, [GONE], 20.0)
    book = told(turn.book, turn.due)
    assert look(book, [GONE], 1000.0).due == ()
    assert look(book, [GONE], 3619.0, remind_after=3600.0).due == ()
    again = look(book, [GONE], 3620.0, remind_after=3600.0)
    assert events(again.due) == [("reminder", "sign_in.expired:cred_1")]
    assert look(told(again.book, again.due), [GONE], 3700.0, remind_after=3600.0).due == ()


def test_a_clock_that_goes_back_leaves_nothing_standing_for_ever() -> None:
    turn = look(look({}, [GONE], 10_000.0).book, [GONE], 10_020.0)
    book = told(turn.book, turn.due)
    assert events(look(book, [], 50.0).due) == [("resolved", "sign_in.expired:cred_1")]


def test_what_is_not_known_is_neither_raised_nor_called_off_nor_told_again() -> None:
    unknown = {GONE.kind}
    first = look({}, [GONE, LAST], 0.0)
    assert look(first.book, [LAST], 20.0, unknown=unknown).due[0].alert == LAST
    turn = look(first.book, [GONE, LAST], 20.0)
    book = told(turn.book, turn.due)
    later = look(book, [LAST], 5000.0, unknown=unknown, remind_after=3600.0)
    assert events(later.due) == [("reminder", "pool.last_usable:")]
    assert look(later.book, [LAST], 5000.0 + CALM - 1).due == ()
    assert events(look(later.book, [LAST], 5000.0 + CALM).due) == [("resolved", "sign_in.expired:cred_1")]


def test_a_book_that_is_taken_over_counts_as_seen_now() -> None:
    turn = look(look({}, [GONE], 0.0).book, [GONE], 20.0)
    book = taken_over(told(turn.book, turn.due), 9000.0)
    assert look(book, [], 9000.0 + CALM - 1).due == ()
    assert events(look(book, [], 9000.0 + CALM).due) == [("resolved", "sign_in.expired:cred_1")]
    behind = taken_over(told(turn.book, turn.due), 5.0)
    assert look(behind, [GONE], 5.0, remind_after=3600.0).due == ()


def test_what_two_have_written_is_kept_of_both() -> None:
    kept = look({}, [GONE], 0.0).book
    own_turn = look(kept, [GONE, LAST], 20.0)
    own = told(own_turn.book, own_turn.due)
    other = look(kept, [GONE, AWAY], 20.0).book
    both = merged(own, kept, other)
    assert both.keys() == {GONE.key, LAST.key, AWAY.key}
    assert both[GONE.key].told == 20.0
    assert merged({}, kept, other).keys() == {AWAY.key}, "what was called off here"
    assert merged(kept, kept, {}) == {}, "what was called off there"


def test_a_book_is_read_as_it_was_written() -> None:
    book = look({}, [LAST, GONE], 5.0).book
    assert read(write(book)) == book
    assert read("") == read("{") == read('{"a":1}') == {}


@given(st.lists(st.tuples(st.sets(st.sampled_from([LAST.key, GONE.key])), st.booleans()), max_size=60))
def test_begin_and_end_take_turns(seconds: list[tuple[set[str], bool]]) -> None:
    """Looks every five seconds, with deliveries that fail at random."""
    book: Book = {}
    heard: dict[str, list[str]] = {}
    for number, (present, delivers) in enumerate(seconds):
        turn = look(book, [each for each in (LAST, GONE) if each.key in present], number * 5.0)
        book = turn.book
        for notice in turn.due if delivers else ():
            book = delivered(book, notice)
            heard.setdefault(notice.alert.key, []).append(notice.event)
    for story in heard.values():
        assert story == (["raised", "resolved"] * len(story))[: len(story)]
