"""`grok2api doctor` about media: room, the bucket, and where links lead."""

from __future__ import annotations

import pytest

from support.command_line import CommandLine

SECRET = "canary-of-a-bucket-key"
VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AZURE_STORAGE_ACCOUNT_NAME",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_STORAGE_SAS_TOKEN",
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
)


@pytest.fixture
def doctor(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """A good installation whose environment opens no bucket."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    run.secrets.append(SECRET)
    run.add()
    run("keys", "create", "--name", "laptop")
    return run


def found(doctor: CommandLine, check: str, exits: int = 0) -> tuple[str, str]:
    (row,) = (row for row in doctor.json("doctor", exits=exits) if row["check"] == check)
    return row["state"], row["message"]


@pytest.mark.parametrize(
    ("names", "state", "said"),
    [
        ({}, "ok", "cache.limit_mb = 1024"),
        ({"GROK2API_MEDIA__MIN_FREE_MB": "1000000"}, "mend", "make room"),
        ({"GROK2API_CACHE__LIMIT_MB": "10000000"}, "hint", "cache.limit_mb = 10000000 allows"),
        ({"GROK2API_CACHE__LIMIT_MB": "0"}, "ok", "nothing limits media"),
        ({"GROK2API_CACHE__ENABLE_AUTO_CLEAN": "false"}, "ok", "nothing limits media"),
        ({"GROK2API_MEDIA__STORE_URL": "memory://"}, "ok", "on their way to the bucket"),
    ],
)
def test_room_on_the_disk(
    doctor: CommandLine, monkeypatch: pytest.MonkeyPatch, names: dict[str, str], state: str, said: str
) -> None:
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    told = found(doctor, "media disk", exits=int(state == "mend"))
    assert told[0] == state
    assert said in told[1]


def test_what_is_held_already_needs_no_more_room(doctor: CommandLine) -> None:
    folder = doctor.data / "media" / "ab"
    folder.mkdir(parents=True, mode=0o700)
    with (folder / "clip").open("wb") as clip:
        clip.truncate(2 * 1024**3)
    assert found(doctor, "media disk")[0] == "ok"


@pytest.mark.parametrize(
    ("names", "state", "said"),
    [
        ({}, "ok", "this machine"),
        ({"SERVER_HOST": "0.0.0.0"}, "hint", "app.app_url is empty"),
        ({"GROK2API_SERVER__TRUSTED_PROXIES": "10.0.0.0/8"}, "hint", "app.app_url is empty"),
        ({"SERVER_HOST": "0.0.0.0", "GROK2API_APP__APP_URL": "https://g.example"}, "ok", "https://g.example"),
        ({"SERVER_HOST": "0.0.0.0", "GROK2API_MEDIA__LINKS": "upstream"}, "ok", "xAI's own"),
    ],
)
def test_where_links_lead(
    doctor: CommandLine, monkeypatch: pytest.MonkeyPatch, names: dict[str, str], state: str, said: str
) -> None:
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    told = found(doctor, "media links")
    assert told[0] == state
    assert said in told[1]


@pytest.mark.parametrize(
    ("url", "names", "state", "said"),
    [
        ("s3://b/p", ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "ok", "opened by AWS_ACCESS_KEY_ID"),
        ("s3://b/p", ("AWS_ACCESS_KEY_ID",), "mend", "AWS_SECRET_ACCESS_KEY is not set"),
        ("s3://b/p", (), "hint", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"),
        ("s3://b/p", ("AWS_WEB_IDENTITY_TOKEN_FILE",), "ok", "AWS_WEB_IDENTITY_TOKEN_FILE"),
        ("az://c", ("AZURE_STORAGE_ACCOUNT_NAME",), "mend", "AZURE_STORAGE_ACCOUNT_KEY is not set"),
        ("gs://b", ("GOOGLE_SERVICE_ACCOUNT",), "ok", "GOOGLE_SERVICE_ACCOUNT"),
        ("gs://b", (), "hint", "GOOGLE_SERVICE_ACCOUNT is not set"),
    ],
)
def test_what_opens_the_bucket(
    doctor: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    names: tuple[str, ...],
    state: str,
    said: str,
) -> None:
    monkeypatch.setenv("GROK2API_MEDIA__STORE_URL", url)
    for name in names:
        monkeypatch.setenv(name, SECRET)
    told = found(doctor, "media bucket", exits=int(state == "mend"))
    assert told[0] == state
    assert said in told[1]
