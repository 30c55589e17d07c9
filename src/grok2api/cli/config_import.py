"""`grok2api config import`: the settings file of an earlier grok2api becomes one of ours.

The old file is only read. What still means something is written in one step into config.toml, after the
same checks as at a start; everything else is listed with what to do instead. A second run changes nothing.
Must never show a secret, and never replace a value that is there unless told to.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import click

from grok2api.cli.options import Failed, json_option
from grok2api.cli.output import print_json, print_table
from grok2api.cli.private_file import write_private
from grok2api.config.adoption import Verdict, judge
from grok2api.config.fields import SettingField, setting_fields, shown
from grok2api.config.files import CONFIG_NAME, parsed
from grok2api.config.loaded import Loaded
from grok2api.config.loader import load
from grok2api.config.schema import WrongValue
from grok2api.config.toml_edit import CannotEdit, edited
from grok2api.config.values import read_value
from grok2api.errors import ConfigError

_LARGEST: Final = 1024 * 1024
_TOKEN_FILE: Final = "token.json"  # noqa: S105  the name of a file
_COLUMNS: Final = ("setting", "outcome", "here", "value", "reason")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")

RowOutcome = Literal["take", "same", "conflict", "replace", "wrong", "unknown", "dropped", "default"]
_ORDER: Final[Sequence[RowOutcome]] = (
    "conflict", "wrong", "take", "replace", "same", "unknown", "dropped", "default",
)  # fmt: skip
_MEANINGS: Final = {
    "conflict": "differ from what is set",
    "wrong": "cannot be used",
    "take": "taken",
    "replace": "replaced",
    "same": "there already",
    "unknown": "not known",
    "dropped": "without a meaning here",
    "default": "left to the default",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes of one old setting; `value` is masked where it is a secret."""

    setting: str
    outcome: RowOutcome
    path: str = ""
    value: object = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Target:
    """The file that is written: where it is, and what it holds now."""

    path: Path
    text: str | None = field(repr=False)

    @property
    def values(self) -> dict[str, object]:
        """Return its values by dotted path, raw."""
        content = parsed(self.text or "", self.path.name)
        return {
            f"{section}.{name}": value
            for section, inside in content.items()
            if isinstance(inside, dict)
            for name, value in inside.items()
        }


@click.command(name="import")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell what would happen.")
@click.option("--replace", is_flag=True, help="Replace values that are set by those of the old file.")
@click.option("--with-defaults", is_flag=True, help="Take values that were defaults of the old release, too.")
@click.option(
    "--to", "to", type=click.Path(dir_okay=False, path_type=Path), default=Path(CONFIG_NAME),
    show_default=True, help="The file that is written.",
)  # fmt: skip
@click.option(
    "--tokens", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The old token file; token.json beside FILE if there is one.",
)  # fmt: skip
@json_option
def import_config(
    file: Path,
    dry_run: bool,
    replace: bool,
    with_defaults: bool,
    to: Path,
    tokens: Path | None,
    as_json: bool,
) -> None:
    """Take over the settings of an earlier grok2api, which reached Grok with browser cookies.

    FILE is its config.toml or setting.toml, and is left as it is. Exit code 1 if a value conflicts with one
    that is set (then nothing is written), or cannot be used (then the others are).
    """
    from grok2api.cli.config_tokens import take_tokens  # noqa: PLC0415  brings much along

    target = _target(to, file)
    text, certain = _read(file)
    verdicts = judge(parsed(text, file.name), with_defaults=with_defaults, certain=certain)
    rows = _rows(verdicts, target.values, replace=replace)
    stuck = any(row.outcome == "conflict" for row in rows)
    changes = {
        verdict.path: verdict.value
        for verdict, row in zip(verdicts, rows, strict=True)
        if row.outcome in ("take", "replace")
    }
    content = _content(target, changes, file.name)
    loaded = _checked(content)
    written = bool(changes) and not (dry_run or stuck)
    if written:
        _write(target, content)
    rows = [_with_overruling(row, loaded) for row in rows]
    beside = file.with_name(_TOKEN_FILE)
    found = tokens or (beside if beside.is_file() else None)
    report = take_tokens(found, to, dry_run=dry_run or stuck) if found else None
    _tell(file, target, rows, written, report, as_json=as_json, dry_run=dry_run)
    if stuck or any(row.outcome == "wrong" for row in rows):
        sys.exit(1)


def _target(to: Path, file: Path) -> _Target:
    """Read what is written to, which must not be what is imported."""
    path = to.resolve()
    if path == file.resolve():
        raise Failed(f"{file} would be read and written; move it elsewhere, or name another file with --to")
    if not path.exists():
        if not path.parent.is_dir():
            raise Failed(f"there is no directory {path.parent}")
        return _Target(path, None)
    try:
        return _Target(path, path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Failed(f"{to} is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise Failed(f"{to} cannot be read ({error.strerror})") from None


def _read(file: Path) -> tuple[str, bool]:
    """Return the old file's text, and whether its encoding is sure: Windows editors wrote GBK."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
    except OSError as error:
        raise Failed(f"{file} cannot be read ({error.strerror})") from None
    if len(content) > _LARGEST:
        raise Failed(f"{file} is larger than {_LARGEST // 1024} KiB; it is no settings file")
    encodings = ("utf-16",) if content.startswith(_UTF16) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return content.decode(encoding), encoding != "gb18030"
        except UnicodeDecodeError:
            continue
    raise Failed(f"{file} is neither UTF-8 nor GBK text; save it as UTF-8")


def _rows(verdicts: Sequence[Verdict], there: dict[str, object], *, replace: bool) -> list[Row]:
    fields = {each.path: each for each in setting_fields()}
    return [_row(each, fields.get(each.path), there, replace=replace) for each in verdicts]


def _row(verdict: Verdict, about: SettingField | None, there: dict[str, object], *, replace: bool) -> Row:
    if verdict.outcome != "take" or about is None:
        outcome: RowOutcome = verdict.outcome
        return Row(verdict.setting, outcome, verdict.path, None, verdict.reason)
    value = shown(about, verdict.value)
    if about.path not in there:
        return Row(verdict.setting, "take", about.path, value, verdict.reason)
    if _settled(about, there[about.path]) == verdict.value:
        return Row(verdict.setting, "same", about.path, value, "it is set already")
    present = "another value" if about.secret else f"{there[about.path]!r}"[:80]
    if replace:
        return Row(verdict.setting, "replace", about.path, value, f"it takes the place of {present}")
    return Row(verdict.setting, "conflict", about.path, value, f"{present} is set; see --replace")


def _settled(about: SettingField, raw: object) -> object:
    """Return a value that is there as the program takes it; itself if it cannot be used."""
    try:
        return read_value(about, raw, textual=False)
    except WrongValue:
        return raw


def _content(target: _Target, changes: dict[str, object], name: str) -> str:
    """Return the whole file as it would be."""
    before = target.text
    if before is None:
        before = f"# Settings that `grok2api config import` took from {name}.\n"
    try:
        return edited(before, changes)
    except CannotEdit:
        raise Failed(
            f"{target.path.name} is written in a way that cannot be added to safely; give each section a "
            "[section] line of its own, or write another file with --to"
        ) from None


def _checked(content: str) -> Loaded:
    """Load the settings as a start would with this content; ConfigError says what does not fit."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / CONFIG_NAME
        file.touch(mode=0o600)
        file.write_text(content, encoding="utf-8", newline="")
        try:
            return load(environ=os.environ, directory=Path.cwd(), config_file=file)
        except ConfigError as error:
            said = str(error).replace(str(file), CONFIG_NAME)
            raise ConfigError(f"nothing was written, because the result could not be used: {said}") from None


def _with_overruling(row: Row, loaded: Loaded) -> Row:
    """Tell where something stronger than the file decides a taken value."""
    source = loaded.sources.get(row.path)
    if row.outcome not in ("take", "replace", "same") or source is None or source.kind in ("file", "default"):
        return row
    said = "; ".join(part for part in (row.reason, f"but {source} overrules it") if part)
    return Row(row.setting, row.outcome, row.path, row.value, said)


def _write(target: _Target, content: str) -> None:
    """Write the file; what it held before stays beside it."""
    path, mode = target.path, 0o600
    try:
        if target.text is not None:
            mode = stat.S_IMODE(path.stat().st_mode)
            write_private(_free_name(path), path.read_bytes(), replace=False)
        write_private(path, content.encode(), replace=target.text is not None, mode=mode)
    except FileExistsError:
        raise Failed(f"{path.name} was made by somebody else meanwhile; run the command again") from None
    except OSError as error:
        raise Failed(f"{path} cannot be written ({error.strerror})") from None


def _free_name(path: Path) -> Path:
    """Return a name for the former content, beside the file."""
    number = 1
    while (kept := path.with_name(f"{path.name}.before-import-{number}")).exists():
        number += 1
    return kept


def _tell(
    file: Path,
    target: _Target,
    rows: Sequence[Row],
    written: bool,
    tokens: dict[str, object] | None,
    *,
    as_json: bool,
    dry_run: bool,
) -> None:
    counts = Counter(row.outcome for row in rows)
    ordered = {outcome: counts[outcome] for outcome in _ORDER if counts[outcome]}
    if as_json:
        print_json(
            {
                "file": str(file),
                "to": str(target.path),
                "written": written,
                "counts": ordered,
                "rows": rows,
                "tokens": tokens,
            }
        )
        return
    told = sorted(rows, key=lambda row: _ORDER.index(row.outcome))
    print_table(
        _COLUMNS,
        [(row.setting, row.outcome, row.path, _literal(row.value), row.reason) for row in told],
        empty=f"{file.name} holds no settings",
    )
    said = ", ".join(f"{count} {_MEANINGS[outcome]}" for outcome, count in ordered.items())
    if said:
        click.echo(f"{file.name}: {said}", err=True)
    if tokens is not None:
        click.echo(str(tokens["message"]), err=True)
    if written:
        click.echo(f"written to {target.path}; a running server takes it in with its next start", err=True)
    elif not dry_run and counts["conflict"]:
        click.echo("nothing was written: decide the conflicts, or use --replace", err=True)


def _literal(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
