"""The deployment files fit the program: names, ports, paths, users, times and sizes are the code's own."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
from pathlib import Path
from typing import Final
from unittest.mock import Mock

import pytest

from grok2api.api.auth import Open
from grok2api.config.environment import OTHER_NAMES, known_names
from grok2api.config.fields import setting_fields
from grok2api.config.layers import known_sections
from grok2api.config.settings import Settings
from grok2api.dialects.audio.transcribing import LARGEST as LARGEST_SOUND
from grok2api.server.routes import routes
from support.deployment_files import (
    COMPOSE,
    DEPLOY,
    FILES,
    KUBERNETES,
    Directive,
    Json,
    caddy,
    instructions,
    nginx,
    read,
    resources,
    seconds,
    service,
    size,
    unit,
    values,
    yaml,
)
from support.processes import ROOT

DEFAULTS = Settings()
NAMES: Final = {name for field in setting_fields() for name in known_names(field)} | OTHER_NAMES
PATHS: Final = {field.path for field in setting_fields()}
OURS: Final = re.compile(r"\b(?:GROK2API|SERVER|REDIS|DATABASE|XAI|LOG|DATA)_[A-Z][A-Z0-9_]*\b")
SETTING: Final = re.compile(
    rf"(?<![\w./-])(?:{'|'.join(known_sections())})\.(?!md\b)[a-z_]+\b(?![.\w/-]*[./]\w)"
)
PAGES: Final = [ROOT / "docs" / "deployment.md", ROOT / "docs" / "deployment.zh-CN.md"]
UID: Final = 10001
LAST_WRITES: Final = 5 + 5
"""Seconds that a stop takes beyond server.drain_seconds: uvicorn's patience, and the ledger."""
STOP: Final = DEFAULTS.server.drain_seconds + LAST_WRITES
BASE: Final = KUBERNETES / "base"
OVERLAYS: Final = sorted(path.parent for path in KUBERNETES.glob("overlays/*/kustomization.yaml"))
PROXIES: Final = {
    "nginx": lambda: nginx(DEPLOY / "nginx" / "grok2api.conf"),
    "caddy": lambda: caddy(DEPLOY / "caddy" / "Caddyfile"),
}


HAPROXY: Final = DEPLOY / "haproxy" / "haproxy.cfg"


def haproxy(name: str) -> list[str]:
    """Return what every directive of this name says."""
    return re.findall(rf"^ +{name} +(.+)$", read(HAPROXY), re.MULTILINE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def deployment() -> Json:
    (found,) = (each for each in resources(BASE) if each["kind"] == "Deployment")
    return found


def container() -> Json:
    found: Json = deployment()["spec"]["template"]["spec"]["containers"][0]
    return found


def config_map(folder: Path) -> dict[str, str]:
    (generator,) = yaml(folder / "kustomization.yaml")["configMapGenerator"]
    return dict(literal.split("=", 1) for literal in generator["literals"])


def image() -> dict[str, str]:
    """Return what the image sets in the environment."""
    return {
        name: value
        for kind, text in instructions()
        if kind == "ENV"
        for name, value in (word.split("=", 1) for word in shlex.split(text))
    }


@pytest.mark.parametrize("path", [*FILES, *PAGES], ids=name_of)
def test_every_name_of_a_variable_or_a_setting_exists(path: Path) -> None:
    text = read(path)
    assert not set(OURS.findall(text)) - NAMES - {"GROK2API_SECTION__FIELD"}
    assert not set(SETTING.findall(text)) - PATHS


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".yaml"], ids=name_of)
def test_every_yaml_file_is_one_document_without_tabs(path: Path) -> None:
    assert yaml(path)
    assert "\t" not in read(path)


# The image


def test_the_image_copies_what_is_there_and_is_let_into_the_build() -> None:
    copied = [
        word
        for kind, text in instructions()
        if kind == "COPY" and "--from" not in text
        for word in [each for each in text.split() if not each.startswith("--")][:-1]
    ]
    let_in = [line[1:] for line in read(ROOT / ".dockerignore").splitlines() if line.startswith("!")]
    assert "*" in read(ROOT / ".dockerignore").splitlines()
    for name in copied:
        assert (ROOT / name).exists(), name
        assert any(fnmatch.fnmatch(name, f"{each}*") for each in let_in), name
    assert (DEPLOY / "docker" / "grok2api").stat().st_mode & 0o111


def test_the_image_installs_by_hash_and_holds_no_compiler() -> None:
    text = read(ROOT / "Dockerfile")
    assert "--require-hashes --only-binary :all:" in text
    assert not re.search(r"apt-get|build-essential|\bgcc\b|curl |wget ", text)
    assert [text for kind, text in instructions() if kind == "FROM"] == [
        "python:${PYTHON} AS builder",
        "python:${PYTHON}",
    ]


def test_the_image_runs_as_a_user_without_rights_and_stops_as_the_server_expects() -> None:
    said = dict(instructions())
    assert said["USER"] == f"{UID}:{UID}"
    assert said["STOPSIGNAL"] == "SIGTERM"
    assert json.loads(said["VOLUME"]) == [image()["DATA_DIR"]]
    assert f"-o {UID} -g {UID} -m 0700 {image()['DATA_DIR']}" in read(ROOT / "Dockerfile")
    assert json.loads(said["ENTRYPOINT"]) + json.loads(said["CMD"]) == ["grok2api", "serve"]
    assert "healthcheck.py" in said["HEALTHCHECK"]


def test_the_port_is_the_same_everywhere() -> None:
    port = str(DEFAULTS.server.port)
    assert {image()["SERVER_PORT"], dict(instructions())["EXPOSE"], config_map(BASE)["SERVER_PORT"]} == {port}
    assert [each["containerPort"] for each in container()["ports"]] == [int(port)]
    assert {each["port"] for each in policy_ports("ingress")} == {int(port)}
    for path in COMPOSE:
        for published in service(path).get("ports", []):
            assert published == f"127.0.0.1:{port}:{port}", "published for this machine only"
    assert {each.words[1] for each in PROXIES["nginx"]().all("server") if len(each.words) > 1} == {
        f"127.0.0.1:{port}"
    }
    assert f"127.0.0.1:{port}" in PROXIES["caddy"]().value("reverse_proxy")
    assert haproxy("bind") == [f":{port}"]
    assert haproxy("server-template")[0].endswith(f"grok2api:{port}")


def policy_ports(direction: str) -> list[Json]:
    (policy,) = (each for each in resources(BASE) if each["kind"] == "NetworkPolicy")
    return [port for rule in policy["spec"][direction] for port in rule["ports"]]


def test_what_is_probed_is_open_and_answers() -> None:
    served = {route.path for route in routes(Mock()) if isinstance(route.endpoint, Open)}
    probes = {str(each["httpGet"]["path"]) for name, each in container().items() if name.endswith("Probe")}
    asked = set(re.findall(r'"GET", "(/[a-z]+)"', read(DEPLOY / "docker" / "healthcheck.py")))
    assert probes == {"/health", "/ready"}
    assert asked == {"/health"}
    assert probes <= served


# Stopping


@pytest.mark.parametrize("path", COMPOSE, ids=name_of)
def test_compose_gives_a_stop_enough_time(path: Path) -> None:
    delay = float(service(path)["environment"].get("GROK2API_SERVER__STOP_DELAY", DEFAULTS.server.stop_delay))
    assert seconds(service(path)["stop_grace_period"]) >= STOP + delay


def test_the_unit_gives_a_stop_enough_time() -> None:
    said = unit(DEPLOY / "systemd" / "grok2api.service")["Service"]
    assert seconds(said["TimeoutStopSec"][0]) >= STOP
    assert (said["KillSignal"], said["KillMode"]) == (["SIGTERM"], ["mixed"])


def test_a_pod_has_enough_time_to_stop() -> None:
    (_, before) = container()["lifecycle"]["preStop"]["exec"]["command"]
    assert deployment()["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] >= STOP + float(before)


# Compose


@pytest.mark.parametrize("path", COMPOSE, ids=name_of)
def test_compose_takes_every_right_away_and_keeps_the_data(path: Path) -> None:
    said = service(path)
    assert said["read_only"] is True
    assert said["cap_drop"] == ["ALL"]
    assert said["security_opt"] == ["no-new-privileges:true"]
    volumes = [each.split(":") for each in said["volumes"]]
    assert [target for _, target, *_ in volumes] == [image()["DATA_DIR"]]
    assert {source for source, *_ in volumes} <= set(yaml(path)["volumes"])
    assert said["tmpfs"][0].startswith("/tmp:")  # noqa: S108  the container's own
    assert said["image"] == "grok2api:latest"
    build = (path.parent / said["build"]).resolve()
    assert (build / "Dockerfile").is_file()


@pytest.mark.parametrize("path", COMPOSE, ids=name_of)
def test_compose_holds_no_secret_and_a_fleet_cannot_start_without_its_own(path: Path) -> None:
    text = read(path)
    for name, value in values(yaml(path)):
        if re.search(r"PASSWORD|SECRET|_URL$|_KEY$", name) and isinstance(value, str):
            assert "${" in value, name
    if path.parent != ROOT:
        needed = set(re.findall(r"\$\{([A-Z0-9_]+):\?", text))
        assert {"GROK2API_SECRET_KEY"} < needed
        head = text.partition("services:")[0]
        assert all(name in head for name in needed), "the head says what .env needs"


@pytest.mark.parametrize(("path", "type_"), [(COMPOSE[1], "pgsql"), (COMPOSE[2], "mysql")])
def test_the_stores_of_a_fleet_are_those_that_are_named(path: Path, type_: str) -> None:
    said, environment = yaml(path)["services"], service(path)["environment"]
    assert environment["SERVER_STORAGE_TYPE"] == type_
    for name in ("DATABASE_URL", "REDIS_URL"):
        if name in environment:
            host = re.search(r"@([a-z]+):\d+/", environment[name])
            assert host is not None
            assert host[1] in said
            assert service(path)["depends_on"][host[1]] == {"condition": "service_healthy"}
            assert said[host[1]]["healthcheck"]


def test_the_proxy_of_a_fleet_is_believed_and_alone_in_front() -> None:
    said = yaml(COMPOSE[1])
    (subnet,) = said["networks"]["front"]["ipam"]["config"]
    assert service(COMPOSE[1])["environment"]["GROK2API_SERVER__TRUSTED_PROXIES"] == subnet["subnet"]
    assert {name for name, each in said["services"].items() if "front" in each["networks"]} == {
        "grok2api",
        "haproxy",
    }
    assert service(COMPOSE[1])["deploy"]["replicas"] == 2
    (mounted,) = said["services"]["haproxy"]["volumes"]
    assert (COMPOSE[1].parent / mounted.split(":")[0]).resolve() == HAPROXY
    assert seconds(said["services"]["haproxy"]["stop_grace_period"]) > seconds(haproxy("hard-stop-after")[0])


# Kubernetes


def test_every_manifest_is_used_and_every_one_that_is_named_is_there() -> None:
    used = set()
    for folder in (BASE, *OVERLAYS):
        said = yaml(folder / "kustomization.yaml")
        patches = [each["path"] for each in said.get("patches", [])]
        used |= {(folder / name).resolve() for name in [*said["resources"], *patches, "kustomization.yaml"]}
    assert {path for path in KUBERNETES.rglob("*") if path.is_file()} == {
        path for path in used if path.is_file()
    }
    assert [folder.name for folder in OVERLAYS] == ["fleet", "single"]


@pytest.mark.parametrize("folder", OVERLAYS, ids=name_of)
def test_patches_and_references_meet_something_of_that_name(folder: Path) -> None:
    there = {(each["kind"], each["metadata"]["name"]) for each in resources(folder)}
    for patch in yaml(folder / "kustomization.yaml")["patches"]:
        content = yaml(folder / patch["path"])
        assert (content["kind"], content["metadata"]["name"]) in there
    for each in resources(folder):
        for name, value in values(each):
            if name == "scaleTargetRef":
                assert (value["kind"], value["name"]) in there  # type: ignore[index]
            if name == "service" and isinstance(value, dict):
                assert ("Service", value["name"]) in there
            if name == "matchLabels" and "app.kubernetes.io/name" in value:  # type: ignore[operator]
                assert value == {"app.kubernetes.io/name": "grok2api"}
    assert {each["metadata"]["name"] for each in resources(folder)} == {"grok2api"}


def test_a_fleet_has_an_autoscaler_a_budget_and_no_fixed_number() -> None:
    kinds = {each["kind"]: each for each in resources(KUBERNETES / "overlays" / "fleet")}
    assert {"HorizontalPodAutoscaler", "PodDisruptionBudget", "Ingress"} <= kinds.keys()
    assert kinds["HorizontalPodAutoscaler"]["spec"]["minReplicas"] >= 2
    stores = yaml(KUBERNETES / "overlays" / "fleet" / "stores.yaml")["spec"]
    assert stores["replicas"] is None
    assert stores["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    single = yaml(KUBERNETES / "overlays" / "single" / "volume.yaml")["spec"]
    assert single["strategy"]["type"] == "Recreate"


def test_a_pod_has_no_rights_and_writes_to_its_volumes_only() -> None:
    pod = deployment()["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    said = pod["securityContext"]
    assert said["runAsNonRoot"] is True
    assert {said["runAsUser"], said["runAsGroup"], said["fsGroup"]} == {UID}
    assert said["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container()["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    mounts = {each["name"]: each["mountPath"] for each in container()["volumeMounts"]}
    assert set(mounts) == {each["name"] for each in pod["volumes"]}
    assert mounts["tmp"] == "/tmp"  # noqa: S108  the container's own
    data = config_map(BASE)["DATA_DIR"]
    assert data.startswith(f"{mounts['data']}/"), "a folder of its own, which nobody else can look into"


@pytest.mark.parametrize("folder", [BASE, *OVERLAYS], ids=name_of)
def test_secrets_are_named_and_never_written(folder: Path) -> None:
    secret = {name for field in setting_fields() if field.secret for name in known_names(field)}
    for path in folder.glob("*.yaml"):
        assert yaml(path)["kind"] != "Secret"
        for _, value in values(yaml(path)):
            for each in value if isinstance(value, list) else ():
                if isinstance(each, dict) and (each.get("name") in secret or "AWS" in str(each.get("name"))):
                    assert each["valueFrom"]["secretKeyRef"]["name"] == "grok2api"
    if "configMapGenerator" in yaml(folder / "kustomization.yaml"):
        assert not config_map(folder).keys() & secret


# The service manager


def test_the_unit_runs_what_a_checkout_has_as_a_user_without_rights() -> None:
    said = unit(DEPLOY / "systemd" / "grok2api.service")["Service"]
    program, script, command = said["ExecStart"][0].split()
    assert script.endswith("/main.py")
    assert Path(program).relative_to(Path(script).parent) == Path(".venv/bin/python")
    assert command == "serve"
    assert said["User"] == ["grok2api"]
    assert f"DATA_DIR=/var/lib/{said['StateDirectory'][0]}" in said["Environment"][0]
    assert said["StateDirectoryMode"] == ["0700"]
    assert said["WorkingDirectory"] == ["/etc/grok2api"]
    assert "EnvironmentFile" not in said, "commands by hand would not see it, and open another store"
    assert said["RestartPreventExitStatus"] == ["2"]
    assert said["LimitCORE"] == ["0"]
    assert said["SystemCallFilter"][-1] == "setpriority", "a thread that comes last checks passwords"
    for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "RestrictNamespaces"):
        assert said[name] == ["yes"], name
    assert said["ProtectSystem"] == ["strict"]
    assert said["CapabilityBoundingSet"] == [""]


# Reverse proxies


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_lets_through_whatever_the_gateway_takes(name: str) -> None:
    said = PROXIES[name]()
    limit = size(said.value("client_max_body_size" if name == "nginx" else "max_size"))
    assert limit > max(LARGEST_SOUND, DEFAULTS.server.max_body_mb * 2**20, DEFAULTS.fetch.max_mb * 2**20)


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_waits_as_long_as_the_gateway(name: str) -> None:
    said, longest = PROXIES[name](), max(DEFAULTS.grok.deadline, DEFAULTS.websocket.idle_seconds)
    timeout = said.value("proxy_read_timeout" if name == "nginx" else "response_header_timeout")
    assert seconds(timeout) >= longest


def test_nginx_passes_pieces_and_upgrades_on_and_replaces_what_clients_say_of_themselves() -> None:
    said = PROXIES["nginx"]()
    assert {said.value(name) for name in ("proxy_buffering", "proxy_request_buffering", "gzip")} == {"off"}
    assert said.value("proxy_http_version") == "1.1"
    headers = {each.words[1]: each.words[2] for each in said.all("proxy_set_header")}
    assert headers == {
        "Upgrade": "$http_upgrade",
        "Connection": "$grok2api_connection",
        "Host": "$http_host",
        "X-Forwarded-For": "$remote_addr",
        "X-Forwarded-Proto": "$scheme",
        "X-Forwarded-Host": "$http_host",
    }


def test_nginx_never_sends_a_request_twice_and_leaves_no_replica_out() -> None:
    said = PROXIES["nginx"]()
    assert not list(said.all("keepalive"))
    assert not list(said.all("proxy_next_upstream"))
    servers = [each.words for each in said.all("server") if len(each.words) > 1]
    assert all("max_fails=0" in words for words in servers)


def test_caddy_passes_pieces_on_as_they_come() -> None:
    assert PROXIES["caddy"]().value("flush_interval") == "-1"


def test_caddy_gives_up_idle_connections_before_the_gateway_does() -> None:
    kept = PROXIES["caddy"]().value("keepalive")
    assert int(kept.removesuffix("s")) < DEFAULTS.server.idle_timeout


def test_haproxy_waits_asks_and_never_sends_a_request_twice() -> None:
    longest = max(DEFAULTS.grok.deadline, DEFAULTS.websocket.idle_seconds)
    timeouts = dict(each.split() for each in haproxy("timeout"))
    assert all(seconds(timeouts[name]) >= longest for name in ("client", "server", "tunnel"))
    assert haproxy("http-reuse") == ["never"]
    assert "http-server-close" in haproxy("option")
    assert haproxy("retry-on") == ["conn-failure"]
    assert "check inter 1s fall 1" in haproxy("default-server")[0]
    assert service(COMPOSE[1])["environment"]["GROK2API_SERVER__STOP_DELAY"] >= 3 * 1
    assert haproxy("http-check")[0].startswith("send meth GET uri /ready ver HTTP/1.1")
    assert {each.split()[1] for each in haproxy("http-request")} == {
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
    }


def test_the_ingress_is_as_generous_as_nginx() -> None:
    prefix = "nginx.ingress.kubernetes.io/"
    (ingress,) = (each for each in resources(KUBERNETES / "overlays" / "fleet") if each["kind"] == "Ingress")
    said = {name.removeprefix(prefix): value for name, value in ingress["metadata"]["annotations"].items()}
    own: Directive = PROXIES["nginx"]()
    assert said["proxy-body-size"] == own.value("client_max_body_size")
    for name in ("proxy-read-timeout", "proxy-send-timeout"):
        assert seconds(said[name]) == seconds(own.value(name.replace("-", "_")))
    assert {said["proxy-buffering"], said["proxy-request-buffering"]} == {"off"}
