"""The program in which Pact's library runs: one command a line comes in, one line of outcome goes out, both JSON.

It imports nothing of bothends, so that it is up as soon as the library is (`bothends.pacts.library` starts it).

Why a process of its own: the library writes its report to file descriptor 1 whatever it is told
(`pact_verifier`, `verify_provider_async`), and no thread can take that away from the others. So the reports of
a run stay whole, a panic of the library ends a command and not the run, and what it holds in memory goes with it.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import pact_ffi

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_HOST = "127.0.0.1"
# The one who asks has a limit of its own for the target; the verifier is never to give up before.
_REQUEST_LIMIT_MS = 24 * 3600 * 1000
_REPLAY_LIMIT = 10.0
_REQUEST = pact_ffi.InteractionPart.REQUEST


def verify(command: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Run the library's verifier over a pact.

    Args:
        command: `pact` (JSON), `provider` (name), `port` (of the provider), `states` (URL that
            takes the state changes).
        folder: Where the pact's file is put: the library takes a pact from a file or a URL.

    Returns:
        `passed`, and the library's own `report`.
    """
    file = folder / "pact.json"
    file.write_text(json.dumps(command["pact"]), encoding="ascii")
    handle = pact_ffi.verifier_new_for_application()
    pact_ffi.verifier_set_provider_info(handle, command["provider"], "http", _HOST, command["port"], None)
    pact_ffi.verifier_add_provider_transport(handle, "message", command["port"], "/_pact/message", "http")
    pact_ffi.verifier_set_provider_state(handle, command["states"], teardown=False, body=True)
    pact_ffi.verifier_set_coloured_output(handle, enabled=False)
    pact_ffi.verifier_set_follow_redirects(handle, follow=False)
    # All is plain HTTP on the loopback; without this the system's certificates are read for each verification.
    pact_ffi.verifier_set_verification_options(handle, disable_ssl_verification=True, request_timeout=_REQUEST_LIMIT_MS)
    pact_ffi.verifier_add_file_source(handle, str(file))
    try:
        pact_ffi.verifier_execute(handle)
    except RuntimeError:  # what failed is in the report
        passed = False
    else:
        passed = True
    return {"passed": passed, "report": json.loads(str(pact_ffi.verifier_json(handle)))}


def match(command: Mapping[str, Any], folder: Path) -> dict[str, Any]:  # noqa: ARG001 -- as for each command
    """Send a request to the library's mock server, which expects one request.

    Args:
        command: `expected` (see `bothends.pacts.matching`), and `wire`: the request's bytes, base64.
        folder: Not used.

    Returns:
        `matched`, and the mismatches that the mock server `found`.
    """
    expected = command["expected"]
    pact = pact_ffi.new_pact("consumer", "provider")
    pact_ffi.with_specification(pact, pact_ffi.PactSpecification.V4)
    interaction = pact_ffi.new_interaction(pact, "request")
    pact_ffi.with_request(interaction, expected["method"], expected["path"])
    for name, index, value in expected["query"]:
        _expect_query(interaction, name, index, value)
    for name, value in expected["headers"]:
        # As `{"value": …}` a value that looks like the library's own JSON is not taken for it.
        pact_ffi.with_header_v2(interaction, _REQUEST, name, 0, json.dumps({"value": value}))
    if expected["body"] is not None:
        body = base64.b64decode(expected["body"])
        pact_ffi.with_binary_body(interaction, _REQUEST, expected["content_type"], body)
    if expected["rules"]:
        pact_ffi.with_matching_rules(interaction, _REQUEST, json.dumps(expected["rules"]))
    server = pact_ffi.create_mock_server_for_transport(pact, _HOST, 0, "http", None)
    _replay(server.port, base64.b64decode(command["wire"]))
    return {"matched": pact_ffi.mock_server_matched(server), "found": pact_ffi.mock_server_mismatches(server)}


def _expect_query(interaction: pact_ffi.InteractionHandle, name: str, index: int, value: str | None) -> None:
    if value is not None:
        pact_ffi.with_query_parameter_v2(interaction, name, index, json.dumps({"value": value}))
        return
    # A name without a value (`?verbose`): the library takes NULL for it, which its Python binding can't pass.
    reference = interaction._ref  # noqa: SLF001 -- as the binding itself does
    if not pact_ffi.lib.pactffi_with_query_parameter_v2(reference, name.encode(), index, pact_ffi.ffi.NULL):
        raise RuntimeError(f"Failed to add query parameter {name} to request")


def _replay(port: int, wire: bytes) -> None:
    """Send the bytes as they are, and wait for the end of the answer, which says nothing that is not found later."""
    with socket.create_connection((_HOST, port), timeout=_REPLAY_LIMIT) as connection:
        connection.sendall(wire)
        while connection.recv(1 << 16):
            pass


_COMMANDS: Mapping[str, Callable[[Mapping[str, Any], Path], dict[str, Any]]] = {"verify": verify, "match": match}


def _own_output() -> TextIO:
    """Return what was standard output, and let what the library prints go nowhere."""
    kept = os.fdopen(os.dup(1), "w", encoding="ascii")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return kept


def main() -> None:
    """Carry out commands until there are no more. The last argument is the folder for the library's files."""
    folder = Path(sys.argv[-1])
    with _own_output() as outcomes:
        for line in sys.stdin:
            command = json.loads(line)
            try:
                outcome = _COMMANDS[command["do"]](command, folder)
            except (
                RuntimeError,
                OSError,
                ValueError,
            ) as error:  # the library's refusal, sent to the caller
                outcome = {"refused": str(error)}
            outcomes.write(json.dumps(outcome) + "\n")
            outcomes.flush()
