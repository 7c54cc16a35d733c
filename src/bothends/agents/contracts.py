"""The tools for a contract: lint, diff and init. None of them sends a request, but for init to the settings' target."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.agents.commands import run
from bothends.agents.runs import FailedError
from bothends.agents.sizes import paged
from bothends.agents.tools import CONFIG, OPERATIONS, PAGE, URL, object_of, tool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bothends.agents.commands import Ended
    from bothends.agents.tools import Call

_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_BROKEN = 1
_REFUSED = 2


def _rows(properties: Sequence[str]) -> dict[str, Any]:
    return {"type": "array", "items": object_of(dict.fromkeys(properties, _TEXT), ())}


def _pages(call: Call, head: Mapping[str, Any], name: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a page of a list, whose rows have no empty members."""
    full = [{key: text for key, text in row.items() if text} for row in rows]
    return paged(dict(head), {name: full}, call.page)


def _read(ended: Ended, *good: int) -> dict[str, Any]:
    """Return what a command has written as JSON, or raise a `FailedError`."""
    if ended.code not in good or not ended.out:
        raise FailedError(ended)
    value: dict[str, Any] = json.loads(ended.out)
    return value


def _where(place: Mapping[str, Any]) -> str:
    line = "" if place["line"] is None else f":{place['line']}"
    return f"{place['file']}{line} {place['pointer']}".rstrip()


@tool(
    "lint",
    "Find the contract's own mistakes, before anything runs: in the spec, in what it says of events and sources of "
    "values, and in the settings. Run it after each change of the contract. The result has the mistakes, each with its "
    "line and what to do.",
    takes={
        "config": CONFIG,
        "spec": {"type": "string", "description": "the spec, a file within the project (default: the settings')"},
        "operations": OPERATIONS,
        "hints": {"type": "boolean", "description": "show hints, too: true or false"},
        "page": PAGE,
    },
    gives=object_of(
        {
            "refused": {"type": "boolean"},
            "errors": _NUMBER,
            "warnings": _NUMBER,
            "hints": _NUMBER,
            "mistakes": _rows(("level", "rule", "where", "problem", "advice")),
            "page": _NUMBER,
            "pages": _NUMBER,
        },
        ("refused", "errors", "warnings", "hints", "mistakes", "page", "pages"),
    ),
    reads_only=True,
)
async def lint(call: Call) -> dict[str, Any]:
    """Lint, and return the mistakes."""
    given = call.arguments
    words = ["lint", "--format=json", "--hints", *call.project.words(given.get("config"))]
    words += [f"--spec={call.project.file(given['spec'], 'spec')}"] if "spec" in given else []
    words += [f"--operation={one}" for one in given.get("operations", ())]
    ended = await run(words, call.project.folder)
    found = _read(ended, 0, _BROKEN, _REFUSED)["complaints"]
    head: dict[str, Any] = {"refused": ended.code == _REFUSED}
    head |= {f"{level}s": sum(one["level"] == level for one in found) for level in ("error", "warning", "hint")}
    rows = [
        {name: one[name] for name in ("level", "rule", "problem", "advice")} | {"where": _where(one)}
        for one in found
        if given.get("hints") or one["level"] != "hint"
    ]
    return _pages(call, head, "mistakes", rows)


@tool(
    "diff",
    "Show what a change of the contract breaks, and for whom: callers, or consumers of its events. Run it before a "
    "change of the spec is proposed. The result has the changes, breaks first.",
    takes={
        "old": {"type": "string", "description": "the old spec: a file, or REVISION:FILE of git, from the project"},
        "new": {"type": "string", "description": "the new spec: a file, or REVISION:FILE of git, from the project"},
        "config": CONFIG,
        "operations": OPERATIONS,
        "all": {"type": "boolean", "description": "show changes that break nobody, too: true or false"},
        "page": PAGE,
    },
    needs=("old", "new"),
    gives=object_of(
        {
            "breaks": _NUMBER,
            "counts": {"type": "object"},
            "changes": _rows(
                ("id", "verdict", "audience", "subject", "rule", "problem", "old", "new", "counterexample", "accepted")
            ),
            "page": _NUMBER,
            "pages": _NUMBER,
        },
        ("counts", "changes", "page", "pages"),
    ),
    reads_only=True,
)
async def diff(call: Call) -> dict[str, Any]:
    """Compare, and return the changes."""
    given = call.arguments
    words = ["diff", "--format=json", *call.project.words(given.get("config"))]
    words += [f"--operation={one}" for one in given.get("operations", ())]
    words += ["--all"] if given.get("all") else []
    words += ["--", *(call.project.document(given[name], name) for name in ("old", "new"))]
    found = _read(await run(words, call.project.folder), 0, _BROKEN)
    rows = [
        {name: one[name] for name in ("id", "verdict", "audience", "subject", "rule", "problem")}
        | {"old": _where(one["old"]), "new": _where(one["new"])}
        | {"counterexample": json.dumps(one["counterexample"]) if "counterexample" in one else ""}
        | {"accepted": str(one.get("accepted") or "")}
        for one in found["changes"]
    ]
    return _pages(call, {"counts": found["counts"]}, "changes", rows)


@tool(
    "init",
    "Write the start of a contract beside the settings file: settings, an overlay with what the spec does not say, a "
    "pact. It changes no file that is there. It asks the settings' target, or the service at `url`, what it answers. "
    "Without a spec and settings, it writes a small service to begin with.",
    takes={
        "from": {
            "type": "string",
            "description": "the spec: a file within the project, or a URL of this machine that serves it (default: the "
            "settings', else openapi.yaml or openapi.json)",
        },
        "config": CONFIG,
        "url": URL,
        "operations": OPERATIONS,
    },
    gives=object_of(
        {
            "wrote": {"type": "array", "items": _TEXT},
            "kept": {"type": "array", "items": _TEXT},
            "rows": _rows(("note",)),
            "next": _TEXT,
            "page": _NUMBER,
            "pages": _NUMBER,
        },
        ("wrote", "kept", "next"),
    ),
)
async def init(call: Call) -> dict[str, Any]:
    """Write the start of a contract, and return what was written."""
    given = call.arguments
    words = ["init", *call.project.words(given.get("config"))]
    words += [f"--from={call.project.source(given['from'], 'from')}"] if "from" in given else []
    words += [f"--url={call.project.url(given['url'], 'url')}"] if "url" in given else []
    words += [f"--operation={one}" for one in given.get("operations", ())]
    ended = await run(words, call.project.folder)
    if ended.code:
        raise FailedError(ended)
    lines = ended.out.splitlines()
    parts = {name: [line.partition(" ")[2].strip() for line in lines if line.startswith(f"{name} ")] for name in _PARTS}
    notes = [line for line in lines if not line.startswith(tuple(f"{name} " for name in (*_PARTS, "next: ")))]
    then = next((line.partition(":")[2].strip() for line in lines if line.startswith("next:")), "")
    return paged({**parts, "next": then}, {"rows": [{"note": line} for line in notes]}, call.page)


_PARTS = ("wrote", "kept")
