"""The kind `api-key`: a key in a header, a query parameter or a cookie, as the scheme says (OpenAPI `apiKey`)."""

from __future__ import annotations

import secrets
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from bothends.contract.kinds import SESSIONS
from bothends.contract.toml_table import NOT_EMPTY
from bothends.world.sessions.base import Part, SessionState, garble, known_states, session_state
from bothends.world.sessions.listed_callers import FORBIDDEN, IDENTITY, ListedCallers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.security_schemes import SecurityScheme
    from bothends.contract.toml_table import Table
    from bothends.world.sessions.base import Caller

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
        """Return what a caller shows.

        Args:
            session: Knows where a key is.
            key: The caller's.
        """


class Changed(ApiKeyState):
    """Another text stands in the key's place."""

    @abstractmethod
    def changed(self, key: str) -> str:
        """Return the text."""

    def part(self, session: ApiKeySession, key: str) -> Part:
        """Return it in the key's place."""
        return session.showing(self.changed(key))


@session_state("key-header-in-capitals")
class HeaderInCapitals(ApiKeyState):
    """Header names have no case (RFC 9110 section 5.1)."""

    pattern = "the API key's header is in capitals"
    about = "a valid API key; the name of its header in capital letters"
    family = ""
    places = ("header",)

    def part(self, session: ApiKeySession, key: str) -> Part:
        """Return the header in capitals."""
        ((name, value),) = session.showing(key).headers
        return Part(headers=((name.upper(), value),))


@session_state("key-among-cookies")
class AmongCookies(ApiKeyState):
    """A browser sends what other pages of the site have set."""

    pattern = "the API key is among other cookies"
    about = "a valid API key in a cookie, between other cookies"
    family = ""
    places = ("cookie",)

    def part(self, session: ApiKeySession, key: str) -> Part:
        """Return it between others."""
        return Part(cookies=(("theme", "dark"), *session.showing(key).cookies, ("_ga", "GA1.1.1")))


@session_state("key-unknown")
class Unknown(Changed):
    """Of the right form."""

    pattern = "the API key is nobody's"
    about = "an API key of the right form that was never given out"

    def changed(self, key: str) -> str:
        """Return it with other letters and digits."""
        return garble(key)


@session_state("key-empty")
class Empty(Changed):
    """The parameter is there."""

    pattern = "the API key is empty"
    about = "the header, query parameter or cookie of the key, without a value"

    def changed(self, key: str) -> str:  # noqa: ARG002 -- nothing is left of it
        """Return nothing."""
        return ""


@session_state("key-cut")
class Cut(Changed):
    """A comparison of beginnings takes it."""

    pattern = "the API key lacks its last character"
    about = "a valid API key without its last character"

    def changed(self, key: str) -> str:
        """Return it cut."""
        return key[:-1]


@session_state("key-longer")
class Longer(Changed):
    """A comparison of beginnings takes it, the other way round."""

    pattern = "the API key has one more character"
    about = "a valid API key with a character after it"

    def changed(self, key: str) -> str:
        """Return it with one more."""
        return f"{key}x"


@session_state("key-in-other-case")
class OtherCase(Changed):
    """A look-up in a database that knows no case takes it."""

    pattern = "the API key is in another case"
    about = "a valid API key, its small letters in capitals and the other way round"

    def changed(self, key: str) -> str:
        """Return it in another case; of one without letters, more than it."""
        other = key.swapcase()
        return other if other != key else f"{key}X"


@session_state("key-is-a-pattern")
class IsPattern(Changed):
    """A look-up by a pattern takes it."""

    pattern = "the API key is a pattern"
    about = "`%`, which stands for any text in SQL, instead of the API key"

    def changed(self, key: str) -> str:  # noqa: ARG002 -- it would match any
        """Return the pattern."""
        return "%"


@session_state("key-is-a-word")
class IsWord(Changed):
    """What code makes of a key that it does not have."""

    pattern = "the API key is the word undefined"
    about = "`undefined` instead of the API key, which careless code compares with a key that is not set"

    def changed(self, key: str) -> str:  # noqa: ARG002 -- it is no key
        """Return the word."""
        return "undefined"


@session_state("key-elsewhere")
class Elsewhere(ApiKeyState):
    """The spec names one place; some servers look into several."""

    pattern = "the API key is in another place"
    about = "a valid API key in a query parameter instead of a header or cookie, or in a header instead of the query"
    doubtful = True

    def part(self, session: ApiKeySession, key: str) -> Part:
        """Return it in another part of the request, under the same name."""
        shown = session.showing(key)
        ((name, value),) = (*shown.headers, *shown.cookies, *shown.query)
        return placed("header" if shown.query else "query", name, value)
