"""Has Directus write its own OpenAPI document, beside this file: with the collections that the setup makes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "by_hand"))

from product import started  # noqa: E402 -- it lies in the folder of the scripts

with started("directus/bothends.toml") as product:
    answer = product.send("GET", "/server/specs/oas", headers={"Authorization": "Bearer admin-token-0123456789abcdef"})
    (HERE / "openapi.json").write_text(json.dumps(answer.json, indent=1), encoding="utf-8")
