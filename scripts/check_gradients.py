"""Check the gradients of a network against central differences, parameter by parameter.

    python scripts/check_gradients.py digits_mlp          every architecture of an experiment
    python scripts/check_gradients.py --settings JSON     one network, as in the workflow

The network is built in float64 with its own initial weights and gets a batch of random inputs and
labels. The table shows the worst element of each parameter or, in a network of more than 5000
parameters, the derivative along a random direction. The relative error is the difference divided by
the larger number (along a direction: at least by the root mean square of the gradient). Rounding alone
causes differences of up to 1e-9, which are not errors. The exit code is 1 if a gradient is wrong.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import cli
from components import SettingsError, streams
from files import artifacts
from nn import build_loss, build_network, check_gradients

BATCH = 5
COLUMNS = ("parameter", "analytic", "numeric", "relative_error", "verdict")


def check(settings: dict[str, Any]) -> list[dict[str, Any]]:
    """Check one network; return a row of COLUMNS for each of its parameters.

    ``settings`` has: network (as in config.yaml), l2, inputs and classes (numbers).
    """
    network_settings = {**settings["network"], "precision": "float64"}
    network = build_network(network_settings, settings["inputs"], settings["classes"], streams(0))
    rng = np.random.default_rng(0)
    x = rng.standard_normal((BATCH, settings["inputs"]))
    labels = rng.integers(0, settings["classes"], BATCH)
    loss = build_loss(network_settings["loss"])
    return [
        {
            "parameter": row.name,
            "analytic": row.analytic,
            "numeric": row.numeric,
            "relative_error": row.error,
            "verdict": "ok" if row.ok else "WRONG",
        }
        for row in check_gradients(network, loss, x, labels, settings["l2"])
    ]


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as a table for reading."""
    numbers = {"analytic": 20, "numeric": 20, "difference": 10, "rel. error": 10}
    header = " ".join(f"{name:>{width}}" for name, width in numbers.items())
    lines = [f"{'parameter':28} {header}  verdict"]
    for row in rows:  # 14 digits show every difference between the two
        analytic, numeric = row["analytic"], row["numeric"]
        errors = f"{abs(analytic - numeric):10.1e} {row['relative_error']:10.1e}"
        numbers = f"{analytic:20.13e} {numeric:20.13e} {errors}"
        lines.append(f"{row['parameter']:28} {numbers}  {row['verdict']}")
    return "\n".join(lines)


def of_experiment(name: str, config: Path) -> dict[str, dict[str, Any]]:
    """Return the networks of an experiment of a config file, by architecture."""
    # Imported by name, because the digest of this program must not cover the reading of configs.
    rooms = ("config_files", "schema")
    files, schema = (import_module(f"configuration.{room}") for room in rooms)
    plan = import_module("experiments.plan").Plan(files.content_of(config), schema.config_schema())
    wanted = {run.architecture for run in plan.experiment(name).runs.values()}
    return {key: plan.architectures[key] for key in sorted(wanted)}


def main() -> int:
    parser = cli.parser(__doc__)
    parser.add_argument("experiment", nargs="?", help="its name in the config")
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), help="the config file")
    keys = ("network", "l2", "inputs", "classes")
    parser.add_argument("--settings", type=cli.json_with(*keys), help=f"JSON: {', '.join(keys)}")
    about = "write the table as CSV, if all gradients are right"
    parser.add_argument("--output", type=Path, help=about)
    options = parser.parse_args()
    if (options.experiment is None) == (options.settings is None):
        parser.error("give the name of an experiment, or --settings")
    if options.settings:
        networks = {"network": options.settings}
    else:
        networks = of_experiment(options.experiment, options.config)
    rows = []
    for architecture, settings in networks.items():
        try:
            checked = check(settings)
        except SettingsError as error:  # the runs of this network will fail with the same message
            print(f"{architecture}\nnot checked: {error}\n")
            continue
        print(f"{architecture}\n{table(checked)}\n")
        rows += checked
    wrong = [row["parameter"] for row in rows if row["verdict"] != "ok"]
    if wrong:
        print(f"error: wrong gradients: {', '.join(wrong)}")
        return 1
    if options.output:
        artifacts.write_csv(options.output, COLUMNS, rows)
    return 0


if __name__ == "__main__":
    cli.run(main)
