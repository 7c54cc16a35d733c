"""Says what a whole run has not looked at, though the contract declares it: what is left out is never proven.

It goes by what was sent and what arrived, and not by what was planned: a plan that forgets something is no excuse.
What never came at all (a callback, an answer) is reported where it is counted; here stands what did come, and was not
tested, and the upstreams that were never called.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.cases import plain_cases, upstreams_of
from bothends.contract.families import UPSTREAM_FAMILIES
from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence.joining import Joined
from bothends.laws.own_values import OWN, UNKNOWN, own_value
from bothends.records import NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from bothends.contract import Contract, EventContract, Operation
    from bothends.contract.security import Requirement, SchemeUse
    from bothends.engine.events import Event
    from bothends.records import AnswerTally, Credential, Exchange


class LookedAt(Joined):
    """Takes exchanges as they are judged; its size does not grow with their number."""

    STATE: ClassVar[Mapping[str, Any]] = {
        "_families": set[tuple[str, str]],
        "_faults": set[tuple[str, str, str]],
        "_compared": dict[tuple[str, str], set[str]],
        "_arrived": Counter[tuple[str, str]],
        "_nobody": set[str],
        "_nobody_let_in": set[str],
        "_let_in": set[tuple[str, tuple[str, ...]]],
        "_left_out": set[tuple[str, tuple[str, ...], str]],
        "_invalid_schemes": set[tuple[str, tuple[str, ...], str]],
    }

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing looked at."""
        self._contract = contract
        self._operations = {operation.id: operation for operation in contract.operations}
        self._families: set[tuple[str, str]] = set()
        self._faults: set[tuple[str, str, str]] = set()
        self._compared: dict[tuple[str, str], set[str]] = {}
        self._arrived: Counter[tuple[str, str]] = Counter()
        self._nobody: set[str] = set()
        self._nobody_let_in: set[str] = set()
        self._let_in: set[tuple[str, tuple[str, ...]]] = set()
        self._left_out: set[tuple[str, tuple[str, ...], str]] = set()
        self._invalid_schemes: set[tuple[str, tuple[str, ...], str]] = set()

    def handle(self, event: Event) -> None:
        """Take one event of a run."""
        if isinstance(event, ExchangeJudged):
            self.note(event.exchange)

    def note(self, exchange: Exchange) -> None:
        """Take an exchange; one that was judged before is looked at for what came late."""
        operation, case = self._operations[exchange.case.operation], exchange.case
        self._families.add((operation.id, case.family))
        self._faults.update((operation.id, case.family, condition.subject) for condition in case.of_the_world)
        self._note_values(operation, exchange)
        # An unusual request may be refused, or accepted, before its credential is checked.
        if exchange.credential is not None and case.request.method == operation.method and not case.expect.any_answer:
            self._note_caller(operation, exchange, exchange.credential)

    def not_proven(
        self, answers: Iterable[AnswerTally], *, quiet: Collection[str] = (), hopeless: Collection[str] = ()
    ) -> Iterator[NotProven]:
        """Yield what a whole run has not looked at.

        Args:
            answers: Each declared answer, and how often it was seen: one that never was is reported elsewhere.
            quiet: The upstreams that were never called, and the ingests at which nothing arrived: likewise.
            hopeless: Operations of which no valid request has succeeded: likewise.
        """
        for operation in self._contract.operations:
            yield from self._of_sign_in(operation)
            for event in operation.events:
                yield from self._of_values(operation, event)
        told: set[tuple[str, str]] = set()
        for tally in answers:
            operation = self._operations[tally.operation]
            if not tally.family or not tally.seen or operation.security.unplayable or operation.id in hopeless:
                continue
            if tally.family not in UPSTREAM_FAMILIES:
                if (operation.id, tally.family) not in told:
                    yield from self._of_family(operation, tally)
                told.add((operation.id, tally.family))
                continue
            names = [name for name in upstreams_of(self._contract, operation) if name not in quiet]
            yield from self._of_faults(operation, tally, names)

    def _note_values(self, operation: Operation, exchange: Exchange) -> None:
        """Take note of the sources with which a value of an event was compared."""
        if exchange.guessed:
            return  # it may be another one's, with whose sources nothing was compared
        for event in operation.events:
            key = (operation.id, event.name)
            deliveries = [d for d in exchange.deliveries if d.callback == event.name and d.content is not None]
            self._arrived[key] += len(deliveries)
            compared = self._compared.setdefault(key, set())
            if compared.issuperset(event.walk.texts):
                continue
            for delivery in deliveries:
                for claim in event.provenance(delivery.content):
                    source = claim.source
                    held = source.kind in OWN
                    if not held or own_value(source, exchange, operation, like=claim.value) is not UNKNOWN:
                        compared.add(source.text)

    def _note_caller(self, operation: Operation, exchange: Exchange, shown: Credential) -> None:
        key = (operation.id, shown.schemes)
        if shown.right is False and not shown.schemes:
            self._nobody.add(operation.id)
        if exchange.succeeded:
            if not shown.schemes:
                self._nobody_let_in.add(operation.id)
            elif shown.right:
                self._let_in.add(key)
        self._left_out.update((*key, scheme) for scheme in shown.left_out)
        self._invalid_schemes.update((*key, scheme) for scheme in shown.invalid_schemes)

    def _of_sign_in(self, operation: Operation) -> Iterator[NotProven]:
        security = operation.security
        if not security.alternatives:
            return
        anybody = any(name == operation.id for name, _ in self._let_in)
        if operation.id not in self._nobody:
            yield NotProven(
                f"sign-in of {operation.id}",
                "No request without a credential was sent, so it was not tested that one is refused.",
                where=self._at(security.pointer),
                weight=Weight.SIGN_IN,
            )
        elif anybody and security.optional and operation.id not in self._nobody_let_in:
            yield NotProven(
                f"sign-in of {operation.id}",
                "Sign-in is optional, but no request without a credential succeeded.",
                where=self._at(next(each.pointer for each in security.alternatives if not each.members)),
                weight=Weight.SIGN_IN,
            )
        for requirement in security.played:
            if anybody and (operation.id, requirement.schemes) not in self._let_in:
                yield NotProven(
                    f"sign-in by {_named(requirement)}",
                    f"No request to {operation.id} with this sign-in succeeded.",
                    where=self._at(requirement.pointer),
                    weight=Weight.SIGN_IN,
                )
            for member in requirement.members:
                yield from self._of_member(operation, requirement, member)

    def _of_member(self, operation: Operation, requirement: Requirement, member: SchemeUse) -> Iterator[NotProven]:
        scheme = member.scheme.name
        others = set(requirement.schemes) - {scheme}
        if operation.security.of_callers.lets_in(others):
            return  # what is left is enough by another alternative
        tried = (operation.id, requirement.schemes, scheme)
        beside = f" and with a valid one for {' and '.join(sorted(others))}" if others else ""
        if others and tried not in self._left_out:
            yield NotProven(
                f"sign-in by {_named(requirement)}",
                f"No request to {operation.id} was sent without the credential for {scheme}{beside}.",
                where=self._at(requirement.pointer),
                weight=Weight.SIGN_IN,
            )
        if tried not in self._invalid_schemes:
            given = member.session is not None and member.session.wrong_credentials == 0
            yield NotProven(
                f"sign-in by {_named(requirement)}",
                f"No request to {operation.id} was sent with a wrong credential for {scheme}{beside}.",
                where=self._at(requirement.pointer),
                add=f"an entry in `wrong` of [world.sessions.{scheme}]" if given else "",
                weight=Weight.SIGN_IN,
            )

    def _of_values(self, operation: Operation, event: EventContract) -> Iterator[NotProven]:
        key = (operation.id, event.name)
        if not self._arrived[key]:
            return
        for text in event.walk.texts:
            if text not in self._compared[key]:
                yield NotProven(
                    f"callback {event.name}: x-from {text}",
                    f"No value of {self._arrived[key]:,} events was compared with this source.",
                    where=str(event.location or ""),
                    weight=Weight.VALUES,
                )

    def _of_family(self, operation: Operation, tally: AnswerTally) -> Iterator[NotProven]:
        if (operation.id, tally.family) in self._families:
            return
        planned = any(case.operation == operation.id for case in plain_cases(self._contract, tally.family))
        if planned or not tally.cases:  # else no case of its own can be made, and a generated one asked for it alone
            yield NotProven(
                f"answer {tally.status}",
                f"The contract declares it for {tally.family}, but {operation.id} got no case of this family.",
                where=self._declared_at(operation, tally),
                weight=Weight.ANSWERS,
            )

    def _of_faults(self, operation: Operation, tally: AnswerTally, names: Iterable[str]) -> Iterator[NotProven]:
        given = next(each.family_rule for each in operation.answers if each.status == tally.status)
        about = None if given is None else given.upstream
        missing = [
            name for name in names if about in {None, name} and (operation.id, tally.family, name) not in self._faults
        ]
        if missing:
            yield NotProven(
                f"answer {tally.status}",
                f"The contract declares it for {tally.family}, but no case had a fault of {' or '.join(missing)}.",
                where=self._declared_at(operation, tally),
                weight=Weight.ANSWERS,
            )

    def _declared_at(self, operation: Operation, tally: AnswerTally) -> str:
        return self._at(next(each.pointer for each in operation.answers if each.status == tally.status))

    def _at(self, pointer: str) -> str:
        return str(self._contract.document.location(pointer))


def uncalled(contract: Contract, called: frozenset[str], hopeless: Collection[str] = ()) -> Iterator[NotProven]:
    """Yield the upstreams of the settings that were never called."""
    if all(operation.security.unplayable or operation.id in hopeless for operation in contract.operations):
        return  # no request can succeed: that is reported for the scheme, and the upstream calls are not checked
    for name in contract.settings.world.upstreams:
        if name not in called:
            yield NotProven(
                f"upstream {name}",
                "It was never called, so its faults were not tested.",
                where=f"{contract.settings.file} world.upstreams.{name}",
                add=f'[target.env] URL = "{{world.{name}}}"',
                weight=Weight.WORLD,
            )


def _named(requirement: Requirement) -> str:
    return " and ".join(requirement.schemes)
