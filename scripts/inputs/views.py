"""Views: changed copies of the examples, for predictions that are averaged over them.

A view is a function of examples and the positions of a block that returns prepared inputs (b, inputs).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from components.errors import SettingsError
from components.randomness import PURPOSES, generator_of

from .affine_bank import Folding
from .augmentation import Augmentation
from .examples import Examples
from .whole_pixels import PADDING

View = Callable[[Examples, slice], np.ndarray]


def moved_views(shifts: int = 0, flips: bool = False, border: str = "black") -> list[View]:
    """Return views moved by -`shifts` to +`shifts` pixels on both axes, with `flips` also mirrored.

    These are (2 * shifts + 1)^2 views, or twice as many, one of them the unchanged image. Empty
    pixels are 0, or with `border: reflect` those of the image reflected at its edge.
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

    steps = (1, -1) if flips else (1,)
    return [moved(down, right, step) for down in offsets for right in offsets for step in steps]


def random_views(
    examples: Examples, components: Sequence[str | Mapping], count: int, seed: int
) -> list[View]:
    """Return `count` views of these examples, each changed by the components of an augmentation.

    A view depends on the seed, its number, and the place of a block, but not on threads. An
    affine_bank contributes one transform per view, the same for all examples. Raises SettingsError
    for an unknown component or argument, and for mixup.
    """
    whole = Augmentation(components, seed, 1)
    if whole.blends:
        raise SettingsError("views: mixup blends examples; expected components that change one")
    folding = None
    if whole.bank is not None:
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
                matrix = made[number] = folding.under(whole.bank.draw(rng), whole.bank)
            rows = images.reshape(len(images), len(matrix)).astype(folding.dtype)
            return rows @ matrix + folding.constant

        return view

    # Not from 0: a seed followed by zeros would repeat the draws of the training with that seed.
    return [random(number) for number in range(1, count + 1)]


def _images(examples: Examples, block: slice) -> np.ndarray:
    images = examples.raw(block)
    if images.ndim < 3:
        raise SettingsError(
            "averaging over views needs images (n, height, width[, channels]), found inputs "
            f"of shape {images.shape}"
        )
    return images
