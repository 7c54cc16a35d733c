"""What a fault is: it handles one request of a service instead of the service."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from bothends.conditions import ConditionKind, register
from bothends.errors import ContractError, HarnessError
from bothends.records import Condition
from bothends.registry import Registry, class_of_row

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bothends.world.http import Connection, Listener, Received, Reply


# What a fault is: a state of one upstream, applied to each request.

INGEST = "ingest"


class Service(Protocol):
    """What an upstream does with one request without a fault."""

    @property
    def identities(self) -> tuple[str, ...]:
        """What the request's events are deduplicated by; empty when repetitions cannot be recognised."""
        ...

    def reply(self) -> Reply:
        """Do what the upstream does (the ingest stores), and return its answer."""
        ...

    def fake_success(self) -> Reply:
        """Return the answer of a success, and do nothing."""
        ...

    def override(self, reply: Reply) -> None:
        """Use this answer instead of the normal one; it is right too."""
        ...


class FaultContext:
    """One request at one upstream, as a fault gets it.

    Args:
        received: The request.
        connection: The connection that it came over.
        service: What handles it without a fault.
        here: The upstream's own address, as a URL.
        elsewhere: URL of an address of the world that a target can know only from here.

    Attributes:
        status: HTTP status that the fault answered; None when it answered none.
        whole: Whether that answer was written whole while the target still listened.
        right: Whether that answer was the normal one, in any form.
        odd: Whether that answer may be taken for an acknowledgement, although the real ingest never gives it.
        played: Whether the fault did anything; False when it let the request pass.
        asked_to_wait: Seconds that the answer asks to wait before another attempt; None: it does not.
        redirected: Whether the target was told the address elsewhere.
    """

    def __init__(
        self, received: Received, connection: Connection, service: Service, *, here: str = "", elsewhere: str = ""
    ) -> None:
        self.received = received
        self.connection = connection
        self.here = here
        self.redirected = False
        self._elsewhere = elsewhere
        self.status: int | None = None
        self.whole = False
        self.right = False
        self.odd = False
        self.played = True
        self.asked_to_wait: float | None = None
        self._service = service
        self._made: Reply | None = None

    def redirect(self) -> str:
        """Return the URL that a target can know only from here; it is noted that the target is told."""
        self.redirected = True
        return self._elsewhere

    @property
    def identities(self) -> tuple[str, ...]:
        """What the request's events are deduplicated by; empty when repetitions cannot be recognised."""
        return self._service.identities

    def reply(self) -> Reply:
        """Return the answer without a fault; its effects take place at the first call."""
        if self._made is None:
            self._made = self._service.reply()
        return self._made

    def fake_success(self) -> Reply:
        """Return the answer of a success that has not taken place."""
        return self._service.fake_success()

    def respond(self, reply: Reply) -> None:
        """Answer, and end the request."""
        self.status = reply.status
        self.right = reply is self._made
        self.whole = self.connection.reply(reply)

    def repeat(self, reply: Reply) -> None:
        """Answer as another request was answered, which is as right."""
        self._service.override(reply)
        self._made = reply
        self.respond(reply)

    def let_pass(self) -> None:
        """Answer as if there were no fault."""
        self.played = False
        self.respond(self.reply())

    def begin(self, data: bytes, status: int | None = None) -> None:
        """Write bytes that are no whole answer, with the HTTP status that they tell, if any."""
        self.status = status
        self.connection.write(data)

    async def respond_in(self, parts: list[bytes], *, over: float = 0.0) -> None:
        """Write the normal answer in another form, and end the request.

        Args:
            parts: The bytes of the normal answer, in the parts in which they are written.
            over: How long that takes, seconds; it ends when the target goes away.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        self.status = self.reply().status
        self.right = True
        whole = True
        for index, part in enumerate(parts):
            # Each part has its own time: on a busy machine, what one is late by is not added to the next.
            due = began + over * index / max(1, len(parts) - 1)
            if due > clock() and not await self.pause(due - clock()):
                return
            whole = self.connection.write(part) and whole
        self.whole = whole
        self.connection.done()

    async def pause(self, seconds: float) -> bool:
        """Wait.

        Returns:
            Whether the connection still stands; when it ends, the waiting does too.
        """
        try:
            await asyncio.wait_for(self.connection.wait_gone(), seconds)
        except TimeoutError:
            return True
        return False


class Fault(ABC):
    """A fault of one upstream. A new object is made whenever the world is put into its state.

    A subclass is registered by `fault`. `begin` decides what happens before a request has been read; `play` decides
    what happens to a request that was read.

    Args:
        upstream: Name of the upstream, or `ingest`.
        parameters: The sentence's other parameters.

    Attributes:
        name: The name that it is registered by.
        pattern: The sentence. With `{ingest}` in place of `{upstream}`, it is about an ingest.
        about: What it does on the wire, for `bothends states`.
        family: What it leads to: `upstream-unreachable`, `upstream-timeout`, `upstream-wrong`, or `upstream-*` where
            it is neither clearly the one nor the other; empty where nothing is wrong.
        recovers: Whether the target may succeed as well: 2xx with one event, or the family's answer with none.
        may_store: Whether the ingest may still store the event: it is in doubt.
        in_words: Whether only the part after the status is wrong; with a status parameter, where that is 2xx.
        outlasts: Whether it goes on for longer than an answer may take, so that only a limit of the target's ends it.
        holds: Whether it keeps the connection of a request for a while.
        of_connections: Whether it is about the connection that a request comes on, whoever's request that is.
        unseen: Whether nothing shows that the target tried to come here: it is met as long as it is there.
    """

    name: ClassVar[str]
    pattern: ClassVar[str]
    about: ClassVar[str]
    family: str
    recovers: bool = False
    may_store: ClassVar[bool] = False
    in_words: ClassVar[bool] = False
    outlasts: ClassVar[bool] = False
    holds: ClassVar[bool] = False
    of_connections: ClassVar[bool] = False
    unseen: ClassVar[bool] = False

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        self.upstream = upstream
        self.parameters = parameters

    def begin(self, listener: Listener) -> None:
        """Take effect on connections: the world was put into this state."""
        listener.accept()

    def end(self) -> None:  # noqa: B027 -- most have nothing to leave behind
        """Clean up: the state is over. Requests that hang go on hanging."""

    def met(self, listener: Listener) -> int:  # noqa: ARG002 -- for faults of connections
        """Return how often it was met by what never became a request that was read."""
        return 0

    @abstractmethod
    async def play(self, context: FaultContext) -> None:
        """Do the harm. To return without having answered is to hang until the target gives up."""


class Played(Fault):
    """A fault that a function plays, which remembers nothing from one request to the next: most rows are of it.

    Attributes:
        reads: How each of the sentence's other parameters is read, by its name. It may raise a `ContractError`.
        plays: Does the harm: it gets the request and those parameters, and need not wait.
    """

    reads: ClassVar[Mapping[str, Callable[[str], Any]]] = MappingProxyType({})
    plays: ClassVar[Callable[..., Awaitable[None] | None]]

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        super().__init__(upstream, parameters)
        self._read = {name: read(parameters[name]) for name, read in self.reads.items()}

    async def play(self, context: FaultContext) -> None:
        """Call the function."""
        played = self.plays(context, **self._read)
        if played is not None:
            await played


# Reads the parameters of faults' sentences.

_LONGEST = 12  # digits: more are no number that anybody means


def object_of(body: bytes) -> dict[str, Any]:
    """Return the members of an answer's body; none where it is no JSON object: an acknowledgement may be empty."""
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def whole_number(text: str, most: int, unit: str) -> int:
    """Return a parameter that is a whole number up to `most`, or raise a `ContractError` that names the unit."""
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST and int(text) <= most):
        raise ContractError(f"`{text}` is not a number of {unit} for a fault", expected=f"a whole number up to {most}")
    return int(text)


def status_of(text: str, first: int, last: int) -> int:
    """Return a parameter that is an HTTP status from `first` to `last`, or raise a `ContractError`."""
    status = whole_number(text, last, "an HTTP status")
    if status < first:
        raise ContractError(f"No such fault: status {status}", expected=f"a status from {first} to {last}")
    return status


_FIRST, _FIRST_ERROR, _LAST = 200, 400, 599
_MINUTE = 60_000


def a_status(text: str) -> int:
    """Return a parameter that is a status which ends an exchange; as `status_of`."""
    return status_of(text, _FIRST, _LAST)


def an_error_status(text: str) -> int:
    """Return a parameter that is the status of an error; as `status_of`."""
    return status_of(text, _FIRST_ERROR, _LAST)


def milliseconds(text: str) -> int:
    """Return a parameter that is a time of a minute at most; as `whole_number`."""
    return whole_number(text, _MINUTE, "milliseconds")


def json_text(text: str) -> bytes:
    """Return a parameter that is a JSON text, in UTF-8.

    Raises:
        ContractError: It is none.
    """
    try:
        json.loads(text)
        return text.encode()
    except (ValueError, RecursionError) as error:
        raise ContractError(f"`{text[:80]}` is not JSON that an upstream can answer", expected="a JSON text") from error


# The faults: each is registered where it is defined, with its condition.

FAULTS: Registry[type[Fault]] = Registry("fault", lambda fault: fault.name)

_Fault = TypeVar("_Fault", bound=type[Fault])


def fault(name: str, *, tried: str | Mapping[str, Mapping[str, object]] = "") -> Callable[[_Fault], _Fault]:
    """Return what registers a fault.

    Args:
        name: Its name: the same in every version, as cases and files refer to it.
        tried: The case that tries it at each upstream: `family/case`; of several, each with the sentence's other
            parameters. Without it, cases name it.

    Raises:
        HarnessError: What tries it is no label of a case.
    """
    labels = {tried: {}} if isinstance(tried, str) and tried else tried or {}
    if odd := next((label for label in labels if "/" not in label), ""):
        raise HarnessError(f"The fault `{name}` is tried by `{odd}`", expected="family/case")
    conditions = {label: Condition.of(name, **parameters) for label, parameters in dict(labels).items()}

    def take_in(made: _Fault) -> _Fault:
        made.name = name
        FAULTS.add(made)
        register(
            ConditionKind(
                name,
                made.pattern,
                made.about,
                made.family,
                "upstream",
                recovers=made.recovers,
                may_store=made.may_store,
                in_words=made.in_words,
                outlasts=made.outlasts,
                holds=made.holds,
                unseen=made.unseen,
                tried=conditions,
            )
        )
        return made

    return take_in


def fault_of(  # noqa: PLR0913 -- a row has that many
    name: str,
    sentence: str,
    about: str,
    why: str,
    *,
    base: type[Fault] = Played,
    tried: str = "",
    **own: Any,
) -> None:
    """Register a fault that is a row of a table, with values such as `family`, and functions in place of methods.

    `why` says what is wrong with that, or odd, with the section of the standard, and what becomes of the event.
    """
    fault(name, tried=tried)(class_of_row(base, name, why, pattern=sentence, about=about, **own))
