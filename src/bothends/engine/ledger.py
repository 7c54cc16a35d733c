"""Keeps count of a run: which answers were seen, which faults were met, what was not proven."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bothends.laws import Broken
from bothends.laws.run import reachable_answer
from bothends.records import Answer, AnswerTally, Cause, NotProven

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from bothends.contract import DeclaredAnswer, Operation
    from bothends.engine.player import Played
    from bothends.records import Breach, Exchange


class Ledger:
    """Counts exchanges; its size does not grow with their number."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        """Open an account for each declared answer.

        Args:
            operations: The operations under test.
        """
        self._operations = {operation.id: operation for operation in operations}
        self._seen: Counter[tuple[str, str]] = Counter()
        self._cases: Counter[tuple[str, str]] = Counter()
        self._fired: Counter[str] = Counter()
        self._planned: dict[str, None] = {}
        self._left_out: Counter[str] = Counter()
        self._cut: Counter[int] = Counter()
        self.exchanges = 0
        self.successes = 0
        self.out_of_time = 0
        self.unexplained = 0

    def note(self, exchange: Exchange) -> None:
        """Count an exchange."""
        self.exchanges += 1
        operation = self._operations[exchange.case.operation]
        if exchange.case.request.method != operation.method:
            return
        if exchange.case.manner and exchange.case.expect.any_answer:
            return  # the answer may be the HTTP library's, and not the operation's own
        # A class such as 5XX is one answer, however many of its statuses are right. A case for which
        # several answers are right is counted for none: it was to bring about no one of them.
        wanted = {a.status for s in exchange.case.expect.statuses if (a := operation.answer_for(s)) is not None}
        if len(wanted) == 1:
            self._cases[operation.id, wanted.pop()] += 1
        answer = exchange.answer
        if isinstance(answer, Answer):
            declared = operation.answer_for(answer.status)
            if declared is not None:
                self._seen[operation.id, declared.status] += 1
            owed = any(event.when is not None and event.when.owed for event in operation.events)
            both_ends = not owed or any(d.acknowledged for d in exchange.deliveries)
            if answer.success and both_ends:
                self.successes += 1
            if declared is not None and declared.content and answer.size > len(answer.body):
                self._cut[answer.status] += 1

    def note_faults(self, played: Played) -> None:
        """Count the faults that a wave planned, those that were met, and its cases that were left out."""
        if played.left_out:
            self._left_out[", ".join(played.wave.families)] += played.left_out
        for sentence in played.wave.given:
            self._planned.setdefault(sentence)
            self._fired[sentence] += played.fired.get(sentence, 0)

    def answers(self) -> tuple[AnswerTally, ...]:
        """Return each declared answer with how often it was brought about."""
        return tuple(
            AnswerTally(
                operation.id,
                declared.status,
                _family(declared, operation),
                self._cases[operation.id, declared.status],
                self._seen[operation.id, declared.status],
            )
            for operation in self._operations.values()
            for declared in operation.answers
        )

    def not_proven(self, *, whole: bool, silent: Collection[str] = ()) -> list[NotProven]:
        """Return what the run was to show and did not.

        Args:
            silent: Ingests at which nothing ever arrived: their callbacks say so, and not each of their faults.
            whole: Whether the run had all the cases there are; else answers that were not seen are
                no omission.
        """
        quiet = tuple(f"the {name} " for name in silent)
        missing = [
            NotProven(f"state: {sentence}", "The target never met it: no call was made while the world was so.")
            for sentence in self._planned
            if not self._fired[sentence] and not sentence.startswith(quiet)
        ]
        missing.extend(
            NotProven(f"{count} cases of {families}", "They were left out, as none of those before them was answered.")
            for families, count in self._left_out.items()
        )
        missing.extend(
            NotProven(
                f"answer {status}",
                f"{count} of its bodies were longer than bothends reads, and so not held against the schema.",
            )
            for status, count in sorted(self._cut.items())
        )
        if self.out_of_time:
            why = "said that time had run out, though the world was in time: this machine is too busy to tell why."
            missing.append(NotProven("time", f"{self.out_of_time} answers {why}"))
        if self.exchanges and not self.successes:
            missing.append(NotProven("success", "No exchange succeeded at both ends, so nothing was compared."))
        if not self.exchanges:
            missing.append(NotProven("anything", "No exchange was made."))
        if whole and self.exchanges:
            missing.extend(self._unseen())
        return missing

    def _unseen(self) -> Iterable[NotProven]:
        for tally in self.answers():
            if tally.family and not tally.seen:
                yield NotProven(
                    f"answer {tally.status}",
                    f"The contract gives it for {tally.family}; {tally.cases} cases did not bring it about."
                    if tally.cases
                    else f"The contract gives it for {tally.family}, of which there was no case.",
                )

    def unreachable(self) -> list[Breach]:
        """Return warnings of declared answers that no `x-given` brings about, and that were not seen."""
        return [
            reachable_answer.LAW.breach(
                Broken(
                    cause=Cause("unreachable", location=tally.operation, status=tally.status),
                    summary=f"Nothing brings about the declared answer {tally.status} of {tally.operation}.",
                    expected="an `x-given` on the response that names the family of conditions",
                    actual="no `x-given`, and the answer was never seen",
                )
            )
            for tally in self.answers()
            if not tally.family and not tally.seen and tally.status.isdigit()
        ]


def _family(declared: DeclaredAnswer, operation: Operation) -> str:
    if declared.given is not None:
        return declared.given.family
    if declared.status.isdigit() and int(declared.status) in operation.success_statuses:
        return "success"
    return ""
