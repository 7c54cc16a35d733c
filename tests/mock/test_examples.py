"""The mock of each example of this repository, as the target of that example's own settings."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from bothends.mock import serving
from tests.documents.walk import EXPRESS, KEYS, SERVICES, Reader, running, section
from tests.in_process import bothends

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

ROOT = Path(__file__).resolve().parents[2]
ORDERS = ROOT / "examples" / "orders" / "python" / "bothends.toml"
OTHERS = ("node", "starlette", "hardened", "nextjs", "orders/python", "orders/node", "stripe")


LIMIT = """\
  - target: $.paths['/bookings'].post.responses['413']
    update: {x-given: {family: body-too-large, bytes: 102400}}
"""


def settings() -> list[ParameterSet]:
    """Return the settings files of the project and its examples."""
    files = [ROOT / "bothends.toml", *(ROOT / "examples" / name / "bothends.toml" for name in OTHERS)]
    return [pytest.param(file, id=str(file.parent.relative_to(ROOT))) for file in files]


@pytest.mark.long
@pytest.mark.parametrize("file", settings())
def test_it_is_proven(file: Path, tmp_path: Path) -> None:
    """By a whole run of the quick profile, with no finding but warnings."""
    report = tmp_path / "report.json"
    words = ["--config", str(file), "--command", f"bothends mock --config {file}", "--profile", "quick"]
    done = bothends(tmp_path, "verify", *words, "--json", str(report), measured=False)
    assert (0, "proven") == (done.returncode, json.loads(report.read_text("utf-8"))["verdict"]), done.stdout


@pytest.mark.long
@pytest.mark.parametrize("name", SERVICES)
def test_what_a_plain_document_becomes_is_proven(name: str, tmp_path: Path) -> None:
    """With the lines that the way from a plain run to PROVEN adds to the documents of FastAPI and Express."""
    if name == "Express":
        subprocess.run([EXPRESS / "build.sh"], check=True)
    command, named = SERVICES[name]
    with running(command) as port:
        Reader(tmp_path, named, port).prepare(section(name))
    if name == "Express":  # how much it takes, its document says in words only
        with (tmp_path / "promises.overlay.yaml").open("a", encoding="utf-8") as overlay:
            overlay.write(LIMIT)
    words = ["--command", "bothends mock --port {port}", "--profile", "quick"]
    done = bothends(tmp_path, "verify", *words, env=KEYS, measured=False)
    assert 0 == done.returncode, done.stdout


def test_an_order_that_is_shipped_is_not_cancelled() -> None:
    """The contract of the orders names it by an example, and its answer by one of the same name."""
    with serving(ORDERS) as served:
        [ada, *_] = [
            each for each in httpx.get(f"{served.url}/_bothends/callers").json() if "bearer" in each["schemes"]
        ]
        said = [
            httpx.post(f"{served.url}/orders/{name}/cancel", json={"reason": "x"}, headers=ada["headers"])
            for name in ("ord_shipped", "ord_sample", "ord_unknown")
        ]
        assert [409, 202, 404] == [each.status_code for each in said]
        assert "The order is shipped already." == said[0].json()["title"]
