"""A store with a record of every type, written by the verbs that servers use and sealed as servers seal, and
what those verbs then tell of it.
"""

from __future__ import annotations

from typing import Any

from grok2api.kit.secretbox import SecretBox
from grok2api.storage.access import AdminAnswer, ApiToken, Operator, SecondFactor, SignInAttempts
from grok2api.storage.auditing import AuditEntry
from grok2api.storage.budgets import BudgetHold, Charge
from grok2api.storage.canary import check_canary
from grok2api.storage.contents import RequestContent, content_context, content_id
from grok2api.storage.files import FileRecord
from grok2api.storage.live import LiveView, LiveWish
from grok2api.storage.models import ModelOverride
from grok2api.storage.records import (
    AdminSession,
    Asset,
    ClientKey,
    Credential,
    JobRecord,
    RunEnd,
    RunFrames,
    RunRecord,
    SettingOverride,
    TraceRecord,
    Transcript,
    UsageRecord,
)
from grok2api.storage.stores import Records
from grok2api.storage.versions import SettingVersion
from grok2api.storage.videos import VideoJob

NOW = 1_795_000_000.125
PLAIN = "plain-canary-of-a-secret"
MOST = 9
"""Records of a type that may be made and are looked for, one more than there are."""


async def fill(records: Records, box: SecretBox, *, many: int = 3) -> None:
    """Write records of every type.

    Args:
        records: An empty store.
        box: What secrets are sealed with.
        many: How many of each; 3 to 8.
    """
    await check_canary(records.meta, box)
    await records.meta.put("password", "$argon2id$v=19$…")
    await records.meta.put("media namespace", "0a1b")
    for number in range(many):
        await _fill_pool(records, box, number)
        await _fill_ledger(records, number)
        await _fill_house(records, number)
        await _fill_media(records, box, number)
        await _fill_words(records, box, number)
        await _fill_runs(records, box, number)
    await _fill_access(records, box, many)
    await _fill_budgets(records)
    await records.credentials.delete("cred_0001")
    await records.keys.delete("key_0001")
    await records.credentials.set_health("cred_0002", status="cooling", reason="rest", cooldown_until=NOW + 9)
    await records.claims.acquire("refresh/cred_0002", holder="somebody", seconds=60, now=NOW)
    await records.jobs.request_cancel("job_0000")
    await records.files.delete("file_0001", now=NOW)
    await records.videos.forget("video_0000", key_id="key_0000")
    await records.assets.touch("asset_0002", now=NOW + 500)


async def _fill_pool(records: Records, box: SecretBox, number: int) -> None:
    identifier = f"cred_{number:04}"
    await records.credentials.add(
        Credential(
            id=identifier,
            kind="oauth" if number % 2 else "api_key",
            name=f"灵 'key' \"{number}\" \\ %",
            tier="super",
            tags=("a", "b c") if number % 2 else (),
            proxy="http://user:pass@127.0.0.1:1",
            account_id="team-1",
            former_accounts=("team-0",),
            fingerprint=f"fingerprint-{number}",
            hint="xai-…wxyz",
            secret=box.seal(PLAIN, f"credentials/{identifier}/secret"),
            expires_at=NOW / 3 if number % 2 else None,
            generation=number,
            quota_left=1 / 3,
            created_at=NOW + number,
            updated_at=NOW,
        )
    )
    await records.keys.add(
        ClientKey(
            id=f"key_{number:04}",
            name="laptop",
            hash=f"{number:064x}",
            hint="sk-…wxyz",
            models=("grok-4",),
            rescue_seconds=0.1,
            created_at=NOW,
            updated_at=NOW,
        )
    )
    setting = SettingOverride(path=f"grok.setting_{number:04}", value='{"a":1}', updated_at=NOW)
    await records.settings.put(setting)


async def _fill_ledger(records: Records, number: int) -> None:
    request_id = f"req_{number:05}" if number % 3 else f"chosen-{number // 3}#{number}"
    usage = UsageRecord(
        request_id=request_id,
        started_at=NOW + number,
        key_id="key_0000",
        operation="chat",
        model="grok-4",
        credential_id=f"cred_{number % 3:04}" if number % 4 else "",
        status=200,
        end="completed",
        input_tokens=number,
        cost_ticks=2**62 if number == 0 else number,
        first_byte_ms=None if number % 2 else 0.1,
        total_ms=12.5,
    )
    content = '{"attempts":["\\u0000"]}'
    trace = TraceRecord(request_id=request_id, started_at=NOW + number, content=content)
    await records.usage.append([usage], [trace])


async def _fill_house(records: Records, number: int) -> None:
    session = AdminSession(hash=f"session-{number}", created_at=NOW, expires_at=NOW + 100 + number)
    await records.sessions.put(session)
    await records.jobs.put(
        JobRecord(
            id=f"job_{number:04}",
            kind="import",
            state="done" if number % 2 else "running",
            holder="worker",
            total=9,
            result='{"a":[1]}',
            created_at=NOW + number,
            updated_at=NOW + number,
        )
    )


async def _add_account(records: Records, box: SecretBox, number: int) -> None:
    await records.operators.add(
        Operator(
            id=f"op_{number}",
            name=f"Op {number}",
            mark=f"op {number}",
            role="viewer",
            password_hash="" if number % 2 else "$argon2id$",
            created_at=NOW,
            updated_at=NOW,
            identity=f"{number:064x}" if number % 2 else None,
            issuer="https://id.example.com/realms/灵" if number % 2 else None,
            subject=f"subject-{number}" if number % 2 else None,
        )
    )
    await records.second_factors.add(
        SecondFactor(
            id=f"op_{number}",
            secret=box.seal(PLAIN, f"second-factors/op_{number}"),
            recovery_codes=(f"{number:064x}", "f" * 64),
            created_at=NOW,
            updated_at=NOW,
        )
    )


def _failed(number: int) -> SignInAttempts:
    name = f"{number:064x}"
    return SignInAttempts(id=name, version=1, failures=1, first_at=NOW, last_at=NOW, expires_at=NOW + 3600)


async def _fill_access(records: Records, box: SecretBox, many: int) -> None:
    for number in range(1, many + 1):
        content = box.seal(PLAIN, f"settings/versions/{number}")
        path = f"secret.setting_{number:04}"
        setting = SettingOverride(path=path, value=box.seal(PLAIN, f"settings/{path}"), updated_at=NOW)
        version = SettingVersion(number=number, at=NOW, actor="灵", content=content)
        await records.settings.apply(version, [setting], [])
        model = ModelOverride(id=f"model-{number}", content="{}", created_at=NOW, updated_at=NOW)
        await records.models.put(model)
        await _add_account(records, box, number)
        await records.tokens.add(
            ApiToken(
                id=f"token_{number}",
                name="ci",
                role="owner",
                hash=f"{number:064x}",
                hint="…",
                created_by="owner",
                created_at=NOW,
            )
        )
        answer = AdminAnswer(
            id=f"answer_{number}",
            digest="d",
            status=200,
            content=box.seal_bytes(PLAIN.encode(), f"answers/answer_{number}"),
            created_at=NOW,
            expires_at=NOW + 10,
        )
        await records.answers.begin(answer, now=NOW)
        await records.attempts.swap(_failed(number), now=NOW)
        await records.audit.append(
            AuditEntry(
                sequence=number,
                at=NOW,
                actor_id="",
                actor="owner",
                role="owner",
                way="cli",
                address="",
                action="keys.create",
                target=f"key_{number}",
                outcome="done",
                after='{"a":1}',
                hash=f"{number:064x}",
            )
        )
    await records.models.delete("model-1")
    await records.live.show(LiveView(holder="worker", at=NOW, content="[]"))
    await records.live.wish([LiveWish(name="watch", until=NOW + 5)])


async def _fill_budgets(records: Records) -> None:
    for number in range(3):
        hold = BudgetHold(
            id=f"req_{number}",
            key_id="key_0000",
            day=f"2026-11-2{number}",
            month="2026-11",
            amount=10 + number,
            until=NOW + 100,
        )
        await records.budgets.reserve(hold, day_limit=2**40, month_limit=2**40, now=NOW)
    charge = Charge(id="req_1", key_id="key_0000", day="2026-11-21", month="2026-11", ticks=7, at=NOW)
    await records.budgets.settle([charge])


async def _fill_media(records: Records, box: SecretBox, number: int) -> None:
    await records.files.put(
        FileRecord(
            id=f"file_{number:04}",
            key_id="key_0000",
            account="aa",
            upstream_id=f"file-{number}",
            filename="报告.pdf",
            size=2**40,
            purpose="assistants",
            created_at=NOW + number,
            expires_at=NOW + 1000 if number % 3 == 2 else None,
        )
    )
    await records.assets.add(
        Asset(
            id=f"asset_{number:04}",
            owner="key_0000",
            kind="image",
            mime="image/png",
            size=100 + number,
            etag="e",
            created_at=NOW + number,
            last_used_at=NOW + number,
            host="" if number % 2 else "data-1",
        )
    )
    identifier = f"video_{number:04}"
    await records.videos.begin(
        VideoJob(
            id=identifier,
            key_id="key_0000",
            dialect="openai",
            operation="generations",
            state="completed" if number % 2 else "running",
            model="grok-imagine-1.0-video",
            prompt=box.seal(PLAIN, f"videos/{identifier}/prompt"),
            link=box.seal(PLAIN, f"videos/{identifier}/link") if number % 2 else "",
            seconds=6,
            size="1280x720",
            resolution="720p",
            cost_ticks=2**40 if number % 2 else None,
            request_id=f"req_{number}",
            idempotency=f"idempotency-{number}" if number % 2 else None,
            started_at=NOW,
            created_at=NOW + number,
            completed_at=NOW + 5 if number % 2 else None,
            holder="" if number % 2 else "worker",
            fence=number,
            held_until=NOW + 60,
        )
    )


async def _fill_words(records: Records, box: SecretBox, number: int) -> None:
    identifier = f"{number:064x}"
    content = box.seal_bytes(PLAIN.encode(), f"transcripts/{identifier}/content")
    transcript = Transcript(
        id=identifier, key_id=f"key_{number % 2:04}", content=content, created_at=NOW, expires_at=NOW + number
    )
    await records.transcripts.put([transcript])
    identifier = content_id(f"req_{number:05}", f"key_{number % 2:04}")
    words = RequestContent(
        id=identifier,
        request_id=f"req_{number:05}",
        key_id=f"key_{number % 2:04}",
        content=box.seal_bytes(PLAIN.encode(), content_context(identifier)),
        created_at=NOW,
        expires_at=NOW + number,
    )
    await records.contents.put([words])


async def _fill_runs(records: Records, box: SecretBox, number: int) -> None:
    identifier = f"run_{number:04}"

    def frames(first: int, count: int) -> RunFrames:
        content = box.seal_bytes(PLAIN.encode(), f"runs/{identifier}/{first}")
        return RunFrames(run_id=identifier, first=first, count=count, content=content)

    run = RunRecord(id=identifier, holder="worker", created_at=NOW, beat_at=NOW)
    await records.runs.begin(run, frames(0, 2))
    await records.runs.append([frames(2, 5)], now=NOW + 1)
    if number % 2:
        response = box.seal_bytes(PLAIN.encode(), f"runs/{identifier}/response")
        end = RunEnd(
            run_id=identifier,
            state="completed",
            frames=frames(7, 1),
            response=response,
            cut=False,
            at=NOW + 2,
        )
        await records.runs.finish(end)


async def _answer(records: Records, identifier: str) -> AdminAnswer | None:
    """Return what is in the place of a new answer, which is taken away again if nothing was."""
    new = AdminAnswer(id=identifier, digest="", created_at=NOW, expires_at=NOW + 1)
    present = await records.answers.begin(new, now=NOW)
    if present is None:
        await records.answers.delete(identifier)
    return present


async def told(records: Records) -> dict[str, Any]:
    """Return what the verbs tell of everything, in words that do not depend on the backend."""
    usage = await records.usage.recent(10_000)
    jobs = await records.jobs.recent(10_000)
    runs = [f"run_{number:04}" for number in range(MOST)]
    assets = await records.assets.recent(10_000)
    return {
        "credentials": await records.credentials.list(),
        "keys": await records.keys.list(),
        "settings": await records.settings.list(),
        "usage": usage,
        "latest": await records.usage.latest("chosen-0"),
        "totals": await records.usage.totals(),
        "traces": [await records.usage.trace(each.cursor) for each in usage[:50]],
        "sessions": [await records.sessions.get(f"session-{number}") for number in range(MOST)],
        "jobs": jobs,
        "runs": [await records.runs.get(each) for each in runs],
        "run responses": [await records.runs.response(each) for each in runs],
        "run frames": [await records.runs.frames_from(each, 0, limit=100) for each in runs],
        "runs counted": await records.runs.count(),
        "runs running": await records.runs.running("worker"),
        "transcripts": [await records.transcripts.get(f"{number:064x}") for number in range(MOST)],
        "owners": await records.transcripts.owners(),
        "contents": [
            await records.contents.get(content_id(f"req_{number:05}", f"key_{number % 2:04}"))
            for number in range(MOST)
        ],
        "videos": await records.videos.list("key_0000", 10_000),
        "all videos": [await records.videos.get(f"video_{number:04}") for number in range(MOST)],
        "open videos": await records.videos.count_open("key_0000"),
        "same wish": await records.videos.with_idempotency("idempotency-1"),
        "assets": assets,
        "sizes": [await records.assets.total_size(host) for host in ("", "data-1")],
        "files": await records.files.page("key_0000", now=NOW, limit=10_000, purpose="assistants"),
        "all files": [await records.files.get(f"file_{number:04}") for number in range(MOST)],
        "versions": await records.settings.versions(100),
        "models": await records.models.list(),
        "operators": await records.operators.list(),
        "marked": await records.operators.marked("op 1"),
        "identified": await records.operators.identified(f"{1:064x}"),
        "second factors": await records.second_factors.list(),
        "tokens": await records.tokens.list(),
        "hashed": await records.tokens.hashed(f"{1:064x}"),
        "answers": [await _answer(records, f"answer_{number}") for number in range(1, MOST)],
        "audit": await records.audit.after(0, limit=100),
        "audit head": await records.audit.head(),
        "budgets": await records.budgets.windows(
            ["key_0000"], ["2026-11", "2026-11-20", "2026-11-21", "2026-11-22"]
        ),
        "sums": await records.usage.summarise(int(NOW) - 7200, int(NOW) + 7200, step=3600, by="model"),
        "password": await records.meta.get("password"),
        "namespace": await records.meta.get("media namespace"),
        "canary": await records.meta.get("canary"),
    }


def sealed_texts(told_of: dict[str, Any]) -> list[tuple[str, str]]:
    """Return every sealed text of what `told` told, with the context in which it opens."""
    found = [(each.secret, f"credentials/{each.id}/secret") for each in told_of["credentials"]]
    for video in filter(None, told_of["all videos"]):
        found.append((video.prompt, f"videos/{video.id}/prompt"))
        if video.link:
            found.append((video.link, f"videos/{video.id}/link"))
    for run, response, frames in zip(
        told_of["runs"], told_of["run responses"], told_of["run frames"], strict=True
    ):
        if response:
            found.append((response, f"runs/{run.id}/response"))
        found += [(each.content, f"runs/{each.run_id}/{each.first}") for each in frames]
    found += [(each.content, f"settings/versions/{each.number}") for each in told_of["versions"]]
    found += [(each.content, f"answers/{each.id}") for each in filter(None, told_of["answers"])]
    found += [(each.value, f"settings/{each.path}") for each in told_of["settings"] if "secret" in each.path]
    found += [(each.content, content_context(each.id)) for each in filter(None, told_of["contents"])]
    transcripts = filter(None, told_of["transcripts"])
    return found + [(each.content, f"transcripts/{each.id}/content") for each in transcripts]
