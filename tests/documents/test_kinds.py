"""The pages on signing in and on ingests have each kind of bothends."""

from __future__ import annotations

from typing import Any

import pytest

from bothends.contract.tables import INGESTS, SESSIONS
from tests.documents.blocks import ROOT


@pytest.mark.parametrize(("page", "kinds"), [("sign-in.md", SESSIONS), ("ingests.md", INGESTS)])
def test_each_kind_is_on_its_page(page: str, kinds: Any) -> None:
    """Its table says what it plays; kinds that other tests add are on none."""
    table = "".join(
        line for line in (ROOT / "docs" / "how-to" / page).read_text("utf-8").splitlines() if line.startswith("|")
    )
    own = [name for name in kinds.names if kinds.get(name).__module__.startswith("bothends.")]
    assert own
    assert [] == [name for name in own if f"`{name}`" not in table], f"add its row to docs/how-to/{page}"
