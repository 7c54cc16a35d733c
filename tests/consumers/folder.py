"""The folder of pacts: where it is, and the one form in which a pact is committed."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "contracts" / "pacts"
FOLDER_VARIABLE = "PACTS_FOLDER"
"""The environment variable that says where the consumers' tests write their pacts."""


def normal_form(file: Path) -> str:
    """Return a pact as it is committed: the same text whenever the same tests have made it.

    Interactions are in the order of their descriptions, since tests run in any order. The versions of the
    libraries that wrote it are left out: they are no part of what was agreed.
    """
    pact = json.loads(file.read_bytes())
    pact["interactions"].sort(key=lambda interaction: interaction["description"])
    pact["metadata"] = {"pactSpecification": pact["metadata"]["pactSpecification"]}
    return json.dumps(pact, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
