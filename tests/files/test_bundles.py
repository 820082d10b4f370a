"""What a bundle has."""

import numpy as np
import pytest

from files import bundles
from files.artifacts import ArtifactError, load_arrays
from files.bundles import Bundle
from files.models import load_model, model_in


def test_a_run_has_the_arrays_of_its_model(finished):
    plain = finished("plain")
    path = plain.folder / "runs/seed=1/model.npz"
    expected = load_arrays(path)
    with Bundle(plain.bundle()) as bundle:
        assert bundle.runs == ["seed=0", "seed=1"]
        assert list(bundle.arrays("seed=1")) == list(expected)
        found = bundle.arrays("seed=1")
        assert all(found[name].dtype == array.dtype for name, array in expected.items())
        assert all(np.array_equal(found[name], array) for name, array in expected.items())
        assert bundle.arrays("seed=1", "history").keys() == {"history"}
        model, whole = model_in(bundle, "seed=1"), load_model(path)
        assert bundle.text("seed=1", "config") == model.config == whole.config
        used = model_in(bundle, "seed=1", whole.preparation)
        for other in (model, used):
            assert np.array_equal(other.network.parameters, whole.network.parameters)
            assert np.array_equal(other.losses, whole.losses)
        with pytest.raises(ArtifactError, match="has no run seed=2"):
            model_in(bundle, "seed=2")


def test_a_bundle_is_one_archive_of_numpy(finished, tmp_path):
    plain = finished("plain")
    models = {f"seed={seed}": plain.folder / f"runs/seed={seed}/model.npz" for seed in (0, 1)}
    bundles.join(tmp_path / "joined.npz", models)
    arrays = {
        f"{run}/{name}": a for run, path in models.items() for name, a in load_arrays(path).items()
    }
    np.savez(tmp_path / "saved.npz", **arrays)
    joined = (tmp_path / "joined.npz").read_bytes()
    assert joined == (tmp_path / "saved.npz").read_bytes() == plain.bundle().read_bytes()
