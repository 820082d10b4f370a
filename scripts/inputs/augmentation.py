"""Augmentation: random changes to the images of a training batch that keep their class.

It works on raw pixels, before the preparation (affine_bank also prepares). Empty pixels become 0,
the black of 8-bit images, unless a component reflects the image at its border. Each component has
its own random stream, so adding one does not change what another draws. Images are (n, height,
width) or (n, height, width, channels) and keep their dtype, except that mixup returns floats of the
network's dtype. A component may overwrite the batch it is given.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from components.errors import SettingsError
from components.randomness import PURPOSES, generator_of, generator_state, restore_generator
from components.registry import component_name, lookup

from .affine_bank import AffineBank, Bank, Folding
from .color import Color
from .distortions import Affine, Elastic
from .mixup import Mixup
from .preparation import Preparation
from .whole_pixels import Cutout, HorizontalFlip, Shift

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
    batch has its own streams. `bank` is the affine_bank among the components, or None. Raises
    SettingsError for an unknown component or argument, for a component named twice, and for one
    after affine_bank.
    """

    def __init__(
        self, components: Sequence[str | Mapping], seed: int, classes: int, shards: int = 1
    ):
        self.classes, self.shards = classes, shards
        self.bank: AffineBank | None = None
        self.banks: dict[str, Bank] = {}
        self._steps: dict[str, object] = {}
        self._generators: dict[str, np.random.Generator] = {}
        for component in components:
            constructor, arguments = lookup(AUGMENTATIONS, component, "augmentation")
            name = component_name(component)
            if name in self._steps:
                raise SettingsError(f"augmentation {name}: named twice; remove one")
            if self.bank is not None:
                raise SettingsError(
                    f"augmentation {name}: comes after affine_bank, which prepares the inputs; "
                    "move affine_bank to the end"
                )
            self._steps[name] = step = constructor(**arguments)
            if isinstance(step, AffineBank):
                self.bank = step
            key = PURPOSES["augmentation"], *name.encode()
            for shard in range(shards):
                keyed = key if not shard else (*key, 0, shard)  # no name has a zero
                self._generators[stream(name, shard)] = generator_of(seed, *keyed)

    @property
    def blends(self) -> bool:
        """Return whether a component mixes several examples."""
        return any(isinstance(step, Mixup) for step in self._steps.values())

    def fold(self, preparation: Preparation, shape: tuple[int, ...], dtype: np.dtype) -> bool:
        """Set up the bank, if there is one, to prepare images of this shape; return if there is.

        Raises SettingsError for a preparation that is not affine.
        """
        if self.bank is None:
            return False
        folding, name = Folding(preparation, shape, dtype), list(self._steps)[-1]
        for shard in range(self.shards):
            key = stream(name, shard)
            self.banks[key] = Bank(self.bank, self._generators[key], self.shards, folding)
        return True

    def prepare(self, images: np.ndarray, out: np.ndarray, shard: int = 0) -> np.ndarray:
        """Transform images (n, ...) by the bank and prepare them, into `out` (n, inputs)."""
        return list(self.banks.values())[shard](images, out)

    def __call__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        shard: int = 0,
        dtype: type | np.dtype = np.float32,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return augmented images and their labels (n,), or after a mixup soft targets (n, classes).

        `dtype` is the network's, in which mixup blends. May overwrite `images`. Raises SettingsError
        for inputs that are not images.
        """
        if images.ndim < 3:
            raise SettingsError(
                "augmentation needs images (n, height, width[, channels]), found inputs of shape "
                f"{images.shape}; remove training.augmentation"
            )
        for name, step in self._steps.items():
            generator = self._generators[stream(name, shard)]
            if isinstance(step, Mixup):
                one_hot = np.eye(self.classes, dtype=dtype)[labels]
                images, labels = step(images, one_hot, generator)
            elif step is not self.bank:
                images = step(images, generator)
        return images, labels

    def state(self) -> dict[str, np.ndarray]:
        """Return the state of each random stream, uint64 (6,), and of the banks, by stream name."""
        state = {name: generator_state(g) for name, g in self._generators.items()}
        for name, bank in self.banks.items():
            state |= {f"{name}.bank.{key}": value for key, value in bank.state().items()}
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from a `state()`: the next batches change as they would have there."""
        for name, generator in self._generators.items():
            restore_generator(generator, state[name])
        for name, bank in self.banks.items():
            bank.restore({key: state[f"{name}.bank.{key}"] for key in ("parameters", "place")})


def stream(name: str, shard: int) -> str:
    """Return the name of a component's random stream for a shard."""
    return f"{name}.{shard}" if shard else name
