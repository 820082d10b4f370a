"""What the arguments of components may be, as annotations of their constructors.

From these `components.arguments_of` makes the rules that a config is checked by. A limit is a pair of
a JSON schema's keyword and its value.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

Count = Annotated[int, ("minimum", 1)]
Fraction = Annotated[float, ("minimum", 0), ("exclusiveMaximum", 1)]
NotNegative = Annotated[float, ("minimum", 0)]
Positive = Annotated[float, ("exclusiveMinimum", 0)]
Probability = Annotated[float, ("minimum", 0), ("maximum", 1)]
Share = Annotated[float, ("exclusiveMinimum", 0), ("maximum", 1)]
# By the training labels ("balanced"), by the names of classes, or a number for each class in their order.
ClassWeights = Literal["balanced"] | Mapping[str, NotNegative] | Sequence[NotNegative] | None
