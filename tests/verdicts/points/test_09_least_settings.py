"""Point 9: settings with nothing but a spec and a command ended with a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.verdicts.points.shop import Shop

LEAST = (
    'spec = "openapi.yaml"\n[target]\ncommand = ["python", "-m", "tests.verdicts.kit"]\n[target.env]\nPORT = "{port}"\n'
)
ROW = {
    "post": {"callbacks": None, "responses": {"502": None, "503": None, "504": None}},
    "target": {"events": []},
    "ingest": "",
    "env": "",
}


@pytest.mark.parametrize(
    "words",
    [
        pytest.param((), id="default", marks=pytest.mark.long),
        pytest.param(("--only", "start-and-stop"), id="start-and-stop"),
        pytest.param(("--profile", "quick"), id="quick", marks=pytest.mark.long),
    ],
)
def test_the_least_settings_will_do(shop: Shop, words: tuple[str, ...]) -> None:
    """There is no ingest, no upstream, no session: what can be judged is judged, starting and stopping too."""
    shop.write(ROW)
    (shop.folder / "bothends.toml").write_text(LEAST, encoding="utf-8")
    name = f"9 nothing but spec and command {' '.join(words)}".strip()
    ended = shop.run(name, "verify", "--seed", "1", "--max-examples", "20", *words)
    assert 0 == ended.code, ended
    assert "Traceback" not in ended.out + ended.err
