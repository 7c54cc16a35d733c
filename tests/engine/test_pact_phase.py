"""Pacts are verified against what a real target answers and sends, and against the parts that stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bothends.pacts import Pact
from bothends.records import PactTally, Severity
from tests.engine.pact_bench import Bench, project
from tests.pacts.pact_files import (
    SETTINGS,
    USER,
    exchange,
    message,
    pact_json,
    read,
    signed_out,
    success,
    to_settings,
    wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.engine.pacts.phase import PactPhase
    from bothends.records import Breach

ANYTHING = {"body": {"$": {"combine": "AND", "matchers": [{"match": "type"}]}}}
ANY_KEY = {"path": {"combine": "AND", "matchers": [{"match": "regex", "regex": "^/e/[^/]+$"}]}}
SIGNED_IN = [{"name": "signed in as {user}", "params": {"user": USER}}]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Keep the reference for all tests here."""
    with Bench(project(tmp_path_factory.mktemp("reference"))) as bench:
        yield bench


def verified(bench: Bench, folder: Path, provider: str, *interactions: Any, **more: Any) -> list[Breach]:
    """Verify a pact; return all breaches."""
    told, _ = bench.verify(read(folder, pact_json(provider, *interactions, **more)))
    return [breach for each in told for breach in each.breaches]


def laws(breaches: list[Breach]) -> list[str]:
    """Return the laws that are broken."""
    return [breach.law for breach in breaches]


def to_ingest(**request: Any) -> dict[str, Any]:
    """Return what the route relies on at the ingest, whatever the key and the event are."""
    answer = wrapped('{"ids":["01"],"status":200}', "text/plain; charset=utf-8")
    rules = {"body": {"$": {"combine": "AND", "matchers": [{"match": "regex", "regex": '"status":\\s*200'}]}}}
    event = {
        "name": "app/route.requested",
        "id": "1",
        "v": "1",
        "ts": 1732406400000,
        "user": USER,
        "data": {"appSettings": SETTINGS},
    }
    asked = {"method": "POST", "path": "/e/key", "body": wrapped(event), **request}
    return exchange(asked, {"status": 200, "body": answer, "matchingRules": rules})


def test_what_the_target_answers(bench: Bench, tmp_path: Path) -> None:
    """The states are set, the session goes into the request, and each request is a real exchange."""
    told, phase = bench.verify(read(tmp_path, pact_json("route", success(), signed_out())))
    assert [(), ()] == [each.breaches for each in told]
    assert ["pact/web-route/it works", "pact/web-route/nobody is signed in"] == [each.case.label for each in told]
    [first], [second] = [[e for p in each.played for e in p.attributed.exchanges] for each in told]
    assert (USER, None) == (first.session, second.session)
    assert (PactTally("web-route.json", "web", "route", 2, 2),) == phase.tallies()
    assert [] == phase.not_proven


def test_what_the_target_answers_otherwise(bench: Bench, tmp_path: Path) -> None:
    """The pact, the interaction and its place are named, with the exchange that shows it."""
    answer = {"status": 200, "body": wrapped({"success": "true", "id": "1"})}
    [breach, disagreement] = verified(bench, tmp_path, "route", {**success(), "response": answer})
    assert ("pact", "$: the key id", "$: missing") == (breach.law, breach.expected, breach.actual)
    assert f"“it works” ({tmp_path}/web-route.json:6 /interactions/0)" in breach.summary
    assert breach.exchange is not None
    assert "pact-agrees" == disagreement.law


def test_a_path_of_no_operation_is_judged_by_the_pact_alone(bench: Bench, tmp_path: Path) -> None:
    """The laws know nothing of what the spec does not have; the disagreement is told."""
    interaction = exchange({"method": "GET", "path": "/healthz"}, {"status": 200})
    [told], phase = bench.verify(read(tmp_path, pact_json("route", interaction)))
    assert (["pact-agrees"], ()) == (laws(list(told.breaches)), told.played)
    assert (PactTally("web-route.json", "web", "route", 1, 0),) == phase.tallies()


def test_what_a_consumer_receives(bench: Bench, tmp_path: Path) -> None:
    """A request is sent, and the delivery, as the ingest hands it on, is the message."""
    contents = {"name": "app/route.requested", "user": USER}
    assert [] == verified(bench, tmp_path, "route", message(wrapped(contents), providerStates=SIGNED_IN))
    breaches = verified(bench, tmp_path, "route", message(wrapped({"name": "app/route.sent"})))
    assert ["pact", "pact-agrees"] == laws(breaches)
    assert '$.name: "app/route.sent"' == breaches[0].expected


def test_a_message_is_the_targets_whoever_is_named_as_its_provider(bench: Bench, tmp_path: Path) -> None:
    """A consumer may say that it gets the event from the ingest: it is what the target has sent."""
    assert [] == verified(bench, tmp_path, "ingest", message(wrapped({"v": "1"})), consumer="worker")


def test_what_the_target_asks(bench: Bench, tmp_path: Path) -> None:
    """The part answers in the pact's words, and what was asked is matched."""
    interaction = to_settings()
    interaction["response"]["matchingRules"] = ANYTHING
    interaction["response"]["body"]["content"] = {**SETTINGS, "features": {}}
    pact = read(tmp_path, pact_json("settings", interaction, consumer="route"))
    [told], _ = bench.verify(pact)
    assert () == told.breaches
    [played] = told.played
    assert interaction["response"]["body"]["content"] == played.attributed.exchanges[0].calls[0].value


def test_what_the_target_asks_otherwise(bench: Bench, tmp_path: Path) -> None:
    """A key that the pact does not name is a difference, and one that is missing."""
    event = {"name": "app/route.requested", "v": "1", "user": USER, "sent": True}
    rules = {**ANY_KEY, "body": {"$.user": ANYTHING["body"]["$"]}}
    breaches = verified(bench, tmp_path, "ingest", to_ingest(body=wrapped(event), matchingRules=rules))
    assert {"pact", "pact-agrees", "pact-stand-in"} >= set(laws(breaches))
    keys = [line for line in breaches[0].expected.split("\n") if line.startswith("$:")]
    assert ["$: the key sent"] == keys
    assert "$: missing (other keys: data, id, ts)" in breaches[0].actual


def test_a_part_that_breaks_the_pact_is_no_fault_of_the_target(bench: Bench, tmp_path: Path) -> None:
    """The world's own part is held to the pact too; and no law judges what was promised in its place."""
    interaction = to_settings()
    interaction["response"] = {"status": 200, "headers": {"ETag": ["1"]}}
    [told], _ = bench.verify(read(tmp_path, pact_json("settings", interaction, consumer="route")))
    [breach] = told.breaches
    assert ("pact-stand-in", None, ()) == (breach.law, breach.exchange, told.played)
    assert breach.summary.startswith("Not the target's fault: the settings that bothends simulates breaks")


def test_values_that_an_upstream_makes_up_are_warned_of(bench: Bench, tmp_path: Path) -> None:
    """The world's settings are others than the pact's example: it is told, and the pact is kept."""
    told, phase = bench.verify(read(tmp_path, pact_json("settings", to_settings(), consumer="route")))
    [breach] = told[0].breaches
    assert ("pact-stand-in", Severity.WARNING) == (breach.law, breach.severity)
    assert [(1, 1)] == [(tally.interactions, tally.held) for tally in phase.tallies()]


def test_the_key_of_a_run_stands_for_that_of_the_pact(bench: Bench, tmp_path: Path) -> None:
    """A pact with a plain path has a key that no run has; whatever else is in the path counts."""
    answer = to_ingest()["response"]
    plain = exchange({"method": "POST", "path": "/e/key"}, answer)
    assert "pact" not in laws(verified(bench, tmp_path, "ingest", plain, consumer="route"))
    other = exchange({"method": "POST", "path": "/f/key"}, answer)
    assert "pact" in laws(verified(bench, tmp_path, "ingest", other, consumer="route"))


class Hollow(Pact):
    """A pact that has nothing for the library, as a filter would leave it that misses all."""

    __slots__ = ()

    def only(self, _: object) -> dict[str, Any]:
        """Return the pact without the interaction."""
        return {**self.value, "interactions": []}


def test_what_was_not_asked_is_not_proven(bench: Bench, tmp_path: Path) -> None:
    """A verifier that passes without having looked proves nothing, and nothing is counted as held."""
    pact = read(tmp_path, pact_json("route", success()))
    hollow = Hollow(pact.file, pact.consumer, pact.provider, pact.version, pact.interactions, pact.value, pact.lines)
    [told], phase = bench.verify(hollow)
    assert () == told.breaches
    assert ["pact web-route.json: it works"] == [item.what for item in phase.not_proven]
    assert (PactTally("web-route.json", "web", "route", 0, 0),) == phase.tallies()


def test_a_pact_without_interactions_is_counted_as_such(bench: Bench, tmp_path: Path) -> None:
    """It stands in the table with none; Pact's library is not even loaded."""
    told, phase = bench.verify(read(tmp_path, pact_json("route")))
    assert ([], (PactTally("web-route.json", "web", "route", 0, 0),)) == (told, phase.tallies())


def test_the_same_break_of_several_interactions_is_one_cause(bench: Bench, tmp_path: Path) -> None:
    """What a person reads is one finding, not one for each interaction."""
    contents = wrapped({"name": "app/route.sent"})
    first, second = message(contents), message(contents, description="another")
    breaches = [b for b in verified(bench, tmp_path, "route", first, second) if b.law == "pact"]
    assert [2, 1] == [len(breaches), len({breach.cause for breach in breaches})]


@pytest.mark.parametrize(
    ("fault", "actual"),
    [
        ("event_not_sent", "no event was sent"),
        ("seconds", "no event reached a consumer: the ingest refused it (timestamp is before Jan 1, 1980)"),
    ],
)
def test_an_event_that_reaches_nobody(fault: str, actual: str, tmp_path: Path) -> None:
    """Whether none was sent, or the ingest refused it, is told."""
    with Bench(project(tmp_path), fault) as bench:
        [told], _ = bench.verify(read(tmp_path, pact_json("route", message(wrapped({"v": "1"})))))
        breaches = verified(bench, tmp_path, "ingest", to_ingest(matchingRules=ANY_KEY), consumer="route")
    [breach] = told.breaches
    assert ("an event", actual) == (breach.expected, breach.actual)
    told_of_request = next(breach for breach in breaches if breach.law == "pact")
    assert ("POST /e/key" == told_of_request.expected) is (fault == "event_not_sent")


def test_each_request_is_matched(tmp_path: Path) -> None:
    """Of two different requests to a provider, neither goes unseen."""
    with Bench(project(tmp_path), "event_twice") as bench:
        breaches = verified(bench, tmp_path, "ingest", to_ingest(matchingRules=ANY_KEY), consumer="route")
    actual = next(breach.actual for breach in breaches if breach.law == "pact")
    ids = next(line for line in actual.split("\n") if line.startswith("$.id:"))
    assert 2 == len(ids.split(" and "))


def test_an_event_in_doubt_is_not_received(bench: Bench, tmp_path: Path) -> None:
    """What the ingest does not store reaches nobody, although it was sent."""
    states = [{"name": "the {upstream} answers {status}", "params": {"upstream": "ingest", "status": 500}}]
    breaches = verified(bench, tmp_path, "route", message(wrapped({"v": "1"}), providerStates=states))
    assert ["no event reached a consumer"] == [breach.actual for breach in breaches]


def phase_of(bench: Bench) -> PactPhase:
    """Return a phase that has verified nothing."""
    return bench.verify()[1]


def test_no_pacts_are_no_tallies(bench: Bench) -> None:
    """Nothing was verified, so nothing is counted."""
    assert () == phase_of(bench).tallies()
