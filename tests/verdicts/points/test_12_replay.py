"""Point 12: a replay was of another target's finding, or ended PROVEN without having shown its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.verdicts.command import Ended
    from tests.verdicts.points.shop import Shop

WRONG = "wrong:orderPlaced:/data"
VERIFY = ("verify", "--only", "success", "--seed", "1")


def launched(shop: Shop) -> list[list[str]]:
    """Return the commands that the last run has started, as its events say."""
    lines = (shop.folder / "events.ndjson").read_text(encoding="utf-8").splitlines()
    return [event["launched"] for event in map(json.loads, lines) if event["event"] == "run-started"]


def found(ended: Ended) -> str:
    """Return the ID of the first finding."""
    first: Any = ended.report["findings"][0]
    return str(first["id"])


def two_settings(shop: Shop) -> dict[str, str]:
    """Write two settings files of one contract, whose targets have the same bug; return the finding's ID in each."""
    shop.write(None, WRONG)
    text = (shop.folder / "bothends.toml").read_text(encoding="utf-8")
    ids = {}
    for name in ("a", "b"):
        settings = text.replace('"tests.verdicts.kit"]', f'"tests.verdicts.kit", "{name}"]')
        (shop.folder / f"{name}.toml").write_text(settings, encoding="utf-8")
        ended = shop.run(f"12 {name}.toml", *VERIFY, "--config", f"{name}.toml")
        assert 1 == ended.code, ended
        ids[name] = found(ended)
    return ids


@pytest.mark.long
def test_a_replay_is_of_the_settings_that_are_asked_for(shop: Shop) -> None:
    """Two settings files in one folder have findings of their own, whatever was verified last."""
    ids = two_settings(shop)
    for name in ("a", "b"):
        words = ("replay", ids[name], "--config", f"{name}.toml", "--ndjson", "events.ndjson")
        ended = shop.run(f"12 replay of {name}.toml", *words)
        assert (1, name) == (ended.code, launched(shop)[0][-1]), ended


@pytest.mark.long
def test_an_id_that_two_settings_have_is_asked_about(shop: Shop) -> None:
    """Where an ID alone names two findings, nothing is replayed before one is chosen; where it names one, that is."""
    ids = two_settings(shop)
    ended = shop.run("12 replay without --config", "replay", ids["a"], "--ndjson", "events.ndjson")
    if ids["a"] == ids["b"]:
        assert 2 == ended.code, ended
        assert "--config" in ended.err
    else:
        assert (1, "a") == (ended.code, launched(shop)[0][-1]), ended


def test_a_replay_that_shows_nothing_says_so(shop: Shop) -> None:
    """The bug is mended in the meantime: the replay has not reproduced it, and that is not PROVEN."""
    broken = shop.folder / "break.txt"
    broken.write_text("twice:orderPlaced", encoding="utf-8")
    shop.write({"env": f'INGEST = "{{world.ingest}}"\nEVENT_KEY = "{{world.event_key}}"\nBREAK_FILE = "{broken}"'})
    ended = shop.run("12 the bug is there", *VERIFY)
    assert 1 == ended.code, ended
    again = shop.run("12 replay, the bug is there", "replay", found(ended))
    assert 1 == again.code, again
    assert "not reproduced" not in again.out.lower()
    assert "reproduced" in again.out.lower()
    broken.write_text("", encoding="utf-8")
    mended = shop.run("12 replay, the bug is mended", "replay", found(ended))
    assert 4 == mended.code, mended
    assert "not reproduced" in mended.out.lower()


@pytest.mark.long
def test_an_answer_that_nothing_brings_about_is_no_request(shop: Shop) -> None:
    """It is told where it stands in the contract; no request shows it, so there is none to be replayed."""
    conflict = {"description": "In conflict with another one."}
    ended = shop.verify("12 an answer that nothing brings about", {"post": {"responses": {"409": conflict}}})
    assert "none/none" not in ended.out, ended
    assert 4 == ended.code, ended
    [line] = [each for each in ended.missing if "409" in each["what"]]
    assert "/responses/409" in line["where"]


@pytest.mark.long
def test_nothing_is_left_beside_the_settings(shop: Shop) -> None:
    """What one run keeps for the next is in one folder."""
    shop.verify("12 what is left in the folder")
    names = {path.name for path in shop.folder.iterdir()}
    assert {"openapi.yaml", "bothends.toml", "kit.json", "report.json", ".bothends"} == names
