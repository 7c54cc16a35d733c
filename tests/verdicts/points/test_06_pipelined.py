"""Point 6: a right Node target was accused of two events, of which the client had asked for one twice."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.verdicts.command import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.verdicts.points.shop import Shop

NODE = shutil.which("node")


def closing_after_413(folder: Path) -> None:
    """Copy the Node example, which now answers 413 and closes, once it has read more than the limit.

    What has been pipelined behind such a request may have been executed or not (RFC 9112, 9.3.2 and 9.6).
    """
    shutil.copytree(ROOT / "examples" / "node", folder, dirs_exist_ok=True)
    _replace(
        folder / "body.mjs", "  if (Number(request.headers['content-length'] ?? 0) > MAX_BYTES) {\n", "  if (false) {\n"
    )
    _replace(folder / "route.mjs", "|| status === 408", "|| status === 408 || status === 413")
    settings = folder / "bothends.toml"
    _replace(settings, 'pacts = "../../contracts/pacts"\n', "")
    _replace(settings, '"../../openapi.yaml', f'"{ROOT}/openapi.yaml')
    _replace(settings, '"../../openapi.yaml', f'"{ROOT}/openapi.yaml')


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} is not as it was"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--only", "sizes"), id="sizes"),
        pytest.param(("--profile", "quick", "--max-examples", "8"), id="quick", marks=pytest.mark.long),
    ],
)
def test_a_target_that_answers_413_and_closes_is_right(shop: Shop, words: tuple[str, ...]) -> None:
    """No request is sent again that may have been executed, and none is counted twice."""
    assert NODE is not None, "Node.js is missing: tests/programs.sh installs it"
    closing_after_413(shop.folder)
    ended = shop.run(f"6 413 and Connection: close, {words[1]}", "verify", "--seed", "1", *words)
    assert () == ended.laws, ended
    assert 0 == ended.code, ended
