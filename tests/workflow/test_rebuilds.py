"""Rebuilds are exact and minimal: the list of jobs of real runs after an edit."""

import shutil

import pytest

SHARED = ["all", "report", "summarize"]  # what every change of a result ends in


def named(jobs, *rules):
    return [job for job in jobs if job.split()[0] in rules]


def test_a_finished_workflow_has_nothing_to_do(built):
    assert built.jobs() == []


def test_another_value_reruns_the_runs_that_it_concerns(built):
    def change(config):
        config["experiments"]["tiny"]["sweep"]["grid"]["training.learning_rate"][1] = 0.3

    built.edit(change)
    jobs = built.jobs()
    assert named(jobs, "train") == ["train tiny learning_rate=0.3__seed=0"]
    assert named(jobs, "validate") == ["validate tiny learning_rate=0.3__seed=0"]
    assert named(jobs, "select") == ["select tiny"]
    assert not named(jobs, "fetch", "parse", "prepare", "check_gradients")


def test_a_value_of_one_experiment_leaves_the_other_alone(built):
    built.edit(lambda config: config["experiments"]["single"]["training"].update(l2=0.002))
    jobs = built.jobs()
    assert named(jobs, "train", "validate", "select", "test", "refit") == [
        "select single",
        "test single",
        "train single seed=0",
        "validate single seed=0",
    ]


def test_a_value_added_to_a_sweep_trains_the_new_run_alone(built):
    def change(config):
        config["experiments"]["tiny"]["sweep"]["grid"]["training.learning_rate"].insert(0, 0.05)

    built.edit(change)
    jobs = built.jobs()
    assert named(jobs, "train") == ["train tiny learning_rate=0.05__seed=0"]
    assert named(jobs, "select") == ["select tiny"]


def test_a_value_removed_from_a_sweep_trains_nothing(built):
    def change(config):
        config["experiments"]["tiny"]["sweep"]["grid"]["training.learning_rate"].pop(0)

    built.edit(change)
    jobs = built.jobs()
    assert not named(jobs, "train", "validate")
    assert named(jobs, "select") == ["select tiny"]


def test_a_seed_more_trains_that_seed(built):
    built.edit(lambda config: config["experiments"]["single"].update(seeds=2))
    assert named(built.jobs(), "train") == ["train single seed=1"]


def test_a_removed_experiment_is_kept_as_one_of_an_earlier_call(built):
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
    assert "earlier call" in tiny and "earlier call" not in single
    assert '<img src="data:' in (built.folder / "results/report.html").read_text()
    assert built.jobs() == []
    (built.folder / "config.yaml").write_text(config)
    assert built.jobs() == SHARED
    assert built.checksums() == before


def test_an_experiment_of_another_call_is_kept_as_such(built):
    before = built.checksums()
    assert built.jobs("single") == ["report", "single", "summarize"]
    rows = (built.folder / "results/summary.md").read_text().splitlines()
    assert [row.split(" | ")[0] for row in rows if "earlier call" in row] == ["| tiny"]
    assert built.jobs() == SHARED
    assert built.checksums() == before


def test_what_is_only_about_the_config_and_not_about_results_reruns_nothing(built):
    def change(config):
        config["local_mirror"] = "/tmp"
        config["experiments"]["tiny"]["description"] = "other words"
        config["experiments"]["other"] = {"dataset": "spiral", "training": {"epochs": 1}}
        for file in config["datasets"]["mnist"]["files"].values():
            file["mirrors"] = ["http://127.0.0.1:9/"]

    built.edit(change)
    assert built.jobs() == []


@pytest.mark.parametrize("source", ["scripts/nn/layers.py", "scripts/train.py"])
def test_comments_and_layout_rerun_nothing(built, source):
    path = built.folder / source
    text = path.read_text().replace("\n\n\n", "\n\n\n\n# a comment\n\n", 1)
    path.write_text(text.replace('"""', '"""Edited. ', 1))
    assert built.jobs() == []


def test_what_is_made_again_beside_the_arrays_and_the_checks_trains_nothing(built):
    before = built.checksums()
    (built.folder / "results/datasets/digits/info.json").unlink()
    shutil.rmtree(built.folder / "results/gradient_checks")
    rules = {job.split()[0] for job in built.jobs()}
    assert rules == {"describe", "gradient_table", "all"}
    assert built.checksums() == before
    assert built.jobs() == []


def test_a_sweep_in_another_order_trains_nothing(built):
    built.edit(
        lambda config: config["experiments"]["tiny"]["sweep"]["grid"][
            "training.learning_rate"
        ].reverse()
    )
    rules = {job.split()[0] for job in built.jobs()}
    assert rules == {"select", "collect", "figures_of_tiny", "summarize", "report", "all"}


def test_a_touched_array_above_the_size_of_checksums_trains_nothing(built):
    for path in (built.folder / "results/datasets/digits").glob("*.npy"):
        path.touch()
    assert built.jobs("--max-checksum-file-size", "10") == []


def test_an_edited_figure_is_redrawn_and_nothing_is_trained(built):
    source = built.folder / "scripts/figures/curves.py"
    source.write_text(source.read_text().replace('"epoch"', '"epochs"', 1))
    rules = {job.split()[0] for job in built.jobs()}
    assert rules == {"figures_of_tiny", "figures_of_single", "report", "all"}


def test_an_edited_layer_trains_everything_again(built):
    source = built.folder / "scripts/nn/layers.py"
    source.write_text(source.read_text() + "EDITED = True\n")
    jobs = built.jobs()
    assert len(named(jobs, "train")) == 3
    assert len(named(jobs, "refit")) == 1
    assert not named(jobs, "fetch", "parse")


def test_a_touch_or_a_fresh_checkout_reruns_nothing(built):
    for folder in ("scripts", "workflow", "profiles"):
        for path in (built.folder / folder).rglob("*"):
            if path.is_file():
                path.write_bytes(path.read_bytes())
    (built.folder / "Snakefile").touch()
    (built.folder / "config.yaml").touch()
    assert built.jobs() == []


def test_two_runs_give_the_same_bytes(built, fresh):
    fresh.snakemake()
    assert fresh.checksums() == built.checksums()
    for name in ("provenance.json", "MANIFEST.sha256"):
        texts = [(project.folder / "results" / name).read_text() for project in (fresh, built)]
        assert texts[0] == texts[1]


@pytest.mark.parametrize(
    "pattern",
    [
        "data/raw/digits/train-images-idx3-ubyte.gz",
        "results/datasets/digits/train_images.npy",
        "results/datasets/digits/prepared/*.npz",
        "results/experiments/tiny/runs/*/model.npz",
        "results/experiments/tiny/runs/*/metrics.json",
        "results/experiments/tiny/selection.json",
        "results/experiments/tiny/final/*/model.npz",
        "results/experiments/tiny/histories.csv",
        "results/datasets/digits/test_images.npy",
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


@pytest.mark.parametrize(
    ("wanted", "other"),  # files stand for those behind them, unless these are missing
    [
        ("runs/seed=0/model.npz", "results/datasets/digits/train_images.npy"),
        ("runs/seed=0/metrics.json", "results/experiments/single/runs/seed=0/model.npz"),
        ("figures/learning_curves.png", "results/experiments/single/histories.csv"),
        ("test.json", "results/experiments/single/final/seed=0/model.npz"),
    ],
)
def test_a_single_file_is_made_again_with_all_that_it_needs(built, wanted, other):
    before = built.checksums()
    wanted = f"results/experiments/single/{wanted}"
    for name in (wanted, other):
        (built.folder / name).unlink()
    built.snakemake(wanted)
    assert (built.folder / other).exists()
    assert built.checksums() == before


def test_results_of_deleted_runs_are_made_from_new_runs(built):
    before = built.checksums()
    folder = built.folder / "results/experiments/single"
    for lost in ("runs", "final"):
        shutil.rmtree(folder / lost)
    (folder / "test.json").unlink()
    built.snakemake("results/experiments/single/test.json")
    assert built.checksums() == before


def test_a_split_that_is_changed_and_changed_back_trains_again(built):
    before = built.checksums()
    for split in ({"validation": 200}, {"validation": 237}):
        built.edit(lambda config, split=split: config["experiments"]["single"].update(split=split))
        jobs = built.jobs("single")
        assert named(jobs, "train", "validate") == ["train single seed=0", "validate single seed=0"]
    built.snakemake()  # the summary of a call that is about all again
    assert built.checksums().items() >= before.items()


def test_a_rebuild_that_was_cut_off_between_stages_goes_on_to_the_end(built):
    """Where only the history of a run changed, and no number that is selected by."""
    built.edit(lambda config: config["experiments"]["single"]["training"].update(evaluate_every=2))
    for file in ("runs/seed=0/model.npz", "runs/seed=0/metrics.json", "selection.json"):
        assert built.jobs(f"results/experiments/single/{file}") != []
    jobs = built.jobs()
    assert "figures_of_single" in jobs
    assert "test single" in jobs


def test_a_deleted_results_folder_comes_back_with_the_same_bytes(built):
    before = built.checksums()
    for path in (built.folder / "results").rglob("*"):
        if path.is_file():
            path.unlink()
    built.snakemake()
    assert built.checksums() == before
