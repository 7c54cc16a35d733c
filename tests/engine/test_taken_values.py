"""Which refusals a taken value explains: none of a value that nobody had, or where a value was accepted twice."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.terms import Security
from bothends.engine.judge.taken_values import TakenValues
from bothends.records import Credential, NoAnswer
from bothends.schemas import Schema
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.contract import Operation
    from bothends.records import Exchange, Request


THINGS = replace(kept.operation(), path="/things")
THING = replace(kept.operation(), path="/things/{id}")
OTHERS = replace(kept.operation(), path="/others")


def sent(number: int, status: int, caller: int = 1, *, on: str = "POST /things", **body: Any) -> Exchange:
    """Return an exchange of a valid request of a caller."""
    method, target = on.split()
    changed = kept.exchange(number, method=method, target=target, body=json.dumps(body).encode())
    answer = replace(kept.answer(), status=status)
    shown = (("authorization", f"Bearer {caller}"),)
    return replace(changed, answer=answer, credential=Credential(headers=shown, caller=caller, right=True))


def bodiless(number: int) -> Request:
    """Return a request of no body."""
    request: Request = sent(number, 200).sent
    return replace(request, body=None)


def unanswered(number: int, caller: int = 1, *, on: str = "POST /things", **body: Any) -> Exchange:
    """Return an exchange of a valid request that got no answer."""
    return replace(sent(number, 0, caller, on=on, **body), answer=NoAnswer("timeout"))


def at(seconds: float, exchange: Exchange) -> Exchange:
    """Return an exchange that began at a time, and took no time."""
    return replace(exchange, began=seconds, ended=seconds)


def operation(exchange: Exchange) -> Operation:
    """Return the operation of an exchange."""
    return {"/things": THINGS, "/others": OTHERS}.get(exchange.sent.target, THING)


def explained(*before: Exchange, refused: Exchange) -> bool:
    """Return whether a refusal is explained by what came before."""
    known = TakenValues()
    for exchange in before:
        for note in (known.note_freed, known.note) * 2:  # something came late for it
            note(exchange, operation(exchange))
    known.note(refused, operation(refused))
    return known.explains(refused, operation(refused))


@pytest.mark.parametrize("status", [400, 409, 412, 422])
@pytest.mark.parametrize("caller", [1, 2])
def test_a_value_that_succeeded_once_may_be_taken(status: int, caller: int) -> None:
    """Whoever of the callers had it, and whatever else the request says."""
    refused = sent(2, status, caller, data="a", more="x")
    assert explained(sent(1, 200, data="a"), refused=refused)


def test_a_value_that_is_new_is_not_taken() -> None:
    """Nobody had it, or who had it was refused as well."""
    assert not explained(sent(1, 200, data="a"), refused=sent(2, 409, data="b"))
    assert not explained(sent(1, 409, data="b"), refused=sent(2, 409, data="b"))
    assert not explained(refused=sent(1, 409, data="b"))


def test_values_that_were_accepted_twice_need_not_be_unique() -> None:
    """Neither this one nor any other of that member; of each caller alone, or of all of them."""
    twice = sent(1, 200, data="a"), sent(2, 200, data="a")
    assert not explained(*twice, refused=sent(3, 409, data="a"))
    assert not explained(*twice, sent(4, 200, data="b"), refused=sent(5, 409, data="b"))
    by_two = sent(1, 200, 1, data="a"), sent(2, 200, 2, data="a"), sent(3, 200, 1, data="b")
    assert explained(*by_two, refused=sent(4, 409, 1, data="b"))
    assert not explained(*by_two, refused=sent(4, 409, 2, data="b"))


@pytest.mark.parametrize("method", ["OPTIONS", "GET", "DELETE", "FOO"])
def test_a_method_that_makes_nothing_accepts_no_value(method: str) -> None:
    """A body with it is taken for nothing: that it is answered 200 is no sign that two things may have a value."""
    asked = sent(2, 200, on=f"{method} /things", data="a")
    assert explained(sent(1, 201, data="a"), asked, refused=sent(3, 400, data="a"))


def test_a_value_may_be_unique_for_each_caller() -> None:
    """Two callers have it, and neither of them gets it again; where one does, it need not be unique."""
    of_two = sent(1, 200, 1, data="a"), sent(2, 200, 2, data="a")
    assert explained(*of_two, refused=sent(3, 409, 2, data="a"))
    assert explained(*of_two, refused=sent(3, 409, 1, data="a"))
    assert not explained(*of_two, refused=sent(3, 409, 3, data="a"))
    assert not explained(*of_two, sent(3, 200, 2, data="a"), refused=sent(4, 409, 2, data="a"))


@pytest.mark.parametrize(("status", "there"), [(409, True), (400, False), (422, False)])
def test_a_collection_may_have_one_object_of_each_caller(status: int, there: bool) -> None:  # noqa: FBT001 -- a row
    """A second request without a body conflicts with what the first one has made: 409 says so, and nothing else."""
    first, refused = (replace(sent(number, of), sent=bodiless(number)) for number, of in ((1, 200), (2, status)))
    assert there == explained(first, refused=refused)
    assert not explained(refused=refused)


def test_a_target_that_starts_anew_may_have_forgotten() -> None:
    """What it accepts again then says nothing of one start."""
    starts = [0.0]
    known = TakenValues(starts)
    before, after = at(1.0, sent(1, 200, data="a")), at(3.0, sent(2, 200, data="a"))
    known.note(before, THINGS)
    starts.append(2.0)
    known.note(after, THINGS)
    assert known.explains(sent(3, 409, data="a"), THINGS)
    known.note(at(3.5, sent(4, 200, data="a")), THINGS)
    assert not known.explains(sent(5, 409, data="a"), THINGS), "it was accepted twice of one start"


def test_what_is_noted_late_is_of_the_start_that_it_was_sent_to() -> None:
    """A request may be judged when the target has started anew, or once more when others have been."""
    known = TakenValues([0.0, 2.0])
    before, after = at(1.0, sent(1, 200, data="a")), at(3.0, sent(2, 200, data="a"))
    for exchange in (before, after, before, after):
        known.note(exchange, THINGS)
    assert known.explains(sent(3, 409, data="a"), THINGS)


def test_what_is_noted_late_of_a_value_that_was_given_back_is_no_second_one() -> None:
    """Its thing had the value first, whenever that is noted."""
    first, last = at(1.0, sent(1, 200, data="a")), at(3.0, sent(3, 200, data="a"))
    deleted = at(2.0, sent(2, 200, on="DELETE /things/1"))
    known = TakenValues()
    known.note_freed(deleted, THING)
    for exchange in (first, last, first):
        known.note(exchange, THINGS)
    assert known.explains(sent(4, 409, data="a"), THINGS)


@pytest.mark.parametrize("status", [401, 403, 404, 405, 413, 415, 500])
def test_other_refusals_speak_of_something_else(status: int) -> None:
    """A value is not refused so."""
    assert not explained(sent(1, 200, data="a"), refused=sent(2, status, data="a"))


def test_the_operations_of_a_collection_share_what_is_taken() -> None:
    """What makes things and what changes one of them; others of the contract share nothing but conflicts."""
    assert explained(sent(1, 200, data="a"), refused=sent(2, 400, on="PUT /things/2", data="a"))
    assert explained(sent(1, 200, on="PATCH /things/1", data="a"), refused=sent(2, 400, data="a"))
    assert not explained(sent(1, 200, on="POST /others", data="a"), refused=sent(2, 400, data="a"))


def test_a_thing_may_be_given_the_value_that_it_has() -> None:
    """That says nothing of others; that another one is given it says that who changes one need not be the only one."""
    once, again = sent(1, 200, on="PUT /things/1", data="a"), sent(2, 200, on="PUT /things/1", data="a")
    assert explained(once, again, refused=sent(3, 400, data="a"))
    assert explained(sent(1, 200, data="a"), again, refused=sent(3, 400, data="a"))
    twice = once, sent(2, 200, on="PUT /things/2", data="a")
    assert not explained(*twice, refused=sent(3, 400, on="PUT /things/3", data="a"))
    assert not explained(once, sent(2, 200, data="a"), refused=sent(3, 400, data="a"))


def test_what_a_change_is_let_do_says_nothing_of_what_makes_things() -> None:
    """Names may be looked at where things are made, and nowhere else; where two are made, a name is nobody's alone."""
    changes = sent(1, 200, on="PUT /things/1", data="a"), sent(2, 200, on="PUT /things/2", data="a")
    assert explained(*changes, refused=sent(3, 409, data="a"))
    assert explained(*changes, refused=sent(3, 409, on="PATCH /things/3", data="a"))
    made = sent(1, 200, data="a"), sent(2, 200, data="a")
    assert not explained(*made, refused=sent(3, 409, on="PUT /things/3", data="a"))
    assert not explained(*made, *changes, refused=sent(3, 409, data="b"))


def test_a_change_that_comes_again_changes_nothing_wherever_its_path_ends() -> None:
    """`PUT /things/1/name` has the name that it gave already; that of another thing need not be one as well."""
    path = "PUT /things/1/name"
    again = sent(1, 200, on=path, data="a"), sent(2, 200, on=path, data="a")
    assert explained(*again, refused=sent(3, 409, on="PUT /things/2/name", data="a"))
    other = sent(2, 200, on="PUT /things/2/name", data="a")
    assert not explained(again[0], other, refused=sent(3, 409, on="PUT /things/3/name", data="a"))


def test_a_conflict_may_be_with_what_another_collection_has() -> None:
    """Of all refusals, 409 alone is about what is there; that a text is accepted all the same says the opposite."""
    made = sent(1, 200, data="a")
    assert explained(made, refused=sent(2, 409, on="POST /others", data="a"))
    assert explained(unanswered(1, data="a"), refused=sent(2, 409, on="POST /others", data="a"))
    assert not explained(made, refused=sent(2, 400, on="POST /others", data="a"))
    assert not explained(made, refused=sent(2, 409, on="POST /others", data="b"))
    beside = sent(3, 200, on="POST /others", data="a"), sent(4, 200, data="b")
    assert not explained(made, *beside, refused=sent(5, 409, on="POST /others", data="b"))
    assert explained(made, *beside, refused=sent(5, 409, on="PUT /others", data="b"))
    deleted = sent(2, 200, on="DELETE /things/1")
    assert explained(made, deleted, *beside, refused=sent(5, 409, on="POST /others", data="b"))


def test_a_conflict_with_another_collection_is_about_a_text_of_many() -> None:
    """A number, as of pieces, and a text of a few that are listed tell no object from another."""
    assert not explained(sent(1, 200, data=1), refused=sent(2, 409, on="POST /others", data=1))
    known = TakenValues()
    known.note(sent(1, 200, data="a"), THINGS)
    refused = sent(2, 409, on="POST /others", data="a")
    assert known.explains(refused, OTHERS)
    listed = Schema({"properties": {"data": {"enum": ["a", "b"]}}})
    assert OTHERS.body is not None
    few = replace(OTHERS, body=replace(OTHERS.body, content={"application/json": listed}))
    assert not known.explains(refused, few)


def test_a_name_in_a_path_may_be_that_of_what_was_put_there() -> None:
    """Who makes a thing of that name is refused rightly, whoever has put it; another method puts nothing."""
    operation = replace(THING, path="/things/{data}")
    for on, status, is_taken in (("PUT", 200, True), ("PUT", 500, True), ("PUT", 404, False), ("PATCH", 200, False)):
        known = TakenValues()
        known.note(sent(1, status, on=f"{on} /things/a%20b"), operation)
        assert is_taken == known.explains(sent(2, 409, data="a b"), THINGS)
        assert not known.explains(sent(2, 409, data="a"), THINGS)


@pytest.mark.parametrize("freeing", [{"on": "DELETE /things/1"}, {"on": "PUT /things/1", "data": "b"}])
def test_a_value_that_was_given_back_is_free(freeing: Any) -> None:
    """Who gets it then has it alone. What another thing gives back is another value."""
    again, refused = sent(3, 200, data="a"), sent(4, 400, data="a")
    assert explained(sent(1, 200, data="a"), sent(2, 200, **freeing), again, refused=refused)
    assert explained(sent(1, 200, on="PUT /things/1", data="a"), sent(2, 200, **freeing), again, refused=refused)
    assert not explained(
        sent(1, 200, on="PUT /things/7", data="a"), sent(2, 200, on="PUT /things/1", data="b"), again, refused=refused
    )
    assert not explained(sent(1, 409, **freeing), sent(2, 200, data="a"), again, refused=refused)


def test_a_value_of_a_request_that_got_no_answer_may_be_taken() -> None:
    """It may have been executed, by whichever operation and whoever sent it; nobody sent another value there."""
    assert explained(unanswered(1, data="a"), refused=sent(2, 409, data="a"))
    assert explained(unanswered(1, data="a"), refused=sent(2, 409, 2, data="a"))
    assert explained(unanswered(1, on="PUT /things/1", data="a"), refused=sent(2, 422, data="a"))
    assert not explained(unanswered(1, data="a"), refused=sent(2, 409, data="b"))
    assert not explained(unanswered(1, data="a"), refused=sent(2, 422, on="POST /others", data="a"))


def test_a_value_of_a_request_that_failed_may_be_taken() -> None:
    """What a server had done before its error is not known; an error of the caller has done nothing."""
    assert explained(sent(1, 500, data="a"), refused=sent(2, 409, data="a"))
    assert explained(sent(1, 503, data="a"), refused=sent(2, 409, 2, data="a"))
    assert not explained(sent(1, 500, data="a"), refused=sent(2, 409, data="b"))
    assert not explained(sent(1, 400, data="a"), refused=sent(2, 409, data="a"))


def test_a_long_body_has_values_too() -> None:
    """The name in it may be the reason, however long another member is."""
    refused = sent(2, 409, name="a", more="\u2603" * 20_000)
    assert explained(sent(1, 200, name="a"), refused=refused)


def test_what_got_no_answer_is_no_sign_that_a_value_need_not_be_unique() -> None:
    """That it was accepted is not known: neither of it nor of one that has its value."""
    twice = unanswered(1, data="a"), unanswered(2, data="a")
    assert explained(*twice, refused=sent(3, 409, data="a"))
    assert explained(unanswered(1, data="a"), sent(2, 200, data="a"), refused=sent(3, 409, data="a"))
    assert explained(sent(1, 200, data="a"), unanswered(2, data="a"), refused=sent(3, 409, data="a"))


def test_what_got_no_answer_explains_nothing_of_values_that_were_accepted_twice() -> None:
    """That holds for one caller, or for all of them, as where the first was answered."""
    twice = sent(1, 200, data="a"), sent(2, 200, data="a")
    assert not explained(*twice, unanswered(3, data="b"), refused=sent(4, 409, data="b"))
    by_two = (
        sent(1, 200, 1, data="a"),
        sent(2, 200, 2, data="a"),
        unanswered(3, 1, data="b"),
        unanswered(4, 2, data="b"),
    )
    assert explained(*by_two, refused=sent(5, 409, 1, data="b"))
    assert not explained(*by_two[:3], refused=sent(5, 409, 2, data="b"))


def test_what_must_be_refused_takes_no_value() -> None:
    """Whether it got an answer or not, it was not executed."""
    invalid = unanswered(1, data="a")
    case = replace(invalid.case, expect=replace(invalid.case.expect, refused=True))
    assert not explained(replace(invalid, case=case), refused=sent(2, 409, data="a"))


def test_what_is_kept_of_requests_that_got_no_answer_is_bounded() -> None:
    """Of very many, the last ones are known."""
    many = [unanswered(number, data=str(number)) for number in range(1, 400)]
    assert not explained(*many, refused=sent(500, 409, data="1"))
    assert explained(*many, refused=sent(500, 409, data="399"))


@pytest.mark.parametrize(("began", "known"), [(1.0, True), (2.5, True), (4.0, False)])
def test_an_error_may_be_for_a_value_that_was_taken_while_its_request_was_under_way(began: float, known: bool) -> None:  # noqa: FBT001 -- a column
    """Of two at once, either may be the first; what comes when the error is there is no reason for it."""
    taken = replace(sent(1, 200, data="a"), began=began, ended=began + 0.1)
    failed = replace(sent(2, 500, data="a"), began=2.0, ended=3.0)
    values = TakenValues()
    values.note(taken, THINGS)
    assert known == (values.before_an_error(failed, THINGS) is not None)


@pytest.mark.parametrize(
    ("shown", "made"),
    [
        (Credential(headers=(("authorization", "Bearer 1"),), caller=1, right=True), True),
        (Credential(headers=(("authorization", "Bearer 1"),), token="t", right=None), True),
        (Credential(headers=(("authorization", "Bearer x"),), right=False), False),
        (Credential(token="t", right=True), False),
        (Credential(token="t", right=False), False),
    ],
    ids=["right", "perhaps right", "wrong", "in a trailer", "none"],
)
def test_who_does_not_sign_in_where_that_is_demanded_has_made_nothing(shown: Credential, made: bool) -> None:  # noqa: FBT001 -- a column
    """A server error to such a request leaves its values free; where nobody has to sign in, perhaps not."""
    assert THINGS.security.demanded
    failed, refused = replace(sent(1, 500, data="a"), credential=shown), sent(2, 400, 2, data="a")
    assert made is explained(failed, refused=refused)
    known, free = TakenValues(), replace(THINGS, security=Security())
    for one in (failed, refused):
        known.note(one, free)
    assert known.explains(refused, free)
