"""`x-needs` on an operation or a parameter, as data: the steps that make an object for each request."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import RequestPlace, always, as_text, is_json, json_bytes, json_value, media_type_of
from bothends.records import MISSING, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.errors import Location
    from bothends.records import Request


@dataclass(frozen=True, slots=True)
class Step:
    """A step that makes an object ready.

    Attributes:
        operation: The operation's ID.
        body: What the body of its usual request has beside its own members, or in place of them; MISSING: nothing.
        parameters: Values of its parameters, by `(where, name)`.
    """

    operation: str
    body: Any = MISSING
    parameters: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def has_values(self) -> bool:
        """Whether its request has values that the schema alone does not choose."""
        return self.body is not MISSING or bool(self.parameters)

    def applied(self, request: Request, path: str) -> Request:
        """Return a request with the values of the step.

        Args:
            request: The usual one of the operation.
            path: The operation's path, with its `{parameters}`.
        """
        for (where, name), value in self.parameters.items():
            place = RequestPlace(where, name)
            if place.read(request, path):
                request = place.rewritten(request, always(value), path)
            elif where == "header":
                request = replace(request, headers=(*request.headers, (name, value)))
            elif where == "query":
                more = f"{'&' if '?' in request.target else '?'}{name}="
                request = place.rewritten(replace(request, target=request.target + more), always(value), path)
        if self.body is MISSING:
            return request
        own = json_value(request.body or b"")
        body = json_bytes(_merged(MISSING if own is MISSING else own, self.body))
        headers = request.headers if is_json(media_type_of(request)) else (*request.headers, _JSON)
        return replace(request, body=body, headers=headers)


_JSON = ("Content-Type", "application/json")


def _merged(own: Any, other: Any) -> Any:
    """Return a JSON value with another one in it: members of objects beside each other, all else in place of it."""
    if not isinstance(own, dict) or not isinstance(other, dict):
        return other
    return {**own, **{name: _merged(own.get(name), value) for name, value in other.items()}}


@dataclass(frozen=True, slots=True)
class Needs:
    """What the requests of an operation need.

    Attributes:
        steps: The steps that make the object, in order: the first one gives its id.
        leads: What the place of the id leads to, as places have it; empty: that is not known yet.
        at: JSON pointer to what the last answer has when the object is ready; None: any success will do.
        value: What stands there.
        named: The parameter, or the JSON pointer into the body, that has the id; empty: the last of the path.
        of_parameter: Whether it is said of that parameter, wherever it is used.
        workflow: The workflow that shows it; empty: the contract says it.
        location: Where it stands.
    """

    steps: tuple[Step, ...]
    leads: str = ""
    at: str | None = None
    value: Any = None
    named: str = ""
    of_parameter: bool = False
    workflow: str = ""
    location: Location | None = field(default=None, compare=False)

    @property
    def title(self) -> str:
        """What says it, for a person to read."""
        return f"the workflow '{self.workflow}'" if self.workflow else "x-needs"

    def lacks(self, body: Any) -> str:
        """Return what an answer to the last step lacks, for a person to read; empty: the object is ready.

        Args:
            body: The JSON value of the answer; MISSING where it is none.
        """
        found = MISSING if self.at is None or body is MISSING else resolve(body, self.at)
        if self.at is None or (type(found) is type(self.value) and found == self.value):
            return ""
        there = "nothing" if found is MISSING else as_text(found)
        return f"{there} at {self.at or 'its root'}, and not {as_text(self.value)}"
