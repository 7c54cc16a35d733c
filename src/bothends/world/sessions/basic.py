"""The kind `basic`: a user and a password in the header `Authorization` (RFC 7617)."""

from __future__ import annotations

import base64
import secrets
from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

from bothends.contract.tables import NOT_EMPTY, SESSIONS, coded, text_of
from bothends.world.sessions.base import Part, SessionState, garble, known_states, secrets_of, state
from bothends.world.sessions.listed_callers import FORBIDDEN, IDENTITY, ListedCallers
from bothends.world.sessions.reading import same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bothends.contract.openapi import SecurityScheme
    from bothends.contract.tables import Table
    from bothends.world.sessions.base import Caller
    from bothends.world.sessions.reading import CallerRequest, Known

_CALLERS = 'callers = [{user = "ada", password = "{env.PASSWORD_1}", identity = {id = 7}}]'


class Account(NamedTuple):
    """A user and a password."""

    user: str
    password: str


@SESSIONS.add
class BasicSession(ListedCallers):
    """Two callers, or those of the table, with a user and a password each."""

    kind = "basic"
    about = "a user and a password (HTTP Basic)"
    schema: ClassVar[Mapping[str, Any]] = {
        "properties": {
            "callers": {
                "description": "The user, the password, the `identity` and `forbidden` of each caller. Without it: two "
                "callers with new passwords for each run of a launched target; the second password contains a colon.",
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["user", "password"],
                    "properties": {
                        "user": {
                            "description": "The user, which has no colon.",
                            "type": "string",
                            "pattern": "^[^:\\u0000-\\u001f\\u007f]+$",
                            "x-expected": "a user without a colon",
                        },
                        "password": {"description": "The password.", "type": "string", "pattern": NOT_EMPTY},
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
        # RFC 7617 section 2: the first colon ends the user, and a password may have more.
        made = (("caller-1", secrets.token_hex(12)), ("caller-2", f"{secrets.token_hex(6)}:{secrets.token_hex(6)}"))
        self._accounts = tuple(
            Account(text_of(entry["user"]), text_of(entry["password"])) if "user" in entry else Account(*made[number])
            for number, entry in enumerate(self.listed)
        )
        if any(":" in account.user for account in self._accounts):
            raise table.error("callers", "A user has a colon, which would end it.", expected="users without a colon")

    def satisfies(self, scheme: SecurityScheme) -> bool:
        """Return whether it is Basic that the scheme asks for."""
        return scheme.type == "http" and scheme.http_scheme == "basic"

    @property
    def not_known(self) -> tuple[str, ...]:
        """The callers, where they are made."""
        return () if "callers" in self.values else ("callers",)

    @property
    def own_secrets(self) -> tuple[str, ...]:
        """The passwords that stand in the table."""
        return tuple(f"password_{number}" for number, entry in enumerate(self.listed, 1) if "password" in entry)

    @property
    def states(self) -> tuple[str, ...]:
        """Those of Basic; of several callers also the password of another."""
        several = len(set(self._accounts)) > 1
        known = cast("tuple[type[BasicState], ...]", known_states(BasicState))
        return tuple(state.name for state in known if several or not state.of_several)

    def account(self, place: int) -> Account:
        """Return the account of a caller, from 0; after the last comes the first again."""
        return self._accounts[place % len(self._accounts)]

    def part(self, place: int) -> Part:
        """Return the header."""
        return header(coded(*self.account(place)))

    async def read(self, request: CallerRequest) -> Known | str:
        """Return whose user and password it is."""
        try:
            text = base64.b64decode(request.after("basic") or "", validate=True).decode()
        except ValueError:
            return "what follows Basic is not coded"
        user, colon, password = text.partition(":")
        if not colon:
            return "there are no user and password"
        for place, entry in enumerate(self.listed):
            own = [entry.get(name) or request.told(f"{name}_{place + 1}") for name in ("user", "password")]
            if all(own) and same(own[0], user) and same(own[1], password):
                return self.known(place)
        return "user and password are nobody's"

    def in_state(self, state: SessionState, caller: Caller, now: float) -> tuple[Part, Mapping[str, Any]] | None:
        """Return what a caller shows whose credential is in a state."""
        if isinstance(state, BasicState):
            return state.part(self, self.place(caller)), caller.user
        return super().in_state(state, caller, now)

    def garbled(self, caller: Caller, now: float) -> Part:  # noqa: ARG002 -- it does not change
        """Return the user with another password."""
        user, password = self.account(self.place(caller))
        return header(coded(user, garble(password)))

    def caller_secrets(self) -> tuple[str, ...]:
        """Return the passwords, and what is shown of them."""
        shown = (secret for place in range(len(self._accounts)) for secret in secrets_of(self.part(place)))
        return (*(account.password for account in self._accounts), *shown)

    def variables(self) -> dict[str, str]:
        """Return each user and password."""
        users = {f"user_{number}": account.user for number, account in enumerate(self._accounts, 1)}
        return users | {f"password_{number}": account.password for number, account in enumerate(self._accounts, 1)}


def header(value: str, word: str = "Basic") -> Part:
    """Return the header with a value of a scheme."""
    return Part(headers=(("Authorization", f"{word} {value}"),))


# What a right target takes for a credential, and what it does not.


class BasicState(SessionState):
    """One state of a Basic credential.

    Attributes:
        of_several: Whether it takes several callers.
    """

    of_several: ClassVar[bool] = False

    @abstractmethod
    def part(self, session: BasicSession, place: int) -> Part:
        """Return what the caller at a place, from 0, shows."""


_basic = partial(state, BasicState)


def _after(word: str) -> Callable[[BasicSession, int], Part]:
    """Return what shows a valid credential after a word."""
    return lambda session, place: header(coded(*session.account(place)), word)


def _instead(changed: Callable[[str, str], tuple[str, str]]) -> Callable[[BasicSession, int], Part]:
    """Return what shows another user or password, rightly coded."""
    return lambda session, place: header(coded(*changed(*session.account(place))))


def _of_another(session: BasicSession, place: int) -> Part:
    return header(coded(session.account(place).user, session.account(place + 1).password))


_basic(
    "basic-in-small-letters",
    "the Basic credential has its scheme in small letters",
    "a valid user and password under `basic`",
    "The name of a scheme has no case (RFC 9110 section 11.1).",
    family="",
    part=_after("basic"),
)
_basic(
    "basic-in-capitals",
    "the Basic credential has its scheme in capitals",
    "a valid user and password under `BASIC`",
    "Likewise.",
    family="",
    part=_after("BASIC"),
)
_basic(
    "basic-wrong-password",
    "the password is wrong",
    "a valid user, with other letters and digits in the password",
    "Of the right form.",
    has_its_form=True,
    part=_instead(lambda user, password: (user, garble(password))),
)
_basic(
    "basic-password-of-another",
    "the password is another caller's",
    "a valid user, with the password of another caller",
    "Both are valid, and not together.",
    has_its_form=True,
    of_several=True,
    part=_of_another,
)
_basic(
    "basic-empty-password",
    "the password is empty",
    "a valid user with an empty password",
    "The colon is there.",
    part=_instead(lambda user, _: (user, "")),
)
_basic(
    "basic-empty-user",
    "the Basic credential has an empty user",
    "a valid password with an empty user",
    "Nobody is looked up, or anybody.",
    part=_instead(lambda _, password: ("", password)),
)
_basic(
    "basic-cut-password",
    "the password lacks its end",
    "a valid user, with the password up to its last colon, or without its last character",
    "A comparison of beginnings takes it; so does one that splits at each colon.",
    has_its_form=True,
    part=_instead(lambda user, password: (user, password.rpartition(":")[0] or password[:-1])),
)
_basic(
    "basic-longer-password",
    "the password has one more character",
    "a valid user, with a character after the password",
    "A comparison of beginnings takes it, the other way round.",
    has_its_form=True,
    part=_instead(lambda user, password: (user, f"{password}x")),
)
_basic(
    "basic-no-colon",
    "the Basic credential has no colon",
    "a valid user alone, coded, without a colon",
    "Nothing tells the user from the password.",
    part=lambda session, place: header(base64.b64encode(session.account(place).user.encode()).decode()),
)
_basic(
    "basic-not-coded",
    "the Basic credential is not coded",
    "a valid user and password, as they are and not in Base64",
    "It is no Base64.",
    part=lambda session, place: header(":".join(session.account(place))),
)
_basic(
    "basic-no-text",
    "the Basic credential is no text",
    "bytes that are no UTF-8, coded",
    "What is coded is no text.",
    part=lambda *_: header(base64.b64encode(b"\xff\xfe:\xff").decode()),
)
_basic(
    "basic-nothing",
    "the Basic credential is nothing but its scheme",
    "`Authorization: Basic`, with nothing after it",
    "The scheme's name is all there is.",
    part=lambda *_: Part(headers=(("Authorization", "Basic"),)),
)
_basic(
    "basic-as-bearer",
    "the Basic credential is under the scheme Bearer",
    "a valid user and password, coded, after `Bearer`",
    "A value is of its scheme.",
    part=_after("Bearer"),
)
