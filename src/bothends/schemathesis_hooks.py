"""One run of Schemathesis: the world, the target and the observer. It begins when a spec is loaded."""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
import threading
from collections import OrderedDict
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bothends.engine import Counts
from bothends.engine.evidence import CallbackNotes, never_came
from bothends.engine.play import LIMITS, Observer, OwnRequests, Pending, asked, manual_case
from bothends.engine.tie import Attributed
from bothends.failure_text import Failures
from bothends.launch import LaunchedTarget
from bothends.laws import judged_laws, law_of
from bothends.records import Answer, Condition, Exchange, NoAnswer, Request
from bothends.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import requests
    import schemathesis

    from bothends.contract import Operation
    from bothends.engine.play import Call
    from bothends.laws import Law
    from bothends.records import Breach, Case, Credential

    Check = Callable[[schemathesis.CheckContext, schemathesis.Response, schemathesis.Case[Any]], bool | None]


# An observer: signs in what Schemathesis sends, and judges what `engine/observer.py` has tied to it.

SIGNED_OUT = Condition.of("no-session")
_REMEMBERED_SESSIONS = 4096
"""Number of sessions that are stored: a client may make many cases before it sends the first."""


class SchemathesisObserver:
    """Sees both ends of calls that another client makes, from any of its threads."""

    def __init__(self, bench: Workbench) -> None:
        """Take a workbench that is open; nothing else may send with it."""
        self._bench = bench
        self._observer = Observer(bench.opened.testbed, bench.opened.exchange_runner, strangers=True)
        self._callers: OrderedDict[str, tuple[int, Credential]] = OrderedDict()
        self._open: dict[str, Call] = {}
        self._calling: dict[int, str] = {}
        self._lock = threading.Lock()
        self._late: list[Breach] = []
        self._counts = Counts()
        self._callbacks = CallbackNotes(self._counts, bench.contract)
        self._pending = Pending[None].of_run(
            bench.contract, bench.opened.exchange_runner.tying.law_contexts, bench.opened.testbed.machine
        )

    def sign_in(self, operation: Operation | None = None) -> Credential:
        """Return the credential of a new user, or of the next of the settings' callers.

        Args:
            operation: What is to be called; None: one of which nothing is known.
        """
        with self._lock:
            number = self._bench.opened.exchange_runner.sender.next_number()
            security = None if operation is None else operation.security
            credential = self._bench.opened.testbed.world.sign_in(number, security=security)
            for _, value in (*credential.cookies, *credential.headers, *credential.query):
                self._callers[value] = (number, credential)
            while len(self._callers) > _REMEMBERED_SESSIONS:
                self._callers.popitem(last=False)
        return credential

    def begin(self, call: str, shown: Iterable[str]) -> int:
        """Note that a call is about to be made; return the number of its exchange.

        Args:
            call: Names it.
            shown: The values of what may be its caller's credential: cookies, headers, query parameters.

        Raises:
            HarnessError: The world failed.
        """
        with self._lock:
            caller = next((self._callers[value] for value in shown if value in self._callers), None)
            own = caller is not None and caller[1].caller == 0
            # A thread makes one call at a time: one that it has left open was never sent.
            before = self._open.pop(self._calling.get(threading.get_ident(), ""), None)
            self._calling[threading.get_ident()] = call
            number = caller[0] if caller is not None and own else None
            self._open[call] = self._bench.opened.run(self._begun(before, number))
            return self._open[call].number

    def end(
        self, call: str, operation: Operation, request: Request, sent: Request, answer: Answer | NoAnswer
    ) -> list[Breach]:
        """Note that a call is over; return the laws that it has broken.

        Args:
            call: As it was named when it began.
            operation: What it is a request of.
            request: What was asked, without what every client adds.
            sent: The request as sent, cookies included.
            answer: What came back.

        Raises:
            HarnessError: The world failed.
        """
        with self._lock:
            if call not in self._open:
                return []
            begun = self._open.pop(call)
            values = _credential_values(sent)
            credential = next((self._callers[value][1] for value in values if value in self._callers), None)
            exchange = Exchange(
                number=begun.number,
                case=self._case(operation, request, credential),
                session=None if credential is None else credential.session,
                sent=sent,
                answer=answer,
                began=begun.began,
                ended=begun.began,
                credential=credential,
            )
            return self._bench.opened.run(self._ended(begun, exchange))

    def addressed(self, operation: Operation, request: Request, number: int) -> Request:
        """Return a request, without credentials, as it may be sent: with URLs of the world, none of a stranger's."""
        testbed = self._bench.opened.testbed
        with self._lock:
            own = OwnRequests(testbed.world, testbed.world.setup.values, testbed.places, None, "")
            return own.of(operation, request, number)

    @property
    def never_came(self) -> list[str]:
        """For each callback that never came though calls succeeded, what is to be told of it."""
        return [
            f"the callback {event} of {operation} never came in {successes:,} successful calls: no event was checked"
            for operation, event, successes in never_came(self._counts, self._bench.contract)
        ]

    def settle(self) -> list[Breach]:
        """Wait for late events, and return the laws that they have broken.

        Raises:
            HarnessError: The world failed.
        """
        with self._lock:
            self._bench.opened.run(asyncio.sleep(LIMITS.settle))
            self._bench.opened.run(self._wait_for_pending())
            late, self._late = self._late, []
            return late

    def _case(self, operation: Operation, request: Request, credential: Credential | None) -> Case:
        # A cookie that bothends did not issue may still be right: nothing says whose event it must be.
        sessions = bool(operation.security.played) or self._bench.contract.settings.world.session is not None
        given = (SIGNED_OUT,) if sessions and credential is None else ()
        return manual_case(operation, request, given, self._bench.opened.testbed.upstreams)

    async def _begun(self, before: Call | None, number: int | None) -> Call:
        if before is not None:
            self._observer.forget(before)
        call = self._observer.begin(number=number)
        self._came_late()
        return call

    async def _ended(self, call: Call, exchange: Exchange) -> list[Breach]:
        attributed = await self._observer.end(call, exchange)
        self._came_late()
        return self._judged(attributed)

    def _came_late(self) -> None:
        for attributed in self._observer.taken():
            self._judged(attributed)

    async def _wait_for_pending(self) -> None:
        """Wait for owed events that no answer waits for; those that do not arrive are lost."""
        clock = self._bench.opened.testbed.clock
        self._look()
        while (now := clock.now()) < self._pending.due(now):
            await asyncio.sleep(LIMITS.look)
            self._look()
        exchanges, _ = self._pending.rest(clock.now(), ())
        calls = self._bench.opened.exchange_runner.tying.calls
        excused = Attributed(tuple(map(self._bench.opened.excused, exchanges)))
        for judged in self._bench.opened.judge.batch(excused, calls):
            self._note(judged.exchange)
            self._late.extend(judged.breaches)

    def _note(self, exchange: Exchange) -> None:
        self._callbacks.note(self._bench.contract.operation(exchange.case.operation), exchange)

    def _look(self) -> None:
        self._observer.look()
        self._came_late()

    def _judged(self, attributed: Attributed) -> list[Breach]:
        """Judge the tied events: return what is broken now, and store what came late."""
        breaches: list[Breach] = []
        attributed, held = self._pending.take(attributed, None)
        excused = self._bench.opened.excused
        attributed = replace(
            attributed, exchanges=tuple(map(excused, attributed.exchanges)), late=tuple(map(excused, attributed.late))
        )
        for judged in self._bench.opened.judge.batch(attributed, self._bench.opened.exchange_runner.tying.calls):
            self._note(judged.exchange)
            if judged.exchange.number in held:
                self._late.extend(judged.breaches)
            elif not judged.late:
                breaches.extend(judged.breaches)
            elif not _may_be_asked_again(judged.exchange):
                self._late.extend(judged.breaches)
        self._late.extend(self._bench.opened.judge.phantoms(attributed))
        return breaches


_OF_CALLERS = frozenset({"authorization", "cookie"})
"""Headers that stay as they are: what looks like a URL in them is none."""


class Addressed:
    """Puts the world's addresses into a request when the client has prepared it."""

    def __init__(self, made: Callable[[Request], Request], inner: Any) -> None:
        """Take what returns a request as it may be sent, and what signs it otherwise, as `requests` takes that."""
        self._made = made
        self._inner = inner

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request that is sent: `requests` asks for it last, and counts its body anew."""
        self._address(prepared)
        if isinstance(self._inner, tuple):
            from requests.auth import HTTPBasicAuth  # noqa: PLC0415 -- a part of Schemathesis, loaded where it is there

            return HTTPBasicAuth(*self._inner)(prepared)
        return prepared if self._inner is None else self._inner(prepared)

    def _address(self, prepared: requests.PreparedRequest) -> None:
        sent = sent_translation(prepared)
        kept = tuple((name, value) for name, value in sent.headers if name.lower() not in _OF_CALLERS)
        made = self._made(replace(sent, headers=kept))
        if made.target != sent.target and prepared.url is not None:
            prepared.url = prepared.url.removesuffix(sent.target) + made.target
        if made.body != sent.body:
            prepared.body = made.body
        for name, value in made.headers:
            if value != prepared.headers.get(name):
                prepared.headers[name] = value


def _credential_values(sent: Request) -> list[str]:
    """Return all values of a request that may be of its caller's credential."""
    values = [value for _, value in parse_qsl(sent.target.partition("?")[2])]
    for name, value in sent.headers:
        values += [pair.partition("=")[2].strip() for pair in value.split(";")] if name.lower() == "cookie" else [value]
    return values


def _may_be_asked_again(exchange: Exchange) -> bool:
    """Whether a check of the client may have sent a similar request again, as the same caller, after a 5xx."""
    return isinstance(exchange.answer, Answer) and exchange.answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR


# Requests and responses of Schemathesis' as ours.


def sent_translation(request: requests.PreparedRequest) -> Request:
    """Return a request as it was sent."""
    headers = tuple((name, _text(value)) for name, value in request.headers.items())
    return Request(request.method or "", request.path_url, headers, _body(request.body))


def answer(response: schemathesis.Response) -> Answer:
    """Return the answer."""
    headers = tuple((name.lower(), value) for name, values in response.headers.items() for value in values)
    return Answer(response.status_code, headers, response.content, len(response.content), response.message)


def no_answer(request: requests.PreparedRequest) -> NoAnswer:
    """Return the missing answer."""
    return NoAnswer("closed", f"{request.method} {request.path_url}")


def sign(case: schemathesis.Case[Any], credential: Credential) -> None:
    """Put a caller's credential into a case."""
    case.cookies = {**(case.cookies or {}), **dict(credential.cookies)}
    if credential.headers:
        case.headers.update(dict(credential.headers))
    if credential.query:
        case.query = {**(case.query or {}), **dict(credential.query)}


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _body(body: Any) -> bytes | None:
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else None


CONFIG = "BOTHENDS_CONFIG"
"""Environment variable that names the settings file."""
_REMEMBERED = 1024
"""Number of calls whose results are stored until the checks have run."""


class Session:
    """State that the hooks, the checks and the provider of sessions share."""

    def __init__(self) -> None:
        """Start with nothing: `st --help` loads the hooks as well."""
        self._bench: Workbench | None = None
        self._observer: SchemathesisObserver | None = None
        self._operations: dict[str, Operation] = {}
        self._breaches: OrderedDict[str, list[Breach]] = OrderedDict()

    def begin(self, url: str | None, seed: int) -> str:
        """Start the world, of the seed, and the target, unless that runs at a URL already; return its base URL.

        Raises:
            BothendsError: The contract is wrong, a port is in use, or the target could not be started or reached.
        """
        if self._bench is None:
            bench = Workbench(os.environ.get(CONFIG, "bothends.toml"), url=url, seed=seed)
            bench.open()
            atexit.register(bench.close)
            self._bench, self._observer = bench, SchemathesisObserver(bench)
            self._operations = {f"{o.method} {o.path}": o for o in bench.contract.operations}
        return self._bench.opened.testbed.target.base_url

    @property
    def launched(self) -> str | None:
        """The base URL of a launched target; None where it was running already."""
        if self._bench is None or not isinstance(self._bench.opened.testbed.target, LaunchedTarget):
            return None
        return self._bench.opened.testbed.target.base_url

    def sign_in(self, label: str) -> Credential | None:
        """Return the credential of a new user for an operation, as Schemathesis names it; None: there is none."""
        if self._observer is None:
            return None
        credential = self._observer.sign_in(self._operations.get(label))
        return credential if credential.cookies or credential.headers or credential.query else None

    def before(self, case: schemathesis.Case[Any], auth: Any = None) -> Any:
        """Note that a case is about to be sent; return what puts the world's addresses into its request.

        Args:
            case: The case.
            auth: What signs the request, as `requests` takes it: it does so still.
        """
        observer, operation = self._observer, self._operations.get(case.operation.label)
        if observer is None or operation is None:
            return auth
        parts = (case.cookies, case.headers, case.query)
        number = observer.begin(case.id, [str(value) for part in parts for value in dict(part or {}).values()])
        return Addressed(lambda request: observer.addressed(operation, request, number), auth)

    def after(self, case: schemathesis.Case[Any], request: requests.PreparedRequest, answer: Answer | NoAnswer) -> None:
        """Note the result of a case, and judge it."""
        operation = self._operations.get(case.operation.label)
        if self._observer is None or operation is None:
            return
        sent = sent_translation(request)
        breaches = self._observer.end(case.id, operation, asked(sent, session="cookie"), sent, answer)
        self._breaches[case.id] = breaches
        while len(self._breaches) > _REMEMBERED:
            self._breaches.popitem(last=False)

    def breaches(self, case_id: str) -> list[Breach] | None:
        """Return the laws that a case has broken; None when no operation of the contract has it."""
        return self._breaches.get(case_id)

    def settle(self) -> list[Breach]:
        """Wait for late events, and return the laws that they have broken."""
        return [] if self._observer is None else self._observer.settle()

    @property
    def never_came(self) -> list[str]:
        """For each callback that never came though calls succeeded, what is to be told of it."""
        return [] if self._observer is None else self._observer.never_came

    def text(self, breaches: Sequence[Breach]) -> str:
        """Return broken laws in words."""
        if self._bench is None:
            return ""
        testbed = self._bench.opened.testbed
        failures = Failures(self._bench.options.config, testbed.world.secrets.hidden(), testbed.target.base_url)
        return failures.breaches(breaches)


# The laws that Schemathesis runs as checks.


def check_laws() -> tuple[Law, ...]:
    """Return the laws that are marked as checks, and that apply to a call."""
    return tuple(law for law in judged_laws() if law.as_check)


def check_of(law: Law, session: Session) -> Check:
    """Return the check of a law: `bothends_one_event` for `one-event`.

    It fails by an AssertionError, which is public; the failure classes of Schemathesis are not.

    Args:
        law: The law.
        session: Knows what each call has broken.
    """

    def check(
        _ctx: schemathesis.CheckContext, _response: schemathesis.Response, case: schemathesis.Case[Any]
    ) -> bool | None:
        breaches = session.breaches(case.id)
        if breaches is None:
            return True  # of no operation of the contract: it is skipped
        told = [breach for breach in breaches if breach.law == law.name]
        if told:
            raise AssertionError(session.text(told))
        return None

    check.__name__ = f"bothends_{law.name.replace('-', '_')}"
    check.__doc__ = f"The law {law.name!r} of bothends."
    return check


def late_check(session: Session) -> type:
    """Return the check of events that arrive after their call is over: `bothends_nothing_late`."""

    class BothendsNothingLate:
        """No event arrives late: no second event, and no event without a caller."""

        def after_run(self, _ctx: schemathesis.CheckContext) -> None:
            """Wait for late events, and judge them.

            Raises:
                AssertionError: It has broken a law.
            """
            late = [breach for breach in session.settle() if law_of(breach.law).as_check]
            for line in session.never_came:
                sys.stderr.write(f"bothends: {line}\n")
            kinds = {(breach.law, breach.cause): breach for breach in reversed(late)}
            if kinds:
                raise AssertionError(session.text(list(kinds.values())))

    BothendsNothingLate.__name__ = "bothends_nothing_late"
    return BothendsNothingLate
