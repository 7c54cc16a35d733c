"""What a spec shows that a service needs: who receives its events, who signs in, where a webhook is registered.

All of it is proposed in comments: a spec says neither under which name a service reads an address, nor which accounts
there are.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from bothends.cases import admitted_request
from bothends.contract.messages import is_form, is_json
from bothends.contract.openapi import read_schemes, select, token_paths
from bothends.contract.operations import answers_of, root_webhooks
from bothends.contract.requests import SAFE
from bothends.contract.settings import lines_for
from bothends.contract.terms import asked_schemes
from bothends.errors import ContractError
from bothends.records import join
from bothends.reports import escape_json
from bothends.scaffold.signed import declared_headers, signature_line
from bothends.schemas import certain, targets_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from bothends.contract import Contract, Operation
    from bothends.documents import Place
    from bothends.scaffold.proposal import Proposal
    from bothends.schemas import Target

TAKEN = "{setup.token_%d}"
"""Stands for what a caller is given who signs in, by the caller's number."""
_FIRST_PORT = 9090
_NAMED = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}(?:/|$)")
_SLUG = re.compile(r"[^a-z0-9]+")
_PASSWORD = re.compile(r"pass(?:word|phrase|wd)?|pwd", re.IGNORECASE)
_USER = re.compile(r"(?:user|login|account)(?:_?name|_?id)?|e-?mail|name", re.IGNORECASE)
_TOKEN = re.compile(r"(?:(?:access|auth|id|session|api)[_-]?)?(?:token|jwt)", re.IGNORECASE)
_URL = re.compile(r"(?:[a-z]+[_-]?)?ur[li]|endpoint", re.IGNORECASE)
_REGISTERS = re.compile(r"hook|subscri|callback|listener|endpoint|notif", re.IGNORECASE)
_KEPT = re.compile(r"(?:.*[_-])?(?:web)?(?:hook|subscription|listener|endpoint)s?", re.IGNORECASE)
"""The last word of a path at which receivers of events are kept."""
_HEADERS = re.compile(r"\{headers = (\{.*?\})\},$", re.MULTILINE)
"""The headers of a caller in the table of a session."""
_SIGN_UP = re.compile(r"sign[_-]?up|regist(?:er|ration)|users?$|accounts?$", re.IGNORECASE)
_OF_BODIES, _OF_COOKIES = "body#", "cookie."
"""How `take` says that a value is in the body of an answer, or in a cookie that it sets."""
_FEW = 3
"""Statuses that are listed one by one, at most: `2XX` is a hundred of them."""
_DEEPEST = 2


def quoted(text: str) -> str:
    """Return a text as TOML has it, and as it may stand in a comment."""
    return escape_json(json.dumps(text, ensure_ascii=False))


# Who receives events.


@dataclass(frozen=True, slots=True)
class Receiver:
    """An ingest that events would arrive at.

    Attributes:
        name: Its name in the settings.
        why: What the spec says of it, as a sentence.
        keys: More lines of its table.
    """

    name: str
    why: str
    keys: tuple[str, ...] = ()

    @property
    def is_fixed(self) -> bool:
        """Whether it stands for a URL that the spec fixes: nobody registers it."""
        return any(key.startswith("stands_for") for key in self.keys)

    def lines(self, port: int) -> list[str]:
        """Return its table, with the port that a service which runs already has to know."""
        table = "[world.ingest]" if self.name == "ingest" else f"[world.ingests.{self.name}]"
        return [
            "",
            f"# {self.why}",
            f"# Remove the `#`, and have the service send to {{world.{self.name}}}; one that runs knows the port.",
            f"# {table}",
            '# kind = "webhook"',
            f"# port = {port}",
            *(f"# {key}" for key in self.keys),
        ]


def receivers_of(root: Place, contract: Contract) -> list[Receiver]:
    """Return the ingests that the callbacks and the webhooks of a document need.

    Where a request or an answer gives the URL of an event, none is needed. Most documents leave out what is sent to an
    address of the service's settings: where one declares nothing, there may be something all the same.

    Args:
        root: The document.
        contract: The contract, with all operations of the document.
    """
    found: dict[str, Receiver] = {}
    for key, callback in _callbacks(root):
        named = _NAMED.match(key)
        if named is not None:
            found.setdefault(named[1], Receiver(named[1], f"The callback {quoted(callback)} goes to {quoted(key)}."))
        elif key.startswith(("http://", "https://")):
            parts = urlsplit(key)
            origin = f"{parts.scheme}://{parts.netloc}"
            name = _SLUG.sub("-", parts.netloc.lower().partition(".")[0]).strip("-")
            stands = f"stands_for = {quoted(origin)}"
            if name and not any(each.keys == (stands,) for each in found.values()):
                name = _free(f"hooks-{name}" if name in _RESERVED else name, found)
                found[name] = Receiver(name, f"The callback {quoted(callback)} goes to {quoted(key)}.", (stands,))
    webhooks = [name for name, _ in root_webhooks(root)]
    if webhooks:
        listed = ", ".join(map(quoted, webhooks))
        why = f"Webhooks of the spec: `x-sends` of an operation in the overlay says which of them it sends: {listed}"
        name = _free("webhooks", found)
        signed = signature_line(declared_headers(root))
        found[name] = Receiver(name, why, (f"receives = [{listed}]", *([signed] if signed else [])))
    registered = next(_registrations(contract), None)
    if registered is not None and all(each.is_fixed for each in found.values()):
        path = quoted(f"POST {registered.operation.path}")
        found["hooks"] = Receiver(
            "hooks", f"A webhook seems to be registered by {path}: what it is sent is not declared."
        )
    elif not found and next(_callbacks(root), None) is None and _writes(contract):
        found["hooks"] = Receiver("hooks", _NO_EVENT)
    return list(found.values())


def _writes(contract: Contract) -> bool:
    """Return whether an operation may change something, of which there may be an event."""
    return any(each.method not in SAFE for each in contract.operations)


_NO_EVENT = "The spec declares no event. If the service sends any, such as a webhook, they arrive here, and are seen."
_RESERVED = frozenset({"ca", "canary", "event_key", "host", "session_secret", "upstream_timeout_ms", "session"})
"""Names that an ingest can't have, as variables of the world have them."""


def _free(name: str, taken: Collection[str]) -> str:
    number = 2
    wanted = name
    while wanted in taken:
        wanted, number = f"{name}-{number}", number + 1
    return wanted


def _callbacks(root: Place) -> Iterator[tuple[str, str]]:
    """Yield the key of each callback, and its name; what can't be read has none."""
    for each in select(root, ["*"], None).chosen:
        callbacks = each.place.get("callbacks")
        for name in callbacks.mapping() if callbacks is not None else ():
            if callbacks is None or name.startswith("x-"):
                continue
            try:
                yield from ((key, name) for key in callbacks.child(name).follow().mapping())
            except ContractError:
                continue  # the contract says why


def receiver_lines(receivers: Sequence[Receiver]) -> list[str]:
    """Return the tables of ingests, in comments."""
    return [line for place, each in enumerate(receivers) for line in each.lines(_FIRST_PORT + place)]


def variable_lines(receivers: Sequence[Receiver]) -> list[str]:
    """Return the lines of `[target.env]` that tell a service where its events go, in comments."""
    return [f'# {each.name.upper().replace("-", "_")}_URL = "{{world.{each.name}}}"' for each in receivers]


# Who signs callers up and in.


@dataclass(frozen=True, slots=True)
class Step:
    """A request that callers sign up or in by.

    Attributes:
        operation: What it is a request of.
        part: `json` or `form`.
        body: Its body.
        gives: Where its answer has what signs a caller in, as `take` says it: `body#/token`, or `cookie.sid`; empty:
            nowhere.
        statuses: What it may be answered; empty: any success.
    """

    operation: Operation
    part: str
    body: dict[str, Any]
    gives: str = ""
    statuses: tuple[int, ...] = ()

    @property
    def cookie(self) -> str:
        """The name of the cookie that signs a caller in; empty: it is no cookie."""
        return self.gives.removeprefix(_OF_COOKIES) if self.gives.startswith(_OF_COOKIES) else ""

    def lines(self, number: int) -> Iterator[str]:
        """Yield its table, for one of the callers."""
        yield "[[target.setup]]"
        yield f"path = {quoted(self.operation.path)}"
        values = ", ".join(f"{quoted(name)} = {_toml(_own(name, value, number))}" for name, value in self.body.items())
        yield f"{self.part} = {{{values}}}"
        if self.statuses:
            yield f"status = {list(self.statuses)}"
        if self.gives:
            yield f"take = {{token_{number} = {quoted(self.gives)}}}"


def steps_of(root: Place, contract: Contract) -> list[Step]:
    """Return the requests by which a caller would sign up and in: a password goes in, a token or a cookie comes out.

    Args:
        root: The document.
        contract: The contract, with all operations of the document.
    """
    paths = token_paths(root.value, "password")
    made = [step for operation in contract.operations if (step := _step(operation)) is not None]
    # RFC 6749 section 5.1: the member has this name, whatever the document says of the answer.
    oauth = f"{_OF_BODIES}/access_token"
    found = [replace(each, gives=oauth) if each.operation.path in paths else each for each in made]
    signs_in = next((each for each in found if each.gives), None)
    signs_up = next((each for each in found if not each.gives and _SIGN_UP.search(each.operation.path)), None)
    opens = next((each for each in found if each is not signs_up), None)
    if signs_in is None and opens is not None and (cookie := _asked_cookie(root)):
        signs_in = replace(opens, gives=f"{_OF_COOKIES}{cookie}")
    if signs_up is not None and signs_in is not None:
        signs_up = replace(signs_up, statuses=_once_or_again(signs_up.operation))
    return [each for each in (signs_up, signs_in) if each is not None]


def _once_or_again(operation: Operation) -> tuple[int, ...]:
    """Return what a sign-up may be answered where the account may be there since an earlier run; empty: a success."""
    taken = next((answer for answer in operation.answers if answer.status == str(HTTPStatus.CONFLICT.value)), None)
    right = sorted(operation.success_statuses)
    return (*right, HTTPStatus.CONFLICT.value) if taken is not None and len(right) <= _FEW else ()


def _asked_cookie(root: Place) -> str:
    """Return the name of the cookie that callers show, as a document says; empty: it asks for none."""
    schemes, _ = read_schemes(root)
    asked = asked_schemes(root, (each.place for each in select(root, ["*"], None).chosen))
    known = (schemes[name] for name in asked if name in schemes)
    return next((one.parameter for one in known if one.location == "cookie"), "")


def _step(operation: Operation) -> Step | None:
    posted = None if operation.security.demanded else _posted(operation)
    if posted is None or not any(_PASSWORD.fullmatch(name) for name in posted[1]):
        return None
    token = _token(operation)
    return Step(operation, *posted, f"{_OF_BODIES}{token}" if token else "")


def _posted(operation: Operation) -> tuple[str, dict[str, Any]] | None:
    """Return how an object is posted, `json` or `form`, and a right one; None where none is, or to no fixed path."""
    if operation.method != "POST" or "{" in operation.path:
        return None
    request = admitted_request(operation)
    content = "" if request is None else request.header("content-type") or ""
    if request is None or request.body is None or not (is_json(content) or is_form(content)):
        return None
    try:
        part, body = (
            ("json", json.loads(request.body)) if is_json(content) else ("form", dict(parse_qsl(request.body.decode())))
        )
    except ValueError:
        return None
    return (part, body) if isinstance(body, dict) else None


def _token(operation: Operation) -> str:
    """Return where the answer of success has a token; empty: nowhere."""
    for answer in operation.answers:
        if not operation.statuses_for(answer) & operation.success_statuses:
            continue
        for media_type, schema in answer.content.items():
            if schema is not None and is_json(media_type):
                found = next(_tokens(schema.raw, targets_in(schema.raw), "", 1), "")
                if found:
                    return found
    return ""


def _tokens(schema: Any, target: Target, pointer: str, depth: int) -> Iterator[str]:
    """Yield the JSON pointers to what may be a token in values that a schema describes."""
    members = [one for part in certain(schema, target) for one in part.get("properties", {}).items()]
    yield from (pointer + join(name) for name, _ in members if _TOKEN.fullmatch(name))
    if depth < _DEEPEST:
        for name, member in members:
            yield from _tokens(member, target, pointer + join(name), depth + 1)


def _own(name: str, value: Any, number: int) -> Any:
    """Return the value of a member, as one of the callers has it."""
    if isinstance(value, str) and _PASSWORD.fullmatch(name):
        return f"{{env.PASSWORD_{number}}}"
    return f"{{env.USER_{number}}}" if isinstance(value, str) and _USER.fullmatch(name) else value


def _toml(value: Any) -> str:
    """Return a JSON value as TOML has it on one line."""
    if isinstance(value, dict):
        members = (f"{quoted(name)} = {_toml(each)}" for name, each in value.items() if each is not None)
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(each) for each in value if each is not None)}]"
    return quoted(value) if isinstance(value, str) else json.dumps(value)


# Where a webhook is registered.


@dataclass(frozen=True, slots=True)
class Registration:
    """A request that tells a service where its events go.

    Attributes:
        operation: What it is a request of.
        part: `json` or `form`.
        body: Its body.
        member: The member of it that has the URL.
    """

    operation: Operation
    part: str
    body: dict[str, Any]
    member: str

    def lines(self, receiver: Receiver, *, signed_in: Step | None, root: Place) -> Iterator[str]:
        """Yield its table.

        Args:
            receiver: Where the events go.
            signed_in: The earlier step that has taken a token; None: there is none.
            root: The document.
        """
        yield "[[target.setup]]"
        yield f"path = {quoted(self.operation.path)}"
        if self.operation.security.demanded:
            shown = _headers_of(root, self.operation)
            if signed_in is not None:
                cookie, token = signed_in.cookie, TAKEN % 1
                header = f'Cookie = "{cookie}={token}"' if cookie else f'Authorization = "Bearer {token}"'
                shown = f"{{{header}}}"
            yield from [f"headers = {shown}"] if shown else []
        body = {**self.body, self.member: f"{{world.{receiver.name}}}"}
        yield f"{self.part} = {_toml(body)}"


def _headers_of(root: Place, operation: Operation) -> str:
    """Return the headers that the first caller shows to an operation, as a table; empty: it shows something else."""
    schemes, _ = read_schemes(root)
    place = next(each.place for each in select(root, ["*"], None).chosen if each.id == operation.id)
    asked = (lines_for(schemes[name]) for name in asked_schemes(root, [place]) if name in schemes)
    found = (_HEADERS.search(table) for table in asked)
    return next((each[1] for each in found if each is not None), "")


def keeps_receivers(operation: Operation) -> bool:
    """Return whether an operation seems to do nothing but keep receivers of events: each request adds one for good.

    One that sends something itself, such as a notification to the URL in its body, is none.
    """
    *_, last = operation.path.rstrip("/").split("/")
    return _KEPT.fullmatch(last) is not None and not operation.events and _registration(operation) is not None


def _registration(operation: Operation) -> Registration | None:
    """Return the request with a URL at which nothing is sent by itself, and whose path says that something is."""
    posted = _posted(operation) if _REGISTERS.search(operation.path) and not operation.addresses else None
    member = next(filter(_URL.fullmatch, posted[1]), "") if posted is not None else ""
    return Registration(operation, *posted, member) if posted is not None and member else None


def _registrations(contract: Contract) -> Iterator[Registration]:
    yield from (found for found in map(_registration, contract.operations) if found is not None)


def narrowed(root: Place, contract: Contract, made: Sequence[Proposal]) -> bool:
    """Return whether some operations are under test no more once what is sure is said of others.

    Args:
        root: The document.
        contract: The contract, with all operations of the document.
        made: What is proposed.
    """
    before = select(root, None, None)
    if contract.settings.operations is not None or before.left_out:
        return False
    said = [each.place for each in made if each.is_sure]
    told = 0
    for each in before.every:
        answers = {answer.identity for _, answer in answers_of(each.place)}
        own = f"{each.place.pointer}/"
        told += each.says_more or any(
            place.identity in answers or f"{place.pointer}/".startswith(own) for place in said
        )
    return 0 < told < len(before.every)


def choice_of(contract: Contract, *, is_narrowed: bool) -> list[str]:
    """Return the operations to test; empty: no choice is needed. `is_narrowed`: without one, some are left out."""
    others = [each.id for each in contract.operations if not keeps_receivers(each)]
    if len(others) < len(contract.operations):
        return others
    return ["*"] if is_narrowed else []


def chosen_lines(contract: Contract, *, is_narrowed: bool) -> list[str]:
    """Return the choice of operations: those that register where events go are left out, and there may be none.

    Each request of these adds a receiver, and a service sends all its events to all of them from then on: more in each
    run, signed with other secrets, and to hosts that do not exist.

    Args:
        contract: The contract, with all operations of the document.
        is_narrowed: Whether some operations would not be under test without a choice.
    """
    left_out = [each for each in contract.operations if keeps_receivers(each)]
    others = choice_of(contract, is_narrowed=is_narrowed)
    if not others:
        return []
    if not left_out:
        return ["# All operations: without this line, only those of which an overlay says more.", 'operations = ["*"]']
    names = " and ".join(quoted(f"POST {each.path}") for each in left_out)
    verb = "seems" if len(left_out) == 1 else "seem"
    return [
        f"# Left out: {names} {verb} to register where events go.",
        "# Each request of a run would add one more receiver of all events.",
        "operations = [",
        *(f"    {quoted(name)}," for name in others),
        "]",
    ]


def setup_lines(steps: Sequence[Step], root: Place, contract: Contract, receivers: Sequence[Receiver]) -> list[str]:
    """Return the tables of setup, in comments: two callers sign up and in, and a webhook is registered.

    Args:
        steps: By which callers sign up and in.
        root: The document.
        contract: The contract, with all operations of the document.
        receivers: Who receives events.
    """
    lines: list[str] = []
    if steps:
        names = " and ".join(f"POST {each.operation.path}" for each in steps)
        lines += [
            "",
            f"# Callers seem to sign up or in by {quoted(names)}: remove the `#`, and set the variables,",
            "# to names that no example of the spec has: a name that is taken is refused.",
        ]
        lines += [f"# {line}" for number in (1, 2) for step in steps for line in step.lines(number)]
    registered = next(_registrations(contract), None)
    if registered is not None:
        receiver = next(each for each in reversed(receivers) if not each.is_fixed)
        lines += ["", f"# {quoted(f'POST {registered.operation.path}')} seems to register where events go:"]
        signed_in = next((step for step in steps if step.gives), None)
        lines += [f"# {line}" for line in registered.lines(receiver, signed_in=signed_in, root=root)]
    return lines
