"""The packages that people install: all is inside that a server needs, and one serves from them alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from support.observing import eventually
from support.processes import CLIENT_KEY, Sandbox, clean_environment, free_port, request

pytestmark = pytest.mark.timeout(400)  # they are built, installed and started anew

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "grok2api"
DEFAULTS = "grok2api/config/config.defaults.toml"
KINDS = {
    "grok2api/admin/console/dist/": ("index.html", "vendor.js", "zh-CN.js"),
    "grok2api/storage/sql/migrations/": ("env.py", "versions/r0001_"),
    "grok2api/storage/redis/scripts/": ("usage.lua",),
    "grok2api/storage/redis_state/lua/": ("spend.lua",),
    "grok2api/": ("accounting/prices.toml", "routing/models.toml", "py.typed", "__main__.py"),
}
"""What must not get lost, by folder; the beginnings of its names."""
UNWANTED = re.compile(r"\.pth$|\.pyc$|__pycache__|(^|/)(tests|bench|node_modules|\.venv|\.git|data)/")


@dataclass(frozen=True, slots=True)
class Packages:
    """What was built: both packages, and a wheel of the source package as pip would build it."""

    source: Path
    wheel: Path
    wheel_of_source: Path


def build(kind: str, tree: Path, place: Path) -> Path:
    """Build one package of a tree, with what is installed and without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(place)]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    (made,) = place.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    place = tmp_path_factory.mktemp("packages")
    source = build("sdist", ROOT, place / "source")
    with tarfile.open(source) as packed:
        packed.extractall(place / "tree", filter="data")
    (tree,) = (place / "tree").iterdir()
    return Packages(
        source, build("wheel", ROOT, place / "wheel"), build("wheel", tree, place / "wheel_of_source")
    )


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as packed:
        return {name for name in packed.namelist() if ".dist-info/" not in name}


def sources() -> set[str]:
    """Return all that lies in the package's folder, as a wheel names it."""
    found = (path for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(SOURCE.parent).as_posix() for path in found}


def test_a_wheel_holds_the_program_and_nothing_else(packages: Packages) -> None:
    assert names_in(packages.wheel) == sources() | {DEFAULTS}
    assert not [name for name in names_in(packages.wheel) if UNWANTED.search(name)]


@pytest.mark.parametrize("folder", KINDS)
def test_no_kind_of_file_is_missing(packages: Packages, folder: str) -> None:
    inside = {name.removeprefix(folder) for name in names_in(packages.wheel) if name.startswith(folder)}
    for beginning in KINDS[folder]:
        assert any(name.startswith(beginning) for name in inside), beginning


def test_what_is_inside_is_what_is_here(packages: Packages) -> None:
    with zipfile.ZipFile(packages.wheel) as packed:
        different = {
            name
            for name in sources()
            if name != DEFAULTS and packed.read(name) != (SOURCE.parent / name).read_bytes()
        }
        assert packed.read(DEFAULTS) == (ROOT / "config.defaults.toml").read_bytes()
    assert not different


def test_the_source_package_makes_the_same_wheel(packages: Packages) -> None:
    """Bit for bit: whoever builds it anew can see that it is ours."""
    assert packages.wheel_of_source.read_bytes() == packages.wheel.read_bytes()
    with tarfile.open(packages.source) as packed:
        inside = {name.partition("/")[2] for name in packed.getnames()}
    assert {"LICENSE", "README.md", "main.py", "requirements.txt", "ui/package-lock.json"} <= inside
    assert not [name for name in inside if name.startswith((".venv/", ".git/", "data/", "ui/node_modules/"))]


@pytest.fixture(scope="module")
def installed(packages: Packages, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty directory into which the wheel was installed, and nothing else of ours."""
    place = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    done = subprocess.run(
        [*command, "--target", str(place), str(packages.wheel)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture(scope="module")
def served(
    installed: Path, shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a server that was started by the installed command, in a directory without anything."""
    port, place = free_port(), tmp_path_factory.mktemp("served")
    environment = clean_environment(
        PYTHONPATH=str(installed),
        SERVER_PORT=str(port),
        XAI_API_KEY="xai-sandbox-alice",
        GROK2API_GROK__BASE_URL=shared_sandbox.base_url,
        GROK2API_APP__API_KEY=CLIENT_KEY,
    )
    where = [sys.executable, "-P", "-c", "import grok2api; print(grok2api.__file__)"]
    told = subprocess.run(where, env=environment, cwd=place, capture_output=True, text=True, check=True)
    assert Path(told.stdout.strip()).is_relative_to(installed), "not the program of this checkout"
    url, log = f"http://127.0.0.1:{port}", place / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(installed / "bin" / "grok2api"), "serve"],
            env=environment,
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )

    def serves() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return request("GET", url + "/health", seconds=5)[0] == 200
        except OSError:
            return False

    try:
        eventually(serves, "a server", 4_000)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)


def test_what_was_installed_serves(served: str) -> None:
    assert request("GET", served + "/health")[0] == 200
    status, _, page = request("GET", served + "/admin")
    assert status == 200
    named = re.findall(r'(?:src|href)="(/admin/[^"]+)"', page.decode())
    files = {name.rpartition("/")[0] for name in named}
    assert len(files) == 1, named
    for path in (SOURCE / "admin/console/dist").iterdir():
        if path.suffix in {".js", ".css", ".svg"}:
            assert request("GET", f"{served}{min(files)}/{path.name}")[0] == 200, path.name


def test_what_was_installed_answers(served: str) -> None:
    """Its first start made a database by its migrations; a turn goes by its list of models and its prices."""
    body = {"model": "grok-3", "messages": [{"role": "user", "content": "say exactly: installed"}]}
    ask = partial(
        request,
        "POST",
        served + "/v1/chat/completions",
        body,
        headers={"Authorization": f"Bearer {CLIENT_KEY}"},
    )
    status, _, answer = eventually(lambda: told if (told := ask())[0] != 503 else None, "a credential")
    assert status == 200
    assert json.loads(answer)["choices"][0]["message"]["content"] == "installed"
