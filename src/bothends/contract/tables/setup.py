"""`[target] setup`: a command or HTTP steps that prepare a target which has just become ready, and what they yield."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from bothends.contract.tables.environment import not_set
from bothends.errors import did_you_mean, one_of
from bothends.records import MISSING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bothends.contract.tables.toml_table import Table
    from bothends.errors import ContractError, Location


# Texts with gaps: `{setup.token}`, `{env.PASSWORD}`, `{world.hooks}`. All other braces are left alone, since a text may
# be JSON, GraphQL or a program.

NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_GAP = re.compile(r"\{((?:setup|env|world)\.[A-Za-z0-9_][A-Za-z0-9_.-]*|port|host|target)\}")
SETUP = "setup."
ENV = "env."
HEADERS = "setup_headers"
HeaderValue = str | dict[str, str]
"""The value of a header: a text with gaps, or a table with `user` and `password`, which are coded for HTTP Basic."""


def gaps(value: Any) -> Iterator[str]:
    """Yield the name in each gap of the texts of a value: `setup.token`, `world.hooks`, `port`."""
    if isinstance(value, str):
        yield from _GAP.findall(value)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from gaps(name)
            yield from gaps(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from gaps(each)


def setup_names(value: Any) -> tuple[str, ...]:
    """Return the names of the setup values in the texts of a value, each once."""
    return tuple(dict.fromkeys(name.removeprefix(SETUP) for name in gaps(value) if name.startswith(SETUP)))


def fill(value: Any, values: Mapping[str, Any]) -> Any:
    """Return a value with the gaps of its texts filled; those of unknown names stay.

    A text that is one gap becomes the value of that name, whatever its type.

    Args:
        value: A text, or a list or a table of texts.
        values: By name: `setup.token`, `port`.
    """
    if isinstance(value, dict):
        return {fill_text(name, values): fill(each, values) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [fill(each, values) for each in value]
    if not isinstance(value, str):
        return value
    whole = _GAP.fullmatch(value)
    if whole is not None and whole[1] in values:
        return values[whole[1]]
    return fill_text(value, values)


def fill_text(text: str, values: Mapping[str, Any]) -> str:
    """Return a text with its gaps filled; those of unknown names stay."""
    return _GAP.sub(lambda gap: text_of(values[gap[1]]) if gap[1] in values else gap[0], text)


def text_of(value: Any) -> str:
    """Return a setup value as it stands in a URL, a header or a form."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# The records.


@dataclass(frozen=True, slots=True)
class Take:
    """Where a step takes a value from its answer.

    Attributes:
        part: The body, a header, or a cookie that the answer sets.
        name: A JSON pointer into the body, or the name of the header or the cookie.
        text: As written.
    """

    part: Literal["body", "header", "cookie"]
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One `[[target.setup]]` table: a request to the target.

    Attributes:
        method: HTTP method.
        path: Path and query of the request. Texts can contain `{setup.NAME}`, `{world.NAME}`, `{env.NAME}`, `{port}`.
        headers: Headers of the request; a value is a text, or `{user = …, password = …}` for HTTP Basic.
        json: Body of the request as JSON; None: no JSON body.
        form: Body of the request as a form; None: no form.
        status: Expected status, or a list of them; None: any 2xx.
        take: Values of the answer by name, `body#/pointer`, `header.Name` or `cookie.name`: `{setup.NAME}` stands for
            them.
        location: Where the table is.
    """

    path: str
    method: str = "POST"
    headers: Mapping[str, HeaderValue] = field(default_factory=dict)
    json: Any = MISSING
    form: Mapping[str, str] | None = None
    status: tuple[int, ...] = ()
    take: Mapping[str, Take] = field(default_factory=dict)
    location: Location | None = field(default=None, compare=False)

    @property
    def texts(self) -> list[Any]:
        """All that can have gaps."""
        return [self.path, dict(self.headers), None if self.json is MISSING else self.json, dict(self.form or {})]


@dataclass(frozen=True, slots=True)
class Setup:
    """What prepares a target.

    Attributes:
        command: Program and arguments; empty: there is none.
        steps: Requests to the target, one after the other.
        location: Where it stands.
    """

    command: tuple[str, ...] = ()
    steps: tuple[SetupStep, ...] = ()
    location: Location | None = field(default=None, compare=False)

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.command or self.steps)

    @property
    def names(self) -> frozenset[str] | None:
        """The names of the values that it yields; None: a command says so when it runs."""
        return None if self.command else frozenset(name for step in self.steps for name in step.take)

    def yields(self, name: str) -> bool:
        """Whether it may yield a value."""
        return bool(self) and (self.names is None or name in self.names)


# Reading.

_TAKE = re.compile(
    r"body(?:#(?P<pointer>(?:/(?:[^~/]|~[01])*)*))?"
    r"|(?P<part>header|cookie)\.(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)"
)


def read_setup(target: Table, command: tuple[str, ...]) -> Setup:
    """Return what the key `setup` of the `[target]` table says.

    Args:
        target: The table.
        command: The words of the command; empty where `setup` is a list of tables.

    Raises:
        ContractError: A step uses a value that no earlier step takes, or a variable that is not set.
    """
    where = target.location("setup")
    if command:
        for word in command:
            check_env(target, "setup", word)
        names = setup_names(list(command))
        if names:
            raise target.error(
                "setup",
                f"The setup command uses {{setup.{names[0]}}}, but no value is known before it has run.",
                expected="{world.NAME}, {env.NAME}, {port}, {host} or {target}",
            )
        return Setup(command, (), where)
    known: list[str] = []
    steps = []
    for number, values in enumerate(target.values.get("setup", ()), 1):
        step = _step(target, number, values)
        for name in setup_names(step.texts):
            if name not in known:
                raise target.error(
                    "setup",
                    f"Setup step {number} uses {{setup.{name}}}, which no earlier step takes.",
                    expected=one_of([f"{{setup.{each}}}" for each in known])
                    if known
                    else "an earlier step that takes it",
                    advice=did_you_mean(name, known),
                )
        for name in step.take:
            if name in known:
                problem = f"Setup step {number} takes '{name}', which an earlier step takes already."
                raise target.error("setup", problem, expected="a name of its own")
        known += step.take
        steps.append(step)
    return Setup((), tuple(steps), where)


def setup_headers(target: Table, setup: Setup) -> dict[str, HeaderValue]:
    """Return the headers of each setup request, as the `[target]` table has them.

    Args:
        target: The table.
        setup: What it says of setup.

    Raises:
        ContractError: There is no setup request, a variable is not set, or no step takes a value that is used.
    """
    shared: dict[str, HeaderValue] = target.values.get(HEADERS, {})
    check_env(target, HEADERS, shared)
    if shared and not setup.steps:
        why = "setup is a command" if setup else "[target] has no setup"
        expected = f"a [[target.setup]] that sends them, or no {HEADERS}"
        raise target.error(HEADERS, f"'{HEADERS}' are headers of setup requests, but {why}.", expected=expected)
    error = not_yielded(setup, setup_names(shared), target, HEADERS)
    if error is not None:
        raise error
    return dict(shared)


def _step(target: Table, number: int, values: dict[str, Any]) -> SetupStep:
    if "json" in values and "form" in values:
        raise target.error("setup", f"Setup step {number} has both 'json' and 'form'.", expected="one of them")
    path: str = values["path"]
    if not path.startswith(("/", "{setup.")):
        raise target.error(
            "setup", f"Setup step {number}: the path is '{path}'.", expected="a path, such as /api/webhooks"
        )
    if "json" in values:
        try:
            json.dumps(values["json"], allow_nan=False)
        except (TypeError, ValueError) as error:
            problem = f"Setup step {number}: 'json' contains a value that JSON does not have."
            raise target.error("setup", problem, expected="texts, numbers, booleans, lists and tables") from error
    status = values.get("status", ())
    step = SetupStep(
        path=path,
        method=values.get("method", "POST").upper(),
        headers=dict(values.get("headers", {})),
        json=values.get("json", MISSING),
        form=dict(values["form"]) if "form" in values else None,
        status=(status,) if isinstance(status, int) else tuple(status),
        take={name: _take(target, number, text) for name, text in values.get("take", {}).items()},
        location=target.item_location("setup", number),
    )
    for text in step.texts:
        check_env(target, "setup", text)
    return step


def _take(target: Table, number: int, text: str) -> Take:
    found = _TAKE.fullmatch(text)
    if found is None:
        raise target.error(
            "setup",
            f"Setup step {number} takes '{text}', which is no part of an answer.",
            expected="body, body#/pointer, header.Name or cookie.name",
        )
    if found["part"] is not None:
        return Take("header" if found["part"] == "header" else "cookie", found["name"], text)
    return Take("body", found["pointer"] or "", text)


def check_env(table: Table, key: str, value: Any) -> None:
    """Raise a `ContractError` where an `{env.NAME}` of a value is not set."""
    for name in gaps(value):
        variable = name.removeprefix(ENV)
        if name.startswith(ENV) and not os.environ.get(variable):
            raise not_set(variable, key, table.location(key))


def env_values(value: Any) -> dict[str, str]:
    """Return the environment variables that the texts of a value use, by gap: `env.PASSWORD`."""
    return {name: os.environ.get(name.removeprefix(ENV), "") for name in gaps(value) if name.startswith(ENV)}


def not_yielded(setup: Setup, names: Sequence[str], table: Table, key: str) -> ContractError | None:
    """Return the error of a table that uses a value which setup does not yield; None where it yields all.

    Args:
        setup: What prepares the target.
        names: The names that the table uses.
        table: The table.
        key: Its key that uses them.
    """
    for name in names:
        if setup.yields(name):
            continue
        if not setup:
            problem = f"'{key}' uses {{setup.{name}}}, but [target] has no setup."
            return table.error(key, problem, expected="a [[target.setup]] that takes it, or a setup command")
        known: Collection[str] = sorted(setup.names or ())
        return table.error(
            key,
            f"'{key}' uses {{setup.{name}}}, which no setup step takes.",
            expected=one_of([f"{{setup.{each}}}" for each in known]) if known else "a step that takes it",
            advice=did_you_mean(name, known),
        )
    return None
