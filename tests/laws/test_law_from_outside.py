"""A law that is added from outside, in one definition, has its place in all that a run, a report and a document say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from bothends.contract import load
from bothends.engine.judge.findings import Findings
from bothends.engine.judge.judge import Judge
from bothends.engine.judge.known import Known
from bothends.engine.play.batches import Batch
from bothends.engine.tie.attribution import Attributed
from bothends.laws import Explanation, Law, Scope, Violation, cause_in_words, register, unregister
from bothends.laws.law import FindingContext
from bothends.records import Cause, Exchange, KnownFinding
from bothends.reports.github import place
from bothends.schemathesis_hooks import check_laws, check_of, late_check
from tests.documents.laws_page import page
from tests.laws import kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.laws import LawContext
    from bothends.laws.law import ExchangeTraits
    from bothends.records import Breach
    from bothends.schemathesis_hooks import Session

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2030, 6, 1)
SHOUTING = "ALL IN CAPITALS"


def _judge(exchange: Exchange, _: LawContext) -> list[Violation] | None:
    names = [delivery.event["name"] for delivery in exchange.deliveries if delivery.event is not None]
    if not names:
        return None
    loud = [name for name in names if name.isupper()]
    return [Violation(Cause("loud", location="/name"), f"{name} shouts.", "a quiet name", name) for name in loud]


def _cause(broken: Violation, seen: ExchangeTraits) -> Cause:
    return replace(broken.cause, status=seen.outcome)


LAW = Law(
    name="quiet-name",
    demands="The name of an event is not all in capitals.",
    source="the house style of a team",
    judge=_judge,
    scope=Scope.EVENT,
    cause=_cause,
    words={"loud": "{location} is loud where the answer is {status}"},
    explained_by=("event-schema", Explanation("own-event", lambda _, other: not other.right, in_each=False)),
    about_content=True,
    as_check=True,
)


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    register(LAW)
    yield
    unregister(LAW.name)


def loud(number: int = 1, **event: object) -> Exchange:
    """Return the kept exchange with an event whose name is all in capitals."""
    shouted = kept.event(number, **{"name": SHOUTING, **event})
    return kept.exchange(number, deliveries=(kept.delivery(number, event=shouted, payload=shouted),))


def found(*exchanges: Exchange) -> Findings:
    """Return the findings of exchanges that were judged by all laws that there are."""
    judge = Judge({kept.operation().id: kept.law_context()}, lambda _: [])
    findings = Findings(finding_context=FindingContext.of(kept.contract()))
    for judged in judge.batch(Attributed(exchanges), {n: kept.call(n) for n in range(1, 9)}):
        for breach in judged.breaches:
            findings.add(breach, Batch((), (judged.exchange.case,)))
    return findings


def breach() -> Breach:
    """Return its breach by one exchange."""
    breaches = LAW.breaches(loud(), kept.law_context())
    assert breaches is not None
    [breach] = breaches
    return breach


def test_it_is_judged_and_counted() -> None:
    """Among the laws of its scope, by each judge that was made since."""
    judge = Judge({kept.operation().id: kept.law_context()}, lambda _: [])
    told = [b.law for judged in judge.batch(Attributed((loud(),)), {1: kept.call()}) for b in judged.breaches]
    assert LAW.name in told
    tallies = {tally.law: (tally.judged, tally.broken) for tally in judge.tallies()}
    assert (1, 1) == tallies[LAW.name]
    order = list(tallies)
    assert order.index("event-schema") < order.index(LAW.name) < order.index("family-status")


def test_it_stands_below_what_explains_it() -> None:
    """The schema names the event: a name that breaks it is told by its own law, and this one follows."""
    (tracked,) = found(loud()).ranked()
    assert "event-schema" == tracked.finding.breach.law
    assert [LAW.name] == [one.law for one in tracked.finding.consequences]


def test_it_is_a_finding_of_its_own_where_nothing_explains_it() -> None:
    """Its cause is data, told apart by its own function, and put into its own words."""
    findings = Findings()
    findings.add(breach(), Batch((), (loud().case,)))
    (tracked,) = findings.ranked()
    assert Cause("loud", location="/name", status="200") == tracked.finding.breach.cause
    assert "/name is loud where the answer is 200" == cause_in_words(tracked.finding.breach)


def test_its_id_is_made_of_data() -> None:
    """Other words for it leave the ID as it is; another cause makes another."""

    def named(one: Breach) -> str:
        findings = Findings()
        finding = findings.add(one, Batch((), (loud().case,)))
        assert finding is not None
        return finding.id

    first = named(breach())
    unregister(LAW.name)
    register(replace(LAW, words={"loud": "it shouts"}, demands="Names are quiet."))
    assert "it shouts (/name, 200)" == cause_in_words(breach())
    assert first == named(replace(breach(), summary="Another sentence.", expected="calm"))
    assert first != named(replace(breach(), cause=Cause("loud", location="/other", status="200")))


def test_it_is_known_by_its_words() -> None:
    """An entry of the file of known findings names law and cause as a report has them; what has a place has no case."""
    findings = Findings()
    finding = findings.add(breach(), Batch((), (loud().case,)))
    assert finding is not None
    entry = KnownFinding(
        "why", TODAY, law=LAW.name, operation="postRoute", cause="/name is loud where the answer is 200", status="200"
    )
    assert Known([entry], TODAY).lived_with(finding)
    assert not Known([replace(entry, cause="loud")], TODAY).lived_with(finding)


def test_its_annotation_stands_at_the_callback() -> None:
    """It says that it is about events, and that is where their promise stands."""
    contract = load(ROOT / "bothends.toml")
    findings = Findings()
    finding = findings.add(breach(), Batch((), (loud().case,)))
    assert finding is not None
    callback = contract.document.location(contract.operations[0].events[0].pointer)
    assert callback == place(finding, contract)


def test_the_page_of_the_laws_shows_it() -> None:
    """With what it demands and stands on."""
    text = page()
    assert "| [`quiet-name`](#quiet-name) | error | The name of an event is not all in capitals. |" in text
    assert "## quiet-name\n\n**Demands:** The name of an event is not all in capitals.\n" in text
    assert "**Source:** the house style of a team.\n" in text.partition("## quiet-name")[2].partition("\n## ")[0]


class Calls:
    """Stands for what has seen Schemathesis' calls."""

    def __init__(self, *breaches: Breach) -> None:
        """Take what each call has broken."""
        self._breaches = list(breaches)
        self.never_came: list[str] = []

    def breaches(self, _case: str) -> list[Breach]:
        """Return what a call has broken."""
        return self._breaches

    def settle(self) -> list[Breach]:
        """Return what came late."""
        return self._breaches

    def text(self, breaches: list[Breach]) -> str:
        """Return breaches as text."""
        return ", ".join(breach.summary for breach in breaches)


def test_schemathesis_runs_it_as_a_check() -> None:
    """By its name, and for what comes late as well."""
    assert LAW in check_laws()
    session = cast("Session", Calls(breach()))
    check = check_of(LAW, session)
    assert "bothends_quiet_name" == check.__name__
    case = cast("object", type("Case", (), {"id": "1"}))
    with pytest.raises(AssertionError, match="ALL IN CAPITALS shouts"):
        check(None, None, case)  # type: ignore[arg-type]  # it looks at nothing but the case's ID
    with pytest.raises(AssertionError, match="ALL IN CAPITALS shouts"):
        late_check(session)().after_run(None)
    assert check_of(LAW, cast("Session", Calls()))(None, None, case) is None  # type: ignore[arg-type]
