"""Views: copies of the examples, changed in one way or another, for predictions that are averaged.

A view is a function of examples and the positions of a block that gives prepared inputs (b, inputs).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from components.errors import SettingsError
from components.randomness import PURPOSES, generator_of
from components.registry import component_name, lookup

from .affine_bank import Folding
from .augmentation import AUGMENTATIONS, PADDING, Augmentation
from .examples import Examples

View = Callable[[Examples, slice], np.ndarray]


def moved_views(shifts: int = 0, flips: bool = False, border: str = "black") -> list[View]:
    """Offsets of -`shifts` to +`shifts` pixels on both axes, with `flips` mirrored ones as well.

    (2 * shifts + 1)^2 views, or twice as many; empty pixels are 0, or (`border: reflect`) those of
    the image, mirrored at its edge. One is the image as it is.
    """
    offsets = range(2 * shifts + 1)

    def moved(down: int, right: int, step: int) -> View:
        def view(examples: Examples, block: slice) -> np.ndarray:
            images = _images(examples, block)
            height, width = images.shape[1:3]
            padding = [(0, 0), (shifts, shifts), (shifts, shifts), (0, 0)][: images.ndim]
            copy = np.pad(images, padding, PADDING[border])[
                :, down : down + height, right : right + width
            ]
            return examples.prepare(copy[:, :, ::step])

        return view

    steps = (1, -1)[: 1 + flips]
    return [moved(down, right, step) for down in offsets for right in offsets for step in steps]


def random_views(
    examples: Examples, components: Sequence[str | Mapping], count: int, seed: int
) -> list[View]:
    """`count` views of these examples, each as the components of an augmentation change them.

    A view depends on the seed, its number, and the place of a block: not on threads. Of an
    affine_bank it has one transform, the same for all examples. Raises SettingsError for an unknown
    component or argument, and for mixup.
    """
    components = list(components)
    if "mixup" in map(component_name, components):
        raise SettingsError("views: mixup blends examples; expected components that change one")
    Augmentation(components, seed, 1)  # for its messages
    bank = folding = None
    if components and component_name(components[-1]) == "affine_bank":
        constructor, arguments = lookup(AUGMENTATIONS, components.pop(), "augmentation")
        bank = constructor(**arguments)
        shape = _images(examples, slice(0, 0)).shape[1:]
        folding = Folding(examples.preparation, shape, examples.dtype)

    made: dict[int, np.ndarray] = {}  # the matrix of one view: they are large, and used in turn

    def random(number: int) -> View:
        def view(examples: Examples, block: slice) -> np.ndarray:
            images = _images(examples, block)
            augmentation = Augmentation(components, (seed, number, block.start), 1)
            images, _ = augmentation(images, np.zeros(len(images), int))
            if folding is None:
                return examples.prepare(images)
            matrix = made.get(number)
            if matrix is None:
                made.clear()
                rng = generator_of((seed, number), PURPOSES["augmentation"])
                matrix = made[number] = folding.under(bank.draw(rng), bank)
            rows = images.reshape(len(images), len(matrix)).astype(folding.dtype)
            return rows @ matrix + folding.constant

        return view

    # Not from 0: a seed followed by zeros would draw what the training of that seed drew.
    return [random(number) for number in range(1, count + 1)]


def _images(examples: Examples, block: slice) -> np.ndarray:
    images = examples.raw(block)
    if images.ndim < 3:
        raise SettingsError(
            "averaging over views needs images (n, height, width[, channels]), found inputs "
            f"of shape {images.shape}"
        )
    return images
