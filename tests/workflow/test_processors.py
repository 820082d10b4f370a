"""With `portable` every processor gives the same bytes, without it they do not.

Other types of processors are emulated: by the variables that choose kernels, set from outside, by masks of
what the C library finds, and (in the exhaustive tests, if it is installed) by qemu-user, under which
the programs see another processor indeed.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from harness import Project, copy_sources

AVX512 = "X86_V4 AVX512_ICL AVX512_SPR"
PROCESSORS = {
    "haswell": {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": AVX512},
    "zen": {"OPENBLAS_CORETYPE": "Zen", "NPY_DISABLE_CPU_FEATURES": AVX512},
    "skylakex": {
        "OPENBLAS_CORETYPE": "SkylakeX",
        "NPY_DISABLE_CPU_FEATURES": "AVX512_ICL AVX512_SPR",
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX512VL",
    },
    "sapphirerapids": {"OPENBLAS_CORETYPE": "SapphireRapids"},
}
# The names of qemu, which emulates no AVX-512.
EMULATED = ("Haswell", "EPYC", "EPYC-Milan", "Skylake-Server")


def trained(finished: Project, folder: Path, **environment: str) -> dict[str, bytes]:
    """Prepare and train on the digits of a finished project; return the written files."""
    digits = finished.one("results/datasets/digits/*")
    steps, prepared = [{"name": "pca", "components": 20}], folder / "prepared.npz"
    split = {"validation": 237, "training": 300, "take": "last", "seed": 0}
    from nn import NETWORK_DEFAULTS, TRAINING_DEFAULTS

    network = {**NETWORK_DEFAULTS, "hidden": [16], "activation": "gelu", "normalization": "batch"}
    training = {**TRAINING_DEFAULTS, "optimizer": "adam", "learning_rate": 0.01, "epochs": 1}
    training["augmentation"] = [{"name": "affine", "rotation": 10}]
    settings = {"network": network, "training": training, "preparation": steps, "seed": 0}
    images, labels = f"{digits}/train_images.npy", f"{digits}/train_labels.npy"
    calls = [
        ("prepare", "--images", images, "--labels", labels, "--info", f"{digits}/info.json",
         "--settings", json.dumps({"split": split, "preparation": steps}), "--output", prepared),
        ("train", "--images", images, "--labels", labels, "--prepared", prepared,
         "--settings", json.dumps(settings), "--output", folder / "model.npz"),
    ]  # fmt: skip
    for name, *arguments in calls:
        command = [sys.executable, finished.folder / f"scripts/{name}.py", *arguments]
        subprocess.run(command, check=True, env={**os.environ, **environment}, capture_output=True)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.exhaustive
def test_portable_gives_the_same_bytes_on_all_processors(finished, tmp_path):
    made = []
    for name, environment in {"as it is": {}, **PROCESSORS}.items():
        (tmp_path / name).mkdir()
        made.append(trained(finished, tmp_path / name, **environment, NN_PORTABLE="1"))
    assert len(made[0]) == 2 and all(each == made[0] for each in made)


def test_without_portable_a_model_records_its_kernels(finished, tmp_path):
    models = []
    for kernel in ("Haswell", "Nehalem"):
        (tmp_path / kernel).mkdir()
        trained(finished, tmp_path / kernel, OPENBLAS_CORETYPE=kernel, NN_PORTABLE="0")
        models.append(np.load(tmp_path / kernel / "model.npz"))
        (named,) = json.loads(str(models[-1]["config"]))["kernels"]
        assert f" {kernel}, numpy " in named and "portable" not in named
    assert not np.array_equal(models[0]["parameters"], models[1]["parameters"])


def several(config: dict) -> None:
    """Small experiments with all that computes: float64, PCA, Adam, augmentation, scikit-learn."""
    digits = {"dataset": "digits", "split": {"validation": 237}, "seeds": 2}
    distorted = [
        {"name": "affine", "rotation": 10, "scale": 0.1, "shear": 0.1},
        {"name": "elastic", "alpha": 4, "sigma": 2},
    ]
    adam = {"optimizer": "adam", "learning_rate": 0.001, "schedule": "cosine", "epochs": 2}
    config["experiments"] = {
        "spiral": {
            "dataset": "spiral", "preparation": "identity",
            "network": {"hidden": [8], "precision": "float64"},
            "training": {"epochs": 40, "batch_size": "full", "learning_rate": 1.0},
        },
        "digits64": {
            **digits, "network": {"hidden": [16], "precision": "float64", "activation": "tanh"},
            "training": {"optimizer": "momentum", "epochs": 2}, "studies": ["posted_net"],
            "baselines": ["linear_svc_scores", "linear_svc_pixels"],
        },
        "digits32": {
            **digits, "preparation": {"name": "pca", "components": 30}, "refit": {},
            "network": {"hidden": [16, 8], "normalization": "batch", "activation": "gelu"},
            "training": {**adam, "augmentation": distorted},
            "sweep": {"random": {"samples": 3, "values": {
                "training.learning_rate": {"loguniform": [0.001, 0.01]}}}},
        },
        "cifar": {
            "dataset": "cifar10", "split": {"validation": 200, "training": 1500},
            "preparation": {"name": "pca", "components": 128, "floor": 0.01},
            "network": {"hidden": [64, 32], "normalization": "batch", "dropout": 0.2},
            "training": {**adam, "augmentation": ["horizontal_flip", {"name": "shift", "pixels": 2}]},
            "evaluation": {"shifts": 1, "flips": True},
        },
    }  # fmt: skip
    config |= {"targets": list(config["experiments"]), "portable": True}


@pytest.fixture(scope="module")
def reference(tmp_path_factory, shared_datasets) -> dict[str, str]:
    project = copy_sources(tmp_path_factory.mktemp("reference"))
    project.edit(several)
    project.snakemake(NN_LOCAL_MIRROR=str(shared_datasets))
    return project.checksums()


@pytest.mark.exhaustive
@pytest.mark.parametrize("processor", PROCESSORS)
def test_every_artifact_is_the_same_whatever_kernels_are_asked_for(
    tmp_path, shared_datasets, reference, processor
):
    project = copy_sources(tmp_path / "project")
    project.edit(several)
    project.snakemake(NN_LOCAL_MIRROR=str(shared_datasets), **PROCESSORS[processor])
    assert project.checksums() == reference


@pytest.mark.exhaustive
@pytest.mark.skipif(not shutil.which("qemu-x86_64"), reason="needs qemu-user")
@pytest.mark.parametrize("processor", EMULATED)
def test_every_artifact_is_the_same_on_an_emulated_processor(tmp_path, reference, processor):
    """All jobs run under qemu; CIFAR-10 and scikit-learn, which take hours there, are left out."""

    def change(config):
        several(config)
        config["targets"] = ["spiral", "digits32"]

    project = copy_sources(tmp_path / "project")
    project.edit(change)
    python = os.path.realpath(sys.executable)  # argv[0] names the virtual environment
    project.snakemake_by(f'exec qemu-x86_64 -cpu {processor} -0 "$PYTHON" {python} "$@"')
    made = project.checksums()
    # Files about all experiments of a run show two here.
    shared = {name for name in made if name.count("/") > 1}
    assert shared and {name: made[name] for name in shared} == {n: reference[n] for n in shared}
