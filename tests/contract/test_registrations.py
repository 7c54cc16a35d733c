"""`x-registers`: what it may say, where its address is, and which requests it is played with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases import REGISTRATIONS, plain_cases
from bothends.contract import load
from bothends.contract.requests import is_aside
from bothends.errors import ContractError
from bothends.world import own_urls
from tests.judged.test_registrations import SAID, spec_of

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract

HOOKS = '[world.ingests.hooks]\nkind = "webhook"\npath = "/in"\n'


def contract(folder: Path, said: dict[str, dict[str, Any]], *, promises: str = "", hooks: str = HOOKS) -> Contract:
    """Return the contract of notes, with what it says of registrations."""
    (folder / "openapi.json").write_text(json.dumps(spec_of(said)), encoding="utf-8")
    settings = f'spec = "openapi.json"\noperations = ["*"]\n[target]\nurl = "http://127.0.0.1:1"\n{promises}\n{hooks}'
    (folder / "bothends.toml").write_text(settings, encoding="utf-8")
    return load(folder / "bothends.toml")


def test_what_is_about_one_registration_goes_together(tmp_path: Path) -> None:
    """Who changes or ends it asks for what the one gives who makes it."""
    read = contract(tmp_path, SAID)
    told = {each.id: each.registers for each in read.operations if each.registers is not None}
    assert [("makes", ""), ("changes", "/listeners/{}"), ("ends", "/listeners/{}")] == [
        (told[name].does, told[name].leads) for name in ("register", "change", "leave")
    ]


def test_each_request_has_an_address_of_its_own(tmp_path: Path) -> None:
    """It is at the ingest, below its path, and no address of a callback."""
    read = contract(tmp_path, SAID)
    (place,) = read.operation("register").addresses
    of = [own_urls(1, read.settings.world, lambda _: "http://127.0.0.1:1/in", [place], n)[place.mark] for n in (1, 2)]
    assert (2, {len(place.mark)}) == (len(set(of)), set(map(len, of)))
    paths = [url.removeprefix("http://127.0.0.1:1") for url in of]
    assert [True, True] == [is_aside(path, "/in") for path in paths]
    assert [False, False] == [is_aside(path, "") for path in ("/in/told", "/0-cx1x9fef3f50-xxxxxx")]


def test_a_request_is_played_after_all_that_may_become_of_a_registration(tmp_path: Path) -> None:
    """Where a receiver that hangs may hold up others, that is not tried."""
    names = [case.name for case in plain_cases(contract(tmp_path, SAID), REGISTRATIONS)]
    of = ["made-by-register", "two-made-by-register", "ended-by-leave", "changed-by-change"]
    assert [f"note.{name}" for name in of] == names
    isolates = contract(tmp_path, SAID, promises="isolates_faults = true")
    hangs = {case.name for case in plain_cases(isolates, REGISTRATIONS)} - set(names)
    assert {"note.two-made-by-register-one-hangs"} == hangs


@pytest.mark.parametrize(
    ("name", "said", "told"),
    [
        ("register", {"does": "makes"}, "x-registers is wrong"),
        ("register", {"does": "makes", "address": "$request.body#/url", "events": ["gone"]}, "the event 'gone'"),
        ("register", {"does": "makes", "adress": "$request.body#/url", "events": ["noted"]}, "no key 'adress'"),
        ("change", {"does": "changes"}, "x-registers is wrong"),
        ("change", {"does": "changes", "address": "$response.body#/url"}, "x-registers is wrong at /address"),
        ("leave", {"does": "ends", "address": "$request.body#/url"}, "x-registers is wrong at /address"),
        ("note", {"does": "ends"}, "note ends no registration that another operation makes"),
        ("leave", {"does": "changes", "address": "$request.body#/url"}, "the operation has no request body"),
    ],
)
def test_what_says_nothing_is_told(tmp_path: Path, name: str, said: dict[str, Any], told: str) -> None:
    """A registration that nobody could make is a mistake, which names where it stands."""
    with pytest.raises(ContractError) as error:
        contract(tmp_path, {**SAID, name: said})
    assert told in str(error.value)


def test_the_ingest_of_a_registration_is_known(tmp_path: Path) -> None:
    """Of several ingests, one is named."""
    two = HOOKS + '[world.ingests.others]\nkind = "webhook"\n'
    with pytest.raises(ContractError, match="Nothing says which ingest"):
        contract(tmp_path, SAID, hooks=two)
    said = {**SAID, "change": {**SAID["change"], "events": ["noted"]}}
    named = contract(tmp_path, said, hooks=two + 'receives = ["noted"]\n')
    assert "others" == named.operation("register").addresses[0].ingest


def test_it_stands_on_an_operation(tmp_path: Path) -> None:
    """Elsewhere, nothing reads it."""
    spec = spec_of(SAID)
    spec["paths"]["/notes"]["x-registers"] = {"does": "ends"}
    (tmp_path / "openapi.json").write_text(json.dumps(spec), encoding="utf-8")
    (tmp_path / "bothends.toml").write_text(f'spec = "openapi.json"\n[target]\nurl = "http://a"\n{HOOKS}', "utf-8")
    with pytest.raises(ContractError, match="x-registers has no meaning here"):
        load(tmp_path / "bothends.toml")
