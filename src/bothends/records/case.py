"""A case: one request, the state of the world it is sent in, and what may come of it.

Everything in a case is plain data, so that a finding's replay file is the case written down (`typed_json`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, before the client adds `Host`, the framing and the session's cookies.

    Attributes:
        method: The method, as sent.
        target: The request target: path and query, as sent.
        headers: Name and value pairs in order.
        body: The body; None when there is none (no `Content-Type`, no `Content-Length`).
        framing: How the body's length is told: `Content-Length`, or chunked.
        raw: What is sent in place of all this, byte for byte, where that is no well-framed request. Its marks are
            filled in: `@PREFIX@` (of the base URL's path), `@HOST@`, `@COOKIE@` and `@COOKIE2@` (a whole line
            each, of a first and a second caller), `@REST@` (how many bytes follow the head).
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    framing: Literal["length", "chunked"] = "length"
    raw: bytes | None = None

    @property
    def has_its_method(self) -> bool:
        """Whether what is sent begins with the request's method, and not with other bytes in its place."""
        return self.raw is None or self.raw.startswith(f"{self.method} ".encode())

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None; names match without regard to case."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value
        return None


@dataclass(frozen=True, slots=True)
class Expectation:
    """The outcomes of a case that the contract allows.

    Attributes:
        statuses: The HTTP statuses that are right; empty: any declared one.
        refused: The contract refuses the request before anything upstream is called.
        server_error: Whether a 5xx is among what is right (an upstream is faulty).
        why: Where in the contract this comes from, for a person to read.
        any_answer: Whether any answer, or none, is right: only the laws on events hold. Where `statuses` are given
            all the same, another status is a warning.
        any_refusal: Whether any 4xx is right as well, declared or not: it may be the HTTP library's, and not the
            operation's own.
        any_redirect: Whether any 3xx is right as well, declared or not: it may lead to where callers sign in.
        promise: What a target may promise of the case; empty: nothing. A key of
            `GUARANTEES` in `contract/settings/settings.py`.
        promised: The HTTP statuses that are right where it does.
        absent: The HTTP statuses that are right as well, declared or not, as an id in the path was made up.
        of_known: Whether it is promised of what is there alone: where the target has given no id, it may say so.
        unpromised: Whether the operation declares no refusal at all, though the contract refuses the request: then any
            4xx is right, and a success is told and breaks nothing, unless the settings ask for `strict_statuses`.
    """

    statuses: frozenset[int] = frozenset()
    refused: bool = False
    server_error: bool = False
    why: str = ""
    any_answer: bool = False
    any_refusal: bool = False
    any_redirect: bool = False
    promise: str = ""
    promised: frozenset[int] = frozenset()
    absent: frozenset[int] = frozenset()
    of_known: bool = False
    unpromised: bool = False

    def allows(self, status: int) -> bool:
        """Whether a status is among what is right."""
        return not self.statuses or status in self.statuses or self.refuses(status)

    def refuses(self, status: int) -> bool:
        """Whether a status is a refusal that need not be declared: a 4xx or a 3xx, as far as these are right."""
        refusal = 400 <= status < 500  # noqa: PLR2004 -- the class of client errors, RFC 9110 section 15.5
        redirect = 300 <= status < 400  # noqa: PLR2004 -- the class of redirects, RFC 9110 section 15.4
        return status in self.absent or (self.any_refusal and refusal) or (self.any_redirect and redirect)


ERRORS, REFUSALS = "errors", "refusals"
"""After what a key may be free again: a 5xx, and a 4xx."""


@dataclass(frozen=True, slots=True)
class Again:
    """A request that is sent on purpose after another one, or beside it: the same but for what is said here.

    Attributes:
        expect: What may come of it.
        key: How its key differs from the first one's; empty: it is the same key.
        another_caller: Whether another caller sends it.
        at_once: Whether it is sent while the first is under way; else once that is answered.
        body: Its body; None: the same.
        well: Whether each part of the world is well by then; else each stays in its state.
        anew: Whether it is a request by itself, which only has the values of the first: it may have its own event.
        elsewhere: Whether it is about another object of the same caller; its key is the first one's.
        other: What is sent in place of the first one's request, by the same caller: of another operation, with the
            first one's key. None: it is of the same operation.
        frees: After what its key is to be free again: one of `ERRORS` and `REFUSALS`, as the first was answered; else
            it is not sent. It is a request by itself then, about the object of the first. Empty: that does not matter.
        request: What is sent in place of the first one's request, of the same operation; None: the same.
        step: What is sent in place of it, with a key of its own: it brings the object into another state.
        fresh: Whether it has a key of its own, and is sent only where what came before it did not succeed: it shows
            whether the key was the reason.
        theirs: Whether it is about the object of the first, and is sent only where all before it succeeded.
    """

    expect: Expectation
    key: str = ""
    another_caller: bool = False
    at_once: bool = False
    body: bytes | None = None
    well: bool = False
    anew: bool = False
    elsewhere: bool = False
    other: Case | None = None
    frees: str = ""
    request: Request | None = None
    step: Case | None = None
    fresh: bool = False
    theirs: bool = False

    @property
    def beyond(self) -> bool:
        """Whether it has the key and the caller of the first, where that key may not count."""
        return self.elsewhere or self.other is not None

    @property
    def rivals(self) -> bool:
        """Whether it is a request by itself about the object of the first, and is sent while that is under way."""
        return self.anew and self.at_once

    @property
    def repeats(self) -> bool:
        """Whether it has the key and the caller of the first: what it causes is the first one's."""
        return not (self.key or self.another_caller or self.anew or self.beyond or self.frees)


@dataclass(frozen=True, slots=True)
class Look:
    """How an object is looked at before and after a request about it.

    Attributes:
        case: The request that reads it.
        at: JSON pointer to its state in the answer.
        state: The state that it must be in before, as JSON: in another one, nothing is demanded; empty: it is not there
            yet.
        leads: The states that are right after a success, as JSON; none: nothing is demanded.
        removes: Whether a success removes the object.
        any_state: Whether it may be in any state before, and nothing is demanded of a success.
        why: What promises that a request which does not succeed changes nothing.
    """

    case: Case
    at: str = ""
    state: str = ""
    leads: tuple[str, ...] = ()
    removes: bool = False
    any_state: bool = False
    why: str = "x-transitions"


@dataclass(frozen=True, slots=True)
class Registering:
    """Which registrations there are when a request begins that sends an event.

    Attributes:
        events: The names of the events that are registered for.
        makes: The requests that make them, in order.
        first: What is sent while the first one holds, as a target may keep what it has looked up; None: nothing.
        then: The request that gives the first one another address, or ends it; None: all of them hold.
        ends: Whether that ends it.
        hangs: Whether the receiver of the first one hangs.
        last: The request that ends each of them that still holds when the case is over; None: nothing does.
    """

    events: tuple[str, ...]
    makes: tuple[Case, ...]
    first: Case | None = None
    then: Case | None = None
    ends: bool = False
    hangs: bool = False
    last: Case | None = None


class KillPoint(StrEnum):
    """How far a request has come when the target is killed."""

    ANSWERED = "after-answer"
    """Its answer has been read."""
    ACKNOWLEDGED = "after-acknowledgement"
    """Its event has been acknowledged."""
    WAITING = "while-event-waits"
    """Its answer has been read, and its event was refused, and is to be attempted again."""


@dataclass(frozen=True, slots=True)
class Case:
    """One request in one state of the world.

    Attributes:
        operation: `operationId` of the operation that it is about.
        family: The family, such as `signed-out`; `success` for the declared 2xx answer.
        name: Unique within its family, and the same in every run of the same contract.
        request: What is sent.
        given: States of the world that it is sent in, and of the caller's session.
        expect: What may come of it.
        origin: A generator's own record of the case, for its own checks; JSON.
        exclusive: Whether it has the world to itself, not only in a batch of the same state.
        repeat: How many exchanges are made of it at once, or one after the other when it is `exclusive`; more than
            one have a batch to themselves.
        group: Crowds of one name here make one batch. Single cases of one name wait together for what takes
            the target's whole timeout; each is begun in its own state.
        behaviour: How the client sends it, as a sentence: `the body comes in drips`; empty: as a good client does.
        following: What may come of the second request, where the request is raw and of two callers; None: the same.
        again: Requests that are sent on purpose beside this one, in order.
        drawn: Whether it was drawn at random: a run with another seed has another request of its name.
        made_by: The case by which the object is made that it is about; None: any object will do.
        watched: Whether further attempts at its events are watched for, once the ingest is well again.
        after: The cases that are played about its object before it, in order: they bring it into a state.
        look: How its object is looked at before and after it; None: it is not.
        registering: Which registrations there are when it begins; None: whichever there are.
        rounds: What is done to its object before it, of which all is recorded: the requests of a round are sent at
            once, when all of the round before is over.
        kill: When the target is killed, and started again with what it has kept; None: it is not.
        events_in_doubt: Whether a kill may cost or repeat its events: which of them there are is judged of all that is
            recorded of its object, and of no exchange by itself.
    """

    operation: str
    family: str
    name: str
    request: Request
    given: tuple[Condition, ...] = ()
    expect: Expectation = field(default_factory=Expectation)
    origin: Mapping[str, Any] | None = None
    exclusive: bool = False
    repeat: int = 1
    group: str = ""
    behaviour: str = ""
    following: Expectation | None = None
    again: tuple[Again, ...] = ()
    drawn: bool = False
    made_by: Case | None = None
    watched: bool = False
    after: tuple[Case, ...] = ()
    look: Look | None = None
    registering: Registering | None = None
    rounds: tuple[tuple[Case, ...], ...] = ()
    kill: KillPoint | None = None
    events_in_doubt: bool = False

    @property
    def kills(self) -> bool:
        """Whether the target is killed while it is played."""
        return any(one.kill is not None for some in self.rounds for one in some)

    @property
    def of_the_world(self) -> tuple[Condition, ...]:
        """The states that parts of the world are in, those of the caller's session left out."""
        return tuple(condition for condition in self.given if condition.subject)

    @property
    def in_a_state(self) -> bool:
        """Whether its object is made for it, and brought into the state that it is about."""
        looked_for = self.look is not None and not self.look.any_state
        return bool(self.after or self.rounds) or looked_for or any(one.step is not None for one in self.again)

    @property
    def label(self) -> str:
        """The name a person can pass to `--only`: `family/name`."""
        return f"{self.family}/{self.name}"

    @property
    def lasting_name(self) -> str:
        """What it is called in each run of the contract: its label; of one that was drawn at random, its family."""
        return self.family if self.drawn else self.label


NO_CASE = Case("", "none", "none", Request("GET", "/"))
"""Stands where no case can be named: a finding of the run as a whole."""


# A condition: one state of a part of the world, or of the caller's session, as data.


@dataclass(frozen=True, slots=True)
class Condition:
    """A state that holds while a request is made. It is put into words only where a person reads it.

    Attributes:
        name: What it is, as it is registered: `answers-status`.
        subject: The part of the world that it is a state of: `settings`; empty: the caller's session.
        parameters: The name and text of each parameter, in order of the names.
    """

    name: str
    subject: str = ""
    parameters: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, name: str, subject: str = "", /, **parameters: object) -> Self:
        """Return a condition, whatever the order of its parameters, each its text or what has that text."""
        return cls(name, subject, tuple(sorted((key, str(value)) for key, value in parameters.items())))

    def at(self, subject: str) -> Self:
        """Return the same condition of another part of the world."""
        return replace(self, subject=subject)

    @property
    def texts(self) -> dict[str, str]:
        """The parameters by name."""
        return dict(self.parameters)
