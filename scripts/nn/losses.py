"""Losses. s are the scores (n, classes) of the network, y the true classes.

Calling a loss returns the loss of every example, (n,); `gradient(scale)` then returns
scale * d(sum of the losses)/ds, (n, classes). Targets are classes (integers, (n,)) or, after mixup,
distributions over the classes (floats, (n, classes)). Results are buffers, valid until the next
call. Finite scores never give NaN; a loss beyond the largest float is inf.

`class_weights` w multiply the loss of an example by w_y, or by sum_k t_k w_k for a distribution t. A
loss takes one number per class, in order; `weights_of_classes` computes them from a config's value.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from components.arguments import ClassWeights, Fraction, Positive
from components.errors import SettingsError

from .layers import Buffer

# Smaller probabilities count as exp(-60). A sum near 1 stays the same, and gradients do not become
# subnormal numbers, with which many processors multiply ten times as slowly.
LOWEST = -60.0


def weights_of_classes(
    wanted: str | Mapping[str, float], names: Sequence[str], counts: Sequence[int]
) -> list[float]:
    """Return the weight w_c of each class, given its number of training examples n_c.

    The mean over the n training examples is 1 (sum_c n_c w_c = n), so that weights shift the loss between
    classes without changing the effective learning rate or L2. "balanced" gives all K classes that occur
    the same total weight, w_c = n / (K n_c), like scikit-learn's compute_class_weight. A mapping gives
    v_c by name, 1 for classes that it leaves out; then w_c = v_c n / sum_k n_k v_k.
    """
    counts = np.asarray(counts)
    if wanted == "balanced":
        there = counts > 0
        weights = counts.sum() / (np.count_nonzero(there) * np.where(there, counts, 1))
        return np.where(there, weights, 1.0).tolist()
    values = np.array([wanted.get(name, 1.0) for name in names], float)
    total = float(counts @ values)
    if not total > 0:
        raise SettingsError("class_weights: are 0 for all classes that the training examples have")
    return (values * (counts.sum() / total)).tolist()


def _numbers(weights: ClassWeights) -> np.ndarray | None:
    """Return the weights of classes as an array, or None."""
    if isinstance(weights, str | Mapping):
        raise SettingsError(
            f"class_weights: found {weights!r}, expected a number for each class: weights_of_classes "
            "makes them from the training labels"
        )
    return None if weights is None else np.asarray(weights, float)


def _of_samples(weights: np.ndarray, targets: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Return the weight of each example, (n,), in the dtype of the scores (n, classes)."""
    _check_length(weights, like.shape[1])
    found = weights[targets] if targets.ndim == 1 else targets @ weights
    return found.astype(like.dtype)


def _check_length(weights: np.ndarray, classes: int) -> None:
    if len(weights) != classes:
        raise SettingsError(f"class_weights: found {len(weights)}, expected {classes}")


class SoftmaxCrossEntropy:
    """Cross-entropy of the softmax of the scores: -sum_k u_k log softmax(s)_k.

    u is the target distribution t, mixed with the uniform one by `label_smoothing` a, then
    multiplied by `class_weights` w: u_k = w_k ((1 - a) t_k + a / classes) (Szegedy et al. 2016).

    Args:
        label_smoothing: the share of the target that is spread evenly over all classes
        class_weights: balanced, factors by class name, or one factor per class; null weighs all alike
    """

    def __init__(self, label_smoothing: Fraction = 0.0, class_weights: ClassWeights = None):
        self.label_smoothing = label_smoothing
        self.class_weights = _numbers(class_weights)
        self._shifted, self._target = Buffer(), Buffer()

    def __call__(self, scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
        # one row per class: sums over classes then add contiguous rows
        n, classes = scores.shape
        shifted = self._shifted((classes, n), scores.dtype)
        np.copyto(shifted, scores.T)
        shifted -= np.maximum.reduce(shifted, axis=0)  # softmax(s) = softmax(s - max s)
        self.plain = targets.ndim == 1 and not self.label_smoothing and self.class_weights is None
        if self.plain:
            self.true = targets * n + np.arange(n)  # flat positions are faster than pairs
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
            _check_length(self.class_weights, classes)
            np.multiply(u, self.class_weights[:, None], out=u, casting="same_kind")
        return u


class SquaredError:
    """Half the squared distance between scores and targets: 1/2 sum_k (s_k - t_k)^2.

    Args:
        low: the target of the wrong classes
        high: the target of the true class
        class_weights: balanced, factors by class name, or one factor per class; null weighs all alike
    """

    def __init__(self, low: float = 0.0, high: float = 1.0, class_weights: ClassWeights = None):
        self.low, self.high, self.class_weights = low, high, _numbers(class_weights)
        self._difference = Buffer()

    def __call__(self, scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
        difference = self._difference(scores.shape, scores.dtype)
        np.subtract(scores, self.low, out=difference)
        if targets.ndim == 1:
            difference[np.arange(len(scores)), targets] -= self.high - self.low
        else:
            difference -= ((self.high - self.low) * targets).astype(scores.dtype)
        self.difference = difference
        if self.class_weights is not None:  # before the square: 0 * inf would be NaN
            self.difference = difference * _of_samples(self.class_weights, targets, scores)[:, None]
        losses = np.einsum("ij,ij->i", difference, self.difference)
        losses *= 0.5
        return losses

    def gradient(self, scale: float = 1.0) -> np.ndarray:
        # L = w/2 (s - t)^2  =>  dL/ds = w (s - t)
        self.difference *= scale
        return self.difference


class MulticlassHinge:
    """Multiclass SVM: sum over the wrong classes of max(0, s_k - s_y + margin).

    Source: Weston, Watkins 1999; CS231n's SVM.

    Args:
        margin: the lead that the true class needs
        class_weights: balanced, factors by class name, or one factor per class; null weighs all alike
    """

    def __init__(self, margin: Positive = 1.0, class_weights: ClassWeights = None):
        self.margin, self.class_weights = margin, _numbers(class_weights)
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
        losses = excess.sum(axis=1)
        if self.class_weights is not None:
            self.weights = _of_samples(self.class_weights, targets, scores)
            losses = np.where(self.weights > 0, losses, 0) * self.weights  # 0 * inf would be NaN
        return losses

    def gradient(self, scale: float = 1.0) -> np.ndarray:
        # dL/ds_k = w [s_k - s_y + margin > 0] for k != y,  dL/ds_y = -(their sum)
        ds = np.greater(self.excess, 0, out=self.excess)
        ds[self.true] = -ds.sum(axis=1)
        if self.class_weights is not None:
            ds *= self.weights[:, None]
        ds *= scale
        return ds


LOSSES = {
    "softmax_cross_entropy": SoftmaxCrossEntropy,
    "squared_error": SquaredError,
    "multiclass_hinge": MulticlassHinge,
}
