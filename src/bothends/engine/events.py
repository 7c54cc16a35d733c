"""What a run tells as it goes: typed events, in the order things happen.

    RunStarted  (BatchStarted ExchangeJudged* FindingFound* BatchFinished)*
    (InteractionVerified ExchangeJudged* FindingFound*)*
    (ScenarioPlayed ExchangeJudged* FindingFound*)*
    (Examining FindingSettled)*  RunFinished

`Aside` and `Progress` come in between, after whatever has taken its time.

`RunFinished` comes last, always: interrupted, with a dead target, or after a failure of the harness.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.engine.judge import Judged
    from bothends.engine.play import Batch, Played
    from bothends.records import Breach, Case, Condition, Delivery, Exchange, Finding, Summary


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The world listens and the target is ready.

    Attributes:
        seed: What reproduces the run's cases.
        spec: The contract's file.
        operations: Labels of the operations under test: `POST /api/route`.
        target: The target's base URL.
        launched: The command that was launched; empty when the target was running already.
    """

    seed: int
    spec: str
    operations: tuple[str, ...]
    target: str
    launched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchStarted:
    """Exchanges that share one state of the world are about to run together.

    Attributes:
        number: Counts the batches, from 1.
        given: The state of the world; empty: all is well.
        size: How many exchanges it has.
        families: The families of its cases, each once.
        operations: Their operations, each once.
        more: Whether it was not planned: it makes objects for others, or is played again.
    """

    number: int
    given: tuple[Condition, ...]
    size: int
    families: tuple[str, ...]
    operations: tuple[str, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class ExchangeJudged:
    """An exchange is over and has been judged.

    Attributes:
        exchange: All that was witnessed of it.
        breaches: The laws that it broke.
        late: Whether it was judged before, and something came late that belongs to it.
        taken: Whether it may have been refused as a value in its request was taken.
        disturbed: Whether its answer may be due to other requests that were under way.
        used_up: Whether it may have been refused for what other requests had done to its object.
        no_room: Whether it may have been refused for the state of the account that it is of.
        early: Whether it was refused before any request of its operation had succeeded.
    """

    exchange: Exchange
    breaches: tuple[Breach, ...]
    late: bool = False
    taken: bool = False
    disturbed: bool = False
    used_up: bool = False
    no_room: bool = False
    early: bool = False


@dataclass(frozen=True, slots=True)
class FindingFound:
    """A law is broken by a cause that was not seen before in this run."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class BatchFinished:
    """The world is well again.

    Attributes:
        number: The batch's number.
        exchanges: Exchanges made so far in this run.
        given: The state of the world that it had.
        families: The families of its cases, each once.
        fired: How often each state was met.
        sent: Whether the target got a request in that state; else its cases were skipped, or nobody was there.
    """

    number: int
    exchanges: int
    given: tuple[Condition, ...] = ()
    families: tuple[str, ...] = ()
    fired: Mapping[Condition, int] = field(default_factory=dict)
    sent: bool = True


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Cases were not sent, such as those behind others that the target had left unanswered for too long.

    Attributes:
        count: How many.
        families: Their families, each once; none: they are the rest of the run.
        operation: Their operation; empty: they are of several.
        fault: The sentences of the state in which they would have been sent; empty: that of a world that is well.
        why: Why they were not sent; empty: earlier ones were not answered in time.
    """

    count: int
    families: tuple[str, ...]
    operation: str = ""
    fault: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class InteractionVerified:
    """An interaction of a pact has been tried.

    Attributes:
        case: Names the pact's file and the interaction: what `--only` would be told.
        consumer: Who relies on it.
        provider: Who is held to it.
        breaches: What does not hold; none when it does, or when it could not be proven.
        played: What was played for it.
        promised: Whether a part of the world answered in the pact's words, and so played no fault.
    """

    case: Case
    consumer: str
    provider: str
    breaches: tuple[Breach, ...]
    played: tuple[Played, ...] = ()
    promised: bool = False


@dataclass(frozen=True, slots=True)
class ScenarioPlayed:
    """The target was started and ended in one of the ways that there are.

    Attributes:
        case: Names the scenario: what `--only` would be told.
        breaches: What the target itself did otherwise than it should.
        judged: Each exchange as it was judged, and each event that belongs to none, with its batch.
    """

    case: Case
    breaches: tuple[Breach, ...]
    judged: tuple[tuple[Batch, Judged | Breach], ...]


@dataclass(frozen=True, slots=True)
class Aside:
    """Something went over the wire that is no part of what is judged: nobody counts it.

    Attributes:
        exchanges: What was sent to reproduce a finding, or to make its request smaller.
        deliveries: What arrived and belongs to no request.
    """

    exchanges: tuple[Exchange, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the run has come.

    Attributes:
        done: Exchanges that were made and judged.
        total: How many there will be, as far as is known by now.
        seconds_left: How long the rest will take, as far as is known by now.
        doing: What is played: families, operation and state of the world; empty: nothing yet.
    """

    done: int
    total: int
    seconds_left: float
    doing: str = ""


@dataclass(frozen=True, slots=True)
class Examining:
    """A finding is about to be reproduced and made smaller."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class FindingSettled:
    """A finding has its smallest case, and is known to reproduce or not."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is over."""

    summary: Summary


Event = (
    RunStarted
    | BatchStarted
    | ExchangeJudged
    | FindingFound
    | BatchFinished
    | LeftOut
    | InteractionVerified
    | ScenarioPlayed
    | Aside
    | Progress
    | Examining
    | FindingSettled
    | RunFinished
)
