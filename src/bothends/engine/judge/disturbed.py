"""Tells which answers may be due to the other requests that were under way.

A valid request may be refused as another one was changing the same object: 409 is made for that (RFC 9110, section
15.5.10), and some answer 400, 404 or 412. What a contract says of a request, it says of one that has its object to
itself. An object is the same if bothends itself put it into both: a value of setup, or an id that exists.

A request that is to be refused, or is an odd one, may meet a failure of the target's own: a database that is locked for
a moment, too few workers. Who sends it alone sees another answer, so what is odd about it is not the reason.

An odd request, whatever may be answered to it, may have to wait behind the others for longer than the time limit.

That there are too many (429; RFC 6585, section 4) is due to all requests of a run: so many at a time, or so many
objects. Where the contract declares that answer, and does not say that something else leads to it, it says nothing of
the request that gets it.

Each accuses nobody, and the request is sent once more, alone. Where several requests are made of one case to see what
they do to each other, they are judged as they are; so is a valid request that meets a failure.
"""

from __future__ import annotations

import re
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bothends.contract.requests import SAFE
from bothends.contract.terms import QUOTA
from bothends.records import Answer, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract import Contract
    from bothends.records import Case, Exchange

MOST_FAILURES = 16
"""Failures of an operation that came again when their requests were sent once more, alone, after which no more are put
down to other requests: the target fails of itself. A batch has any number that have not been sent once more yet.
"""

FAILURES = frozenset(
    (
        *(HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY),
        *(HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT),
    )
)
"""The others of their class refuse a method or a version, and will do so again (RFC 9110, section 15.6)."""

REFUSALS = frozenset(
    (
        *(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.GONE),
        *(HTTPStatus.PRECONDITION_FAILED, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.LOCKED),
    )
)
"""What may tell of an object's state. Others speak of a caller, a media type, a size (RFC 9110, section 15.5)."""
_SETUP_MARK = re.compile(r"~setup\.[^~]+~")
_ID_MARK = re.compile(r"~(?:id|theirs)\.[^~]+~")


class Disturbed:
    """Says which exchanges are not judged by their answer, as it may be due to others."""

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing seen."""
        self._operations = {operation.id: operation for operation in contract.operations}
        self._time_limit = contract.settings.judged_time_limit_ms / 1000
        self._failed: Counter[str] = Counter()
        self._put_down: set[tuple[str, str]] = set()
        self._hanging: set[tuple[str, str]] = set()

    def hangs(self, case: Case) -> bool:
        """Return whether a case of the same family got no answer alone: to try another only takes its time limit."""
        return (case.operation, case.family) in self._hanging

    def among(self, exchanges: Sequence[Exchange]) -> frozenset[int]:
        """Return the numbers of those that are disturbed, of one batch, in which no part of the world failed."""
        if exchanges and all(one is exchanges[0] or _of_one_text(one, exchanges[0]) for one in exchanges):
            self._note_alone(exchanges)
        changing = [other for other in exchanges if other.sent.method not in SAFE]
        numbers: set[int] = set()
        for one in exchanges:
            if self._are_too_many(one):
                numbers.add(one.number)
                continue
            if one.case.repeat > 1 or one.again is not None:
                continue
            if self._is_silent(one):
                found = not self.hangs(one.case) and any(_meet(one, other) for other in exchanges)
            elif one.deliveries:
                continue
            elif self._is_refused(one):
                asked = objects(one)
                found = any(_meet(one, other) and not asked.isdisjoint(objects(other)) for other in changing)
            else:
                found = self._has_failed(one) and any(_meet(one, other) for other in exchanges)
                if found:
                    self._put_down.add((one.case.operation, one.case.label))
            if found:
                numbers.add(one.number)
        return frozenset(numbers)

    def _note_alone(self, exchanges: Sequence[Exchange]) -> None:
        """Take what was sent with nothing beside it, perhaps one that had failed among others."""
        case = exchanges[0].case
        key = (case.operation, case.label)
        answers = [one.answer for one in exchanges]
        if any(map(self._is_silent, exchanges)):
            self._hanging.add((case.operation, case.family))
        if key in self._put_down:
            self._put_down.remove(key)
            self._failed[case.operation] += any(isinstance(one, Answer) and one.status in FAILURES for one in answers)

    def _are_too_many(self, exchange: Exchange) -> bool:
        """Whether a request was one too many, as an answer is declared for that and for nothing else."""
        if not isinstance(exchange.answer, Answer) or exchange.answer.status != HTTPStatus.TOO_MANY_REQUESTS:
            return False
        declared = self._operations[exchange.case.operation].answer_for(exchange.answer.status)
        exact = declared is not None and declared.status == str(HTTPStatus.TOO_MANY_REQUESTS.value)
        return exact and declared is not None and (not declared.families or QUOTA in declared.families)

    def _is_silent(self, exchange: Exchange) -> bool:
        """Whether a request that need not be refused got no answer in time, which is told of it though it is odd."""
        answer, case, expect = exchange.answer, exchange.case, exchange.case.expect
        asks = expect.any_answer and bool(expect.statuses) and not expect.refused
        waited = isinstance(answer, NoAnswer) and answer.kind == "timeout" and not exchange.excuse
        return asks and waited and exchange.ended - exchange.began >= self._time_limit and not case.of_the_world

    def _is_refused(self, exchange: Exchange) -> bool:
        """Whether a valid request was refused for something that the state of an object may explain."""
        answer, expect = exchange.answer, exchange.case.expect
        refused = isinstance(answer, Answer) and answer.status in REFUSALS and not expect.allows(answer.status)
        return refused and self._is_valid(exchange)

    def _has_failed(self, exchange: Exchange) -> bool:
        """Whether a request that is not plainly valid has met a failure, though each part of the world was well."""
        answer, case = exchange.answer, exchange.case
        failed = isinstance(answer, Answer) and answer.status in FAILURES and not case.expect.server_error
        known = case.of_the_world or self._failed[case.operation] >= MOST_FAILURES or self._is_valid(exchange)
        return failed and not known

    def _is_valid(self, exchange: Exchange) -> bool:
        expect = exchange.case.expect
        success = self._operations[exchange.case.operation].success_statuses
        return bool(expect.statuses) and expect.statuses <= success and not (expect.any_answer or expect.refused)


def objects(exchange: Exchange) -> frozenset[str]:
    """Return what names the objects that a request is about: setup's values by their marks, ids as they were sent."""
    return frozenset((*_of_setup(exchange), *_in_path(exchange)))


def _of_setup(exchange: Exchange) -> Iterator[str]:
    request = exchange.case.request
    body = request.raw if request.raw is not None else request.body
    for text in (request.target, (body or b"").decode("latin-1"), *(value for _, value in request.headers)):
        yield from _SETUP_MARK.findall(text)


def _in_path(exchange: Exchange) -> Iterator[str]:
    """Yield the segments of a path in which a case has the mark of an id, as they were sent."""
    asked, sent = (
        each.partition("?")[0].split("/")[1:] for each in (exchange.case.request.target, exchange.sent.target)
    )
    before = len(sent) - len(asked)  # what a target has before all paths of its contract
    if before >= 0:
        yield from (unquote(text) for mark, text in zip(asked, sent[before:], strict=True) if _ID_MARK.search(mark))


def _meet(one: Exchange, other: Exchange) -> bool:
    """Whether two different requests were under way at the same time, and not sent as one text."""
    beside = one.number != other.number and one.began < other.over and other.began < one.ended
    return beside and not _of_one_text(one, other)


def _of_one_text(one: Exchange, other: Exchange) -> bool:
    """Whether two requests follow each other in one text, on a connection of their own."""
    keys = [(each.batch, each.case.operation, each.case.label) for each in (one, other)]
    return one.case.following is not None and keys[0] == keys[1]
