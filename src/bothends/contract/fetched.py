"""A spec that the target serves itself: it is fetched once, and kept as a file, so that errors have lines to name."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from bothends.contract.openapi import copy_of, origin_of
from bothends.errors import ContractError, Location, MachineError, TargetError

if TYPE_CHECKING:
    from http.client import HTTPMessage
    from pathlib import Path
    from typing import IO, Any

SECONDS = 20.0
"""Time for a spec: large ones are made while one waits."""
MOST_BYTES = 64 << 20


def fetched(url: str, folder: Path, advice: str = "Start the target first.") -> Path:
    """Return the file in a folder with the document that the target serves at a URL.

    Raises:
        ContractError: There is no document, it is too large, or the URL leads to another host.
        TargetError: The target can't be reached; `advice` says what to do then.
    """
    return keep(_get(url, what="spec", advice=advice), url, folder)


def keep(text: bytes, url: str, folder: Path) -> Path:
    """Keep the document of a URL as a file, and return that. One that holds the same already is left as it is.

    Args:
        text: The document.
        url: Where it is served; `{port}` may stand in it.
        folder: Where it is kept.

    Raises:
        MachineError: It can't be written.
    """
    is_json = text.lstrip().startswith((b"{", b"["))
    text = _with_lines(text) if is_json else text
    named = copy_of(url, folder)
    file, other = (named.with_suffix(suffix) for suffix in ((".json", ".yaml") if is_json else (".yaml", ".json")))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not file.is_file() or file.read_bytes() != text:
            whole = file.with_suffix(f".{os.getpid()}")  # others may read it meanwhile
            whole.write_bytes(text)
            whole.replace(file)
        other.unlink(missing_ok=True)
    except OSError as error:
        problem = f"The copy of the spec can't be written: {error.strerror}."
        raise MachineError(problem, where=Location(file)) from error
    return file


def download(url: str) -> bytes:
    """Return a document that is kept by hand, or by whoever asks for it: no run fetches one. Raises as `fetched`."""
    return _get(url, what="document", advice="Save a copy by hand.")


def _with_lines(text: bytes) -> bytes:
    """Return a JSON text with a line for each value: servers write all of it in one."""
    try:
        return json.dumps(json.loads(text, object_pairs_hook=_once), indent=2, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return text  # what is wrong with it is told when it is read


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return a mapping of pairs; a key that stands twice is an error that is told when the file is read."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a duplicate key")
    return members


def _get(url: str, *, what: str, advice: str) -> bytes:
    opener = build_opener(ProxyHandler({}), _SameHost())
    request = Request(url, headers={"Accept": "application/json, application/yaml, */*;q=0.1"})  # noqa: S310 -- is_url
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            text: bytes = answer.read(MOST_BYTES + 1)
    except HTTPError as error:
        raise ContractError(
            f"{url} answers {error.code}, and no {'OpenAPI document' if what == 'spec' else what}.",
            expected="the URL of the document: /openapi.json, /v3/api-docs or the like" if what == "spec" else "",
        ) from error
    except (URLError, OSError) as error:
        reason = str(getattr(error, "reason", error))
        raise TargetError(f"The {what} can't be fetched from {url}: {reason}.", advice=advice) from error
    if len(text) > MOST_BYTES:
        raise ContractError(f"The document at {url} is too large.", expected=f"at most {MOST_BYTES >> 20} MiB")
    return text


class _SameHost(HTTPRedirectHandler):
    """Follows redirects to the same host only: a run calls nobody but the target."""

    def redirect_request(  # noqa: PLR0913, PLR0917 -- as urllib has it
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """Return the request that follows a redirect; another host is a `ContractError`."""
        wanted: Any = urljoin(req.full_url, newurl)
        if origin_of(wanted) != origin_of(req.full_url):
            raise ContractError(f"{req.full_url} leads to another host: {origin_of(wanted)}.", expected="its own host")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
