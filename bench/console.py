"""Measure the console with ten thousand credentials and a million requests: `python bench/console.py --help`.

A real server on SQLite or PostgreSQL, the sandbox as its upstream, and a real Chromium. It prints what it
measured and judges nothing: exit code 0 once everything was measured.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)
sys.path[1:1] = [str(ROOT / "src"), str(ROOT / "tests")]

from bench.console_api import METRICS_TOKEN, PASSWORD, Api, Traffic, late_by, lateness, shares  # noqa: E402  the path above comes first
from bench.console_browser import measure  # noqa: E402
from bench.console_ledger import DAY, database_url, fill, rows  # noqa: E402
from bench.processes import cpu_seconds  # noqa: E402

from support.database_servers import made_database  # noqa: E402
from support.processes import Gateway, Sandbox  # noqa: E402

ROUNDS: Final = 20
LISTS: Final = {
    "first page": "/credentials?limit=250",
    "by status": "/credentials?limit=250&status=active",
    "by kind": "/credentials?limit=250&kind=api_key",
    "by tier": "/credentials?limit=250&tier=super",
    "by tag": "/credentials?limit=250&tag=crowd",
    "text, many fit": "/credentials?limit=250&text=crowd",
    "text, few fit": "/credentials?limit=250&text=crowd+77",
    "text, none fit": "/credentials?limit=250&text=%25_%25_%25_nothing",
}
LOG: Final = {
    "newest page": "/requests?limit=100",
    "by key": "/requests?limit=100&key=key_007",
    "by model": "/requests?limit=100&model=grok-4-heavy",
    "failed": "/requests?limit=100&end=failed",
    "rare: status 400": "/requests?limit=100&status=4xx",
    "nothing: model": "/requests?limit=100&model=nobody",
    "search %_%_%_": "/requests?limit=100&text=" + "%25_" * 12,
    "search req_00": "/requests?limit=100&text=req_00",
}


def main() -> int:
    """Measure, and print the figures."""
    options = _options()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="grok2api-console-")))
        url = database_url(directory)
        environment = {
            "GROK2API_APP__APP_KEY": PASSWORD,
            "GROK2API_METRICS__TOKEN": METRICS_TOKEN,
            "SERVER_WORKERS": str(options.workers),
        }
        if options.store == "pgsql":
            url = stack.enter_context(made_database("pgsql")).url
            environment |= {"SERVER_STORAGE_TYPE": "pgsql", "DATABASE_URL": url}
        if options.rows:
            made = rows(options.rows, days=365, credentials=10_000, keys=50, now=time.time())
            written, upgraded = asyncio.run(fill(url, made))
            print(f"{options.rows} rows: written in {written:.1f} s, migrated in {upgraded:.1f} s")
        sandbox = Sandbox.start()
        stack.callback(sandbox.stop)
        gateway = Gateway.start(
            directory, upstream=sandbox.base_url, keys=("xai-sandbox-a",), environment=environment
        )
        stack.callback(gateway.stop)
        print(f"{options.store}, {options.workers} workers, {options.credentials} credentials")
        _pool(gateway, options.credentials)
        if options.rows:
            _ledger(gateway)
        for throttle in options.throttle if options.browser else ():
            _frames(gateway, throttle)
    return 0


def _pool(gateway: Gateway, count: int) -> None:
    api, traffic = Api(gateway.url), Traffic(gateway.url, gateway.key)
    calm = traffic.during(lambda: time.sleep(10))
    keys = "\n".join(f"xai-sandbox-k{number},crowd {number},crowd" for number in range(count))
    taken = list[float]()
    content = f"key,name,tags\n{keys}\n".encode()
    before = lateness(gateway.url)
    used = cpu_seconds(gateway.process.pid)
    busy = traffic.during(
        lambda: taken.append(api.work("/credentials/import?file_name=keys.csv", raw=content))
    )
    used = cpu_seconds(gateway.process.pid) - used
    print(
        f"import: {taken[0]:.1f} s, CPU {used:.1f} s; "
        f"/v1: {len(traffic.seconds)} sent, {traffic.failed} failed"
    )
    print(f"/v1 p50, p95 ms: calm {calm[0]:.1f}, {calm[1]:.1f}; during {busy[0]:.1f}, {busy[1]:.1f}")
    _tell_lag("import", gateway, before)
    before = lateness(gateway.url)
    _tell(
        gateway,
        "credentials",
        {name: partial(api.times, path, rounds=ROUNDS) for name, path in LISTS.items()},
    )
    _tell(gateway, "credentials", {"every page to the end": partial(api.walk, "/credentials?limit=250")})
    _tell_lag("lists", gateway, before)
    before = lateness(gateway.url)
    everybody, some = {"everything": True}, {"text": "crowd 77"}
    for name, wanted in (("all", everybody), ("those of a filter", some)):
        for action in ("disable", "enable"):
            seconds = api.work("/credentials/bulk", {"action": action, "filter": wanted})
            print(f"  {action} {name}: {seconds:.2f} s")
    _tell_lag("bulk", gateway, before)


def _ledger(gateway: Gateway) -> None:
    api = Api(gateway.url)
    before = lateness(gateway.url)
    _tell(gateway, "requests", {name: partial(api.times, path, rounds=ROUNDS) for name, path in LOG.items()})
    told = {}
    for days in (1, 30, 365):
        step = "hour" if days < 8 else "day"
        since = time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(time.time() - days * DAY))
        for by in ("model", "key", "credential"):
            told[f"{days} days by {by}"] = f"/usage?from={since}&step={step}&by={by}&top=8"
        told[f"{days} days, all"] = f"/usage?from={since}&step={step}"
        told[f"{days} days, summary"] = f"/usage/summary?from={since}"
    _tell(gateway, "usage", {name: partial(api.times, path, rounds=5) for name, path in told.items()})
    export = [api.first_byte(f"/requests/export?format={each}") for each in ("csv", "jsonl")]
    print(f"  export, first byte: csv {export[0] * 1000:.0f} ms, jsonl {export[1] * 1000:.0f} ms")
    _tell_lag("ledger", gateway, before)


def _frames(gateway: Gateway, throttle: float) -> None:
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        print("no Chromium here: frames are not measured")
        return
    print(f"frames, CPU slowed down {throttle:g} times: p50, p95, greatest ms; long tasks, longest ms")
    for each in measure(gateway.url, throttle=throttle, executable=executable):
        print(
            f"  {each.name:26} {each.p50:6.1f} {each.p95:6.1f} {each.greatest:7.1f} ms of {each.frames}; "
            f"{each.long_tasks} long tasks, {each.longest_task:.0f} ms"
        )


def _tell(gateway: Gateway, what: str, told: dict[str, Callable[[], list[float]]]) -> None:
    """Print times, and the CPU of the whole server, which a machine that others use changes little."""
    for name, reading in told.items():
        used = cpu_seconds(gateway.process.pid)
        seconds = reading()
        used = (cpu_seconds(gateway.process.pid) - used) / len(seconds) * 1000
        middle, high = shares(seconds)
        print(
            f"  {what}, {name:24} p50 {middle:7.1f} p95 {high:7.1f} ms, CPU {used:6.1f} ms of {len(seconds)}",
            flush=True,
        )


def _tell_lag(what: str, gateway: Gateway, before: dict[float, float]) -> None:
    time.sleep(1.5)
    after = lateness(gateway.url)
    usual, worst = late_by(before, after, 0.99), late_by(before, after, 1.0)
    print(f"  event loop during {what} late by at most {usual:g} ms in 99 % of looks, {worst:g} ms in all")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the console with many credentials and requests.")
    parser.add_argument("--store", choices=("sqlite", "pgsql"), default="sqlite")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--credentials", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=1_000_000, help="requests in the ledger; 0 for none")
    parser.add_argument("--no-browser", dest="browser", action="store_false")
    parser.add_argument("--throttle", type=float, nargs="+", default=[1.0, 4.0], help="slow-downs of the CPU")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
