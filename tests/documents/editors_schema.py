"""`bothends.schema.json`, which editors read: what kinds of session and ingest add to it is written from the kinds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bothends.contract
from bothends.contract.tables import kinds

FILE = Path(bothends.contract.__file__).with_name("bothends.schema.json")


def text() -> str:
    """Return the file as it should be: the parts that are no kind's are left as they are."""
    schema: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    defs = schema["$defs"]
    for sort in (kinds.SESSIONS, kinds.INGESTS):
        defs[sort.sort]["properties"]["kind"]["anyOf"] = [{"enum": list(sort.names)}, {"type": "string"}]
        defs[sort.sort]["allOf"] = [_branch(sort, name) for name in sort.names]
        for name in sort.names:
            defs |= kinds.definitions(sort.get(name), name, defs[f"any-{sort.sort}"]["properties"])
    defs["signature"]["allOf"] = list(kinds.signature_branches(closed=False))
    for name in kinds.SIGNATURES.names:
        defs |= kinds.definitions(kinds.SIGNATURES.get(name), name, defs["any-signature"]["properties"])
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _branch(sort: kinds.Kinds[Any], name: str) -> dict[str, Any]:
    """Return what asks the schema of a kind about a table of that kind."""
    this: dict[str, Any] = {"properties": {"kind": {"const": name}}}
    if name != sort.usual:
        this["required"] = ["kind"]
    return {"if": this, "then": {"$ref": f"#/$defs/{sort.sort}-{name}"}}
