"""The contenders of training_step.py.

Each is a function of (net, data) that returns a function `run(steps)`, which takes at least that many
steps and returns how many it took. `data.batches` draws shuffled batches of positions.
"""

from itertools import pairwise

import numpy as np
from threadpoolctl import threadpool_limits

from components import streams
from inputs import Augmentation, Examples
from nn import Trainer, build_loss, build_network

RATE = 1e-4  # small: nothing diverges, although the labels are random


def on_threads(net):
    """Decorate a function to run with `net.threads` BLAS threads."""
    return threadpool_limits.wrap(limits=net.threads, user_api="blas")


def ours(net, data):
    """Train with a training job's Trainer over whole epochs, without evaluations."""
    settings = {
        "hidden": list(net.sizes[1:-1]),
        "activation": net.activation,
        "dropout": net.dropout,
        "normalization": net.normalization,
        "precision": net.dtype,
    }
    shards = net.shards if net.threads > 1 else 1
    training = {
        "optimizer": net.optimizer,
        "learning_rate": RATE,
        "batch_size": "full" if net.full else net.batch,
        "epochs": None,
        "iterations": 10**7,
        "evaluate_every": 10**7,
        "shards": shards,
    }
    generators = streams(0, shards)
    network = build_network(settings, net.sizes[0], net.sizes[-1], generators)
    rows, more = np.arange(net.examples), {} if net.cached else {"cache_bytes": 0}
    if net.augmentation:
        more["augmentation"] = Augmentation(net.augmentation, 0, net.sizes[-1], shards)
    examples = Examples(data.images, data.labels, rows, data.preparation, net.dtype, **more)
    loss = build_loss("softmax_cross_entropy")
    trainer = Trainer(network, training, examples, None, generators, loss, net.threads)

    def run(steps):
        before, epochs = trainer.iteration, -(-steps // trainer.iterations_per_epoch)
        trainer.run(until_epoch=trainer.epoch + epochs)
        if trainer.status != "running":
            raise RuntimeError(trainer.reason)
        return trainer.iteration - before

    return run


def torch(net, data):
    """Train with PyTorch in eager mode: gather a batch, zero_grad, forward, backward, step."""
    import torch

    layers, last = [], len(net.sizes) - 2
    for number, (i, o) in enumerate(pairwise(net.sizes)):
        layers += [torch.nn.Linear(i, o, dtype=getattr(torch, net.dtype))]
        if net.normalization == "batch" and number < last:
            layers += [torch.nn.BatchNorm1d(o)]
        layers += [torch.nn.ReLU() if net.activation == "relu" else torch.nn.Sigmoid()]
        if net.dropout:
            layers += [torch.nn.Dropout(net.dropout)]
    model = torch.nn.Sequential(*layers[: -2 if net.dropout else -1])  # none after the last Linear
    if net.optimizer == "adam":
        optimizer = torch.optim.Adam(model.parameters(), lr=RATE, fused=True)
    else:
        momentum = 0.9 if net.optimizer == "momentum" else 0
        optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=momentum)
    x, y = torch.from_numpy(data.x), torch.from_numpy(data.labels.astype(np.int64))
    cross_entropy = torch.nn.functional.cross_entropy

    def run(steps):
        torch.set_num_threads(net.threads)
        for positions in data.batches(net, steps):
            index = positions if net.full else torch.from_numpy(positions)
            optimizer.zero_grad()
            cross_entropy(model(x[index]), y[index]).backward()
            optimizer.step()
        return steps

    return run


def sklearn(net, data):
    """Train with MLPClassifier's own loop: one partial_fit, or fit for epochs of one batch."""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        net.sizes[1:-1],
        activation="logistic" if net.activation == "sigmoid" else "relu",
        solver="adam" if net.optimizer == "adam" else "sgd",
        momentum=0.9 if net.optimizer == "momentum" else 0,
        nesterovs_momentum=False,
        learning_rate_init=RATE,
        batch_size=net.batch,
        shuffle=not net.full,
        alpha=0,
        tol=0,
        n_iter_no_change=10**9,
        warm_start=net.full,
    )

    @on_threads(net)
    def run(steps):
        if net.full:
            model.set_params(max_iter=steps).fit(data.x, data.labels)
            return steps
        rows, done = min(steps * net.batch, net.examples), 0
        while done < steps:
            model.partial_fit(data.x[:rows], data.labels[:rows], classes=range(net.sizes[-1]))
            done += -(-rows // net.batch)
        return done

    return run


def gemm(net, data):
    """Compute only the matrix products of a step, into existing arrays: the lower bound."""
    rng = np.random.default_rng(0)

    def matrix(*shape):
        return rng.standard_normal(shape, np.float32).astype(net.dtype)

    h = [data.x[: net.batch].copy(), *(matrix(net.batch, size) for size in net.sizes[1:])]
    d = [matrix(net.batch, size) for size in net.sizes]
    w = [matrix(i, o) for i, o in pairwise(net.sizes)]
    dw = [np.empty_like(weight) for weight in w]
    if net.augmentation:  # and the product that prepares
        raw = data.images[: net.batch].reshape(net.batch, -1).astype(net.dtype)
        projection = matrix(raw.shape[1], net.sizes[0])

    @on_threads(net)
    def run(steps):
        for _ in range(steps):
            if net.augmentation:
                np.dot(raw, projection, out=h[0])
            for layer in range(len(w)):
                np.dot(h[layer], w[layer], out=h[layer + 1])
            for layer in reversed(range(len(w))):
                np.dot(h[layer].T, d[layer + 1], out=dw[layer])
                if layer:
                    np.dot(d[layer + 1], w[layer].T, out=d[layer])
        return steps

    return run


CONTENDERS = {"ours": ours, "torch": torch, "sklearn": sklearn, "gemm": gemm}
