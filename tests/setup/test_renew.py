"""Credentials that do not last are renewed in time, and no request is repeated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bothends.contract.settings import load_settings
from bothends.errors import ContractError
from tests.setup.project import CALLERS, HERE, STEPS, Shop

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = json.dumps(["python", f"{HERE}/prepare.py", "{target}", "{world.hooks}/orders", "renews"])


def shop(folder: Path, renew: str, seconds: float) -> Shop:
    """Return a contract whose tokens end after some seconds."""
    return Shop(folder, callers=f"{CALLERS}{renew}\n", env={"LIFETIME": str(seconds)})


@pytest.mark.long
def test_tokens_that_do_not_last(tmp_path: Path) -> None:
    """A right target is proven though its tokens end within the run; the command is run again and again."""
    done = shop(tmp_path, f"renew = {COMMAND}\nrenew_after_s = 10", 40).run("--seed", "1")
    assert set() == done.laws, done.out
    assert 2 <= len((tmp_path / "times.txt").read_text().splitlines())
    assert "tok-" not in done.out + json.dumps(done.report)


def test_a_renewal_that_fails(tmp_path: Path) -> None:
    """The run ends with what the command said."""
    command = json.dumps(["python", "-c", "import time; raise SystemExit('no network')"])
    done = shop(tmp_path, f"renew = {command}\nrenew_after_s = 1", 1000).run("--seed", "1", "--only", "success")
    assert 3 == done.code, done.out
    assert "The command `renew` ended with exit code 1: " in done.out
    assert "| no network" in done.out


@pytest.mark.parametrize(
    ("renew", "callers", "told"),
    [
        ("renew = ['x']", CALLERS, "'renew' needs 'renew_after_s'."),
        ("renew_after_s = 5", CALLERS, "'renew_after_s' needs 'renew'."),
        (
            "renew = ['x']\nrenew_after_s = 5",
            'callers = [{headers = {Authorization = "Bearer ada-token"}}]\n',
            "'renew' yields values of setup, but no credential uses one.",
        ),
    ],
)
def test_half_of_a_renewal(tmp_path: Path, renew: str, callers: str, told: str) -> None:
    """Each is an error of the settings, with its line."""
    Shop(tmp_path, setup=STEPS, callers=f"{callers}{renew}\n").write()
    with pytest.raises(ContractError, match=told) as caught:
        load_settings(tmp_path / "bothends.toml")
    assert caught.value.where is not None
    assert caught.value.where.line is not None
