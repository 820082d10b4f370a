"""The CS231n spiral: points in the plane, one arm for each class."""

from typing import Any

import numpy as np

from .errors import DatasetError
from .format import Format, Parsed


def spiral(
    points_per_class: int, classes: int, noise: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the CS231n spiral: points float64 (classes * points_per_class, 2), labels uint8.

    Arm j runs outwards from the origin over the angles 4j to 4(j + 1) radians, with normal noise
    of standard deviation `noise` (0.2 in the source) radians on the angle.
    Source: https://cs231n.github.io/neural-networks-case-study/
    """
    if points_per_class < 1 or not 1 <= classes <= 256:
        raise DatasetError(
            f"spiral: {points_per_class} points for each of {classes} classes; expected at least "
            "one point and 1 to 256 classes"
        )
    arm = np.arange(classes)[:, None]
    radius = np.linspace(0.0, 1.0, points_per_class)
    angle = 4 * arm + 4 * radius + noise * rng.standard_normal((classes, points_per_class))
    points = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=-1)
    labels = np.repeat(np.arange(classes, dtype=np.uint8), points_per_class)
    return points.reshape(-1, 2), labels


def parse_spiral(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Generate the spiral of CS231n: points in the plane, one arm for each class."""
    rng = np.random.default_rng(settings["seed"])
    classes = settings["classes"]  # their names, or how many
    arms = classes if isinstance(classes, int) else len(classes)
    points = spiral(settings["points_per_class"], arms, settings["noise"], rng)
    return Parsed({"train": points})


def spiral_sizes(settings: dict[str, Any]) -> dict[str, Any]:
    return {"train_size": settings["points_per_class"] * len(settings["classes"]), "shape": [2]}


SPIRAL = Format(
    parse_spiral,
    settings={
        "points_per_class": {
            "type": "integer",
            "minimum": 1,
            "default": 100,
            "description": "the number of points on each arm",
        },
        "noise": {
            "type": "number",
            "minimum": 0,
            "default": 0.2,
            "description": "the standard deviation of the angle, in radians",
        },
        "seed": {
            "type": "integer",
            "minimum": 0,
            "default": 0,
            "description": "the seed of the random points",
        },
    },
    required=("classes",),
    sizes=spiral_sizes,
)
