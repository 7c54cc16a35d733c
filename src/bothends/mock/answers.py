"""Makes the answers that an operation declares."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import best_match, header_text, is_form, is_json, parse_media_type, write_form
from bothends.mock.refusals import Refusal
from bothends.mock.validators import entity_tag
from bothends.records import MISSING
from bothends.schemas import NoValueError, Schema, Shaper, Wishes, fits_schema
from bothends.world import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bothends.contract import DeclaredAnswer, HeaderRule, Operation
    from bothends.mock.exchange import Exchange
    from bothends.mock.mistakes import Mistake
    from bothends.mock.validators import Validator

_PROBLEM = "application/problem+json"
_SUCCESS = range(200, 300)
_REDIRECTS = range(300, 400)
_OF_CLASS = {"1XX": 100, "2XX": 200, "3XX": 302, "4XX": 400, "5XX": 500}
_OF_STATES = frozenset({"404", "409", "410", "412", "423"})
"""Statuses of refusals that are about what is there, not about the request."""
_BODILESS = frozenset({204, 205, 304})
_NOT_OURS = frozenset({"content-length", "transfer-encoding", "connection", "date", "content-type", "trailer"})


def dumps(value: Any) -> bytes:
    """Return a value as JSON in UTF-8; U+FFFD takes the place of half of a surrogate pair, which UTF-8 can't hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def problem(status: int, detail: str = "", mistakes: tuple[Mistake, ...] = ()) -> Reply:
    """Return problem details (RFC 9457) for what the contract declares no answer for."""
    value = Refusal(status, _phrase(status) or "Error", detail, mistakes=mistakes).problem()
    return Reply(status, (("Content-Type", _PROBLEM), ("Cache-Control", "no-store")), dumps(value))


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""


@dataclass(slots=True)
class Wanted:
    """What an answer is to be like.

    Attributes:
        hint: A value for the body to be kept to, as far as its schema takes it.
        example: The name of an example that is preferred; empty: none.
        fresh: Names of properties with values of their own.
        headers: Values of headers, by their names in lower case.
        validator: What the resource is like; None: nothing is known of that.
        shows_validator: Whether the answer has an entity tag although it declares none.
        seed: Values that are made up follow from it; empty: each answer has its own.
    """

    hint: Any = MISSING
    example: str = ""
    fresh: frozenset[str] = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict)
    validator: Validator | None = None
    shows_validator: bool = False
    seed: str = ""


class Answers:
    """Makes answers of one operation.

    Args:
        operation: The operation.
        seed: Values follow from it.

    Attributes:
        pairs: Refusals by the names of examples of requests that have them for an answer.
    """

    def __init__(self, operation: Operation, seed: str) -> None:
        self._operation = operation
        self._seed = f"{seed}/{operation.id}"
        self._shapers: dict[int, Shaper] = {}
        self._whole: dict[int, bool] = {}
        self.pairs = _pairs(operation)

    # Which answer.

    def success(self, code: int | None = None) -> tuple[int, DeclaredAnswer | None]:
        """Return the status and the answer of a success: the first that is declared, unless another one is preferred.

        Args:
            code: The preferred status; None, or one that is not declared: the usual one.
        """
        declared = self._operation.answers
        if code is not None and (found := self._operation.answer_for(code)) is not None:
            return code, found
        plain = [each for each in declared if each.is_plain]
        for statuses in (_SUCCESS, _REDIRECTS):
            for each in plain:
                status = self._status(each)
                if status in statuses:
                    return status, each
        default = self._operation.answer_for(200)
        return 200, default

    def paired(self, names: frozenset[str]) -> tuple[DeclaredAnswer, str] | None:
        """Return the refusal paired with an example that the request is, and the name of both; None: there is none."""
        return next(((self.pairs[name], name) for name in sorted(names) if name in self.pairs), None)

    def status_of(self, families: Sequence[str], about: str | None, fallbacks: Iterable[int]) -> tuple[int, Any]:
        """Return the status and the answer of a refusal or a failure.

        Args:
            families: The families that lead to it, the likeliest first.
            about: The upstream that failed, or what a caller shows who is signed out; None: neither.
            fallbacks: Statuses that fit where the contract gives the family no answer, the plainest first.
        """
        for family in families:
            rules = [
                (rule.upstream or rule.credential or None, each)
                for each in self._operation.answers
                for rule in each.family_rules
                if rule.family == family
            ]
            # First what is said of this very one, then what is said of all.
            for wanted in (about, None):
                for _, each in (one for one in rules if one[0] == wanted):
                    return self._status(each, fallbacks), each
        given = list(fallbacks)
        by_name = {each.status: each for each in self._operation.answers}
        for status in given:
            if str(status) in by_name:
                return status, by_name[str(status)]
        for status in given:
            if (found := self._operation.answer_for(status)) is not None:
                return status, found
        return given[0], None

    @property
    def refuses(self) -> bool:
        """Whether the contract declares any refusal: where it has none, no request is one that it refuses."""
        return any(each.status[0] == "4" or each.status == "default" for each in self._operation.answers)

    def _status(self, answer: DeclaredAnswer, fallbacks: Iterable[int] = ()) -> int:
        if answer.status.isdigit():
            return int(answer.status)
        mine = self._operation.statuses_for(answer)
        usual = _OF_CLASS.get(answer.status, 500)
        return next((status for status in fallbacks if status in mine), usual)

    # What it says.

    def reply(self, status: int, answer: DeclaredAnswer | None, exchange: Exchange, wanted: Wanted) -> Reply:
        """Return a declared answer; what its body says is noted in the exchange.

        Raises:
            NoValueError: The schema of the body has no value.
        """
        headers = [("Cache-Control", "no-store")]
        media_type, body, value = "", b"", MISSING
        if answer is not None and status not in _BODILESS:
            media_type, body, value = self._body(answer, exchange, wanted)
        exchange.answer = value
        if media_type:
            headers.append(("Content-Type", media_type))
        for rule in () if answer is None else answer.header_rules:
            text = self._header(rule, exchange, wanted)
            if text is not None:
                headers.append((rule.name, text))
        there = {name.lower() for name, _ in headers}
        headers += [(name.title(), text) for name, text in wanted.headers.items() if name not in there]
        if wanted.validator is not None and wanted.shows_validator and "etag" not in there:
            headers.append(("ETag", f'"{wanted.validator.digest}"'))
        exchange.headers = {name.lower(): text for name, text in headers}
        return Reply(status, tuple(headers), body)

    def error(
        self, status: int, answer: DeclaredAnswer | None, exchange: Exchange, detail: str, family: str = "", **more: Any
    ) -> Reply:
        """Return a refusal or a failure, with words that say what it is where the schema has room for them."""
        if answer is None:
            return problem(status, detail, exchange.mistakes)
        title = answer.description or _phrase(status)
        refusal = Refusal(status, title, detail, family, exchange.mistakes)
        return self.reply(status, answer, exchange, Wanted(hint=refusal, **more))

    def _body(self, answer: DeclaredAnswer, exchange: Exchange, wanted: Wanted) -> tuple[str, bytes, Any]:
        media_type = self._media_type(answer, exchange, wanted)
        if media_type is None:
            return "", b"", MISSING
        examples = [each for each in answer.body_examples if each.media_type.lower() == media_type]
        named = next((each for each in examples if each.name == wanted.example), None)
        example = named or (examples[0] if examples else None)
        schema = answer.content[media_type]
        given = "application/json" if media_type in ("*/*", "application/*") else media_type
        if not (is_json(given) or is_form(given)):
            return given, self._text(example, schema, exchange, given, wanted), MISSING
        if schema is None:
            value = {} if example is None else example.value
            if isinstance(wanted.hint, Refusal):
                value = wanted.hint.over(MISSING if example is None else value, None)
        else:
            value = self._value(answer, schema, media_type, exchange, wanted, example, kept=named is not None)
        body = dumps(value) if is_json(given) else write_form(value if isinstance(value, dict) else {}, given, {})[0]
        return given, body, value

    def _value(  # noqa: PLR0913, PLR0917 -- all that an answer is made from
        self,
        answer: DeclaredAnswer,
        schema: Schema,
        media_type: str,
        exchange: Exchange,
        wanted: Wanted,
        example: Any,
        *,
        kept: bool,
    ) -> Any:
        walk = answer.walks.get(media_type)
        if walk is None and example is not None and (kept or self._is_whole(example, schema, wanted)):
            return example.value
        base = MISSING if example is None else example.value
        hint = wanted.hint
        if isinstance(hint, Refusal):
            hint = replace(hint, is_problem=media_type == _PROBLEM).over(base, schema)
        elif isinstance(hint, dict) and isinstance(base, dict):
            hint = {**base, **hint}
        elif hint is MISSING:
            hint = base
        wishes = Wishes(
            sources=exchange.sources(() if walk is None else walk.sources),
            hint=hint,
            fresh=frozenset() if kept else wanted.fresh,
            hide="writeOnly",
        )
        return self._shaper(schema).make(f"{self._seed}/{answer.status}/{wanted.seed or exchange.number}", wishes)

    def _is_whole(self, example: Any, schema: Schema, wanted: Wanted) -> bool:
        """Return whether an example may be the answer as it is: nothing else is wished for, and the schema takes it."""
        if wanted.hint is not MISSING or (isinstance(example.value, dict) and wanted.fresh & example.value.keys()):
            return False
        known = self._whole.get(id(example))
        if known is None:
            known = self._whole[id(example)] = schema.is_valid_with_formats(example.value)
        return known

    @staticmethod
    def _media_type(answer: DeclaredAnswer, exchange: Exchange, wanted: Wanted) -> str | None:
        """Return the declared media type of the body: the one that is accepted, JSON before others."""
        declared = sorted(answer.content, key=lambda each: not is_json(each))
        named = [each.media_type.lower() for each in answer.body_examples if each.name == wanted.example]
        declared = [each for each in declared if each in named] or declared
        accepted = exchange.message.header("accept")
        ranges = [] if accepted is None else [parse_media_type(each) for each in accepted.split(",")]
        for each in declared:
            essence = parse_media_type(each).essence
            if any(best_match(essence, [accepts.essence]) for accepts in ranges):
                return each
        return declared[0] if declared else None

    def _text(self, example: Any, schema: Schema | None, exchange: Exchange, media_type: str, wanted: Wanted) -> bytes:
        if isinstance(wanted.hint, Refusal) and wanted.hint.detail and media_type == "text/plain":
            detail = wanted.hint.detail
            if (example is None or wanted.hint.mistakes) and (schema is None or schema.is_valid_with_formats(detail)):
                return detail.encode()
        if example is not None:
            return example.value.encode() if isinstance(example.value, str) else dumps(example.value)
        if schema is not None and (media_type.startswith("text/") or "string" in str(schema.raw.get("type", ""))):
            try:
                value = self._shaper(schema).make(f"{self._seed}/{exchange.number}", Wishes())
            except NoValueError:
                return b""
            return value.encode() if isinstance(value, str) else dumps(value)
        if media_type.endswith(("/xml", "+xml")):
            return b'<?xml version="1.0" encoding="UTF-8"?>\n<mock/>\n'
        return b"mock\n" if media_type.startswith("text/") else b""

    def _header(self, rule: HeaderRule, exchange: Exchange, wanted: Wanted) -> str | None:
        name = rule.name.lower()
        if name in _NOT_OURS:
            return None
        given = wanted.headers.get(name)
        if given is not None and fits_schema(rule.schema, given):
            return given
        if name in ("etag", "last-modified") and (text := self._validated(name, rule, exchange, wanted)) is not None:
            return text
        if rule.schema is None:
            return rule.example_text or ("1" if rule.required else None)
        try:
            hint = MISSING if rule.example is None else rule.example
            value = self._shaper(rule.schema).make(f"{self._seed}/{name}/{exchange.number}", Wishes(hint=hint))
        except NoValueError:
            return rule.example_text
        text = json.dumps(value) if is_json(rule.media_type) else header_text(value, explode=rule.explode)
        return text if text.isprintable() and text.isascii() else None

    def _validated(self, name: str, rule: HeaderRule, exchange: Exchange, wanted: Wanted) -> str | None:
        """Return the value of a validator, as HTTP has it; None: the contract does not take it."""
        if name == "etag":
            own = sha256(f"{self._seed}/{exchange.number}".encode()).hexdigest()[:32]
            return entity_tag(own if wanted.validator is None else wanted.validator.digest, rule.schema)
        text = formatdate(usegmt=True) if wanted.validator is None else wanted.validator.last_modified
        return text if fits_schema(rule.schema, text, formats=True) else None

    def _shaper(self, schema: Schema) -> Shaper:
        found = self._shapers.get(id(schema))
        if found is None:
            found = self._shapers[id(schema)] = Shaper(schema)
        return found


def _pairs(operation: Operation) -> dict[str, DeclaredAnswer]:
    """Return the refusals that are paired with an example of a request.

    Examples of one name belong together: the order `shipped` has the answer `shipped`. This is so for refusals that
    tell of a state, and where the contract gives the name to no other answer.
    """
    found: dict[str, set[str]] = {}
    for answer in operation.answers:
        for example in answer.body_examples:
            found.setdefault(example.name, set()).add(answer.status)
    alone = {name: next(iter(statuses)) for name, statuses in found.items() if len(statuses) == 1}
    by_status = {answer.status: answer for answer in operation.answers}
    return {name: by_status[status] for name, status in alone.items() if status in _OF_STATES}
