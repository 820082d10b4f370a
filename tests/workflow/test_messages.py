"""A mistake ends in one clear message, and computed results stay."""

import hashlib
import json
import re
import subprocess
import sys

import pytest
from harness import TABLES, halve


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda c: c["experiments"]["tiny"]["network"].update(activation="rellu"),
            "experiments.tiny.network.activation is 'rellu'; allowed: identity, relu",
        ),
        pytest.param(
            lambda c: c["experiments"]["tiny"].update(dataset="mnits"),
            "experiments.tiny.dataset names the dataset 'mnits', which is not in the config",
            marks=pytest.mark.exhaustive,
        ),
        pytest.param(
            lambda c: c["experiments"]["tiny"]["split"].update(validation=5000),
            "asks for 5000 validation and at least 1 training examples",
            marks=pytest.mark.exhaustive,
        ),
    ],
)
def test_a_mistake_in_the_config_names_key_value_and_what_is_allowed(fresh, change, message):
    fresh.edit(change)
    done = fresh.snakemake(check=False)
    assert done.returncode != 0
    assert re.search(f"^error: .*{re.escape(message)}", done.stdout, re.MULTILINE)
    assert "Traceback" not in done.stdout and ".smk" not in done.stdout


@pytest.mark.parametrize(
    "given", ["config.yaml", pytest.param("--configfile mine.yaml", marks=pytest.mark.exhaustive)]
)
def test_a_config_file_that_cannot_be_read_is_named_with_the_line(fresh, given):
    *option, name = given.split()
    (fresh.folder / name).write_bytes(b"a: 1\n# caf\xe9\n")
    done = fresh.snakemake("-n", *option, *[name] * bool(option), check=False)
    assert done.returncode != 0
    error = f"error: {name}, line 2: the byte 0xe9 is not UTF-8; save the file as UTF-8"
    assert done.stdout.splitlines()[1:] == [error]


def test_a_word_that_yaml_changes_is_quoted_as_the_file_has_it(fresh):
    text = "datasets: {mine: {format: csv, path: t.csv, label: 010, ignore: [on]}}\n"
    (fresh.folder / "mine.yaml").write_text(text)
    done = fresh.snakemake("-n", "--configfile", "mine.yaml", check=False)
    assert done.returncode != 0
    for words in (
        '010 is read as the number 8; write 8, or "010"',
        'on is read as true; write true, or "on"',
    ):
        assert f"error: mine.yaml, line 1: {words} in quotes\n" in done.stdout


def test_two_configfile_flags_are_refused(fresh):
    for name in ("a.yaml", "b.yaml"):
        (fresh.folder / name).write_text("most_runs: 9\n")
    flags = ("--configfile", "a.yaml", "--configfile", "b.yaml")
    done = fresh.snakemake("-n", *flags, check=False)
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert line == (
        "error: two --configfile flags: Snakemake uses only the last; write --configfile a.yaml b.yaml"
    )


def test_an_experiment_that_no_target_builds_is_noted_once(fresh):
    text = "experiments: {mine: {dataset: digits, training: {epochs: 1}}}\n"
    (fresh.folder / "mine.yaml").write_text(text)
    command = [sys.executable, "-OO", "-m", "snakemake", "-n", "--configfile", "mine.yaml"]
    done = subprocess.run(command, cwd=fresh.folder, text=True, capture_output=True, check=True)
    assert [line for line in done.stderr.splitlines() if line.startswith("note: ")] == [
        "note: mine.yaml defines mine, which no target builds: run `snakemake --cores 4 mine` with the "
        "same --configfile, or add `targets: [mine]`",
    ]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("tinny", "error: no target tinny; did you mean 'tiny'?"),
        (
            "results/experiments/tinny/test.json",
            "error: no target results/experiments/tinny/test.json; did you mean 'tiny'?",
        ),
        (
            "results/experiments/tiny/runs/learning_rate=0.3__seed=0/model.npz",
            "error: config: tiny has no run 'learning_rate=0.3__seed=0'; did you mean "
            "'learning_rate=0.2__seed=0'?",
        ),
        (
            "results/experiments/tiny/runs/x/model.npz",
            "error: config: tiny has no run 'x'; the first is 'learning_rate=",
        ),
        (
            "results/experiments/tiny/bundles/x.0123456789.npz",
            "error: results/experiments/tiny/bundles/x.0123456789: the config makes no bundle of this",
        ),
        (
            "results/experiments/tiny/rungs/0/promoted.json",
            "error: config: tiny has 0 rungs of halving",
        ),
        (
            "results/datasets/digits/0123456789/info.json",
            "error: results/datasets/digits/0123456789: made from other settings, data or code; now",
        ),
    ],
)
def test_an_unknown_target_gets_the_nearest_name(fresh, target, message):
    done = fresh.snakemake("-n", target, check=False)
    assert done.returncode == 1
    assert f"\n{message}" in f"\n{done.stdout}"
    assert "Traceback" not in done.stdout and ".smk" not in done.stdout


def test_an_unknown_bundle_is_named_also_after_the_choices_of_halving(fresh):
    fresh.edit(halve)
    stem = "results/experiments/tiny/bundles/x.0123456789"
    done = fresh.snakemake(f"{stem}.npz", check=False)
    assert done.returncode != 0
    assert f"\nerror: {stem}: the config makes no bundle of this name; it makes" in done.stdout


@pytest.mark.exhaustive
def test_a_failed_fetch_is_one_message_and_loses_nothing(built):
    def change(config):
        entry = config["datasets"]["digits"]
        entry["generator"] = None
        for file in entry["files"].values():
            file["sha256"] = "0" * 64
            file["mirrors"] = ["http://127.0.0.1:9/nothing/here.gz"]

    before = built.checksums()
    built.edit(change)
    (built.folder / "data/raw/digits/train-images-idx3-ubyte.gz").unlink()
    done = built.snakemake("--forcerun", "fetch", check=False)
    assert done.returncode != 0
    assert "error: " in done.stdout
    assert "NN_LOCAL_MIRROR" in done.stdout
    assert "Traceback (most recent call last)" not in done.stdout
    assert built.checksums().items() >= before.items()


def fetched(config, sums, mirror="http://127.0.0.1:9/nothing/here.gz"):
    """The digits as a dataset that is fetched."""
    entry = config["datasets"]["digits"]
    entry["generator"] = None
    for file in entry["files"].values():
        file["sha256"] = sums[file["file"]]
        file["mirrors"] = [mirror]


@pytest.mark.parametrize(
    "named", ["config", pytest.param("environment", marks=pytest.mark.exhaustive)]
)
def test_a_local_mirror_that_does_not_exist_fails_the_dry_run(fresh, named):
    arguments = ["--config", "local_mirror=/no/mirror"] if named == "config" else []
    environment = {"NN_LOCAL_MIRROR": "/no/mirror"} if named == "environment" else {}
    done = fresh.snakemake("--dry-run", *arguments, check=False, **environment)
    assert done.returncode != 0
    (line,) = [line for line in done.stdout.splitlines() if "/no/mirror" in line]
    assert ("NN_LOCAL_MIRROR is" in line) == (named == "environment")
    assert "'/no/mirror', which is not a folder; expected one with <dataset>/<file>" in line
    assert "Traceback (most recent call last)" not in done.stdout


def test_files_without_a_checksum_fail_the_dry_run(fresh):
    """One message has the command for each."""

    def change(config):
        entry = config["datasets"]["digits"]
        fetched(config, dict.fromkeys(file["file"] for file in entry["files"].values()))

    fresh.edit(change)
    done = fresh.snakemake("--dry-run", check=False)
    assert done.returncode != 0
    for role in ("train_images", "train_labels", "test_images", "test_labels"):
        assert f"datasets.digits.files.{role} has mirrors but no sha256" in done.stdout
    assert "`curl -fL http://127.0.0.1:9/nothing/here.gz | sha256sum`" in done.stdout
    assert "Traceback (most recent call last)" not in done.stdout


@pytest.mark.exhaustive
def test_raw_files_survive_an_edit_of_mirrors_and_a_fetch_that_fails(built):
    raw = {p.name: p for p in (built.folder / "data/raw/digits").iterdir()}
    content = {name: path.read_bytes() for name, path in raw.items()}
    sums = {name: hashlib.sha256(file).hexdigest() for name, file in content.items()}
    built.edit(lambda config: fetched(config, sums))
    built.snakemake()  # the files have the right checksums: nothing is downloaded
    before = built.checksums()

    built.edit(lambda config: fetched(config, sums, "http://127.0.0.1:9/elsewhere.gz"))
    assert built.jobs() == []
    built.snakemake("--forcerun", "fetch")

    wrong = dict.fromkeys(sums, "0" * 64)
    built.edit(lambda config: fetched(config, wrong))
    for arguments in ((), ("--forcerun", "fetch")):
        done = built.snakemake(*arguments, check=False)
        assert done.returncode != 0
        assert "expected " + "0" * 64 in done.stdout
        assert {name: path.read_bytes() for name, path in raw.items()} == content
    assert built.checksums().items() >= before.items()

    built.edit(lambda config: fetched(config, sums))
    built.snakemake()
    assert built.checksums() == before


def test_a_truncated_final_network_is_rebuilt(built):
    before = built.checksums()
    model = "results/experiments/tiny/final/seed=0/model.npz"
    path = built.folder / model
    path.write_bytes(path.read_bytes()[:1000])
    note = f"note: {model} is damaged; the next run that is not a dry run rebuilds it"
    for arguments in (["--dry-run"], [model]):
        assert path.stat().st_size == 1000
        assert note in built.snakemake(*arguments).stdout
    assert built.checksums() == before


def test_a_run_that_diverges_is_shown_and_does_not_stop_the_sweep(build_once):
    finished = build_once("halving", halve, TABLES)
    assert "1 of 4 runs failed" in (finished.folder / "results/summary.csv").read_text()
    runs = (finished.folder / "results/runs.csv").read_text()
    assert re.search(r"learning_rate=1e\+20__seed=0.*diverged,.*loss became", runs)


@pytest.mark.exhaustive
def test_an_experiment_without_survivors_is_shown_as_failed_with_reasons(fresh):
    def change(config):
        single = config["experiments"]["single"]
        single["training"]["learning_rate"] = 1.0e20
        config["targets"] = ["single"]

    fresh.edit(change)
    done = fresh.snakemake()
    assert "Traceback (most recent call last)" not in done.stdout
    for shown in ("summary.csv", "summary.md", "report.html"):
        text = (fresh.folder / "results" / shown).read_text()
        assert "failed: none of the 1 runs survived" in text, shown
    selection = json.loads((fresh.folder / "results/experiments/single/selection.json").read_text())
    assert "loss became" in selection["failed"]
    assert fresh.jobs() == []


def test_only_evaluate_reads_the_test_split(fresh):
    output = fresh.snakemake("--dry-run").stdout
    readers = set()
    for block in re.split(r"\n(?=(?:local)?(?:rule|checkpoint) )", output):
        rule = re.search(r"^(?:local)?(?:rule|checkpoint) (\w+):", block, re.MULTILINE)
        inputs = re.search(r"^    input: (.*)$", block, re.MULTILINE)
        if rule and inputs and "test_images.npy" in inputs[1]:
            readers.add(rule[1])
    assert readers == {"evaluate", "all", "manifest"}  # which takes its checksum


def test_progress_is_one_line_at_a_time_and_the_log_has_the_rest(finished):
    output = finished.folder.with_name("small.done").read_text()
    assert re.search(r"(\d+) of \1 jobs, 3 of 3 runs trained\n", output)
    assert "rule train:" not in output
    logs = (finished.folder / ".snakemake/log").glob("*.log")
    assert any("rule train:" in log.read_text() for log in logs)


TABLE = re.compile(
    r"^experiment +chosen +validation +test\n"
    r"tiny +learning_rate=0\.[12] +\d+\.\d\d %.*\n"
    r"single +\d+\.\d\d %.*\n"
    r"(?:In brackets: .*\n)?"
    r"report: results/report\.html    tables: results/summary\.md\n",
    re.MULTILINE,
)


def test_a_run_ends_with_its_results_and_has_no_banner(finished):
    output = finished.folder.with_name("small.done").read_text()
    end = r"took [\d.]+ (s|min); complete log: \.snakemake/log/.*\.snakemake\.log\n\Z"
    assert re.search(TABLE.pattern + end, output, re.MULTILINE), output
    for noise in (
        "SNAKEMAKE",
        "Host:",
        "Provided cores",
        "will be updated",
        "Complete log",
        "Elapsed",
    ):
        assert noise not in output


def test_the_table_is_repeated_if_nothing_is_to_do_unless_a_file_was_requested(finished):
    assert TABLE.search(finished.snakemake().stdout)
    output = finished.snakemake("results/report.html").stdout
    assert "Nothing to be done" in output and not TABLE.search(output)


@pytest.mark.exhaustive
@pytest.mark.parametrize(("rule", "left"), [("report", "no run"), ("train", "3 of 3 runs")])
def test_a_forced_rule_trains_no_runs_unless_it_is_the_training(built, rule, left):
    output = built.snakemake("--forcerun", rule).stdout
    assert re.search(rf"^\d+ jobs, {left} to train$", output, re.MULTILINE)
    assert re.search(r"(\d+) of \1 jobs, 3 of 3 runs trained\n", output)


def test_a_run_that_fails_ends_with_the_jobs_that_failed(fresh):
    def change(config):
        config["datasets"]["digits"]["train_size"] = 1436  # the generated file has another size
        config["targets"] = ["single"]

    fresh.edit(change)
    done = fresh.snakemake(check=False)
    assert done.returncode != 0
    failed = r"^failed: parse\w* digits .*\(log: results/logs/parse/.*\)\n"
    assert re.search(
        failed + r"\d+ of \d+ jobs are finished, 1 failed; ", done.stdout, re.MULTILINE
    )
    assert "experiment " not in done.stdout and "Traceback" not in done.stdout


def test_run_py_builds_a_new_experiment_and_leaves_the_other(fresh):
    """It is planned; tests/scripts/test_run.py has the settings."""
    command = [sys.executable, "scripts/run.py", "tiny", "--set", "training.learning_rate=0.05"]
    done = subprocess.run(
        [*command, "--", "--dry-run", "--cores", "1", "--quiet", "rules"], cwd=fresh.folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert (
        "new experiment tiny__learning_rate_0_05: tiny with training.learning_rate=0.05"
        in done.stdout
    )
    assert "plot_tiny__learning_rate_0_05 " in done.stdout
    assert "plot_tiny " not in done.stdout


def test_no_cores_are_refused_at_once(fresh):
    done = fresh.snakemake("--cores", "0", check=False)
    assert done.returncode == 1
    assert "error: --cores 0: expected at least 1, or all" in done.stdout
