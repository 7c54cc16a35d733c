"""What a session is, a kind of session, and a state of it: each is registered where it is defined."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from bothends.conditions import ConditionKind, register
from bothends.contract.tables import SessionSettings
from bothends.records import Condition
from bothends.registry import Registry, class_of_row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bothends.contract.tables import Table
    from bothends.world.http import Received, Reply
    from bothends.world.sessions.reading import CallerRequest, Known


Cookies = tuple[tuple[str, str], ...]
Headers = tuple[tuple[str, str], ...]


# What a session state is: what a request shows of its caller.

SIGNED_IN = "signed-in"
SIGNED_OUT = "signed-out"


class SessionState(ABC):
    """One state of the caller's session.

    A subclass is registered where it is defined, by `session_state`. A kind of session says which states its sessions
    can be in, and what a request shows in each.

    Args:
        parameters: The sentence's parameters.

    Attributes:
        name: The name that it is registered by.
        pattern: The sentence.
        about: What a request shows, for `bothends states`.
        family: The family that it leads to; empty when the session is valid.
        chooses: Whether it only says by which schemes a caller is signed in: then another state may hold beside it.
        schemes: Those schemes; empty: those that are usual.
        doubtful: Whether the library that it is a session of takes it, or right targets differ. Then either
            answer is right, unless the session's kind is strict.
        lures: Whether it names an address that no target may call.
        has_its_form: Whether a credential is shown that has its form, and is not right: nobody can take it for none.
    """

    name: ClassVar[str]
    pattern: ClassVar[str]
    about: ClassVar[str]
    family: ClassVar[str] = SIGNED_OUT
    doubtful: ClassVar[bool] = False
    chooses: ClassVar[bool] = False
    lures: ClassVar[bool] = False
    has_its_form: ClassVar[bool] = False

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self.parameters = parameters
        self.schemes: tuple[str, ...] = ()

    def user(self, default: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return who is signed in: the state's own user, or the one that the case would have."""
        return default


class UserState(SessionState):
    """A valid session that is odd in its user alone: sessions of each kind that makes users can be in it."""

    family = ""


# The states of a session: each is registered where it is defined, with its condition.

SESSION_STATES: Registry[type[SessionState]] = Registry("session state", lambda state: state.name)

_KINDS = 16


def known_states(*kinds: type) -> tuple[type[SessionState], ...]:
    """Return the states of some classes of states, in the order in which they were registered."""
    return _of_kinds(kinds, tuple(SESSION_STATES))


@lru_cache(maxsize=_KINDS)
def _of_kinds(kinds: tuple[type, ...], known: tuple[type[SessionState], ...]) -> tuple[type[SessionState], ...]:
    """Return those of some kinds: kept, as each request that is to show such a state asks for them."""
    return tuple(state for state in known if issubclass(state, kinds))


_AS_IT_IS: Mapping[str, str] = MappingProxyType({})
_State = TypeVar("_State", bound=type[SessionState])


def session_state(name: str, *, tried: Mapping[str, str] | None = _AS_IT_IS) -> Callable[[_State], _State]:
    """Return what registers a state of the session.

    Args:
        name: Its name, and that of the case which tries it: the same in every version.
        tried: The parameters of that case; None: there is none.
    """

    def take_in(made: _State) -> _State:
        made.name = name
        SESSION_STATES.add(made)
        register(
            ConditionKind(
                name,
                made.pattern,
                made.about,
                made.family,
                "session",
                doubtful=made.doubtful,
                lures=made.lures,
                has_its_form=made.has_its_form,
                tried={} if tried is None else {f"{made.family or SIGNED_IN}/{name}": Condition.of(name, **tried)},
            )
        )
        return made

    return take_in


def state(  # noqa: PLR0913 -- a row has that many
    base: type[SessionState],
    name: str,
    sentence: str,
    about: str,
    why: str,
    *,
    tried: Mapping[str, str] | None = _AS_IT_IS,
    **own: Any,
) -> None:
    """Register a state that is a row of a table: of a base, which says what its requests show.

    `why` says what is wrong with that, or odd, with the section of the standard; `own` has values such as `family`, and
    functions in place of methods.
    """
    session_state(name, tried=tried)(class_of_row(base, name, why, pattern=sentence, about=about, **own))


# What a session is: how the world plays one security scheme. Each kind is registered where it is defined.
#
# Code that signs callers in uses this interface, and knows no kind.


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request: one person, with any number of credentials.

    Attributes:
        number: The exchange's number.
        user: The user that was made for the exchange: `name`, `email`, `image`, any of which may be null.
        place: Which of a few callers it is, where the settings give them; from 0.
        subject: What names the caller, and no other: letters and digits. An event that has it is known to be of the
            caller's request.
    """

    number: int
    user: Mapping[str, Any]
    place: int = 0
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What a caller shows for one scheme.

    Attributes:
        headers: Name and value pairs.
        cookies: Name and value pairs.
        query: Name and value pairs.
    """

    headers: Headers = ()
    cookies: Cookies = ()
    query: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Addresses:
    """What a session knows of its world, once that has started.

    Attributes:
        home: The base URL of the session's own service; empty: it has none.
        elsewhere: A URL of the world that no target may call.
    """

    home: str = ""
    elsewhere: str = ""


class Session(SessionSettings):
    """How one scheme is played: the base of each kind of session.

    Attributes:
        addresses: Where that service is.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.addresses = Addresses()

    def filled(self, table: Table) -> Self:
        """Return the like of it with a table in which the values of setup are filled in; what it has made stays."""
        return type(self)(table)

    @property
    def port(self) -> int | None:
        """The port of its service; None: a free one."""
        return None

    def answer(self, received: Received) -> Reply:
        """Return the answer of its service to a request."""
        raise NotImplementedError

    @abstractmethod
    def credential(self, caller: Caller, now: float) -> Part:
        """Return what a caller shows who is to be let in; `now` is in seconds since the epoch, here and below."""

    @abstractmethod
    def identity(self, caller: Caller) -> dict[str, Any] | None:
        """Return what `session.user` means of a caller; None: nobody knows."""

    async def read(self, request: CallerRequest) -> Known | str:
        """Return who sends a request, or why nobody is known, in a few words: `bothends mock` lets in who is.

        Without a method of its own, a kind takes whatever stands where the scheme has its credential, and knows nothing
        of who shows it.
        """
        return "no scheme asks for a credential" if self.scheme is None else request.present(self.scheme)

    def in_state(self, state: SessionState, caller: Caller, now: float) -> tuple[Part, Mapping[str, Any]] | None:
        """Return what a caller shows whose session is in a state, and whose user it has; None: it can't be in it."""
        if not isinstance(state, UserState) or state.name not in self.states:
            return None
        user = state.user(caller.user)
        return self.credential(replace(caller, user=user), now), user

    @property
    def wrong_credentials(self) -> int | None:
        """As many as `wrong` gives; None where it gives none."""
        return len(self.wrong()) or None

    def wrong(self) -> tuple[Part, ...]:
        """Return what no right target takes, as the settings give it."""
        return ()

    def forbidden_credential(self, number: int, caller: Caller, now: float) -> Part:
        """Return what caller `number` of `forbidden`, from 1, shows: who is known, and lacks permission."""
        raise NotImplementedError

    def garbled(self, caller: Caller, now: float) -> Part:
        """Return what a caller shows with its values changed: of the same form, and right no longer."""
        return garbled_part(self.credential(caller, now))

    def secrets(self) -> tuple[str, ...]:
        """Return what the target keeps to itself: no answer, event, call or report may tell it."""
        return ()

    def caller_secrets(self) -> tuple[str, ...]:
        """Return what callers and the target know, and no report may tell."""
        return ()

    def variables(self) -> dict[str, str]:
        """Return what a target's environment can be made of, by name: `secret`."""
        return {}


def garbled_part(part: Part) -> Part:
    """Return what is shown with each of its values garbled."""
    return Part(*(tuple((name, garble(value)) for name, value in pairs) for pairs in _pairs(part)))


def garble(value: str) -> str:
    """Return a text of the same form and another content: the word before a space is kept, as in `Bearer …`.

    Letters are moved by one within their case, digits likewise, the first and the last left alone: a prefix that
    names the form, and padding, stay. What has no letters and digits to change gets one more.
    """
    word, space, rest = value.rpartition(" ")
    changed = rest[:1] + "".join(map(_next, rest[1:-1])) + rest[-1:] if rest else ""
    return f"{word}{space}{changed if changed != rest else f'{rest}x'}"


def secrets_of(part: Part) -> tuple[str, ...]:
    """Return the texts of a credential that tell it: each value, and what follows a scheme's word in it."""
    found: list[str] = []
    for name, value in (pair for pairs in _pairs(part) for pair in pairs):
        found += [value, value.rpartition(" ")[2]]
        if name.lower() == "cookie":
            found += [pair.partition("=")[2].strip() for pair in value.split(";")]
    return tuple(dict.fromkeys(filter(None, found)))


def _pairs(part: Part) -> tuple[tuple[tuple[str, str], ...], ...]:
    return part.headers, part.cookies, part.query


def _next(character: str) -> str:
    for first, last in ("az", "AZ", "09"):
        if first <= character <= last:
            return first if character == last else chr(ord(character) + 1)
    return character
