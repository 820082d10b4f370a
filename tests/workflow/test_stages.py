"""A stage is a rule that some target needs; these tests notice a stage missing from a list."""

import re

import pytest
from harness import ROOT, copy_sources, disturb, small

RULE = re.compile(
    r"^(?:rule|checkpoint|use rule \w+ as) (\w+)\b.*:\n((?:(?:    .*)?\n)*)", re.MULTILINE
)

PLACE = "results/experiments/*/bundles"


@pytest.fixture(scope="module")
def rules() -> dict[str, str]:
    """The text of each rule, by its name."""
    files = sorted((ROOT / "workflow/rules").glob("*.smk"))
    found = [match for path in files for match in RULE.findall(path.read_text())]
    return dict(found)


def test_every_stage_is_part_of_what_a_target_builds(tmp_path, rules):
    """Its files are in `artifacts` of scripts/experiments/layout.py, or upstream of them."""
    project = copy_sources(tmp_path)

    def add(config):
        halving = {"factor": 2, "min_epochs": 1}
        grid = {"grid": {"training.learning_rate": [0.1, 0.2]}}
        training = {"epochs": 2}
        split = {"validation": 100}
        config["experiments"]["halved"] = {
            "dataset": "digits", "split": split, "training": training, "sweep": grid,
            "halving": halving,
        }  # fmt: skip

    project.edit(add)
    plan = project.snakemake("--dry-run", "--quiet=rules", "everything").stdout
    planned = set(re.findall(r"^(\w+) +\d+$", plan, re.MULTILINE)) - {"total", "everything"}
    # `verify` and `take` are asked for by name; refits are planned when the selection is known.
    assert set(rules) - planned == {"verify", "take", "refit"}


@pytest.mark.parametrize("name", ["train", "everything", "plot_tiny"])
def test_no_experiment_can_have_the_name_of_a_rule(tmp_path, name):
    project = copy_sources(tmp_path)
    project.edit(small)
    project.edit(lambda c: c["experiments"].update({name: c["experiments"]["tiny"]}))
    done = project.snakemake("--dry-run", check=False)
    assert done.returncode == 1
    assert f"config: experiments.{name}: the name is a rule's; choose another" in done.stdout


LINGERS = """    shutil.rmtree(parts)
    import time

    other = Path("results/experiments/single/selection.json")
    while "/tiny/" in str(options.output) and not other.exists():
        time.sleep(0.1)
    time.sleep(2)
"""


@pytest.mark.exhaustive
def test_a_checkpoint_that_ends_just_after_another_job_wrote_its_file(tmp_path):
    """Snakemake then changes its plan, in which the job that wrote the file is not finished."""
    project = copy_sources(tmp_path / "project")
    project.edit(small)
    program = project.folder / "scripts/train_bundle.py"
    disturb(program, program.read_text().replace("    shutil.rmtree(parts)\n", LINGERS))
    project.edit(lambda config: config.update(bundle_seconds=10))
    project.snakemake("--", "results/summary.md")
    assert (project.folder / "results/summary.md").exists()


def test_no_command_names_the_bundles_of_a_sweep(built):
    """Bash takes 128 kB as one command: a sweep of thousands of long runs would end in an error."""
    output = built.snakemake("--dry-run", "-p", "--forcerun", "validate").stdout
    bundles = [path.relative_to(built.folder) for path in built.folder.glob(f"{PLACE}/*")]
    kinds = {"select_best": [".json"], "collect": [".npz"], "manifest": [".json", ".npz"]}
    for program, suffixes in kinds.items():
        commands = re.findall(rf"^.*scripts/{program}\.py .*$", output, re.MULTILINE)
        lists = [built.folder / name for line in commands for name in re.findall(r"@(\S+)", line)]
        names = [name for path in lists for name in path.read_text().splitlines()]
        assert not any("/bundles/" in line for line in commands)
        assert {name for name in names if "/bundles/" in name} == {
            str(path) for path in bundles if path.suffix in suffixes
        }
