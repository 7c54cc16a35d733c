"""The laws of a key, each on exchanges that keep it and that break it."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import Parameter
from bothends.contract.terms import Idempotency, ProvenanceWalk, Source
from bothends.laws import LawContext, judged_laws, law_of
from bothends.records import ERRORS, REFUSALS, Again, Answer, Exchange, Expectation, NoAnswer, mint
from bothends.schemas import Schema
from tests.laws import kept

if TYPE_CHECKING:
    from collections.abc import Sequence

OK = Expectation(frozenset({200}))
SAME, BESIDE, WELL = Again(OK), Again(OK, at_once=True), Again(OK, well=True)
OTHER_BODY = Again(Expectation(frozenset({422})), body=b"{}")
OTHER_KEY, OTHER_CALLER = Again(OK, key="other-case"), Again(OK, another_caller=True)


def context(**promised: Any) -> LawContext:
    """Return what the laws judge by, of an operation that has a key."""
    key = Idempotency("Idempotency-Key", "mark", None, lambda _: "", **promised)
    parameter = Parameter("Idempotency-Key", "header", True, None, "mark", "", idempotency=key)  # noqa: FBT003 -- required
    known = kept.law_context()
    return replace(known, operation=replace(known.operation, parameters=(parameter,)))


def first(**changes: Any) -> Exchange:
    """Return an exchange whose request is sent again."""
    return kept.exchange(**changes)


def after(one: Exchange, again: Again, **changes: Any) -> Exchange:
    """Return an exchange that was sent on purpose after another one; without events, where it repeats it."""
    changes = {"deliveries": (), **changes} if again.repeats else changes
    made = kept.exchange(2, **changes)
    return replace(made, case=replace(made.case, expect=again.expect), first=one, again=again)


def broken(law: str, exchange: Exchange, known: LawContext | None = None) -> Sequence[str] | None:
    """Return by what an exchange breaks a law."""
    breaches = law_of(law).breaches(exchange, known or context())
    return None if breaches is None else [breach.cause.kind for breach in breaches]


@pytest.mark.parametrize("again", [SAME, BESIDE, WELL, OTHER_BODY])
def test_one_key_causes_one_event(again: Again) -> None:
    """Two events with two identities are two; attempts with one are one, however many there are."""
    one = first()
    repeated = replace(one, repeats=(after(one, again),))
    assert [] == broken("one-event-per-key", repeated)
    attempts = (kept.delivery(), kept.delivery(2, identity="id event-1", attempt=2, repeated=True))
    assert [] == broken("one-event-per-key", replace(repeated, deliveries=attempts))
    doubled = replace(repeated, deliveries=(kept.delivery(), kept.delivery(2)))
    assert 1 == len(broken("one-event-per-key", doubled) or ())
    unsure = tuple(replace(one, identified=False) for one in doubled.deliveries)
    assert [] == broken("one-event-per-key", replace(repeated, deliveries=unsure))
    assert broken("one-event-per-key", one) is None


@pytest.mark.parametrize(
    ("one", "other", "again", "promised", "kinds"),
    [
        (kept.answer(), kept.answer(), SAME, {}, []),
        (kept.answer(body=b'{"a": 1, "b": 2}'), kept.answer(body=b'{"b":2,"a":1}'), SAME, {}, []),
        (kept.answer(headers=(("date", "then"),)), kept.answer(headers=(("date", "now"),)), SAME, {}, []),
        (kept.answer(), kept.answer(body={"success": "again"}), SAME, {}, ["again"]),
        (kept.answer(), kept.answer(409), SAME, {"in_flight": 409}, ["again"]),
        (kept.answer(), kept.answer(409), BESIDE, {}, None),
        (kept.answer(), kept.answer(body={"success": "again"}), BESIDE, {}, ["at-once"]),
        (kept.answer(502), kept.answer(), SAME, {}, None),
        (kept.answer(502), kept.answer(), WELL, {}, None),
        (kept.answer(502), kept.answer(), WELL, {"errors": True}, ["after-an-error"]),
        (kept.answer(502), kept.answer(502), WELL, {"errors": True}, []),
        (kept.answer(), kept.answer(422), OTHER_BODY, {"conflict": 422}, None),
        (kept.answer(), NoAnswer("timeout"), SAME, {}, None),
    ],
)
def test_the_first_answer_comes_again(
    one: Answer, other: Answer | NoAnswer, again: Again, promised: dict[str, Any], kinds: list[str] | None
) -> None:
    """Status and body are the first one's; what failed need not be repeated unless that is promised."""
    exchange = after(first(answer=one), again, answer=other)
    assert kinds == broken("first-answer-again", exchange, context(**promised))


@pytest.mark.parametrize(
    ("again", "status", "promised", "kinds"),
    [
        (OTHER_BODY, 422, {"conflict": 422}, []),
        (OTHER_BODY, 200, {"conflict": 422}, ["conflict"]),
        (OTHER_BODY, 409, {"conflict": 422}, ["conflict"]),
        (OTHER_BODY, 200, {}, None),
        (BESIDE, 409, {"in_flight": 409}, []),
        (BESIDE, 425, {"in_flight": 409}, ["in_flight"]),
        (BESIDE, 200, {"in_flight": 409}, None),
        (BESIDE, 425, {}, None),
        (SAME, 409, {"in_flight": 409}, None),
    ],
)
def test_promised_statuses(again: Again, status: int, promised: dict[str, Any], kinds: list[str] | None) -> None:
    """A status that is not promised is not demanded, and what came when all was over is no request in flight."""
    exchange = after(first(), again, answer=kept.answer(status))
    assert kinds == broken("key-refusals", exchange, context(**promised))


@pytest.mark.parametrize(("law", "again"), [("another-key", OTHER_KEY), ("key-of-its-caller", OTHER_CALLER)])
def test_another_request_is_executed(law: str, again: Again) -> None:
    """It has an event and an answer of its own; nothing is said of it where the first did not succeed."""
    assert [] == broken(law, after(first(), again))
    assert ["no-event"] == broken(law, after(first(), again, deliveries=()))
    assert ["refused"] == broken(law, after(first(), again, answer=kept.answer(422), deliveries=()))
    token = mint(kept.SEED, "u", 1)
    assert ["answer"] == broken(law, after(first(), again, answer=kept.answer(body={"success": token})))
    assert broken(law, after(first(answer=kept.answer(502)), again, deliveries=())) is None
    assert broken(law, after(first(), again, answer=kept.answer(502), deliveries=())) is None
    assert broken(law, after(first(), SAME)) is None
    assert broken(law, first()) is None


@pytest.mark.parametrize(("frees", "status"), [(ERRORS, 502), (REFUSALS, 409)])
def test_a_key_is_free_again_where_another_one_succeeds(frees: str, status: int) -> None:
    """What succeeds with its key is right; where none does, another reason may stand in its way."""
    known = context(frees=frozenset({frees}))
    one, kept_key = first(answer=kept.answer(status)), Again(OK, frees=frees)
    assert [] == broken("key-free-again", after(one, kept_key), known)
    again = after(one, kept_key, answer=kept.answer(409), deliveries=())
    assert broken("key-free-again", again, known) is None
    fresh = replace(kept_key, fresh=True)
    assert [frees] == broken("key-free-again", after(again, fresh), known)
    assert broken("key-free-again", after(again, fresh, answer=kept.answer(409)), known) is None
    assert broken("key-free-again", after(replace(again, excuse="busy"), fresh), known) is None


def test_a_key_at_another_object_has_an_answer_of_its_own() -> None:
    """Where the scope says so; nothing is said where any answer is right, or the first did not succeed."""
    elsewhere = Again(OK, elsewhere=True)
    assert [] == broken("key-scope", after(first(), elsewhere))
    assert ["no-event"] == broken("key-scope", after(first(), elsewhere, deliveries=()))
    assert ["refused"] == broken("key-scope", after(first(), elsewhere, answer=kept.answer(422), deliveries=()))
    open_one = replace(elsewhere, expect=Expectation(any_answer=True))
    assert broken("key-scope", after(first(), open_one, answer=kept.answer(404), deliveries=())) is None
    assert broken("key-scope", after(first(answer=kept.answer(502)), elsewhere)) is None
    assert broken("key-scope", after(first(), OTHER_KEY)) is None


def test_a_value_that_an_earlier_answer_has_is_not_new() -> None:
    """It is told by what was given before; what repeats a request, or only reads, makes none."""
    known = with_new_values(context())
    keyless = first(answer=kept.answer(body={"number": "a-1"}))
    exchange = replace(keyless, sent=replace(keyless.sent, headers=(*keyless.sent.headers, ("Idempotency-Key", "k-1"))))
    assert broken("new-value", keyless, known) is None
    assert [] == broken("new-value", exchange, known)
    given = replace(known, given_before={exchange.number: {"/number": 7}})
    assert ["value"] == broken("new-value", exchange, given)
    assert broken("new-value", replace(exchange, first=exchange, again=SAME), given) is None
    sent = replace(exchange.sent, headers=(*exchange.sent.headers, ("X-Number", "a-1")))
    assert broken("new-value", replace(exchange, sent=sent), given) is None


def with_new_values(known: LawContext) -> LawContext:
    """Return what the laws judge by, of an operation whose answers have a number of their own."""
    schema = Schema({"type": "object", "properties": {"number": {"x-new": True}}})
    walk = ProvenanceWalk(schema, {str(True): Source("new", "", "", "x-new")}, "x-new")
    answers = tuple(replace(one, new_values={"application/json": walk}) for one in known.operation.answers)
    return replace(known, operation=replace(known.operation, answers=answers))


def test_what_repeats_a_request_owes_no_event() -> None:
    """Its events are those of the first one, so no law on events says anything of it."""
    exchange = after(first(), SAME)
    said = [law.name for law in judged_laws() if law.breaches(exchange, context())]
    assert [] == said


def test_a_wrong_key_owes_no_event() -> None:
    """Several cases have the same wrong key: a target that takes it may take them for one request."""
    known = context()
    parameter = known.operation.parameters[0]
    assert parameter.idempotency is not None
    strict = replace(parameter.idempotency, schema=Schema({"type": "string", "minLength": 8}))
    keyed = replace(known.operation, parameters=(replace(parameter, idempotency=strict),))
    known = replace(known, operation=keyed)
    for value, kinds in (("12345678", ["none"]), ("", None)):
        exchange = first(deliveries=())
        sent = replace(exchange.sent, headers=(*exchange.sent.headers, ("idempotency-key", value)))
        assert kinds == broken("event-for-success", replace(exchange, sent=sent), known)


def test_a_key_is_made_by_what_draws_it() -> None:
    """The value of an exchange follows from the run and its number."""
    key = Idempotency("K", "mark", None, lambda random: str(random.random()))
    assert str(Random("run/7").random()) == key.key("run", 7)  # noqa: S311 -- as the key is made
