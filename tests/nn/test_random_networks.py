"""Random networks against PyTorch, and random trainings cut in two: a sample here, many on demand.

`pytest -m exhaustive tests/nn` runs them all; PyTorch is no requirement, without it that part is skipped.
"""

import copy

import numpy as np
import pytest

import nn
from components import SettingsError, streams
from inputs import BATCHES

ROWS, RTOL, ATOL = 35, 1e-8, 1e-10
FEW = 12  # of each kind in every run of the suite; with -m exhaustive many
MANY = 700
ARGUMENTS = {
    "leaky_relu": {"slope": 0.2},
    "elu": {"alpha": 0.7},
    "momentum": {"momentum": 0.8},
    "nesterov": {"momentum": 0.7},
    "adam": {"beta1": 0.8, "beta2": 0.95},
    "rmsprop": {"decay": 0.8, "epsilon": 1e-5},
    "lion": {"beta1": 0.8, "beta2": 0.95},
    "softmax_cross_entropy": {"label_smoothing": 0.1, "class_weights": [0.5, 1.0, 2.0]},
    "squared_error": {"low": -0.5, "high": 1.5, "class_weights": [2.0, 0.5, 1.0]},
    "multiclass_hinge": {"margin": 0.8, "class_weights": [0.0, 0.5, 2.5]},
    "step": {"milestones": [1, 2]},
}


def settings_of(number: int) -> tuple[dict, dict]:
    """A network and a training of it; every registered component has its turn."""
    rng = np.random.default_rng(number)

    def one(values):
        values = list(values)
        return values[rng.integers(len(values))]

    def component(registry):
        name = one(registry)
        if name == "step" or (name in ARGUMENTS and rng.random() < 0.5):
            return {"name": name, **ARGUMENTS[name]}
        return name

    optimizer = component(nn.OPTIMIZERS)
    bare = optimizer if isinstance(optimizer, str) else optimizer["name"]
    network = {
        "hidden": [int(u) for u in rng.integers(2, 7, rng.integers(0, 4))],
        "activation": component(nn.ACTIVATIONS),
        "output_activation": one(["identity", "identity", "sigmoid", "tanh"]),
        "bias": one(nn.NETWORK_CHOICES["bias"]),
        "normalization": one(nn.NETWORK_CHOICES["normalization"]),
        "residual": bool(rng.integers(2)),
        "bottleneck": one([None, None, 2]),
        "loss": component(nn.LOSSES),
        "precision": "float64",
    }
    if network["activation"] == "identity" and network["normalization"] == "batch":
        # The next normalization removes the shift of this one, so its gradient is rounding
        # alone, of which Lion and Adam take the sign.
        network["activation"] = "softplus"
    training = {
        "optimizer": optimizer,
        "learning_rate": 0.003 if bare in ("adam", "adamw", "lion", "rmsprop") else 0.02,
        "schedule": component(nn.SCHEDULES),
        "warmup": one([0, 0.5]),
        "schedule_per": one(nn.TRAINING_CHOICES["schedule_per"]),
        "batch_size": one([5, 7, "full"]),
        "batches": "sequential",
        "epochs": 3,
        "reduction": "mean",
        "l2": one([0.0, 0.02]),
        "weight_decay": 0.1 if bare == "adamw" else one([0.0, 0.1]),
        "clip_norm": one([None, 0.1, 10.0]),
    }
    return network, training


def sample(many):
    """Numbers of settings: a few of them in every run of the suite."""
    return [n if n < FEW else pytest.param(n, marks=pytest.mark.exhaustive) for n in range(many)]


@pytest.fixture
def trainer(blobs, array_examples):
    def make(network, training, seed=0, validation=False):
        x, y = blobs(ROWS + 15, np.dtype(network["precision"]))
        generators = streams(seed)
        try:
            return nn.Trainer(
                nn.build_network(network, 4, 3, generators),
                training,
                array_examples(x[:ROWS], y[:ROWS]),
                array_examples(x[ROWS:], y[ROWS:]) if validation else None,
                generators,
                nn.build_loss(network["loss"]),
            )
        except SettingsError as error:
            pytest.skip(f"these settings do not go together: {error}")

    return make


class Torch:
    """The same network and its training, written with PyTorch's functions alone."""

    def __init__(self, torch, network: nn.Network, settings: dict, training: dict):
        self.torch, self.settings, self.training = torch, settings, training
        self.parameters = {
            name: torch.tensor(value.copy(), requires_grad=True)
            for name, value, _, _ in network.named_parameters()
        }
        kinds = {name: kind for name, _, _, kind in network.named_parameters()}
        self.weights = [p for name, p in self.parameters.items() if kinds[name] == "weight"]
        self.running = {
            name: torch.tensor(buffer.copy()) for name, buffer in network.buffers.items()
        }
        self.names = [layer.name for layer in network.layers]
        self.optimizer = self._optimizer()

    def activation(self, component, h):
        name, arguments = nn_name(component)
        functional = self.torch.nn.functional
        return {
            "identity": lambda: h,
            "relu": lambda: functional.relu(h),
            "leaky_relu": lambda: functional.leaky_relu(h, arguments.get("slope", 0.01)),
            "elu": lambda: functional.elu(h, arguments.get("alpha", 1.0)),
            "gelu": lambda: functional.gelu(h, approximate="tanh"),
            "silu": lambda: functional.silu(h),
            "sigmoid": lambda: self.torch.sigmoid(h),
            "tanh": lambda: self.torch.tanh(h),
            "softplus": lambda: functional.softplus(h, threshold=100),
        }[name]()

    def dense(self, name, h):
        h = h @ self.parameters[f"{name}.weight"]
        bias = self.parameters.get(f"{name}.bias")
        return h if bias is None else h + bias

    def normalized(self, name, h):
        functional, settings = self.torch.nn.functional, self.settings
        scale = self.parameters.get(f"{name}.scale")
        shift = self.parameters.get(f"{name}.shift")
        if settings["normalization"] == "layer":
            return functional.layer_norm(h, h.shape[1:], scale, shift)
        if settings["normalization"] == "batch":
            mean, variance = (self.running[f"{name}.{key}"] for key in ("mean", "variance"))
            return functional.batch_norm(h, mean, variance, scale, shift, self.training_mode, 0.1)
        return h

    def scores(self, x, training=True):
        self.training_mode, h = training, x
        for number, units in enumerate(self.settings["hidden"], start=1):
            name, before = f"hidden{number}", h
            if self.settings["bottleneck"]:
                h = self.dense(f"{name}.bottleneck", h)
            h = self.normalized(f"{name}.norm", self.dense(f"{name}.dense", h))
            h = self.activation(self.settings["activation"], h)
            if self.settings["residual"] and before.shape == h.shape:
                h = h + before
            assert h.shape[1] == units
        return self.activation(self.settings["output_activation"], self.dense("output.dense", h))

    def losses(self, scores, y):
        name, arguments = nn_name(self.settings["loss"])
        functional = self.torch.nn.functional
        one_hot = functional.one_hot(y, 3).double()
        weights = self.torch.tensor(arguments.get("class_weights", [1.0] * 3)).double()
        if name == "softmax_cross_entropy":
            smoothing = arguments.get("label_smoothing", 0.0)
            target = one_hot * (1 - smoothing) + smoothing / 3
            target = target * weights
            return -(target * functional.log_softmax(scores, dim=1)).sum(dim=1)
        if name == "squared_error":
            low, high = arguments.get("low", 0.0), arguments.get("high", 1.0)
            return 0.5 * weights[y] * ((scores - low - (high - low) * one_hot) ** 2).sum(dim=1)
        assert name == "multiclass_hinge"
        margin = arguments.get("margin", 1.0)
        hinge = functional.multi_margin_loss(scores, y, margin=margin, reduction="none")
        return weights[y] * hinge * 3  # it divides by the number of classes

    def _optimizer(self):
        name, a = nn_name(self.training["optimizer"])
        optim, parameters = self.torch.optim, list(self.parameters.values())
        betas = a.get("beta1", 0.9), a.get("beta2", 0.999)
        return {
            "sgd": lambda: optim.SGD(parameters),
            "momentum": lambda: optim.SGD(parameters, momentum=a.get("momentum", 0.9)),
            "nesterov": lambda: optim.SGD(
                parameters, momentum=a.get("momentum", 0.9), nesterov=True
            ),
            "adam": lambda: optim.Adam(parameters, betas=betas),
            "adamw": lambda: optim.Adam(parameters),  # its decay is done in `step`
            "rmsprop": lambda: optim.RMSprop(
                parameters, alpha=a.get("decay", 0.9), eps=a.get("epsilon", 1e-8)
            ),
            "lion": lambda: Lion(self.torch, parameters, a.get("beta1", 0.9), a.get("beta2", 0.99)),
        }[name]()

    def step(self, x, y, rate) -> float:
        penalty = 0.5 * self.training["l2"] * sum((w**2).sum() for w in self.weights)
        objective = self.losses(self.scores(x), y).mean() + penalty
        for parameter in self.parameters.values():
            parameter.grad = None
        objective.backward()
        gradients = [p.grad for p in self.parameters.values() if p.grad is not None]
        norm = self.torch.sqrt(sum((g**2).sum() for g in gradients))
        limit = self.training["clip_norm"]
        with self.torch.no_grad():
            for gradient in gradients:
                gradient *= limit / norm if limit is not None and norm > limit else 1
            for weight in self.weights:
                weight *= 1 - rate * self.training["weight_decay"]
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        return objective.item()


class Lion:
    """Chen et al. 2023, algorithm 2, which PyTorch has not; without its decay."""

    def __init__(self, torch, parameters, beta1, beta2):
        self.torch, self.parameters, self.beta1, self.beta2 = torch, parameters, beta1, beta2
        self.param_groups = [{}]
        self.moments = [torch.zeros_like(p) for p in parameters]

    def step(self):
        with self.torch.no_grad():
            for p, m in zip(self.parameters, self.moments, strict=True):
                p -= self.param_groups[0]["lr"] * self.torch.sign(
                    self.beta1 * m + (1 - self.beta1) * p.grad
                )
                m *= self.beta2
                m += (1 - self.beta2) * p.grad


def nn_name(component):
    """The name of a component and its arguments."""
    return (component, {}) if isinstance(component, str) else (component["name"], component)


@pytest.mark.parametrize("number", sample(MANY))
def test_a_random_network_is_trained_as_by_torch(number, trainer, blobs):
    torch = pytest.importorskip("torch")
    network, training = settings_of(number)
    ours = trainer(network, training)
    theirs = Torch(torch, ours.network, network, training)
    x, y = (torch.tensor(part) for part in blobs(ROWS, np.float64))
    size = ROWS if training["batch_size"] == "full" else training["batch_size"]
    losses = []
    for _ in range(training["epochs"]):
        for start in range(0, ROWS, size):
            batch = slice(start, start + size)
            losses.append(theirs.step(x[batch], y[batch], ours.rate(len(losses))))
    ours.run()
    np.testing.assert_allclose(ours.losses, losses, RTOL, ATOL)
    for name, value, _, _ in ours.network.named_parameters():
        expected = theirs.parameters[name].detach().numpy()
        np.testing.assert_allclose(value, expected, 1e-6, 1e-8, err_msg=name)
    for name, buffer in ours.network.buffers.items():
        np.testing.assert_allclose(buffer, theirs.running[name].numpy(), RTOL, ATOL, err_msg=name)
    with torch.no_grad():
        expected = theirs.scores(x, training=False).numpy()
    np.testing.assert_allclose(ours.network.forward(x.numpy()), expected, 1e-6, 1e-8)


@pytest.mark.parametrize("number", sample(600))
def test_a_training_in_two_parts_has_the_bytes_of_one(number, trainer):
    network, training = settings_of(number)
    rng = np.random.default_rng([number, 1])
    network |= {
        "dropout": float(rng.choice([0, 0.25])),
        "precision": str(rng.choice(["float32", "float64"])),
    }
    training |= {
        "batches": str(rng.choice(list(BATCHES))),
        "ema": float(rng.choice([0, 0.9])),
        "patience": [None, 1, 3][rng.integers(3)],
        "reduction": str(rng.choice(nn.TRAINING_CHOICES["reduction"])),
        "evaluate_every": int(rng.integers(1, 3)),
    }
    whole = trainer(network, training, validation=True)
    whole.run()
    first = trainer(network, training, validation=True)
    first.run(until_epoch=int(rng.integers(1, 3)))
    second = trainer(network, training, seed=99, validation=True)
    second.restore(copy.deepcopy(first.state()))
    second.run()
    assert (second.status, second.reason, second.history) == (
        whole.status,
        whole.reason,
        whole.history,
    )
    assert second.losses.tobytes() == whole.losses.tobytes()
    for name, array in whole.diagnostics.state().items():
        assert second.diagnostics.state()[name].tobytes() == array.tobytes(), name
    assert second.network.parameters.tobytes() == whole.network.parameters.tobytes()
    for name, buffer in second.network.buffers.items():
        assert buffer.tobytes() == whole.network.buffers[name].tobytes()


def test_every_component_is_drawn():
    """New components need a counterpart above."""
    drawn = [settings_of(number) for number in range(MANY)]
    for key, registry, place in (
        ("activation", nn.ACTIVATIONS, 0),
        ("loss", nn.LOSSES, 0),
        ("normalization", nn.NORMALIZATIONS, 0),
        ("optimizer", nn.OPTIMIZERS, 1),
        ("schedule", nn.SCHEDULES, 1),
    ):
        names = {nn_name(pair[place][key])[0] for pair in drawn}
        assert set(registry) <= names, key
