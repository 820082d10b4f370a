"""A mistake ends in one clear message, and what was computed stays."""

import re

import pytest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda c: c["experiments"]["tiny"]["network"].update(activation="rellu"),
            "experiments.tiny.network.activation is 'rellu'; allowed: identity, relu",
        ),
        (
            lambda c: c["experiments"]["tiny"].update(dataset="mnits"),
            "experiments.tiny.dataset names the dataset 'mnits', which is not in the config",
        ),
        (
            lambda c: c["experiments"]["tiny"]["split"].update(validation=5000),
            "asks for 5000 validation and at least 1 training examples",
        ),
    ],
)
def test_a_mistake_in_the_config_names_key_value_and_what_is_allowed(fresh, change, message):
    fresh.edit(change)
    done = fresh.snakemake(check=False)
    assert done.returncode != 0
    assert message in done.stdout
    assert "Traceback (most recent call last)" not in done.stdout


def test_a_file_that_cannot_be_had_is_one_message_and_nothing_is_lost(fresh, tmp_path):
    def change(config):
        entry = config["datasets"]["digits"]
        entry["generator"] = None
        for file in entry["files"].values():
            file["sha256"] = "0" * 64
            file["mirrors"] = ["http://127.0.0.1:9/nothing/here.gz"]

    fresh.snakemake()
    before = fresh.checksums()
    fresh.edit(change)
    (fresh.folder / "data/raw/digits/train-images-idx3-ubyte.gz").unlink()
    done = fresh.snakemake("--forcerun", "fetch", check=False)
    assert done.returncode != 0
    assert "error: " in done.stdout
    assert "NN_LOCAL_MIRROR" in done.stdout
    assert "Traceback (most recent call last)" not in done.stdout
    assert fresh.checksums().items() >= before.items()


def test_a_run_that_diverges_is_shown_and_does_not_stop_the_sweep(fresh):
    def change(config):
        tiny = config["experiments"]["tiny"]
        tiny["sweep"]["grid"]["training.learning_rate"] = [0.1, 1.0e20]
        config["targets"] = ["tiny"]

    fresh.edit(change)
    fresh.snakemake()
    assert "1 of 2 runs failed" in (fresh.folder / "results/summary.csv").read_text()
    runs = (fresh.folder / "results/runs.csv").read_text()
    assert re.search(r"learning_rate=1e\+20,seed=0.*diverged,.*loss became", runs)


def test_an_experiment_of_which_nothing_survives_fails_with_the_reasons(fresh):
    def change(config):
        single = config["experiments"]["single"]
        single["training"]["learning_rate"] = 1.0e20
        config["targets"] = ["single"]

    fresh.edit(change)
    done = fresh.snakemake(check=False)
    assert done.returncode != 0
    assert "none of the 1 runs survived" in done.stdout
    assert "Traceback (most recent call last)" not in done.stdout


def test_only_the_test_rule_reads_the_test_split(fresh):
    output = fresh.snakemake("--dry-run").stdout
    readers = set()
    for block in re.split(r"\n(?=(?:local)?rule )", output):
        rule = re.search(r"^(?:local)?rule (\w+):", block, re.MULTILINE)
        inputs = re.search(r"^    input: (.*)$", block, re.MULTILINE)
        if rule and inputs and "test_images.npy" in inputs[1]:
            readers.add(rule[1])
    assert readers == {"test"}


def test_progress_is_one_line_at_a_time_and_the_log_has_the_rest(fresh):
    output = fresh.snakemake().stdout
    assert re.search(r"4 of 4 runs, \d+ of \d+ jobs; best validation of \w+ 0\.\d+ \(", output)
    assert "rule train:" not in output
    logs = (fresh.folder / ".snakemake/log").glob("*.log")
    assert any("rule train:" in log.read_text() for log in logs)
