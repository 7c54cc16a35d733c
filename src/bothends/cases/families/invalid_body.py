"""`invalid-body`: JSON that the schema forbids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.cases.families import bodies
from bothends.cases.families.additional import with_more
from bothends.cases.families.edges import edges
from bothends.cases.families.refused import refused_cases
from bothends.cases.families.samples import SAMPLES, property_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case

family = "invalid-body"


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield what the schema forbids: wrong types, missing and additional properties; none that it may admit."""
    del contract
    media_type = bodies.json_media_type(operation)
    if media_type is None:
        return
    sent: set[bytes] = set()
    requests = []
    for name, value in _values(operation):
        body = bodies.dump(value)
        if body not in sent:
            sent.add(body)
            requests.append((name, bodies.request(operation, body, media_type)))
    yield from refused_cases(operation, family, requests)


def _values(operation: Operation) -> Iterator[tuple[str, Any]]:
    yield from ((f"just-{kind}", sample) for kind, sample in SAMPLES.items())
    base = next((value for _, value in bodies.admitted_values(operation)), None)
    yield "list-of-one", [base]
    if not isinstance(base, dict):
        return
    yield from ((f"additional-{name}", value) for name, value in with_more(operation))
    for name in property_names(bodies.json_schema(operation)):
        yield f"without-{name}", {key: value for key, value in base.items() if key != name}
        if name.upper() != name:
            yield f"upper-case-{name}", {name.upper(): base.get(name)}
            yield f"capital-{name}", {**base, name.capitalize(): base.get(name)}
        yield from ((f"{name}-{kind}", {**base, name: sample}) for kind, sample in SAMPLES.items())
    yield from edges(operation)
