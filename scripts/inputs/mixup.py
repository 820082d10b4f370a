"""Blend each image of a batch, and its target, with another one."""

import math

import numpy as np

from components.arguments import Positive

from .resampling import blocks


class Mixup:
    """Blend every image with another of the batch, and their targets in the same proportion.

    The proportion is drawn from Beta(alpha, alpha) for each image. Blending raw pixels equals
    blending prepared inputs if the preparation is affine (all steps except binarize). Source:
    Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", 2018.

    Args:
        alpha: proportions are drawn from Beta(alpha, alpha); a small alpha blends little
    """

    def __init__(self, alpha: Positive):
        self.alpha = alpha

    def __call__(
        self, images: np.ndarray, targets: np.ndarray, generator: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return blended images and blended targets (n, classes), in the dtype of the targets.

        Images that this dtype cannot hold (float64 for float32) are blended in a wider one.
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
