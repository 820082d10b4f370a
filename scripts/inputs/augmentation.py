"""Augmentation: random changes to the images of a training batch that leave their class as it is.

It works on raw pixels, before the preparation (but affine_bank prepares as well). Empty pixels become 0,
the black of 8-bit images, unless a component goes on with the mirrored image.
Every component has a random stream of its own, so that adding one does not change what another
draws. Images are (n, height, width) or (n, height, width, channels), and keep their dtype, except
that mixup's results are floats of the network's type; a component may overwrite the batch it is given.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from components.arguments import Count, Positive, Probability
from components.errors import SettingsError
from components.randomness import PURPOSES, generator_of, generator_state, restore_generator
from components.registry import component_name, lookup

from .affine_bank import AffineBank, Bank, Folding
from .color import Color
from .distortions import Affine, Elastic
from .preparation import Preparation
from .resampling import blocks, with_colours

PADDING = {"black": "constant", "reflect": "symmetric"}  # what numpy calls them


class HorizontalFlip:
    """Mirror an image left-right with the given probability.

    Args:
        probability: the share of the images to mirror
    """

    def __init__(self, probability: Probability = 0.5):
        self.probability = probability

    def __call__(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        chosen = np.flatnonzero(generator.random(len(images)) < self.probability)
        originals = with_colours(images[chosen])
        mirrored = np.empty_like(originals)
        for colour in range(originals.shape[3]):  # 3 times faster than all colours at once
            mirrored[..., colour] = originals[:, :, ::-1, colour]
        images[chosen] = mirrored.reshape(len(chosen), *images.shape[1:])
        return images


class Shift:
    """Move an image by a whole number of pixels, up to `pixels`, on either axis.

    Args:
        pixels: the longest move on each axis
        border: what lies beyond the edge, black or the mirrored image
    """

    def __init__(self, pixels: Count = 2, border: Literal["black", "reflect"] = "black"):
        self.pixels, self.border = pixels, border

    def __call__(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        offsets = generator.integers(-self.pixels, self.pixels + 1, (2, len(images)))
        return shift(images, *offsets, self.border)


class Cutout:
    """Blacken a square of `size` pixels around a random pixel, clipped at the borders.

    Source: DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with
    Cutout", 2017.

    Args:
        size: the side of the square in pixels
    """

    def __init__(self, size: Count):
        self.size = size

    def __call__(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        rows, columns = (self._hidden(images.shape, axis, generator) for axis in (1, 2))
        n, height, width, colours = with_colours(images).shape
        hidden = rows[:, :, None] & columns.repeat(colours, axis=1)[:, None, :]
        return (images.reshape(n, height, width * colours) * ~hidden).reshape(images.shape)

    def _hidden(self, shape: tuple, axis: int, generator: np.random.Generator) -> np.ndarray:
        """Which rows or columns of each image the square covers, bool (n, height or width)."""
        start = generator.integers(0, shape[axis], (shape[0], 1)) - self.size // 2
        places = np.arange(shape[axis])
        return (start <= places) & (places < start + self.size)


class Mixup:
    """Blend every image with another of the batch, and their targets in the same proportion.

    The proportion is drawn from Beta(alpha, alpha) for each image. On raw pixels this is the same
    as on prepared inputs wherever the preparation is affine (all steps but binarize). Source:
    Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", 2018.

    Args:
        alpha: proportions are drawn from Beta(alpha, alpha); a small alpha blends little
    """

    def __init__(self, alpha: Positive):
        if alpha <= 0:
            raise SettingsError(f"augmentation mixup: alpha is {alpha}, expected above 0")
        self.alpha = alpha

    def __call__(
        self, images: np.ndarray, targets: np.ndarray, generator: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Blended images and blended targets (n, classes), in the type of the targets.

        Images of a type that this cannot hold (float64 for float32) are blended in a wider one.
        """
        n = len(images)
        partner = generator.permutation(n)
        rest = generator.beta(self.alpha, self.alpha, (n, 1))  # as likely as 1 - rest
        rows = images.reshape(n, math.prod(images.shape[1:]))
        blended = np.empty(rows.shape, np.result_type(images.dtype, targets.dtype))
        factor = rest.astype(blended.dtype)
        for block in blocks(images):
            own = blended[block]
            own[...] = rows[block]
            difference = rows[partner[block]].astype(own.dtype)
            difference -= own
            difference *= factor[block]
            own += difference
        targets = targets + (targets[partner] - targets) * rest.astype(targets.dtype)
        return blended.reshape(images.shape), targets


AUGMENTATIONS = {
    "horizontal_flip": HorizontalFlip,
    "shift": Shift,
    "affine": Affine,
    "elastic": Elastic,
    "color": Color,
    "cutout": Cutout,
    "mixup": Mixup,
    "affine_bank": AffineBank,
}


class Augmentation:
    """The components, applied one after the other, each with its own random stream.

    `seed` is the run's seed; `classes` the number of classes (for mixup's targets). Each shard of a
    batch has streams of its own. Raises SettingsError for an unknown component or argument, for a
    component named twice, and for one after affine_bank.
    """

    def __init__(
        self, components: Sequence[str | Mapping], seed: int, classes: int, shards: int = 1
    ):
        self.classes, self.shards = classes, shards
        self.banks: dict[str, Bank] = {}
        self._steps: list[tuple] = []
        self._generators: dict[str, np.random.Generator] = {}
        for component in components:
            constructor, arguments = lookup(AUGMENTATIONS, component, "augmentation")
            name = component_name(component)
            if name in self._generators:
                raise SettingsError(f"augmentation {name}: named twice, expected once")
            key = PURPOSES["augmentation"], *name.encode()
            for shard in range(shards):
                keyed = key if not shard else (*key, 0, shard)  # no name has a zero
                self._generators[stream(name, shard)] = generator_of(seed, *keyed)
            if self._steps and isinstance(self._steps[-1][1], AffineBank):
                raise SettingsError(
                    f"augmentation {name}: comes after affine_bank, which prepares the inputs; "
                    "expected affine_bank as the last"
                )
            self._steps.append((name, constructor(**arguments)))

    def fold(self, preparation: Preparation, shape: tuple[int, ...], dtype: np.dtype) -> bool:
        """Get ready to prepare as well, images of this shape; True if that is to be done here.

        Raises SettingsError for a preparation that is not affine.
        """
        if not self._steps or not isinstance(self._steps[-1][1], AffineBank):
            return False
        name, settings = self._steps[-1]
        folding = Folding(preparation, shape, dtype)
        for shard in range(self.shards):
            key = stream(name, shard)
            self.banks[key] = Bank(settings, self._generators[key], self.shards, folding)
        return True

    def prepare(self, images: np.ndarray, out: np.ndarray, shard: int = 0) -> np.ndarray:
        """Transform and prepare images (n, ...), as affine_bank says, into `out` (n, inputs)."""
        return self.banks[stream(self._steps[-1][0], shard)](images, out)

    def __call__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        shard: int = 0,
        dtype: type | np.dtype = np.float32,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Augmented images and their labels (n,), or soft targets (n, classes) after a mixup.

        `dtype` is the network's, in which mixup blends. May overwrite `images`. Raises SettingsError
        for inputs that are not images.
        """
        if images.ndim < 3:
            raise SettingsError(
                "augmentation needs images (n, height, width[, channels]), found inputs of shape "
                f"{images.shape}; remove training.augmentation"
            )
        for name, step in self._steps:
            generator = self._generators[stream(name, shard)]
            if isinstance(step, Mixup):
                one_hot = np.eye(self.classes, dtype=dtype)[labels]
                images, labels = step(images, one_hot, generator)
            elif not isinstance(step, AffineBank):
                images = step(images, generator)
        return images, labels

    def state(self) -> dict[str, np.ndarray]:
        """The state of each random stream, uint64 (6,), by component name (and shard); and banks."""
        state = {name: generator_state(g) for name, g in self._generators.items()}
        for name, bank in self.banks.items():
            state |= {f"{name}.bank.{key}": value for key, value in bank.state().items()}
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a `state()`: the next batches are changed as they would have been there."""
        for name, generator in self._generators.items():
            restore_generator(generator, state[name])
        for name, bank in self.banks.items():
            bank.restore({key: state[f"{name}.bank.{key}"] for key in ("parameters", "place")})


def stream(name: str, shard: int) -> str:
    """The name of a component's random stream for a shard."""
    return f"{name}.{shard}" if shard else name


def shift(
    images: np.ndarray, down: np.ndarray, right: np.ndarray, border: str = "black"
) -> np.ndarray:
    """Copies of the images, each moved by its own whole number of pixels (n,) on either axis."""
    n, height, width, colours = with_colours(images).shape
    margin = int(max(np.abs(down).max(initial=0), np.abs(right).max(initial=0)))
    padding = (0, 0), (margin, margin), (margin, margin), (0, 0)
    padded = np.pad(with_colours(images), padding, PADDING[border])
    # All windows of the images' size, as views; picking one an image copies whole rows of pixels.
    per_image, per_row, per_pixel, per_colour = padded.strides
    windows = np.lib.stride_tricks.as_strided(
        padded,
        (n, 2 * margin + 1, 2 * margin + 1, height, width * colours),
        (per_image, per_row, per_pixel, per_row, per_colour),
        writeable=False,
    )
    return windows[np.arange(n), margin - down, margin - right].reshape(images.shape)
