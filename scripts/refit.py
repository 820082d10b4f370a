"""Train the selected configuration anew on training + validation, with the changes of `refit`."""

import one_thread  # noqa: F401

import argparse
import json
from pathlib import Path

import artifacts
from experiments import prepared_key, refit_settings
from train import train


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", required=True, type=Path, help="folder of the parsed arrays")
    parser.add_argument("--selection", required=True, type=Path, help="selection.json")
    parser.add_argument(
        "--change", required=True, type=json.loads, help='JSON, as {"training.epochs": 200}'
    )
    parser.add_argument("--seed", required=True, type=int)
    parser.add_argument("--output-folder", required=True, type=Path)
    options = parser.parse_args()
    selection = artifacts.read_json(options.selection)
    settings = refit_settings(selection["settings"], options.change)
    prepared = options.dataset / f"prepared/{prepared_key(settings)}.npz"
    train(prepared, {**settings, "seed": options.seed}, options.output_folder)


if __name__ == "__main__":
    artifacts.cli(main)
