"""`read-back`: objects are read that were made with each choice, each bound, each optional member there and not.

An operation that reads may be right of most objects, and wrong of one that has something rare: what it makes of a
choice, or of a bound, is seen only of an object that has it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.family import Family, register
from bothends.cases.families.success import success_cases
from bothends.cases.families.variants import variants
from bothends.contract.messages import json_bytes
from bothends.contract.operations import anonymous
from bothends.contract.requests import SAFE
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation
    from bothends.contract.requests import IdPlace

READ_BACK_NAME = "read-back"


def read_back_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a case for each variant of an object that the operation reads; of what lists objects, one after these."""
    request = requests.admitted_request(operation)
    if operation.method not in SAFE or request is None:
        return
    case = Case(operation.id, READ_BACK_NAME, "", request, expect=expectations.success(operation))
    place = _main(operation)
    if place is None:
        own = anonymous(operation.path).rstrip("/")
        if any(_makes(one) and anonymous(one.path).rstrip("/") == own for one in contract.operations):
            yield replace(case, name="after-all-variants")
        return
    given = {source.operation for source in place.sources}
    for maker in contract.operations:
        if maker.id in given and _makes(maker):
            for made_by in _variants(contract, maker):
                name = f"{maker.id}-{made_by.name.removeprefix(f'{maker.id}.')}"
                yield replace(case, name=name, made_by=made_by)


def _main(operation: Operation) -> IdPlace | None:
    """Return the place of the id that leads farthest into the path; None: its path has no id that is known."""
    places = [place for place in operation.id_places if place.part == "path"]
    return max(places, key=lambda place: place.leads.count("{}"), default=None)


def _makes(operation: Operation) -> bool:
    return operation.method not in SAFE and requests.json_media_type(operation) is not None


def _variants(contract: Contract, maker: Operation) -> Iterator[Case]:
    """Yield the valid requests of an operation that are variants, named as they are in a run."""
    bodies = {json_bytes(value) for _, value in variants(maker)}
    for case in success_cases(contract, maker):
        if case.request.body in bodies:
            yield replace(case, name=f"{maker.id}.{case.name}" if len(contract.operations) > 1 else case.name)


READ_BACK_FAMILY = register(
    Family(
        READ_BACK_NAME,
        read_back_cases,
        "objects are read that were made with each choice, each bound, each optional member there and not, null where "
        "it may be.\n\nAn operation that reads may be right of most objects, and not of one that has something rare.",
        after="success",
    )
)
