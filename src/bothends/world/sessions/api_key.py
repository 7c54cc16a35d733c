"""The kind `api-key`: a key in a header, a query parameter or a cookie, as the scheme says (OpenAPI `apiKey`)."""

from __future__ import annotations

import secrets
from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from bothends.contract.tables import NOT_EMPTY, SESSIONS
from bothends.world.sessions.base import Part, SessionState, garble, known_states, state
from bothends.world.sessions.listed_callers import FORBIDDEN, IDENTITY, ListedCallers
from bothends.world.sessions.reading import same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bothends.contract.openapi import SecurityScheme
    from bothends.contract.tables import Table
    from bothends.world.sessions.base import Caller
    from bothends.world.sessions.reading import CallerRequest, Known

_CALLERS = 'callers = [{key = "{env.KEY_1}", identity = {id = 7}}, {key = "{env.KEY_2}"}]'


@SESSIONS.add
class ApiKeySession(ListedCallers):
    """Two callers, or those of the table, with a key each."""

    kind = "api-key"
    about = "API keys, in the header, query parameter or cookie that the scheme names"
    schema: ClassVar[Mapping[str, Any]] = {
        "properties": {
            "callers": {
                "description": "The key, the `identity` and `forbidden` of each caller. Without it: two callers with "
                "new keys for each run of a launched target.",
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "properties": {
                        "key": {"description": "The API key.", "type": "string", "pattern": NOT_EMPTY},
                        "identity": IDENTITY,
                        "forbidden": FORBIDDEN,
                    },
                    "additionalProperties": False,
                },
                "x-expected": _CALLERS,
            },
        },
    }

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._keys = tuple(entry.get("key") or f"key_{secrets.token_hex(16)}Aa" for entry in self.listed)

    def filled(self, table: Table) -> Self:
        """Return it with the keys that setup has yielded; those that were made stay."""
        pairs = zip(table.values.get("callers", self.listed), self._keys, strict=True)
        entries = [{**entry, "key": entry.get("key", made)} for entry, made in pairs]
        return super().filled(table.holding({**table.values, "callers": entries}))

    def satisfies(self, scheme: SecurityScheme) -> bool:
        """Return whether it is a key that the scheme asks for."""
        return scheme.type == "apiKey"

    @property
    def not_known(self) -> tuple[str, ...]:
        """The keys, where new ones are made."""
        return () if all("key" in entry for entry in self.listed) else ("callers",)

    @property
    def own_secrets(self) -> tuple[str, ...]:
        """The keys that stand in the table."""
        return tuple(f"key_{number}" for number, entry in enumerate(self.listed, 1) if "key" in entry)

    @property
    def states(self) -> tuple[str, ...]:
        """Those of a key that stands where the scheme says."""
        place = "" if self.scheme is None else self.scheme.location
        known = cast("tuple[type[ApiKeyState], ...]", known_states(ApiKeyState))
        return tuple(state.name for state in known if not state.places or place in state.places)

    def key(self, caller: Caller) -> str:
        """Return a caller's key."""
        return self._keys[self.place(caller)]

    def part(self, place: int) -> Part:
        """Return the key where the scheme says."""
        return self.showing(self._keys[place])

    def showing(self, key: str) -> Part:
        """Return a text where the scheme says that the key is."""
        scheme = self.scheme
        return placed(scheme.location, scheme.parameter, key) if scheme else placed("header", "X-API-Key", key)

    async def read(self, request: CallerRequest) -> Known | str:
        """Return whose key stands where the scheme says."""
        scheme = self.scheme
        shown = request.at(scheme.location, scheme.parameter) if scheme else request.header("X-API-Key")
        if not shown:
            return "there is no key"
        found = (place for place, key in self._told(request) if key and same(key, shown))
        return next(map(self.known, found), "the key is nobody's")

    def _told(self, request: CallerRequest) -> Iterator[tuple[int, str]]:
        """Yield the place and the key of each caller: that of the table, or what the target was told."""
        together = request.told("keys").split(",")  # those of callers with permission
        for place, entry in enumerate(self.listed):
            written: str = entry.get("key", "")
            key = ("" if "{" in written else written) or request.told(f"key_{place + 1}")
            if place in self.places and together:
                key = key or together[0]
                together = together[1:]
            yield place, key

    def in_state(self, state: SessionState, caller: Caller, now: float) -> tuple[Part, Mapping[str, Any]] | None:
        """Return what a caller shows whose key is in a state."""
        if isinstance(state, ApiKeyState):
            return state.part(self, self.key(caller)), caller.user
        return super().in_state(state, caller, now)

    def caller_secrets(self) -> tuple[str, ...]:
        """Return the keys."""
        return self._keys

    def variables(self) -> dict[str, str]:
        """Return each key, and those of callers with permission with commas between."""
        keys = ",".join(self._keys[place] for place in self.places)
        return {f"key_{n}": key for n, key in enumerate(self._keys, 1)} | {"keys": keys}


def placed(location: str, name: str, value: str) -> Part:
    """Return a value in a part of a request."""
    pair = ((name, value),)
    match location:
        case "query":
            return Part(query=pair)
        case "cookie":
            return Part(cookies=pair)
        case _:
            return Part(headers=pair)


# What a right target takes for a key, and what it does not.


class ApiKeyState(SessionState):
    """One state of an API key.

    Attributes:
        places: Where the key has to be for it; empty: anywhere.
    """

    places: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def part(self, session: ApiKeySession, key: str) -> Part:
        """Return what the caller of a key shows."""


_key = partial(state, ApiKeyState)


def _instead(changed: Callable[[str], str]) -> Callable[[ApiKeySession, str], Part]:
    """Return what shows another text in the place of a key."""
    return lambda session, key: session.showing(changed(key))


def _in_capitals(session: ApiKeySession, key: str) -> Part:
    ((name, value),) = session.showing(key).headers
    return Part(headers=((name.upper(), value),))


def _in_other_case(key: str) -> str:
    """Return a key in another case; of one without letters, more than it."""
    other = key.swapcase()
    return other if other != key else f"{key}X"


def _elsewhere(session: ApiKeySession, key: str) -> Part:
    """Return a key in another part of the request, under the same name."""
    shown = session.showing(key)
    ((name, value),) = (*shown.headers, *shown.cookies, *shown.query)
    return placed("header" if shown.query else "query", name, value)


_key(
    "key-header-in-capitals",
    "the API key's header is in capitals",
    "a valid API key; the name of its header in capital letters",
    "Header names have no case (RFC 9110 section 5.1).",
    family="",
    places=("header",),
    part=_in_capitals,
)
_key(
    "key-among-cookies",
    "the API key is among other cookies",
    "a valid API key in a cookie, between other cookies",
    "A browser sends what other pages of the site have set.",
    family="",
    places=("cookie",),
    part=lambda session, key: Part(cookies=(("theme", "dark"), *session.showing(key).cookies, ("_ga", "GA1.1.1"))),
)
_key(
    "key-unknown",
    "the API key is nobody's",
    "an API key of the right form that was never given out",
    "Other letters and digits: of the right form.",
    has_its_form=True,
    part=_instead(garble),
)
_key(
    "key-empty",
    "the API key is empty",
    "the header, query parameter or cookie of the key, without a value",
    "The parameter is there.",
    part=_instead(lambda _: ""),
)
_key(
    "key-cut",
    "the API key lacks its last character",
    "a valid API key without its last character",
    "A comparison of beginnings takes it.",
    has_its_form=True,
    part=_instead(lambda key: key[:-1]),
)
_key(
    "key-longer",
    "the API key has one more character",
    "a valid API key with a character after it",
    "A comparison of beginnings takes it, the other way round.",
    has_its_form=True,
    part=_instead(lambda key: f"{key}x"),
)
_key(
    "key-in-other-case",
    "the API key is in another case",
    "a valid API key, its small letters in capitals and the other way round",
    "A look-up in a database that knows no case takes it.",
    has_its_form=True,
    part=_instead(_in_other_case),
)
_key(
    "key-is-a-pattern",
    "the API key is a pattern",
    "`%`, which stands for any text in SQL, instead of the API key",
    "A look-up by a pattern takes it.",
    part=_instead(lambda _: "%"),
)
_key(
    "key-is-a-word",
    "the API key is the word undefined",
    "`undefined` instead of the API key, which careless code compares with a key that is not set",
    "What code makes of a key that it does not have.",
    part=_instead(lambda _: "undefined"),
)
_key(
    "key-elsewhere",
    "the API key is in another place",
    "a valid API key in a query parameter instead of a header or cookie, or in a header instead of the query",
    "The spec names one place; some servers look into several.",
    doubtful=True,
    part=_elsewhere,
)
