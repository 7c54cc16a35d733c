"""The mock follows edits of its contract: what is served changes, and what was created stays."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from bothends import edits
from bothends.errors import ContractError
from bothends.mock import Edit, Mock, Options, follow, open_contract, serving
from tests.in_process import bothends
from tests.mock.receiver import receiver
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SHOP = (Path(__file__).parent / "shop.yaml").read_text("utf-8")
KEY = '[world.sessions.key]\nkind = "api-key"\n'
LONGEST_WAIT = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A shop whose callers have keys that the mock makes."""
    (tmp_path / "openapi.yaml").write_text(SHOP, "utf-8")
    (tmp_path / "bothends.toml").write_text(f'spec = "openapi.yaml"\n{KEY}', "utf-8")
    return tmp_path


def edit(folder: Path, old: str, new: str) -> None:
    """Change the spec; the text must be there."""
    file = folder / "openapi.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_what_was_created_stays_and_what_is_said_of_it_changes(folder: Path) -> None:
    """Orders and keys are those of before, ids go on from there, a wrong contract changes nothing."""
    with receiver() as kept, serving(folder / "bothends.toml") as served:
        [ada, _] = httpx.get(f"{served.url}/_bothends/callers").json()
        order = {"sku": "lamp", "callbackUrl": kept.url}
        first = httpx.post(f"{served.url}/orders", json=order, headers=ada["headers"]).json()
        edit(folder, "openapi: 3.1.0", "openapi: [3.1.0")
        with pytest.raises(ContractError, match="can't be read as YAML"):
            served.reload()
        where = f"{served.url}/orders/{first['id']}"
        assert first == httpx.get(where, headers=ada["headers"]).json()
        edit(folder, "openapi: [3.1.0", "openapi: 3.1.0")
        edit(folder, "[id, sku, quantity]", "[id, sku, quantity, gift]")
        edit(
            folder,
            "        id: {type: string, pattern",
            "        gift: {const: true}\n        id: {type: string, pattern",
        )
        served.reload()
        assert {**first, "gift": True} == httpx.get(where, headers=ada["headers"]).json()
        second = httpx.post(f"{served.url}/orders", json=order, headers=ada["headers"])
        assert (201, True) == (second.status_code, second.json()["id"] != first["id"])
        assert served.wait(LONGEST)
        assert [1, 2] == [attempt.event for attempt in served.sent]


def test_other_sessions_have_other_callers(folder: Path) -> None:
    """Keys that the settings do not know any more let nobody in."""
    with serving(folder / "bothends.toml") as served:
        [ada, _] = httpx.get(f"{served.url}/_bothends/callers").json()
        (folder / "bothends.toml").write_text(f'spec = "openapi.yaml"\n{KEY}callers = [{{key = "own"}}]\n', "utf-8")
        served.reload()
        asked = [
            httpx.get(f"{served.url}/me", headers=headers).status_code
            for headers in (ada["headers"], dict.fromkeys(ada["headers"], "own"))
        ]
        assert [401, 200] == asked


def test_each_edit_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong one with its reason, one that is right by its file; also where the settings lead to another file."""
    monkeypatch.setattr(edits, "POLL_SECONDS", 0.01)
    told: asyncio.Queue[Edit] = asyncio.Queue()

    async def run(play: Callable[[], Awaitable[None]]) -> None:
        contract = open_contract(folder / "bothends.toml")
        async with Mock(contract, Options(seed="1")) as mock:
            following = asyncio.create_task(follow(mock, folder / "bothends.toml", None, 0, told.put_nowait))
            try:
                await asyncio.wait_for(play(), LONGEST_WAIT)
            finally:
                following.cancel()

    async def play() -> None:
        # What is newer than the beginning of the reading counts as changed since.
        first = await told.get()
        assert (None, True) == (first.wrong, folder / "openapi.yaml" in first.changed)
        (folder / "openapi.yaml").unlink()
        assert (await told.get()).wrong is not None
        (folder / "other.yaml").write_text(SHOP, "utf-8")
        (folder / "bothends.toml").write_text('spec = "other.yaml"\n', "utf-8")
        while (last := await told.get()).wrong is not None:
            pass
        assert folder / "bothends.toml" in last.changed

    asyncio.run(run(play))


def test_a_url_is_not_followed(tmp_path: Path) -> None:
    """It is no file."""
    done = bothends(tmp_path, "mock", "--reload", "--spec", "http://127.0.0.1:9/openapi.json")
    assert (2, True) == (done.returncode, bool(re.search("--reload follows files", done.stderr)))
