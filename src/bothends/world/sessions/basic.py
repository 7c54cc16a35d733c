"""The kind `basic`: a user and a password in the header `Authorization` (RFC 7617)."""

from __future__ import annotations

import base64
import secrets
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from bothends.contract.kinds import SESSIONS
from bothends.contract.toml_table import NOT_EMPTY
from bothends.world.sessions.base import Part, SessionState, garble, known_states, secrets_of, session_state
from bothends.world.sessions.listed_callers import FORBIDDEN, IDENTITY, ListedCallers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.security_schemes import SecurityScheme
    from bothends.contract.toml_table import Table
    from bothends.world.sessions.base import Caller

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
            Account(entry["user"], entry["password"]) if "user" in entry else Account(*made[number])
            for number, entry in enumerate(self.listed)
        )

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
        return tuple(state.name for state in known_states(BasicState) if several or state is not PasswordOfAnother)

    def account(self, place: int) -> Account:
        """Return a caller's account.

        Args:
            place: Which caller, from 0; counted on from the last to the first.
        """
        return self._accounts[place % len(self._accounts)]

    def part(self, place: int) -> Part:
        """Return the header."""
        return header(coded(*self.account(place)))

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


def coded(user: str, password: str) -> str:
    """Return user and password, coded, in UTF-8."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def header(value: str, word: str = "Basic") -> Part:
    """Return the header with a value of a scheme."""
    return Part(headers=(("Authorization", f"{word} {value}"),))


# What a right target takes for a credential, and what it does not.


class BasicState(SessionState):
    """One state of a Basic credential."""

    @abstractmethod
    def part(self, session: BasicSession, place: int) -> Part:
        """Return what a caller shows.

        Args:
            session: Knows the accounts.
            place: Which caller, from 0.
        """


@session_state("basic-in-small-letters")
class SmallLetters(BasicState):
    """The name of a scheme has no case (RFC 9110 section 11.1)."""

    pattern = "the Basic credential has its scheme in small letters"
    about = "a valid user and password under `basic`"
    family = ""
    word: ClassVar[str] = "basic"

    def part(self, session: BasicSession, place: int) -> Part:
        """Return it under that word."""
        return header(coded(*session.account(place)), self.word)


@session_state("basic-in-capitals")
class Capitals(SmallLetters):
    """Likewise."""

    pattern = "the Basic credential has its scheme in capitals"
    about = "a valid user and password under `BASIC`"
    word = "BASIC"


class ChangedAccount(BasicState):
    """Another user or password, rightly coded."""

    @abstractmethod
    def account(self, session: BasicSession, place: int) -> Account:
        """Return what is coded."""

    def part(self, session: BasicSession, place: int) -> Part:
        """Return it coded."""
        return header(coded(*self.account(session, place)))


@session_state("basic-wrong-password")
class WrongPassword(ChangedAccount):
    """Of the right form."""

    pattern = "the password is wrong"
    about = "a valid user, with other letters and digits in the password"

    def account(self, session: BasicSession, place: int) -> Account:
        """Return it garbled."""
        user, password = session.account(place)
        return Account(user, garble(password))


@session_state("basic-password-of-another")
class PasswordOfAnother(ChangedAccount):
    """Both are valid, and not together."""

    pattern = "the password is another caller's"
    about = "a valid user, with the password of another caller"

    def account(self, session: BasicSession, place: int) -> Account:
        """Return the user with the next caller's."""
        return Account(session.account(place).user, session.account(place + 1).password)


@session_state("basic-empty-password")
class EmptyPassword(ChangedAccount):
    """The colon is there."""

    pattern = "the password is empty"
    about = "a valid user with an empty password"

    def account(self, session: BasicSession, place: int) -> Account:
        """Return it without one."""
        return Account(session.account(place).user, "")


@session_state("basic-empty-user")
class EmptyUser(ChangedAccount):
    """Nobody is looked up, or anybody."""

    pattern = "the Basic credential has an empty user"
    about = "a valid password with an empty user"

    def account(self, session: BasicSession, place: int) -> Account:
        """Return it without one."""
        return Account("", session.account(place).password)


@session_state("basic-cut-password")
class CutPassword(ChangedAccount):
    """A comparison of beginnings takes it; so does one that splits at each colon."""

    pattern = "the password lacks its end"
    about = "a valid user, with the password up to its last colon, or without its last character"

    def account(self, session: BasicSession, place: int) -> Account:
        """Return it cut."""
        user, password = session.account(place)
        return Account(user, password.rpartition(":")[0] or password[:-1])


@session_state("basic-longer-password")
class LongerPassword(ChangedAccount):
    """A comparison of beginnings takes it, the other way round."""

    pattern = "the password has one more character"
    about = "a valid user, with a character after the password"

    def account(self, session: BasicSession, place: int) -> Account:
        """Return it with one more."""
        user, password = session.account(place)
        return Account(user, f"{password}x")


@session_state("basic-no-colon")
class NoColon(BasicState):
    """Nothing tells the user from the password."""

    pattern = "the Basic credential has no colon"
    about = "a valid user alone, coded, without a colon"

    def part(self, session: BasicSession, place: int) -> Part:
        """Return the user."""
        return header(base64.b64encode(session.account(place).user.encode()).decode())


@session_state("basic-not-coded")
class NotCoded(BasicState):
    """It is no Base64."""

    pattern = "the Basic credential is not coded"
    about = "a valid user and password, as they are and not in Base64"

    def part(self, session: BasicSession, place: int) -> Part:
        """Return it as it is."""
        return header(":".join(session.account(place)))


@session_state("basic-no-text")
class NoText(BasicState):
    """What is coded is no text."""

    pattern = "the Basic credential is no text"
    about = "bytes that are no UTF-8, coded"

    def part(self, session: BasicSession, place: int) -> Part:  # noqa: ARG002 -- it is nobody's
        """Return the bytes."""
        return header(base64.b64encode(b"\xff\xfe:\xff").decode())


@session_state("basic-nothing")
class Nothing(BasicState):
    """The scheme's name is all there is."""

    pattern = "the Basic credential is nothing but its scheme"
    about = "`Authorization: Basic`, with nothing after it"

    def part(self, session: BasicSession, place: int) -> Part:  # noqa: ARG002 -- it is nobody's
        """Return the word."""
        return Part(headers=(("Authorization", "Basic"),))


@session_state("basic-as-bearer")
class AsBearer(BasicState):
    """A value is of its scheme."""

    pattern = "the Basic credential is under the scheme Bearer"
    about = "a valid user and password, coded, after `Bearer`"

    def part(self, session: BasicSession, place: int) -> Part:
        """Return it under another word."""
        return header(coded(*session.account(place)), "Bearer")
