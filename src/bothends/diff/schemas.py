"""Compares the schemas of two sides, and says what has changed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.diff.comparison import direction_of
from bothends.diff.definitions import pointer_of
from bothends.diff.gaps import TOO_LARGE
from bothends.diff.members import Covered, compare_members
from bothends.diff.rule import Change, Verdict, rule
from bothends.errors import ContractError
from bothends.records import MISSING, join
from bothends.schemas import IN_PLACE, Schema, fits_schema, referred

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bothends.diff.comparison import About, Comparison, Pair, Way
    from bothends.diff.gaps import Gap
    from bothends.diff.rule import Rule, Spot
    from bothends.diff.sides import Side
    from bothends.documents import Place
    from bothends.schemas import Bundle

_MOST_GAPS = 40

PRESENCE = rule(
    "presence",
    what="A member that was always there may be missing, or one that could be left out is required.",
    why="A reader takes it for granted; a sender that does not know of it is refused.",
)
NULL = rule(
    "null",
    what="A value may now be null, or may no longer be.",
    why="Most programs fail at the first null that they do not expect.",
)
TYPE = rule(
    "type",
    what="A value may now be of another type, or may no longer be of one that it had.",
    why="What reads a number can't read a text.",
)
CHOICE = rule(
    "choice",
    what="The constants of a value (`const`, `enum`) are others: more where it is read, fewer where it is sent.",
    why="A reader has no case for a value that it does not know; a sender's value is refused.",
)
LIMIT = rule(
    "limit",
    what="A limit (of a number, a length, a count) is wider where the value is read, narrower where it is sent.",
    why="A column, a buffer or a check at the other end was made for the old limit.",
)
PATTERN = rule(
    "pattern",
    what="A pattern, or a format that is asserted, is another one, or is new or gone.",
    why="What was parsed by it can't be parsed; what was sent does not match.",
)
MEMBERS = rule(
    "members",
    what="An object may have members that it could not have, or may not have those that it had.",
    why="A closed object refuses what the other end writes into it.",
)
COMBINATION = rule(
    "combination",
    what="What a value must fit besides (`allOf`, `anyOf`, `oneOf`, `not`, `if`, `contains`, dependencies) is another.",
    why="A value fits one contract and not the other.",
)
VALUES = rule(
    "values",
    what="A schema has other values, and each that is sent is still one that is read.",
    why="What is narrower where it is read, or wider where it is sent, breaks nobody.",
)
UNREADABLE = rule(
    "unreadable",
    what="A schema can't be read on one side, so nothing is said of its values.",
    why="A reference leads nowhere, or it is no JSON Schema.",
)

_RULES: dict[str, Rule] = {
    **dict.fromkeys(("required", "dependentRequired"), PRESENCE),
    "type": TYPE,
    **dict.fromkeys(("enum", "const"), CHOICE),
    **dict.fromkeys(
        (
            *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"),
            *("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
        ),
        LIMIT,
    ),
    **dict.fromkeys(("pattern", "format"), PATTERN),
    **dict.fromkeys(("", "propertyNames", "additionalProperties", "unevaluatedProperties"), MEMBERS),
}
_KINDS = {
    "null": "null",
    "boolean": "true or false",
    "integer": "an integer",
    "fraction": "a number with a fraction",
    "string": "a string",
    "array": "an array",
    "object": "an object",
}
_GOT_WORDS = {
    "minimum": "may now be less than it could be",
    "exclusiveMinimum": "may now be less than it could be",
    "maximum": "may now be greater than it could be",
    "exclusiveMaximum": "may now be greater than it could be",
    "multipleOf": "is no longer always a multiple of what it was",
    "minLength": "may now be shorter than it could be",
    "maxLength": "may now be longer than it could be",
    "minItems": "may now have fewer items than it could",
    "maxItems": "may now have more items than it could",
    "uniqueItems": "may now have the same item twice",
    "minProperties": "may now have fewer members than it could",
    "maxProperties": "may now have more members than it could",
    "enum": "may now have a value that is none of the old ones",
    "const": "may now have another value than the old one",
    "pattern": "need no longer match the old pattern",
    "format": "need no longer be of the old format",
    "propertyNames": "may now have members of other names",
    "": "may now be there",
}
_SENT_WORDS = {
    "minimum": "may no longer be as small as it could be",
    "exclusiveMinimum": "may no longer be as small as it could be",
    "maximum": "may no longer be as great as it could be",
    "exclusiveMaximum": "may no longer be as great as it could be",
    "multipleOf": "must now be a multiple",
    "minLength": "may no longer be as short as it could be",
    "maxLength": "may no longer be as long as it could be",
    "minItems": "may no longer have as few items as it could",
    "maxItems": "may no longer have as many items as it could",
    "uniqueItems": "may no longer have the same item twice",
    "minProperties": "may no longer have as few members as it could",
    "maxProperties": "may no longer have as many members as it could",
    "enum": "may no longer have each of the old values",
    "const": "may no longer have each of the old values",
    "pattern": "must now match another pattern",
    "format": "must now be of another format",
    "propertyNames": "may no longer have members of each name",
    "": "may no longer be there",
}


def compare_schemas(comparison: Comparison, old: Place, new: Place, way: Way, about: About) -> None:
    """Compare two schemas, whose values go one way; the comparison takes the changes."""
    if not comparison.unchanged.same(old, new):
        _Compared(comparison, old, new, way, about).run()


def compare_texts(comparison: Comparison, old: Place, new: Place, way: Way, about: About) -> None:
    """Compare the schemas of two parameters or headers, whose values are texts: `5` is a number and a text."""
    if not comparison.unchanged.same(old, new):
        _ComparedTexts(comparison, old, new, way, about).run()


class _Compared:
    """Two schemas that are compared."""

    def __init__(self, comparison: Comparison, old: Place, new: Place, way: Way, about: About) -> None:
        self._comparison = comparison
        self._places = (old, new)
        self._way: Way = way
        self._about = about
        self._sent = way in ("request", "acknowledgement")

    def run(self) -> None:
        """Compare them."""
        direction = direction_of(self._way)
        bundles = []
        for side, place in zip((self._comparison.old, self._comparison.new), self._places, strict=True):
            try:
                bundles.append(side.parts(direction).bundle(place))
            except ContractError as error:
                self._tell_unreadable(side, error)
                return
        self._bundles: tuple[Bundle, Bundle] = (bundles[0], bundles[1])
        pair = self._comparison.pair(self._way)
        sending, reading = self._bundles if self._sent else self._bundles[::-1]
        sender, reader = pair.facts.definitions.take(sending.top), pair.reader.take(reading.top)
        self._strict_reader = reading
        if pair.words.holds(sender, reader) and not self._comparison.mentions_sources:
            return
        gaps = pair.inclusion.gaps(sender, reader)
        shown = self._show(pair, sender, reader, gaps)
        old, new = (sender, reader) if self._sent else (reader, sender)
        sides = (pair.facts.definitions, pair.reader) if self._sent else (pair.reader, pair.facts.definitions)
        doubted = compare_members(
            self._comparison,
            ((old, sides[0], self._bundles[0]), (new, sides[1], self._bundles[1])),
            self._way,
            self._about,
            _covered(gaps),
        )
        # Where formats alone have changed, that is told, and of the values there is nothing to say.
        if not (shown or gaps or pair.inclusion.equality.holds(sender, reader)):
            lines = self._comparison.lines(*self._places)
            words = _FITS if self._each_fits(sending, reading) else _FITS_NAMED
            note = _FORMATS_ASIDE if doubted else ""
            self._comparison.fits(VALUES, self._about, words[self._sent], lines, note=note)

    def _each_fits(self, sending: Bundle, reading: Bundle) -> bool:
        """Return whether each value is one of the reader's, with members that no schema names, too."""
        pair = self._comparison.exact_pair(self._way)
        sender, reader = pair.facts.definitions.take(sending.top), pair.reader.take(reading.top)
        return not pair.inclusion.gaps(sender, reader)

    def _tell_unreadable(self, side: Side, error: ContractError) -> None:
        spots = [
            each.spot(place)
            for each, place in zip((self._comparison.old, self._comparison.new), self._places, strict=True)
        ]
        if error.where is not None:
            spots[side is self._comparison.new] = side.spot_at(error.where)
        self._comparison.found(
            UNREADABLE,
            Verdict.UNDECIDED,
            self._about,
            f"The schema can't be read: {error.problem}",
            (spots[0], spots[1]),
        )

    def _show(self, pair: Pair, sender: Any, reader: Any, gaps: Sequence[Gap]) -> bool:
        """Look for a value for each gap, and tell what it shows; return whether anything is told."""
        shows = self._shows(pair, sender, reader)
        undecided: list[Gap] = []
        told = False
        for gap in gaps[:_MOST_GAPS]:
            if self._tell_again(gap):
                told = True
                continue
            witness = pair.witnesses.of(gap, shows)
            if witness:
                self._tell(pair, gap, witness, Verdict.BREAK)
                told = True
            else:
                undecided.append(gap)
        undecided += gaps[_MOST_GAPS:]
        if undecided and not told:
            for value in pair.witnesses.whole(sender):
                if shows(value):
                    self._tell(pair, undecided[0], (value,), Verdict.BREAK)
                    return True
        for gap in undecided:
            self._tell(pair, gap, (), Verdict.UNDECIDED)
        return told or bool(undecided)

    def _tell_again(self, gap: Gap) -> bool:
        """Tell of a gap that was shown at another place; return whether it was."""
        known = self._comparison.told.get((self._way, gap.key))
        if known is None:
            return False
        path = (*gap.path, *gap.detail[:1]) if gap.keyword == "required" else gap.path
        reach = replace(self._about.reach, path_in_value=path, absent=known.reach.absent)
        about = self._about
        self._comparison.add(
            replace(
                known, subject=about.subject, part=about.part, pointer=join(*path), reach=reach, also=(), reaches=()
            )
        )
        return True

    def _shows(self, pair: Pair, sender: Any, reader: Any) -> Callable[[Any], bool]:
        made, read = pair.facts.definitions.validator(sender), pair.reader.validator(reader)
        strict = Schema(self._strict_reader.schema, formats=self._comparison.formats)
        return lambda value: made.is_valid(value) and not read.is_valid(value) and not strict.is_valid(value)

    def _tell(self, pair: Pair, gap: Gap, witness: tuple[Any, ...], verdict: Verdict) -> None:
        found = COMBINATION if TOO_LARGE in gap.detail else _RULES.get(gap.keyword, COMBINATION)
        if gap.keyword == "type" and gap.detail == ("null",):
            found = NULL
        path = gap.path
        absent = gap.keyword == "required"
        if absent:
            path = (*path, *gap.detail[:1])
        problem = self._problem(gap)
        note = ""
        if verdict is Verdict.UNDECIDED:
            problem = f"Can't be decided: {problem}"
            note = "No value was found that shows a break, and none of the arguments says that there is none."
        reach = replace(self._about.reach, path_in_value=path, absent=absent and self._sent)
        sending, reading = self._spots(pair, gap)
        lines = (sending, reading) if self._sent else (reading, sending)
        change = Change(
            found.name,
            verdict,
            self._about.audience,
            self._about.subject,
            problem,
            *lines,
            part=self._about.part,
            pointer=join(*path),
            witness=witness,
            note=note,
            reach=reach,
        )
        self._comparison.add(change)
        if verdict is Verdict.BREAK:
            self._comparison.told[self._way, gap.key] = change

    def _name(self, path: tuple[str, ...]) -> str:
        return join(*path) if path else f"the {_WHOLE[self._way]}"

    def _problem(self, gap: Gap) -> str:
        name = self._name(gap.path)
        name = f"{name[0].upper()}{name[1:]}"
        if TOO_LARGE in gap.detail:
            return f"{name} may be another value: its schema is too large or too deep to be argued about."
        if gap.keyword in ("required", "dependentRequired"):
            member = join(*gap.path, gap.detail[-1])
            return f"{member} is now required." if self._sent else f"{member} may now be missing."
        if gap.keyword == "type":
            kinds = " or ".join(_KINDS[kind] for kind in gap.detail)
            return f"{name} may no longer be {kinds}." if self._sent else f"{name} may now be {kinds}."
        words = (_SENT_WORDS if self._sent else _GOT_WORDS).get(gap.keyword)
        if words is None:
            words = "must now fit more than it did" if self._sent else "need no longer fit all that it did"
            words = f"{words} (`{gap.keyword}`)"
        return f"{name} {words}."

    def _spots(self, pair: Pair, gap: Gap) -> tuple[Spot, Spot]:
        """Return the sender's line and the reader's."""
        comparison = self._comparison
        sender, reader = comparison.sides(self._way)
        sending, reading = self._bundles if self._sent else self._bundles[::-1]
        atoms = sorted(
            (atom for atom in gap.given.atoms if pair.facts.definitions.where(atom) is not None),
            key=lambda atom: gap.keyword not in atom,
        )
        where = pair.facts.definitions.where(atoms[0]) if atoms else None
        key = (gap.keyword,) if atoms and gap.keyword in atoms[0] else ()
        if where is None:
            where, key = self._of_holder(pair, gap), ()
        made = sending.root if where is None else sending.origin(pointer_of(where, *key))
        at = pair.reader.where(gap.schema)
        read = reading.root if at is None else reading.origin(pointer_of(at, *((gap.keyword,) if gap.keyword else ())))
        return sender.spot(made), reader.spot(read)

    def _of_holder(self, pair: Pair, gap: Gap) -> tuple[str, str] | None:
        """Return where what holds the value of a gap stands, as nothing is said of the value itself."""
        for step in reversed(gap.trail):
            for atom in step.given.atoms:
                where = pair.facts.definitions.where(atom)
                if where is not None:
                    return where
        return None


class _ComparedTexts(_Compared):
    """The schemas of two parameters or headers: a value is a text that may be read as a number."""

    def _shows(self, pair: Pair, sender: Any, reader: Any) -> Callable[[Any], bool]:
        plain = super()._shows(pair, sender, reader)
        strict = Schema(self._strict_reader.schema, formats=self._comparison.formats)

        def shows(value: Any) -> bool:
            if isinstance(value, dict | list) or value is None:
                return plain(value)
            text = value if isinstance(value, str) else json.dumps(value)
            return plain(value) and not fits_schema(strict, text)

        return shows

    def _show(self, pair: Pair, sender: Any, reader: Any, gaps: Sequence[Gap]) -> bool:
        # Each scalar is written as a text, so what takes any text takes it.
        if _takes_any_text(reader, pair):
            gaps = [
                gap for gap in gaps if not (gap.keyword == "type" and not gap.trail and _SCALARS.issuperset(gap.detail))
            ]
        return super()._show(pair, sender, reader, gaps)


_SCALARS = frozenset({"boolean", "integer", "fraction", "string"})
_WHOLE = {"request": "value", "answer": "body", "event": "event", "acknowledgement": "acknowledgement"}
_FITS = (
    "Each value that the new schema allows is one of the old one.",
    "Each value that the old schema allowed is one of the new one.",
)
_FORMATS_ASIDE = "A format has changed, too. It is told by itself, and does not count here: no value is refused for it."
_FITS_NAMED = (
    "Each value with no members but those that the schemas name is still one of the old one; readers pass by others.",
    "Each value with no members but those that the old schema names is still one of the new one.",
)
"""The same where members that no schema names would make a difference: who sends a value writes none, by rule."""


def _covered(gaps: Sequence[Gap]) -> Covered:
    """Return the values of which gaps tell."""
    retyped = frozenset(gap.path for gap in gaps if gap.keyword in ("type", "format"))
    paths = frozenset((*gap.path, *gap.detail[:1]) if gap.keyword == "required" else gap.path for gap in gaps)
    return Covered(paths, retyped)


def _takes_any_text(schema: Any, pair: Pair) -> bool:
    """Return whether a schema of the reader takes each text."""
    while (found := referred(schema, pair.reader.target)) is not MISSING:
        schema = found
    if not isinstance(schema, dict):
        return schema is True
    kinds = schema.get("type", "string")
    narrow = {"enum", "const", "pattern", "minLength", "maxLength", "not", "if", *IN_PLACE}
    return "string" in ([kinds] if isinstance(kinds, str) else kinds) and narrow.isdisjoint(schema)
