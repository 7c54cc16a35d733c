"""Minimizing a request: what can be left out of one, and what a smaller one must have in common with it.

A minimized request shows the same thing: the same law is broken by the same cause, with the same status, and an answer
that tells of a failure says the same. The contract says the same of both: what is valid stays valid, what is invalid is
invalid in the same place. What is put in when it is sent (a value of setup, an id, a URL, a key) stays where it is.

A valid request that is refused, and an answer that need not say why: a member that is as usual is not why, as the usual
request is taken. It stays as it is or is left out; in another form, it might be refused for itself.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

from bothends.contract import admission, broken_keywords
from bothends.contract.requests import VARIANTS
from bothends.laws import STATUS_LAWS, VALUE_TAKEN, said
from bothends.records import MISSING, Answer, json_equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Operation
    from bothends.records import Breach, Finding, Request


_FORM = "application/x-www-form-urlencoded"
_REFUSALS = frozenset(map(str, range(400, 500)))


# Smaller requests: what can be left out of one, largest steps first.
#
# Whether a smaller request still shows a finding is for the caller to try. Candidates are plain
# requests; those that the contract would judge otherwise are the caller's to leave out.


def smaller(request: Request) -> Iterator[Request]:
    """Yield requests that are smaller in one respect: no body, fewer headers, a simpler body.

    A body in chunks stays one: of cases that differ in that alone, a finding shows the one without chunks.
    """
    if request.body is not None and request.framing == "length":
        headers = tuple(h for h in request.headers if h[0].lower() != "content-type")
        yield replace(request, body=None, headers=headers)
    if "?" in request.target:
        yield replace(request, target=request.target.partition("?")[0])
    for index in range(len(request.headers)):
        yield replace(request, headers=request.headers[:index] + request.headers[index + 1 :])
    if request.body:
        yield from (replace(request, body=body) for body in _smaller_bodies(request.body))


def _smaller_bodies(body: bytes) -> Iterator[bytes]:
    try:
        value = json.loads(body.decode())  # in another coding, or with a byte order mark, it is no text to write anew
        # The value itself comes first: written without white space, it may be smaller already.
        for candidate in itertools.chain((value,), _smaller_values(value)):
            text = _text(candidate)
            if len(text) < len(body):
                yield text
    except (ValueError, RecursionError):  # no JSON, or too deep to be taken apart as a value
        yield from _smaller_bytes(body)


def _text(value: Any) -> bytes:
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair can only be told by an escape
        return json.dumps(value, separators=(",", ":")).encode()


def _smaller_bytes(body: bytes) -> Iterator[bytes]:
    size = len(body) // 2
    while size:
        for start in range(0, len(body), size):
            yield body[:start] + body[start + size :]
        size //= 2


def _smaller_values(value: Any) -> Iterator[Any]:
    match value:
        case dict() if value:
            yield {}
            for key in value:
                yield {k: v for k, v in value.items() if k != key}
            for key, inner in value.items():
                yield from ({**value, key: candidate} for candidate in _smaller_values(inner))
        case list() if value:
            yield []
            for index in range(len(value)):
                yield value[:index] + value[index + 1 :]
            for index, inner in enumerate(value):
                yield from ([*value[:index], candidate, *value[index + 1 :]] for candidate in _smaller_values(inner))
        case str() if value:
            yield ""
            yield value[: len(value) // 2]
            yield value[1:]
        case bool() | None:
            return
        case int() | float() if value != 0:
            yield 0


def more_usual(request: Request, usual: Request) -> Iterator[Request]:
    """Yield requests whose JSON body has one member more that is as in the usual request of the operation."""
    value, wanted = _value_of(request), _value_of(usual)
    for candidate in _more_usual_values(value, wanted):
        if not json_equal(candidate, wanted):
            yield replace(request, body=_text(candidate))


def _more_usual_values(value: Any, usual: Any) -> Iterator[Any]:
    if not (isinstance(value, dict) and isinstance(usual, dict)):
        return
    for key in (key for key in value if key in usual):
        if isinstance(value[key], dict) and isinstance(usual[key], dict):
            yield from ({**value, key: inner} for inner in _more_usual_values(value[key], usual[key]))
        elif not json_equal(value[key], usual[key]):
            yield {**value, key: usual[key]}


def _value_of(request: Request) -> Any:
    """Return the value of a body of JSON, or the members of a form; MISSING: it is neither."""
    body = request.body or b""
    if (request.header("content-type") or "").partition(";")[0].strip().lower() == _FORM:
        return parse_qs(body.decode("latin-1"), keep_blank_values=True)
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        return MISSING


def _keeps_usual(value: Any, usual: Any, smaller_one: Any) -> bool:
    """Whether what is as usual in a value is so in a smaller one, or is left out there."""
    if json_equal(value, usual):
        return _is_part(smaller_one, value)
    if isinstance(value, dict) and isinstance(usual, dict) and isinstance(smaller_one, dict):
        known = smaller_one.keys() & value.keys() & usual.keys()
        return all(_keeps_usual(value[key], usual[key], smaller_one[key]) for key in known)
    return True


def _is_part(part: Any, whole: Any) -> bool:
    if isinstance(part, dict) and isinstance(whole, dict):
        return part.keys() <= whole.keys() and all(_is_part(part[key], whole[key]) for key in part)
    if isinstance(part, list) and isinstance(whole, list):
        rest = iter(whole)
        return all(any(_is_part(one, other) for other in rest) for one in part)
    return json_equal(part, whole)


# What a smaller request must have in common with the one that showed a finding.


def status_of(breach: Breach) -> str:
    """Return the status by which a breach's request was answered; else the kind of no answer; empty: no request."""
    if breach.exchange is None:
        return ""
    answer = breach.exchange.answer
    return str(answer.status) if isinstance(answer, Answer) else answer.kind


def same(breach: Breach, finding: Finding) -> bool:
    """Whether a breach is what a finding is about: its law and cause, its operation, its status.

    An answer that comes too late and none at all are the same. So are an error where a value is taken, and one where
    nobody has looked for the reason: the value is taken from now on, so the request that took it may get the same.
    """
    ours, theirs = breach.exchange, finding.breach.exchange
    taken = finding.breach.cause.kind == VALUE_TAKEN and breach.law in STATUS_LAWS
    if not taken and (breach.law, breach.cause) != (finding.breach.law, finding.breach.cause):
        return False
    if ours is None or theirs is None:
        return ours is theirs
    both = isinstance(ours.answer, Answer) and isinstance(theirs.answer, Answer)
    answered = status_of(breach) == status_of(finding.breach) or not both
    return answered and ours.case.operation == theirs.case.operation


class Original:
    """The request that showed a finding, as a smaller one is compared with it.

    Attributes:
        usual: The operation's usual request, where what is usual has to be kept; None: it need not be.
    """

    def __init__(self, operation: Operation, finding: Finding, usual: Request | None = None) -> None:
        """Take a finding, as the run has seen it, and the operation's usual request; None: there is none."""
        self._operation = operation
        self._finding = finding
        request = finding.case.request
        self._admission = admission(operation, request)
        self._keywords = broken_keywords(operation, request)
        self._marks = self._marks_in(request)
        self._said: list[frozenset[str]] = []
        self.note(finding.breach)
        refused = status_of(finding.breach) in _REFUSALS and not self._admission.refusals
        self.usual = usual if refused else None

    def note(self, breach: Breach) -> None:
        """Take what was answered when the same request was sent once more: what varies then says nothing."""
        if breach.exchange is not None:
            self._said.append(said(breach.exchange))

    def candidates(self, request: Request) -> Iterator[Request]:
        """Yield requests that are more usual than one, where what is usual has to be kept, or smaller."""
        return itertools.chain(() if self.usual is None else more_usual(request, self.usual), smaller(request))

    def keeps_usual(self, request: Request, candidate: Request) -> bool:
        """Return whether a candidate has what is usual in a request, or leaves it out, where that has to be kept."""
        if self.usual is None or candidate.body is None:
            return True
        if (request.header("content-type") or "").lower().startswith("multipart/"):
            return candidate.body == request.body  # its members are not told apart here
        return _keeps_usual(*map(_value_of, (request, self.usual, candidate)))

    def is_like(self, request: Request) -> bool:
        """Return whether a request is the same one to the contract, and has all that is put in when it is sent."""
        if self._marks_in(request) != self._marks or admission(self._operation, request) != self._admission:
            return False
        accept = self._operation.accept
        if accept and self._finding.case.request.header("accept") == accept != request.header("accept"):
            return False  # who does not ask for what the contract has may rightly get another version of it
        keywords = broken_keywords(self._operation, request)
        return keywords <= self._keywords and bool(keywords) == bool(self._keywords)

    def shows_in(self, breach: Breach) -> bool:
        """Return whether a breach by a smaller request is the same thing."""
        if not same(breach, self._finding) or status_of(breach) != status_of(self._finding.breach):
            return False
        if breach.exchange is None:
            return True
        always = frozenset.intersection(*self._said)
        now = said(breach.exchange)
        varies = any(words != always for words in self._said)
        return always <= now and (varies or now == always)

    def _marks_in(self, request: Request) -> tuple[int, ...]:
        """Return how often each mark is in a request."""
        operation = self._operation
        keyed = operation.idempotency
        marks = [place.mark for place in operation.addresses] + [place.mark for place in operation.setup_places]
        marks += [mark for place in operation.id_places for mark in (place.mark, place.theirs)]
        marks += [place.variant(kind) for place in operation.id_places for kind in VARIANTS]
        marks += [place.mark for place in operation.all_own_places]
        marks += [] if keyed is None else [keyed.mark]
        text = "\n".join((request.target, *(value for _, value in request.headers)))
        text += (request.body or b"").decode("latin-1")
        return tuple(max(text.count(mark), text.count(quote(mark, safe=""))) for mark in marks)
