"""The rows of the table: each a contract, a right target, and what breaks just one thing of it; as data, in YAML."""

from __future__ import annotations

import base64
import json
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TABLE = Path(__file__).parent / "table"
OPERATION = "placeOrder"
_NAMES = ("alice", "bob")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is not proven. Each part is a text that is to be found in it; empty: whatever stands there.

    Attributes:
        what: In `what`, whatever the case of its letters.
        where: In `where`.
        add: In `add`.
    """

    what: str = ""
    where: str = ""
    add: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """A target, and what is to be said of it.

    Attributes:
        row: The row's name, `FILE/NAME`.
        says: What the row is about.
        breaks: What is broken, `BREAK` of the kit; empty: the target is right.
        laws: BROKEN, by one of these; empty: by none.
        lines: *Not proven*, and exactly these; empty, with no laws either: PROVEN.
        contract: The OpenAPI document.
        settings: The settings file.
        description: What the kit does.
    """

    row: str
    says: str
    breaks: str
    laws: tuple[str, ...]
    lines: tuple[Line, ...]
    contract: Mapping[str, Any] = field(repr=False)
    settings: str = field(repr=False)
    description: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """The name of the test."""
        return f"{self.row}-{self.breaks or 'right'}"


def trials(file: str) -> list[Trial]:
    """Return all that a file of the table asks for, in its order."""
    base = read_yaml(TABLE / "base.yaml")
    return [trial for row in _read(file) for trial in trials_of(row, f"{file}/{row['row']}", base)]


def files() -> list[str]:
    """Return the names of the table's files."""
    return sorted(path.stem for path in TABLE.glob("*.yaml") if path.stem != "base")


def all_rows() -> list[str]:
    """Return the names of all rows."""
    return [f"{file}/{row['row']}" for file in files() for row in _read(file)]


@cache
def _read(file: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read_yaml(TABLE / f"{file}.yaml")["rows"]
    return rows


def trials_of(row: Mapping[str, Any], name: str, base: Mapping[str, Any]) -> list[Trial]:
    """Return what a row asks for: its right target, and each broken one.

    Args:
        row: `right` (`proven`, or `{laws}` or `{not-proven: [lines]}`), `broken` (the same, each with its `break`), and
            where it differs from the base: patches of the document (`spec`), of the operation (`post`) and of the
            kit's description (`target`); `path` and `callbacks` in place of the base's; further `operations` of the
            kit; schemes that static callers `play`, and how many `callers` there are; lines of TOML for the top of the
            settings (`top`), the target (`target-settings`), its environment (`env`), the ingest (`ingest`), and the
            end (`settings`).
        name: The row's name.
        base: The document (`spec`) and the kit's description (`target`) that it starts from.
    """
    contract = merged(base["spec"], row.get("spec", {}))
    item = contract["paths"].get("/orders")
    if "post" in row:
        item["post"] = merged(item["post"], row["post"])
    if "path" in row:  # the operation is at another one
        contract["paths"][row["path"]] = contract["paths"].pop("/orders")
    if "callbacks" in row:
        item["post"]["callbacks"] = deepcopy(row["callbacks"])
    for callback in item["post"].get("callbacks", {}).values():
        _say_within(callback)
    schemes: Mapping[str, Any] = contract["components"].get("securitySchemes", {})
    callers = callers_of(schemes, row.get("play", ()), row.get("callers", 2))
    described = merged(base["target"], row.get("target", {}))
    description = {"callers": callers, "operations": {OPERATION: described, **row.get("operations", {})}}
    settings = _settings(row, schemes, callers)
    sides = [{"break": "", **_expected(row["right"])}]
    sides += [{"break": each["break"], **_expected(each)} for each in row.get("broken", ())]
    return [
        Trial(
            row=name,
            says=row.get("says", name),
            breaks=side["break"],
            laws=tuple(side["laws"]),
            lines=tuple(Line(**line) for line in side["lines"]),
            contract=contract,
            settings=settings,
            description=description,
        )
        for side in sides
    ]


def _expected(side: Any) -> dict[str, Any]:
    if side == "proven":
        return {"laws": [], "lines": []}
    laws = side.get("laws", [])
    return {"laws": [laws] if isinstance(laws, str) else laws, "lines": side.get("not-proven", [])}


def merged(value: Any, patch: Any) -> Any:
    """Return a value with a JSON Merge Patch (RFC 7396) applied to it."""
    if not isinstance(patch, dict):
        return deepcopy(patch)
    result = deepcopy(value) if isinstance(value, dict) else {}
    for key, change in patch.items():
        if change is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), change)
    return result


def _say_within(callback: dict[str, Any]) -> None:
    """Put what stands beside the keys of a callback into its operations.

    OpenAPI's published schema for 3.1 takes everything beside a key for another key.
    """
    beside = {key: callback.pop(key) for key in [*callback] if key.startswith("x-")}
    for item in callback.values():
        for operation in item.values():
            operation.update(beside)


def callers_of(schemes: Mapping[str, Any], played: Sequence[str], count: int) -> list[dict[str, Any]]:
    """Return the callers: each with an identity, and with a value for each scheme that is played."""
    return [
        {"identity": {"id": name}, **{scheme: credential(schemes[scheme], scheme, name) for scheme in played}}
        for name in _NAMES[:count]
    ]


def credential(scheme: Mapping[str, Any], name: str, caller: str) -> str:
    """Return what a caller has for a scheme, as it stands in its header, parameter or cookie."""
    secret = f"{name}-of-{caller}-5f0c1e9a77"
    if scheme["type"] == "apiKey":
        return secret
    if scheme["type"] == "http" and scheme["scheme"].lower() == "basic":
        return f"Basic {base64.b64encode(f'{caller}:{secret}'.encode()).decode()}"
    return f"Bearer {secret}"


def _settings(row: Mapping[str, Any], schemes: Mapping[str, Any], callers: Sequence[Mapping[str, Any]]) -> str:
    parts = [
        'spec = "openapi.yaml"',
        row.get("top", ""),
        '[target]\ncommand = ["python", "-m", "tests.verdicts.kit"]',
        row.get("target-settings", ""),
        '[target.env]\nPORT = "{port}"\nUPSTREAM_TIMEOUT_MS = "{world.upstream_timeout_ms}"\nBREAK = "BREAKS"',
        row.get("env", 'INGEST = "{world.ingest}"'),
        "[world]\nupstream_timeout_ms = 1000",
    ]
    for name in row.get("play", ()):
        parts.append(f'[world.sessions.{name}]\nkind = "static"')
        parts.append(f"callers = [{', '.join(_caller(schemes[name], name, caller) for caller in callers)}]")
        parts.append(f"wrong = [{_placed(schemes[name], credential(schemes[name], name, 'mallory'))}]")
    parts.append(row.get("ingest", '[world.ingest]\nkind = "webhook"'))
    parts.append(row.get("settings", ""))
    return "\n".join(part for part in parts if part) + "\n"


def _caller(scheme: Mapping[str, Any], name: str, caller: Mapping[str, Any]) -> str:
    identity = ", ".join(f"{key} = {json.dumps(value)}" for key, value in caller["identity"].items())
    return _placed(scheme, caller[name])[:-1] + f", identity = {{{identity}}}}}"


def _placed(scheme: Mapping[str, Any], value: str) -> str:
    """Return a credential as an inline table of the settings: the part of the request where it stands."""
    if scheme["type"] != "apiKey":
        return f"{{headers = {{Authorization = {json.dumps(value)}}}}}"
    part = {"header": "headers", "query": "query", "cookie": "cookies"}[scheme["in"]]
    return f"{{{part} = {{{json.dumps(scheme['name'])} = {json.dumps(value)}}}}}"
