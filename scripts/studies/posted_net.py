"""What was wrong in a two-layer net that stays at 10 % on MNIST, one mistake at a time.

The net as it was posted: 784 - hidden - 10, sigmoid on both layers, softmax, L2, batch SGD, no
biases. Its mistakes are a to f of MISTAKES; a second version, posted as an improvement, has g and h
instead of b and c. Here each can be put alone into the corrected net, and the posted nets be put
together from them; what is on no list is taken to have been right.

A gradient check compares the backward pass with differences of the net's own loss. So it finds a
backward pass that is not the derivative of the forward pass: (a), since p - y is not the derivative
through a sum over samples; (b) and (h), in the hidden layer alone; (c), by two numbers of opposite
sign; (g). It cannot find (d), another function with a right derivative, nor (e) and (f), which are
about what is done with the derivative. `scripts/mistakes.py` measures what each leaves.
"""

from typing import Any, NamedTuple

import numpy as np

from nn import Network, build_network
from nn.layers import Layer


class Mistake(NamedTuple):
    """What was wrong, what is right (as formulas), and what the gradient check makes of it.

    In them s are the scores, p the outputs, y the one-hot labels.
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
        "shuffled anew for each of several epochs",
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
# name: the mistakes in it; the second version kept those of the first that it did not replace
NETS = {
    "corrected": "",
    **{f"({letter}) alone": letter for letter in MISTAKES},
    "first posted (a to f)": "abcdef",
    "second posted (a, d to h)": "adefgh",
}


class PostedLoss:
    """Cross-entropy of softmax(scores), with those of the mistakes a, c and g that it is given."""

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
    """Before the output layer: passes h on, and sends back something else than dL/dh (b, h)."""

    def __init__(self, mistakes: str, loss: PostedLoss, output_layer: Layer):
        super().__init__()
        self.mistakes, self.loss, self.output_layer = mistakes, loss, output_layer

    def forward(self, h, training=False):
        return h

    def backward(self, dh):
        sent = self.loss.outputs if "b" in self.mistakes else -self.loss.log_outputs
        return self.loss.scale * sent @ self.output_layer.parameters["weight"].value.T


def with_mistakes(settings: dict[str, Any], mistakes: str) -> dict[str, Any]:
    """Settings (network, training) of the corrected net, changed where a mistake is a setting."""
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
    """Network and loss for settings `with_mistakes`; without mistakes they are the right ones."""
    plain = settings["network"] | {"input_initializer": None}  # it is wrong from wherever it starts
    network = build_network(plain, inputs, classes, generators)
    loss = PostedLoss(mistakes)
    if set(mistakes) & set("bh"):
        *below, output, activation = network.layers
        message = WrongMessage(mistakes, loss, output)
        network = Network([*below, message, output, activation], network.dtype)
    return network, loss
