"""Losses. s are the scores (n, classes) of the network, y the true classes.

Calling a loss gives the loss of every sample, (n,); `gradient(scale)` then gives
scale * d(sum of the losses)/ds, (n, classes). A target is a class (integers, (n,)) or a
distribution over the classes (floats, (n, classes)), as mixup makes them. Results are buffers,
valid until the next call. No finite scores give NaN; a loss beyond the largest float is inf.
"""

from collections.abc import Sequence

import numpy as np

from components.arguments import Fraction, NotNegative, Positive
from components.errors import SettingsError

from .layers import Buffer

# A probability below exp(-60) is taken for that: nothing is added to a sum of 1, and gradients do not
# become subnormal numbers, with which many processors multiply ten times as slowly.
LOWEST = -60.0


class SoftmaxCrossEntropy:
    """Cross-entropy of the softmax of the scores: -sum_k u_k log softmax(s)_k.

    The log-sum-exp is exact. u is the target distribution, mixed with the uniform one by
    `label_smoothing` (u = (1 - a) t + a / classes; Szegedy et al. 2016), its entries times
    `class_weights`.

    Args:
        label_smoothing: the share of the target that is spread evenly over all classes
        class_weights: one factor per class, in the order of the classes; null weighs all alike
    """

    def __init__(
        self, label_smoothing: Fraction = 0.0, class_weights: Sequence[NotNegative] | None = None
    ):
        if not 0 <= label_smoothing < 1:
            raise SettingsError(f"label_smoothing: found {label_smoothing}, expected 0 <= a < 1")
        self.label_smoothing = label_smoothing
        self.class_weights = None if class_weights is None else np.asarray(class_weights, float)
        self._shifted, self._target = Buffer(), Buffer()

    def __call__(self, scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
        # classes along the first axis: the sums over classes then run over whole rows
        n, classes = scores.shape
        shifted = self._shifted((classes, n), scores.dtype)
        np.copyto(shifted, scores.T)
        shifted -= np.maximum.reduce(shifted, axis=0)  # softmax(s) = softmax(s - max s)
        self.plain = targets.ndim == 1 and not self.label_smoothing and self.class_weights is None
        if self.plain:
            self.true = targets * n + np.arange(n)  # places in the flat array: faster than pairs
            expected = shifted.reshape(-1).take(self.true)
        else:
            np.maximum(shifted, np.finfo(scores.dtype).min, out=shifted)  # 0 * -inf would be NaN
            self.target = self._distribution(targets, shifted)
            expected = np.einsum("kn,kn->n", self.target, shifted)
        np.maximum(shifted, LOWEST, out=shifted)
        self.exponentials = np.exp(shifted, out=shifted)
        self.total = np.add.reduce(shifted, axis=0)
        losses = np.log(self.total)
        if not self.plain:
            self.mass = self.target.sum(axis=0)
            losses *= self.mass
        losses -= expected
        return losses

    def gradient(self, scale: float = 1.0) -> np.ndarray:
        # L = (sum_k u_k) log sum_j exp(s_j) - sum_k u_k s_k  =>  dL/ds = (sum u) softmax(s) - u
        ds = self.exponentials
        ds *= scale / self.total
        if self.plain:
            ds.reshape(-1)[self.true] -= scale
        else:
            ds *= self.mass
            ds -= np.multiply(self.target, scale, out=self.target)
        return ds.T

    def _distribution(self, targets: np.ndarray, like: np.ndarray) -> np.ndarray:
        classes, n = like.shape
        u = self._target(like.shape, like.dtype)
        if targets.ndim == 2:
            np.multiply(targets.T, 1 - self.label_smoothing, out=u, casting="same_kind")
        else:
            u[...] = 0
            u[targets, np.arange(n)] = 1 - self.label_smoothing
        u += self.label_smoothing / classes
        if self.class_weights is not None:
            if len(self.class_weights) != classes:
                raise SettingsError(
                    f"class_weights: found {len(self.class_weights)}, expected {classes}"
                )
            np.multiply(u, self.class_weights[:, None], out=u, casting="same_kind")
        return u


class SquaredError:
    """Half the squared distance between scores and targets: 1/2 sum_k (s_k - t_k)^2.

    Args:
        low: the target of the wrong classes
        high: the target of the true class
    """

    def __init__(self, low: float = 0.0, high: float = 1.0):
        self.low, self.high = low, high
        self._difference = Buffer()

    def __call__(self, scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
        difference = self._difference(scores.shape, scores.dtype)
        np.subtract(scores, self.low, out=difference)
        if targets.ndim == 1:
            difference[np.arange(len(scores)), targets] -= self.high - self.low
        else:
            difference -= ((self.high - self.low) * targets).astype(scores.dtype)
        self.difference = difference
        losses = np.einsum("ij,ij->i", difference, difference)
        losses *= 0.5
        return losses

    def gradient(self, scale: float = 1.0) -> np.ndarray:
        # L = 1/2 (s - t)^2  =>  dL/ds = s - t
        self.difference *= scale
        return self.difference


class MulticlassHinge:
    """Multiclass SVM: sum over the wrong classes of max(0, s_k - s_y + margin).

    Source: Weston, Watkins 1999; CS231n's SVM.

    Args:
        margin: how far the true class has to lead
    """

    def __init__(self, margin: Positive = 1.0):
        self.margin = margin
        self._excess = Buffer()

    def __call__(self, scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
        if targets.ndim != 1:
            raise SettingsError(
                "multiclass_hinge: takes one true class per sample; with mixup use "
                "softmax_cross_entropy or squared_error"
            )
        self.true = np.arange(len(scores)), targets
        excess = self._excess(scores.shape, scores.dtype)
        np.subtract(scores, scores[self.true][:, None], out=excess)
        excess += self.margin
        excess[self.true] = 0
        self.excess = np.maximum(excess, 0, out=excess)
        return excess.sum(axis=1)

    def gradient(self, scale: float = 1.0) -> np.ndarray:
        # dL/ds_k = [s_k - s_y + margin > 0] for k != y,  dL/ds_y = -(their number)
        ds = np.greater(self.excess, 0, out=self.excess)
        ds[self.true] = -ds.sum(axis=1)
        ds *= scale
        return ds


LOSSES = {
    "softmax_cross_entropy": SoftmaxCrossEntropy,
    "squared_error": SquaredError,
    "multiclass_hinge": MulticlassHinge,
}
