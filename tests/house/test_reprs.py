"""S8: what holds a secret does not show it when it is printed, by a log, a debugger or a crash report."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "grok2api"
SECRET = re.compile(
    r"(password|passphrase|secret|verifier|pepper|authorization|authorization_token|cookie|nonce|otp"
    r"|token|(access|refresh|id|api)_token|api_key|app_key|plain(_text)?|proxy|proxy_url|bearer)"
)
TEXT = re.compile(r"\b(str|bytes|object|Any)\b")
BY_THEMSELVES = {"Section", "schema.Section"}
"""Classes whose children know what of them is secret."""
NO_SECRETS = {
    ("admin/credential_shapes.py", "CredentialView.proxy"): "without its password",
    ("admin/network.py", "Way.proxy"): "an id",
    ("admin/routes/network.py", "WayView.proxy"): "an id",
    ("dialects/responses/progress.py", "Item.token"): "a mark of our own in a stream",
    ("pool/refresh/tools.py", "Tools.proxy"): "what is asked for it",
    ("pool/transfer/sealing.py", "_Header.nonce"): "of a cipher, which everybody may know",
    ("upstream/xai/oauth_discovery.py", "Endpoints.authorization"): "an address",
    ("upstream/xai/oauth_discovery.py", "Endpoints.token"): "an address",
}


def shown(tree: ast.Module) -> Iterator[str]:
    """Yield what classes of a module print that is called like a secret."""
    for each in ast.walk(tree):
        if not isinstance(each, ast.ClassDef) or BY_THEMSELVES & {ast.unparse(base) for base in each.bases}:
            continue
        made = [ast.unparse(decorator) for decorator in each.decorator_list]
        own = {part.name for part in each.body if isinstance(part, ast.FunctionDef)}
        prints = each.bases or any(decorator.startswith("dataclass") for decorator in made)
        if not prints or "__repr__" in own or any("repr=False" in decorator for decorator in made):
            continue
        for part in each.body:
            if not isinstance(part, ast.AnnAssign) or not isinstance(part.target, ast.Name):
                continue
            name, value = part.target.id, ast.unparse(part.value) if part.value is not None else ""
            secret = SECRET.fullmatch(name) and TEXT.search(ast.unparse(part.annotation))
            if secret and "repr=False" not in value:
                yield f"{each.name}.{name}"


def test_no_field_that_is_called_like_a_secret_is_printed() -> None:
    found = {
        (path.relative_to(SOURCE).as_posix(), field)
        for path in sorted(SOURCE.rglob("*.py"))
        if "sandbox" not in path.relative_to(SOURCE).parts
        for field in shown(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == set(NO_SECRETS)
