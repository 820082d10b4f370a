"""The mistakes of a posted two-layer net that stays at 10 % on MNIST, to put into a right one.

The posted net: 784 - hidden - 10, sigmoid on both layers, softmax, L2, batch SGD, no biases. It has
mistakes a to f of MISTAKES; a second version, posted as an improvement, has g and h instead of b
and c. Each mistake can be put alone into the corrected net, and together they rebuild the posted
nets. All other parts are assumed to be right.

A gradient check compares the backward pass with differences of the net's own loss. So it finds
backward passes that are not the derivative of the forward pass: (a), because p - y is not the
derivative through a sum over samples; (b) and (h), in the hidden layer only; (c), by opposite signs;
(g). It cannot find (d), another function with a right derivative, nor (e) and (f), which concern
the use of the derivative. `scripts/posted_net.py` measures the effect of each.
"""

from typing import Any, NamedTuple

import numpy as np

from nn import Network, build_network
from nn.layers import Layer


class Mistake(NamedTuple):
    """A mistake, the wrong and the right formula, and the verdict of the gradient check.

    In formulas s are the scores, p the outputs, y the one-hot labels.
    """

    what: str
    wrong: str
    right: str
    check: str


MISTAKES = {
    "a": Mistake(
        "softmax over the samples of the batch",
        "p = exp(s) / sum over samples of exp(s)",
        "p = exp(s) / sum over classes of exp(s)",
        "Finds it: with that sum the derivative of the summed -log p is n_k p - y, where n_k is "
        "the number of samples of class k in the batch, and not p - y.",
    ),
    "b": Mistake(
        "hidden layer receives the outputs",
        "dL/dh = W2.T @ p",
        "dL/dh = W2.T @ (p - y)",
        "Finds it, and where: the output layer is right, the hidden layer wrong.",
    ),
    "c": Mistake(
        "error of the opposite sign",
        "error = y - p, and W -= rate * gradient",
        "error = p - y",
        "Finds it: analytic and numeric value have opposite signs.",
    ),
    "d": Mistake(
        "sigmoid before the softmax",
        "p = softmax(sigmoid(s))",
        "p = softmax(s)",
        "Cannot find it: this is another function, and its derivative is right. Scores between 0 "
        "and 1 give no class a probability above e / (e + 9) = 0.23, so the loss stays above 1.46.",
    ),
    "e": Mistake(
        "not shuffled, one pass",
        "one epoch in the order of the file",
        "shuffled again for each of several epochs",
        "Cannot find it: the order and number of the steps are no part of the derivative.",
    ),
    "f": Mistake(
        "step on the summed gradient",
        "W -= rate * sum over the batch",
        "W -= rate * mean over the batch",
        "Cannot find it: a sum is the right derivative of the summed loss. The rate is as if "
        "multiplied by the batch size, and would have to be chosen for it.",
    ),
    "g": Mistake(
        "error of every class is p - 1",
        "error = p - 1",
        "error = p - y",
        "Finds it: every class is pulled up, not the true one alone.",
    ),
    "h": Mistake(
        "hidden layer receives the loss",
        "dL/dh = W2.T @ -log(p)",
        "dL/dh = W2.T @ (p - y)",
        "Finds it, and where, as (b): a loss is not its derivative.",
    ),
}
# the mistakes of each net; the second version kept those of the first that it did not replace
NETS = {
    "corrected": "",
    **{f"({letter}) alone": letter for letter in MISTAKES},
    "first posted (a to f)": "abcdef",
    "second posted (a, d to h)": "adefgh",
}


class PostedLoss:
    """Cross-entropy of softmax(scores), with any of the mistakes a, c and g."""

    def __init__(self, mistakes: str):
        self.mistakes = mistakes

    def __call__(self, scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        axis = 0 if "a" in self.mistakes else 1  # scores are (samples, classes)
        shifted = scores - scores.max(axis=axis, keepdims=True)
        self.log_outputs = shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
        self.true = np.arange(len(labels)), labels
        return -self.log_outputs[self.true]

    @property
    def outputs(self) -> np.ndarray:
        return np.exp(self.log_outputs)

    def gradient(self, scale: float) -> np.ndarray:
        self.scale, error = scale, self.outputs
        if "g" in self.mistakes:
            error -= 1
        else:
            error[self.true] -= 1  # p - y
        return (-scale if "c" in self.mistakes else scale) * error


class WrongMessage(Layer):
    """A layer before the output layer that passes h on but sends back a wrong dL/dh (b, h)."""

    def __init__(self, mistakes: str, loss: PostedLoss, output_layer: Layer):
        super().__init__()
        self.mistakes, self.loss, self.output_layer = mistakes, loss, output_layer

    def forward(self, h, training=False):
        return h

    def backward(self, dh):
        sent = self.loss.outputs if "b" in self.mistakes else -self.loss.log_outputs
        return self.loss.scale * sent @ self.output_layer.parameters["weight"].value.T


def with_mistakes(settings: dict[str, Any], mistakes: str) -> dict[str, Any]:
    """Return the settings (network, training) with the mistakes that are settings."""
    network, training = dict(settings["network"]), dict(settings["training"])
    if "d" in mistakes:
        network["output_activation"] = "sigmoid"
    if "e" in mistakes:
        training |= {"batches": "sequential", "epochs": 1, "iterations": None}
    if "f" in mistakes:
        training["reduction"] = "sum"
    return {**settings, "network": network, "training": training}


def build(
    settings: dict[str, Any], mistakes: str, inputs: int, classes: int, generators: dict
) -> tuple[Network, PostedLoss]:
    """Build network and loss from settings `with_mistakes`; without mistakes they are right."""
    plain = settings["network"] | {"input_initializer": None}  # which would need the pictures
    network = build_network(plain, inputs, classes, generators)
    loss = PostedLoss(mistakes)
    if set(mistakes) & set("bh"):
        *below, output, activation = network.layers
        message = WrongMessage(mistakes, loss, output)
        network = Network([*below, message, output, activation], network.dtype)
    return network, loss
