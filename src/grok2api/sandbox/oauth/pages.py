"""The pages people see: plain HTML that needs no script and fetches nothing.

Everything that came from outside is escaped here, and nowhere else is HTML written.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from grok2api.sandbox.accounts import SUBSCRIPTIONS
from grok2api.sandbox.wire import Answer

HTML_TYPE = "text/html; charset=utf-8"

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 30rem; margin: 3rem auto; padding: 0 1rem; }}
label {{ display: block; margin: .8rem 0; }}
input, select {{ display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .4rem; }}
button {{ font: inherit; padding: .5rem 1.2rem; margin-right: .5rem; }}
</style>
</head>
<body>
<h1>{title}</h1>
{content}
<p><small>This is the sandbox. Nobody signs in to anything real here.</small></p>
</body>
</html>
"""


def message(title: str, text: str, status: int = 200) -> Answer:
    """Return a page that says one thing."""
    return _page(title, f"<p>{escape(text)}</p>", status)


def approval(
    title: str, action: str, account: str, tier: str, user_code: str | None, kept: Mapping[str, str]
) -> Answer:
    """Return the page that asks for approval and posts the decision to `action`.

    `user_code` is a field of the form where it is not None; `kept` is sent along unseen.
    """
    code = "" if user_code is None else _field("Code", "user_code", user_code)
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">\n'
        for name, value in kept.items()
    )
    options = "".join(
        f"<option{' selected' if name == tier else ''}>{name}</option>" for name in SUBSCRIPTIONS
    )
    return _page(
        title,
        f'<form method="post" action="{escape(action)}">\n{hidden}{code}'
        f"{_field('Account', 'account', account)}"
        f'<label>Tier <select name="tier">{options}</select></label>\n'
        '<button name="decision" value="approve">Approve</button>\n'
        '<button name="decision" value="deny">Deny</button>\n</form>',
    )


def _field(label: str, name: str, value: str) -> str:
    return f'<label>{label} <input name="{name}" value="{escape(value)}" autocomplete="off"></label>\n'


def _page(title: str, content: str, status: int = 200) -> Answer:
    page = _PAGE.format(title=escape(title), content=content)
    return Answer(status, page.encode(), HTML_TYPE, {"cache-control": "no-store"})
