"""What `bothends.toml` says, as records. Reading the file is `settings_file`'s work."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bothends.contract.tables import Setup
from bothends.documents import DocumentFolders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.tables import HeaderValue, SessionSettings, Signature
    from bothends.contract.terms import DeliveryTerms


LEAST_JUDGED_TIME_LIMIT_MS = 10_000


FAULTS_AT_ONCE = 4
"""Faults of an ingest that are under way at once, where the settings do not say."""

ANSWER_BYTES = 1 << 20
"""How much of a body is read unless the settings say otherwise."""
MOST_ANSWER_BYTES = 256 << 20
"""The most that a run may be asked to read of each body; a batch may hold as many of them as it has requests."""
SETUP_SECONDS = 60.0
SETUP_QUIET_MS = 1000


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """The `[target]` table.

    Attributes:
        command: Program and arguments; empty when there is none to launch.
        cwd: Working directory; relative to the settings file.
        env: Environment variables; values can contain `{port}`, `{world.settings}`, `{lane}`, `{lane.dir}`,
            `{target.state}` and so on.
        ready: Path that answers when the target is ready; None: ready when the port accepts connections.
        url: Base URL of a running target; None: bothends launches the command.
        base_path: Path before each path of the contract, such as `/v1`; None: that of `url`, else of
            the spec's `servers`.
        isolated: Whether copies of the target share nothing, so that several may run at the same time: in lanes, in
            other runs, and beside those that are started and stopped. Otherwise there is one process at a time.
        faults_at_once: How many faults of an ingest that hold a connection are under way at once, each for the
            deliveries of one request, and twelve times as many of others.
        guarantees: What it guarantees beyond what every target must do: keys of `GUARANTEES`.
        time_limit_ms: Time limit for an answer (T_max), milliseconds; None: 4 times the upstream timeout plus 1 s, at
            least 10 s.
        answer_limit_bytes: Maximum size of a body that is read and checked against its schema, bytes.
        start_within_s: Time limit for the start, until the target is ready, seconds; None: 30, or 3 for a running
            target.
        setup: A command, or a list of HTTP requests, that prepares the target after each start and before any case.
        setup_headers: Headers of each setup request, as in its `headers`, which win; one with `{setup.NAME}` is sent
            once that is known.
        setup_once: Whether setup runs only after the first start, because the target keeps its state.
        keeps_state: What acknowledged writes survive: a `stop` or a `kill`; None: neither is promised.
        setup_within_s: Time limit for the whole setup, seconds.
        setup_quiet_ms: How long no event must arrive after setup, until the first case starts, milliseconds.
        secrets: More values that no answer, event or upstream call may contain, such as `{setup.token}`.
        watch: Files and folders of the target's code, or patterns of them, relative to the settings file, for
            `verify --watch`; None: the folder `cwd`.
        file: Where the table is, for messages; None: in no file.
        env_of_call: Names of the variables from the command line, not from the file.
    """

    command: tuple[str, ...] = ()
    cwd: Path = Path()
    env: Mapping[str, str] = field(default_factory=dict)
    ready: str | None = None
    url: str | None = None
    base_path: str | None = None
    isolated: bool = False
    faults_at_once: int = FAULTS_AT_ONCE
    guarantees: frozenset[str] = frozenset()
    time_limit_ms: int | None = None
    answer_limit_bytes: int = ANSWER_BYTES
    start_within_s: float | None = None
    setup: Setup = field(default_factory=Setup)
    setup_headers: Mapping[str, HeaderValue] = field(default_factory=dict)
    setup_once: bool = False
    keeps_state: Literal["stop", "kill"] | None = None
    setup_within_s: float = SETUP_SECONDS
    setup_quiet_ms: int = SETUP_QUIET_MS
    secrets: tuple[str, ...] = ()
    watch: tuple[str, ...] | None = None
    file: Path | None = field(default=None, compare=False)
    env_of_call: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class UpstreamSettings:
    """One `[world.upstreams.<name>]` table.

    Attributes:
        name: The upstream's name.
        method: HTTP method that the target calls it with.
        path: Path that the target calls.
        answer: JSON reference to the schema of its answer, `openapi.yaml#/components/schemas/…` or `#/…`.
        port: Port that the service listens on; None: a free port.
        session: Whether the target may forward the caller's session cookie to the upstream; None: either is right.
        values: Texts in its answers, by JSON pointer, such as `"/webhook" = "{world.hooks}/{call}"`: with
            `{world.NAME}`, `{request.query.NAME}`, `{request.header.NAME}` of the call, and `{call}`, which differs
            from call to call.
        about: Whom a call is about, such as `"request.query.of" = "session.name"`: what a call about another caller is
            answered is none of this caller's.
    """

    name: str
    method: str
    path: str
    answer: str
    port: int | None = None
    session: bool | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """One `[world.ingests.<name>]` table; `[world.ingest]` is the one that is named `ingest`.

    Attributes:
        kind: `inngest`, `webhook`, or the kind of a package: its name or `module:Class`.
        event_key: The key in the event's URL; None: a new one for each run of a launched target.
        port: Port that the service listens on; None: a free port.
        path: Path of the base URL, such as `/inngest`, which the target must keep; empty: no path.
        receives: Names of the callbacks that arrive at this ingest, even if their URL comes from the request.
        callback_path: `own`: the callback URL in each request has its own path; `fixed`: all requests have the same
            callback URL.
        signature: How the target signs what it sends: `standard-webhooks`, `stripe`, `github`, or the kind of a
            package; or a table with `kind` and more keys. Without `kind`, the table describes the signature.
        stands_for: Beginning of fixed URLs in the spec, such as `https://hooks.example.com`, that this ingest replaces.
        tls: Whether it is served over HTTPS: `{world.ca}` is the file of the authority.
        own: The keys of its kind.
    """

    kind: str = "inngest"
    event_key: str | None = None
    port: int | None = None
    path: str = ""
    receives: tuple[str, ...] = ()
    callback_path: Literal["own", "fixed"] = "own"
    signature: Signature | None = None
    tls: bool = False
    stands_for: str = ""
    own: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallbackSettings:
    """One `[callbacks.<name>]` table.

    Attributes:
        delivery: The delivery guarantee of the deployment for this event; None: no guarantee.
    """

    delivery: DeliveryTerms | None = None


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """The `[world]` table.

    Attributes:
        host: Address that the services of the world listen on.
        upstream_timeout_ms: The target's timeout for an upstream, retries included, milliseconds.
        states_timeout: Whether the file says so, and it is no assumption.
        session: How callers are signed in where a single scheme is asked for; None: there is no such table.
        sessions: How callers are signed in, by security scheme, that of `session` among them once the spec is read.
        upstreams: Each upstream by its name, in the file's order.
        ingests: Where events go, each ingest by its name, in the file's order.
        file: Where the table is, for messages; None: in no file.
    """

    host: str = "127.0.0.1"
    upstream_timeout_ms: int = 1000
    states_timeout: bool = False
    session: SessionSettings | None = None
    sessions: Mapping[str, SessionSettings] = field(default_factory=dict)
    upstreams: Mapping[str, UpstreamSettings] = field(default_factory=dict)
    ingests: Mapping[str, IngestSettings] = field(default_factory=dict)
    file: Path | None = field(default=None, compare=False)

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of what a target calls: the upstreams and the ingests."""
        return (*self.upstreams, *self.ingests)

    @property
    def places(self) -> frozenset[str]:
        """`host:port` of what a target calls, as far as the file gives the ports: a request may have it in it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        ports = [each.port for each in self.upstreams.values()] + [each.port for each in self.ingests.values()]
        return frozenset(f"{host}:{port}" for port in ports if port)

    @property
    def named_ports(self) -> tuple[int, ...]:
        """The ports that the file names: only one world at a time can have them."""
        tables = [table.port for table in self.upstreams.values()] + [table.port for table in self.ingests.values()]
        services = [each.table.values.get("port") for each in self.session_services.values()]
        return tuple(port for port in (*tables, *services) if port)

    @property
    def session_services(self) -> Mapping[str, SessionSettings]:
        """The sessions with a service of their own, such as a key set, by the name of that service."""
        single = {} if self.session is None else {"session": self.session}
        return {name: each for name, each in {**single, **self.sessions_by_scheme}.items() if each.serves}

    def schemes_of(self, session: SessionSettings) -> frozenset[str]:
        """Return the names of the security schemes that the table of a session plays."""
        return frozenset(name for name, each in self.sessions.items() if each.table is session.table)

    @property
    def sessions_by_scheme(self) -> Mapping[str, SessionSettings]:
        """The sessions that have a table for their scheme: those that `session` does not play."""
        single = None if self.session is None else self.session.table
        return {name: each for name, each in self.sessions.items() if each.table is not single}


@dataclass(frozen=True, slots=True)
class LintSettings:
    """The `[lint]` table.

    Attributes:
        off: Rules that are switched off, each with the reason.
    """

    off: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """All of `bothends.toml`.

    Attributes:
        file: The file that was read.
        spec: The OpenAPI document: a file, or a URL of this machine at which the target serves it; `{port}` in it is
            the target's.
        spec_headers: Headers of the request for the spec that a URL names, as those of setup; one with `{setup.NAME}`
            has the spec asked for after setup.
        spec_url: The URL that `spec` names, which then is the copy that is kept; empty: it names a file.
        operations: The operations under test: names (operationId), `METHOD /path`, or patterns of them; None: those
            that have a callback, x-sends, x-given or a pact, and with them those that have x-needs or x-transitions;
            where none has, all.
        pacts: The folder of pacts; None when there is none.
        target: The `[target]` table.
        world: The `[world]` table.
        coverage_threshold: Minimum contract coverage of a whole run, percent; below it the run is not proven; None: no
            minimum.
        known_findings: The file of findings that you accept for now; None: `known-findings.toml` beside this file, if
            it exists.
        formats: `assert` checks each `format` in requests and answers, `annotate` does not.
        strict_statuses: Whether the spec must declare each status, even a refusal that any server may send.
        callbacks: Each `[callbacks.<name>]` table by its name.
        overlays: Overlays of the document, version 1.0, in the order in which they are applied.
        workflows: Arazzo documents, version 1.0, whose workflows show how objects are made; None: `arazzo.yaml` beside
            the spec, if it exists, and the one named as the spec, such as `orders.arazzo.yaml`.
        documents: Where references of the document may lead, beside its folder.
        lint: The `[lint]` table.
        plugins: Python files, relative to the settings file, and modules; they add laws, faults, session states,
            families of cases and reports.
    """

    file: Path
    spec: Path
    spec_headers: Mapping[str, HeaderValue] = field(default_factory=dict)
    spec_url: str = ""
    pacts: Path | None = None
    target: TargetSettings = field(default_factory=TargetSettings)
    world: WorldSettings = field(default_factory=WorldSettings)
    coverage_threshold: float | None = None
    known_findings: Path | None = None
    formats: str = "annotate"
    strict_statuses: bool = False
    callbacks: Mapping[str, CallbackSettings] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()
    operations: tuple[str, ...] | None = None
    overlays: tuple[Path, ...] = ()
    workflows: tuple[Path, ...] | None = None
    documents: DocumentFolders = field(default_factory=DocumentFolders)
    lint: LintSettings = field(default_factory=LintSettings)

    @property
    def spec_named(self) -> str:
        """What a person knows the spec by: the file; or the URL, and the copy that has its lines."""
        return f"{self.spec_url} (kept as {self.spec})" if self.spec_url else str(self.spec)

    @property
    def knows_timeout(self) -> bool:
        """Whether the target's timeout for an upstream is known: the file states it, or the target is told.

        Where it is not, an answer that comes late may be a success or a failure: many clients wait for five seconds.
        """
        told = (*self.target.env.values(), *self.target.command)
        return self.world.states_timeout or any("{world.upstream_timeout_ms}" in text for text in told)

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

        Time that a busy machine takes from the target is measured, and does not count.
        """
        asked = self.target.time_limit_ms
        return self.time_limit_ms if asked is None else asked


# What a target may guarantee beyond what the contract, an RFC or the ingest demands of all targets.
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
ISOLATES_FAULTS = "isolates_faults"
ALL_OR_NOTHING = "all_or_nothing"

GUARANTEES: Mapping[str, str] = {
    DRAINS: "in-flight requests complete after SIGTERM, with any declared answer",
    SERVES_IN_FLIGHT: "in-flight requests complete after SIGTERM as without it, even if the client disconnected",
    NEEDS_ALL: "the target does not start without the session secret, or without the event key",
    REFUSES_FIRST: "the target calls no upstream for a request that it refuses",
    EXACT_ACKNOWLEDGEMENT: "only the response that the callback declares counts as an acknowledgement",
    EXACT_ADDRESS: "event URLs keep the path of the ingest's base URL, and any event key is one path segment",
    EXACT_PATH: "only the exact path is served: no trailing slash, no other case",
    UTF8_ONLY: "a body that is not UTF-8 is refused, whatever charset its media type names",
    ANSWERS_HALF_CLOSED: "a client that half-closes the connection after a whole request gets its answer",
    RETRIES_CLOSED: "an upstream call is retried if the idle connection was closed meanwhile",
    KEEPS_NO_COOKIES: "no cookie that an upstream sets is sent back to it: callers would share the cookie",
    REUSES_CONNECTIONS: "connections to upstreams are reused or closed: idle ones do not accumulate",
    ISOLATES_FAULTS: "a fault that an ingest has for one request changes nothing for any other request",
    ALL_OR_NOTHING: "a request that is refused, or that fails, changes nothing that can be read of its object",
}
"""Each guarantee, and what the target guarantees, as a clause."""
