"""manifest.py: the checksum of every file, for more files than a command has room for."""

import hashlib
import subprocess
import sys

import numpy as np


def test_the_models_and_metrics_of_ten_thousand_long_runs_are_listed(root, tmp_path):
    folder = tmp_path / "results/experiments/e/bundles"
    folder.mkdir(parents=True)
    first = folder / "learning_rate=0.0__seed=0.0000000000.npz"
    np.savez(first, a=1)
    files = [first]
    for i in range(1, 10_000):
        files.append(folder / f"learning_rate={i / 7:.4g}__seed=0.{i:010x}.npz")
        files[-1].hardlink_to(first)
    files += [file.with_suffix(".json") for file in files]
    for file in files[10_000:]:
        file.hardlink_to(first)
    listed = "".join(f"{file}\n" for file in files)
    assert len(listed) > 8 * 2**17  # what bash takes as one command
    (tmp_path / "manifest.files").write_text(listed)
    command = [sys.executable, root / "scripts/manifest.py", "--folder", tmp_path]
    command += ["--files", f"@{tmp_path}/manifest.files", "--output", tmp_path / "MANIFEST.sha256"]
    subprocess.run(command, check=True)
    lines = (tmp_path / "MANIFEST.sha256").read_text().splitlines()
    sha256 = hashlib.sha256(first.read_bytes()).hexdigest()
    assert lines == sorted(f"{sha256}  {file.relative_to(tmp_path)}" for file in files)


def test_a_truncated_model_is_refused_instead_of_listed(root, tmp_path):
    model, manifest = tmp_path / "model.npz", tmp_path / "MANIFEST.sha256"
    np.savez(model, a=np.zeros(1000))
    model.write_bytes(model.read_bytes()[:4000])
    command = [sys.executable, root / "scripts/manifest.py", "--files", model, "--output", manifest]
    done = subprocess.run(command, text=True, capture_output=True)
    assert done.returncode == 1
    assert done.stderr == (
        f"error: {model}: damaged, cannot be read (File is not a zip file); delete it to rebuild it\n"
    )
    assert not manifest.exists()
