"""Kinds of session and of ingest: one class each, found by its name, with the keys of its own table.

The settings name a kind of this package (`static`), the class of a module (`badges:Badge`), or an entry point of an
installed package (`bothends.sessions`, `bothends.ingests`). Here is what the contract asks of a kind; what the world
asks besides stands in `world/sessions/base.py` and `world/ingests/base.py`.
"""

from __future__ import annotations

import copy
import importlib
import traceback
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, cast

from bothends.contract.tables.toml_table import Table, settings_schema
from bothends.errors import BothendsError, ContractError, did_you_mean
from bothends.registry import Registry, import_modules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from bothends.contract.openapi import SecurityScheme
    from bothends.errors import Location


class KindOfTable:
    """What a kind of session and a kind of ingest have in common: a table of the settings with keys of its own.

    Attributes:
        kind: Its name in the settings; of one that is named `module:Class`, it may be left out.
        about: What it is, in a few words: `sessions of next-auth 4`.
        schema: JSON Schema of its own keys: `properties` and `required`, and `$defs` for what they refer to.
    """

    kind: ClassVar[str] = ""
    about: ClassVar[str] = ""
    schema: ClassVar[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Renewal:
    """How credentials are renewed that do not last.

    Attributes:
        command: Program and arguments; it prints values of setup anew, as one JSON object.
        after_s: How long credentials are used, seconds.
    """

    command: tuple[str, ...]
    after_s: float


@dataclass(frozen=True, slots=True)
class ForbiddenCaller:
    """A caller who is known, and lacks permission.

    Attributes:
        operations: The IDs of the operations that the caller may not use; empty: all that declare an answer for it.
    """

    operations: tuple[str, ...] = ()

    @classmethod
    def of(cls, value: Any) -> Self:
        """Return what the key `forbidden` of a caller says: `true`, or a list of operation IDs."""
        return cls(tuple(value) if isinstance(value, list) else ())


class SessionSettings(ABC, KindOfTable):
    """The `[world.session]` table, or a `[world.sessions.<scheme>]` one, as its kind reads it.

    Args:
        table: The table, which the kind's schema has been asked about, with each `{env.NAME}` filled in.

    Attributes:
        serves: Whether it has a service of its own, such as a key set, which can be broken as an upstream can.
        table: The same.
        name: The kind, as the settings name it.
        scheme: The security scheme that it plays; None: that of no operation, where no scheme is asked for by name.

    Raises:
        ContractError: A value is wrong in a way that no schema can say.
    """

    serves: ClassVar[bool] = False

    def __init__(self, table: Table) -> None:
        self.table = table
        self.name: str = table.values.get("kind", self.kind)
        self.scheme: SecurityScheme | None = None

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Return one with a table that stands in no file."""
        return cls(Table(None, "", {"kind": cls.kind, **values}))

    def playing(self, scheme: SecurityScheme | None) -> Self:
        """Return the like of it that plays a scheme: with the same table, and the same secrets."""
        other = copy.copy(self)
        other.scheme = scheme
        return other

    def __eq__(self, other: object) -> bool:
        """Whether it is of the same kind, with the same values."""
        return isinstance(other, SessionSettings) and (type(other), other.values) == (type(self), self.values)

    def __hash__(self) -> int:
        """Return what is equal for equal ones."""
        return hash(self.name)

    def __repr__(self) -> str:
        """Return its kind: values may be secrets."""
        return f"{type(self).__name__}({self.name!r})"

    @property
    def values(self) -> Mapping[str, Any]:
        """What its table says."""
        return self.table.values

    @property
    def location(self) -> Location | None:
        """Where its table is; None: in no file."""
        return self.table.location()

    @abstractmethod
    def satisfies(self, scheme: SecurityScheme) -> bool:
        """Return whether it can play a scheme."""

    @property
    def callers(self) -> int | None:
        """How many callers there are, who take turns; None: each exchange has a caller of its own."""
        return None

    @property
    def mints(self) -> bool:
        """Whether each exchange has a caller of its own."""
        return self.callers is None

    @property
    def unidentified(self) -> tuple[int, ...]:
        """Which callers have no known identity, counted from 1."""
        return ()

    @property
    def wrong_credentials(self) -> int | None:
        """How many credentials that no right target takes it gives; None: it leaves that to bothends."""
        return None

    @property
    def forbidden(self) -> tuple[ForbiddenCaller, ...]:
        """The callers that it can present who are known, and lack permission."""
        return ()

    @property
    def renewal(self) -> Renewal | None:
        """How its credentials are renewed; None: they last."""
        return None

    @property
    def is_asked(self) -> bool:
        """Whether a target asks the service that it has: if not, a fault of that says nothing."""
        return self.serves

    @property
    def states(self) -> tuple[str, ...]:
        """The names of the states that its sessions can be in, beyond being right, missing or garbled."""
        return ()

    @property
    def strict(self) -> bool:
        """Whether a session that right targets differ about has to be refused."""
        return False

    @property
    def checked_first(self) -> bool:
        """Whether a right target looks at it before anything else in a request."""
        return False

    @property
    def shown(self) -> str:
        """What its callers show, where it says so: `the cookie sid`; empty: that is the scheme's to say."""
        return ""

    @property
    def not_known(self) -> tuple[str, ...]:
        """Keys of its table that a target which runs already must know, and that the table has not."""
        return ()

    @property
    def own_secrets(self) -> tuple[str, ...]:
        """Names of the variables that hold a secret which stands in the table: a report names the key instead."""
        return ()

    @property
    def shape(self) -> tuple[Any, ...]:
        """What of the table shapes cases, as JSON: no secrets. The IDs of findings depend on it."""
        return ("", self.strict)


Headers = tuple[tuple[str, str], ...]


class IngestKind(ABC, KindOfTable):
    """What the contract asks of a kind of ingest; `Ingest` in `world/ingests/base.py` is its base.

    Attributes:
        spoofed_headers: Headers of a caller's request that would mean something to the ingest if the target passed
            them on, by the name of the case that sends them.
        hands_on_headers: Whether who consumes an event is told the headers that it arrived with.
        tells_errors: Whether its clients take an `error` member beside an acknowledgement for a failure, although the
            contract's schema of an acknowledgement lets it pass.
        splits_lists: Whether each item of a list is an event to it, whatever the contract says.
    """

    spoofed_headers: ClassVar[Mapping[str, Headers]] = {}
    hands_on_headers: ClassVar[bool] = True
    tells_errors: ClassVar[bool] = False
    splits_lists: ClassVar[bool] = False


class SignatureKind(ABC, KindOfTable):
    """What the contract asks of a scheme that signs deliveries; `Signature` in `signatures.py` is its base."""


class _Asking:
    """While a kind is asked. No generator, as each exchange asks several times."""

    __slots__ = ("_kind", "_where")

    def __init__(self, kind: str, where: Location | None) -> None:
        self._kind, self._where = kind, where

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if not isinstance(error, Exception) or isinstance(error, BothendsError):
            return
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        problem = f"The {self._kind} failed: {type(error).__name__}: {error} ({place})."
        raise ContractError(problem, where=self._where) from error


def asking(kind: str, where: Location | None = None) -> AbstractContextManager[None]:
    """Make what a kind raises that is not of bothends a `ContractError`, which names it: `session kind 'badge'`."""
    return _Asking(kind, where)


_Kind = TypeVar("_Kind", bound=KindOfTable)


@dataclass(frozen=True)
class Kinds(Generic[_Kind]):
    """All kinds of one sort.

    Attributes:
        sort: `session` or `ingest`.
        base: What each is a subclass of.
        usual: The kind of a table that names none; empty: each has to.
        registered: Those that have registered: those of bothends when its world is imported, and those of plugins.
    """

    sort: str
    base: type[KindOfTable]
    usual: str = ""
    registered: Registry[type[_Kind]] = field(init=False)

    def __post_init__(self) -> None:
        """Make room for those that register."""
        kinds: Registry[type[_Kind]] = Registry(f"{self.sort} kind", lambda kind: kind.kind)
        object.__setattr__(self, "registered", kinds)

    def add(self, kind: type[_Kind]) -> type[_Kind]:
        """Register a kind, and return it: a decorator."""
        return self.registered.add(kind)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of those that have registered."""
        self.load()
        return self.registered.names

    def load(self) -> None:
        """Let those of bothends register, before those of plugins do."""
        _import(f"bothends.world.{self.sort}s")

    def find(self, name: str) -> type[_Kind] | None:
        """Return the kind of a name; None: there is none.

        Raises:
            ContractError: It is named, and can't be loaded.
        """
        if name in self.names:
            return self.registered.get(name)
        if ":" in name:
            return self._loaded(name, lambda: _of_module(name))
        points = [point for point in entry_points(group=f"bothends.{self.sort}s") if point.name == name]
        return self._loaded(name, points[0].load) if points else None

    def get(self, name: str) -> type[_Kind]:
        """Return the kind of a name.

        Raises:
            ContractError: There is none, or it can't be loaded.
        """
        found = self.find(name)
        if found is None:
            names = self.names
            expected = " or ".join(f"`{known}`" for known in names)
            raise ContractError(
                f"Unknown {self.sort} kind `{name}`", expected=expected, advice=did_you_mean(name, names)
            )
        return found

    def _loaded(self, name: str, load: Callable[[], Any]) -> type[_Kind]:
        try:
            found = load()
        except Exception as error:
            problem = f"The {self.sort} kind '{name}' can't be loaded: {type(error).__name__}: {error}."
            advice = "Install the package that has it, or name a module that Python finds: module:Class."
            raise ContractError(problem, advice=advice) from error
        if not (isinstance(found, type) and issubclass(found, self.base)):
            raise ContractError(
                f"'{name}' is not a kind of {self.sort}.",
                expected=f"a subclass of bothends.kinds.{self.sort.capitalize()}",
            )
        return cast("type[_Kind]", found)


@cache
def _import(package: str) -> None:
    """Import the modules of a package by its name, as one from outside is: the contract knows nothing of the world."""
    import_modules(package)


def _of_module(name: str) -> Any:
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found


SESSIONS: Kinds[SessionSettings] = Kinds("session", SessionSettings)
INGESTS: Kinds[IngestKind] = Kinds("ingest", IngestKind, usual="inngest")
SIGNATURES: Kinds[SignatureKind] = Kinds("signature", SignatureKind, usual="template")
ALL_KINDS: tuple[Kinds[Any], ...] = (SESSIONS, INGESTS, SIGNATURES)


# The schema of the settings, as far as it depends on kinds.


def schema_for(top: Table) -> dict[str, Any]:
    """Return the schema of a settings file: each table of a kind is held to the schema of that kind.

    Args:
        top: The whole file, right or wrong.

    Raises:
        ContractError: A kind that it names can't be loaded.
    """
    plain = settings_schema()
    # Only what differs is copied: all the rest is that of each file.
    defs = dict(plain["$defs"])
    world = dict(defs["world"]["properties"])
    defs["world"] = {**defs["world"], "properties": world}
    for kinds in (SESSIONS, INGESTS):
        sort = kinds.sort
        defs[sort] = {
            "type": "object",
            "required": defs[sort].get("required", []),
            "properties": {"kind": {**defs[sort]["properties"]["kind"], "enum": list(kinds.names)}},
        }
        defs[sort]["properties"]["kind"].pop("anyOf")
        for key, table in _tables(top.values, sort):
            name = table.get("kind", kinds.usual)
            place = f"world.{sort}.kind" if key is None else f"world.{sort}s.{key}.kind"
            kind = _found(kinds, name, top, place) if isinstance(name, str) and name else None
            if kind is None:
                continue
            own = f"{sort}-{name}"
            if own not in defs:
                defs |= definitions(kind, name, defs[f"any-{sort}"]["properties"])
            reference = {"$ref": f"#/$defs/{own}"}
            if key is None:
                world[sort] = reference
            else:
                several = world[f"{sort}s"]
                world[f"{sort}s"] = {**several, "properties": {**several.get("properties", {}), key: reference}}
    _add_signatures(defs, top)
    return {**plain, "$defs": defs}


def _add_signatures(defs: dict[str, Any], top: Table) -> None:
    """Add the schemas of the kinds of signature that the file names."""
    named = {name: place for place, name in _named_signatures(top.values)}
    known = [name for name, place in named.items() if _found(SIGNATURES, name, top, place) is not None]
    outside = [name for name in known if name not in SIGNATURES.names]
    defs["signature"] = {**defs["signature"], "allOf": list(signature_branches(outside))}
    for name in (*SIGNATURES.names, *outside):
        defs |= definitions(SIGNATURES.get(name), name, defs["any-signature"]["properties"])


def signature_branches(outside: Sequence[str] = (), *, closed: bool = True) -> Iterator[dict[str, Any]]:
    """Yield what asks a signature for its kind, and the schema of its kind about a table.

    A name alone stands for a table with nothing else in it; a kind that requires a key needs a table.

    Args:
        outside: The names of kinds that are not of bothends.
        closed: Whether there are no other names.
    """
    names = (*SIGNATURES.names, *outside)
    alone = [name for name in names if not SIGNATURES.get(name).schema.get("required")]
    if closed:
        problem = {"x-problem": "{} is not a signature kind."}
        yield {"if": {"type": "string"}, "then": {"enum": alone, **problem}}
        kind = {"enum": list(names), **problem}
        yield {"if": {"type": "object"}, "then": {"properties": {"kind": kind}}}
    for name in names:
        this: dict[str, Any] = {"type": "object", "properties": {"kind": {"const": name}}}
        this |= {} if name == SIGNATURES.usual else {"required": ["kind"]}
        yield {"if": this, "then": {"$ref": f"#/$defs/signature-{name}"}}


def _named_signatures(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the place and the kind of each signature that the file names."""
    for key, table in _tables(values, "ingest"):
        place = "world.ingest.signature" if key is None else f"world.ingests.{key}.signature"
        given = table.get("signature")
        if isinstance(given, str):
            yield place, given
        elif isinstance(given, dict) and isinstance(given.get("kind"), str):
            yield f"{place}.kind", given["kind"]


def _found(kinds: Kinds[Any], name: str, top: Table, place: str) -> type[KindOfTable] | None:
    try:
        return kinds.find(name)
    except ContractError as error:
        raise top.error(place, error.problem, expected=error.expected, advice=error.advice) from error


def definitions(kind: type[KindOfTable], name: str, common: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a kind adds to `$defs`: the schema of its table, and what that refers to.

    Args:
        kind: The kind.
        name: Its name in the settings.
        common: The keys that each table of this sort has, beside `kind`.
    """
    kinds = next(kinds for kinds in ALL_KINDS if issubclass(kind, kinds.base))
    sort, usual = kinds.sort, kinds.usual
    own = kind.schema
    article = "an" if name[:1].lower() in "aeiou" else "a"
    return {
        f"{sort}-{name}": {
            "title": f"{article} {name} {sort}",
            "type": "object",
            "required": [*(() if name == usual else ("kind",)), *own.get("required", ())],
            "properties": {"kind": {"const": name}, **own.get("properties", {}), **common},
            "additionalProperties": False,
        },
        **own.get("$defs", {}),
    }


def _tables(values: Mapping[str, Any], sort: str) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    """Yield each table of a sort with its key; None: the single one."""
    world = values.get("world")
    if not isinstance(world, dict):
        return
    if isinstance(world.get(sort), dict):
        yield None, world[sort]
    several = world.get(f"{sort}s")
    for key, table in several.items() if isinstance(several, dict) else ():
        if isinstance(table, dict):
            yield key, table
