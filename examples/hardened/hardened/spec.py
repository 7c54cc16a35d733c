"""What the endpoint knows of its contract: all of it is read from the OpenAPI document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from hardened import json_text
from hardened.document import Document, SpecError, reading

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jsonschema_rs import Draft202012Validator

OPERATION_ID = "postRoute"
FAMILIES = (
    "signed-out",
    "malformed-body",
    "unsupported-media-type",
    "body-too-large",
    "invalid-body",
    "upstream-wrong",
    "upstream-unreachable",
    "upstream-timeout",
)
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """A declared error answer.

    Attributes:
        family: What leads to it (`x-given`).
        upstream: The one upstream that it is about; None: any.
        status: HTTP status.
        title: The answer's description.
        media_type: Media type of its body.
    """

    family: str
    upstream: str | None
    status: int
    title: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Success:
    """The declared 2xx answer.

    Attributes:
        status: HTTP status.
        media_type: Media type of its body.
        body: Its body: the first example that the spec gives.
    """

    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Operation:
    """The operation that this endpoint implements.

    Attributes:
        method: HTTP method.
        path: Path template, with the server's base path.
        cookie: Name of the session's cookie.
        body_required: Whether a request without a body is refused.
        bodies: Validator by media type, in lower case.
        max_bytes: The longest body that is taken, bytes.
        success: The 2xx answer.
        errors: The declared error answers that have an `x-given`.
    """

    method: str
    path: str
    cookie: str
    body_required: bool
    bodies: Mapping[str, Draft202012Validator]
    max_bytes: int
    success: Success
    errors: tuple[ErrorAnswer, ...]

    def error(self, family: str, upstream: str | None = None) -> ErrorAnswer:
        """Return the answer for a family: the one that names the upstream, before one that names none."""
        fitting = [answer for answer in self.errors if answer.family == family and answer.upstream in (upstream, None)]
        return max(fitting, key=lambda answer: answer.upstream is not None)


@dataclass(frozen=True, slots=True)
class EventContract:
    """The callback: the event that the operation sends.

    Attributes:
        url_template: The callback's key.
        method: HTTP method.
        media_type: Media type of the event.
        schema: Schema of the event, as it stands in the document.
        acknowledgement: Validator of the ingest's 200 answer.
    """

    url_template: str
    method: str
    media_type: str
    schema: Any
    acknowledgement: Draft202012Validator

    def url(self, ingest: str, event_key: str) -> str:
        """Return where events go.

        Args:
            ingest: Base URL of the ingest.
            event_key: The key, as it was given out.

        Raises:
            SpecError: The template has a name other than `ingest` and `eventKey`.
        """
        try:
            return self.url_template.format(ingest=ingest.rstrip("/"), eventKey=quote(event_key, safe=""))
        except (KeyError, IndexError, ValueError) as error:
            raise SpecError(f"callback {self.url_template!r}: only {{ingest}} and {{eventKey}} are known") from error


@dataclass(frozen=True, slots=True)
class Spec:
    """The contract, as far as this endpoint is concerned.

    Attributes:
        document: The whole document.
        operation: The operation.
        event: Its event.
    """

    document: Document
    operation: Operation
    event: EventContract


def read(file: Path) -> Spec:
    """Read the contract from an OpenAPI document.

    Raises:
        SpecError: It can't be read, or does not say what this endpoint must know.
    """
    document = Document.read(file)
    with reading(file):
        path, method, node = _find_operation(document)
        return Spec(document, _operation(document, path, method, node), _event(document, node))


def _find_operation(document: Document) -> tuple[str, str, dict[str, Any]]:
    for path, item in document.root["paths"].items():
        for method, node in document.resolve(item).items():
            if method in _METHODS and node.get("operationId") == OPERATION_ID:
                return path, method, node
    raise SpecError(f"no operation has the operationId {OPERATION_ID}")


def _operation(document: Document, path: str, method: str, node: dict[str, Any]) -> Operation:
    servers = document.root.get("servers") or [{"url": "/"}]
    base = urlsplit(servers[0]["url"]).path.rstrip("/")
    body = document.resolve(node.get("requestBody", {}))
    responses = {str(status): document.resolve(answer) for status, answer in node["responses"].items()}
    errors = tuple(_error(int(status), answer) for status, answer in responses.items() if "x-given" in answer)
    missing = set(FAMILIES) - {answer.family for answer in errors if answer.upstream is None}
    if missing:
        raise SpecError(f"no answer of {OPERATION_ID} is declared for {', '.join(sorted(missing))}")
    return Operation(
        method=method.upper(),
        path=base + path,
        cookie=_cookie(document, node),
        body_required=body.get("required", False),
        bodies={name.lower(): document.validator(part["schema"]) for name, part in body.get("content", {}).items()},
        max_bytes=_max_bytes(responses),
        success=_success(document, responses),
        errors=errors,
    )


def _error(status: int, answer: dict[str, Any]) -> ErrorAnswer:
    given = answer["x-given"] if isinstance(answer["x-given"], dict) else {"family": answer["x-given"]}
    return ErrorAnswer(
        given["family"], given.get("upstream"), status, answer["description"], next(iter(answer["content"]))
    )


def _max_bytes(responses: dict[str, dict[str, Any]]) -> int:
    givens = [answer.get("x-given") for answer in responses.values()]
    limits = [given["bytes"] for given in givens if isinstance(given, dict) and "bytes" in given]
    if not limits:
        raise SpecError("no x-given says in `bytes` how long a body may be")
    return int(limits[0])


def _success(document: Document, responses: dict[str, dict[str, Any]]) -> Success:
    status = next((status for status in responses if status.startswith("2")), None)
    if status is None:
        raise SpecError(f"no answer of success is declared for {OPERATION_ID}")
    media_type, content = next(iter(responses[status]["content"].items()))
    value = document.resolve(next(iter(content["examples"].values())))["value"]
    if not document.validator(content["schema"]).is_valid(value):
        raise SpecError(f"the example of answer {status} is not what its schema asks for")
    return Success(int(status), media_type, json_text.dumps(value))


def _cookie(document: Document, node: dict[str, Any]) -> str:
    name = next(iter(node.get("security", document.root.get("security", ()))[0]))
    scheme = document.resolve(document.root["components"]["securitySchemes"][name])
    if (scheme["type"], scheme.get("in")) != ("apiKey", "cookie"):
        raise SpecError("the operation's security is not a cookie")
    return str(scheme["name"])


def _event(document: Document, node: dict[str, Any]) -> EventContract:
    if not node.get("callbacks"):
        raise SpecError(f"{OPERATION_ID} has no callbacks, so there is no event to send")
    url_template, item = next(iter(document.resolve(next(iter(node["callbacks"].values()))).items()))
    method, callback = next((key, value) for key, value in document.resolve(item).items() if key in _METHODS)
    media_type, content = next(iter(document.resolve(callback["requestBody"])["content"].items()))
    answers = {str(status): answer for status, answer in callback["responses"].items()}
    acknowledged = next(iter(document.resolve(answers["200"])["content"].values()))
    return EventContract(
        url_template, method.upper(), media_type, content["schema"], document.validator(acknowledged["schema"])
    )
