"""`signed-out`: a right request by a caller who has no valid session."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations
from bothends.cases.families.sessions import DOUBTFUL, SIGNED_OUT
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation

family = "signed-out"

# Who may be told so by a proxy that a caller can go around (OWASP ASVS 5.0 4.1.3), or by the caller's own word.
_CLAIMED = {
    "identity-headers": (
        "X-User",
        "X-User-Id",
        "X-User-Name",
        "X-User-Email",
        "X-Forwarded-User",
        "X-Forwarded-Email",
        "X-Auth-Request-User",
        "X-Auth-Request-Email",
        "X-Remote-User",
        "Remote-User",
        "X-Authenticated-User",
    ),
}
_HEADERS = {
    **{name: tuple((header, "admin@example.com") for header in headers) for name, headers in _CLAIMED.items()},
    "basic-credentials": (("Authorization", "Basic YWRtaW46YWRtaW4="),),
    # CVE-2025-29927: a header by which a framework told itself that its checks were done.
    "internal-headers": (
        ("X-Middleware-Subrequest", ":".join(["middleware"] * 5)),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Real-IP", "127.0.0.1"),
    ),
}


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each session state; none when the operation asks for no session.

    Where the session library takes what was never issued, either answer is right, unless the settings
    ask for more.
    """
    request = bodies.admitted_request(operation)
    session = contract.settings.world.session
    if operation.session_cookie is None or session is None or request is None:
        return
    refused = expectations.refusal(operation, [family])
    for name, sentence in SIGNED_OUT.items():
        yield Case(operation.id, family, name, request, (sentence,), refused)
    for name, headers in _HEADERS.items():
        claiming = replace(request, headers=(*request.headers, *headers))
        yield Case(operation.id, family, name, claiming, (SIGNED_OUT["no-session"],), refused)
    doubtful = refused if session.strict else expectations.doubtful_session(operation)
    for name, sentence in DOUBTFUL.items():
        yield Case(operation.id, family, name, request, (sentence,), doubtful)
