"""Values of schemas that no chooser can aim at, from Schemathesis: slow, loaded only when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import schemathesis

    from bothends.schemas.hypothesis_choices import SteadyChoices

_BACKEND = "bothends-steady"


def draw(schema: Any, seed: int, count: int) -> list[Any]:
    """Return values that fit a schema; none when Schemathesis can't make any either.

    Args:
        schema: A self-contained JSON Schema.
        seed: Same seed, same values.
        count: Most values wanted.
    """
    import schemathesis  # noqa: PLC0415 -- takes a second to import, and hardly any schema needs it
    from hypothesis import HealthCheck, Phase, given, settings  # noqa: PLC0415 -- likewise
    from hypothesis import seed as seeded  # noqa: PLC0415 -- likewise
    from hypothesis.errors import HypothesisException  # noqa: PLC0415 -- likewise
    from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS  # noqa: PLC0415 -- likewise
    from schemathesis.errors import InvalidSchema  # noqa: PLC0415 -- likewise

    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "answers", "version": "1"},
        "paths": {"/": {"post": {"requestBody": body, "responses": {"200": {"description": "made"}}}}},
    }
    made: list[Any] = []
    AVAILABLE_PROVIDERS[_BACKEND] = "bothends.schemas.hypothesis_choices.SteadyChoices"

    def collect(case: schemathesis.Case[Any]) -> None:
        made.append(case.body)

    try:
        strategy = schemathesis.openapi.from_dict(document)["/"]["POST"].as_strategy()
        run = settings(
            backend=_BACKEND,
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )(seeded(seed)(given(case=strategy)(collect)))
        run()
    except (HypothesisException, InvalidSchema):
        return made
    return made


def steady_choices() -> type[SteadyChoices]:
    """Return how Hypothesis chooses by a seed, whatever modules are loaded."""
    from bothends.schemas.hypothesis_choices import SteadyChoices  # noqa: PLC0415 -- Hypothesis takes long to import

    return SteadyChoices
