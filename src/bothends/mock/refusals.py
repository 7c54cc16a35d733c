"""What a refusal says: words for the members that the contract's own schema of errors names, and no others.

Theory of operation. Problem details (RFC 9457) have `title`, `status` and `detail`, and by the example of its section 3
`errors` with a `pointer` each. Other documents have other names for the same things: a list of mistakes under `errors`,
`detail` or `violations`; an object `error` around all of it; a map from a field to its mistakes. A word goes where a
member of its name is, if the schema at that place takes it; all else is made as for any answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bothends.mock.members import items_in, members_in
from bothends.mock.mistakes import MOST
from bothends.records import MISSING
from bothends.schemas import targets_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.mock.mistakes import Mistake
    from bothends.schemas import Schema, Target

_TEXTS = frozenset({"detail", "details", "message", "msg", "description", "reason", "errordescription", "errormessage"})
"""Members for a person to read, as names without case, `-` and `_`."""
_LISTS = _TEXTS | {
    *("error", "errors", "violations", "issues", "problems", "fields", "fielderrors", "messages", "causes", "reasons"),
    *("invalidparams", "validationerrors", "validation"),
}
_HOLDERS = frozenset({"error", "err", "problem", "fault", "exception"})
_POINTERS = frozenset({"path", "location", "instancepath", "jsonpointer", "datapath"})
_FIELDS = frozenset({"field", "name", "property", "param", "parameter", "attribute", "key", "member", "target"})
_RULES = frozenset({"rule", "code", "type", "keyword", "constraint", "kind", "validator"})
_PLACES = frozenset({"in", "place", "source"})
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Refusal:
    """What there is to say.

    Attributes:
        status: HTTP status.
        title: What kind of answer it is.
        detail: What is wrong this time.
        family: The family of the answer; empty: none.
        mistakes: What is wrong with the request, one by one.
        is_problem: Whether the answer is of problem details.
    """

    status: int
    title: str
    detail: str = ""
    family: str = ""
    mistakes: tuple[Mistake, ...] = ()
    is_problem: bool = True

    def over(self, base: Any, schema: Schema | None) -> Any:
        """Return an example of the answer, or nothing, with the words that its schema has room for.

        Args:
            base: The example; MISSING: there is none.
            schema: The schema of the answer; None: anything.
        """
        raw: Any = True if schema is None else schema.raw
        target = targets_in(raw)
        members = members_in(raw, target)
        if not members:
            is_open = schema is None or schema.is_valid(self.problem())
            return self.problem() if base is MISSING and is_open else base
        return self._over(base if isinstance(base, dict) else {}, members, target) or base

    def problem(self) -> dict[str, Any]:
        """Return it as problem details."""
        named = {"type": self._type, "title": self.title, "status": self.status}
        found = named | ({"detail": self.detail} if self.detail else {})
        errors = [{"detail": each.said, **_at(each)} for each in self.mistakes[:MOST]]
        return found | ({"errors": errors} if errors else {})

    @property
    def _type(self) -> str:
        return f"urn:problem-type:{self.family}" if self.family else "about:blank"

    def _over(
        self, given: Mapping[str, Any], members: Mapping[str, Any], target: Target, depth: int = 0
    ) -> dict[str, Any]:
        """Return an example with words for those of its members that it has not, or that tell this time's mistakes."""
        texts = any(_plain(name) in _TEXTS for name in members)
        found = dict(given)
        for name, schema in members.items():
            if name in given and not (name == "status" or (self.mistakes and _plain(name) in _LISTS)):
                continue
            word = self._word(name, schema, target, depth, texts=texts)
            if word is not MISSING:
                found[name] = word
        return found

    def _word(self, name: str, schema: Any, target: Target, depth: int, *, texts: bool) -> Any:
        key = _plain(name)
        items, inside = items_in(schema, target), members_in(schema, target)
        if items is not None:
            return self._list(items, target) if key in _LISTS and self.mistakes else MISSING
        if inside:
            return self._over({}, inside, target, depth + 1) if key in _HOLDERS and depth < _DEEPEST else MISSING
        if key in _LISTS and self.mistakes and (found := self._map(schema, target)) is not MISSING:
            return found
        if key in _TEXTS:
            return (self.detail or MISSING) if key == "detail" else self.detail or self.title
        words = {"type": self._type, "title": self.title, "status": self.status, "code": self.status}
        words["error"] = self.title if texts else self.detail or self.title
        return words.get(name, MISSING)

    def _list(self, items: Any, target: Target) -> list[Any]:
        members = members_in(items, target)
        if not members:
            return [str(each) for each in self.mistakes[:MOST]]
        return [self._item(each, members, target) for each in self.mistakes[:MOST]]

    def _item(self, mistake: Mistake, members: Mapping[str, Any], target: Target) -> dict[str, Any]:
        found: dict[str, Any] = {}
        keys = frozenset(map(_plain, members))
        placed = not keys.isdisjoint({"pointer", "loc", "source", *_POINTERS, *_FIELDS})
        for name, schema in members.items():
            key = _plain(name)
            if key == "parameter" and "pointer" in keys and mistake.place == "body":
                continue  # beside a pointer, it is for what is not in the body
            inside = members_in(schema, target)
            if inside:
                found[name] = self._item(mistake, inside, target)
            elif items_in(schema, target) is not None:
                found |= {name: [mistake.place, *mistake.path]} if key == "loc" else {}
            else:
                word = self._of(mistake, key, placed=placed)
                found |= {} if word is None else {name: word}
        return found

    def _of(self, mistake: Mistake, key: str, *, placed: bool) -> str | None:  # noqa: PLR0911 -- one for each kind
        if key == "pointer":
            if mistake.place != "body":
                return None
            # RFC 9457 has it as a fragment of a URI (RFC 6901, section 6).
            return f"#{quote(mistake.pointer, safe=_FRAGMENT)}" if self.is_problem else mistake.pointer
        if key in _POINTERS:
            return mistake.pointer if mistake.place == "body" else mistake.field
        if key in _FIELDS:
            return mistake.field or None
        if key in _RULES:
            return mistake.rule
        if key in _PLACES:
            return mistake.place
        if key in _TEXTS or key in {"error", "title", "text"}:
            return mistake.said if placed and mistake.path else str(mistake)
        return None

    def _map(self, schema: Any, target: Target) -> Any:
        """Return mistakes by their fields, where a member is a map; MISSING: it is none."""
        other = schema.get("additionalProperties") if isinstance(schema, dict) else None
        if not isinstance(other, dict):
            return MISSING
        found: dict[str, list[str]] = {}
        for each in self.mistakes[:MOST]:
            found.setdefault(each.field or each.place, []).append(each.said)
        if items_in(other, target) is not None:
            return found
        return {name: "; ".join(texts) for name, texts in found.items()}


_FRAGMENT = "/~!$&'()*+,;=:@?"


def _at(mistake: Mistake) -> dict[str, str]:
    if mistake.place == "body":
        return {"pointer": f"#{quote(mistake.pointer, safe=_FRAGMENT)}"}
    return {"parameter": mistake.field}


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
