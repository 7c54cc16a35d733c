"""Judging: each law has its say, those that another explains are left out, and a crash is no verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from bothends.contract.settings import EXACT_PATH
from bothends.engine.evidence.facts import Facts, unjudged_laws
from bothends.engine.judge.judge import Judge
from bothends.engine.tie.attribution import Attributed
from bothends.errors import LawCrashedError
from bothends.laws import Law, Violation, all_laws, law_of
from bothends.laws.runs import YIELDS
from bothends.records import Cause, Credential, Exchange, LawTally, NoAnswer, Severity
from tests.laws import kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.engine.judge.no_room import NoRoom

OPERATION = kept.operation().id
FAILED = [(name, name.upper(), f"{name} failed") for name in YIELDS]
ORIGIN = {"generator": "schemathesis"}
SWAPPED = {1: (2,), 2: (1,)}


def judge(laws: Sequence[Law] | None = None, failed: Sequence[tuple[str, str, str]] = (), **grounds: Any) -> Judge:
    """Return a judge whose generator's checks have failed."""
    return Judge({OPERATION: kept.law_context(**grounds)}, lambda _: failed, laws)


def told(by: Judge, *exchanges: Exchange, **attributed: Any) -> list[list[str]]:
    """Return the laws that each exchange breaks."""
    calls = {number: kept.call(number) for number in (1, 2, 3)}
    judged = by.batch(Attributed(exchanges, **attributed), calls)
    return [[breach.law for breach in each.breaches] for each in judged]


def law(name: str, outcome: list[Violation] | None, *yields_to: str) -> Law:
    """Return a law that says the same of every exchange."""
    return Law(name, "Be.", "here", lambda *_: outcome, yields_to=yields_to)


WRONG = [Violation(Cause("cause"), "summary", "this", "that")]


OF_OTHERS = {"redirect-not-followed", "key-address-not-called", "sign-in-demanded"}
OF_OTHERS |= {"no-credential-elsewhere", "ingest-redirect"}
OF_OTHERS |= {"attempted-again", "attempted-once", "same-identity", "first-attempt-in-time", "waits-as-asked"}
OF_OTHERS |= {"authentic", "signature-timestamp", "signature-identity", "event-headers"}
OF_OTHERS |= {"answer-provenance", "answer-headers", "strong-tag", "not-modified"}
OF_OTHERS |= {"one-event-per-key", "first-answer-again", "key-refusals", "another-key", "key-of-its-caller"}
OF_OTHERS |= {"key-scope", "key-free-again", "new-value"}
OF_OTHERS |= {"one-order", "read-not-older", "gone-stays-gone", "no-lost-update", "event-of-one-write"}
OF_OTHERS |= {"no-event-of-refused-write", "write-has-event", "state-equals-events", "write-survives"}
OF_OTHERS |= {"challenge-told", "there-all-the-time", "leads-to-its-state", "refused-changes-nothing"}
OF_OTHERS |= {"event-at-each-address", "no-event-after-the-end"}


def test_the_kept_exchange_is_kept_by_all() -> None:
    """Each law that has something to say is counted, none as broken."""
    by = judge()
    assert [[]] == told(by, kept.exchange())
    assert not any(tally.broken for tally in by.tallies())
    silent = {tally.law for tally in by.tallies() if not tally.judged}
    of_other_requests = {"not-executed", "one-request", "no-server-error", "http-status", "allow-told", "drains"} | {
        "refused-undeclared"
    }
    of_other_answers = {"no-event-without-success", "untouched-when-refused", "recovers", "problem-status"}
    promised = {"refuses-first", "as-promised", "keeps-no-cookies", "reuses-connections"}
    advice = "a law that says nothing of the kept exchange is in one of these sets, and no other law is"
    assert of_other_requests | of_other_answers | promised | OF_OTHERS == silent, advice


def test_a_listener_is_given_each_exchange_with_what_it_is_judged_by() -> None:
    """A late one once more, those of another test bed that count too, and none of a trial."""
    by = judge()
    noted: list[tuple[int, int, bool]] = []
    by.noted = lambda exchange, context: noted.append((exchange.number, len(context.calls), bool(context.misplaced)))
    calls = {1: kept.call(1), 2: kept.call(2)}
    attributed = Attributed((kept.exchange(1),), late=(kept.exchange(2),), misplaced=frozenset({(1, "settings")}))
    by.trial(attributed, calls)
    assert [] == noted
    list(by.batch(attributed, calls))
    list(by.with_contexts({OPERATION: kept.law_context()}).batch(Attributed((kept.exchange(3),)), {}))
    list(by.with_contexts({OPERATION: kept.law_context()}, counts=False).batch(Attributed((kept.exchange(4),)), {}))
    assert [(1, 2, True), (2, 2, True), (3, 0, False)] == noted


def test_laws_are_tallied_in_their_order() -> None:
    """How often each had something to say, and how often it was broken."""
    by = judge([law("silent", None), law("kept", []), law("broken", WRONG), law("left out", WRONG, "broken")])
    told(by, kept.exchange(), kept.exchange(2))
    error = Severity.ERROR
    assert (
        LawTally("silent", error, 0, 0),
        LawTally("kept", error, 2, 0),
        LawTally("broken", error, 2, 2),
        LawTally("left out", error, 2, 0),
    ) == by.tallies()


EXCUSES = ["the machine was too busy", "a reused connection ended before the first byte of the answer"]


@pytest.mark.parametrize(
    ("excuses", "told"),
    [
        (EXCUSES[:1], f"1 case of it was played, and it had nothing to judge: {EXCUSES[0]}."),
        (
            [*EXCUSES, EXCUSES[1]],
            f"3 cases of it were played, and it had nothing to judge: {EXCUSES[1]} (2 of 3); {EXCUSES[0]} (1 of 3).",
        ),
        ([*EXCUSES, ""], None),
    ],
)
@pytest.mark.parametrize("name", ["as-promised", "recovers"])
def test_what_could_not_be_judged_is_told_with_its_reasons(name: str, excuses: list[str], told: str | None) -> None:
    """Each reason is what excused those cases, with their number; one case that was judged is enough."""
    by = judge([law_of(name)], guarantees=frozenset({EXACT_PATH}))
    for number, excuse in enumerate(excuses, 1):
        made = kept.exchange(number, family="recovered", answer=NoAnswer("timeout") if excuse else kept.answer())
        expect = replace(made.case.expect, promise=EXACT_PATH, promised=frozenset({200}))
        exchange = replace(made, case=replace(made.case, expect=expect), excuse=excuse)
        assert [] == by.one(exchange, {})
    facts = Facts(1, laws=by.tallies(), unjudged=by.unjudged())
    assert ([] if told is None else [(name, told)]) == [(law.name, why) for law, why in unjudged_laws(facts)]
    assert unjudged_laws(facts) == unjudged_laws(Facts(1).joined(facts))


def test_what_is_explained_explains_in_its_turn() -> None:
    """A breach that is left out still explains those that follow from it."""
    chain = [law("one", WRONG), law("two", WRONG, "one"), law("three", WRONG, "two"), law("other", WRONG, "none")]
    assert [["one", "other"]] == told(judge([law("none", []), *chain]), kept.exchange())


@pytest.mark.parametrize(
    ("exchange", "laws"),
    [
        (kept.exchange(answer=kept.answer(500), deliveries=()), ["family-status"]),
        (kept.exchange(answer=kept.answer(500, media_type="text/html"), deliveries=()), ["family-status"]),
        (kept.exchange(answer=NoAnswer("timeout"), deliveries=()), ["answered-in-time"]),
        (kept.exchange(answer=NoAnswer("reset"), deliveries=()), ["answered"]),
        (kept.exchange(family="recovered", answer=kept.answer(503), deliveries=()), ["recovers"]),
        (kept.exchange(family="recovered", answer=NoAnswer("timeout"), deliveries=()), ["recovers"]),
        (kept.exchange(family="recovered", answer=NoAnswer("reset"), deliveries=()), ["recovers"]),
        (kept.failed(answer=kept.answer(200)), ["event-for-success"]),
        (kept.refused(answer=kept.answer(200), deliveries=()), ["family-status"]),
        (kept.refused(deliveries=(kept.delivery(),)), ["no-event-without-success"]),
        (
            kept.exchange(answer=kept.answer(502), deliveries=(kept.unstored(status=400, refusal="no name"),)),
            ["nothing-dropped"],
        ),
        (
            kept.exchange(
                answer=kept.answer(502),
                deliveries=(kept.unstored(right_address=False, status=401, refusal="Event key not found"),),
            ),
            ["right-address"],
        ),
    ],
)
def test_one_fault_is_one_finding(exchange: Exchange, laws: list[str]) -> None:
    """The law that names the cause speaks; those that only see what follows do not."""
    assert [laws] == told(judge(), exchange)


def test_swapped_events_are_neither_lost_nor_doubled() -> None:
    """One law speaks of both callers."""
    two = kept.exchange(deliveries=(kept.delivery(), kept.delivery(2, event=kept.event(1, id="b"))))
    none = kept.exchange(2, deliveries=())
    assert [["own-event"], ["own-event"]] == told(judge(), two, none, swapped=SWAPPED)
    assert [["one-event"], ["event-for-success"]] == told(judge(), two, none)


def test_what_came_late_is_judged_once_more() -> None:
    """It is marked, so that nobody counts its exchange twice."""
    late = kept.exchange(deliveries=(kept.delivery(received=kept.BEGAN + 1, settled=kept.BEGAN + 1),))
    judged = list(judge().batch(Attributed((kept.exchange(2),), late=(late,)), {}))
    assert [(2, False), (1, True)] == [(each.exchange.number, each.late) for each in judged]
    assert "acknowledged-first" in [breach.law for breach in judged[1].breaches]


def test_one_exchange_can_be_judged_by_itself() -> None:
    """What a person sends by hand is judged by the same laws."""
    assert [] == judge().one(kept.exchange(), {1: kept.call()})
    breaches = judge().one(kept.exchange(answer=kept.answer(500), deliveries=()), {})
    assert ["family-status"] == [breach.law for breach in breaches]


def test_a_phantom_is_a_breach_and_is_counted() -> None:
    """It belongs to no exchange, and to the tallies all the same."""
    by = judge()
    assert [] == by.phantoms(Attributed(()))
    [breach] = by.phantoms(Attributed((), phantoms=(kept.delivery(),)))
    assert LawTally(breach.law, Severity.ERROR, 1, 1) == by.tallies()[-1]


def test_a_law_that_crashes_is_no_law_that_is_kept() -> None:
    """The harness has failed: it says which law, on which case, and why."""

    def crash(*_: object) -> None:
        raise KeyError("lost")

    by = judge([Law("fragile", "Be.", "here", crash)])
    with pytest.raises(LawCrashedError, match="'fragile' crashed on success/usual: KeyError\\('lost'\\)") as raised:
        told(by, kept.exchange())
    assert isinstance(raised.value.__cause__, KeyError)


def test_a_generator_s_checks_speak_where_no_law_does() -> None:
    """What they alone find is a finding of theirs."""
    by = judge(failed=FAILED)
    assert [[f"schemathesis:{name}" for name in YIELDS]] == told(by, kept.exchange(origin=ORIGIN))
    assert LawTally("schemathesis", Severity.ERROR, 1, 1) == by.tallies()[-1]
    [*_, last] = next(iter(by.batch(Attributed((kept.exchange(origin=ORIGIN),)), {1: kept.call()}))).breaches
    assert (
        Cause("failed", status="200", about="POSITIVE_DATA_ACCEPTANCE"),
        "positive_data_acceptance failed",
        "200 application/json",
    ) == (
        last.cause,
        last.expected,
        last.actual,
    )


@pytest.mark.parametrize(
    ("exchange", "laws"),
    [
        (kept.exchange(answer=kept.answer(500), deliveries=()), ["family-status"]),
        (
            kept.exchange(answer=kept.answer(200, b"oops")),
            [
                "answer-schema",
                *(f"schemathesis:{name}" for name in YIELDS if name != "response_schema_conformance"),
            ],
        ),
        (
            kept.exchange(answer=kept.answer(502), deliveries=(kept.unstored(status=400, refusal="no name"),)),
            ["nothing-dropped"],
        ),
    ],
)
def test_a_law_s_own_words_come_before_a_check_s(exchange: Exchange, laws: list[str]) -> None:
    """A check that says what a law has said, or what a law explains, is left out."""
    made = replace(exchange, case=replace(exchange.case, origin=ORIGIN))
    assert [laws] == told(judge(failed=FAILED), made)


def test_checks_are_of_a_generator_s_own_cases_that_were_answered() -> None:
    """Of other cases, and where nothing came back, they have nothing to say."""
    by = judge([], failed=FAILED)
    assert [[], []] == told(by, kept.exchange(), kept.exchange(origin=ORIGIN, answer=NoAnswer("reset")))
    assert () == by.tallies()


def test_checks_yield_to_laws_that_exist() -> None:
    """No name is misspelled."""
    assert {name for names in YIELDS.values() for name in names} <= {law.name for law in all_laws()}


def test_a_taken_value_is_no_breach_when_something_comes_late_either() -> None:
    """A refusal that it explains is judged again, and stays explained; that of a new value is an error each time."""
    by, refused = judge(), replace(kept.answer(), status=422)

    def bare(number: int, body: bytes, **changes: Any) -> Exchange:
        return kept.exchange(number, body=body, **changes)

    first = bare(1, b'{"data":"a"}')
    taken, new = (
        bare(n, body, answer=refused, deliveries=()) for n, body in ((2, first.sent.body), (3, b'{"data":"b"}'))
    )
    calls = {number: kept.call(number) for number in (1, 2, 3)}
    judged = [*by.batch(Attributed((first, taken, new)), calls), *by.batch(Attributed((), (taken, new)), calls)]
    broken = [(one.exchange.number, "family-status" in [each.law for each in one.breaches]) for one in judged]
    assert [(1, False), (2, False), (3, True), (2, False), (3, True)] == broken
    assert [False, True, False, True, False] == [one.taken for one in judged]


@pytest.mark.parametrize(("status", "laws"), [(400, ["family-status"]), (502, [])], ids=["passed on", "as promised"])
def test_the_status_of_an_upstream_that_fails_is_no_sign_of_a_value_that_is_taken(status: int, laws: list[str]) -> None:
    """Its requests have values that others had, too, and who shows no credential has made nothing with them."""
    fault, shown = "the settings answers 400", Credential(headers=(("authorization", "x"),), caller=1, right=True)
    usual = [replace(kept.exchange(number), credential=shown) for number in (1, 2)]
    in_a_trailer = kept.exchange(
        3, family="odd-body", answer=kept.answer(500), deliveries=(), credential=Credential(token="t", right=True)
    )
    call = kept.call(4, status=400, value=None, fault=fault)
    failed = kept.exchange(
        4, family="upstream-wrong", given=(fault,), statuses=frozenset({502}), answer=kept.answer(status)
    )
    failed = replace(failed, deliveries=(), calls=(call,), credential=shown)
    *_, judged = judge().batch(Attributed((*usual, in_a_trailer, failed)), {4: call})
    assert (False, laws) == (judged.taken, [one.law for one in judged.breaches])


@pytest.mark.parametrize("suspected", [False, True])
def test_a_refusal_for_lack_of_room_accuses_nobody_when_something_comes_late_either(suspected: bool) -> None:  # noqa: FBT001 -- a column
    """Whoever says so looks at each batch once; a refusal that nothing explains is told both times."""

    class Says:
        def among(self, exchanges: Sequence[Exchange], _explained: object) -> frozenset[int]:
            return frozenset(each.number for each in exchanges if suspected)

    by = judge()
    by.no_room = cast("NoRoom", Says())
    refused = kept.exchange(answer=kept.answer(409), deliveries=())
    broken = [told(by, refused), told(by, late=(refused,))]
    assert [suspected] * 2 == ["family-status" not in each[0] for each in broken]
