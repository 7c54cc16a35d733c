"""Schemathesis: its cases as ours, and its response checks on our answers.

This file alone touches what Schemathesis does not export; its version is pinned to 4.32.

- A user's `schemathesis.toml` is not read: the contract is the only source.
- Security parameters are off: sessions are the world's.
- No request is ever sent from here: the check that re-sends a request after a 5xx answer to a
  content type probe is answered in `_server_error`.
"""

from __future__ import annotations

import base64
import copy
import json
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import schemathesis
from hypothesis.errors import HypothesisException
from schemathesis.checks import not_a_server_error
from schemathesis.config import SanitizationConfig
from schemathesis.core import NOT_SET
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation.meta import CONTENT_TYPE_PROBES, CaseMetadata, CoverageScenario
from schemathesis.specs.openapi import checks as openapi_checks
from schemathesis.transport.prepare import get_default_headers, prepare_request
from yaml import YAMLError

from bothends.cases.fuzzing.hypothesis_draws import know_encodings
from bothends.cases.fuzzing.unlikely_ids import spared
from bothends.errors import ContractError
from bothends.records import Request, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from schemathesis import BaseSchema

    from bothends.contract import Contract, Operation
    from bothends.records import Answer, Case

_BASE_URL = "http://target.invalid"  # RFC 6761: resolves nowhere, should anything try
_TEST_CASE_HEADER = "x-schemathesis-testcaseid"
_FRAMING_HEADERS = frozenset({"content-length", "transfer-encoding", "host"})
_AS_SENT = SanitizationConfig(enabled=False)

_CONFORMANCE = (
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
)
_REFUSALS = range(400, 500)
_REMEMBERED = 256
"""Answers that are as the contract has them, and are remembered."""
_REMEMBERED_BYTES = 1 << 12
"""The largest body of these."""
_OF_ITS_OWN_CASES = (openapi_checks.missing_required_header,)
_ACCEPTANCE = (openapi_checks.negative_data_rejection, openapi_checks.positive_data_acceptance)


@dataclass(frozen=True, slots=True)
class Made:
    """A case that Schemathesis made.

    Attributes:
        request: What it would send.
        positive: Whether Schemathesis holds it to be right.
        scenario: The coverage phase's name for it; None for a fuzzed case.
        description: What is wrong with it, in Schemathesis' words.
        origin: What re-makes it: `Case.origin`.
    """

    request: Request
    positive: bool
    scenario: str | None
    description: str
    origin: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """What a check of Schemathesis finds wrong with an answer.

    Attributes:
        check: The check's name.
        title: What is wrong, in a few words.
        message: What is wrong, over several lines.
        severity: A warning where it is about a method that the operation does not declare.
    """

    check: str
    title: str
    message: str
    severity: Severity = Severity.ERROR


@dataclass(slots=True)
class _Sent:
    """What the checks read of the request that was sent."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None


class SchemathesisBridge:
    """One contract, as Schemathesis sees it."""

    def __init__(self, contract: Contract) -> None:
        """Load the contract's spec.

        Raises:
            ContractError: Schemathesis can't load the spec.
        """
        know_encodings()
        self.document = contract.document
        self._schema = self.load(copy.deepcopy(self.document.value))
        self._operations = {each.id: each for each in contract.operations}
        self._theirs: dict[str, Any] = {}
        self._stubs: dict[str, Any] = {}
        self._conform: OrderedDict[tuple[object, ...], None] = OrderedDict()
        self._context = schemathesis.CheckContext(
            override=None,
            auth=None,
            headers=None,
            config=self._schema.config.checks_config_for(),
            transport_kwargs=None,
            response_checks=None,
        )

    def load(self, value: dict[str, Any]) -> BaseSchema:
        """Return an OpenAPI document as Schemathesis sees it, with no settings but these.

        Raises:
            ContractError: Schemathesis can't load it.
        """
        config = schemathesis.Config.from_dict(
            {
                "generation": {"with-security-parameters": False},
                # Which 4xx is right is the contract's to say: `Expectation` has it.
                "checks": {"negative_data_rejection": {"expected-statuses": ["4XX"]}},
            }
        )
        try:
            schema = schemathesis.openapi.from_dict(value, config=config)
        except schemathesis.errors.SchemathesisError as error:
            where = self.document.location("")
            raise ContractError(f"Schemathesis can't load the spec: {error}", where=where) from error
        schema.location = self.document.file.absolute().as_uri()
        return schema

    def coverage(self, operation: Operation) -> Iterator[Made]:
        """Yield the cases of Schemathesis' coverage phase for an operation.

        Raises:
            ContractError: Schemathesis can't generate for this operation.
        """
        with self.blaming(operation):
            theirs = self._operation(operation.id)
            cases = self._schema.iter_coverage_cases(
                theirs,
                generation_modes=list(schemathesis.GenerationMode),
                generation_config=self._schema.config.generation_for(operation=theirs, phase="coverage"),
            )
            for case in cases:
                made = self.made(operation, self.spared(operation, case))
                if made is not None:
                    yield made

    @staticmethod
    def spared(operation: Operation, case: Any) -> Any:
        """Return a case of Schemathesis' which, if it writes, has ids that hardly any object has."""
        for location, values in (("path", case.path_parameters), ("query", case.query)):
            changed = spared(operation, case.method, location, values)
            if changed is not None:
                case.freeze_metadata()  # what was right stays right, so what it says of the values holds of these
                setattr(case, {"path": "path_parameters"}.get(location, location), changed)
        return case

    @staticmethod
    def key(case: Any) -> int:
        """Return what tells two of Schemathesis' cases apart within this process."""
        parts = (case.path_parameters, case.query, dict(case.headers), case.cookies)
        body = case.body if case.body is NOT_SET else repr(case.body)
        return hash((case.method, case.path, case.media_type, repr(parts), body))

    @staticmethod
    def made(operation: Operation, case: Any) -> Made | None:
        """Serialise a case of Schemathesis' as it would send it; None: it knows no bodies of that media type."""
        try:
            request = _asking(operation, _request(case))
        except schemathesis.errors.SerializationNotPossible:
            return None  # that no request had such a body is told at the end of a run
        phase = case.meta.phase.data
        scenario = getattr(phase, "scenario", None)
        return Made(
            request=request,
            positive=case.meta.generation.mode.is_positive,
            scenario=None if scenario is None else scenario.value,
            description=phase.description or "",
            origin=_origin(case, request),
        )

    @contextmanager
    def blaming(self, operation: Operation) -> Iterator[None]:
        """Turn what Schemathesis or Hypothesis can't do with an operation into an error of the contract's."""
        try:
            yield
        except (schemathesis.errors.SchemathesisError, HypothesisException, YAMLError, OSError) as error:
            # It reads the files that are referred to anew, and by another reader of YAML.
            where = self.document.location(operation.pointer)
            raise ContractError(f"Schemathesis can't make cases for {operation.id}: {error}", where=where) from error

    def check(self, case: Case, answer: Answer) -> list[CheckFailure]:
        """Run the response checks that apply to an exchange.

        Args:
            case: The case; one without an origin is checked for conformance alone.
            answer: What the target answered.

        Returns:
            What is wrong with the answer; empty when nothing is.
        """
        theirs = self.remade(case)
        response = _response(case.request, answer)
        if case.request.method != self._operations[case.operation].method:
            return list(self._failures(openapi_checks.unsupported_method, theirs, response, Severity.WARNING))
        found: list[CheckFailure] = []
        if not case.expect.server_error:
            found += self._server_error(theirs, response)
        found += self._conformance(case.operation, theirs, response, answer)
        if case.origin is not None:
            # Which refusal is right is the contract's to say: of Authorization, Schemathesis knows none but 401.
            of_its_own = () if answer.status in _REFUSALS else _OF_ITS_OWN_CASES
            for check in (*of_its_own, *(_ACCEPTANCE if case.origin.get("acceptance") else ())):
                found += self._failures(check, theirs, response)
        return found

    def _conformance(
        self, operation_id: str, theirs: Any, response: schemathesis.Response, answer: Answer
    ) -> list[CheckFailure]:
        """Return what is wrong with an answer, whatever was asked: of those that are alike, one is checked."""
        headers = tuple(pair for pair in answer.headers if pair[0] != "date")
        key = operation_id, answer.status, headers, answer.body, answer.size
        if key in self._conform:
            return []
        found = [failure for check in _CONFORMANCE for failure in self._failures(check, theirs, response)]
        if not found and len(answer.body) <= _REMEMBERED_BYTES:
            self._conform[key] = None
            if len(self._conform) > _REMEMBERED:
                self._conform.popitem(last=False)
        return found

    def remade(self, case: Case) -> Any:
        """Return a case as Schemathesis made it; for a case of ours, one that says no more than its operation.

        Args:
            case: Its origin must be of its request: a request that was changed has no origin.
        """
        operation = self._operation(case.operation)
        origin = case.origin
        if origin is None:
            if case.operation not in self._stubs:
                self._stubs[case.operation] = self._schema.make_case(operation=operation)
            return self._stubs[case.operation]
        theirs = self._schema.make_case(
            operation=operation,
            method=cast("Any", case.request.method),  # any token; theirs are those that OpenAPI names
            path=origin.get("path"),
            body=_body(origin["body"], case.request),
            media_type=origin["media_type"],
            meta=CaseMetadata.from_dict({"components": {}, **origin["meta"]}) if "meta" in origin else None,
            **origin.get("parts", {}),
        )
        theirs.freeze_metadata()  # what it says of the values stays as it was when they were made
        return theirs

    def _server_error(self, theirs: Any, response: schemathesis.Response) -> list[CheckFailure]:
        if _scenario(theirs) not in CONTENT_TYPE_PROBES:
            return list(self._failures(not_a_server_error, theirs, response))
        if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            return []
        message = f"{response.status_code} for a body with another media type"
        return [CheckFailure("not_a_server_error", "Server error", message)]

    def _failures(
        self,
        check: Callable[..., Any],
        theirs: Any,
        response: schemathesis.Response,
        severity: Severity = Severity.ERROR,
    ) -> Iterator[CheckFailure]:
        try:
            check(self._context, response, theirs)
        except FailureGroup as group:
            for failure in group.exceptions:
                yield CheckFailure(check.__name__, getattr(failure, "title", ""), str(failure), severity)
        except Failure as failure:
            yield CheckFailure(check.__name__, failure.title, failure.message, severity)

    def _operation(self, operation_id: str) -> Any:
        if operation_id not in self._theirs:
            ours = self._operations[operation_id]
            self._theirs[operation_id] = self._schema[ours.path][ours.method]
        return self._theirs[operation_id]


def _scenario(case: Any) -> CoverageScenario | None:
    meta = case.meta
    return None if meta is None else getattr(meta.phase.data, "scenario", None)


def _request(case: Any) -> Request:
    """Return a case's request without what Schemathesis adds to name itself."""
    prepared = prepare_request(case, None, config=_AS_SENT, base_url=_BASE_URL)
    own = {name.lower() for name in case.headers}
    added = {name.lower() for name in get_default_headers()} | {_TEST_CASE_HEADER} | _FRAMING_HEADERS
    headers = tuple(
        (name, value.decode("latin-1") if isinstance(value, bytes) else str(value))
        for name, value in prepared.headers.items()
        if name.lower() in own or name.lower() not in added
    )
    parts = urlsplit(str(prepared.url))
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    body: Any = prepared.body  # text or bytes: streams come of files only, which a case has none of
    return Request(
        method=case.method,
        target=target,
        headers=tuple(pair for pair in headers if pair[0].lower() not in _FRAMING_HEADERS),
        body=body.encode() if isinstance(body, str) else body,
    )


def _asking(operation: Operation, request: Request) -> Request:
    """Return a request that asks for what its operation's successes have, where that is chosen by its name."""
    if not operation.accept or request.method != operation.method or request.header("accept") is not None:
        return request
    return replace(request, headers=(("Accept", operation.accept), *request.headers))


def _origin(case: Any, request: Request) -> dict[str, Any]:
    """Return what re-makes a case, as JSON; without its metadata when that is not JSON."""
    parts = {name: dict(getattr(case, name)) for name in ("path_parameters", "headers", "cookies", "query")}
    # What is empty is left out, but for the parts of a request: one without any has a mapping of none.
    meta = {name: value for name, value in case.meta.to_dict().items() if value or name == "components"}
    meta["generation"]["time"] = 0.0  # how long it took is not what makes it the same case
    origin: dict[str, Any] = {
        "body": _body_note(case.body, request),
        "media_type": case.media_type,
        "meta": meta,
    }
    if case.path != case.operation.path:
        origin["path"] = case.path
    if given := {name: value for name, value in parts.items() if value}:
        origin["parts"] = given
    try:
        json.dumps(origin, allow_nan=False)
    except (TypeError, ValueError):  # values that only Python has: the checks that need them won't run
        return {"body": "none", "media_type": case.media_type}
    return origin


def _body_note(body: Any, request: Request) -> Any:
    """Return how a case's body follows from its request's: `none`, `bytes`, `json`, or the value itself."""
    if body is NOT_SET:
        return "none"
    if isinstance(body, bytes):
        return "bytes" if body == request.body else {"base64": base64.b64encode(body).decode()}
    try:
        as_json = request.body is not None and json.loads(request.body) == body
    except ValueError:
        as_json = False
    return "json" if as_json else {"value": body}


def _body(note: Any, request: Request) -> Any:
    if note == "none":
        return NOT_SET
    if note == "bytes":
        return request.body
    if note == "json":
        return json.loads(request.body or b"")
    return note["value"] if "value" in note else base64.b64decode(note["base64"])


def _response(request: Request, answer: Answer) -> schemathesis.Response:
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        headers.setdefault(name, []).append(value)
    sent: Any = _Sent(request.method, _BASE_URL + request.target, dict(request.headers), request.body)
    return schemathesis.Response(
        status_code=answer.status,
        headers=headers,
        content=answer.body,
        content_size=answer.size,
        request=sent,
        elapsed=0.0,
        verify=True,
        message=answer.reason,
        encoding=_charset(answer),
    )


def _charset(answer: Answer) -> str | None:
    content_type = answer.header("content-type") or ""
    _, found, charset = content_type.lower().partition("charset=")
    return charset.partition(";")[0].strip(' "') if found else None
