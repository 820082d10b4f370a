"""Annotations for the arguments of components: their types and limits.

`components.arguments_of` turns them into the rules that check a config, and `registry.lookup` enforces
them. A limit is a pair of a JSON schema keyword and its value.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

Count = Annotated[int, ("minimum", 1)]
Fraction = Annotated[float, ("minimum", 0), ("exclusiveMaximum", 1)]
NotNegative = Annotated[float, ("minimum", 0)]
Positive = Annotated[float, ("exclusiveMinimum", 0)]
Probability = Annotated[float, ("minimum", 0), ("maximum", 1)]
Share = Annotated[float, ("exclusiveMinimum", 0), ("maximum", 1)]
# From the training labels ("balanced"), by class name, or one number per class in their order.
ClassWeights = Literal["balanced"] | Mapping[str, NotNegative] | Sequence[NotNegative] | None
