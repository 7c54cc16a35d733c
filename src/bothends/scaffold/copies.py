"""Copies of the remote documents that a spec refers to: where each is kept, and the lines that say so."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bothends.contract.fetched import download
from bothends.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


FOLDER = "documents"
"""Where copies are kept, beside the settings: one folder for each host."""


def folders_of(urls: Iterable[str]) -> dict[str, str]:
    """Return the folder of each host whose documents are lacking, by what their URLs begin with."""
    hosts = dict.fromkeys(f"{parts.scheme}://{parts.netloc}/" for parts in map(urlsplit, urls))
    return {start: f"{FOLDER}/{_safe(urlsplit(start).netloc)}" for start in hosts}


def table(urls: Mapping[str, str], outside: Iterable[str]) -> list[str]:
    """Return the lines of `[documents]`; none where nothing is lacking.

    Args:
        urls: The folders of copies, by what a URL begins with.
        outside: Folders that references lead to, relative to the settings: whether they may, the user decides.
    """
    named = list(outside)
    if not (urls or named):
        return []
    lines = ["", "[documents]", "# Where references of the spec may lead, beside its own folder. Nothing is fetched."]
    if named:
        lines.append(f"# folders = {json.dumps(named)}  # it refers to files there: remove the first `#` if it may")
    if urls:
        pairs = ", ".join(f"{json.dumps(start)} = {json.dumps(folder)}" for start, folder in urls.items())
        lines.append(f"urls = {{{pairs}}}")
    return lines


def file_of(url: str, urls: Mapping[str, str]) -> str:
    """Return the file of a URL's copy, relative to the settings."""
    start = max((each for each in urls if url.startswith(each)), key=len)
    return f"{urls[start]}/{unquote(url.removeprefix(start))}"


def downloaded(urls: Iterable[str], folders: Mapping[str, str], beside: Path) -> int:
    """Fetch documents into their folders, and return how many; one that is there is kept.

    Raises:
        ContractError: There is no document, it is too large, or its name leads out of the folder.
    """
    count = 0
    for url in urls:
        name = PurePosixPath(file_of(url, folders))
        if ".." in name.parts or "?" in str(name):
            raise ContractError(f"{url} has no name that a file can have.", expected="a path without '..' and '?'")
        file = beside / name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(download(url))
            count += 1
    return count


def _safe(netloc: str) -> str:
    return netloc.rpartition("@")[2].replace(":", "-")
