"""Each trap of Pact's own verifier: that it is one, and that it is none here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bothends.errors import ContractError
from bothends.pacts import Interaction, Pact, conditions, part_played, read_pact, read_pacts
from bothends.pacts.matching import PactNotProven
from bothends.schemas import Schema
from tests.pacts.library import answer, http, made, message, posted
from tests.pacts.pact_files import EVENT, pact_json, project_contract, write
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from bothends.records import Answer, Request
    from tests.pacts.library import Loaded

PROGRAM = Path(__file__).with_name("plain_verifier.py")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the plain verifier does with each trap."""
    folder = tmp_path_factory.mktemp("plain")
    done = subprocess.run([sys.executable, str(PROGRAM), str(folder)], capture_output=True, check=True, timeout=LONGEST)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def given_as(*interactions: dict[str, Any]) -> Pact:
    """Return a pact of one interaction that gives the library others in its place."""

    class Spoilt(Pact):
        __slots__ = ()

        def only(self, _: Interaction) -> dict[str, Any]:
            return {**self.value, "interactions": list(interactions)}

    pact = made(http({}, {}))
    return Spoilt(pact.file, pact.consumer, pact.provider, pact.version, pact.interactions, pact.value)


def test_no_source(plain: dict[str, Any], tmp_path: Path) -> None:
    """Nothing to verify passes; here a folder that is not there is an error."""
    assert plain["no_source"]
    with pytest.raises(ContractError):
        read_pacts(tmp_path / "pacts")


def test_empty_folder(plain: dict[str, Any], tmp_path: Path) -> None:
    """A folder without pacts passes, even where empty pacts are declared an error; here no pact is read of it."""
    assert plain["empty_folder"]
    assert () == read_pacts(tmp_path)


def test_zero_interactions(plain: dict[str, Any], tmp_path: Path, loaded: Loaded) -> None:
    """A pact without interactions passes; here what a verifier has not asked for is not proven."""
    assert plain["zero_interactions"]
    assert () == read_pact(write(tmp_path, pact_json("route"))).interactions

    with pytest.raises(PactNotProven, match=r"asked 0 times for 'it works' and gave 0 results"):
        loaded.answered(given_as(), answer({}))
    with pytest.raises(PactNotProven, match=r"asked 2 times for 'it works' and gave 2 results"):
        loaded.answered(given_as(http({}, {}), http({}, {}, description="so does this")), answer({}))


def test_filter_that_matches_nothing(plain: dict[str, Any], loaded: Loaded) -> None:
    """A filter that misses passes; here the verifier gets one interaction and nothing to choose by.

    A description may hold what a filter would take for a regular expression.
    """
    assert plain["filter_that_matches_nothing"]
    pact = made(http({}, {"status": 200}, description="it works [sometimes] (or never)?"))
    assert [] == loaded.answered(pact, answer({}))
    assert ["status"] == [item.kind for item in loaded.answered(pact, answer({}, 500))]


def test_state_that_nobody_can_set(plain: dict[str, Any], tmp_path: Path) -> None:
    """A state that nobody knows passes; here its sentence is refused before anything is sent."""
    assert plain["unknown_state"]
    states = [{"name": "the moon is full"}]
    pact = read_pact(write(tmp_path, pact_json("route", http({}, {}, providerStates=states))))
    with pytest.raises(ContractError, match="the moon is full"):
        conditions(pact, pact.interactions[0], project_contract())


def test_pact_with_another_provider(plain: dict[str, Any], tmp_path: Path) -> None:
    """The provider's name counts for nothing; here it says who is held to the pact, and one nearly right is refused."""
    assert plain["another_provider"]
    world = project_contract().settings.world
    assert "ingest" == part_played(read_pact(write(tmp_path, pact_json("ingest"))), world)
    with pytest.raises(ContractError, match="differs only in case or spaces from 'ingest'"):
        part_played(read_pact(write(tmp_path, pact_json("Ingest"))), world)


def test_state_that_fails(plain: dict[str, Any], loaded: Loaded) -> None:
    """A state handler that fails is asked again and again, two minutes long; here the failure comes at once."""
    assert plain["failing_state"] > 1
    asked = []

    async def ask(request: Request) -> Answer:
        asked.append(request)
        raise ContractError("the state could not be set")

    pact = made(http({}, {}, providerStates=[{"name": "it rains"}, {"name": "it snows"}]))
    with pytest.raises(ContractError, match="the state could not be set"):
        loaded.asked(pact, ask)
    assert 1 == len(asked)


def test_duplicate_descriptions(plain: dict[str, Any], tmp_path: Path, loaded: Loaded) -> None:
    """Of two interactions with one description one is left; here they are refused, and verified each by itself."""
    assert 1 == plain["same_description"]
    twice = [http({"path": path}, {"status": status}) for path, status in (("/a", 200), ("/b", 201))]
    with pytest.raises(ContractError):
        read_pact(write(tmp_path, pact_json("route", *twice)))
    pact = made(*twice)
    seen: list[str] = []

    async def ask(request: Request) -> Answer:
        seen.append(request.target)
        return answer({}, 200 if request.target == "/a" else 201)

    for interaction in pact.interactions:
        assert [] == loaded.runner.run(loaded.verifying.verify_http(pact, interaction, ask))
    assert ["/a", "/b"] == seen


def test_pending_interaction(plain: dict[str, Any], loaded: Loaded) -> None:
    """An interaction that is pending may fail and pass; here it counts as any other."""
    assert plain["pending"]
    assert ["status"] == [item.kind for item in loaded.answered(made(http({}, {}, pending=True)), answer({}, 500))]


def test_status_of_a_message_endpoint(plain: dict[str, Any], loaded: Loaded) -> None:
    """A message endpoint that answers 500 passes; here no provider code is asked for the message.

    What is verified is the delivery itself, so there is no such status that could be overlooked.
    """
    assert plain["message_status"]
    pact = made(message({"name": "app/route.requested"}))
    assert [] == loaded.received(pact, {"name": "app/route.requested"})
    assert ["$.name"] == [item.where for item in loaded.received(pact, {"name": "app/route.left"})]


def test_handler_that_is_never_awaited(plain: dict[str, Any], loaded: Loaded) -> None:
    """An asynchronous handler is never run and passes; here there is none, and the provider is awaited."""
    assert plain["asynchronous_handler"]

    async def ask(_: Request) -> Answer:
        raise AssertionError

    with pytest.raises(AssertionError):
        loaded.asked(made(http({}, {})), ask)


def test_extra_keys(plain: dict[str, Any], loaded: Loaded) -> None:
    """A message may have more keys than its consumer knows, for Pact and so here; others catch them.

    Those in the request that carries an event are caught by the pact with the ingest, and those in the event
    by the spec, whose schema is closed.
    """
    assert plain["extra_keys"]
    extra = {**EVENT, "appSettings": {}}
    assert [] == loaded.received(made(message(EVENT)), extra)
    seen = loaded.sent(made(http({"body": message([EVENT])["contents"]}, {})), posted([extra]))
    assert ["$[0]"] == [item.where for item in seen]
    schema = project_contract().operations[0].events[0].whole
    assert [] == schema.errors([EVENT])
    assert schema.errors([extra])


def test_bounds_that_only_generate(plain: dict[str, Any], loaded: Loaded) -> None:
    """`match.int(min=, max=)` bounds what is made up, not what comes; a pact file has no bounds to check here either.

    What may not be is for the spec to say.
    """
    assert plain["bounds"]
    generator = {"type": "RandomInt", "min": 1, "max": 10}
    rules = {"body": {"$.n": {"combine": "AND", "matchers": [{"match": "integer"}]}}}
    pact = made(message({"n": 5}, matchingRules=rules, generators={"body": {"$.n": generator}}))
    assert [] == loaded.received(pact, {"n": 999})
    schema = Schema({"properties": {"n": {"type": "integer", "minimum": 1, "maximum": 10}}})
    assert [] == schema.errors({"n": 5})
    assert ["/n"] == [error.pointer for error in schema.errors({"n": 999})]
