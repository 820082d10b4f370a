"""Snakemake's cache between workflows (--cache): another checkout takes parsed and prepared data."""

from pathlib import Path

import pytest
from harness import Project, copy_sources, small

MODEL = "results/experiments/single/runs/seed=0/model.npz"


def build(project: Project, cache: Path, *arguments: str, **environment: str) -> list[str]:
    """Build a model by an interpreter in the project's folder; return the programs that it ran."""
    called = project.folder / "called"
    called.write_text("")
    interpreter = f'echo "$1" >> {called}\nexec $PYTHON "$@"'
    environment["SNAKEMAKE_OUTPUT_CACHE"] = str(cache)
    project.snakemake_by(interpreter, MODEL, *arguments, **environment)
    return sorted({Path(name).stem for name in called.read_text().split() if name != "-c"})


@pytest.mark.exhaustive
def test_another_checkout_takes_data_from_the_cache_and_has_the_same_bytes(tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    first, second = (copy_sources(tmp_path / folder) for folder in ("first", "elsewhere/second"))
    for project in (first, second):
        project.edit(small)
    # The source of raw data does not count either.
    second.edit(lambda config: config.update(local_mirror=str(tmp_path)))
    assert build(first, cache, "--cache") == [
        "check_gradients",
        "generate",
        "parse",
        "prepare",
        "take",
        "train_bundle",
    ]
    assert set(build(second, cache, "--cache")) <= {
        "generate",
        "check_gradients",
        "take",
        "train_bundle",
    }
    assert second.checksums() == first.checksums() and MODEL in first.checksums()
    assert build(second, cache) == []  # and without --cache it stays
    assert "prepare" in build(second, cache, "--cache", NN_PORTABLE="1")
