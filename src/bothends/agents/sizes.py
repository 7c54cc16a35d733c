"""How large a result may be. What an agent reads takes room in its memory, and it reads many results.

A token of the text of a report has 3.5 characters (measured with the vocabulary o200k on reports of the tests); 3 bytes
are counted for one, so that texts of other scripts and random ids have room too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.errors import ContractError
from bothends.records import count_of
from bothends.reports import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BYTES_OF_A_TOKEN = 3
LARGEST_FINDING = 1500 * BYTES_OF_A_TOKEN
LARGEST_RESULT = 2000 * BYTES_OF_A_TOKEN
_PAGE = LARGEST_FINDING - 300
"""Bytes of a page of text: what names it takes the rest."""
_LIMITS = (600, 300, 160, 80, 40)
"""Characters of one text of a result, the first with which the result is small enough."""
_LONGEST = 100_000


def size_of(value: Any) -> int:
    """Return the bytes that a value takes as it is sent."""
    return len(as_text(value).encode())


def as_text(value: Any) -> str:
    """Return a value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def harmless(value: Any, limit: int = _LONGEST) -> Any:
    """Return a JSON value whose texts hold nothing that a terminal or a reader takes for anything but text.

    Args:
        value: Any JSON value.
        limit: Characters of each text that are kept.
    """
    if isinstance(value, str):
        shown = "\n".join(escape(line, limit) for line in value.split("\n")) if "\n" in value else escape(value, limit)
        return shown if len(shown) <= 2 * limit else escape(value, limit)
    if isinstance(value, dict):
        return {escape(str(key), limit): harmless(one, limit) for key, one in value.items()}
    return [harmless(one, limit) for one in value] if isinstance(value, list) else value


def fitted(value: dict[str, Any], largest: int, spare: Sequence[str] = ()) -> dict[str, Any]:
    """Return a value whose texts are cut until it is no larger than it may be.

    Args:
        value: The value.
        largest: Bytes that it may take.
        spare: What is left out, one after the other, if that is not enough.
    """
    for limit in _LIMITS:
        shown: dict[str, Any] = harmless(value, limit)
        if size_of(shown) <= largest:
            return shown
    for name in spare:
        shown.pop(name, None)
        if size_of(shown) <= largest:
            break
    return shown


def paged(
    head: dict[str, Any], lists: Mapping[str, Sequence[dict[str, Any]]], page: int, largest: int = LARGEST_RESULT
) -> dict[str, Any]:
    """Return one page of a result: its head, and as many rows of its lists as there is room for.

    Args:
        head: What each page has.
        lists: The lists by their names; each row is cut to have room.
        page: Which page, from 1.
        largest: Bytes that a page may take.

    Raises:
        ContractError: There is no such page.
    """
    head = fitted(head, largest // 2)
    room = largest - size_of({**head, **{name: [] for name in lists}, "page": 10_000, "pages": 10_000})
    pages: list[list[tuple[str, dict[str, Any]]]] = [[]]
    left = room
    for name, rows in lists.items():
        for row in rows:
            shown = fitted(row, room)
            size = size_of(shown) + 1
            if size > left and pages[-1]:
                pages.append([])
                left = room
            pages[-1].append((name, shown))
            left -= size
    _check(page, len(pages))
    chosen = pages[page - 1]
    found = {name: [row for of, row in chosen if of == name] for name in lists}
    return {**head, **found, "page": page, "pages": len(pages)}


def page_of(text: str, page: int) -> tuple[str, int]:
    """Return one page of a text that is harmless already, and how many there are.

    Raises:
        ContractError: There is no such page.
    """
    pages, left = [""], _PAGE
    for character in text:
        # As it is sent: a quotation mark is two bytes in JSON, and a line feed.
        size = len(json.dumps(character, ensure_ascii=False).encode()) - 2
        if size > left:
            pages.append("")
            left = _PAGE
        pages[-1] += character
        left -= size
    _check(page, len(pages))
    return pages[page - 1], len(pages)


def _check(page: int, pages: int) -> None:
    if page > pages:
        there_is = f"there {'is' if pages == 1 else 'are'} {count_of(pages, 'page')}"
        raise ContractError(f"page: there is no page {page}.", expected=f"a number from 1 on: {there_is}")
