"""An exchange: one request and everything that was recorded for it.

Times are seconds since the epoch, from the one clock of bothends: monotonic within a run.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus

from bothends.records.pointers import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.records.case import Again, Case, Condition, Request


INGEST = "ingest"
"""The default name of the service that events go to."""
CANARY = "canary"
"""The upstream of a call to an address that only a redirect leads to."""
MANY_IDLE = 64
"""Idle connections beside a new one that are counted, if there were never as many in use at once."""

KEPT_COOKIE = "bothends-kept"
"""The name of the cookie that an upstream sets: a target that keeps it sends it back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the target answered.

    Attributes:
        status: HTTP status code.
        headers: Name and value pairs in order, names in lower case.
        body: The body, cut at the client's limit.
        size: Bytes of body that were read, cut or not.
        reason: The reason phrase.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    size: int
    reason: str = ""

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None; names match without regard to case."""
        wanted = name.lower()
        for key, value in self.headers:
            if key == wanted:
                return value
        return None

    @property
    def media_type(self) -> str | None:
        """The media type without its parameters, in lower case; None when there is none."""
        value = self.header("content-type")
        return None if value is None else value.partition(";")[0].strip().lower()

    @property
    def success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 -- the class of success, RFC 9110 section 15.3


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why there is no answer.

    Attributes:
        kind: `refused`, `reset`, `closed`, `timeout` or `not-http`.
        detail: Details, for a person to read.
    """

    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class UpstreamCall:
    """One request that the target made to an upstream.

    Attributes:
        upstream: The upstream's name in `bothends.toml`, or `CANARY`.
        number: Counts the calls to all upstreams in this run, from 1.
        began: When the request had been read.
        ended: When the answer was about to be written, or the fault was over.
        status: HTTP status that was answered; None when a fault left none.
        value: The JSON value of the right answer; None after a fault.
        fault: The state whose fault was active; None when the answer was right.
        request_line: Method and target as received.
        headers: The request's headers, names in lower case.
        answered: Whether the answer was written whole before the target went away.
        idle_beside: How many connections to the same service lay idle when the one that this came on was opened
            for it; 0 when it came on a kept one.
        exchange: The number of the exchange that it is known to be of: the address was told to no other, or it has the
            trace or the caller of it. None: nothing tells it.
        post: The number of the request to an ingest whose redirect led to it; 0: none did.
        about: Whom it is about, as the settings have it: JSON pointers into an identity, each with the text that has to
            be there, None where the call has none.
    """

    upstream: str
    number: int
    began: float
    ended: float
    status: int | None
    value: Any
    fault: Condition | None
    request_line: str
    headers: tuple[tuple[str, str], ...]
    answered: bool
    idle_beside: int = 0
    exchange: int | None = None
    post: int = 0
    about: tuple[tuple[str, str | None], ...] = ()

    def is_of(self, exchange: Exchange, until: float) -> bool:
        """Return whether an exchange may have made it, for what was there by then, and about no other caller."""
        return self.ended >= exchange.began and self.began <= until and self.concerns(exchange.session)

    def concerns(self, session: Mapping[str, Any] | None) -> bool:
        """Return whether it is about a caller; where the caller is not known, or nothing says so, it may be."""
        return session is None or all(resolve(dict(session), pointer) == text for pointer, text in self.about)


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """What an ingest makes of the signature of a request.

    Attributes:
        scheme: The scheme that the settings ask for.
        source: The document of the scheme that says what is right.
        problem: What is wrong: `missing`, `malformed`, `wrong` or `incomplete`; empty: it is right.
        header: The header that is wrong; of a right one, the header with the timestamp.
        detail: What is wrong, for a person to read, without a value of the request.
        timestamp: The time of the attempt as signed, seconds since the epoch; None: there is none, or it is wrong.
        tolerance: How far that may be from the time of arrival, seconds.
        identity: The identity of the event as signed; empty: the scheme has none, or it is wrong.
        identity_header: The header with the identity.
        first: The number of the delivery with which another content first came under this identity; 0: none did.
        secret_headers: The headers in which a secret itself has its place, in lower case.
        no_redirects: The document that has a sender follow no redirect; empty: the scheme says nothing of it.
    """

    scheme: str
    source: str = ""
    problem: str = ""
    header: str = ""
    detail: str = ""
    timestamp: float | None = None
    tolerance: float = 0.0
    identity: str = ""
    identity_header: str = ""
    first: int = 0
    secret_headers: frozenset[str] = frozenset()
    no_redirects: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event as it arrived at the ingest, and whether the ingest acknowledged it.

    Attributes:
        number: Counts the deliveries in this run, from 1.
        post: Counts the POSTs to the ingest in this run, from 1; an array of two events is one post.
        received: When the request had been read.
        settled: When the answer was about to be written, or the fault was over.
        method: HTTP method as received.
        path: The request's path as received.
        headers: The request's headers, names in lower case.
        right_address: Whether method, path and key are the ones that the world gave out.
        payload: The whole body as JSON; None when it is not JSON.
        event: This event as it was sent, of a list of them one item; None when the body is not JSON or has none.
        consumed: The event as a consumer would receive it; None when it was not stored.
        losses: Changes that the ingest made silently, each `(JSON pointer, what)`.
        identity: What the ingest deduplicates by: the id, else the seed header, else this delivery.
        attempt: Which attempt this is of its identity, from 1.
        stored: Whether the ingest stored it, as a new event or as a repetition of the same.
        repeated: Whether the ingest held an event of this identity already.
        acknowledged: Whether the answer said so and was written whole while the target still listened.
        status: HTTP status that was answered; None when a fault left none.
        refusal: Why the ingest refused it; empty when it did not.
        fault: The state whose fault was active; None when the ingest was healthy.
        acknowledged_oddly: Whether it was stored, and the answer was one that the ingest never gives, and
            that may be taken for an acknowledgement or not.
        idle_beside: How many connections to the same service lay idle when the one that this came on was opened
            for it; 0 when it came on a kept one.
        ingest: The ingest that it arrived at.
        query: The request's query as received, without its `?`.
        identified: Whether the identity is sure: the ingest's own, or the contract's.
        callback: The callback that it belongs to, as the engine has found; empty: none, or unknown.
        undeclared: Whether it belongs to none: no callback has its address, and no missing event can be it.
        by_contract: Whether the contract says what its identity is, and not the ingest's kind.
        asked_to_wait: Seconds that the ingest asked to wait before the next attempt (`Retry-After`); None: it did not.
        signature: What the ingest makes of its signature; None: the settings ask for none, or the body was cut.
        item: Which of the events of its POST it is, from 0; of a POST of one event, 0.
    """

    number: int
    post: int
    received: float
    settled: float
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    right_address: bool
    payload: Any
    event: Any
    consumed: Mapping[str, Any] | None
    losses: tuple[tuple[str, str], ...]
    identity: str
    attempt: int
    stored: bool
    repeated: bool
    acknowledged: bool
    status: int | None
    refusal: str = ""
    fault: Condition | None = None
    acknowledged_oddly: bool = False
    idle_beside: int = 0
    ingest: str = "ingest"
    query: str = ""
    identified: bool = True
    callback: str = ""
    undeclared: bool = False
    by_contract: bool = False
    asked_to_wait: float | None = None
    signature: SignatureCheck | None = None
    item: int = 0

    @property
    def listed(self) -> bool:
        """Whether it came as an item of a list of events."""
        return isinstance(self.payload, list) and self.event != self.payload

    @property
    def content(self) -> Any:
        """This event as JSON; None when the body is not JSON or has no event."""
        return None if self.payload is None else self.event

    @property
    def at_callback(self) -> bool:
        """Whether it came to the address of a callback, or is of one wherever it came."""
        return self.right_address or self.named_by_kind

    @property
    def named_by_kind(self) -> bool:
        """Whether the kind of its ingest gives each event an identity: such a kind takes events at one address only."""
        return self.identified and not self.by_contract

    @property
    def target(self) -> str:
        """Path and query as received."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def in_doubt(self) -> bool:
        """Whether it was stored and the target can't know: neither lost nor forbidden."""
        return self.stored and not self.acknowledged


@dataclass(frozen=True, slots=True)
class Mixed:
    """What an event has of other exchanges than its own, each by its number.

    Attributes:
        traces: Those whose trace it has.
        texts: Those that were under way too, and of which it has a text.
    """

    traces: tuple[int, ...] = ()
    texts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SameTag:
    """Another content under a strong tag that an earlier answer had, for the same request.

    Attributes:
        number: The number of the earlier exchange.
        tag: The tag.
        member: A member whose value differs, as it was written.
        shown: Whether this answer shows what was written, and the earlier one does not; else it is the other way round.
    """

    number: int
    tag: str
    member: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen of an object before and after a request about it.

    Attributes:
        before: Its state before, as JSON; empty: none was shown.
        after: Its state after; empty: none was shown, or nobody has looked.
        changes: What a refused request has changed: the JSON pointer, and the value before and after, as JSON.
    """

    before: str
    after: str = ""
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CameAside:
    """What came to the address of a registration.

    Attributes:
        received: When the request had been read.
        method: HTTP method as received.
        payload: Its body as JSON; as a text where it is none.
    """

    received: float
    method: str
    payload: Any


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration that was made before a request, and what came to its address.

    Attributes:
        url: The address.
        made: Which request made it, for a person to read: `POST /webhooks, exchange 12`.
        ended: Which request ended it, or gave it another address, likewise; empty: it held when the request began.
        came: What came there, from when it was made until nothing more was waited for.
        held_up: Whether the receiver of another registration was hanging meanwhile.
        sent: The exchanges of the same operation that were made while it held, before it ended.
    """

    url: str
    made: str
    ended: str
    came: tuple[CameAside, ...]
    held_up: bool = False
    sent: tuple[Exchange, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was done to the object of an exchange, and seen of it, as plain data.

    Attributes:
        history: The record, as `bothends.histories` writes it.
        promises: What is promised of it, likewise.
    """

    history: Any
    promises: Any


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and everything that was recorded for it.

    Attributes:
        number: Counts the exchanges in this run, from 1.
        case: What was to be asked.
        session: The identity that the session carries, what `session.user` means; None: signed out.
        sent: The request as sent, cookies included.
        answer: The answer; a `NoAnswer` says why there is none.
        began: When the first byte was sent.
        ended: When the answer had been read, or its absence was certain.
        deliveries: The deliveries tied to this exchange, in order of arrival.
        calls: The upstream calls within its time; with others of its batch when calls carry no identity.
        batch: Which batch it was part of, from 1.
        further: Unrequested answers that came after its own over the same connection.
        guessed: Whether an event that names no caller may be its own or another's: its deliveries are a guess.
        excuse: Why a late or missing event is not the target's fault: the connection was reused and ended before a
            byte of the answer, so it is unknown whether the request was executed; or the machine was too busy. Empty:
            there is no such reason.
        credential: The caller's credential; None: the world did not sign the request in.
        unheard: Whether an ingest failed, or the target ended, before the time limit of an event that may follow the
            answer: a missing event may have been sent.
        well: When the ingest that had failed was well again; None: it had not, or nobody watched what came then.
        watched: Until when events were watched for after that.
        first: The exchange that it was sent on purpose beside or after; None: it stands by itself.
        again: How it differs from that one; None: likewise.
        repeats: The exchanges that have its key and its caller, in order: what they cause is its own.
        known: By which operation's answer each id in its path is known to exist; empty: one was made up.
        idle: Whether it deletes what may not have been there: an id was made up, or another request deletes the same.
            Its success may have changed nothing, so that it owes no event, and one may come.
        there_again: Whether it was answered that its object is not there, though the same request had found it before,
            and found it again right after.
        looked: What was seen of its object before and after it; None: nobody has looked.
        registered: The registrations that were made for it before, but for one whose receiver hangs, and what came to
            their addresses.
        recorded: What was done to its object before it, and what was seen of it; None: nothing.
        former: The case whose request went before on its connection, where what came may be left over from that one:
            a part of it that the target had not read, or an answer too many. None: nothing speaks for that.
    """

    number: int
    case: Case
    session: Mapping[str, Any] | None
    sent: Any
    answer: Answer | NoAnswer
    began: float
    ended: float
    deliveries: tuple[Delivery, ...] = ()
    calls: tuple[UpstreamCall, ...] = ()
    batch: int = 0
    further: tuple[Answer, ...] = ()
    guessed: bool = False
    excuse: str = ""
    credential: Credential | None = field(default=None, repr=False)
    unheard: bool = False
    well: float | None = None
    watched: float = 0.0
    first: Exchange | None = field(default=None, repr=False)
    again: Again | None = None
    repeats: tuple[Exchange, ...] = field(default=(), repr=False)
    known: str = ""
    idle: bool = False
    there_again: bool = False
    looked: Looked | None = None
    registered: tuple[Registered, ...] = ()
    recorded: Recorded | None = None
    former: Case | None = field(default=None, repr=False)

    @property
    def planned(self) -> Case:
        """The case that it was sent for, all that was sent on purpose among it."""
        return self.case if self.first is None else self.first.planned

    @property
    def repeated(self) -> bool:
        """Whether it repeats another one's request: then it owes no event, and has none."""
        return self.again is not None and self.again.repeats

    @property
    def over(self) -> float:
        """When it had ended, and all that repeat it."""
        return max(self.ended, *(one.ended for one in self.repeats)) if self.repeats else self.ended

    @property
    def succeeded(self) -> bool:
        """Whether it was answered 2xx."""
        return isinstance(self.answer, Answer) and self.answer.success

    @property
    def anonymous(self) -> bool:
        """Whether its caller is signed in and the identity is unknown."""
        shown = self.credential
        return self.session is None and shown is not None and shown.caller > 0 and shown.right is not False

    def calls_with(self, later: Exchange) -> tuple[UpstreamCall, ...]:
        """Return its calls, and those that it has by what is known of it later."""
        known = {call.number for call in self.calls}
        return (*self.calls, *(call for call in later.calls if call.number not in known))

    def cut(self, limit: int) -> Exchange:
        """Return it with no more of the answer's body than so many bytes, nor of what repeats it."""
        whole = replace(self, repeats=tuple(one.cut(limit) for one in self.repeats)) if self.repeats else self
        answer = self.answer
        if isinstance(answer, NoAnswer) or len(answer.body) <= limit:
            return whole
        return replace(whole, answer=replace(answer, body=answer.body[:limit]))

    @property
    def declared(self) -> tuple[Delivery, ...]:
        """The deliveries that are of a callback, whichever it is: laws on events judge no others."""
        for delivery in self.deliveries:
            if delivery.undeclared:
                return tuple(one for one in self.deliveries if not one.undeclared)
        return self.deliveries

    @property
    def posts(self) -> tuple[Delivery, ...]:
        """The first delivery of each POST to the ingest: events that came in one array have one payload."""
        first: dict[int, Delivery] = {}
        for delivery in self.deliveries:
            first.setdefault(delivery.post, delivery)
        return tuple(first.values())


# A credential: what a request shows of who sends it.

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Credential:
    """The credentials of a request: all those of one security requirement together.

    Attributes:
        headers: Name and value pairs.
        cookies: Name and value pairs, which are sent in one `Cookie` header.
        query: Name and value pairs.
        session: The value of `session.user`; None: the caller is signed out, or the identity is unknown.
        token: The token in every text of a user that was made for the exchange.
        secrets: Texts that only the target may know.
        placeholder: The variable that a command line shows in place of a value, without the `$`; `AUTHORIZATION`
            stands for that header.
        caller: Which of the callers in the settings it is, from 1; 0: a user of the exchange's own, or none.
        right: Whether a correct target lets the request in; None: it may do either.
        shown: Which credential is missing or wrong, and how, for a person to read; empty: none.
        schemes: The security schemes of its alternative; none: the caller is signed out, or no session is demanded.
        left_out: Those of them without a credential.
        invalid_schemes: Those of them with a credential that no correct target accepts.
        forbidden: Whether the caller is known, and lacks permission.
    """

    headers: Pairs = field(default=(), repr=False)
    cookies: Pairs = field(default=(), repr=False)
    query: Pairs = field(default=(), repr=False)
    session: Mapping[str, Any] | None = None
    token: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    placeholder: str = "CREDENTIAL"
    caller: int = 0
    right: bool | None = None
    shown: str = ""
    schemes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    invalid_schemes: tuple[str, ...] = ()
    forbidden: bool = False

    def variables(self) -> dict[str, str]:
        """Return which variable of a shell stands for each header, `Cookie` aside, and each query parameter."""
        names = [name for name, _ in (*self.headers, *self.query) if name.lower() not in {"cookie", "authorization"}]
        found = {
            name: self.placeholder if len(names) == 1 else f"{self.placeholder}_{number}"
            for number, name in enumerate(names, 1)
        }
        return found | {name: name.upper() for name, _ in self.headers if name.lower() == "authorization"}

    def applied(self, request: Request) -> Request:
        """Return a request with the headers and the query parameters; what it has of the same name is replaced.

        Cookies are the client's to add. What is raw keeps its text.
        """
        if not self.headers and not self.query:
            return request
        own = {name.lower() for name, _ in self.headers} - {"cookie"}
        kept = tuple(pair for pair in request.headers if pair[0].lower() not in own)
        return replace(request, headers=(*kept, *self.headers), target=self.target(request.target))

    def target(self, target: str) -> str:
        """Return a request target with the query parameters."""
        if not self.query:
            return target
        path, _, query = target.partition("?")
        names = {name for name, _ in self.query}
        kept = [part for part in query.split("&") if part and unquote_plus(part.partition("=")[0]) not in names]
        added = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in self.query]
        return f"{path}?{'&'.join([*kept, *added])}"
