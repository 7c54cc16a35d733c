"""`docs/reference/diff.md`: each rule of `bothends diff`, what it tells, and whom it breaks."""

from __future__ import annotations

import tomllib
from pathlib import Path

from bothends.diff import RULES
from tests.documents.tables import HEAD, code, table

TEXT = Path(__file__).parent / "written" / "diff.md"
OTHERS = Path(__file__).parents[1] / "diff" / "oasdiff_rules.toml"
_OTHERS = """
## Beside oasdiff

oasdiff is a tool that compares the OpenAPI documents of APIs. Of its {rules} rules, {count} can break (errors and
warnings, at commit `{commit}`). `tests/diff/oasdiff_rules.toml` maps {rows} of them to a row of the table in
`tests/diff`, which is tried in both directions. The other {reasons} are no rows, for these reasons:

"""


def page() -> str:
    """Return the page."""
    rows = [(code(each.name), each.what, each.why) for each in sorted(RULES, key=lambda each: each.name)]
    parts = (
        HEAD.format(source="src/bothends/diff"),
        TEXT.read_text("utf-8"),
        "\n",
        table(("rule", "what has changed", "whom it breaks, and why"), rows),
        _others(),
    )
    return "".join(parts)


def _others() -> str:
    found = tomllib.loads(OTHERS.read_text("utf-8"))
    rows, reasons = found["rows"], found["reasons"]
    text = _OTHERS.format(
        rules=found["rules"],
        commit=found["commit"],
        count=len(rows) + len(reasons),
        rows=len(rows),
        reasons=len(reasons),
    )
    by_reason: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        by_reason.setdefault(reason, []).append(name)
    return text + table(("reason", "rules"), [(reason, str(len(names))) for reason, names in by_reason.items()])
