"""Run the Node clients against a real gateway: `make clients`, or some of them: `make clients CLIENTS=codex`.

It is a script, because these clients live outside Python: it brings them in, starts the same processes as
the tests do, and hands their addresses over by environment. It must never leave this machine except to
install the clients, and installs them only when the lock says that something changed.

Exit codes: Node's own for the tests, 2 when the run cannot begin here.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.judging_proxy import JudgingProxy  # noqa: E402 - the path is set above
from support.open_responses import SCHEMA  # noqa: E402
from support.processes import Gateway, Sandbox, clean_environment  # noqa: E402

OLDEST_NODE = 20
STAMP = HERE / "node_modules" / ".installed"
POOL = ("xai-sandbox-alice", "xai-sandbox-bob")
SPENT_POOL = ("xai-sandbox-spent",)
SESSIONS_POOL = ("xai-sandbox-dora", "xai-sandbox-emil")
PASSWORD = "the operator's password"
FOREIGN = ("OPENAI_", "NODE_", "ANTHROPIC_", "XAI_", "CODEX_", "CLAUDE", "AI_", "HTTP", "http", "ALL_PROXY")
CLOSING = ("ℹ tests", "ℹ pass", "ℹ fail", "ℹ cancelled", "ℹ skipped", "ℹ duration_ms")
FAILED = "✖ failing tests:"
SECONDS = 330


class CannotBeginError(Exception):
    """Something that the run needs is not there; the message is one line for the user."""


def main() -> int:
    """Install what is missing, run the tests, and return the exit code."""
    try:
        node, npm = find_node()
        files = test_files(sys.argv[1:])
        install(npm)
    except CannotBeginError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    wires: list[JudgingProxy] = []
    with ExitStack() as stack:
        failed = run_tests(node, files, start_servers(stack, wires))
    return failed or report(wires)


def report(wires: list[JudgingProxy]) -> int:
    """Tell what the Open Responses document says of all answers; return the exit code."""
    if not SCHEMA:
        sys.stdout.write("OPEN_RESPONSES_SCHEMA is not set: the answers were not judged.\n")
        return 0
    findings = [finding for wire in wires for finding in wire.findings]
    sys.stdout.write("".join(f"not as the Open Responses document says: {each}\n" for each in findings))
    sys.stdout.write(f"answers read by the judge {sum(wire.judged for wire in wires)}\n")
    return 1 if findings else 0


def test_files(wanted: list[str]) -> list[str]:
    """Return the test files, or those whose names begin as `wanted` says. Raises: CannotBeginError."""
    names = sorted(path.name for path in HERE.glob("*.test.mjs"))
    files = [name for name in names if not wanted or name.startswith(tuple(wanted))]
    if not files:
        raise CannotBeginError(f"No client is called {' or '.join(wanted)}; there are {', '.join(names)}.")
    return files


def find_node() -> tuple[str, str]:
    """Return the paths of node and npm. Raises: CannotBeginError without Node 20 or newer."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise CannotBeginError(f"The Node clients need node and npm, Node {OLDEST_NODE} or newer.")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = said.removeprefix("v").partition(".")[0]
    if not major.isdecimal() or int(major) < OLDEST_NODE:
        raise CannotBeginError(
            f"The Node clients need Node {OLDEST_NODE} or newer; {node} is {said or 'broken'}."
        )
    return node, npm


def install(npm: str) -> None:
    """Install what the lock names, unless that is what is installed. Raises: CannotBeginError."""
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(command, cwd=HERE, stdin=subprocess.DEVNULL, check=False).returncode != 0:
        raise CannotBeginError("The Node clients could not be installed: npm ci failed.")
    STAMP.write_text(wanted)


def start_servers(stack: ExitStack, wires: list[JudgingProxy]) -> dict[str, str]:
    """Start an upstream and three gateways, which `stack` stops; return where they are, as environment.

    The clients reach each gateway over a wire that is judged; it is added to `wires`.
    """
    directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="grok2api-clients-")))
    sandbox = Sandbox.start()
    stack.callback(sandbox.stop)
    gateway = Gateway.start(directory / "gateway", upstream=sandbox.base_url, keys=POOL)
    stack.callback(gateway.stop)
    spent = Gateway.start(directory / "spent", upstream=sandbox.base_url, keys=SPENT_POOL)
    stack.callback(spent.stop)
    sessions = Gateway.start(
        directory / "sessions",
        upstream=sandbox.base_url,
        keys=SESSIONS_POOL,
        environment={"GROK2API_APP__APP_KEY": PASSWORD, "GROK2API_POOL__POLL_SECONDS": "0.2"},
    )
    stack.callback(sessions.stop)
    for each in (gateway, spent, sessions):
        wire = JudgingProxy(each.url)
        stack.enter_context(wire.running())
        wires.append(wire)
    return {
        "OPENAI_BASE_URL": f"{wires[0].url}/v1",
        "OPENAI_API_KEY": gateway.key,
        "SANDBOX_URL": sandbox.control_url,
        "SPENT_BASE_URL": f"{wires[1].url}/v1",
        "SESSIONS_URL": wires[2].url,
        "SESSIONS_PASSWORD": PASSWORD,
    }


def run_tests(node: str, files: list[str], addresses: dict[str, str]) -> int:
    """Run the test files; show the closing lines, and before them what failed."""
    kept = {k: v for k, v in clean_environment().items() if not k.startswith(FOREIGN)}
    try:
        ended = subprocess.run(
            [node, "--test", "--test-concurrency=1", "--test-reporter=spec", *files],
            cwd=HERE,
            env=kept | addresses,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        sys.stdout.write(error.stdout.decode() if isinstance(error.stdout, bytes) else "")
        sys.stderr.write(f"The Node clients did not end within {SECONDS} seconds.\n")
        return 1
    before, _, failed = ended.stdout.partition(FAILED)
    if ended.returncode:
        sys.stdout.write(f"{FAILED}{failed}\n" if failed else before)
    closing = [line.removeprefix("ℹ ") for line in before.splitlines() if line.startswith(CLOSING)]
    sys.stdout.write("\n".join(closing) + "\n")
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
