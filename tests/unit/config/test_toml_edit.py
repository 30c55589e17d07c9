"""Values are put into a TOML text: exactly those, and everything else stays."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.config.toml_edit import CannotEdit, edited

FILE = """\
# my settings
[grok]
max_retry = 5 # five
retry_status_codes = [
  429, # too many
  503,
]

# about the server
[server]
port = 9000
"""


def test_values_are_added_and_replaced_and_comments_stay() -> None:
    text = edited(
        FILE,
        {"grok.retry_status_codes": (429,), "grok.timeout": 9.5, "server.port": 1, "app.app_key": 'a"\\b'},
    )
    assert text == (
        "# my settings\n[grok]\nmax_retry = 5 # five\nretry_status_codes = [429]\ntimeout = 9.5\n\n"
        '# about the server\n[server]\nport = 1\n\n[app]\napp_key = "a\\"\\\\b"\n'
    )


def test_line_ends_are_kept() -> None:
    text = edited(FILE.replace("\n", "\r\n"), {"server.host": "::", "log.level": "debug"})
    assert text.count("\n") == text.count("\r\n")
    assert tomllib.loads(text)["server"] == {"port": 9000, "host": "::"}


@pytest.mark.parametrize(
    "text",
    [
        "grok = { timeout = 1 }\n",
        "grok.timeout = 1\n",
        'note = """\n[server]\n"""\n',
        "server = 1\n",
        "[server]\nport.x = 1\n",
    ],
)
def test_an_unusual_file_is_refused_rather_than_damaged(text: str) -> None:
    values = {"grok.timeout": 2.0} if "grok" in text else {"server.port": 2}
    with pytest.raises(CannotEdit):
        edited(text, values)


_NAMES = st.sampled_from(["grok.timeout", "grok.max_retry", "server.port", "app.app_key", "cors.x", "app.y"])
_VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=20),
    st.lists(st.text("abc\"'\\#[]=\n", max_size=8), max_size=3).map(tuple),
)


@given(values=st.dictionaries(_NAMES, _VALUES, max_size=6))
def test_what_is_put_in_is_what_is_read(values: dict[str, object]) -> None:
    content = tomllib.loads(edited(FILE, values))
    for path, value in values.items():
        section, _, name = path.partition(".")
        assert content[section][name] == (list(value) if isinstance(value, tuple) else value)
    assert edited(edited(FILE, values), values) == edited(FILE, values)
