"""`docs/reference/settings.md`: every key of `bothends.toml`, in the words of the records that hold them."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.contract.settings import (
    GUARANTEES,
    CallbackSettings,
    IngestSettings,
    Settings,
    TargetSettings,
    UpstreamSettings,
    WorldSettings,
)
from bothends.contract.settings.settings import LintSettings
from bothends.contract.tables import SESSIONS, SIGNATURES, SetupStep
from bothends.contract.tables.toml_table import settings_schema
from bothends.documents import DocumentFolders
from tests.documents.tables import HEAD, code, sentence, table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from dataclasses import Field

WRITTEN = Path(__file__).parent / "written"
TABLES: tuple[tuple[str, type, tuple[str, ...]], ...] = (
    ("", Settings, ("file", "spec_url", "documents", "target", "world", "callbacks", "lint")),
    ("documents", DocumentFolders, ()),
    ("target", TargetSettings, ("file", "env_of_call")),
    ("target.setup", SetupStep, ("location",)),
    ("world", WorldSettings, ("session", "sessions", "upstreams", "ingests", "file", "states_timeout")),
    ("world.upstreams.NAME", UpstreamSettings, ("name",)),
    ("world.ingest", IngestSettings, ("own",)),
    ("world.ingests.NAME", IngestSettings, ("own",)),
    ("callbacks.NAME", CallbackSettings, ()),
    ("lint", LintSettings, ()),
)
"""Each table of the file, the record that holds it, and which of its attributes are no keys of the table."""
OF_KINDS = ("world.session", "world.sessions.NAME")
"""The tables whose keys are those of a kind."""
_KINDS = {"str": "string", "Path": "string", "bool": "boolean", "int": "integer", "float": "number"}
_NAMED_KINDS = {
    "TargetSettings.keeps_state": "`stop` or `kill`",
    "DocumentFolders.folders": "list of strings",
    "DocumentFolders.urls": "table of strings",
    "IngestSettings.receives": "list of strings",
    "SetupStep.form": "table of strings",
    "SetupStep.headers": "table of strings, or of tables",
    "SetupStep.json": "any value",
    "SetupStep.status": "integer, or list of integers",
    "SetupStep.take": "table of strings",
    "TargetSettings.secrets": "list of strings",
    "TargetSettings.watch": "list of strings",
    "TargetSettings.setup_headers": "table of strings, or of tables",
    "TargetSettings.setup": "list of tables, list of strings, or string",
    "Settings.spec_headers": "table of strings, or of tables",
    "Settings.operations": "list of strings",
    "Settings.overlays": "list of strings",
    "Settings.plugins": "list of strings",
    "Settings.workflows": "list of strings",
    "IngestSettings.callback_path": "string",
    "IngestSettings.signature": "string, or table",
    "CallbackSettings.delivery": "string, or table",
}
_ODD_KINDS = {
    "tuple[str, ...]": "list of strings, or string",
    "Mapping[str, str]": "table of strings",
}
# A flag's default is false, a command has none, a variable neither.
_OPTIONAL = {
    "UpstreamSettings.method": "`GET`",
    "TargetSettings.cwd": "the settings file's folder",
}


def page() -> str:
    """Return the page."""
    parts = [
        HEAD.format(source="src/bothends/contract/settings/settings.py"),
        (WRITTEN / "settings.md").read_text("utf-8"),
    ]
    for name, record, others in TABLES:
        if record is UpstreamSettings:
            parts.append(_sessions())
        rows = [row for field in fields(record) if field.name not in others for row in _rows(record, field)]
        brackets = "[[{}]]" if record is SetupStep else "[{}]"
        title = code(brackets.format(name)) if name else "At the top"
        parts.append(f"\n## {title}\n\n{table(('key', 'kind', 'default', 'what it is'), rows)}")
        if name == "world.ingests.NAME":
            parts.append(_signatures())
    parts.append((WRITTEN / "settings-variables.md").read_text("utf-8"))
    return "".join(parts)


_SESSIONS = """
## `[world.session]`

How callers sign in where the contract demands one security scheme. `kind` is required: one of these, or the kind of a
package, by its name or as `module:Class`. Any string can contain `{env.NAME}`, an environment variable.

"""


def _sessions() -> str:
    """Return the tables of the session kinds, each with the keys of its own."""
    kinds = [SESSIONS.get(name) for name in SESSIONS.names]
    parts = [
        _SESSIONS,
        table(("`kind`", "what it plays"), [(code(kind.kind), sentence(kind.about)) for kind in kinds]),
    ]
    for kind in kinds:
        required = kind.schema.get("required", ())
        rows = [_row_of_schema(key, each, required=key in required) for key, each in kind.schema["properties"].items()]
        parts.append(f"\n### `{kind.kind}`\n\n{table(('key', 'kind', 'default', 'what it is'), rows)}")
    parts.append("\n## `[world.sessions.NAME]`\n\nThe keys of `[world.session]`, for the security scheme `NAME`.\n")
    return "".join(parts)


_SIGNATURES = """
## `[world.ingests.NAME.signature]`

How the target signs what it sends to the ingest. `signature = "stripe"` is the table with that `kind` alone; a table
without `kind` is a `template`. Any string can contain `{env.NAME}`. Of `secret` and `secrets`, a table has one at most:

"""


def _signatures() -> str:
    """Return the tables of the kinds of signature, each with the keys of its own."""
    kinds = [SIGNATURES.get(name) for name in SIGNATURES.names]
    head = ("key", "kind", "default", "what it is")
    common = settings_schema()["$defs"]["any-signature"]["properties"]
    rows = [_row_of_schema(key, each, required=False) for key, each in common.items()]
    about = table(("`kind`", "what it is"), [(code(kind.kind), sentence(kind.about)) for kind in kinds])
    parts = [_SIGNATURES, table(head, rows), "\n", about]
    for kind in kinds:
        required = kind.schema.get("required", ())
        rows = [_row_of_schema(key, each, required=key in required) for key, each in kind.schema["properties"].items()]
        parts.append(f"\n### `{kind.kind}`\n\n{table(head, rows)}")
    return "".join(parts)


_SORTS = {"string": "string", "boolean": "boolean", "array": "list of tables", "integer": "integer", "object": "table"}


def _row_of_schema(key: str, schema: Mapping[str, Any], *, required: bool) -> tuple[str, str, str, str]:
    text, _, default = schema["description"].partition(" Without it: ")
    usual = "`false`" if schema["type"] == "boolean" else "none"
    if isinstance(schema["type"], list):
        sort = "number, or list of strings"
    else:
        sort = "list of strings" if schema.get("items", {}).get("type") == "string" else _SORTS[schema["type"]]
    return code(key), sort, "required" if required else default.rstrip(".") or usual, sentence(text)


def keys() -> dict[str, list[str]]:
    """Return the keys of each table that the page names."""
    return {
        name: [
            key for f in fields(record) if f.name not in others for key in ([*GUARANTEES] if _is_set(f) else [f.name])
        ]
        for name, record, others in TABLES
    }


def meaning(table: str, key: str) -> str:
    """Return what the page says of a key of a table."""
    if key in GUARANTEES:
        return sentence(GUARANTEES[key])
    record = next(record for name, record, _ in TABLES if name == table)
    return sentence(_meaning(record, key)[0])


def _is_set(field: Field[Any]) -> bool:
    """Whether a field holds the names of flags that are set: the guarantees."""
    return str(field.type) == "frozenset[str]"


def _rows(record: type, field: Field[Any]) -> list[tuple[str, str, str, str]]:
    if _is_set(field):
        return [(code(name), "boolean", "`false`", sentence(text)) for name, text in GUARANTEES.items()]
    return [_row(record, field)]


def _row(record: type, field: Field[Any]) -> tuple[str, str, str, str]:
    text, default = _meaning(record, field.name)
    kind = _NAMED_KINDS.get(f"{record.__name__}.{field.name}") or _kind(str(field.type))
    return code(field.name), kind, default or _default(record, field), sentence(text)


def _kind(annotation: str) -> str:
    return _ODD_KINDS.get(annotation) or _KINDS[annotation.removesuffix(" | None")]


def _default(record: type, field: Field[Any]) -> str:
    known = _OPTIONAL.get(f"{record.__name__}.{field.name}")
    if known is not None:
        return known
    if field.default is MISSING:
        return "none" if field.default_factory is not MISSING else "required"
    if isinstance(field.default, bool):
        return code(str(field.default).lower())
    return code(str(field.default)) if field.default not in (None, ()) else "none"


def _meaning(record: type, name: str) -> tuple[str, str]:
    """Return what the record's docstring says of an attribute, and of its absence."""
    # Cleaned, since Python 3.13 keeps a docstring without its indentation, and older ones keep it as it stands.
    found = re.search(rf"^    {name}: (.*(?:\n {{8}}.*)*)", cleandoc(record.__doc__ or ""), re.MULTILINE)
    if found is None:
        raise ValueError(f"{record.__name__} does not say what {name} is")
    text, _, default = " ".join(found[1].split()).partition("; None: ")
    return re.sub(r"; None when there is none|; empty when there is none to launch", "", text), default.rstrip(".")
