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


def naive_update(optimizer, step, p, g, moment):
    """Change the parameters p by the gradient g as courses write it."""
    if optimizer == "adam":
        m = moment[0] = 0.9 * moment[0] + 0.1 * g
        v = moment[1] = 0.999 * moment[1] + 0.001 * g**2
        p -= RATE * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    elif optimizer == "momentum":
        moment[0] = 0.9 * moment[0] - RATE * g
        p += moment[0]
    else:
        p -= RATE * g


def naive(net, data):
    """Train in numpy as courses write it: float64, new arrays for all results, masks by indexing."""
    x = data.x.astype(np.float64)
    weights = [np.random.randn(i, o) * np.sqrt(2 / i) for i, o in pairwise(net.sizes)]
    biases = [np.zeros(o) for o in net.sizes[1:]]
    moments = [[np.zeros_like(p), np.zeros_like(p)] for p in weights + biases]
    sigmoid, last, done = net.activation == "sigmoid", len(weights) - 1, 0

    def gradients(x, y):
        h, masks = [x], []
        for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
            z = h[-1].dot(w) + b
            if layer < last:
                z = 1 / (1 + np.exp(-z)) if sigmoid else np.maximum(0, z)
                if net.dropout:
                    masks.append((np.random.rand(*z.shape) < 1 - net.dropout) / (1 - net.dropout))
                    z = z * masks[-1]
            h.append(z)
        e = np.exp(h[-1] - h[-1].max(axis=1, keepdims=True))
        d = e / e.sum(axis=1, keepdims=True)
        losses.append(-np.log(d[np.arange(len(y)), y]).mean())
        d[np.arange(len(y)), y] -= 1
        d /= len(y)
        dw, db = [None] * len(weights), [None] * len(weights)
        for layer in range(last, -1, -1):
            dw[layer] = h[layer].T.dot(d)
            db[layer] = d.sum(axis=0)
            if layer > 0:
                d = d.dot(weights[layer].T)
                if net.dropout:
                    d = d * masks[layer - 1]
                if sigmoid:
                    d = d * h[layer] * (1 - h[layer])
                else:
                    d[h[layer] <= 0] = 0
        return dw + db

    losses = []

    def run(steps):
        nonlocal done
        for positions in data.batches(net, steps):
            done += 1
            found = gradients(x[positions], data.labels[positions])
            for arrays in zip(weights + biases, found, moments, strict=True):
                naive_update(net.optimizer, done, *arrays)
        return steps

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
        layers += [torch.nn.Dropout(net.dropout)] if net.dropout else []
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


CONTENDERS = {"ours": ours, "torch": torch, "sklearn": sklearn, "gemm": gemm, "naive": naive}
