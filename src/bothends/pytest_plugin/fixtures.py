"""What tests by hand work with: the contract, the world and the target of one workbench."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.failure_text import timeline
from bothends.pytest_plugin.shared import failures
from bothends.records import Answer, count_of
from bothends.workbench import stored

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    import httpx

    from bothends.failure_text import Timeline
    from bothends.records import Delivery, Exchange, Request, UpstreamCall
    from bothends.workbench import Workbench


# An exchange as a test looks at it: the response, the events, the upstream calls, and when each of it was.


class NoResponseError(AssertionError):
    """The target gave no answer."""


@dataclass(frozen=True, slots=True, repr=False)
class Response(Answer):
    """What the target answered; see `Answer` for its attributes."""

    def json(self) -> Any:
        """Return the body as a JSON value, or raise a `ValueError`."""
        return json.loads(self.body)

    def __repr__(self) -> str:
        """Return what a failed assert needs of it."""
        return f"<response {self.status} {self.media_type or '(no media type)'}, {count_of(self.size, 'byte')}>"


class EventsMissingError(AssertionError):
    """Events that were waited for have not come."""


class RecordedExchange:
    """One request and everything that was recorded for it.

    What comes behind the answer is a part of it as soon as something has looked: `wait_for_events`, the `settle` of
    the workbench, or the next request.
    """

    def __init__(self, bench: Workbench, exchange: Exchange) -> None:
        """Take an exchange of a workbench."""
        self._bench = bench
        self._exchange = exchange

    @property
    def record(self) -> Exchange:
        """All of it, as the library has it."""
        return self._bench.latest(self._exchange)

    @property
    def timeline(self) -> Timeline:
        """What happened when; `print(exchange.timeline)` shows it."""
        return timeline(self.record, self._bench.opened.testbed.world.secrets.hidden())

    def wait_for_events(self, count: int, *, within: float | None = None) -> tuple[Mapping[str, Any], ...]:
        """Wait until a consumer has so many events because of this request, each counted once, and return them all.

        Fewer after so many seconds (None: the time limit of the target) are an `EventsMissingError`.
        """
        __tracebackhide__ = True
        self._bench.wait_for_events(self._exchange, count, within=within)
        found = self.events
        if len(found) < count:
            seconds = self._bench.opened.testbed.time_limit if within is None else within
            came = f"{count_of(len(found), 'event')} {'has' if len(found) == 1 else 'have'}"
            raise EventsMissingError(f"{came} come within {seconds:g} s, and not {count:,}.\n{self.timeline}")
        return found

    @property
    def response(self) -> Response:
        """What the target answered; without an answer, this is a `NoResponseError`."""
        answer = self.record.answer
        if not isinstance(answer, Answer):
            raise NoResponseError(f"The target gave no answer: {answer.kind} {answer.detail}".rstrip())
        return Response(answer.status, answer.headers, answer.body, answer.size, answer.reason)

    @property
    def events(self) -> tuple[Mapping[str, Any], ...]:
        """The events that a consumer receives because of this request, each once, in order of arrival."""
        return tuple(one.consumed for one in stored(self.record) if one.consumed is not None)

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """All that arrived at the ingest: refused, repeated, acknowledged or not."""
        return self.record.deliveries

    @property
    def upstream_calls(self) -> tuple[UpstreamCall, ...]:
        """The calls to upstreams other than the ingest."""
        return self.record.calls

    def __repr__(self) -> str:
        """Return what a failed assert needs of it."""
        return f"<exchange {self.record.number}: {', '.join(str(moment) for moment in self.timeline.moments)}>"


SIGNED_OUT = "signed out"


class BrokenContractError(AssertionError):
    """An exchange has broken a law."""


class World:
    """The world around the target."""

    def __init__(self, bench: Workbench) -> None:
        """Take a workbench that is open."""
        self._bench = bench

    def given(self, *sentences: str) -> AbstractContextManager[None]:
        """Put the world, and the sessions of what is sent meanwhile, into states for the length of a `with` block.

        Sentences are such as `the ingest is unreachable`: `bothends states` lists them. An unknown one is a
        `ContractError` when a request is sent.
        """
        return self._bench.given(*sentences)

    @property
    def addresses(self) -> dict[str, str]:
        """Where all listens: `settings` and so on, and `target`."""
        return self._bench.addresses

    def __repr__(self) -> str:
        """Return what a failed test needs of it."""
        return f"<the world at {', '.join(v for k, v in self.addresses.items() if k != 'target')}>"


class Target:
    """The target."""

    def __init__(self, bench: Workbench) -> None:
        """Take a workbench that is open."""
        self._bench = bench

    @property
    def url(self) -> str:
        """Its base URL."""
        return self._bench.addresses["target"]

    def post(
        self, *, as_user: Mapping[str, Any] | None = None, signed_out: bool = False, **request: Any
    ) -> RecordedExchange:
        """Send a request of an operation, as nobody where `signed_out`; all else is as of `Workbench.post`."""
        with self._bench.given(*((SIGNED_OUT,) if signed_out else ())):
            return self._recorded(self._bench.post(as_user=as_user, **request))

    def send(self, request: Request, *, as_user: Mapping[str, Any] | None = None) -> RecordedExchange:
        """Send a request as it is, of any method and to any path; see `Workbench.send`."""
        return self._recorded(self._bench.send(request, as_user=as_user))

    def exchange(self, response: httpx.Response | httpx.RequestError) -> RecordedExchange:
        """Return the exchange of what `client` or `async_client` returned or raised; of no other, a `ValueError`."""
        return self._recorded(self._bench.exchange(response))

    def _recorded(self, exchange: Exchange) -> RecordedExchange:
        return RecordedExchange(self._bench, exchange)

    def __repr__(self) -> str:
        """Return what a failed test needs of it."""
        return f"<the target at {self.url}>"


class Contract:
    """The contract."""

    def __init__(self, bench: Workbench) -> None:
        """Take a workbench that is open."""
        self._bench = bench

    def check(self, exchange: RecordedExchange | Exchange) -> None:
        """Judge an exchange by all laws.

        Raises:
            BrokenContractError: It has broken one; the text says what was promised, and what happened.
        """
        __tracebackhide__ = True
        record = exchange.record if isinstance(exchange, RecordedExchange) else exchange
        breaches = self._bench.check(record)
        if breaches:
            raise BrokenContractError(failures(self._bench).breaches(breaches))

    def __repr__(self) -> str:
        """Return what a failed test needs of it."""
        return f"<the contract of {self._bench.contract.settings.spec.name}>"
