"""What one cause shows in several varieties: told apart, and each instance in one of them alone."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from typing import Literal

import pytest

from bothends.engine.judge.cause_keys import MOST_VARIETIES
from bothends.engine.judge.findings import Findings
from bothends.engine.judge.identity import instance_of
from bothends.engine.play.batches import Batch
from bothends.laws import NAMED_VARIETIES, FindingContext
from bothends.laws.varieties import UNREAD, UNREAD_IN_CHUNKS
from bothends.records import Breach, Cause, Finding, Severity, are_alike, grouped
from tests.laws import kept

LOCKED = "the database file stays locked"
EMPTY = "nothing can read null"
EXCHANGE = replace(kept.exchange(), answer=kept.answer(500))
BREACH = Breach("family-status", Severity.ERROR, Cause("refused-otherwise", status="400"), "s", "e", "a", EXCHANGE)


def breach(name: str, variety: str, number: int = 1, *, drawn: bool = False) -> Breach:
    """Return a breach that a case has shown in a variety."""
    case = replace(EXCHANGE.case, name=name, drawn=drawn)
    return replace(BREACH, exchange=replace(EXCHANGE, number=number, case=case), variety=variety)


def found(*breaches: Breach) -> Findings:
    """Return the findings of breaches."""
    findings = Findings(finding_context=FindingContext.of(kept.contract()))
    for each in breaches:
        assert each.exchange is not None
        findings.add(each, Batch((), (each.exchange.case,)))
    return findings


def told(findings: Findings) -> list[list[str]]:
    """Return the cases that have shown each finding."""
    return [[each.rpartition("/")[2] for each in tracked.finding.cases] for tracked in findings.ranked()]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (LOCKED, LOCKED, True),
        (LOCKED, f"{LOCKED} again", True),
        (LOCKED, EMPTY, False),
        (LOCKED, "", True),
    ],
)
def test_half_of_the_words_make_two_varieties_alike(one: str, other: str, expected: bool) -> None:  # noqa: FBT001 -- a column
    """Words may differ from request to request; of what says nothing, nothing is known."""
    assert expected is are_alike(one, other)


def test_each_variety_is_a_finding_with_the_ids_that_its_instances_have_anyway() -> None:
    """The variety is no part of an ID: what was accepted before it was known stays so."""
    one, other = breach("a", LOCKED), breach("b", EMPTY, 2)
    findings = found(one, other)
    assert [["a"], ["b"]] == told(findings)
    assert one.exchange
    assert other.exchange
    same = [instance_of(replace(each, variety=""), each.exchange.case).id for each in (one, other) if each.exchange]
    assert same == [tracked.finding.id for tracked in findings.ranked()]
    assert 2 == len(grouped(tracked.finding for tracked in findings.ranked()))


def test_an_instance_is_of_one_finding_whatever_it_is_answered_later() -> None:
    """A case that is played again, and fails with other words, makes no second finding of its ID."""
    assert [["a"]] == told(found(breach("a", LOCKED), breach("a", EMPTY, 2)))


def test_of_what_nothing_is_known_goes_with_the_first() -> None:
    """An answer without words makes no finding of its own where there is another one."""
    assert [["a", "b"]] == told(found(breach("a", LOCKED), breach("b", "", 2)))
    assert [["b", "a"]] == told(found(breach("a", "", 1), breach("b", LOCKED, 2)))


@pytest.mark.parametrize("varieties", [(LOCKED, ""), ("", LOCKED)])
def test_what_is_told_together_is_accepted_each_by_itself(varieties: tuple[str, str]) -> None:
    """A finding has the ID of each case that has shown it, whichever came first."""
    every = [
        breach(name, variety, number) for number, (name, variety) in enumerate(zip("ab", varieties, strict=True), 1)
    ]
    (tracked,) = found(*every).ranked()
    ids = {instance_of(each, each.exchange.case).id for each in every if each.exchange}
    assert ids == {one.id for one in tracked.finding.instances}


def test_answers_that_always_say_something_else_tell_nothing_apart() -> None:
    """Beyond the most that are told apart, all others go with the first."""
    every = [breach(f"c{number}", f"{chr(97 + number) * 3} {chr(97 + number) * 4}", number) for number in range(9)]
    assert MOST_VARIETIES == len(told(found(*every)))


def test_each_thing_that_a_target_does_not_look_at_is_told_however_many_there_are() -> None:
    """One status may be promised for all of them."""
    every = [breach(f"c{number}", variety, number) for number, variety in enumerate(sorted(NAMED_VARIETIES), 1)]
    assert len(every) > MOST_VARIETIES
    assert len(every) == len({one.variety for one in found(*every).groups})


def test_a_random_request_beside_what_is_accepted_is_nothing_new_in_whatever_words() -> None:
    """Another seed draws another request, which may fail otherwise."""
    named, drawn = breach("a", LOCKED), breach("0001", EMPTY, 2, drawn=True)
    assert named.exchange
    accepted = instance_of(named, named.exchange.case)
    findings = Findings(lambda _, instance: instance == accepted)
    for each in (named, drawn):
        assert each.exchange
        findings.add(each, Batch((), (each.exchange.case,)))
    assert not findings.broken


@pytest.mark.parametrize("later", [LOCKED, EMPTY], ids=["as here", "otherwise"])
def test_parts_of_a_run_join_by_what_is_alike(later: str) -> None:
    """An instance that two parts have shown in two varieties is of the finding that had it first."""
    here, there = found(breach("a", LOCKED)), found(breach("a", later, 3), breach("b", EMPTY, 4))
    here.join(there.groups, there.settled)
    ids = [one.id for tracked in here.ranked() for one in tracked.finding.instances]
    assert sorted(set(ids)) == sorted(ids)
    assert {"a", "b"} == {case for cases in told(here) for case in cases}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ({"code": "failed", "detail": "KeyError data"}, "failed keyerror"),
        ({"code": "failed", "detail": "KeyError 'data'"}, "failed keyerror"),
        ({"code": "failed", "detail": "KeyError 0x7f12, no. 17"}, "failed keyerror"),
        ("<html><title>failed</title><p>KeyError", "failed keyerror"),
        ({}, ""),
    ],
)
def test_the_words_of_a_failure_are_its_own(text: object, expected: str) -> None:
    """Names of members, of the answer and of the contract, say nothing of it, and no more do numbers and tags."""
    body = text.encode() if isinstance(text, str) else json.dumps(text).encode()
    answer = replace(kept.answer(500), body=body)
    exchange = replace(kept.exchange(statuses=frozenset({400}), refused=True), answer=answer)
    told = kept.judge("family-status", exchange)
    assert told
    assert [expected] == [each.variety for each in told]


@pytest.mark.parametrize(
    ("varieties", "expected"),
    [
        (("", ""), [["", ""]]),
        ((LOCKED, ""), [[LOCKED, ""]]),
        ((LOCKED, f"{LOCKED} again"), [[LOCKED, f"{LOCKED} again"]]),
        ((UNREAD, UNREAD_IN_CHUNKS), [[UNREAD], [UNREAD_IN_CHUNKS]]),
        (("invalid-body", "malformed-body", "unsupported-media-type"), None),
        (("", LOCKED, EMPTY), None),
        (("a b", "b", "b c"), [["a b", "b"], ["b c"]]),
    ],
)
def test_what_is_one_group_does_not_go_by_the_order(
    varieties: tuple[str, ...], expected: list[list[str]] | None
) -> None:
    """All of a group are alike, one with each other; of what nothing is known makes no group of two that are not."""
    findings = [
        Finding(str(number), replace(BREACH, variety=each), EXCHANGE.case, 1) for number, each in enumerate(varieties)
    ]
    right = sorted(map(sorted, expected or [[each] for each in varieties]))
    for order in permutations(findings):
        groups = grouped(order)
        assert right == sorted(sorted(one.breach.variety for one in group) for group in groups)
        assert [group[0] for group in groups] == sorted((group[0] for group in groups), key=order.index)


def taken(number: int, family: str, given: str, *statuses: int) -> Breach:
    """Return that a request is answered 200 while a service fails, or with another media type."""
    sent = kept.exchange(
        number, family=family, name=f"c{number}", given=(given,) if given else (), statuses=frozenset(statuses)
    )
    refused = replace(sent, case=replace(sent.case, expect=replace(sent.case.expect, refused=not given)))
    found = kept.judge("family-status", refused)
    assert found is not None
    (breach,) = found
    return breach


LATE = taken(1, "upstream-timeout", "the settings answers over 12000 ms", 504)
LATER = taken(2, "upstream-timeout", "the settings hangs", 504)
OTHERWISE = taken(3, "upstream-wrong", "the settings answers 500", 502)
BREAKS_OFF = taken(4, "upstream-unclear", "the settings breaks off in the body", 502, 503, 504)
NOBODY = taken(5, "upstream-unreachable", "the settings is unreachable", 503)
OF_ANOTHER = taken(6, "upstream-wrong", "the ingest answers 500", 502)
MEDIA_TYPE = taken(7, "unsupported-media-type", "", 400, 415, 504)


@pytest.mark.parametrize(
    ("breaches", "expected"),
    [
        ((LATE, LATER), [["c1", "c2"]]),
        ((LATE, OTHERWISE), [["c1"], ["c3"]]),
        ((LATE, MEDIA_TYPE), [["c1"], ["c7"]]),
        ((OTHERWISE, BREAKS_OFF), [["c3", "c4"]]),
        ((LATE, OTHERWISE, NOBODY, BREAKS_OFF), [["c5", "c1", "c4", "c3"]]),
        ((NOBODY, OF_ANOTHER), [["c5"], ["c6"]]),
    ],
)
def test_what_is_taken_for_a_success_is_parted_by_what_fails(
    breaches: tuple[Breach, ...], expected: list[list[str]]
) -> None:
    """Too late and something wrong are mended apart, unless a service that is not there is a success, too."""
    for order in permutations(breaches):
        assert sorted(map(sorted, expected)) == sorted(map(sorted, told(found(*order))))


def test_what_follows_from_each_variety_of_a_cause_follows_from_it() -> None:
    """A stale value in the event of each request that is taken is nothing of its own."""
    every = [LATE, OTHERWISE]
    assert all(each.exchange for each in every)
    stale = [
        Breach("event-schema", Severity.ERROR, Cause("schema", location="#/a"), "s", "e", "a", each.exchange)
        for each in every
    ]
    alone = Breach("event-schema", Severity.ERROR, Cause("schema", location="#/a"), "s", "e", "a", kept.exchange(9))
    for also, number in ((), 2), ((alone,), 3):
        findings = found(*(one for pair in zip(every, stale, strict=True) for one in pair), *also)
        assert number == len(findings.ranked())


@pytest.mark.parametrize(
    ("whole", "chunked", "expected"),
    [
        (["usual", "x"], ["usual"], 1),
        (["nul"], ["usual"], 2),
        (["limit"], ["limit"], 1),
        (["limit"], ["usual", "limit"], 2),
        ([], ["usual"], 1),
    ],
    ids=["usual too", "another value", "for its size", "not for its size alone", "in chunks alone"],
)
def test_a_body_that_is_lost_in_chunks_is_another_cause_than_a_value_that_is_refused(
    whole: list[str], chunked: list[str], expected: int
) -> None:
    """Unless each such body is refused in one piece, too: then the one in chunks has no reason of its own."""

    def refused(number: int, name: str, framing: Literal["length", "chunked"]) -> Breach:
        known = kept.exchange(number, name=f"{name}-{framing}", answer=kept.answer(400), deliveries=())
        request = replace(known.case.request, framing=framing, body=name.encode())
        breaches = kept.judge("family-status", replace(known, case=replace(known.case, request=request)))
        assert breaches is not None
        return breaches[0]

    every = [refused(number, name, "length") for number, name in enumerate(whole, 1)]
    every += [refused(number, name, "chunked") for number, name in enumerate(chunked, 11)]
    for order in permutations(every):
        assert expected == len(told(found(*order)))
        here, *rest = order
        joined = found(here)
        joined.join(found(*rest).groups, ())
        assert expected == len(told(joined))
