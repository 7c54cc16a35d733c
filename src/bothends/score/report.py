"""What a score says, as text and as JSON: how much is noticed, and what would close what is not.

All that comes from a target is made harmless, and no secret is written: texts are hidden before they are cut.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bothends.contract.settings import read_known_survivors
from bothends.records import MISSING, count_of
from bothends.reports import Appendix, Band, Cell, Entry, Field, Line, Redactor, Row, Table, Tone, cookies_of, escape
from bothends.score.closing import Closings
from bothends.score.lie import Place, Side
from bothends.score.operators import all_operators
from bothends.score.scoring import Fate, Scoring, covers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bothends.contract import Contract
    from bothends.records import KnownSurvivor
    from bothends.score.closing import Closing
    from bothends.score.lie import Lie
    from bothends.score.recorded import Recording
    from bothends.score.scoring import Score, Survivor, Tally

MOST_SHOWN = 10
"""What would close most is shown, and no more than that: a list without end is none to work with."""
_LONGEST = 100
"""Characters of a value that are shown in one line."""


def redactor_of(recording: Recording) -> Redactor:
    """Return what takes the secrets of a recording out of texts."""
    secrets: dict[str, None] = {}
    for recorded in recording:
        secrets |= dict.fromkeys((*recorded.context.secrets, *cookies_of(recorded.exchange)))
    return Redactor(secrets)


class ScoreReport:
    """A score with what would close its survivors, ready to be shown.

    Attributes:
        score: The score.
        closings: What would close survivors, the most useful first.
    """

    def __init__(  # noqa: PLR0913 -- all that is shown
        self,
        score: Score,
        closings: Sequence[Closing],
        without: Sequence[Survivor],
        redactor: Redactor,
        unscored: Sequence[Place] = (),
        *,
        known: Sequence[KnownSurvivor] = (),
        proven: bool = True,
    ) -> None:
        """Take what is shown.

        Args:
            score: The score.
            closings: What would close survivors, the most useful first.
            without: The survivors for which a contract has no words.
            redactor: Takes secrets out.
            unscored: The answers and callbacks of the contract of which no lie was told.
            known: The survivors that are accepted, or were until their day.
            proven: Whether the run was that has recorded the exchanges.
        """
        self.score = score
        self.closings = closings
        self._without = without
        self._redactor = redactor
        self._unscored = unscored
        self._known = known
        self._proven = proven

    @classmethod
    def of(cls, recording: Recording, *, proven: bool = True) -> ScoreReport:
        """Return the score of a recording, with what would close its survivors.

        Raises:
            ContractError: The spec can't be read any more.
            LawCrashedError: A law raised.
        """
        contract = recording.contract
        known = read_known_survivors(contract.settings, [one.name for one in all_operators()])
        today = datetime.now(tz=UTC).date()
        score = Scoring(recording, accepted=[one for one in known if one.expires >= today]).score()
        closings, without = Closings(contract, recording).of(score)
        unscored = list(_unscored(contract, score))
        return cls(score, closings, without, redactor_of(recording), unscored, known=known, proven=proven)

    # For programs.

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        score = self.score
        made = {
            "percent": round(score.percent, 2),
            "noticed": score.noticed,
            "counted": score.counted,
            "told": score.told,
            "records": score.records,
            "passed_over": score.passed_over,
            "alike": score.alike,
            "left": score.left,
            "proven": self._proven,
            "unscored": [_place(place) for place in self._unscored],
            "operators": list(self._operators()),
            "places": [{**_place(place), **_counts(tally)} for place, tally in sorted(self._places().items())],
            "closings": [self._closing(one) for one in self.closings],
            "without_words": [self._survivor(one) for one in self._without],
            "accepted": [{**self._survivor(one), "said": self._reason(one)} for one in score.accepted],
            "wordless": [{**self._survivor(one), "said": one.shown.lie.wordless} for one in score.wordless],
            "open": [{**self._survivor(one), "said": one.shown.lie.said} for one in score.left_open],
        }
        shown: dict[str, Any] = self._hidden(made)
        return shown

    def _hidden(self, value: Any) -> Any:
        """Return a value with no secret in it; lists are whole, as nothing of a target is as long."""
        if isinstance(value, dict):
            return {self._redactor.text(name): self._hidden(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._hidden(each) for each in value]
        return self._redactor.value(value)

    def _operators(self) -> Iterator[dict[str, Any]]:
        sums: dict[str, Counter[str]] = {}
        for (name, _), tally in self.score.tallies.items():
            sums.setdefault(name, Counter()).update(_counts(tally))
        for operator in all_operators():
            if operator.name in sums:
                counts = {key: sums[operator.name][key] for key in _COUNTS}
                yield {"name": operator.name, "about": operator.about, "side": str(operator.side), **counts}

    def _places(self) -> dict[Any, Tally]:
        found: dict[Any, Tally] = {}
        for (_, place), tally in self.score.tallies.items():
            known = found.get(place)
            found[place] = tally if known is None else known.plus(tally)
        return found

    def _closing(self, closing: Closing) -> dict[str, Any]:
        return {
            "file": str(closing.where.file),
            "line": closing.where.line,
            "pointer": closing.where.pointer,
            "action": closing.action,
            "setting": dict(closing.update) if closing.setting else None,
            "about": closing.about,
            "closes": closing.closes,
            "survivors": [self._survivor(one) for one in closing.survivors],
        }

    def _survivor(self, survivor: Survivor) -> dict[str, Any]:
        return {
            "operator": survivor.operator.name,
            **_place(survivor.place),
            "change": self._change(survivor.shown.lie),
            "exchange": survivor.shown.of.exchange.number,
            "families": list(survivor.families),
            "noticed_in": list(survivor.noticed_in),
        }

    def _change(self, lie: Lie) -> str:
        if lie.becomes is MISSING:
            return self._redactor.text(lie.change)
        words = f"{self._short(lie.was)} becomes {self._short(lie.becomes)}"
        return f"{words} ({self._redactor.text(lie.change)})" if lie.change else words

    def _short(self, value: Any) -> str:
        text = json.dumps(self._redactor.value(value), ensure_ascii=False)
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

    # For people.

    def as_text(self) -> str:
        """Return it as lines of text, with nothing in it that a terminal interprets."""
        return "\n".join(map(self._harmless, self._lines())) + "\n"

    def _lines(self) -> Iterator[str]:
        yield self._first()
        if self.score.counted:
            yield ""
            yield from self._table()
        if left := list(self._left_out()):
            yield ""
            yield "Not scored:"
            yield from (f"  {line}" for line in left)
        for number, closing in enumerate(self.closings[:MOST_SHOWN], 1):
            yield ""
            yield from self._entry(number, closing)
        if more := self._more():
            yield ""
            yield more
        for head, lines in self._apart():
            yield ""
            yield f"{head}:"
            yield from (f"  {line}" for line in lines)

    def _first(self) -> str:
        score = self.score
        if not score.counted:
            return "no score: no exchange was recorded of which a lie can be told"
        # Rounded down, as is what is seen of a contract: 100 % is all.
        percent = f"{math.floor(score.percent * 10) / 10:g} %"
        return f"score: {percent}, {score.noticed:,} of {count_of(score.counted, 'lie')} noticed"

    def _more(self) -> str:
        more = self.closings[MOST_SHOWN:]
        closed = count_of(sum(one.closes for one in more), "other survivor")
        return f"{count_of(len(more), 'more line')} would close {closed}." if more else ""

    def appendix(self) -> Appendix:
        """Return it as a section of the reports of its run, with a map of the contract."""
        lines = [self._harmless(line) for line in (self._first(), self._more()) if line]
        bands: dict[str, list[Cell]] = {}
        for place, tally in sorted(self._places().items()):
            label = f"{place.operation}: {place.side} {place.subject}"
            if tally.counted:
                cell = Cell(self._harmless(place.member or "as a whole"), tally.noticed, tally.counted)
                bands.setdefault(label, []).append(cell)
        rows = tuple(
            Row((row["name"], f"{row['noticed']:,}", f"{row['counted']:,}"))
            for row in self._operators()
            if row["counted"]
        )
        entries = [self._closed(number, one) for number, one in enumerate(self.closings[:MOST_SHOWN], 1)]
        left = list(self._left_out())
        lists = [*([("Not scored", left)] if left else ()), *self._apart()]
        return Appendix(
            "Score",
            tuple(map(Line, lines)),
            "Lies noticed, by place of the contract",
            tuple(Band(self._harmless(label), tuple(cells)) for label, cells in bands.items()),
            (("Lies", Table(("lie", "noticed", "counted"), frozenset({1, 2}), rows)),),
            tuple(entries),
            tuple((head, tuple(map(self._harmless, lines))) for head, lines in lists),
        )

    def _harmless(self, text: str) -> str:
        return escape(self._redactor.text(text))

    def _closed(self, number: int, closing: Closing) -> Entry:
        head, *lines = self._entry(number, closing)
        pairs = (line.strip().partition("  ") for line in lines)
        fields = tuple(Field(label, (self._harmless(text.strip()),)) for label, _, text in pairs)
        return Entry(self._harmless(head), Tone.DOUBT, fields)

    def _left_out(self) -> Iterator[str]:
        """Yield what the score says nothing of."""
        score = self.score
        if not self._proven:
            yield "what the run has not seen: it was not proven"
        if score.passed_over:
            yield f"{count_of(score.passed_over, 'exchange')} that broke a law as recorded"
        if score.alike:
            yield f"about {count_of(score.alike, 'exchange')} more, like the {score.records:,} that lies were told of"
        if score.left:
            yield f"about {count_of(score.left, 'exchange')} with a broken message, a generated request, or in doubt"
        if self._unscored:
            yield f"never seen, or never right: {'; '.join(map(str, self._unscored))}"

    def _table(self) -> Iterator[str]:
        rows = list(self._operators())
        width = max((len(row["name"]) for row in rows), default=0)
        yield f"{'lie':<{width}}  noticed  counted"
        for row in rows:
            yield f"{row['name']:<{width}}  {row['noticed']:>7,}  {row['counted']:>7,}"

    def _entry(self, number: int, closing: Closing) -> Iterator[str]:
        first = closing.survivors[0]
        yield f"{number}. {first.operator.about}"
        yield f"   line      {closing.where}"
        if closing.setting:
            yield from (f"   add       {key} = {_toml(value)}" for key, value in closing.update.items())
        elif closing.action is not None:
            yield f"   target    {closing.target}"
            yield f"   update    {json.dumps(dict(closing.update), ensure_ascii=False)}"
        elif closing.update:
            yield f"   add       {json.dumps(dict(closing.update), ensure_ascii=False)}"
        if closing.about:
            yield f"   say       {closing.about}"
        yield f"   closes    {closing.closes}: {_some(map(_named, closing.survivors))}"
        yield f"   shown by  exchange {first.shown.of.exchange.number}: {self._change(first.shown.lie)}"

    def _apart(self) -> Iterator[tuple[str, list[str]]]:
        """Yield what would be closed by nobody knows what, and what does not count, each under its head."""
        score = self.score
        for head, survivors in (
            ("What would close these is not known", self._without),
            ("Accepted, and not counted", score.accepted),
            ("Not counted, as no contract has words for this", score.wordless),
            ("Not counted, as the contract or a standard leaves it open", score.left_open),
        ):
            if survivors:
                yield head, [self._said(one) for one in survivors]
        if spare := list(self._spare()):
            yield "Entries of accepted survivors", spare

    def _spare(self) -> Iterator[str]:
        """Yield the entries that accept nothing: their day is over, or a law notices their lies now."""
        silent = [*self.score.survivors, *self.score.accepted]
        for one in self._known:
            shown = f"line {one.line}, {one.lie}, {one.operation}: {one.part} {one.member}".rstrip()
            if not any(covers(one, each.operator, each.place) for each in silent):
                yield f"{shown}: no such lie survives, so the entry can be removed"
            elif not any(covers(one, each.operator, each.place) for each in self.score.accepted):
                yield f"{shown}: accepted until {one.expires}, and counted since"

    def _said(self, survivor: Survivor) -> str:
        lie = survivor.shown.lie
        about = lie.said or lie.wordless or self._reason(survivor)
        return f"{survivor.operator.name}, {survivor.place}{f' ({about})' if about else ''}"

    def _reason(self, survivor: Survivor) -> str:
        """Return why a survivor is accepted; empty: it is not."""
        if survivor.shown.fate is not Fate.ACCEPTED:
            return ""
        found = (one for one in self._known if covers(one, survivor.operator, survivor.place))
        return next((f"{one.reason} Until {one.expires}." for one in found), "")


def _unscored(contract: Contract, score: Score) -> Iterator[Place]:
    """Yield the answers and the callbacks of which no lie was told."""
    told = {(place.operation, place.side, place.subject) for _, place in score.tallies}
    for operation in contract.operations:
        answers = ((Side.ANSWER, answer.status) for answer in operation.answers)
        events = ((Side.EVENT, event.name) for event in operation.events)
        for side, subject in dict.fromkeys((*answers, *events)):
            if (operation.id, side, subject) not in told:
                yield Place(operation.id, side, subject)


def _named(survivor: Survivor) -> str:
    return f"{survivor.operator.name} at {survivor.place}"


def _some(texts: Iterable[str]) -> str:
    every = list(dict.fromkeys(texts))
    rest = len(every) - _NAMED
    return "; ".join(every[:_NAMED]) + (f"; {rest} more" if rest > 0 else "")


_NAMED = 3
_COUNTS = ("noticed", "counted", "accepted", "open", "wordless", "equivalent")


def _toml(value: Any) -> str:
    return json.dumps(value)


def _place(place: Any) -> dict[str, str]:
    return {
        "operation": place.operation,
        "side": str(place.side),
        "subject": place.subject,
        "member": place.member,
    }


def _counts(tally: Tally) -> dict[str, int]:
    return {
        "noticed": tally.noticed,
        "counted": tally.counted,
        "open": tally.open,
        "wordless": tally.wordless,
        "accepted": tally.accepted,
        "equivalent": tally.equivalent,
    }
