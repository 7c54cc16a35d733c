"""The laws on events as checks of Schemathesis: `SCHEMATHESIS_HOOKS=bothends.schemathesis st run openapi.yaml`.

Importing this module registers them, so it is for Schemathesis to import. The world is that of `bothends.toml`, or of
the file that the environment variable BOTHENDS_CONFIG names. Without `--url` the target is the one that the file names,
launched or running; with it, it runs already, and the world listens on the ports that the file gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemathesis

from bothends import schemathesis_hooks as session
from bothends.errors import BothendsError
from bothends.schemathesis_hooks import Session, check_laws, check_of, late_check

if TYPE_CHECKING:
    import requests
_session = Session()


@schemathesis.hook
def after_load_schema(_context: schemathesis.HookContext, schema: schemathesis.BaseSchema) -> None:
    """Start the world, and say where the target is.

    Raises:
        BothendsError: The contract, the target or the world fails.
    """
    try:
        schema.config.base_url = _session.begin(schema.config.base_url, schema.config.seed)
    except BothendsError as error:
        # Schemathesis shows where an error comes from: what is wrong is the contract or the call, not this code.
        raise error.with_traceback(None) from None


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """Look at the world before a call, and send it to where the target is now."""
    # What signs a request gets it last, whole: there the world's addresses are put into it.
    auth = _session.before(case, kwargs.get("auth") or case._auth)  # noqa: SLF001 -- nothing public has it
    if auth is not None:
        kwargs["auth"] = auth
    # `st replay` would send it to where the target was when the failure was found.
    if _session.launched is not None:
        kwargs["url"] = case.as_transport_kwargs(base_url=_session.launched)["url"]


@schemathesis.hook
def after_call(
    _context: schemathesis.HookContext, case: schemathesis.Case[Any], response: schemathesis.Response
) -> None:
    """Look at the world after a call."""
    _session.after(case, response.request, session.answer(response))


@schemathesis.hook
def after_network_error(
    _context: schemathesis.HookContext, case: schemathesis.Case[Any], request: requests.PreparedRequest
) -> None:
    """Look at the world after a call that got no answer."""
    _session.after(case, request, session.no_answer(request))


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    """Signs each case in, as a user of its own; authentication that is configured otherwise comes first.

    Schemathesis has to know of the credential: its own checks take a request with an unknown one for a violation.
    """

    def get(self, case: schemathesis.Case[Any], _context: schemathesis.AuthContext) -> Any:
        """Return the credential of a new caller; None where there is none."""
        return _session.sign_in(case.operation.label)

    def set(self, case: schemathesis.Case[Any], data: Any, _context: schemathesis.AuthContext) -> None:
        """Put it into a case."""
        session.sign(case, data)


for _law in check_laws():
    schemathesis.check(check_of(_law, _session))
schemathesis.check(late_check(_session))
