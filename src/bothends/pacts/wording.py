"""How values of a pact are put into words."""

from __future__ import annotations

import json
from typing import Any

from bothends.records import MISSING

_LONGEST = 300


def shown(value: Any) -> str:
    """Return a value as JSON on one line, cut when it is long; `nothing` for `MISSING`."""
    if value is MISSING:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"
