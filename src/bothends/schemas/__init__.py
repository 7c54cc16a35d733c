"""JSON Schemas: each made to stand alone, the values that fit it, and what it offers that a value can show."""

from bothends.schemas.bundles import (
    DIALECTS,
    LISTED,
    NAMED,
    SINGLE,
    Bundle,
    Direction,
    Parts,
    bundle,
    directly_in,
    short,
    subschemas,
    to_the_point,
)
from bothends.schemas.choosers import SAFE, Ordinary, Shaper, Wishes
from bothends.schemas.described import described_at, may_differ
from bothends.schemas.drawn import draw
from bothends.schemas.error_paths import as_written
from bothends.schemas.flatten import (
    CHOICES,
    IN_PLACE,
    REFERENCES,
    NoValueError,
    Target,
    all_of,
    also,
    beside,
    certain,
    choices,
    definition_of,
    folded,
    in_place,
    located,
    references,
    referred,
    same,
    targets_in,
)
from bothends.schemas.formats import FORMAT_EXAMPLES
from bothends.schemas.openapi_30 import rewritten
from bothends.schemas.patterns import matches, plainest, several, text_for
from bothends.schemas.points import SchemaPoints
from bothends.schemas.schema import Schema, SchemaError, SchemaShelf, fits_schema, has_constants, walk
from bothends.schemas.values import Maker, sample_of
from bothends.schemas.words import odd_name

__all__ = [
    "CHOICES",
    "DIALECTS",
    "FORMAT_EXAMPLES",
    "IN_PLACE",
    "LISTED",
    "NAMED",
    "REFERENCES",
    "SAFE",
    "SINGLE",
    "Bundle",
    "Direction",
    "Maker",
    "NoValueError",
    "Ordinary",
    "Parts",
    "Schema",
    "SchemaError",
    "SchemaPoints",
    "SchemaShelf",
    "Shaper",
    "Target",
    "Wishes",
    "all_of",
    "also",
    "as_written",
    "beside",
    "bundle",
    "certain",
    "choices",
    "definition_of",
    "described_at",
    "directly_in",
    "draw",
    "fits_schema",
    "folded",
    "has_constants",
    "in_place",
    "located",
    "matches",
    "may_differ",
    "odd_name",
    "plainest",
    "references",
    "referred",
    "rewritten",
    "same",
    "sample_of",
    "several",
    "short",
    "subschemas",
    "targets_in",
    "text_for",
    "to_the_point",
    "walk",
]
