"""What `bothends.toml` says, as records. Reading the file is `settings_file`'s work."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.delivery_terms import DeliveryTerms
    from bothends.errors import Location


LEAST_JUDGED_TIME_LIMIT_MS = 10_000


ANSWER_BYTES = 1 << 20
"""How much of a body is read unless the settings say otherwise."""
MOST_ANSWER_BYTES = 256 << 20
"""The most that a run may be asked to read of each body; a batch may hold as many of them as it has requests."""


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """The `[target]` table.

    Attributes:
        command: Program and arguments; empty when there is none to launch.
        cwd: Where it is started; relative to the settings file.
        env: Its environment variables; values may hold `{port}`, `{world.settings}` and so on.
        ready: Path that answers when the target is ready; None: ready when the port accepts.
        url: Base URL of a running target; None: the command is launched.
        guarantees: What it promises beyond what is demanded of all: keys of `GUARANTEES`.
        time_limit_ms: T_max, milliseconds; None: 4 times the upstream timeout and a second, and never under 10 s.
        answer_limit_bytes: How much of an answer's body is read and held against its schema, bytes.
        file: Where the table stands, for messages; None: in no file.
        env_of_call: Names of the variables that are the call's and not the file's.
    """

    command: tuple[str, ...] = ()
    cwd: Path = Path()
    env: Mapping[str, str] = field(default_factory=dict)
    ready: str | None = None
    url: str | None = None
    guarantees: frozenset[str] = frozenset()
    time_limit_ms: int | None = None
    answer_limit_bytes: int = ANSWER_BYTES
    file: Path | None = field(default=None, compare=False)
    env_of_call: frozenset[str] = frozenset()


Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CallerSettings:
    """What one caller shows, as the settings give it; `{env.NAME}` in it is filled in.

    Attributes:
        headers: Headers of a request.
        query: Query parameters.
        cookies: Cookies.
        identity: Who it is, as `x-from: session.user` means it; None: nobody knows.
    """

    headers: Pairs = field(default=(), repr=False)
    query: Pairs = field(default=(), repr=False)
    cookies: Pairs = field(default=(), repr=False)
    identity: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """The `[world.session]` table, or a `[world.sessions.<scheme>]` one.

    Attributes:
        kind: `next-auth-v4`, `auth-js-v5` or `static`.
        cookie: The cookie's name; of the first two kinds only, which need it.
        secret: What the sessions of these are made with; None: a fresh one, for a launched target.
        strict: Whether what the real library of these accepts, and a sane contract would not, is a finding.
        callers: What each caller shows: `headers`, `query`, `cookies` and `identity`, with `{env.NAME}` for a
            variable; of `static` only, which needs one, and two to see that callers are not confused.
        wrong: The same for credentials that no right target takes, of `static` only; None: a right one whose letters
            and digits are changed.
        location: Where the table stands.
    """

    kind: str
    cookie: str = ""
    secret: str | None = field(default=None, repr=False)
    strict: bool = False
    callers: tuple[CallerSettings, ...] = ()
    wrong: tuple[CallerSettings, ...] | None = None
    location: Location | None = field(default=None, compare=False)

    @property
    def mints(self) -> bool:
        """Whether there are as many callers as exchanges: none of them is given."""
        return not self.callers


@dataclass(frozen=True, slots=True)
class UpstreamSettings:
    """One `[world.upstreams.<name>]` table.

    Attributes:
        name: The upstream's name.
        method: HTTP method that the target calls it with.
        path: Path that the target calls.
        answer: JSON reference to the schema of its answer, `openapi.yaml#/components/schemas/…` or `#/…`.
        port: Port it listens on; None: a free one.
        session: Whether the caller's session cookie may be passed on to it; None: the contract leaves that open.
    """

    name: str
    method: str
    path: str
    answer: str
    port: int | None = None
    session: bool | None = None


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """One `[world.ingests.<name>]` table; `[world.ingest]` is the one that is named `ingest`.

    Attributes:
        kind: `inngest` or `webhook`.
        event_key: The key in the event's URL; None: a fresh one, for a launched target.
        port: Port it listens on; None: a free one.
        path: Path of its base URL, such as `/inngest`, which the target has to keep; empty when there is none.
        receives: Names of the callbacks that arrive here, also where their URL comes from the request.
        callback_path: `own`: a URL that is put into a request has a path of its own; `fixed`: it is the same in all.
    """

    kind: str = "inngest"
    event_key: str | None = None
    port: int | None = None
    path: str = ""
    receives: tuple[str, ...] = ()
    callback_path: Literal["own", "fixed"] = "own"


@dataclass(frozen=True, slots=True)
class CallbackSettings:
    """One `[callbacks.<name>]` table.

    Attributes:
        delivery: What the deployment promises of the delivery of its event; None: nothing.
    """

    delivery: DeliveryTerms | None = None


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """The `[world]` table.

    Attributes:
        host: Address that the world listens on.
        upstream_timeout_ms: How long the target waits for an upstream, retries included.
        session: How callers are signed in where a single scheme is asked for; None: there is no such table.
        sessions: How callers are signed in, by security scheme, that of `session` among them once the spec is read.
        upstreams: Each upstream by its name, in the file's order.
        ingests: Where events go, each ingest by its name, in the file's order.
        file: Where the table stands, for messages; None: in no file.
    """

    host: str = "127.0.0.1"
    upstream_timeout_ms: int = 1000
    session: SessionSettings | None = None
    sessions: Mapping[str, SessionSettings] = field(default_factory=dict)
    upstreams: Mapping[str, UpstreamSettings] = field(default_factory=dict)
    ingests: Mapping[str, IngestSettings] = field(default_factory=dict)
    file: Path | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """All of `bothends.toml`.

    Attributes:
        file: The file that was read.
        spec: The OpenAPI document.
        pacts: The folder of pacts; None when there is none.
        target: The `[target]` table.
        world: The `[world]` table.
        coverage_threshold: The least part of the contract that a whole run must see, percent; None: any.
        known_findings: The file of findings that are lived with; None: `known-findings.toml` beside the file,
            where there is one.
        formats: `annotate`, or `assert`: then `format` is held against what is sent and against what is answered.
        strict_statuses: Whether each status must be declared, of a refusal that any server may give as well.
        callbacks: Each `[callbacks.<name>]` table by its name.
        plugins: Python files, relative to the settings file, and modules that add laws, faults, session states,
            families of cases and reports.
    """

    file: Path
    spec: Path
    pacts: Path | None = None
    target: TargetSettings = field(default_factory=TargetSettings)
    world: WorldSettings = field(default_factory=WorldSettings)
    coverage_threshold: float | None = None
    known_findings: Path | None = None
    formats: str = "annotate"
    strict_statuses: bool = False
    callbacks: Mapping[str, CallbackSettings] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()

    @property
    def time_limit_ms(self) -> int:
        """How long an answer is waited for, milliseconds: what the file says, or 4 times the upstream timeout
        and a second; never under 10 s, so that what comes late is still seen.
        """  # noqa: D205 -- one sentence
        asked = self.target.time_limit_ms
        return max(
            asked if asked is not None else 4 * self.world.upstream_timeout_ms + 1000, LEAST_JUDGED_TIME_LIMIT_MS
        )

    @property
    def judged_time_limit_ms(self) -> int:
        """T_max as a run judges it, milliseconds: what the file says, if it does; else as long as is waited.

        What the machine takes from the target is measured, and held against nobody.
        """
        asked = self.target.time_limit_ms
        return self.time_limit_ms if asked is None else asked


# What a target may promise beyond what the contract, an RFC or the ingest demands of all: it is held to it.
#
# Each is a flag of the `[target]` table. A team that has hardened its endpoint makes what correct targets differ in
# a part of its contract; nobody else is accused by it.

DRAINS = "drains"
SERVES_IN_FLIGHT = "serves_in_flight"
NEEDS_ALL = "needs_all"
REFUSES_FIRST = "refuses_first"
EXACT_ACKNOWLEDGEMENT = "exact_acknowledgement"
EXACT_ADDRESS = "exact_address"
EXACT_PATH = "exact_path"
UTF8_ONLY = "utf8_only"
ANSWERS_HALF_CLOSED = "answers_half_closed"
RETRIES_CLOSED = "retries_closed"
KEEPS_NO_COOKIES = "keeps_no_cookies"
REUSES_CONNECTIONS = "reuses_connections"

GUARANTEES: Mapping[str, str] = {
    DRAINS: "to finish what is in flight at SIGTERM, with any declared answer",
    SERVES_IN_FLIGHT: "to serve what is in flight at SIGTERM as if it had not come, those requests too whose client "
    "has gone",
    NEEDS_ALL: "not to start without the session secret, or without the event key",
    REFUSES_FIRST: "to call nothing upstream for a request that it refuses",
    EXACT_ACKNOWLEDGEMENT: "to take nothing for an acknowledgement but what the contract's callback declares",
    EXACT_ADDRESS: "to keep the path of the ingest's base URL, and to write any event key as one segment of a path",
    EXACT_PATH: "to execute nothing but the path as it is written: no trailing slash, no other case",
    UTF8_ONLY: "to refuse a body that is not UTF-8, whatever charset its media type names",
    ANSWERS_HALF_CLOSED: "to answer a client that has closed its half of the connection after a whole request",
    RETRIES_CLOSED: "to try again when a kept connection to an upstream turns out to have been closed meanwhile",
    KEEPS_NO_COOKIES: "to send no cookie back to an upstream that has set one: its callers would share it",
    REUSES_CONNECTIONS: "to use a connection to an upstream again, or to close it: idle ones do not build up",
}
"""Each promise, and what is promised."""
