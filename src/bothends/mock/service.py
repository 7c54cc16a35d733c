"""Answers requests as the contract says, step by step, and sends the events that the answers owe."""

from __future__ import annotations

import secrets
import time
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bothends.contract.terms import (
    BODY_TOO_LARGE,
    CONFLICT,
    FORBIDDEN,
    INVALID_BODY,
    MALFORMED_BODY,
    NO_CREDENTIAL,
    NOT_FOUND,
    SIGNED_OUT,
    UNSUPPORTED_MEDIA_TYPE,
    UPSTREAM_TIMEOUT,
    UPSTREAM_UNREACHABLE,
    UPSTREAM_WRONG,
    WRONG_CREDENTIAL,
    WRONG_STATE,
)
from bothends.mock.answers import Answers, Wanted, dumps, problem
from bothends.mock.conditional import Conditional
from bothends.mock.credentials import Gate, Verdict
from bothends.mock.events import Events
from bothends.mock.exchange import Exchange
from bothends.mock.keys import Keys
from bothends.mock.members import as_list, members_in, within
from bothends.mock.mistakes import Mistakes, in_words
from bothends.mock.requests import (
    PARAMETER,
    Preferences,
    WrongError,
    check_parameters,
    examples_of,
    preferences,
    read_body,
)
from bothends.mock.routes import Router
from bothends.mock.things import Thing, Things, known_after
from bothends.mock.upstreams import UpstreamError, Upstreams
from bothends.mock.validators import CONDITIONS, NOT_MODIFIED
from bothends.records import MISSING
from bothends.schemas import NoValueError, targets_in
from bothends.world import Reply, cookies_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract import Contract, DeclaredAnswer, Operation
    from bothends.mock.delivery import Deliveries
    from bothends.mock.issuing import Issuer
    from bothends.mock.learning import Surroundings
    from bothends.mock.routes import Route
    from bothends.schemas import Schema
    from bothends.world import Received

CONTROL = "/_bothends/events"
"""The path at which the mock tells what it has sent. A contract that has it keeps it."""

_FALLBACKS: Mapping[str, tuple[int, ...]] = {
    SIGNED_OUT: (401, 403),
    FORBIDDEN: (403, 404),
    MALFORMED_BODY: (400, 422),
    INVALID_BODY: (422, 400),
    UNSUPPORTED_MEDIA_TYPE: (415, 400),
    BODY_TOO_LARGE: (413, 400),
    UPSTREAM_WRONG: (502, 503, 500),
    UPSTREAM_UNREACHABLE: (503, 502, 500),
    UPSTREAM_TIMEOUT: (504, 503, 502, 500),
    PARAMETER: (400, 422, 404),
}
_AT: Mapping[str, tuple[int, ...]] = {"path": (404, 400, 422), "authorization": (401, 403, 422, 400)}
"""The same for a parameter at some places."""
_NOT_FOUND = (404, 410)
_SUCCESS = range(200, 300)
_WRITES = frozenset({"POST", "PUT", "PATCH"})
_JSON = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


class Service:
    """Answers all requests.

    Args:
        contract: The contract.
        surroundings: What is known of the world.
        upstreams: Calls what is behind.
        deliveries: Sends events.
        gate: Tells who asks.
        seed: Values follow from it.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- its parts
        self,
        contract: Contract,
        surroundings: Surroundings,
        upstreams: Upstreams,
        deliveries: Deliveries,
        gate: Gate,
        seed: str,
    ) -> None:
        target = contract.settings.target
        self._contract = contract
        self._surroundings = surroundings
        self._upstreams = upstreams
        self._deliveries = deliveries
        self._gate = gate
        self.base_path = target.base_path or ("" if target.url is None else urlsplit(target.url).path.rstrip("/"))
        self._router = Router(contract.operations, self.base_path)
        self._answers = {each.id: Answers(each, seed) for each in contract.operations}
        self.things = Things(contract.operations)
        self._conditional = Conditional(contract.operations, self.things, seed)
        self._mistakes = Mistakes()
        self._keys = Keys()
        self.events = Events(contract, surroundings, seed, "")
        self._numbers = count(1)
        self._seed = seed
        self.issuer: Issuer | None = None
        self._rooms: dict[str, frozenset[str]] = {}

    async def answer(self, message: Received) -> Reply:
        """Answer a request."""
        route = self._router.find(message.path)
        if route is None:
            return self._beside(message) or problem(404)
        method = "GET" if message.method == "HEAD" and "HEAD" not in route.operations else message.method
        operation = route.operations.get(method)
        if operation is None:
            return self._beside(message) or self._other_method(route, message)
        step = self._surroundings.step_of(message)
        if step is not None:
            self._surroundings.learn(step, message)
        exchange = Exchange(next(self._numbers), operation, message, route.path, Verdict(allowed=True))
        exchange.setup = self._surroundings.yielded
        return await self._operate(exchange, preferences(message))

    def reset(self) -> None:
        """Forget what was created, and what was sent."""
        self._deliveries.journal.attempts.clear()
        self.things.clear()
        self._conditional.clear()
        self._keys.clear()

    def take_over(self, before: Service) -> None:
        """Go on from what was served: what was created stays, and so does what a key was answered with."""
        self.things.take_over(before.things)
        self._conditional.take_over(before._conditional)
        self.events.take_over(before.events)
        self._keys, self._numbers = before._keys, before._numbers

    # What is beside the contract.

    def _beside(self, message: Received) -> Reply | None:
        """Answer what the settings say of the target beside its operations, and what the mock tells of itself."""
        if message.path == CONTROL and message.method in ("GET", "HEAD", "DELETE"):
            return self._control(message)
        issued = None if self.issuer is None else self.issuer.answer(message)
        if issued is not None:
            return issued
        step = self._surroundings.step_of(message)
        if step is not None:
            self._surroundings.learn(step, message)
            status, body, headers = self._surroundings.result(step, secrets.token_hex(8))
            return Reply(status, (*_JSON, *headers), b"" if body is MISSING else dumps(body))
        ready = self._contract.settings.target.ready
        if ready is not None and message.path == f"{self.base_path}{ready.partition('?')[0]}":
            return Reply(200, (("Content-Type", "text/plain"), ("Cache-Control", "no-store")), b"ready\n")
        return None

    def _control(self, message: Received) -> Reply:
        if message.method == "DELETE":
            self.reset()
            return Reply(204)
        return Reply(200, _JSON, dumps(self._deliveries.journal.listed()))

    @staticmethod
    def _other_method(route: Route, message: Received) -> Reply:
        allow = ("Allow", ", ".join([*route.methods, *([] if "OPTIONS" in route.methods else ["OPTIONS"])]))
        if message.method == "OPTIONS":
            return Reply(204, (allow, ("Cache-Control", "no-store")))
        refused = problem(405)
        return Reply(405, (*refused.headers, allow), refused.body)

    # What the contract says.

    async def _operate(self, exchange: Exchange, preferred: Preferences) -> Reply:
        operation, answers = exchange.operation, self._answers[exchange.operation.id]
        declared = None if preferred.code is None else operation.answer_for(preferred.code)
        if preferred.code is not None and declared is not None and preferred.code not in _SUCCESS:
            reply = self._forced(exchange, preferred, declared)
            for event in self.events.owed(exchange, reply):
                self._deliveries.begin(event)
            return reply
        exchange.verdict = await self._gate.verdict(operation, exchange.message, time.time())
        if not exchange.verdict.allowed:
            family = FORBIDDEN if exchange.verdict.forbidden else SIGNED_OUT
            shows = WRONG_CREDENTIAL if exchange.verdict.shown else NO_CREDENTIAL
            detail = ": ".join(filter(None, ("the caller may not do this", exchange.verdict.why)))
            return self._challenged(self._refused(exchange, (family,), detail, about=shows), operation)
        try:
            check_parameters(operation, exchange.message, exchange.path, cookies_of(exchange.message))
            exchange.body = read_body(operation.body, exchange.message, operation.examples)
        except WrongError as wrong:
            if wrong.families[0] == INVALID_BODY and exchange.message.body and not answers.refuses:
                return await self._admitted(exchange, preferred)
            return self._wrong(exchange, wrong)

        def refuse(status: int) -> Reply:
            return answers.error(status, operation.answer_for(status), exchange, "the key is in use")

        return await self._keys.once(exchange, lambda: self._admitted(exchange, preferred), refuse)

    def _wrong(self, exchange: Exchange, wrong: WrongError) -> Reply:
        exchange.mistakes = self._mistakes.of(wrong.judged)
        detail = in_words(exchange.mistakes) or wrong.detail
        fallbacks = _AT.get(wrong.place, ())
        demanded = any(each.status == "428" for each in exchange.operation.answers)
        if wrong.place in CONDITIONS and demanded:
            fallbacks = (HTTPStatus.PRECONDITION_REQUIRED.value, *_FALLBACKS[PARAMETER])
        return self._refused(exchange, wrong.families, detail, fallbacks)

    async def _admitted(self, exchange: Exchange, preferred: Preferences) -> Reply:
        answers = self._answers[exchange.operation.id]
        thing, refused = self._state(exchange)
        refused = refused or self._unmet_condition(exchange, thing)
        if refused is not None:
            return refused
        try:
            exchange.upstreams = await self._upstreams.values(exchange.operation)
            reply = self._succeeded(exchange, preferred, None if thing is None else thing.value)
            await self._send(exchange, reply)
        except UpstreamError as error:
            status, answer = answers.status_of((error.family,), error.name, _FALLBACKS[error.family])
            exchange.answer = MISSING
            return answers.error(status, answer, exchange, f"{error.name}: {error}", error.family)
        except NoValueError as error:
            return problem(500, f"the mock can't make an answer: {error}")
        if reply.status in _SUCCESS:
            self.things.note(exchange, reply)
            self._conditional.note(exchange)
        return reply

    def _state(self, exchange: Exchange) -> tuple[Thing | None, Reply | None]:
        """Return what a request is about, and its refusal where that does not allow it."""
        answers = self._answers[exchange.operation.id]
        thing, wanted, is_anothers = self.things.sought(exchange)
        if wanted and thing is None and not self._may_create(exchange):
            if is_anothers and exchange.operation.statuses_of(FORBIDDEN):
                return None, self._refused(exchange, (FORBIDDEN,), "it is another caller's")
            status, answer = answers.status_of((NOT_FOUND,), None, _NOT_FOUND)
            return None, answers.error(status, answer, exchange, "there is no such thing")
        paired = answers.paired(examples_of(exchange)) if answers.pairs else None
        if paired is not None:
            answer, name = paired
            return thing, answers.reply(int(answer.status), answer, exchange, Wanted(example=name))
        if self.things.conflicts(exchange):
            status, answer = answers.status_of((WRONG_STATE, CONFLICT), None, (409,))
            return thing, answers.error(status, answer, exchange, "it was done before")
        return thing, None

    def _unmet_condition(self, exchange: Exchange, thing: Thing | None) -> Reply | None:
        """Return the answer to a condition that does not hold, if the contract declares one."""
        failed = self._conditional.failed(exchange, found=thing is not None)
        if failed is None:
            return None
        status, header = failed
        answers, answer = self._answers[exchange.operation.id], exchange.operation.answer_for(status)
        validator = self._conditional.current(exchange)
        if status == NOT_MODIFIED:
            return answers.reply(status, answer, exchange, Wanted(validator=validator, shows_validator=True))
        detail = f"the condition {header} does not hold: what is there is another state"
        return answers.error(status, answer, exchange, detail, validator=validator)

    async def _send(self, exchange: Exchange, reply: Reply) -> None:
        """Send what an answer owes: first what it waits for, then the rest.

        Raises:
            UpstreamError: What it waits for is not acknowledged.
        """
        messages = list(self.events.owed(exchange, reply))
        for message in messages:
            if message.sender.event.delivery.answer == "after":
                await self._deliveries.until_acknowledged(message)
        for message in messages:
            if message.sender.event.delivery.answer != "after":
                self._deliveries.begin(message)

    def _succeeded(self, exchange: Exchange, preferred: Preferences, known: dict[str, Any] | None) -> Reply:
        operation, answers = exchange.operation, self._answers[exchange.operation.id]
        status, answer = answers.success(preferred.code if preferred.code in _SUCCESS else None)
        fresh = self.things.fresh(operation) | self.things.new_members(operation, answer)
        wanted = Wanted(example=preferred.example, fresh=fresh)
        wanted.hint = self._hint(exchange, known, answer)
        self._conditional.prepare(exchange, wanted)
        reply = answers.reply(status, answer, exchange, wanted)
        identity = self.things.identity(operation, exchange.answer)
        identity = identity or self.things.new_identity(operation, f"{self._seed}/{operation.id}/{exchange.number}")
        location = self.things.location(operation, exchange, self.base_path, identity)
        if location and answer is not None and "location" in answer.headers:
            wanted.headers = {"location": location}
        if self._conditional.created(exchange, location, wanted) or wanted.headers:
            value = exchange.answer
            again = answers.reply(status, answer, exchange, wanted)
            exchange.answer = value
            reply = Reply(reply.status, again.headers, reply.body)
        return _applied(reply, preferred, answer)

    def _hint(self, exchange: Exchange, known: dict[str, Any] | None, answer: DeclaredAnswer | None) -> Any:
        listed = self.things.listed(exchange)
        if listed is not None:
            lists = (as_list([(each.value, each.shown) for each in listed], schema) for schema in _schemas(answer))
            return next((each for each in lists if each is not MISSING), MISSING)
        if answer is None or not _schemas(answer):
            return MISSING
        room = self._room(answer)
        hint = known_after(exchange, known or {})
        if exchange.operation.method in _WRITES and isinstance(exchange.body, dict):
            hint |= exchange.body
        hint |= {name: value for name, value in exchange.path.items() if name not in hint}
        hint = {name: value for name, value in hint.items() if name in room}
        for schema in _schemas(answer)[:1]:
            hint |= within(hint, schema.raw, targets_in(schema.raw))
        return hint or MISSING

    def _room(self, answer: DeclaredAnswer) -> frozenset[str]:
        """Return the names that the schemas of an answer's body have."""
        known = self._rooms.get(answer.pointer)
        if known is None:
            raws = [schema.raw for schema in _schemas(answer)]
            known = frozenset().union(*(members_in(raw, targets_in(raw)) for raw in raws))
            self._rooms[answer.pointer] = known
        return known

    def _may_create(self, exchange: Exchange) -> bool:
        return exchange.operation.method == "PUT" and exchange.operation.answer_for(201) is not None

    def _forced(self, exchange: Exchange, preferred: Preferences, declared: DeclaredAnswer) -> Reply:
        code = preferred.code or 500
        answers = self._answers[exchange.operation.id]
        if preferred.example:
            reply = answers.reply(code, declared, exchange, Wanted(example=preferred.example))
        else:
            reply = answers.error(code, declared, exchange, "")
        return _applied(reply, preferred, declared)

    def _refused(
        self,
        exchange: Exchange,
        families: tuple[str, ...],
        detail: str,
        fallbacks: tuple[int, ...] = (),
        about: str | None = None,
    ) -> Reply:
        answers = self._answers[exchange.operation.id]
        status, answer = answers.status_of(families, about, fallbacks or _FALLBACKS[families[0]])
        said = () if answer is None else answer.families
        family = next((name for name in families if name in said), said[0] if said else "")
        return answers.error(status, answer, exchange, detail, family)

    @staticmethod
    def _challenged(reply: Reply, operation: Operation) -> Reply:
        """Return a refusal with the challenges that it has to have (RFC 9110, section 11.6.1)."""
        if reply.status != 401 or any(name.lower() == "www-authenticate" for name, _ in reply.headers):  # noqa: PLR2004 -- Unauthorized
            return reply
        schemes = [member.scheme for each in operation.security.alternatives for member in each.members]
        # A key and a certificate have no scheme of HTTP.
        words = {
            each.http_scheme if each.type == "http" else "bearer"
            for each in schemes
            if each.location and each.type != "apiKey"
        }
        challenges = tuple(("WWW-Authenticate", f'{word.title()} realm="mock"') for word in sorted(words) if word)
        return Reply(reply.status, (*reply.headers, *challenges), reply.body)


def _schemas(answer: DeclaredAnswer | None) -> list[Schema]:
    return [] if answer is None else [schema for schema in answer.content.values() if schema is not None]


def _applied(reply: Reply, preferred: Preferences, answer: DeclaredAnswer | None) -> Reply:
    """Return an answer that says which preferences were followed (RFC 7240, section 3)."""
    followed = [f"code={reply.status}"] if preferred.code == reply.status else []
    names = () if answer is None else [each.name for each in answer.body_examples]
    followed += [f"example={preferred.example}"] if preferred.example and preferred.example in names else []
    return (
        Reply(reply.status, (*reply.headers, ("Preference-Applied", ", ".join(followed))), reply.body)
        if followed
        else reply
    )
