"""The mock shows what others send to it, and what they answer: in lines of a log, and as JSON."""

from __future__ import annotations

import json
import re
import signal
from typing import TYPE_CHECKING, Any

import httpx

from tests.mock.receiver import receiver
from tests.mock.test_command import SHOP, START_SECONDS, mock, said
from tests.outputs import readers
from tests.outputs.conftest import KINDS
from tests.outputs.texts import TEXTS, in_path
from tests.outputs.texts import said as said_by_target

if TYPE_CHECKING:
    from pathlib import Path

# Half of a surrogate pair is no text: such an order is refused.
SHORT = [name for name, text in TEXTS.items() if len(text) < 1000 and "\ud800" not in text]


def shown(folder: Path, *, hostile: bool) -> Any:
    """Return what a mock tells of orders that say the texts, in their members and in the addresses of their events."""
    with receiver() as kept, mock(folder, "--spec", SHOP, "--port", "0") as (process, url):
        for number, name in enumerate(SHORT):
            text = said_by_target(name, hostile=hostile)
            assert 201 == ordered(url, f"{number} {text}", f"{kept.url}/{number}/{in_path(text)}")
            assert ordered(url, text, f"{kept.url}/raw/{text}") < 500
        listed = httpx.get(f"{url}/_bothends/events")
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(START_SECONDS)
    assert "application/json" == listed.headers["content-type"]
    lines = said(folder)
    readers.plain(lines)
    assert [] == readers.Runner().read(lines)
    of_each = [re.findall(rf"orderPlaced  POST \S+/{number}/.*  204 \(taken", lines) for number in range(len(SHORT))]
    attempts = json.loads(listed.text)["attempts"]
    assert all(of_each)
    return [len(one) for one in of_each], sum("/raw/" not in one["url"] for one in attempts)


def ordered(url: str, sku: str, callback: str) -> int:
    """Place an order, and return what is answered."""
    order = json.dumps({"sku": sku, "callbackUrl": callback}).encode()
    return httpx.post(f"{url}/orders", content=order, headers={"Content-Type": "application/json"}).status_code


def test_what_the_mock_tells_is_what_it_tells_of_harmless_orders(tmp_path: Path) -> None:
    """A line for each attempt, nothing that a terminal or GitHub's runner obeys, and JSON that is read."""
    seen = {}
    for kind in KINDS:
        (tmp_path / kind).mkdir()
        seen[kind] = shown(tmp_path / kind, hostile=kind == "hostile")
    assert seen["harmless"] == seen["hostile"]
