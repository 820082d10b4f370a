"""Rebuilds are exact and minimal: the list of jobs of real runs after an edit."""

import shutil

import pytest
from harness import TABLES, copy_sources, small

SHARED = ["all", "report", "summarize"]  # the last jobs after any change of a result


def named(jobs, *rules):
    return [job for job in jobs if job.split()[0] in rules]


def planned(project, *arguments):
    """The jobs of a dry run: up to the choice of a checkpoint, and what surely comes after."""
    return project.jobs("--dry-run", *arguments)


def test_comments_and_layout_rerun_nothing(built):
    """Nor does a fresh checkout, or what in the config says nothing about results."""

    def change(config):
        config["local_mirror"] = "/tmp"
        config["experiments"]["other"] = {"dataset": "spiral", "training": {"epochs": 1}}
        for file in config["datasets"]["mnist"]["files"].values():
            file["mirrors"] = ["http://127.0.0.1:9/"]

    for path in (built.folder / "results/datasets/digits").glob("*/*.npy"):
        path.touch()
    assert planned(built, "--max-checksum-file-size", "10") == []
    for folder in ("scripts", "workflow", "profiles"):
        for path in (built.folder / folder).rglob("*"):
            if path.is_file():
                path.write_bytes(path.read_bytes())
    (built.folder / "Snakefile").touch()
    for source in ("scripts/nn/layers.py", "scripts/train.py"):
        path = built.folder / source
        text = path.read_text().replace("\n\n\n", "\n\n\n\n# a comment\n\n", 1)
        path.write_text(text.replace('"""', '"""Edited. ', 1))
    built.edit(change)
    assert built.jobs() == []


@pytest.mark.exhaustive
def test_another_value_reruns_only_the_affected_runs(built):
    def change(config):
        config["experiments"]["tiny"]["sweep"]["grid"]["training.learning_rate"][1] = 0.3

    built.edit(change)
    jobs = built.jobs()
    assert named(jobs, "train") == ["train tiny learning_rate=0.3__seed=0"]
    assert named(jobs, "validate") == ["validate tiny learning_rate=0.3__seed=0"]
    assert named(jobs, "select_best") == ["select_best tiny"]
    assert not named(jobs, "fetch", "parse", "prepare", "check_gradients")


@pytest.mark.exhaustive
def test_an_experiment_that_is_renamed_with_its_folder_trains_nothing(built):
    """As docs/tasks.md says."""

    def change(config):
        config["experiments"]["renamed"] = config["experiments"].pop("single")
        config["targets"] = ["renamed" if name == "single" else name for name in config["targets"]]

    built.edit(change)
    folder = built.folder / "results/experiments"
    (folder / "single").rename(folder / "renamed")
    jobs = built.jobs()
    assert named(jobs, "select_best") == ["select_best renamed"]
    assert not named(jobs, "parse", "prepare", "check_gradients", "train", "validate")


def test_a_value_of_one_experiment_does_not_rerun_the_other(built):
    built.edit(lambda config: config["experiments"]["single"]["training"].update(l2=0.002))
    jobs = planned(built)
    assert named(jobs, "train", "validate", "select_best", "refit") == [
        "select_best single",
        "train single seed=0",
        "validate single seed=0",
    ]


def test_a_value_added_to_a_sweep_trains_only_the_new_run(built):
    def change(config):
        config["experiments"]["tiny"]["sweep"]["grid"]["training.learning_rate"].insert(0, 0.05)

    built.edit(change)
    jobs = built.jobs(TABLES)
    assert named(jobs, "train") == ["train tiny learning_rate=0.05__seed=0"]
    assert named(jobs, "select_best") == ["select_best tiny"]


def test_a_value_removed_from_a_sweep_trains_nothing(built):
    def change(config):
        config["experiments"]["tiny"]["sweep"]["grid"]["training.learning_rate"].pop(0)

    built.edit(change)
    jobs = planned(built)
    assert not named(jobs, "train", "validate")
    assert named(jobs, "select_best") == ["select_best tiny"]


def test_an_added_seed_trains_only_that_seed(built):
    built.edit(lambda config: config["experiments"]["single"].update(seeds=2))
    assert named(planned(built), "train") == ["train single seed=1"]


@pytest.mark.exhaustive
def test_a_removed_experiment_is_kept_as_one_of_an_earlier_run(built):
    def remove(config):
        del config["experiments"]["tiny"]
        config["targets"] = ["single"]

    before = built.checksums()
    config = (built.folder / "config.yaml").read_text()
    built.edit(remove)
    assert built.jobs() == SHARED
    rows = (built.folder / "results/summary.md").read_text().splitlines()
    (tiny,) = [row for row in rows if row.startswith("| tiny |")]
    (single,) = [row for row in rows if row.startswith("| single |")]
    assert "earlier run" in tiny and "earlier run" not in single
    assert '<img src="data:' in (built.folder / "results/report.html").read_text()
    assert built.jobs() == []
    (built.folder / "config.yaml").write_text(config)
    assert built.jobs() == SHARED
    assert built.checksums() == before


@pytest.mark.exhaustive
def test_an_experiment_of_another_run_is_kept_as_an_earlier_one(built):
    before = built.checksums()
    assert built.jobs("single") == ["report", "single", "summarize"]
    rows = (built.folder / "results/summary.md").read_text().splitlines()
    assert [row.split(" | ")[0] for row in rows if "earlier run" in row] == ["| tiny"]
    built.snakemake("single", "--config", "earlier_results=False")
    for name in ("summary.csv", "summary.md", "runs.csv", "report.html"):
        assert "tiny" not in (built.folder / "results" / name).read_text().partition("</script>")[0]
    assert built.jobs() == SHARED
    assert built.checksums() == before


@pytest.mark.exhaustive
def test_figures_of_a_former_sweep_are_neither_left_nor_shown(built):
    figure = built.folder / "results/experiments/tiny/figures/configurations.png"
    report = built.folder / "results/report.html"
    assert figure.exists() and "tiny/figures/configurations.png" in report.read_text()
    built.edit(lambda config: config["experiments"]["tiny"].pop("sweep"))
    built.snakemake("tiny")
    built.snakemake("single")
    assert not figure.exists() and not figure.with_suffix(".svg").exists()
    assert "tiny/figures/configurations.png" not in report.read_text()
    assert "tiny/figures/learning_curves.png" in report.read_text()


@pytest.mark.exhaustive
def test_rebuilt_files_next_to_the_arrays_train_nothing(built):
    before = built.checksums()
    built.one("results/datasets/digits/*/info.json").unlink()
    jobs = built.jobs()
    assert "parse digits" in jobs
    assert not named(
        jobs, "prepare", "check_gradients", "train", "validate", "select_best", "refit"
    )
    assert built.checksums() == before
    assert built.jobs() == []


def test_a_sweep_in_another_order_trains_nothing(built):
    built.edit(
        lambda config: config["experiments"]["tiny"]["sweep"]["grid"][
            "training.learning_rate"
        ].reverse()
    )
    rules = {job.split()[0] for job in planned(built)}
    assert "select_best" in rules and not rules & {"train", "validate", "refit", "evaluate"}


def test_an_edited_figure_is_redrawn_and_nothing_is_trained(built):
    source = built.folder / "scripts/figures/curves.py"
    source.write_text(source.read_text().replace('"epoch"', '"epochs"', 1))
    rules = {job.split()[0] for job in planned(built)}
    assert rules == {"plot_tiny", "plot_single", "report", "all"}


def test_an_edited_layer_trains_everything_again(built):
    source = built.folder / "scripts/nn/layers.py"
    source.write_text(source.read_text() + "EDITED = True\n")
    jobs = planned(built)
    assert len(named(jobs, "train")) == 3
    assert not named(jobs, "fetch", "parse")


@pytest.mark.parametrize(
    "look", ["--dry-run", pytest.param("--summary", marks=pytest.mark.exhaustive)]
)
def test_an_edit_that_was_looked_at_survives_touch(built, look):
    """The winner of a sweep is removed; `--touch` must not make its selection pass for the new one."""
    selection = built.folder / "results/experiments/tiny/selection.json"
    built.edit(
        lambda config: config["experiments"]["tiny"]["sweep"]["grid"].update(
            {"training.learning_rate": [0.1]}
        )
    )
    assert '"learning_rate": 0.2' in selection.read_text()
    built.snakemake(look)
    built.snakemake("--touch")
    for _ in range(2):
        assert "select_best tiny" in planned(built)
    built.snakemake("--touch")
    built.snakemake(TABLES)
    assert '"learning_rate": 0.1' in selection.read_text()
    assert planned(built, TABLES) == []
    built.snakemake("--touch")
    assert planned(built, TABLES) == []


DIFFICULT = 'it\'s "ä $HOME" 数 %s {x} [y] #' + "/" + "long " * 30


def test_two_runs_give_the_same_bytes(finished, tmp_path):
    """The second one in a folder with a difficult name, in which results/ is a link.

    And the folder for temporary files does not exist.
    """
    project = copy_sources(tmp_path / DIFFICULT)
    project.edit(small)
    (tmp_path / "else where").mkdir()
    results = project.folder / "results"
    results.symlink_to(tmp_path / "else where", target_is_directory=True)
    project.snakemake(TMPDIR=str(tmp_path / "missing"))
    results.unlink()
    (tmp_path / "else where").rename(results)
    assert project.checksums() == finished.checksums()
    manifests = [each.folder / "results/MANIFEST.sha256" for each in (project, finished)]
    assert manifests[0].read_text() == manifests[1].read_text()


def test_every_second_file_that_is_deleted_comes_back_with_the_same_bytes(built):
    before = built.checksums()
    for path in sorted(p for p in (built.folder / "results").rglob("*") if p.is_file())[::2]:
        path.unlink()
    built.snakemake()
    assert built.checksums() == before
    assert planned(built) == []


def test_runs_that_move_between_bundles_keep_their_bytes(built):
    before = built.checksums()
    built.edit(lambda config: config.update(bundle_seconds=10))
    assert named(built.jobs(TABLES), "train", "refit") == ["train tiny bundle="]
    after = built.checksums()
    assert {name: after[name] for name in before} == before  # models, tables, the report
    built.edit(lambda config: config.update(bundle_seconds=1e-9))
    assert not named(planned(built), "train", "validate", "refit")


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "pattern",
    [
        "data/raw/digits/train-images-idx3-ubyte.gz",
        "results/datasets/digits/*/train_images.npy",
        "results/datasets/digits/*/prepared/*.npz",
        "results/gradient_checks/*.csv",
        "results/experiments/tiny/bundles/*.npz",
        "results/experiments/tiny/bundles/*.json",
        "results/experiments/tiny/selection.json",
        "results/experiments/tiny/final/*/model.npz",
        "results/experiments/tiny/histories.csv",
        "results/datasets/digits/*/test_images.npy",
        "results/experiments/tiny/test.json",
        "results/experiments/*/figures/learning_curves.svg",
        "results/summary.md",
    ],
)
def test_a_deleted_artifact_comes_back_with_the_same_bytes(built, pattern):
    before = built.checksums()
    lost = list(built.folder.glob(pattern))
    assert lost
    for path in lost:
        path.unlink()
    built.snakemake()
    assert built.checksums() == before
    if not pattern.startswith("data"):
        assert all(path.exists() for path in lost)
    assert built.jobs() == []


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("wanted", "other"),  # files imply those upstream, unless these are missing
    [
        ("final/seed=0/model.npz", "results/experiments/single/bundles/*.npz"),
        ("figures/learning_curves.png", "results/experiments/single/histories.csv"),
        ("test.json", "results/experiments/single/final/seed=0/model.npz"),
    ],
)
def test_a_single_file_is_rebuilt_with_everything_it_needs(built, wanted, other):
    before = built.checksums()
    wanted, other = f"results/experiments/single/{wanted}", built.one(other)
    (built.folder / wanted).unlink()
    other.unlink()
    built.snakemake(wanted)
    assert other.exists()
    assert built.checksums() == before


@pytest.mark.exhaustive
def test_results_of_deleted_runs_are_made_from_new_runs(built):
    before = built.checksums()
    folder = built.folder / "results/experiments/single"
    for lost in ("bundles", "final"):
        shutil.rmtree(folder / lost)
    (folder / "test.json").unlink()
    built.snakemake("results/experiments/single/test.json")
    assert built.checksums() == before


@pytest.mark.exhaustive
def test_a_split_that_is_changed_back_trains_nothing(built):
    before = built.checksums()
    built.edit(lambda config: config["experiments"]["single"].update(split={"validation": 200}))
    jobs = built.jobs("single")
    assert named(jobs, "train", "validate") == ["train single seed=0", "validate single seed=0"]
    built.edit(lambda config: config["experiments"]["single"].update(split={"validation": 237}))
    assert not named(built.jobs("single"), "prepare", "train", "validate")
    built.snakemake()  # the summary of a run of all experiments again
    assert built.checksums().items() >= before.items()


@pytest.mark.exhaustive
def test_a_rebuild_interrupted_between_stages_continues(built):
    """Only the history of a run changed, and no selecting number."""
    built.edit(lambda config: config["experiments"]["single"]["training"].update(evaluate_every=2))
    for file in ("runs/seed=0/model.npz", "selection.json"):
        assert built.jobs(f"results/experiments/single/{file}") != []
    jobs = built.jobs()
    assert "plot_single" in jobs
    assert "evaluate single" in jobs


@pytest.mark.exhaustive
def test_a_deleted_results_folder_comes_back_with_the_same_bytes(built):
    before = built.checksums()
    for path in (built.folder / "results").rglob("*"):
        if path.is_file():
            path.unlink()
    built.snakemake()
    assert built.checksums() == before
