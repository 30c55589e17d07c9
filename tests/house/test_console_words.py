"""The Chinese console's words for what the server says: none is missing, and none is for nothing.

Whoever writes a message that an operator may read writes its Chinese into `server-words.zh-CN.json` as well,
or says in `SILENT` why the console never shows it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from fnmatch import fnmatch
from typing import Final

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic_core import PydanticKnownError

from grok2api.admin.problems import from_validation
from grok2api.canonical.fault import Fault, FaultKind, FaultScope
from grok2api.config.deprecations import OLD_BUDGET_ADVICE, RETIRED, RETIRED_SECTIONS, Retired
from grok2api.config.layers import from_flat
from grok2api.config.loaded import Source
from grok2api.operations.testing import in_words
from support.server_words import SAMPLE, SOURCE, Saying, holes, phrasebook, sayings

SPEAKERS: Final = (
    *("admin", "operations", "pool", "errors.py"),
    *("routing/overrides.py", "canonical/price.py", "canonical/media_price.py", "config/checks.py"),
    *[f"config/{each}.py" for each in ("consistency", "environment", "files", "layers", "loader")],
    *("media/library.py", "media/threads.py", "media/objects.py"),
    *("storage/sql/engine.py", "storage/sql/backup.py", "storage/sql/usage.py"),
    *("storage/redis/failures.py", "storage/redis/codec.py"),
    *[
        f"server/{each}.py"
        for each in ("backups", "edge", "alert_post", "release_watch", "live", "waiting_server")
    ],
    *("upstream/transport/reachability.py", "upstream/transport/tunnel.py", "upstream/transport/proxy.py"),
    *("upstream/transport/handshake.py", "upstream/transport/fetching.py", "upstream/transport/inflating.py"),
    *("upstream/transport/resolving.py", "kit/netguard.py"),
    *("upstream/xai/identity.py", "upstream/xai/faults.py", "upstream/xai/oauth.py"),
    *("upstream/xai/oauth_answer.py", "upstream/xai/oauth_discovery.py"),
    *("api/auth.py", "api/admission.py", "gateway/limits/gate.py", "accounting/budgets.py"),
    *("routing/router.py", "routing/media.py", "gateway/attempts.py", "gateway/breaker.py"),
    *("gateway/given_pictures.py", "gateway/images.py", "gateway/videos", "gateway/sound.py"),
    *("server/bookkeeping.py", "media/spool.py"),
)
"""Whose words the console shows: the admin API, what lies behind it, and the commonest refusals of /v1."""

SILENT: Final = (
    (
        "admin/oidc/*",
        r"[a-z].*|Sample7 must.*|B\w+ Sample7",
        "the audit's; the page goes by the code",
    ),
    ("admin/routes/sso.py", r"[a-z].*", "the audit's; the page goes by the code"),
    ("admin/routes/*", r"(List|Show|Say|Take|Put|End|Renew|Let|Refuse)\b[^.]*", "describes the API"),
    ("admin/*", r"(attachment; |text/|public, max-age).*|GET, HEAD", "a header"),
    ("admin/console/serving.py", r"<!doctype.*|'self'.*|camera=.*", "the page of a server without console"),
    ("admin/accounts.py", r"identity Sample7", "what a name is made from"),
    (
        "admin/*",
        r"(Sample7 )?(codes|setup|without a password)|(recovery|job) Sample7( Sample7)?",
        "names a count",
    ),
    ("admin/*", r"admin (session|token|password|password made)|redirect of a sign-in", "names a purpose"),
    ("admin/events.py", r"signed out", "the stream's end; the page asks again and is sent to sign in"),
    ("admin/bounded_body.py", r"Sample7 MiB", "a size, the same in both languages"),
    ("admin/password_entry.py", r"code missing|Sample7 codes", "the audit's"),
    ("admin/routes/operators.py", r"another one", "part of a name"),
    ("admin/routes/settings.py", r"revision Sample7", "a target of the audit"),
    ("operations/auditing.py", r"audit chain|Sample7 characters", "a purpose; a mark in what was changed"),
    (
        "operations/client_keys.py",
        r"Sample7 (rpm|tpm|at once)|from Sample7 network.*",
        "the command line's list",
    ),
    (
        "operations/configuring.py",
        r"Sample7 .*|must be a value.*|leave it.*",
        "a problem of a setting has its Chinese beside it",
    ),
    (
        "operations/setting_files.py",
        r"Sample7 is .*|the file|# .*",
        "a problem of a setting has its Chinese beside it",
    ),
    ("config/checks.py", r".*", "the rules of settings have words in config.chinese"),
    (
        "config/*",
        r"(must|set|choose|copy|is|cannot|command|the settings) .*",
        "a rule, in config.chinese; a place",
    ),
    ("config/*", r"\.env: .*|.*(--config|Fix: .*)\.", "said at the start, in the terminal"),
    ("config/layers.py", r"ha(s|ve) no effect|are Sample7", "parts of sentences that have words as a whole"),
    ("operations/importing.py", r"would (add|update)", "an outcome, which the console's own texts name"),
    ("operations/key_editing.py", r"host bits", "looked for in what a library says"),
    ("operations/loopback.py", r".*", "the page of a sign-in by the command line"),
    ("pool/pool.py", r"sandbox Sample7", "a name"),
    ("*", r"%Y.*", "the form of a time"),
    ("media/objects.py", r"media\.store_url = .*", "said at the start, in the terminal"),
    ("storage/sql/engine.py", r"[a-z].*", "notes of errors, which only the log shows"),
    ("storage/sql/backup.py", r"PRAGMA.*", "SQL"),
    ("storage/redis/codec.py", r"[a-zS].*", "a fault of the program, which is told as such"),
    ("server/backups.py", r"(pg_dump|mysqldump|redis-cli) .*", "a command"),
    ("upstream/transport/handshake.py", r"CONNECT .*|Host: .*|Proxy-.*", "HTTP"),
    ("upstream/xai/oauth_answer.py", r"HTTP Sample7.*", "what the service said, as it is"),
    ("upstream/xai/faults.py", r"[a-z].*|Sample7 bytes that.*", "looked for in what xAI says, or xAI's own"),
    ("api/auth.py", r"[a-z].*", "a fault of the program, which is told as such"),
    ("gateway/videos/*", r"the answer .*", "what is wrong with xAI's answer, told as a failure of upstream"),
    ("gateway/sound.py", r"no sound came|'Sample7' came in place of a sound", "as with videos"),
    ("kit/netguard.py", r"must be a (host|network).*", "a rule of settings"),
)
"""Of which files which texts the console never shows, and why."""

SHORT: Final = {
    "refreshed": "operations/refreshing.py",
    f"added {SAMPLE}": "operations/signing_in.py",
    f"renewed {SAMPLE}": "operations/signing_in.py",
    "cancelled": "admin/jobs.py",
    "turn": "pool/selection.py",
    "tier": "pool/roster.py",
    "tags": "pool/roster.py",
    "requests": "gateway/limits/gate.py",
    "tokens": "gateway/limits/gate.py",
    "day": "accounting/budgets.py",
    "month": "accounting/budgets.py",
    ".": "config/files.py",
    "failed": "upstream/transport/handshake.py",
}
"""Texts of one word, and names behind one, with where they stand."""

FRAMEWORK: Final[tuple[tuple[str, Mapping[str, object]], ...]] = (
    *((kind, {}) for kind in ("string_type", "int_type", "int_from_float", "int_parsing", "float_type")),
    *((kind, {}) for kind in ("float_parsing", "finite_number", "bool_type", "bool_parsing", "list_type")),
    *((kind, {}) for kind in ("dict_type", "model_attributes_type")),
    ("less_than_equal", {"le": 7}),
    ("greater_than_equal", {"ge": 7}),
    ("less_than", {"lt": 7}),
    ("greater_than", {"gt": 7}),
    ("literal_error", {"expected": "'a' or 'b'"}),
    ("string_pattern_mismatch", {"pattern": "^a+$"}),
    *(("string_too_short", {"min_length": least}) for least in (1, 2)),
    *(("string_too_long", {"max_length": most}) for most in (1, 2)),
    *(("too_short", {"field_type": "List", "min_length": least, "actual_length": 0}) for least in (1, 2)),
    *(("too_long", {"field_type": "List", "max_length": most, "actual_length": 9}) for most in (1, 2)),
)
"""What the framework may refuse in a body or a query: its kinds of error, with an example."""

BOOK = phrasebook()


def framework() -> list[str]:
    """Return what the admin API says when the framework refuses a field called "name"."""
    messages = [PydanticKnownError(kind, dict(context) or None).message() for kind, context in FRAMEWORK]  # type: ignore[arg-type]
    return [
        from_validation(
            RequestValidationError([{"type": "wrong", "loc": ("body", "name"), "msg": message}])
        ).public_message
        for message in messages
    ]


def bare(message: str) -> str:
    """Return what is said of the field, without its name."""
    return message.removeprefix("'name': ").removesuffix(".")


def checked() -> list[str]:
    """Return what a test of a credential says of every kind of fault."""
    return [
        in_words(Fault(kind=kind, scope=FaultScope.REQUEST, retryable=False, status=500, code="", message=""))
        for kind in FaultKind
    ]


def retired() -> dict[str, Retired]:
    """Return what is said of settings that older releases had, of one and of several at once."""
    paths: dict[Retired, list[str]] = defaultdict(list)
    for path, gone in RETIRED.items():
        paths[gone].append(path)
    for section, gone in RETIRED_SECTIONS.items():
        paths[gone] += [f"{section}.one", f"{section}.other"]
    said = {}
    for gone, named in paths.items():
        for some in {tuple(named[:1]), tuple(named[:2])}:
            sources = dict.fromkeys(some, Source("file", "config.toml"))
            (warning,) = from_flat(dict.fromkeys(some, "x"), sources, "config.toml").warnings
            said[warning] = gone
    return said


def silent(saying: Saying) -> int | None:
    """Return which rule says that a text is never shown."""
    return next(
        (
            at
            for at, (files, texts, _) in enumerate(SILENT)
            if fnmatch(saying.file, files) and re.fullmatch(texts, saying.text, re.DOTALL)
        ),
        None,
    )


def test_whatever_the_server_says_has_chinese_words() -> None:
    found = sayings(SPEAKERS)
    assert len(found) > 400
    missing = {
        f"{each.file}:{each.line}": each.text
        for each in found
        if BOOK.fits(each.text) is None and silent(each) is None
    }
    assert not missing, "give them words in ui/src/i18n/server-words.zh-CN.json"


def test_no_phrase_is_for_nothing_or_behind_another() -> None:
    said = [each.text for each in sayings(SPEAKERS)] + [*SHORT, *framework(), *checked(), *retired()]
    said.append(f"config.toml: grok.retry_budget {OLD_BUDGET_ADVICE}.")
    said += [bare(each) for each in framework()]
    used = {BOOK.fits(text) for text in said}
    assert not {english for at, (english, _) in enumerate(BOOK.pairs) if at not in used}


def test_no_rule_of_silence_is_for_nothing() -> None:
    used = {silent(each) for each in sayings(SPEAKERS) if BOOK.fits(each.text) is None}
    assert not {SILENT[at][:2] for at in range(len(SILENT)) if at not in used}


@pytest.mark.parametrize("text", [*SHORT, *map(bare, framework()), *framework(), *checked()])
def test_what_is_made_while_the_server_runs_has_words_too(text: str) -> None:
    assert BOOK.fits(text) is not None


def test_settings_of_older_releases_have_the_same_words_in_the_console_as_elsewhere() -> None:
    for said, gone in retired().items():
        at = BOOK.fits(said)
        assert at is not None, f"give it words in ui/src/i18n/server-words.zh-CN.json: {said}"
        chinese = "现为 {2}" if gone.moved_to else gone.chinese
        assert BOOK.pairs[at][1] == f"{{0}}：{{1}} {chinese}。"


def test_short_texts_stand_where_they_are_said_to() -> None:
    for text, file in SHORT.items():
        assert f'"{text.removesuffix(SAMPLE).strip()}"' in (SOURCE / file).read_text(encoding="utf-8")


def test_a_phrase_fills_only_holes_that_it_has_and_is_chinese() -> None:
    for english, chinese in BOOK.pairs:
        assert set(holes(chinese)) <= set(holes(english)), english
        assert sorted(set(holes(english))) == holes(english), english
        assert "!}" not in chinese, english
        assert re.search(r"[\u4e00-\u9fff：（）。]", chinese), english
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]|[,;:?!] ?[\u4e00-\u9fff]", chinese), english


def test_a_phrase_stands_there_once() -> None:
    times = Counter(english for english, _ in BOOK.pairs)
    assert not [english for english, count in times.items() if count > 1]


def test_a_message_without_words_is_found() -> None:
    new = Saying("admin/staff.py", 1, "Nobody has thought of this sentence.")
    assert BOOK.fits(new.text) is None
    assert silent(new) is None
