"""The tallies of a run: what was seen, and what a run was to show and did not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import Parameter
from bothends.contract.terms import FamilyRule
from bothends.engine.counts import Counts
from bothends.engine.events import BatchFinished, ExchangeJudged, LeftOut
from bothends.engine.evidence.tallies import answers, exchanges, handle, not_proven, pass_over
from bothends.records import Exchange, NoAnswer, Weight
from bothends.schemas import Schema
from tests.in_words import condition, conditions
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.contract import Operation
    from bothends.engine.events import Event
    from bothends.records import NotProven

HANGS = "the ingest hangs"
FAMILIES = {answer.status: answer.families[0] for answer in kept.operation().answers if answer.families}


class Tallied:
    """What was counted of one operation."""

    def __init__(self, operation: Operation) -> None:
        self.counts = Counts()
        self.contract = replace(kept.contract(), operations=(operation,))

    def handle(self, event: Event) -> None:
        """Count what an event shows."""
        handle(self.counts, {one.id: one for one in self.contract.operations}, event)

    def not_proven(self, *, whole: bool) -> list[NotProven]:
        """Return what was to be shown and was not."""
        return not_proven(self.counts, self.contract, whole=whole)


def tallies(*exchanges: Exchange, operation: Operation | None = None) -> Tallied:
    """Return what was counted of some exchanges."""
    counted = Tallied(operation or kept.operation())
    for exchange in exchanges:
        counted.handle(ExchangeJudged(exchange, ()))
    return counted


def declaring(*statuses: str, given: bool = False) -> Operation:
    """Return the operation with its 200 and these other answers."""
    right, problem, *_ = kept.operation().answers
    others = [
        replace(problem, status=status, family_rules=problem.family_rules if given else ()) for status in statuses
    ]
    return replace(kept.operation(), answers=(right, *others))


def tallied(by: Tallied) -> dict[str, tuple[str, int, int]]:
    """Return family, cases and seen of each declared answer."""
    return {tally.status: (tally.family, tally.cases, tally.seen) for tally in answers(by.counts, by.contract)}


def missing(by: Tallied, *, whole: bool = True) -> list[str]:
    """Return what is not proven."""
    return [each.what for each in by.not_proven(whole=whole)]


EVERYTHING = [
    kept.exchange(),
    *(kept.refused(status=int(s)) for s in FAMILIES),
]


def test_an_answer_that_its_cases_leave_open() -> None:
    """Where another answer is right as well, and was given, there were cases all the same."""
    taken = kept.exchange(family="signed-out", statuses=frozenset({200, 401}))
    [line] = [each for each in tallies(taken).not_proven(whole=True) if each.what == "answer 401"]
    assert (
        "The contract declares it for signed-out, but 1 case of this family also allows another answer, "
        "and got that one." == line.why
    )


def test_a_run_that_saw_each_answer_leaves_nothing_open() -> None:
    """Each declared answer is tallied with its family, its cases and how often it was seen."""
    by = tallies(*EVERYTHING)
    assert {"200": ("success", 1, 1), **{s: (f, 1, 1) for s, f in FAMILIES.items()}} == tallied(by)
    assert [] == missing(by)
    assert len(EVERYTHING) == exchanges(by.counts)


def test_an_answer_that_was_never_seen_is_not_proven() -> None:
    """It says whether there were cases at all."""
    by = tallies(*EVERYTHING[:-1], kept.refused(status=504, answer=kept.answer(503)))
    [open_answer] = by.not_proven(whole=True)
    assert ("answer 504", "The contract declares it for upstream-timeout, but 1 case did not trigger it.") == (
        open_answer.what,
        open_answer.why,
    )
    assert "but there was no case of this family" in tallies(*EVERYTHING[:-1]).not_proven(whole=True)[0].why


def test_a_part_of_the_cases_need_not_show_each_answer() -> None:
    """Where the caller chose the cases, answers that were not seen are no omission."""
    by = tallies(kept.exchange())
    assert len(FAMILIES) == len(missing(by))
    assert [] == missing(by, whole=False)


def test_nothing_at_all_proves_nothing() -> None:
    """A run without an exchange is never a proof, in whole or in part."""
    assert ["exchanges"] == missing(tallies()) == missing(tallies(), whole=False)


@pytest.mark.parametrize(
    "exchange",
    [
        kept.refused(),
        kept.exchange(deliveries=()),
        kept.exchange(deliveries=(kept.unstored(),)),
        kept.exchange(deliveries=(kept.delivery(acknowledged=False),)),
        kept.exchange(answer=NoAnswer("reset")),
        kept.other_method("OPTIONS", 204, deliveries=(kept.delivery(),)),
    ],
)
def test_a_run_without_success_at_both_ends_proves_nothing(exchange: Exchange) -> None:
    """An answer without its acknowledged event is no success, nor is one of another method."""
    assert ["success"] == missing(tallies(exchange), whole=False)


def test_without_events_an_answer_is_success_enough() -> None:
    """Where the contract declares no callback, there is one end only."""
    operation = replace(kept.operation(), events=())
    assert [] == missing(tallies(kept.exchange(deliveries=()), operation=operation), whole=False)


def finished(*given: str, **fired: int) -> BatchFinished:
    """Return the end of a batch, and how often each state was met; names have `_` for a space."""
    met = {condition(name.replace("_", " ")): n for name, n in fired.items()}
    return BatchFinished(1, 1, conditions(*given), fired=met)


def test_a_fault_that_was_never_met_is_not_proven() -> None:
    """It counts as met when any batch of that state has met it."""
    by = tallies(kept.exchange())
    by.handle(finished())
    by.handle(finished(HANGS, "the settings hangs", the_settings_hangs=2))
    assert [f"state: {HANGS}"] == missing(by, whole=False)
    by.handle(finished(HANGS, the_ingest_hangs=1))
    assert [] == missing(by, whole=False)


def test_a_state_in_which_nothing_was_sent_is_not_called_one_that_the_target_did_not_meet() -> None:
    """Its cases were skipped, or passed over: that is said of it, and each reason is a line of its own."""
    by = tallies(kept.exchange())
    by.handle(finished("the ingest hangs", "the settings hangs"))
    by.handle(replace(finished("the ingest hangs", "the settings answers 500"), sent=False))
    pass_over(by.counts, replace(kept.exchange().case, given=conditions("the settings answers 503")))
    told = {line.what: line.why for line in by.not_proven(whole=False)}
    assert ["2 states", "state: the settings answers 500", "state: the settings answers 503"] == list(told)
    met, skipped, passed = told.values()
    assert met.startswith("The target never met them")
    assert "No request got to the target while this state was active: it was gone, or all were skipped." == skipped
    assert "Not played, as good requests never called that part of the world." == passed


def test_a_class_of_statuses_is_one_answer() -> None:
    """However many of its statuses are right for a case, the case counts once."""
    by = tallies(kept.failed(statuses=frozenset(range(500, 600))), operation=declaring("5XX", given=True))
    assert ("malformed-body", 1, 1) == tallied(by)["5XX"]


def test_a_case_for_which_several_answers_are_right_counts_for_none() -> None:
    """It was to bring about no one of them; what it did bring about is seen."""
    by = tallies(kept.refused(status=422, statuses=frozenset({413, 422})))
    assert [("body-too-large", 0, 0), ("invalid-body", 0, 1)] == [tallied(by)[status] for status in ("413", "422")]


@pytest.mark.parametrize(
    "exchange",
    [kept.other_method("GET", 401), kept.exchange(answer=NoAnswer("reset"), statuses=frozenset[int]())],
)
def test_what_is_no_answer_of_the_operation_is_only_counted(exchange: Exchange) -> None:
    """Another method's answer, and none at all, are exchanges and no more."""
    by = tallies(exchange)
    assert (1, 0) == (exchanges(by.counts), sum(seen for _, _, seen in tallied(by).values()))


def test_an_answer_that_the_contract_does_not_declare_is_only_counted() -> None:
    """The law on statuses speaks of it."""
    by = tallies(kept.exchange(answer=kept.answer(418), statuses=frozenset({418})))
    assert {(0, 0)} == {(cases, seen) for _, cases, seen in tallied(by).values()}


def test_an_answer_that_nothing_brings_about_is_one_line_for_all_operations() -> None:
    """It names them; another status has its own line."""
    operations = [replace(declaring("409"), id=name) for name in ("make", "change")]
    operations[1] = replace(declaring("409", "507"), id="change")
    contract = replace(kept.contract(), operations=tuple(operations))
    counts = tallies(kept.exchange(answer=kept.answer(418))).counts
    found = {one.what: one.why for one in not_proven(counts, contract, whole=True) if one.add.startswith("x-given")}
    assert {"answer 409", "answer 507"} == found.keys()
    assert "no case of make, change triggers it" in found["answer 409"]
    assert "no case of change triggers it" in found["answer 507"]


def test_an_answer_that_nothing_brings_about_is_not_proven() -> None:
    """Without `x-given`, never seen, and no class: nobody can try what the contract promises, and the line says how."""
    operation = declaring("409", "410", "5XX", "default")
    by = tallies(kept.exchange(answer=kept.answer(410)), operation=operation)
    unseen = [each for each in by.not_proven(whole=True) if each.weight is Weight.ANSWERS]
    assert ["answer 200", "answer 409"] == [each.what for each in unseen]
    assert f"it has no x-given, so no case of {operation.id} triggers it" in unseen[1].why
    assert "openapi.yaml:" in unseen[1].where
    assert "x-given: conflict | wrong-state" == unseen[1].add
    assert [] == [each for each in by.not_proven(whole=False) if each.weight is Weight.ANSWERS]


def asking(method: str, status: str, *headers: Parameter) -> Operation:
    """Return an operation of a method that declares an answer without `x-given`, and has these headers."""
    return replace(declaring(status), method=method, parameters=headers)


def header(name: str, schema: Any = None, example: Any = None) -> Parameter:
    """Return a header parameter that may be left out."""
    described = None if schema is None else Schema(schema)
    return Parameter(name, "header", required=False, schema=described, example=example, pointer="/paths")


TAG = {"type": "string", "pattern": '^"[0-9]+"$'}
NONE_MATCH, ANY_TAG = header("if-none-match"), 'example: "*", on if-none-match'
DECLARED = "parameters: [{{name: {}, in: header, schema: {{type: string}}{}}}]"


@pytest.mark.parametrize(
    ("operation", "add"),
    [
        (asking("GET", "304"), DECLARED.format("If-None-Match", ', example: "*"')),
        (asking("GET", "304", NONE_MATCH), ANY_TAG),
        (asking("GET", "304", header("If-None-Match", TAG)), ""),
        (asking("GET", "304", header("If-None-Match", example="*")), ""),
        (asking("GET", "304", header("If-Modified-Since")), ""),
        (asking("POST", "304"), ""),
        (asking("PUT", "412"), DECLARED.format("If-Match", "")),
        (asking("PUT", "412", NONE_MATCH), ANY_TAG),
        (asking("PUT", "412", NONE_MATCH, header("If-Match")), ""),
        (asking("GET", "412", NONE_MATCH), DECLARED.format("If-Match", "")),
        (asking("GET", "406"), ""),
    ],
)
def test_an_answer_to_headers_of_a_request_is_not_brought_about_by_families(operation: Operation, add: str) -> None:
    """A condition, and what is accepted as an answer, are what the request says: the line to add is about these."""
    [_, unseen] = tallies(kept.other_method("QUERY", 401), operation=operation).not_proven(whole=True)[-2:]
    assert (operation.answers[-1].status, add) == (unseen.what.removeprefix("answer "), unseen.add)
    assert "x-given" not in unseen.why


def test_such_an_answer_says_which_headers_lead_to_it() -> None:
    """Those that the operation declares were sent; the others can't be."""
    undeclared, sent, wanted = (
        tallies(kept.other_method("QUERY", 401), operation=operation).not_proven(whole=True)[-1].why
        for operation in (asking("GET", "304"), asking("PUT", "412", NONE_MATCH), asking("GET", "406"))
    )
    assert undeclared == (
        "It was never seen: If-None-Match or If-Modified-Since leads to it, and the operation declares none of them."
    )
    assert "It was never seen: no request with If-None-Match was answered so." == sent
    assert "It was never seen: no request with Accept was answered so." == wanted


@pytest.mark.parametrize("size", [None, 100])
def test_a_size_that_is_not_said_is_the_line_that_is_missing(size: int | None) -> None:
    """Without a size there is no body that is too large: the line to add has one."""
    given = FamilyRule("body-too-large", None, size, "/x-given")
    operation = declaring("413")
    right, large = operation.answers
    operation = replace(operation, answers=(right, replace(large, family_rules=(given,))))
    [unseen] = tallies(kept.exchange(), operation=operation).not_proven(whole=True)
    assert ("x-given: {family: body-too-large, bytes: …}" if size is None else "") == unseen.add


def test_what_came_late_is_counted_once() -> None:
    """An exchange that is judged once more is no other exchange."""
    by = tallies(kept.exchange())
    by.handle(ExchangeJudged(kept.exchange(), (), late=True))
    assert 1 == exchanges(by.counts)


def test_they_do_not_grow() -> None:
    """Ten thousand exchanges take no more room than ten."""

    def size(by: Tallied) -> int:
        return len(list(by.counts))

    assert size(tallies(*EVERYTHING)) == size(tallies(*(EVERYTHING * 100)))


def test_cases_that_were_left_out_are_not_proven() -> None:
    """They are counted by their families, as nothing was answered before them."""
    by = tallies(kept.exchange())
    for _ in range(2):
        by.handle(LeftOut(3, ("success",)))
    by.handle(LeftOut(1200, ()))
    assert ["6 cases of success", "the rest of the run, 1,200 cases"] == missing(by, whole=False)


def test_what_is_left_out_alike_of_several_operations_is_one_line() -> None:
    """With all of its families; another fault, another reason or other families are a line of their own."""
    by = tallies(kept.exchange())
    for operation in ("change", "remove"):
        by.handle(LeftOut(2, ("routing",), operation))
        by.handle(LeftOut(3, ("crowd",), operation))
    by.handle(LeftOut(1, ("crowd",), "make"))
    by.handle(LeftOut(1, ("ingest-down",), "make", "the ingest is unreachable"))
    assert [
        "10 cases of crowd, routing of change, remove",
        "1 case of crowd of make",
        "1 case of ingest-down of make while the ingest is unreachable",
    ] == missing(by, whole=False)


def test_an_answer_that_was_cut_is_not_proven() -> None:
    """What was not read was not held against the schema; where the contract declares no body, there is none."""
    cut = kept.answer(size=1 << 30)
    assert ["answer 200"] == missing(tallies(kept.exchange(answer=cut)), whole=False)
    right, *others = kept.operation().answers
    bodiless = replace(kept.operation(), answers=(replace(right, content={}), *others))
    assert [] == missing(tallies(kept.exchange(answer=cut), operation=bodiless), whole=False)
