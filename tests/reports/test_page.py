"""The end of a run: the verdict first and last, and what a person needs between."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bothends.records import (
    LATER,
    AnswerTally,
    Consequence,
    Coverage,
    CoveragePoint,
    EventTally,
    Kind,
    KnownFinding,
    KnownTally,
    NotProven,
    PactTally,
    Severity,
    Step,
)
from bothends.reports.blocks import Entry, Line, Table, Tone
from bothends.reports.page import header, page
from tests.in_words import conditions
from tests.reports.conftest import named

if TYPE_CHECKING:
    from bothends.records import Summary
    from bothends.reports.blocks import Block
    from tests.reports.conftest import Samples


def verdicts(samples: Samples, summary: Summary) -> tuple[str, str]:
    """Return the first line of the page and the last."""
    first, *_, last = page(summary, samples.started(), samples.surroundings)
    assert isinstance(first, Line)
    assert isinstance(last, Line)
    assert first.tone is last.tone
    return first.text, last.text


def test_proven(samples: Samples) -> None:
    """A run that proved what it was to show says how much that is, and no more than that."""
    assert (
        "PROVEN: 1 of 2 declared answers seen, 2 laws held",
        "1,204 exchanges in 11.2 s, seed 7: PROVEN",
    ) == verdicts(samples, samples.summary())


def test_proven_with_a_warning(samples: Samples) -> None:
    """A warning may stand, and is counted; the law that is broken is none that held."""
    summary = samples.summary(samples.finding(Severity.WARNING))
    assert "PROVEN: 1 of 2 declared answers seen, 2 laws held; 1 warning" == verdicts(samples, summary)[0]
    first, *others = summary.laws
    broken = replace(summary, laws=(replace(first, judged=1, broken=1), *others))
    assert "PROVEN: 1 of 2 declared answers seen, 1 law held; 1 warning" == verdicts(samples, broken)[0]


def test_broken_names_the_laws(samples: Samples) -> None:
    """A broken law is named in the first line, each once, and no more than a person takes in."""
    findings = [samples.finding(law=name) for name in ("a", "b", "a")]
    assert "BROKEN: a, b" == verdicts(samples, samples.summary(*findings))[0]
    findings = [samples.finding(law=name) for name in "abcdef"]
    assert "BROKEN: a, b, c, d and 2 more laws" == verdicts(samples, samples.summary(*findings))[0]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"interrupted": True}, "NOT PROVEN: interrupted"),
        ({"target_failure": "It died.\n  next: look"}, "NOT PROVEN: the target failed: It died."),
        ({"harness_failure": "Port 1 is in use."}, "NOT PROVEN: bothends failed: Port 1 is in use."),
    ],
)
def test_what_kept_the_run_from_its_end(samples: Samples, changes: dict[str, object], expected: str) -> None:
    """The first line says why nothing is proven."""
    assert expected == verdicts(samples, samples.summary(**changes))[0]


def test_not_proven_names_the_first(samples: Samples) -> None:
    """What was not shown is counted, and the first is named."""
    item = samples.not_proven()
    assert "NOT PROVEN: 1 thing not shown: answer 504" == verdicts(samples, samples.summary(not_proven=(item,)))[0]
    many = samples.summary(not_proven=(item, item))
    assert "NOT PROVEN: 2 things not shown: answer 504, ..." == verdicts(samples, many)[0]


def test_interrupted_and_broken(samples: Samples) -> None:
    """What was found before the interruption stands."""
    summary = samples.summary(samples.finding(), interrupted=True)
    expected = ("BROKEN: nothing-dropped (interrupted)", "1,204 exchanges in 11.2 s, seed 7: BROKEN (interrupted)")
    assert expected == verdicts(samples, summary)


@pytest.mark.parametrize(
    ("untried", "said"),
    [
        ("interrupted", "not retried: interrupted"),
        ("no time left", "interrupted"),
        (LATER, "interrupted"),
        ("", "interrupted"),
    ],
)
def test_what_was_seen_and_not_retried_says_so(samples: Samples, untried: str, said: str) -> None:
    """A run that was interrupted before it could repeat what it had seen claims no more than that."""
    finding = replace(samples.finding(), reproduced=None if untried else True, untried=untried)
    summary = samples.summary(finding, interrupted=True)
    assert (f"BROKEN: nothing-dropped ({said})", 130) == (verdicts(samples, summary)[0], summary.exit_code)
    (entry,) = [each for each in page(summary, None, samples.surroundings) if isinstance(each, Entry)][:1]
    assert bool(untried) == entry.heading.startswith("1. error, not retried: ")
    seen = [line for each in entry.fields if each.label == "seen" for line in each.lines]
    # One line says it of all of which others came first.
    assert [untried not in {"", LATER}] == ["; not retried: " in line for line in seen]


def test_operations_are_named_when_there_are_several(samples: Samples) -> None:
    """The table of answers has a column for the operation only when it tells something."""
    summary = samples.summary()
    one = next(block for block in page(summary, None, samples.surroundings) if isinstance(block, Table))
    assert ("answer", "family", "cases", "seen") == one.head
    assert [Tone.PLAIN, Tone.DOUBT] == [row.tone for row in one.rows]
    more = replace(summary, answers=(*summary.answers, AnswerTally("getOrder", "5XX", "", 0, 0)))
    two = next(block for block in page(more, None, samples.surroundings) if isinstance(block, Table))
    assert (("getOrder", "5XX", "-", "0", "0"), Tone.QUIET) == (two.rows[-1].cells, two.rows[-1].tone)


def test_rows_that_need_a_look_are_toned(samples: Samples) -> None:
    """An answer that was not seen and a broken law stand out; a law that judged nothing has no row."""
    summary = samples.summary(samples.finding())
    answers, _, laws = (block for block in page(summary, None, samples.surroundings) if isinstance(block, Table))
    assert [Tone.PLAIN, Tone.DOUBT] == [row.tone for row in answers.rows]
    assert [Tone.PLAIN, Tone.BAD] == [row.tone for row in laws.rows]
    warned = replace(summary.laws[2], judged=2, broken=1)
    laws = [
        block
        for block in page(replace(summary, laws=(warned,)), None, samples.surroundings)
        if isinstance(block, Table)
    ][2]
    assert Tone.DOUBT is laws.rows[0].tone


def test_a_finding_says_all_that_a_person_needs(samples: Samples) -> None:
    """Promise, what happened, case, state, count, request and replay: the secrets are not in it."""
    pages = page(samples.summary(samples.finding()), samples.started(), samples.surroundings)
    entry = next(block for block in pages if isinstance(block, Entry))
    fields = {field.label: field.lines for field in entry.fields}
    assert "1. error: nothing-dropped: The ingest drops a part of the event." == entry.heading
    assert {
        "promised": ("the consumer receives what was sent",),
        "happened": ("/appSettings is dropped",),
        "case": ("success/usual",),
        "given": ("the ingest fails once",),
        "seen": ("12 times; reproduced; request minimized",),
        "request": (
            (
                "curl -i -X POST http://127.0.0.1:4000/api/route -H 'Content-Type: application/json'"
                ' -H \'Cache-Control: no-cache\' -b "$COOKIE" --data-raw \'{"data": "data"}\''
            ),
        ),
        "replay": ("bothends replay 3f9a1c",),
    } == fields


def test_pacts_have_a_table(samples: Samples) -> None:
    """Each pact has its row: one that is broken stands out, and one of which nothing was verified."""
    pacts = (
        PactTally("worker-route.json", "worker", "route", 2, 2),
        PactTally("web-route.json", "web", "route", 1_003, 1_001),
        PactTally("empty.json", "web", "route", 0, 0),
    )
    *_, table = (b for b in page(samples.summary(pacts=pacts), None, samples.surroundings) if isinstance(b, Table))
    assert ("pact", "consumer", "provider", "interactions", "broken") == table.head
    assert ("web-route.json", "web", "route", "1,003", "2") == table.rows[1].cells
    assert [Tone.PLAIN, Tone.BAD, Tone.DOUBT] == [row.tone for row in table.rows]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "PROVEN: 1 of 2 declared answers seen, 2 laws held, 1 pact kept (2 interactions)"),
        ({"answers": (), "laws": ()}, "PROVEN: 1 pact kept (2 interactions)"),
    ],
)
def test_proven_says_how_many_pacts_are_kept(samples: Samples, changes: dict[str, object], expected: str) -> None:
    """Of a provider alone, no answers and no laws are told."""
    kept = (PactTally("worker-route.json", "worker", "route", 2, 2),)
    assert expected == verdicts(samples, samples.summary(pacts=kept, **changes))[0]


@pytest.mark.parametrize("law", ["pact", "pact-stand-in", "declared-status"])
def test_what_a_pact_promised_stands_beside_what_happened(samples: Samples, law: str) -> None:
    """Place by place, where it is about a pact; what another law says of several lines stands as it is."""
    finding = samples.finding(law=law, expected="status: 200\n$: the key a", actual="status: 500\n$: not there")
    entry = next(b for b in page(samples.summary(finding), None, samples.surroundings) if isinstance(b, Entry))
    compared = [(f.label, f.lines) for f in entry.fields if f.label in {"promised", "happened"}]
    if law == "declared-status":
        assert [("status: 200", "$: the key a"), ("status: 500", "$: not there")] == [lines for _, lines in compared]
    else:
        assert [("promised", ("status: 200",)), ("happened", ("status: 500",))] == compared[:2]
        assert [("promised", ("$: the key a",)), ("happened", ("$: not there",))] == compared[2:]


def test_no_more_places_than_a_person_reads(samples: Samples) -> None:
    """How many were left out is said; sides that do not match are told one after the other."""
    many = samples.finding(law="pact", expected="\n".join("a" * 40), actual="\n".join("b" * 40))
    uneven = named("feed01", samples.finding(law="pact", expected="a\nb", actual="c", cause="other"))
    pages = page(samples.summary(many, uneven), None, samples.surroundings)
    first, second = (block for block in pages if isinstance(block, Entry))
    assert (24, ("(+28 places)",)) == (
        len([f for f in first.fields if f.label in {"promised", "happened"}]),
        next(f.lines for f in first.fields if not f.label),
    )
    assert [("a", "b"), ("c",)] == [f.lines for f in second.fields[:2]]


def test_a_finding_without_an_exchange(samples: Samples) -> None:
    """A phantom has no exchange, so there is no request to show, and it was seen once."""
    finding = samples.finding()
    finding = replace(
        finding,
        breach=replace(finding.breach, exchange=None),
        case=replace(finding.case, given=()),
        count=1,
        smaller=False,
        reproduced=False,
    )
    entry = next(b for b in page(samples.summary(finding), None, samples.surroundings) if isinstance(b, Entry))
    fields = {field.label: field.lines for field in entry.fields}
    assert ("once; not reproduced",) == fields["seen"]
    assert not {"given", "request"} & set(fields)


def test_hostile_and_secret_texts_of_a_finding(samples: Samples) -> None:
    """Whatever a law quotes is cut, made harmless, and without the run's secrets and the exchange's cookie."""
    texts = {"summary": f"\x1b[2J{samples.event_key}", "expected": "\n" * 50 + "x", "actual": samples.cookie}
    blocks = list(page(samples.summary(samples.finding(Severity.ERROR, **texts)), None, samples.surroundings))
    entry = next(block for block in blocks if isinstance(block, Entry))
    fields = {field.label: field.lines for field in entry.fields}
    assert r"1. error: nothing-dropped: \x1b[2J[hidden]" == entry.heading
    assert "(+39 lines)" == fields["promised"][-1]
    assert ("[hidden]",) == fields["happened"]


def test_failures_are_told_in_full_with_the_log(samples: Samples) -> None:
    """A failure's further lines, and the end of the target's log, come after the findings."""
    summary = samples.summary(target_failure="It died.\n  next: look", log=("Traceback", f"key={samples.event_key}"))
    entries = [block for block in page(summary, None, samples.surroundings) if isinstance(block, Entry)]
    assert ["the target failed", "the end of the target's log"] == [entry.heading for entry in entries]
    assert [("It died.", "  next: look"), ("Traceback", "key=[hidden]")] == [e.fields[0].lines for e in entries]


def test_a_run_without_an_exchange_has_no_tables(samples: Samples) -> None:
    """When the target never got ready, a table of noughts would say nothing."""
    blocks = page(samples.summary(exchanges=0), None, samples.surroundings)
    assert not [block for block in blocks if isinstance(block, Table)]


def test_a_replay_shows_only_what_was_tried(samples: Samples) -> None:
    """Answers that were not seen and laws that judged nothing are left out of a replay's tables."""
    surroundings = replace(samples.surroundings, traced=True)
    answers, _, laws = (b for b in page(samples.summary(), None, surroundings) if isinstance(b, Table))
    assert ["200"] == [row.cells[0] for row in answers.rows]
    assert ["declared-status", "nothing-dropped"] == [row.cells[0] for row in laws.rows]


def test_the_header_names_a_running_target_by_its_address(samples: Samples) -> None:
    """A target that was not launched has no command in brackets."""
    line = header(replace(samples.started(), launched=()))
    assert line.text.endswith("POST /api/route of openapi.yaml at http://127.0.0.1:4000, seed 7")


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "no operation of"), (2, "GET /0, GET /1 of"), (1200, "GET /4, GET /5 and 1,194 more of")],
)
def test_the_first_line_names_a_few_operations(samples: Samples, count: int, expected: str) -> None:
    """Of a large document it names some, and says how many more there are."""
    operations = tuple(f"GET /{number}" for number in range(count))
    assert expected in header(replace(samples.started(), operations=operations)).text


def test_a_finding_with_all_that_belongs_to_it(samples: Samples) -> None:
    """One that did not show again is called flaky, with its history; what follows from it stands below it."""
    finding = replace(
        samples.finding(),
        reproduced=False,
        smaller=False,
        cases=("success/usual", "crowd/many", "recovery/after"),
        more_cases=1_200,
        history=(
            Step(conditions("the ingest hangs"), ("upstream-timeout",), 1, 1),
            Step((), ("a", "b", "c", "d", "e"), 64, 16),
        ),
        consequences=tuple(Consequence(f"law-{n}", "This too.", n, "this", "that") for n in range(1, 9)),
    )
    entry = next(b for b in page(samples.summary(finding), None, samples.surroundings) if isinstance(b, Entry))
    fields = {field.label: field.lines for field in entry.fields}
    assert "1. error, flaky: nothing-dropped: The ingest drops a part of the event." == entry.heading
    assert ("also crowd/many, recovery/after and 1,200 more",) == fields["cases"]
    assert ("12 times; not reproduced",) == fields["seen"]
    assert (
        "1 request (upstream-timeout) while the ingest hangs",
        "then 64 requests, 16 at once (a, b, c and 2 more) while all services work",
    ) == fields["history"]
    assert ("law-1: This too. (once)", "law-2: This too. (2 times)") == fields["hence"][:2]
    assert "(+2 more)" == fields["hence"][-1]


def test_a_pact_that_a_finding_breaks_is_told_side_by_side(samples: Samples) -> None:
    """Place by place, what was promised above what happened, as where the pact is a finding of its own."""
    broken = Consequence("pact", "The pact of worker.", 1, "$.user: the key name\nstatus: 200", "$.user: not there\n5")
    finding = replace(samples.finding(), consequences=(Consequence("recovers", "This too.", 2, "this", "that"), broken))
    entry = next(b for b in page(samples.summary(finding), None, samples.surroundings) if isinstance(b, Entry))
    assert (
        "recovers: This too. (2 times)",
        "pact: The pact of worker. (once)",
        "promised  $.user: the key name",
        "happened  $.user: not there",
        "promised  status: 200",
        "happened  5",
    ) == next(field.lines for field in entry.fields if field.label == "hence")


def test_coverage_is_one_line_of_a_whole_run(samples: Samples) -> None:
    """How much was seen and a few of what was not; nothing of a run of chosen cases, or of a replay."""
    points = [CoveragePoint("o", Kind.FIELD, "200 application/json", f"/{n}", seen=n < 2) for n in range(8)]
    summary = samples.summary(coverage=Coverage(tuple(points)))
    line = (
        "25 % of the contract was seen, 2 of 8; not seen: 200 application/json /2, 200 application/json /3,"
        " 200 application/json /4, 200 application/json /5 and 2 more"
    )
    texts = [block.text for block in page(summary, None, samples.surroundings) if isinstance(block, Line)]
    assert line in texts
    replayed = replace(samples.surroundings, traced=True)
    for blocks in (page(replace(summary, whole=False), None, samples.surroundings), page(summary, None, replayed)):
        assert line not in [block.text for block in blocks if isinstance(block, Line)]


def test_known_findings_are_told_and_break_nothing(samples: Samples) -> None:
    """With their reason and their last day; those that did not show are to be taken out, with their reason."""
    finding = samples.finding()
    known = KnownFinding("issue 12", date(2030, 5, 31), id=finding.id)
    gone = KnownFinding("mended", date(2030, 5, 31), law="drains", cause="lost")
    tallies = (KnownTally(known, (finding.id,), expired=False), KnownTally(gone, (), expired=False))
    summary = samples.summary(finding, known=tallies)
    assert verdicts(samples, summary)[0].endswith("; 1 known finding")
    entries = [block for block in page(summary, None, samples.surroundings) if isinstance(block, Entry)]
    told, listed = entries
    assert "1. known error: nothing-dropped: The ingest drops a part of the event." == told.heading
    assert (Tone.QUIET, "until 2030-05-31. issue 12") == (told.tone, told.fields[0].lines[0])
    assert ("drains: lost", ("mended",)) == (listed.fields[0].label, listed.fields[0].lines)
    expired = replace(summary, known=(replace(tallies[0], expired=True),))
    told = next(block for block in page(expired, None, samples.surroundings) if isinstance(block, Entry))
    assert told.heading.startswith("1. error: ")
    assert "until 2030-05-31, expired: the finding counts again. issue 12" == told.fields[0].lines[0]


def brief(samples: Samples, summary: Summary) -> list[Block]:
    """Return the blocks of a page that says little."""
    return list(page(summary, samples.started(), samples.surroundings, brief=True))


def test_what_is_wrong_comes_before_how_much_was_looked_at(samples: Samples) -> None:
    """A person reads the findings first, and then what is not proven; the tables come last."""
    summary = samples.summary(samples.finding(), not_proven=(samples.not_proven(),))
    kinds = [type(block) for block in page(summary, samples.started(), samples.surroundings)]
    assert [Entry, Entry] == [kind for kind in kinds[1:] if kind is not Line][:2]
    assert Table not in kinds[: kinds.index(Entry)]


def test_a_brief_page_has_no_table_of_laws(samples: Samples) -> None:
    """How each law fared is told to who asks; a pact that is broken is told to everybody."""
    held, broken = (PactTally("route.json", "web", "route", 3, kept) for kept in (3, 2))
    heads = [
        [b.head[0] for b in brief(samples, samples.summary(pacts=(one,))) if isinstance(b, Table)]
        for one in (held, broken)
    ]
    assert [["answer", "event"], ["answer", "event", "pact"]] == heads


def test_many_answers_are_summed_up(samples: Samples) -> None:
    """Of many operations a brief page tells in how many each status was seen, and how many of the events came."""
    answers = tuple(
        AnswerTally(f"op{number}", status, "", 1, seen)
        for number in range(20)
        for status, seen in (("200", 3), ("404", number % 2))
    )
    events = tuple(EventTally(f"op{number}", "made", 3, 3 if number else 0) for number in range(20))
    blocks = brief(samples, samples.summary(answers=answers, events=events))
    (table,) = (block for block in blocks if isinstance(block, Table))
    assert [("200", "20 of 20", "60"), ("404", "10 of 20", "10")] == [row.cells for row in table.rows]
    lines = [block.text for block in blocks if isinstance(block, Line)]
    assert "19 of 20 events came: 57 exchanges had one, of 60 that may have one" in lines


def test_of_many_causes_the_surest_are_to_be_looked_at_first(samples: Samples) -> None:
    """With each stands how often it was seen, and what shows it by hand; of few causes nothing is said."""
    made = [samples.finding(law=f"law-{place}", cause=f"cause {place}") for place in range(5)]
    findings = [replace(made[0], reproduced=False), *made[1:]]
    (first, *_) = (block for block in brief(samples, samples.summary(*findings)) if isinstance(block, Entry))
    assert "look first at 3 of 5 causes" == first.heading
    assert ["2.", "3.", "4."] == [field.label for field in first.fields]
    assert "postRoute: law-1: The ingest drops a part of the event." == first.fields[0].lines[0]
    assert ("12 times; reproduced; request minimized", "bothends replay 3f9a1c --by-hand") == first.fields[0].lines[1:]
    few = brief(samples, samples.summary(*findings[:3]))
    assert not [block for block in few if isinstance(block, Entry) and block.heading.startswith("look")]


def test_what_is_said_of_several_places_is_said_once(samples: Samples) -> None:
    """With each place; what has another reason, or a request that shows it, stands for itself."""
    one = NotProven("answer 400", "One was longer than bothends reads.", where="a:1", add="answer_limit_bytes = 9")
    other, shown = replace(one, why="It was never seen.", where="a:3"), replace(one, shown=samples.exchange())
    summary = samples.summary(not_proven=(one, other, replace(one, where="a:2"), shown))
    (told,) = [block for block in page(summary, None, samples.surroundings) if isinstance(block, Entry)]
    fields = [
        (field.label, [line for line in field.lines if not line.startswith(("sent", "got", " "))])
        for field in told.fields
    ]
    assert [
        ("answer 400", [one.why, "at   a:1", "at   a:2", "add  answer_limit_bytes = 9"]),
        ("answer 400", ["It was never seen.", "at   a:3", "add  answer_limit_bytes = 9"]),
        ("answer 400", [one.why, "at   a:1", "add  answer_limit_bytes = 9"]),
    ] == fields
