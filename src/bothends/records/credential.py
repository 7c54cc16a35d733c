"""A credential: what a request shows of who sends it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.records.case import Request

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request shows of its caller: all credentials of one requirement together.

    Attributes:
        headers: Name and value pairs.
        cookies: Name and value pairs, which are sent in one `Cookie` header.
        query: Name and value pairs.
        session: What `session.user` means; None: nobody is signed in, or nobody knows who it is.
        token: What every text of a user that was made for the exchange holds.
        secrets: Texts that nobody but the target may be told.
        placeholder: The variable that a command line shows in place of a value, without the `$`; `AUTHORIZATION`
            stands for that header.
        caller: Which of the few callers it is that the settings give, from 1; 0: one of the exchange's own, or nobody.
        right: Whether a right target lets the request in; None: it may do either.
        shown: Whose credential was left out or spoilt, and how, for a person to read; empty: none.
        schemes: The security schemes of the alternative that it is of; none: nobody is signed in, or nothing is asked.
        left_out: Those of them for which nothing is shown.
        spoilt: Those of them for which something is shown that no right target takes.
    """

    headers: Pairs = field(default=(), repr=False)
    cookies: Pairs = field(default=(), repr=False)
    query: Pairs = field(default=(), repr=False)
    session: Mapping[str, Any] | None = None
    token: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    placeholder: str = "CREDENTIAL"
    caller: int = 0
    right: bool | None = None
    shown: str = ""
    schemes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    spoilt: tuple[str, ...] = ()

    def variables(self) -> dict[str, str]:
        """Return which variable of a shell stands for each header, `Cookie` aside, and each query parameter."""
        names = [name for name, _ in (*self.headers, *self.query) if name.lower() not in {"cookie", "authorization"}]
        found = {
            name: self.placeholder if len(names) == 1 else f"{self.placeholder}_{number}"
            for number, name in enumerate(names, 1)
        }
        return found | {name: name.upper() for name, _ in self.headers if name.lower() == "authorization"}

    def applied(self, request: Request) -> Request:
        """Return a request with the headers and the query parameters; what it has of the same name is replaced.

        Cookies are the client's to add. What is raw keeps its text.
        """
        if not self.headers and not self.query:
            return request
        own = {name.lower() for name, _ in self.headers} - {"cookie"}
        kept = tuple(pair for pair in request.headers if pair[0].lower() not in own)
        return replace(request, headers=(*kept, *self.headers), target=self.target(request.target))

    def target(self, target: str) -> str:
        """Return a request target with the query parameters."""
        if not self.query:
            return target
        path, _, query = target.partition("?")
        names = {name for name, _ in self.query}
        kept = [part for part in query.split("&") if part and unquote_plus(part.partition("=")[0]) not in names]
        added = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in self.query]
        return f"{path}?{'&'.join([*kept, *added])}"
