"""Thirty steps of training against other libraries, for settings that both have."""

import numpy as np
import pytest

from components import streams
from nn import Trainer, build_loss, build_network

ROWS, BATCH, EPOCHS, RATE = 50, 5, 3, 0.02
EPSILON = 1e-14  # scikit-learn adds it before the bias correction: too small to matter
OPTIMIZERS = {
    "sgd": "sgd",
    "momentum": {"name": "momentum", "momentum": 0.8},
    "nesterov": {"name": "nesterov", "momentum": 0.8},
    "adam": {"name": "adam", "epsilon": EPSILON},
    "adamw": "adamw",
    "rmsprop": "rmsprop",
}


@pytest.fixture
def ours(blobs, array_examples):
    def make(name, activation="relu", l2=0.0, weight_decay=0.0):
        generators = streams(0)
        settings = {"hidden": [7, 5], "activation": activation, "precision": "float64"}
        return Trainer(
            build_network(settings, 4, 3, generators),
            {
                "optimizer": OPTIMIZERS[name],
                "learning_rate": RATE,
                "batch_size": BATCH,
                "batches": "sequential",
                "epochs": EPOCHS,
                "l2": l2,
                "weight_decay": weight_decay,
            },
            array_examples(*blobs(ROWS)),
            None,
            generators,
            build_loss("softmax_cross_entropy"),
        )

    return make


def arrays_of(network, kind):
    return [value.copy() for _, value, _, k in network.named_parameters() if k == kind]


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic"])
@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "adam"])
def test_scikit_learn(name, activation, ours, blobs):
    network_module = pytest.importorskip("sklearn.neural_network")
    trainer = ours(name, activation.replace("logistic", "sigmoid"), l2=0.01)
    x, y = blobs(ROWS)
    theirs = network_module.MLPClassifier(
        (7, 5),
        activation,
        solver="adam" if name == "adam" else "sgd",
        alpha=0.01 * BATCH,  # its penalty is 1/2 alpha |W|^2 / batch size
        batch_size=BATCH,
        learning_rate_init=RATE,
        momentum=0.0 if name == "sgd" else 0.8,
        nesterovs_momentum=name == "nesterov",
        epsilon=EPSILON,
        shuffle=False,
    )
    theirs.partial_fit(x, y, classes=[0, 1, 2])  # makes its arrays, which become ours
    theirs.coefs_ = arrays_of(trainer.network, "weight")
    theirs.intercepts_ = arrays_of(trainer.network, "bias")
    del theirs._optimizer
    for _ in range(EPOCHS):
        theirs.partial_fit(x, y)
    trainer.run()
    assert trainer.iteration == 30
    for found, expected in zip(
        arrays_of(trainer.network, "weight") + arrays_of(trainer.network, "bias"),
        theirs.coefs_ + theirs.intercepts_,
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_torch(name, ours, blobs):
    torch = pytest.importorskip("torch")
    trainer = ours(name, weight_decay=0.1 if name == "adamw" else 0.0)
    weights, biases = arrays_of(trainer.network, "weight"), arrays_of(trainer.network, "bias")
    weights = [torch.tensor(w, requires_grad=True) for w in weights]
    biases = [torch.tensor(b, requires_grad=True) for b in biases]
    groups = [{"params": weights}, {"params": biases, "weight_decay": 0.0}]
    optimizer = {
        "sgd": lambda: torch.optim.SGD(groups, lr=RATE),
        "momentum": lambda: torch.optim.SGD(groups, lr=RATE, momentum=0.8),
        "nesterov": lambda: torch.optim.SGD(groups, lr=RATE, momentum=0.8, nesterov=True),
        "adam": lambda: torch.optim.Adam(groups, lr=RATE, eps=EPSILON),
        "adamw": lambda: torch.optim.AdamW(groups, lr=RATE, weight_decay=0.1),
        "rmsprop": lambda: torch.optim.RMSprop(groups, lr=RATE, alpha=0.9),
    }[name]()
    x, y = (torch.tensor(a) for a in blobs(ROWS))
    losses = []
    for _ in range(EPOCHS):
        for start in range(0, ROWS, BATCH):
            h = x[start : start + BATCH]
            for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
                h = h @ w + b if layer == 2 else torch.relu(h @ w + b)
            loss = torch.nn.functional.cross_entropy(h, y[start : start + BATCH])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    trainer.run()
    np.testing.assert_allclose(trainer.losses, losses, rtol=1e-7)
    for found, expected in zip(arrays_of(trainer.network, "weight"), weights, strict=True):
        np.testing.assert_allclose(found, expected.detach().numpy(), rtol=1e-6, atol=1e-9)
