"""What is at hand while two contracts are compared, and the changes so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from bothends.diff.definitions import Definitions, opened
from bothends.diff.equality import Equality
from bothends.diff.given import Facts
from bothends.diff.inclusion import Inclusion
from bothends.diff.rule import Audience, Change, Reach, Verdict
from bothends.diff.unchanged import Unchanged
from bothends.diff.witnesses import Witnesses

if TYPE_CHECKING:
    from bothends.diff.rule import Rule, Spot
    from bothends.diff.sides import Side
    from bothends.documents import Place
    from bothends.schemas import Direction

Way = Literal["request", "answer", "event", "acknowledgement"]
"""What a value is: what a caller sends, what it gets, what a consumer gets, and what that one answers."""


@dataclass(frozen=True, slots=True)
class About:
    """What is being compared.

    Attributes:
        subject: An operation, or an event.
        audience: Whom its changes concern.
        part: The part of it: `request`, `answer 200`; empty: all of it.
        reach: What a pact must use to be concerned.
    """

    subject: str
    audience: Audience
    part: str = ""
    reach: Reach = field(default_factory=Reach)

    def of(self, part: str, /, **reach: Any) -> About:
        """Return a part of it."""
        return replace(self, part=part, reach=replace(self.reach, **reach))


@dataclass(frozen=True, slots=True)
class Pair:
    """What argues about the schemas of a sender and a reader, and finds values.

    Attributes:
        facts: Reads the sender's schemas.
        reader: The reader's.
        inclusion: Argues.
        witnesses: Finds values.
        words: Tells schemas that say the same; formats count, also where they are not asserted.
    """

    facts: Facts
    reader: Definitions
    inclusion: Inclusion
    witnesses: Witnesses
    words: Equality


class Comparison:
    """Two contracts that are compared, and the changes so far.

    Attributes:
        old: The old side.
        new: The new side.
        strict: Whether members that nobody has named count, too.
        formats: Whether `format` is asserted.
        unchanged: Tells quickly what is the same.
        told: What was found of a pair of schemas, for the next time that they are met.
        members: What was found of the members of a pair of schemas, likewise.
        mentions_sources: Whether any `x-from` or `x-new` is in a document.
    """

    def __init__(self, old: Side, new: Side, *, strict: bool = False, formats: bool = False) -> None:
        """Take the sides."""
        self.old = old
        self.new = new
        self.strict = strict
        self.formats = formats
        self.unchanged = Unchanged()
        self._changes: dict[tuple[Any, ...], Change] = {}
        self._pairs: dict[tuple[Way, bool], Pair] = {}
        self.told: dict[tuple[Any, ...], Change] = {}
        self.members: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        self.mentions_sources = any(side.root.library.mentions(("x-from", "x-new")) for side in (old, new))

    @property
    def changes(self) -> list[Change]:
        """The changes so far."""
        return list(self._changes.values())

    def pair(self, way: Way) -> Pair:
        """Return what argues about values that go that way."""
        return self._pair(way, exact=False)

    def exact_pair(self, way: Way) -> Pair:
        """Return what argues about all values that the schemas have, whoever writes and reads them."""
        return self._pair(way, exact=True)

    def _pair(self, way: Way, *, exact: bool) -> Pair:
        found = self._pairs.get((way, exact))
        if found is None:
            found = self._pairs[way, exact] = self._made(way, exact=exact)
        return found

    def _made(self, way: Way, *, exact: bool) -> Pair:
        sender, reader = self.sides(way)
        direction = direction_of(way)
        strict = exact or self.strict
        change = opened if way in ("answer", "event") and not strict else None
        unsent = "" if exact else {"request": "readOnly", "answer": "writeOnly"}.get(direction, "")
        made = Definitions(sender.parts(direction).definitions, formats=self.formats)
        facts = Facts(made, closed=not strict, unsent=unsent)
        reading = Definitions(reader.parts(direction).definitions, change, formats=self.formats)
        inclusion = Inclusion(facts, reading, formats=self.formats)
        words = inclusion.equality
        if not self.formats:
            words = Equality(made, reading, formats=True, unsent=unsent)
        return Pair(facts, reading, inclusion, Witnesses(facts, reading), words)

    def sides(self, way: Way) -> tuple[Side, Side]:
        """Return the side by which values are made, and the side by which they are read."""
        return (self.old, self.new) if way in ("request", "acknowledgement") else (self.new, self.old)

    def lines(self, old: Place, new: Place) -> tuple[Spot, Spot]:
        """Return two places with their lines."""
        return self.old.spot(old), self.new.spot(new)

    def add(self, change: Change) -> None:
        """Take a change; the same lines at another place are told once, with the other places."""
        name = change.pointer.rpartition("/")[2] if change.pointer else change.problem
        kind = change.part.partition(" ")[0]
        key = (change.rule, change.verdict, change.audience, kind, name, change.old.where, change.new.where)
        known = self._changes.get(key)
        if known is None:
            self._changes[key] = change
            return
        here = ", ".join(filter(None, (change.subject, change.part, change.pointer)))
        if here != ", ".join(filter(None, (known.subject, known.part, known.pointer))) and here not in known.also:
            self._changes[key] = replace(known, also=(*known.also, here), reaches=(*known.reaches, change.reach))

    def found(
        self, found: Rule, verdict: Verdict, about: About, problem: str, lines: tuple[Spot, Spot], **more: Any
    ) -> None:
        """Take a change, told in one sentence, with its lines in the old contract and the new one, and more of it."""
        more.setdefault("reach", about.reach)
        self.add(Change(found.name, verdict, about.audience, about.subject, problem, *lines, part=about.part, **more))

    def breaks(self, found: Rule, about: About, problem: str, lines: tuple[Spot, Spot], **more: Any) -> None:
        """Take a change that breaks somebody."""
        self.found(found, Verdict.BREAK, about, problem, lines, **more)

    def fits(self, found: Rule, about: About, problem: str, lines: tuple[Spot, Spot], **more: Any) -> None:
        """Take a change that breaks nobody."""
        self.found(found, Verdict.COMPATIBLE, about, problem, lines, **more)


def direction_of(way: Way) -> Direction:
    """Return the direction of values, as bundles know it."""
    return "request" if way == "request" else "answer" if way == "answer" else ""
